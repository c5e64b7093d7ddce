/** An opinion to be given: a value, and a reason where it is not an approval. */

import { useState } from "preact/hooks";
import type { OpinionValue, OpinionView } from "../../core/wire.gen";
import { useUnderWay } from "../../parts/useUnderWay";
import { say } from "../../text";
import { OPINION, review } from "../../text/review";

export interface OpinionFormProps {
  readonly legend: string;
  /** The one given before, which this would replace. */
  readonly known: OpinionView | null;
  /** What can't be chosen now. */
  readonly closed?: (value: OpinionValue) => boolean;
  readonly notice: string;
  readonly onOpinion: (value: OpinionValue, reason: string) => void;
}

const VALUES: readonly OpinionValue[] = ["approve", "rectify", "on_site"];

export function OpinionForm({ legend, known, closed = () => false, notice, onOpinion }: OpinionFormProps) {
  const [value, setValue] = useState<OpinionValue | null>(known?.value ?? null);
  const [reason, setReason] = useState(known?.reason ?? "");
  const { busy, begin } = useUnderWay();
  const needed = value !== null && value !== "approve";
  const may = value !== null && !closed(value) && (!needed || reason.trim() !== "");
  return (
    <form
      class="d-sign"
      onSubmit={(event) => {
        event.preventDefault();
        if (value && may && begin()) onOpinion(value, reason.trim());
      }}
    >
      <fieldset>
        <legend class="d-h">{legend}</legend>
        <div class="d-results d-opinions">
          {VALUES.map((one) => (
            <label key={one} class="d-result" data-testid={`opinion-${one}`}>
              <input type="radio" name="opinion" value={one} disabled={closed(one)} checked={value === one} onChange={() => setValue(one)} />
              <span>{say(OPINION[one])}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="d-field">
        <span class="d-h">{say(needed ? review.opinionReasonNeeded : review.opinionReason)}</span>
        <textarea
          rows={3}
          maxLength={4000}
          data-testid="opinion-reason"
          value={reason}
          placeholder={say(review.opinionReasonExample)}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p class="d-quiet">{notice}</p>
      <button type="submit" class="d-btn d-primary" data-testid="give-opinion" disabled={!may || busy} aria-busy={busy}>
        {say(review.opinionSend)}
      </button>
    </form>
  );
}
