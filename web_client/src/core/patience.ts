/** How long the message line waits: before it tries again, and for a try to lead anywhere. Milliseconds. */

/** Waits before the first, second, ... try. The first almost at once; the last short enough to meet a server just started. */
const BACK_OFF_MS = [150, 400, 800, 1_500, 2_500] as const;
/** A try that began in a hole of the network hangs in TCP's own back-off; these grow for networks that are only slow. */
const WELCOME_MS = [2_500, 2_500, 4_000, 6_000] as const;

/** The wait before try number `attempt` (from 1), spread by a fifth so that not everybody comes at once; `random` in [0, 1). */
export function backOffMs(attempt: number, random: number): number {
  return at(BACK_OFF_MS, attempt) * (0.8 + random * 0.4);
}

/** Within what time try number `attempt` must be welcome; 0 is the very first connection. */
export function welcomeWithinMs(attempt: number): number {
  return attempt === 0 ? 6_000 : at(WELCOME_MS, attempt);
}

function at(table: readonly number[], attempt: number): number {
  return table[Math.min(Math.max(attempt, 1), table.length) - 1] ?? 0;
}
