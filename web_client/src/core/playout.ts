/**
 * How long pictures and sound are held before they are shown, so that what was lost on the way can be sent again in time.
 *
 * **Nothing is held on a good network.** Where packets go missing, four rounds of repair are worth more than the part of
 * a second they cost: a picture that stands still tells a reviewer nothing.
 */

/** Counters since the connection began: packets asked for again, times a picture stood still. */
export type Repairs = { readonly asked: number; readonly frozen: number };
export type Holding = { readonly targetMs: number; readonly calmSinceMs: number };

export const NO_REPAIRS: Repairs = { asked: 0, frozen: 0 };
export const NOT_HELD: Holding = { targetMs: 0, calmSinceMs: 0 };

const ROUNDS = 4;
const BESIDES_MS = 100;
const MOST_MS = 800;
/** So many packets asked for again between two looks are a sign; fewer happen anywhere. */
const SIGN = 3;
const CALM_MS = 20_000;
const NOT_WORTH_MS = 100;

/** The next target, from two readings a few seconds apart; `roundTripS` is the connection's, null while unmeasured. */
export function holding(before: Holding, was: Repairs, now: Repairs, roundTripS: number | null, nowMs: number): Holding {
  const restless = now.asked - was.asked >= SIGN || (before.targetMs > 0 && now.frozen > was.frozen);
  if (restless) {
    const wished = Math.min(MOST_MS, ROUNDS * (roundTripS ?? 0) * 1000 + BESIDES_MS);
    return { targetMs: Math.max(before.targetMs, Math.round(wished)), calmSinceMs: nowMs };
  }
  if (before.targetMs === 0 || nowMs - before.calmSinceMs < CALM_MS) return before;
  const half = Math.round(before.targetMs / 2);
  return { targetMs: half < NOT_WORTH_MS ? 0 : half, calmSinceMs: nowMs };
}
