import { useState } from "preact/hooks";
import { Button } from "../../parts/Button";
import { Sheet } from "../../parts/Sheet";
import { say } from "../../text";
import { shots as words } from "../../text/shots";

export interface ExplainSheetProps {
  readonly known: string;
  readonly closeLabel: string;
  readonly onExplain: (reason: string) => void;
  readonly onClose: () => void;
}

/** Why a point can't be shown: nobody is stuck at one. */
export function ExplainSheet({ known, closeLabel, onExplain, onClose }: ExplainSheetProps) {
  const [reason, setReason] = useState(known);
  return (
    <Sheet title={say(words.explainTitle)} closeLabel={closeLabel} onClose={onClose}>
      <p class="muted">{say(words.explainText)}</p>
      <textarea
        class="shot-reason"
        data-testid="explain-reason"
        rows={3}
        maxLength={500}
        aria-label={say(words.explainTitle)}
        placeholder={say(words.explainExample)}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <div class="acts">
        <Button testid="explain-send" disabled={reason.trim() === ""} onClick={() => onExplain(reason.trim())}>
          {say(words.explainSend)}
        </Button>
      </div>
    </Sheet>
  );
}
