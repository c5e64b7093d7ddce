import { useApp } from "../../app";
import { freshQuestion, guide } from "../../core/guide";
import { serverTime } from "../../core/state";
import { clock } from "../../core/times";
import type { CheckPoint, RequestView, StillRequested, SurveyView } from "../../core/wire.gen";
import { useNow } from "../../parts/useNow";
import { say, t } from "../../text";
import { kinds } from "../../text/kinds";

export type PromptProps = { survey: SurveyView; request: StillRequested | null; shot: "none" | "taking" | "failed"; camera: boolean };

/** One thing to do, as a sentence: the photo asked for, else whom to wait for, else the next point to show. */
export function Prompt({ survey, request, shot, camera }: PromptProps) {
  const { state } = useApp();
  const { answered, next } = guide(survey);
  const question = freshQuestion(survey, serverTime(state, useNow()));
  const reviewers = state.others.value.some((one) => one.present && one.role === "reviewer");
  return (
    <section class="prompt" aria-live="polite">
      <div class="steps" aria-hidden="true">
        {survey.item.points.map((point, index) => (
          <i key={point.id} class={answered[index] ? "done" : next?.number === index + 1 ? "now" : ""} />
        ))}
      </div>
      {request ? (
        <Asked request={request} point={survey.item.points.find((one) => one.id === request.point) ?? null} shot={shot} camera={camera} />
      ) : question ? (
        <Question survey={survey} question={question} />
      ) : reviewers ? (
        <div class="hint" data-testid="guide">
          {next && (
            <span class="which">
              {t("call.point", { n: next.number, all: survey.item.points.length })}
              {next.point.department && ` · ${say(next.point.department)}`}
            </span>
          )}
          <h2>{next ? say(next.point.title) : t("call.points.done")}</h2>
          <p>{next ? say(next.point.hint) : t("call.points.done.text")}</p>
        </div>
      ) : (
        <div class="hint" data-testid="waiting">
          <h2>
            <span class="spinner" aria-hidden="true" />
            {t("call.waiting")}
          </h2>
          <p>{t("call.waiting.text")}</p>
        </div>
      )}
    </section>
  );
}

function Asked({ request, point, shot, camera }: { request: StillRequested; point: CheckPoint | null } & Pick<PromptProps, "shot" | "camera">) {
  const { state } = useApp();
  const left = (Date.parse(request.expires_at) - serverTime(state, useNow())) / 1000;
  return (
    <div class="asked" data-testid="still-request">
      <div class="which">
        <span>{t("call.request", { by: request.by })}</span>
        {request.outside === true && <span data-testid="outside">{say(kinds.outside)}</span>}
        {left > 0 && <span class="tabular left">{t("call.request.left", { time: clock(left) })}</span>}
      </div>
      <h2>{request.note || (point ? say(point.title) : t("call.request.plain"))}</h2>
      <p>
        {t(told(shot, camera, left > 0))}
      </p>
    </div>
  );
}

function Question({ survey, question }: { survey: SurveyView; question: RequestView }) {
  const by = survey.participants.find((person) => person.id === question.by)?.name ?? question.by;
  return (
    <div class="asked" data-testid="question">
      <div class="which">
        <span>{say(kinds.questionOf(by))}</span>
        {question.outside && <span data-testid="outside">{say(kinds.outside)}</span>}
      </div>
      <h2>{question.text}</h2>
      <p>{say(kinds.answerAloud)}</p>
    </div>
  );
}

function told(shot: PromptProps["shot"], camera: boolean, inTime: boolean) {
  if (shot === "taking") return "call.taking";
  if (!camera) return "call.request.nocamera";
  if (shot === "failed") return "call.still.failed";
  return inTime ? "call.request.how" : "call.request.late";
}
