/** Asking the applicant for a still, with an optional word of what it should show. */

import { useState } from "preact/hooks";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { Dialog } from "./Dialog";

export function AskStill({ onAsk, onClose }: { onAsk: (note: string) => void; onClose: () => void }) {
  const [note, setNote] = useState("");
  return (
    <Dialog label={say(desk.askStillTitle)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAsk(note.trim());
        }}
      >
        <h2>{say(desk.askStillTitle)}</h2>
        <p>{say(desk.askStillHint)}</p>
        <label class="d-field">
          <span>{say(desk.stillNote)}</span>
          <input
            type="text"
            data-testid="still-note"
            maxLength={200}
            value={note}
            placeholder={say(desk.stillNoteExample)}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </label>
        <div class="d-row d-end">
          <button type="button" class="d-btn" onClick={onClose}>
            {say(desk.cancel)}
          </button>
          <button type="submit" class="d-btn d-primary" data-testid="still-send">
            {say(desk.stillSend)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
