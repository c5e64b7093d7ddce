/** Asking the applicant for a still: of a point or outside the checklist, with an optional word of what it should show. */

import { useState } from "preact/hooks";
import type { CheckPoint } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { kinds } from "../../text/kinds";
import { Dialog } from "./Dialog";

export interface AskStillProps {
  readonly points: readonly CheckPoint[];
  /** The point that is put forward. */
  readonly first: string | null;
  readonly onAsk: (note: string, point: string | null) => void;
  /** Asks it in words, without a still. */
  readonly onQuestion: (text: string, point: string | null) => void;
  readonly onClose: () => void;
}

export function AskStill({ points, first, onAsk, onQuestion, onClose }: AskStillProps) {
  const [note, setNote] = useState("");
  const [point, setPoint] = useState(first);
  return (
    <Dialog label={say(desk.askStillTitle)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAsk(note.trim(), point);
        }}
      >
        <h2>{say(desk.askStillTitle)}</h2>
        <p>{say(desk.askStillHint)}</p>
        <label class="d-field">
          <span>{say(kinds.stillOf)}</span>
          <select data-testid="still-point" value={point ?? ""} onChange={(event) => setPoint(event.currentTarget.value || null)}>
            {points.map((one) => (
              <option key={one.id} value={one.id}>
                {say(one.title)}
              </option>
            ))}
            <option value="">{say(kinds.outside)}</option>
          </select>
        </label>
        {point === null && <p class="d-note d-warn">{say(kinds.outsideHint)}</p>}
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
          <button type="button" class="d-btn" data-testid="question-send" disabled={note.trim() === ""} onClick={() => onQuestion(note.trim(), point)}>
            {say(kinds.askAsQuestion)}
          </button>
          <button type="submit" class="d-btn d-primary" data-testid="still-send">
            {say(desk.stillSend)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
