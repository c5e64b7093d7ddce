/** Standing aside: a conflict of interest, or another reason, in words. There is no way back, so it is asked twice. */

import { useState } from "preact/hooks";
import { isRecused, mayStandAside, type Me } from "../../core/desk";
import type { StandAside as Declared, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { panel } from "../../text/panel";
import { Dialog } from "./Dialog";

type Cause = Declared["cause"];
const CAUSES: readonly Cause[] = ["conflict", "recused"];

export interface StandAsideProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onStandAside: (cause: Cause, reason: string) => void;
}

export function StandAside({ survey, me, onStandAside }: StandAsideProps) {
  const [asking, setAsking] = useState(false);
  const [cause, setCause] = useState<Cause>("conflict");
  const [reason, setReason] = useState("");
  if (isRecused(me, survey))
    return (
      <p class="d-note d-warn" role="status" data-testid="recused">
        {say(panel.recused)}
      </p>
    );
  if (!mayStandAside(me, survey)) return null;
  return (
    <>
      <button type="button" class="d-btn" data-testid="stand-aside" onClick={() => setAsking(true)}>
        {say(panel.standAside)}
      </button>
      {asking && (
        <Dialog label={say(panel.standAside)} onClose={() => setAsking(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (reason.trim() === "") return;
              setAsking(false);
              onStandAside(cause, reason.trim());
            }}
          >
            <h2>{say(panel.standAside)}</h2>
            <p>{say(panel.standAsideHint)}</p>
            <div class="d-results">
              {CAUSES.map((one) => (
                <label key={one} class="d-result" data-testid={`aside-${one}`}>
                  <input type="radio" name="aside" value={one} checked={cause === one} onChange={() => setCause(one)} />
                  <span>{say(one === "conflict" ? panel.conflict : panel.other)}</span>
                </label>
              ))}
            </div>
            <label class="d-field">
              <span>{say(panel.reason)}</span>
              <textarea rows={3} maxLength={500} data-testid="aside-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
            </label>
            <div class="d-row d-end">
              <button type="button" class="d-btn" onClick={() => setAsking(false)}>
                {say(desk.cancel)}
              </button>
              <button type="submit" class="d-btn d-seal" data-testid="aside-confirm" disabled={reason.trim() === ""}>
                {say(panel.standAsideConfirm)}
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
