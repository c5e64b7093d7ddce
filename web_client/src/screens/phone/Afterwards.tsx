/** When it is over: the applicant's rating, and an appeal against a conclusion that is not "passed". */
import { useState } from "preact/hooks";
import { useApp } from "../../app";
import { mayAppeal, mayRate } from "../../core/life";
import { limitOf } from "../../core/limits";
import type { AppealView, LimitView, SurveyView } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { LimitLine } from "../../parts/Limits";
import { ProblemCard } from "../../parts/ProblemCard";
import { useSend } from "../../parts/useSend";
import { say } from "../../text";
import { APPEAL, APPEAL_NEXT, life as words } from "../../text/life";
import { lastDayText } from "../desk/hours";

export function Afterwards({ survey }: { survey: SurveyView }) {
  const stars = survey.life?.stars ?? null;
  const appeal = survey.life?.appeal ?? null;
  return (
    <>
      {appeal && <Appeal appeal={appeal} limit={limitOf(survey.life?.limits, "appeal")} />}
      {mayRate(survey) && <Rating survey={survey.id} />}
      {stars !== null && (
        <p class="muted rated" role="status" data-testid="rated">
          {say(words.rated(stars))}
        </p>
      )}
      {mayAppeal(survey, new Date()) && <MakeAppeal survey={survey} />}
    </>
  );
}

function Rating({ survey }: { survey: string }) {
  const [stars, setStars] = useState(0);
  const [said, setSaid] = useState("");
  const { api } = useApp();
  const { busy, problem, send } = useSend();
  return (
    <section class="card rating">
      <h2 class="section-title">{say(words.rate)}</h2>
      <div class="stars" role="radiogroup" aria-label={say(words.rate)}>
        {words.stars.map((word, index) => (
          <button
            key={word.en}
            type="button"
            role="radio"
            aria-checked={stars === index + 1}
            aria-label={say(word)}
            class={index < stars ? "on" : ""}
            data-testid={`star-${index + 1}`}
            onClick={() => setStars(index + 1)}
          >
            ★
          </button>
        ))}
      </div>
      {stars > 0 && (
        <>
          <p class="muted">{say(words.stars[stars - 1] ?? words.rate)}</p>
          <input type="text" maxLength={1000} aria-label={say(words.rateWords)} placeholder={say(words.rateWords)} value={said} onInput={(event) => setSaid(event.currentTarget.value)} />
          {problem && <ProblemCard problem={problem} />}
          <Button kind="plain" testid="rate" busy={busy} onClick={() => send(api.move(survey, { order: "rate", stars, words: said.trim() }))}>
            {say(words.rateSend)}
          </Button>
        </>
      )}
    </section>
  );
}

function MakeAppeal({ survey }: { survey: SurveyView }) {
  const [reason, setReason] = useState("");
  const { api } = useApp();
  const { busy, problem, send } = useSend();
  return (
    <details class="card appeal" data-testid="appeal">
      <summary>{say(words.appeal)}</summary>
      <p class="muted">{say(words.appealText(lastDayText(survey.life?.appeal_until ?? "")))}</p>
      <textarea rows={4} maxLength={4000} data-testid="appeal-reason" aria-label={say(words.appealReason)} placeholder={say(words.appealReason)} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      {problem && <ProblemCard problem={problem} />}
      <Button kind="plain" testid="appeal-send" busy={busy} disabled={reason.trim() === ""} onClick={() => send(api.move(survey.id, { order: "appeal", reason: reason.trim() }))}>
        {say(words.appealSend)}
      </Button>
    </details>
  );
}

function Appeal({ appeal, limit }: { appeal: AppealView; limit: LimitView | null }) {
  if (appeal.result === null) {
    return (
      <Card tone="warn">
        <p role="status" data-testid="appealed">
          {say(limit ? words.appealHere : words.appealed(lastDayText(appeal.due)))}
        </p>
        <blockquote class="as-written">{appeal.reason}</blockquote>
        {limit && <LimitLine limit={limit} />}
      </Card>
    );
  }
  return (
    <section class="card conclusion" role="status" data-testid="appeal-answer">
      <span class="eyebrow">{say(words.appealAnswer)}</span>
      <h2>{say(APPEAL[appeal.result])}</h2>
      <blockquote>{appeal.answer}</blockquote>
      <p class="muted">{appeal.officer}</p>
      <p data-testid="appeal-next">{say(APPEAL_NEXT[appeal.result])}</p>
    </section>
  );
}
