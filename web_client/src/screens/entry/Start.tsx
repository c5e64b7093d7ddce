import { useState } from "preact/hooks";
import { useScreen } from "../../app";
import { problemOf } from "../../core/problems";
import { isConcluded } from "../../core/desk";
import type { InvitationView, Problem, Role, Text } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon, type IconName } from "../../parts/Icon";
import { ProblemCard } from "../../parts/ProblemCard";
import { say, t } from "../../text";
import { shots } from "../../text/shots";
import { Masthead } from "./Masthead";

type Step = "consent" | "devices" | "call" | "finish";
const PHOTO_STEPS: readonly (readonly [IconName, Text, Text])[] = [
  ["shield", shots.stepConsent, shots.stepConsentText],
  ["camera", shots.stepShots, shots.stepShotsText],
  ["finish", shots.stepSubmit, shots.stepSubmitText],
  ["check", shots.stepWait, shots.stepWaitText],
];
const STEPS: readonly (readonly [Step, IconName])[] = [
  ["consent", "shield"],
  ["devices", "camera"],
  ["call", "eye"],
  ["finish", "check"],
];

/** What the link is for. Looking spends nothing; pressing Start binds the link to this browser. */
export function Start({ invitation, onStart }: { invitation: InvitationView; onStart: () => Promise<void> }) {
  useScreen("start");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const { role, state } = invitation;
  const photosOnly = invitation.mode === "upload_only";
  const over = isConcluded(invitation.survey_state) || (invitation.survey_state === "ended" && !photosOnly);
  const start = (): void => {
    setBusy(true);
    setProblem(null);
    onStart().catch((error: unknown) => {
      setBusy(false);
      setProblem(problemOf(error));
    });
  };
  return (
    <main class="page">
      <Masthead />
      <header class="invited">
        <p class="eyebrow">{t("start.hello", { name: invitation.name })}</p>
        <h1>{say(invitation.item)}</h1>
        <p class="lead">{over ? t("start.ended") : photosOnly && inSurvey(role) ? say(shots.invited[role]) : t(`start.invited.${role}`)}</p>
      </header>
      {inSurvey(role) && (
        <Card>
          <dl class="facts">
            <Fact icon="pin" name={t("start.address")} value={invitation.address} />
            <Fact icon="building" name={t("start.case")} value={invitation.case_no} />
          </dl>
        </Card>
      )}
      {state !== "fresh" && <Closed state={state} />}
      {state === "fresh" && role === "applicant" && !over && (
        <section>
          <h2 class="section-title">{t("start.ahead")}</h2>
          <ol class="steps-ahead">
            {ahead(photosOnly).map(([icon, title, text]) => (
              <li key={icon}>
                <span class="dot">
                  <Icon name={icon} size={20} />
                </span>
                <div>
                  <b>{title}</b>
                  <span>{text}</span>
                </div>
              </li>
            ))}
          </ol>
        </section>
      )}
      {problem && <ProblemCard problem={problem} />}
      {state === "fresh" && (
        <footer class="foot">
          {inSurvey(role) && !photosOnly && !canCall() && <Outside />}
          <Button testid="start" busy={busy} icon="arrow" onClick={start}>
            {t("start.go")}
          </Button>
          <p>{role === "applicant" && photosOnly ? say(shots.once) : t(role === "applicant" ? "start.once" : "start.once.desk")}</p>
        </footer>
      )}
    </main>
  );
}

/** Has this person a part in the survey itself? */
function inSurvey(role: Role): role is "applicant" | "reviewer" | "expert" {
  return role === "applicant" || role === "reviewer" || role === "expert";
}

function ahead(photosOnly: boolean): readonly (readonly [IconName, string, string])[] {
  if (photosOnly) return PHOTO_STEPS.map(([icon, title, text]) => [icon, say(title), say(text)]);
  return STEPS.map(([step, icon]) => [icon, t(`start.step.${step}`), t(`start.step.${step}.text`)]);
}

function Fact({ icon, name, value }: { icon: IconName; name: string; value: string }) {
  if (!value) return null;
  return (
    <div>
      <Icon name={icon} size={22} />
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Closed({ state }: { state: "spent" | "expired" }) {
  return (
    <section class="card seal problem" role="alert" data-testid="problem" data-type={state}>
      <Icon name="alert" />
      <div>
        <h2>{t(`start.${state}`)}</h2>
        <p>{t(`start.${state}.text`)}</p>
      </div>
    </section>
  );
}

/** Some in-app browsers have no camera for pages; better found out before the link is spent. */
function canCall(): boolean {
  return "RTCPeerConnection" in globalThis && (navigator.mediaDevices as MediaDevices | undefined) !== undefined;
}

function Outside() {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    const clipboard = navigator.clipboard as Clipboard | undefined;
    void clipboard?.writeText(location.href).then(() => setCopied(true));
  };
  return (
    <section class="card warn advice">
      <Icon name="alert" />
      <div>
        <h2>{t("start.outside")}</h2>
        <p>{t("start.outside.text")}</p>
        <Button kind="plain" onClick={copy}>
          {copied ? t("start.copied") : t("start.copy")}
        </Button>
      </div>
    </section>
  );
}
