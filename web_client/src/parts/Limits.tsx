import { dayInChina, stateOf, type Ending } from "../core/limits";
import type { LimitOf, LimitView, Text } from "../core/wire.gen";
import { say } from "../text";
import { AFTERWARDS, LIMIT, limits as words, limitWords } from "../text/limits";
import { Icon } from "./Icon";
import { useNow } from "./useNow";

/** When it ends and how much is left; red once it is over. */
export function EndingLine({ ending, name, testid }: { ending: Ending; name?: Text; testid?: string }) {
  const now = useNow(60_000);
  const state = stateOf(ending, now);
  return (
    <span class={state.is === "over" ? "limit over" : "limit"} data-testid={testid} data-state={state.is}>
      {name && <span>{say(name)}</span>} <time dateTime={ending.at}>{say(limitWords(ending.day, state, dayInChina(now)))}</time>
    </span>
  );
}

/** The same of a survey's limit, which says what it is of. */
export function LimitLine({ limit, named = true }: { limit: LimitView; named?: boolean }) {
  return <EndingLine ending={limit} testid={`limit-${limit.of}`} {...(named ? { name: LIMIT[limit.of] } : {})} />;
}

/** Every limit that runs, or those of these sorts, each with what to know about its day. */
export function Limits({ limits, of }: { limits: readonly LimitView[] | undefined; of?: readonly LimitOf[] }) {
  const shown = (limits ?? []).filter((one) => of === undefined || of.includes(one.of));
  if (shown.length === 0) return null;
  return (
    <ul class="limits" aria-label={say(words.title)}>
      {shown.map((one) => (
        <li key={one.of}>
          <Icon name="clock" size={18} />
          <span>
            <LimitLine limit={one} />
            <Afterwards of={one.of} />
            {one.note && <small>{say(one.note)}</small>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Afterwards({ of }: { of: LimitOf }) {
  const then = AFTERWARDS[of];
  return then ? <small>{say(then)}</small> : null;
}
