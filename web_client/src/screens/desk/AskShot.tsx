/** Asking the applicant for another photo of a point: the material goes back to them, with the reason. */

import { useState } from "preact/hooks";
import type { CheckPoint } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { review } from "../../text/review";
import { Dialog } from "./Dialog";

export function AskShot({ point, onAsk, onClose }: { point: CheckPoint; onAsk: (reason: string) => void; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const title = say(review.askShotTitle(say(point.title)));
  return (
    <Dialog label={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") onAsk(reason.trim());
        }}
      >
        <h2>{title}</h2>
        <p>{say(review.askShotHint)}</p>
        <label class="d-field">
          <span>{say(review.opinionReason)}</span>
          <textarea
            rows={3}
            maxLength={500}
            data-testid="ask-shot-reason"
            value={reason}
            placeholder={say(review.askShotExample)}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <div class="d-row d-end">
          <button type="button" class="d-btn" onClick={onClose}>
            {say(desk.cancel)}
          </button>
          <button type="submit" class="d-btn d-primary" data-testid="ask-shot-send" disabled={reason.trim() === ""}>
            {say(review.askShotSend)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
