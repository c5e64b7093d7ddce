/** Who looks at the premises, shown to the applicant: at the start by itself, later on a tap. */
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import { lookingOf, type Looking as One } from "../../core/errands";
import { serverTime } from "../../core/state";
import type { ErrandState, SurveyView } from "../../core/wire.gen";
import { ErrandCode, ErrandFacts, factsOf } from "../../parts/ErrandFacts";
import { Icon } from "../../parts/Icon";
import { Sheet } from "../../parts/Sheet";
import { useNow } from "../../parts/useNow";
import { say } from "../../text";
import { ROLE } from "../../text/desk";
import { ERRAND_STATE, errands as words } from "../../text/errands";

const SHOWN_MS = 15_000;
const TONE: Readonly<Record<ErrandState, string>> = { valid: "ok", expired: "warn", taken_off: "seal", over: "", forged: "seal" };

/** On a page: a row for each, which opens what the errand says. */
export function Looking({ survey }: { survey: SurveyView }) {
  const all = useLooking(survey);
  const [open, setOpen] = useState<string | null>(null);
  if (all.length === 0) return null;
  return (
    <section class="looking" data-testid="looking">
      <h2 class="section-title">{say(words.panel)}</h2>
      <ul>
        {all.map((one) => (
          <li key={one.person.id}>
            <button type="button" class="looking-row" data-testid={`looking-${one.person.id}`} data-state={one.state} onClick={() => setOpen(one.person.id)}>
              <Icon name="shield" />
              <span>
                <b>{one.person.name}</b>
                <small>
                  {say(ROLE[one.person.role])} · {say(one.errand.department)}
                </small>
              </span>
              <Stands state={one.state} />
            </button>
          </li>
        ))}
      </ul>
      {open !== null && <LookingSheet survey={survey} first={open} onClose={() => setOpen(null)} />}
    </section>
  );
}

/** In the call: all who look are named for a while whenever one comes in, then a small button is left. */
export function LookingInCall({ survey, onOpen }: { survey: SurveyView; onOpen: () => void }) {
  const all = useLooking(survey);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  // Who opened the link or reads the notice does not look yet.
  const now = all.filter((one) => one.state === "valid" && one.person.present && one.person.connected);
  const fresh = now.filter((one) => !seen.has(one.errand.code));
  const codes = fresh.map((one) => one.errand.code).join(" ");
  useEffect(() => {
    if (codes === "") return undefined;
    const timer = setTimeout(() => setSeen((before) => new Set([...before, ...codes.split(" ")])), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [codes]);
  if (all.length === 0) return null;
  return fresh.length > 0 ? (
    <button type="button" class="banner" data-testid="looking-news" onClick={onOpen}>
      <Icon name="shield" size={20} />
      <b>{say(words.cameIn(now.map((one) => one.person.name)))}</b>
      <em>{say(words.show)}</em>
    </button>
  ) : (
    <button type="button" class="chip looking-chip" data-testid="looking-open" onClick={onOpen}>
      <Icon name="shield" size={18} />
      {say(now.length > 0 ? words.count(now.length) : words.panel)}
    </button>
  );
}

/** Everybody's errand; `first` is opened, else the first. */
export function LookingSheet({ survey, first = null, onClose }: { survey: SurveyView; first?: string | null; onClose: () => void }) {
  const all = useLooking(survey);
  return (
    <Sheet title={say(words.panel)} closeLabel={say(words.close)} onClose={onClose}>
      <p class="muted">{say(words.lookingLead)}</p>
      <div data-testid="looking-sheet">
        {all.map((one) => (
          <details key={one.person.id} class="looking-one" data-testid={`errand-${one.person.id}`} data-state={one.state} open={one.person.id === (first ?? all[0]?.person.id)}>
            <summary>
              <span>{one.person.name}</span>
              <Stands state={one.state} />
            </summary>
            <ErrandFacts facts={factsOf(survey, one)} />
            <ErrandCode one={one} />
          </details>
        ))}
      </div>
    </Sheet>
  );
}

function Stands({ state }: { state: ErrandState }) {
  return <span class={`chip ${TONE[state]}`}>{say(ERRAND_STATE[state])}</span>;
}

function useLooking(survey: SurveyView): readonly One[] {
  const { state } = useApp();
  return lookingOf(survey, serverTime(state, useNow(30_000)));
}
