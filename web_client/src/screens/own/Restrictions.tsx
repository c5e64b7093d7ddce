/** The officer's: cases that are restricted, one more to restrict, and lifting it. */

import { useState } from "preact/hooks";
import { useApp } from "../../app";
import type { LiftForm, RestrictForm, RestrictionView } from "../../core/wire.gen";
import { ProblemCard } from "../../parts/ProblemCard";
import { useSend } from "../../parts/useSend";
import { say } from "../../text";
import { GROUND, restricted as words } from "../../text/restricted";
import { dayText } from "../desk/hours";
import { useList } from "./list";
import "./own.css";

const GROUNDS = Object.keys(GROUND) as RestrictForm["ground"][];

export function Restrictions() {
  const { api } = useApp();
  const { all, setAll, problem, load } = useList(() => api.restrictions());
  return (
    <section class="o-list" data-testid="restrictions">
      <h2>{say(words.title)}</h2>
      <p class="f-quiet">{say(words.lead)}</p>
      {problem && <ProblemCard problem={problem} onRetry={load} />}
      {all.length === 0 && <p class="lead">{say(words.none)}</p>}
      {all.map((one) => (
        <details key={one.survey} class="o-asked" data-testid="restricted-item">
          <summary>
            <b>{one.case_no}</b> <span>{say(one.ground_words)}</span>
            <span class="f-quiet">{say(words.since(one.officer, dayText(one.since)))}</span>
          </summary>
          <p>{one.reason}</p>
          <Order caseNo={one.case_no} onDone={setAll} />
        </details>
      ))}
      <Order onDone={setAll} />
    </section>
  );
}

/** Restricts the case of the number written; with `caseNo`, lifts what stands on that one. */
function Order({ caseNo, onDone }: { caseNo?: string; onDone: (all: readonly RestrictionView[]) => void }) {
  const { api } = useApp();
  const lifts = caseNo !== undefined;
  const act = lifts ? "lift" : "restrict";
  const [number, setNumber] = useState("");
  const [ground, setGround] = useState<RestrictForm["ground"]>("retention");
  const [reason, setReason] = useState("");
  const { busy, problem, send } = useSend();
  const form: RestrictForm | LiftForm = lifts ? { order: "lift", case_no: caseNo, reason } : { order: "restrict", case_no: number.trim(), ground, reason };
  const done = (left: readonly RestrictionView[]): void => {
    setNumber("");
    setReason("");
    onDone(left);
  };
  return (
    <form
      class="f-form"
      onSubmit={(event) => {
        event.preventDefault();
        send(api.orderRestriction(form), done);
      }}
    >
      {!lifts && (
        <>
          <label class="f-field">
            <span>{say(words.caseNo)}</span>
            <input data-testid="restrict-case" maxLength={200} value={number} onInput={(event) => setNumber(event.currentTarget.value)} />
          </label>
          <label class="f-field">
            <span>{say(words.ground)}</span>
            <select data-testid="restrict-ground" value={ground} onChange={(event) => setGround(event.currentTarget.value as RestrictForm["ground"])}>
              {GROUNDS.map((one) => (
                <option key={one} value={one}>
                  {say(GROUND[one])}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      <label class="f-field">
        <span>{say(words.reason)}</span>
        <textarea rows={2} maxLength={1000} data-testid={`${act}-reason`} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {problem && <ProblemCard problem={problem} />}
      <button type="submit" class="button plain" data-testid={`${act}-send`} disabled={busy || reason.trim() === "" || (!lifts && number.trim() === "")}>
        {say(words[act])}
      </button>
    </form>
  );
}
