/** The officer's: decisions that a person was asked to look at, and the answer. */

import { useState } from "preact/hooks";
import { useApp } from "../../app";
import type { CorrectForm } from "../../core/wire.gen";
import { ProblemCard } from "../../parts/ProblemCard";
import { useSend } from "../../parts/useSend";
import { say } from "../../text";
import { tierText } from "../../text/desk";
import { GROUND, own as words } from "../../text/own";
import { Decision } from "./Decision";
import { useList } from "./list";
import "./own.css";

const GROUNDS = Object.keys(GROUND) as CorrectForm["ground"][];
const TIERS = ["red", "orange", "blue"] as const satisfies CorrectForm["tier"][];

export function Asked() {
  const { api } = useApp();
  const { all, problem, load } = useList(() => api.asked());
  return (
    <section class="o-list" data-testid="asked">
      <h2>{say(words.officerTitle)}</h2>
      <p class="f-quiet">{say(words.officerLead)}</p>
      {problem && <ProblemCard problem={problem} onRetry={load} />}
      {all.length === 0 && <p class="lead">{say(words.noneAsked)}</p>}
      {all.map(({ name, decision }) => (
        <details key={decision.survey} class="o-asked" data-testid="asked-item" data-result={decision.second_look?.result ?? "waiting"}>
          <summary>
            <b>{name}</b> <span class="f-quiet">{decision.case_no}</span>
            {decision.second_look?.due && <span class="f-due">{say(words.due(decision.second_look.due.day, decision.second_look.due.left))}</span>}
          </summary>
          <Decision decision={decision}>{decision.second_look?.result === null && <Answer survey={decision.survey} onDone={load} />}</Decision>
        </details>
      ))}
    </section>
  );
}

function Answer({ survey, onDone }: { survey: string; onDone: () => void }) {
  const { api } = useApp();
  const [answer, setAnswer] = useState<"uphold" | "correct" | null>(null);
  const [ground, setGround] = useState<CorrectForm["ground"]>("record_lifted");
  const [tier, setTier] = useState<CorrectForm["tier"]>("red");
  const [seen, setSeen] = useState("");
  const [said, setSaid] = useState("");
  const { busy, problem, send } = useSend();
  const form = answer === "correct" ? ({ answer, words: said, ground, tier, seen } as const) : ({ answer: "uphold", words: said } as const);
  const ready = answer !== null && said.trim() !== "" && (answer === "uphold" || seen.trim() !== "");
  return (
    <form
      class="f-form"
      onSubmit={(event) => {
        event.preventDefault();
        send(api.answerAsked(survey, form), onDone);
      }}
    >
      <h4>{say(words.choose)}</h4>
      {(["uphold", "correct"] as const).map((one) => (
        <label key={one} class="f-choice">
          <input type="radio" name={`answer-${survey}`} data-testid={`answer-${one}`} checked={answer === one} onChange={() => setAnswer(one)} />
          {say(words[one])}
        </label>
      ))}
      {answer === "correct" && (
        <>
          <label class="f-field">
            <span>{say(words.ground)}</span>
            <select data-testid="answer-ground" value={ground} onChange={(event) => setGround(event.currentTarget.value as CorrectForm["ground"])}>
              {GROUNDS.map((one) => (
                <option key={one} value={one}>
                  {say(GROUND[one])}
                </option>
              ))}
            </select>
          </label>
          <label class="f-field">
            <span>{say(words.found)}</span>
            <select data-testid="answer-tier" value={tier} onChange={(event) => setTier(event.currentTarget.value as CorrectForm["tier"])}>
              {TIERS.map((one) => (
                <option key={one} value={one}>
                  {say(tierText(one))}
                </option>
              ))}
            </select>
          </label>
          <label class="f-field">
            <span>{say(words.seenField)}</span>
            <input data-testid="answer-seen" maxLength={300} value={seen} onInput={(event) => setSeen(event.currentTarget.value)} />
          </label>
        </>
      )}
      <label class="f-field">
        <span>{say(words.words)}</span>
        <textarea rows={4} maxLength={2000} data-testid="answer-words" value={said} onInput={(event) => setSaid(event.currentTarget.value)} />
      </label>
      {problem && <ProblemCard problem={problem} />}
      <button type="submit" class="button primary" data-testid="answer-send" disabled={busy || !ready}>
        {say(words.send)}
      </button>
    </form>
  );
}
