/** The officer's: appeals against conclusions, and the answer. */

import { useState } from "preact/hooks";
import { useApp } from "../../app";
import type { AppealResult } from "../../core/wire.gen";
import { ProblemCard } from "../../parts/ProblemCard";
import { useSend } from "../../parts/useSend";
import { say } from "../../text";
import { APPEAL } from "../../text/life";
import { appeals as words } from "../../text/own";
import { lastDayText } from "../desk/hours";
import { CaseFile } from "./CaseFile";
import { Decision } from "./Decision";
import { useList } from "./list";
import "./own.css";

const RESULTS = Object.keys(APPEAL) as AppealResult[];

export function Appeals() {
  const { api } = useApp();
  const { all, problem, load } = useList(() => api.appeals());
  return (
    <section class="o-list" data-testid="appeals">
      <h2>{say(words.title)}</h2>
      <p class="f-quiet">{say(words.lead)}</p>
      {problem && <ProblemCard problem={problem} onRetry={load} />}
      {all.length === 0 && <p class="lead">{say(words.none)}</p>}
      {all.map(({ name, decision }) => {
        const waits = decision.appeal?.result === null;
        return (
          <details key={decision.survey} class="o-asked" data-testid="appeal-item" data-result={decision.appeal?.result ?? "waiting"}>
            <summary>
              <b>{name}</b> <span class="f-quiet">{decision.case_no}</span>
              {waits && <span class="f-due">{say(words.due(lastDayText(decision.appeal?.due ?? "")))}</span>}
            </summary>
            <Decision decision={decision}>
              {waits && <CaseFile survey={decision.survey} />}
              {waits && <Answer survey={decision.survey} onDone={load} />}
            </Decision>
          </details>
        );
      })}
    </section>
  );
}

function Answer({ survey, onDone }: { survey: string; onDone: () => void }) {
  const { api } = useApp();
  const [result, setResult] = useState<AppealResult | null>(null);
  const [reason, setReason] = useState("");
  const { busy, problem, send } = useSend();
  return (
    <form
      class="f-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (result !== null) send(api.answerAppeal(survey, { result, reason }), onDone);
      }}
    >
      <h4>{say(words.choose)}</h4>
      {RESULTS.map((one) => (
        <label key={one} class="f-choice">
          <input type="radio" name={`appeal-${survey}`} data-testid={`appeal-${one}`} checked={result === one} onChange={() => setResult(one)} />
          {say(APPEAL[one])}
        </label>
      ))}
      <label class="f-field">
        <span>{say(words.reason)}</span>
        <textarea rows={4} maxLength={4000} data-testid="appeal-answer-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {problem && <ProblemCard problem={problem} />}
      <button type="submit" class="button primary" data-testid="appeal-answer-send" disabled={busy || result === null || reason.trim() === ""}>
        {say(words.send)}
      </button>
    </form>
  );
}
