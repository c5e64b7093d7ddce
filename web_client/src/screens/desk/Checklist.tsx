/** The checklist beside the picture: every answer pins the moment it is given. */

import { CHECK_VALUES, mayAnswer, nextPoint, type Me } from "../../core/desk";
import { clock } from "../../core/times";
import type { AnswerView, CheckPoint, CheckValue, SurveyView, Text } from "../../core/wire.gen";
import { desk, VALUE } from "../../text/desk";
import { review } from "../../text/review";
import { Icon, type IconName } from "./Icon";
import { say } from "../../text";

export interface ChecklistProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onAnswer: (point: string, value: CheckValue) => void;
}

export const VALUE_ICON: Record<CheckValue, IconName> = { ok: "check", not_ok: "cross", unsure: "bang" };

export function Checklist({ survey, me, onAnswer }: ChecklistProps) {
  const may = mayAnswer(me, survey);
  const next = may ? nextPoint(survey) : null;
  if (survey.item.points.length === 0) return <p class="d-empty">{say(desk.noPoints)}</p>;
  return (
    <div class="d-list">
      {me.role === "expert" && <p class="d-note">{say(survey.mode === "upload_only" ? review.expert : desk.expertReadsOnly)}</p>}
      {survey.item.points.map((point) => (
        <Point
          key={point.id}
          point={point}
          shows={survey.mode === "upload_only" ? (point.shot ?? point.hint) : point.hint}
          answer={survey.answers.find((answer) => answer.point === point.id) ?? null}
          by={(id) => survey.participants.find((person) => person.id === id)?.name ?? id}
          next={point.id === next}
          pinned={survey.mode === "upload_only" ? null : survey.state === "in_session"}
          onAnswer={may ? (value) => onAnswer(point.id, value) : null}
        />
      ))}
      {may && next === null && <p class="d-note d-good">{say(desk.allAnswered)}</p>}
    </div>
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
  readonly onAnswer: ((value: CheckValue) => void) | null;
}

function Point({ point, shows, answer, by, next, pinned, onAnswer }: PointProps) {
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
                onClick={() => onAnswer(value)}
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
      {answer ? (
        <p class="d-pinned">
          {answer.moment_s !== null && (
            <span class="d-pin tabular" aria-label={say(desk.pinnedAt(clock(answer.moment_s)))}>
              <Icon name="pin" size={14} />
              {clock(answer.moment_s)}
            </span>
          )}
          <span>{say(desk.answeredBy(by(answer.by)))}</span>
          {answer.note !== "" && <span>{answer.note}</span>}
        </p>
      ) : (
        next && pinned !== null && <p class="d-pinned">{say(pinned ? desk.pinHint : desk.pinAfter)}</p>
      )}
    </article>
  );
}
