/** The checklist beside the picture: every answer pins the moment it is given. In a joint inspection by department. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { CHECK_VALUES, mayAnswer, nextPoint, type Me } from "../../core/desk";
import { groups, isJoint, isMine, type Group } from "../../core/joint";
import { clock } from "../../core/times";
import type { AnswerView, CheckPoint, CheckValue, SurveyView, Text } from "../../core/wire.gen";
import { desk, VALUE } from "../../text/desk";
import { kinds } from "../../text/kinds";
import { review } from "../../text/review";
import { Before, OtherPhotos } from "./Before";
import { Icon, type IconName } from "./Icon";
import { OutsideRequests } from "./OutsideRequests";
import type { PhotoBytes } from "./PhotoPicture";
import { say } from "../../text";

export interface ChecklistProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onAnswer: (point: string, value: CheckValue, note: string) => void;
  /** For the photos of the survey before, in a re-survey. */
  readonly photoBytes?: PhotoBytes;
}

export const VALUE_ICON: Record<CheckValue, IconName> = { ok: "check", not_ok: "cross", unsure: "bang" };

export function Checklist({ survey, me, onAnswer, photoBytes }: ChecklistProps) {
  const may = mayAnswer(me, survey);
  const next = may ? nextPoint(survey, me) : null;
  const joint = isJoint(survey);
  const { earlier } = survey;
  if (survey.item.points.length === 0) return <p class="d-empty">{say(desk.noPoints)}</p>;
  return (
    <div class="d-list">
      {me.role === "expert" && <p class="d-note">{say(survey.mode === "upload_only" ? review.expert : desk.expertReadsOnly)}</p>}
      {earlier && <p class="d-note">{say(kinds.earlier(earlier.case_no))}</p>}
      {groups(survey).map((group) => (
        <section key={group.department?.zh ?? ""} class="d-list" data-testid={joint ? "department-points" : undefined}>
          {joint && <Whose group={group} survey={survey} me={me} />}
          {group.points.map((point) => (
            <Point
              key={point.id}
              point={point}
              shows={survey.mode === "upload_only" ? (point.shot ?? point.hint) : point.hint}
              answer={survey.answers.find((answer) => answer.point === point.id) ?? null}
              by={(id) => survey.participants.find((person) => person.id === id)?.name ?? id}
              next={point.id === next}
              pinned={survey.mode === "upload_only" ? null : survey.state === "in_session"}
              onAnswer={may && isMine(survey, me, point) ? (value, note) => onAnswer(point.id, value, note) : null}
              me={me.id}
            >
              {earlier && photoBytes && <Before earlier={earlier} point={point.id} photoBytes={photoBytes} />}
            </Point>
          ))}
        </section>
      ))}
      <OutsideRequests survey={survey} />
      {earlier && photoBytes && <OtherPhotos earlier={earlier} photoBytes={photoBytes} />}
      {may && next === null && <p class="d-note d-good">{say(joint ? kinds.ownAnswered : desk.allAnswered)}</p>}
    </div>
  );
}

/** Whose points follow, and how many have an answer. */
function Whose({ group, survey, me }: { group: Group; survey: SurveyView; me: Me }) {
  const done = group.points.filter((point) => survey.answers.some((answer) => answer.point === point.id)).length;
  const own = group.department !== null && group.points.every((point) => isMine(survey, me, point));
  return (
    <h3 class="d-h d-row d-tight" data-own={own}>
      <span>{say(group.department ?? kinds.everybodys)}</span>
      {own && <span class="d-pill d-ok">{say(kinds.ownDepartment)}</span>}
      <span class="d-quiet tabular">{say(kinds.groupAnswered(done, group.points.length))}</span>
    </h3>
  );
}

interface PointProps {
  readonly point: CheckPoint;
  /** What was to be shown. */
  readonly shows: Text;
  readonly answer: AnswerView | null;
  readonly by: (id: string) => string;
  readonly next: boolean;
  /** Does an answer pin its moment? null where there is no recording to pin it in. */
  readonly pinned: boolean | null;
  readonly onAnswer: ((value: CheckValue, note: string) => void) | null;
  readonly me: string;
  readonly children?: ComponentChildren;
}

function Point({ point, shows, answer, by, next, pinned, onAnswer, me, children }: PointProps) {
  return (
    <article class={`d-point${next ? " d-next" : ""}`} aria-current={next ? "step" : undefined}>
      <h3>{say(point.title)}</h3>
      <p>{say(shows)}</p>
      <div class="d-row">
        {onAnswer
          ? CHECK_VALUES.map((value) => (
              <button
                key={value}
                type="button"
                class={`d-choice d-${value}`}
                data-testid={`point-${point.id}-${value}`}
                aria-pressed={answer?.value === value}
                onClick={() => onAnswer(value, value !== "ok" && answer?.by === me ? answer.note : "")}
              >
                {answer?.value === value && <Icon name={VALUE_ICON[value]} size={15} />}
                {say(VALUE[value])}
              </button>
            ))
          : answer && (
              <span class={`d-pill d-${answer.value}`}>
                <Icon name={VALUE_ICON[answer.value]} size={14} />
                {say(VALUE[answer.value])}
              </span>
            )}
      </div>
      {onAnswer && answer && answer.by === me && answer.value !== "ok" && (
        <Note key={answer.value} point={point.id} note={answer.note} onNote={(note) => onAnswer(answer.value, note)} />
      )}
      {answer ? (
        <p class="d-pinned">
          {answer.moment_s !== null && (
            <span class="d-pin tabular" aria-label={say(desk.pinnedAt(clock(answer.moment_s)))}>
              <Icon name="pin" size={14} />
              {clock(answer.moment_s)}
            </span>
          )}
          <span>{say(desk.answeredBy(by(answer.by)))}</span>
          {answer.note !== "" && <span class="d-said">{answer.note}</span>}
          {(answer.others ?? []).map((one) => (
            <span key={one.at} class="d-was" data-testid="answer-before">
              {say(desk.answeredBefore(say(VALUE[one.value]), by(one.by), one.moment_s === null ? "" : clock(one.moment_s)))}
              {one.note !== "" && ` ${one.note}`}
            </span>
          ))}
        </p>
      ) : (
        next && pinned !== null && <p class="d-pinned">{say(pinned ? desk.pinHint : desk.pinAfter)}</p>
      )}
      {children}
    </article>
  );
}

/** What is wrong, in words: sent with the answer again when the field is left or Enter pressed. */
function Note({ point, note, onNote }: { point: string; note: string; onNote: (note: string) => void }) {
  const [text, setText] = useState(note);
  const said = text.trim();
  return (
    <label class="d-field d-answer-note">
      <span>
        {say(desk.answerNote)}
        {said !== "" && <small role="status"> {say(said === note ? desk.answerNoteKept : desk.answerNoteEnter)}</small>}
      </span>
      <input
        type="text"
        maxLength={200}
        data-testid={`note-${point}`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => {
          if (said !== note) onNote(said);
        }}
      />
    </label>
  );
}
