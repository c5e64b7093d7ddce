/** A restricted case is opened to an auditor who says what for. */

import { useState } from "preact/hooks";
import { say } from "../../text";
import { restricted as words } from "../../text/restricted";

const SHORTEST = 10;

export function Purpose({ onStated }: { onStated: (purpose: string) => void }) {
  const [purpose, setPurpose] = useState("");
  return (
    <form
      class="card a-purpose"
      onSubmit={(event) => {
        event.preventDefault();
        onStated(purpose.trim());
      }}
    >
      <label>
        <span>{say(words.purpose)}</span>
        <input data-testid="purpose" maxLength={200} value={purpose} onInput={(event) => setPurpose(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary" data-testid="purpose-send" disabled={[...purpose.trim()].length < SHORTEST}>
        {say(words.open)}
      </button>
    </form>
  );
}
