/** The head of the desk: which case this is, what is on disk, and the way to end it. */

import { useState } from "preact/hooks";
import { applicantOf, isOver, mayEnd, type Me } from "../../core/desk";
import { lightAt } from "../../core/light";
import type { ReceivedLight } from "../../core/state";
import { clock, size } from "../../core/times";
import type { SurveyView } from "../../core/wire.gen";
import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { LimitLine } from "../../parts/Limits";
import { say } from "../../text";
import { desk, STATE, tierText } from "../../text/desk";
import { MATERIAL_STATE } from "../../text/review";
import { Brand } from "./Brand";
import { Dialog } from "./Dialog";
import { OwnErrand } from "./OwnErrand";
import { ThemeButton } from "./ThemeButton";

export interface HeadProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly light: ReceivedLight | null;
  readonly now: number;
  readonly onEnd: () => void;
  readonly onTheme: () => void;
}

export function Head({ survey, me, light, now, onEnd, onTheme }: HeadProps) {
  const [asking, setAsking] = useState(false);
  const next = survey.life?.limits?.[0];
  const open = survey.item.points.filter((point) => !survey.answers.some((answer) => answer.point === point.id)).length;
  return (
    <header class="d-head">
      <Brand />
      <div class="d-case">
        <strong>{say(survey.item.name)}</strong>
        <span class="d-case-line">
          <span class="tabular">{survey.case_no}</span>
          <span>{survey.subject_name}</span>
        </span>
        {next && (
          <span class="d-case-line">
            <LimitLine limit={next} />
          </span>
        )}
      </div>
      <TierBadge tier={survey.tier} />
      <span class={`d-state d-s-${survey.state}`}>{say(survey.mode === "upload_only" ? MATERIAL_STATE[survey.state] : STATE[survey.state])}</span>
      <OwnErrand survey={survey} me={me} />
      <span class="d-grow" />
      {survey.mode !== "upload_only" && <RecordingLight survey={survey} light={light} now={now} />}
      <span class="d-head-tools">
        <LanguageSwitch />
        <ThemeButton onTheme={onTheme} />
      </span>
      {mayEnd(me, survey) && (
        <button type="button" class="d-btn d-seal d-end-session" data-testid="end-session" onClick={() => setAsking(true)}>
          {say(desk.endButton)}
        </button>
      )}
      {asking && (
        <Dialog label={say(desk.endTitle)} onClose={() => setAsking(false)}>
          <h2>{say(desk.endTitle)}</h2>
          <p>{say(desk.endBody)}</p>
          {open > 0 && <p class="d-note d-warn">{say(desk.endOpenPoints(open))}</p>}
          <div class="d-row d-end">
            <button type="button" class="d-btn" onClick={() => setAsking(false)}>
              {say(desk.endCancel)}
            </button>
            <button
              type="button"
              class="d-btn d-seal"
              data-testid="end-confirm"
              onClick={() => {
                setAsking(false);
                onEnd();
              }}
            >
              {say(desk.endConfirm)}
            </button>
          </div>
        </Dialog>
      )}
    </header>
  );
}

/** The credit tier: its colour and its word. */
export function TierBadge({ tier }: { tier: string }) {
  return <span class={`d-tier d-t-${tier}`}>{say(tierText(tier))}</span>;
}

/** The light shows what the server says is on disk, and nothing else. */
function RecordingLight({ survey, light, now }: Pick<HeadProps, "survey" | "light" | "now">) {
  if (isOver(survey)) {
    const { recording } = survey;
    const seconds = recording?.ended_at ? (Date.parse(recording.ended_at) - Date.parse(recording.started_at)) / 1000 : null;
    return (
      <span class="d-rec d-rec-over tabular" role="status">
        <i aria-hidden="true" />
        <span>
          {say(desk.recordingOver)} {seconds !== null && clock(seconds)}
        </span>
      </span>
    );
  }
  const shining = lightAt(light, now, applicantOf(survey)?.id ?? null);
  if (shining.kind === "off")
    return (
      <span class="d-rec d-rec-none" role="status">
        <i aria-hidden="true" />
        <span>{say(desk.recordingNotYet)}</span>
      </span>
    );
  const { bytes, archived_bytes, archiving_pending, seconds } = shining.light;
  return (
    <span class={`d-rec tabular${shining.kind === "stalled" ? " d-rec-stalled" : ""}`} role="timer" data-testid="recording-light">
      <i aria-hidden="true" />
      <span>{say(shining.kind === "stalled" ? desk.recordingStalled : desk.recording)} {clock(seconds)}</span>
      <small>
        {say(desk.onDisk(size(bytes)))}
        {archiving_pending ? (
          <span class="d-archive-waits" role="status" data-testid="archiving-pending">
            {" "}
            · {say(desk.archivingPending)}
          </span>
        ) : (
          <span class="d-wide-only"> · {say(desk.archivedShare(Math.floor((archived_bytes / bytes) * 100)))}</span>
        )}
      </small>
    </span>
  );
}
