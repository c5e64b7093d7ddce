/** The field for verifier keys: typed, pasted or from a file, each said back at once. */

import { useRef } from "preact/hooks";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { say } from "../text";
import { verifying } from "../text/verify";
import type { Examination } from "./examination";

export function Keys({ examination }: { examination: Examination }) {
  const input = useRef<HTMLInputElement>(null);
  const lines = examination.keys.value;
  const wrong = lines.some((line) => "wrong" in line);
  return (
    <section class="card v-keys" aria-labelledby="v-keys">
      <h2 id="v-keys">{say(verifying.keys)}</h2>
      <p class="muted" id="v-keys-lead">
        {say(verifying.keysLead)}
      </p>
      <textarea
        rows={3}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        aria-labelledby="v-keys"
        aria-describedby="v-keys-lead"
        aria-invalid={wrong}
        placeholder={say(verifying.keysExample)}
        data-testid="keys"
        value={examination.keyText.value}
        onInput={({ currentTarget }) => examination.writeKeys(currentTarget.value)}
      />
      {lines.length > 0 && (
        <ul class="v-key-lines" aria-live="polite">
          {lines.map((line, at) =>
            "key" in line ? (
              <li key={at} class="v-good">
                <Icon name="check" size={18} />
                {say(verifying.keyGood(line.key.name, line.key.id))}
              </li>
            ) : (
              <li key={at} class="v-bad">
                <Icon name="alert" size={18} />
                {say(line.wrong)}
              </li>
            ),
          )}
        </ul>
      )}
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-label={say(verifying.keysFile)}
        data-testid="keys-file"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) void examination.addKeys(file);
          currentTarget.value = "";
        }}
      />
      <Button kind="quiet" icon="upload" onClick={() => input.current?.click()}>
        {say(verifying.keysFile)}
      </Button>
    </section>
  );
}
