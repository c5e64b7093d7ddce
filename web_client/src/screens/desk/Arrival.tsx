/** The way in after Start: the notice, a look at the devices, and the door. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import type { SurveyView } from "../../core/wire.gen";
import type { Access } from "../../device/camera";
import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { Picture } from "../../parts/Picture";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { Icon, type IconName } from "./Icon";

type Step = "consent" | "devices" | "join";

/** Calls `onJoin` once the person has read the notice, seen their devices and pressed Enter. */
export function Arrival({ survey, onJoin }: { survey: SurveyView; onJoin: () => void }) {
  const { state } = useApp();
  const [step, setStep] = useState<Step>(state.me.value?.consented ? "devices" : "consent");
  switch (step) {
    case "consent":
      return <Consent survey={survey} onAgree={() => setStep("devices")} />;
    case "devices":
      return <Devices survey={survey} onContinue={() => setStep("join")} />;
    case "join":
      return <Door survey={survey} onJoin={onJoin} />;
    default:
      return step satisfies never;
  }
}

function Consent({ survey, onAgree }: { survey: SurveyView; onAgree: () => void }) {
  const { call, state } = useApp();
  useScreen("consent");
  const notice = state.notice.value;
  const agree = (): void => {
    if (notice === null) return;
    call.send({ type: "consent", notice });
    onAgree();
  };
  return (
    <Hall survey={survey} title={say(desk.consentTitle)} lead={say(desk.consentLead)}>
      <ul class="d-notice">
        <li>{say(desk.consentRecorded)}</li>
        <li>{say(desk.consentWhy)}</li>
        <li>{say(desk.consentWho)}</li>
      </ul>
      <button type="button" class="d-btn d-primary d-large" data-testid="consent-agree" disabled={notice === null} onClick={agree}>
        {say(desk.consentAgree)}
      </button>
      {notice !== null && <p class="d-quiet">{say(desk.consentVersion(notice))}</p>}
    </Hall>
  );
}

function Devices({ survey, onContinue }: { survey: SurveyView; onContinue: () => void }) {
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
    <Hall survey={survey} title={say(desk.devicesTitle)} lead={say(desk.devicesLead)}>
      <div class="d-mirror">
        {camera.stream.value && access?.camera === "ok" ? (
          <Picture stream={camera.stream.value} label={say(desk.me)} mirrored />
        ) : (
          <p>{say(asking ? desk.devicesAsking : desk.cameraOff)}</p>
        )}
      </div>
      <ul class="d-devices">
        <Device icon="video" name={say(desk.camera)} access={asking ? null : (access?.camera ?? null)} />
        <Device icon="mic" name={say(desk.microphone)} access={asking ? null : (access?.microphone ?? null)} />
      </ul>
      <div class="d-row">
        <button type="button" class="d-btn d-primary d-large" data-testid="devices-continue" disabled={asking} onClick={go}>
          {say(desk.devicesContinue)}
        </button>
        {wanting && !asking && (
          <button type="button" class="d-btn d-large" onClick={look}>
            {say(desk.tryAgain)}
          </button>
        )}
      </div>
    </Hall>
  );
}

function Device({ icon, name, access }: { icon: IconName; name: string; access: Access | null }) {
  const words = access === null ? desk.deviceChecking : { ok: desk.deviceOk, denied: desk.deviceDenied, missing: desk.deviceMissing }[access];
  return (
    <li class={access === null ? "" : `d-a-${access}`}>
      <Icon name={icon} />
      <strong>{name}</strong>
      <span>{say(words)}</span>
    </li>
  );
}

function Door({ survey, onJoin }: { survey: SurveyView; onJoin: () => void }) {
  useScreen("join");
  return (
    <Hall survey={survey} title={say(desk.joinTitle)} lead={say(desk.joinLead)}>
      <dl class="d-facts">
        <dt>{say(desk.itemLabel)}</dt>
        <dd>{say(survey.item.name)}</dd>
        <dt>{say(desk.subjectLabel)}</dt>
        <dd>{survey.subject_name}</dd>
        {(survey.site.address ?? "") !== "" && (
          <>
            <dt>{say(desk.placeLabel)}</dt>
            <dd>{survey.site.address}</dd>
          </>
        )}
      </dl>
      <button type="button" class="d-btn d-primary d-large" data-testid="join" onClick={onJoin}>
        {say(desk.joinButton)}
      </button>
    </Hall>
  );
}

export interface HallProps {
  readonly survey: SurveyView | null;
  readonly title: string;
  readonly lead?: string;
  readonly children?: ComponentChildren;
}

/** A page before the desk: one card in the middle. */
export function Hall({ survey, title, lead, children }: HallProps) {
  return (
    <main class="d-hall">
      <header class="d-hall-head">
        <Brand />
        <span class="d-grow" />
        <LanguageSwitch />
      </header>
      <section class="d-hall-card">
        {survey && (
          <p class="d-quiet">
            {say(survey.item.name)}
            {survey.case_no !== "" && <span class="tabular"> · {survey.case_no}</span>}
          </p>
        )}
        <h1>{title}</h1>
        {lead !== undefined && <p class="d-lead">{lead}</p>}
        {children}
      </section>
    </main>
  );
}

export function Brand() {
  return (
    <span class="d-brand">
      Ta<b>kan</b> <span lang="zh">踏勘</span>
    </span>
  );
}
