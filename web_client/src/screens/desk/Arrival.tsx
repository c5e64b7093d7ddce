/** The way in after Start: the notice, a look at the devices, and the door. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import type { SurveyView, Text } from "../../core/wire.gen";
import type { Access } from "../../device/camera";
import { Button } from "../../parts/Button";
import { Picture } from "../../parts/Picture";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { review } from "../../text/review";
import { Masthead } from "../entry/Masthead";
import { Agreed } from "./Agreed";
import { Icon, type IconName } from "./Icon";

type Step = "consent" | "devices" | "join";

/** Calls `onJoin` once the person has read the notice, seen their devices and pressed Enter. */
export function Arrival({ survey, onJoin }: { survey: SurveyView; onJoin: () => void }) {
  const { state } = useApp();
  const [consented] = useState(state.me.value?.consented ?? false);
  const [step, setStep] = useState<Step>(consented ? "devices" : "consent");
  // Consented before this page was there, and the session is on: they come back after a reload and go straight in.
  const returning = consented && survey.state === "in_session";
  switch (step) {
    case "consent":
      return <Consent survey={survey} onAgree={() => setStep("devices")} />;
    case "devices":
      return <Devices survey={survey} returning={returning} onContinue={() => (returning ? onJoin() : setStep("join"))} />;
    case "join":
      return <Door survey={survey} onJoin={onJoin} />;
    default:
      return step satisfies never;
  }
}

const TERMS: readonly (readonly [IconName, Text, Text])[] = [
  ["video", desk.consentWhat, desk.consentWhatText],
  ["pen", desk.consentWhy, desk.consentWhyText],
  ["shield", desk.consentWho, desk.consentWhoText],
];

/** Where nothing but photos and what is said of them is kept. */
const PHOTO_TERMS: typeof TERMS = [
  ["pen", review.consentWhat, review.consentWhatText],
  ["shield", desk.consentWho, desk.consentWhoText],
];

export function Consent({ survey, onAgree }: { survey: SurveyView; onAgree?: () => void }) {
  const { call, state } = useApp();
  useScreen("consent");
  const notice = state.notice.value;
  const agree = (): void => {
    if (notice === null) return;
    call.send({ type: "consent", notice });
    onAgree?.();
  };
  const byPhotos = survey.mode === "upload_only";
  return (
    <Page survey={survey} title={say(byPhotos ? review.consentTitle : desk.consentTitle)} lead={say(desk.consentLead)}>
      <ul class="terms">
        {(byPhotos ? PHOTO_TERMS : TERMS).map(([icon, name, words]) => (
          <li key={icon}>
            <span class={icon === "video" ? "dot rec" : "dot"}>
              <Icon name={icon} />
            </span>
            <div>
              <b>{say(name)}</b>
              <span>{say(words)}</span>
            </div>
          </li>
        ))}
      </ul>
      {notice !== null && <p class="notice-version">{say(desk.consentVersion(notice))}</p>}
      <footer class="foot">
        <Button testid="consent-agree" disabled={notice === null} onClick={agree}>
          {say(desk.consentAgree)}
        </Button>
      </footer>
    </Page>
  );
}

function Devices({ survey, returning, onContinue }: { survey: SurveyView; returning: boolean; onContinue: () => void }) {
  const { call, camera } = useApp();
  useScreen("devices");
  const [asking, setAsking] = useState(true);
  const look = (): void => {
    setAsking(true);
    void camera.open().finally(() => setAsking(false));
  };
  useEffect(look, []);
  const access = camera.access.value;
  const go = (): void => {
    if (access) call.send({ type: "device_report", ...access, location: "missing" });
    onContinue();
  };
  const wanting = access !== null && (access.camera !== "ok" || access.microphone !== "ok");
  return (
    <Page survey={survey} title={say(returning ? desk.backTitle : desk.devicesTitle)} lead={say(returning ? desk.backLead : desk.devicesLead)}>
      <div class="mirror">
        {camera.stream.value && access?.camera === "ok" ? (
          <Picture stream={camera.stream.value} label={say(desk.me)} mirrored />
        ) : (
          <p>{say(asking ? desk.devicesAsking : desk.cameraOff)}</p>
        )}
      </div>
      <div class="powers">
        <Device icon="video" name={say(desk.camera)} access={asking ? null : (access?.camera ?? null)} />
        <Device icon="mic" name={say(desk.microphone)} access={asking ? null : (access?.microphone ?? null)} />
      </div>
      <footer class="foot">
        <Button testid="devices-continue" disabled={asking} onClick={go}>
          {say(returning ? desk.backTitle : desk.devicesContinue)}
        </Button>
        {wanting && !asking && (
          <Button kind="quiet" onClick={look}>
            {say(desk.tryAgain)}
          </Button>
        )}
      </footer>
    </Page>
  );
}

const ACCESS: Record<Access, Text> = { ok: desk.deviceOk, denied: desk.deviceDenied, missing: desk.deviceMissing };

function Device({ icon, name, access }: { icon: IconName; name: string; access: Access | null }) {
  return (
    <div class="power" data-access={access ?? "unknown"}>
      <span class="dot">
        <Icon name={icon} />
      </span>
      <div>
        <b>{name}</b>
        <span>{say(access === null ? desk.deviceChecking : ACCESS[access])}</span>
      </div>
    </div>
  );
}

function Door({ survey, onJoin }: { survey: SurveyView; onJoin: () => void }) {
  useScreen("join");
  const role = useApp().state.me.value?.role;
  const facts: readonly (readonly [Text, string])[] = [
    [desk.subjectLabel, survey.subject_name],
    [desk.placeLabel, survey.site.address ?? ""],
  ];
  return (
    <Page survey={survey} title={say(desk.joinTitle)} lead={say(desk.joinLead)}>
      <dl class="d-facts card">
        {facts
          .filter(([, words]) => words !== "")
          .map(([name, words]) => (
            <div key={name.en}>
              <dt>{say(name)}</dt>
              <dd>{words}</dd>
            </div>
          ))}
      </dl>
      {role === "reviewer" && <Agreed survey={survey} />}
      <footer class="foot">
        <Button testid="join" onClick={onJoin}>
          {say(desk.joinButton)}
        </Button>
      </footer>
    </Page>
  );
}

export interface PageProps {
  readonly survey: SurveyView | null;
  readonly title: string;
  readonly lead?: string;
  readonly children?: ComponentChildren;
}

/** A page before the desk. */
export function Page({ survey, title, lead, children }: PageProps) {
  return (
    <main class="page">
      <Masthead />
      <header class="invited">
        {survey && (
          <p class="eyebrow">
            {say(survey.item.name)}
            {survey.case_no !== "" && <span class="tabular"> · {survey.case_no}</span>}
          </p>
        )}
        <h1>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </header>
      {children}
    </main>
  );
}
