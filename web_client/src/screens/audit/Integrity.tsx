/** What this browser has verified, in sentences. Green only when it hashed everything itself and all agreed. */

import type { Exhibit, Findings } from "../../core/replay_integrity";
import { clock, size } from "../../core/times";
import type { Text } from "../../core/wire.gen";
import { say } from "../../text";
import { audit } from "../../text/audit";
import { timeText } from "../desk/hours";
import { Icon } from "../desk/Icon";
import type { Evidence } from "./evidence";

export function Integrity({ evidence }: { evidence: Evidence }) {
  const found = evidence.findings.value;
  const running = evidence.running.value;
  const finished = evidence.finished.value;
  const done = found.checked + found.missing.length;
  return (
    <section class={`a-integrity a-i-${found.state}`} data-testid="integrity" data-state={found.state} data-checked={found.checked} data-total={found.total} aria-label={say(audit.integrityTitle)}>
      <h2>
        <Icon name={found.state === "whole" ? "shield" : "shieldOpen"} />
        {say(audit.integrityTitle)}
      </h2>
      <div class="a-progress" role="progressbar" aria-valuemin={0} aria-valuemax={found.total} aria-valuenow={done} aria-label={say(audit.verifying)}>
        <i style={{ width: `${found.total === 0 ? 0 : (done / found.total) * 100}%` }} />
      </div>
      <p class="a-verdict" role="status">
        {say(evidence.canHash ? sentence(found) : audit.noCrypto)}
      </p>
      {finished && <p class="d-quiet tabular">{say(audit.took(finished.seconds.toFixed(1), timeText(finished.at)))}</p>}
      {found.checked > 0 && found.state !== "untouched" && <Counts evidence={evidence} />}
      {found.differing.length > 0 && (
        <ul class="a-differing">
          {found.differing.map(({ exhibit, found: digest }) => (
            <li key={exhibit.id}>
              <strong>{say(exhibitText(exhibit))}</strong>
              <span>
                {say(audit.shouldBe)} <code>{exhibit.sha256}</code>
              </span>
              <span>
                {say(audit.is)} <code>{digest}</code>
              </span>
            </li>
          ))}
        </ul>
      )}
      {!running && found.missing.length > 0 && (
        <ul class="a-missing">
          {found.missing.map((exhibit) => (
            <li key={exhibit.id}>{say(exhibitText(exhibit))}</li>
          ))}
        </ul>
      )}
      <div class="d-row">
        {running ? (
          <button type="button" class="d-btn" onClick={() => evidence.stop()}>
            {say(audit.stop)}
          </button>
        ) : (
          <button
            type="button"
            class={finished ? "d-btn" : "d-btn d-primary"}
            data-testid="verify"
            disabled={!evidence.canHash || found.total === 0}
            onClick={() => void evidence.verify()}
          >
            {say(finished ? audit.verifyAgain : audit.verify)}
          </button>
        )}
      </div>
      <details class="a-method">
        <summary>{say(audit.method)}</summary>
        <p>{say(audit.integrityLead)}</p>
        <p>{say(audit.notCovered)}</p>
      </details>
    </section>
  );
}

function sentence(found: Findings): Text {
  if (found.total === 0) return audit.nothingToCheck;
  switch (found.state) {
    case "untouched":
      return audit.untouched;
    case "partly":
      return audit.partly(found.checked, found.total, size(found.bytes));
    case "whole":
      return audit.whole(found.total, size(found.bytes));
    case "broken":
      return audit.broken(found.differing.length);
    case "out_of_reach":
      return audit.outOfReach(found.missing.length, found.total);
    default:
      return found.state satisfies never;
  }
}

function Counts({ evidence }: { evidence: Evidence }) {
  const checks = evidence.checks.value;
  const agreeing = (kind: (exhibit: Exhibit) => boolean): { of: number; n: number } => {
    const some = evidence.list.filter(kind);
    return { of: some.length, n: some.filter((exhibit) => checks.get(exhibit.id)?.found === exhibit.sha256).length };
  };
  const media = agreeing((exhibit) => exhibit.photo === null);
  const photos = agreeing((exhibit) => exhibit.photo !== null);
  return (
    <ul class="a-counts tabular">
      {media.of > 0 && <Count text={audit.countMedia(media.n, media.of)} whole={media.n === media.of} />}
      {photos.of > 0 && <Count text={audit.countPhotos(photos.n, photos.of)} whole={photos.n === photos.of} />}
    </ul>
  );
}

function Count({ text, whole }: { text: Text; whole: boolean }) {
  return (
    <li class={whole ? "d-good" : ""}>
      <span class="a-tick" aria-hidden="true">
        {whole && <Icon name="check" size={15} />}
      </span>
      {say(text)}
    </li>
  );
}

function exhibitText(exhibit: Exhibit): Text {
  switch (exhibit.of) {
    case "init":
      return audit.exhibitInit(exhibit.name);
    case "media":
      return audit.exhibitMedia(exhibit.name, clock(exhibit.start ?? 0));
    case "photo":
      return audit.exhibitPhoto(exhibit.name);
    default:
      return exhibit.of satisfies never;
  }
}
