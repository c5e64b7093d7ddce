/**
 * The one clock of a replay. Every lane follows it; it follows nobody.
 *
 * **No lane may be more than 80 ms from this clock while it plays.** Small differences are made up by a slightly
 * faster or slower playback, large ones by a jump.
 */

export interface ReplayClock {
  /** Seconds on the survey's line at `since`. */
  readonly position: number;
  readonly rate: number;
  /** The page's own time (ms) at which it begins to run (it stands until then); null while it stands. */
  readonly since: number | null;
}

export const SPEEDS = [0.5, 1, 1.5, 2, 4] as const;
export const STEP_TOLERANCE_S = 0.08;

/** A lane that lags by more than this (times the speed) can't keep up: the clock yields to it. */
export const YIELD_S = 0.12;

const JUMP_S = 0.35;
const FAR_BEHIND_S = 2;
const DEAD_ZONE_S = 0.02;
const SETTLE_S = 0.25;
const MOST_PACE = 0.3;

/** Seconds on the survey's line at page time `now` (ms), never past the end. */
export function reading(clock: ReplayClock, now: number, seconds: number): number {
  const elapsed = clock.since === null ? 0 : (Math.max(0, now - clock.since) / 1000) * clock.rate;
  return Math.min(seconds, Math.max(0, clock.position + elapsed));
}

export function run(clock: ReplayClock, now: number): ReplayClock {
  return clock.since === null ? { ...clock, since: now } : clock;
}

export function stand(clock: ReplayClock, now: number, seconds: number): ReplayClock {
  return { ...clock, position: reading(clock, now, seconds), since: null };
}

export function jump(clock: ReplayClock, to: number, now: number, seconds: number): ReplayClock {
  return { ...clock, position: Math.min(seconds, Math.max(0, to)), since: clock.since === null ? null : now };
}

export function atRate(clock: ReplayClock, rate: number, now: number, seconds: number): ReplayClock {
  return { position: reading(clock, now, seconds), rate, since: clock.since === null ? null : now };
}

/**
 * The clock at `now`, put back to the slowest lane when that can't keep up: better slower than out of step.
 * `drifts` are the lanes' distances from the clock in seconds; negative ones lag.
 */
export function yielding(clock: ReplayClock, drifts: readonly number[], now: number, seconds: number): ReplayClock {
  const slowest = Math.min(0, ...drifts);
  if (clock.since === null || -slowest <= YIELD_S * Math.max(1, clock.rate)) return clock;
  return jump(clock, reading(clock, now, seconds) + slowest, now, seconds);
}

/** How one lane gets back in step: `jump` sets its time, `rate` its playback speed. */
export interface Correction {
  readonly jump: boolean;
  readonly rate: number;
}

/**
 * `drift` is the lane's time minus the clock's, in seconds of recording; positive means it runs ahead.
 * Up to 20 ms nothing is done; up to 350 ms (times the speed) the lane changes pace so that the difference is gone in
 * about a quarter of a second, by at most three tenths of its speed. Beyond that a lane that is ahead jumps back; one that lags
 * is waited for (`yielding`), since a jump would only cost it more time, and jumps when it is 2 s behind.
 */
export function correction(drift: number, rate: number): Correction {
  const speed = Math.max(1, rate);
  if (drift > JUMP_S * speed || drift < -FAR_BEHIND_S * speed) return { jump: true, rate };
  if (Math.abs(drift) <= DEAD_ZONE_S) return { jump: false, rate };
  const pace = Math.min(MOST_PACE, Math.max(-MOST_PACE, drift / (SETTLE_S * speed)));
  return { jump: false, rate: rate * (1 - pace) };
}
