import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import type { Access } from "../../device/camera";
import { Button } from "../../parts/Button";
import { Chip } from "../../parts/Chip";
import { Icon, type IconName } from "../../parts/Icon";
import { Picture } from "../../parts/Picture";
import { t } from "../../text";
import { ClockAdvice } from "./ClockAdvice";
import { Masthead } from "./Masthead";

type Power = "camera" | "microphone" | "location";
const POWERS: readonly (readonly [Power, IconName])[] = [
  ["camera", "camera"],
  ["microphone", "mic"],
  ["location", "pin"],
];

type Found = Access | "waiting" | "asking";
type Stage = "before" | "asking" | "after";

export type DevicesProps = {
  onJoin: () => void;
  /** Location is asked of the applicant only: theirs is the place that counts. */
  withLocation?: boolean;
  title?: string;
  /** Back after a reload: one press goes straight on where camera and microphone work as before. */
  returning?: boolean;
  /** The appointment and the other ways; told whether the location was declined. */
  plans?: (withoutPlace: boolean) => ComponentChildren;
};

/** Says what the browser will ask and why, lets it ask, and says in words what is wrong and how to mend it. */
export function Devices({ onJoin, withLocation = true, title, returning = false, plans }: DevicesProps) {
  useScreen("devices");
  const { call, camera, whereabouts } = useApp();
  const [stage, setStage] = useState<Stage>("before");
  const powers = withLocation ? POWERS : POWERS.filter(([power]) => power !== "location");

  const check = async (): Promise<void> => {
    setStage("asking");
    const { camera: picture, microphone } = await camera.open();
    const asked = withLocation ? whereabouts.ask() : Promise.resolve("missing" as const);
    const reported = asked.then((location) => call.send({ type: "device_report", camera: picture, microphone, location }));
    if (returning && picture === "ok" && microphone === "ok") {
      onJoin();
      return;
    }
    await reported;
    setStage("after");
  };

  const found = (power: Power): Found => {
    const access = power === "location" ? whereabouts.access.value : (camera.access.value?.[power] ?? null);
    if (stage === "before") return "waiting";
    return stage === "asking" ? (power === "location" && camera.access.value === null ? "waiting" : "asking") : (access ?? "waiting");
  };
  const fine = powers.every(([power]) => found(power) === "ok");
  // Nobody is seen or heard without these; the place may be kept to oneself.
  const mending = found("camera") !== "ok" || found("microphone") !== "ok";
  const straight = returning && stage !== "after";
  const lead = straight ? "devices.back.lead" : stage !== "after" ? "devices.lead" : fine ? "devices.done" : "devices.partly";
  return (
    <main class="page">
      <Masthead />
      <h1>{title ?? t(returning ? "devices.back.title" : "devices.title")}</h1>
      <p class="lead" role="status">
        {t(lead)}
      </p>
      <ClockAdvice />
      {(stage === "asking" || camera.track("video")) && (
        <div class="mirror">
          {camera.track("video") ? (
            <>
              <Picture
                stream={camera.stream.value}
                label={t("devices.preview")}
                mirrored={camera.facing.value === "user"}
              />
              <span class="chip">{t("devices.preview")}</span>
            </>
          ) : (
            <p>{t("devices.nopreview")}</p>
          )}
        </div>
      )}
      {!straight && (
        <ul class="powers">
          {powers.map(([power, icon]) => (
            <PowerRow key={power} power={power} icon={icon} found={found(power)} />
          ))}
        </ul>
      )}
      {plans?.(stage === "after" && found("location") === "denied")}
      <footer class="foot">
        {stage === "after" ? (
          <>
            {mending && (
              <Button testid="devices-again" icon="flip" onClick={() => void check()}>
                {t("devices.again")}
              </Button>
            )}
            <Button testid="join" kind={mending ? "plain" : "primary"} icon="arrow" onClick={onJoin}>
              {t("devices.join")}
            </Button>
            {!fine && !mending && (
              <Button kind="quiet" icon="flip" onClick={() => void check()}>
                {t("devices.again")}
              </Button>
            )}
          </>
        ) : (
          <Button testid="devices-continue" busy={stage === "asking"} onClick={() => void check()}>
            {t(returning ? "devices.back.title" : "devices.continue")}
          </Button>
        )}
        <p>{t("devices.room")}</p>
      </footer>
    </main>
  );
}

function PowerRow({ power, icon, found }: { power: Power; icon: IconName; found: Found }) {
  const { whereabouts } = useApp();
  const accuracy = power === "location" ? whereabouts.latest.value?.accuracy_m : undefined;
  const bad = found === "denied" || found === "missing";
  return (
    <li class="power" data-power={power} data-access={found}>
      <span class="dot">
        <Icon name={icon} size={22} />
      </span>
      <div>
        <b>{t(`devices.${power}`)}</b>
        <span>
          {found === "ok" && accuracy !== undefined
            ? t("devices.near", { metres: Math.round(accuracy) })
            : t(`devices.${power}.why`)}
        </span>
      </div>
      {found === "ok" && (
        <Chip tone="ok">
          <Icon name="check" size={16} />
          {t("devices.ok")}
        </Chip>
      )}
      {bad && <Chip tone="warn">{t("devices.bad")}</Chip>}
      {(found === "waiting" || found === "asking") && <Chip>{t(`devices.${found}`)}</Chip>}
      {bad && <p class="fix">{t(`devices.fix.${power}.${found}`)}</p>}
    </li>
  );
}
