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
  /** The page's own time (ms) at which it began to run, null while it stands. */
  readonly since: number | null;
}

export const SPEEDS = [0.5, 1, 1.5, 2, 4] as const;
export const STEP_TOLERANCE_S = 0.08;

const JUMP_S = 0.35;
const DEAD_ZONE_S = 0.02;
const SETTLE_S = 0.25;
const MOST_PACE = 0.3;

/** Seconds on the survey's line at page time `now` (ms), never past the end. */
export function reading(clock: ReplayClock, now: number, seconds: number): number {
  const elapsed = clock.since === null ? 0 : ((now - clock.since) / 1000) * clock.rate;
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

/** How one lane gets back in step: `jump` sets its time, `rate` its playback speed. */
export interface Correction {
  readonly jump: boolean;
  readonly rate: number;
}

/**
 * `drift` is the lane's time minus the clock's, in seconds of recording; positive means it runs ahead.
 * Up to 20 ms nothing is done; up to 350 ms (times the speed) the lane changes pace so that the difference is gone in
 * about a quarter of a second, by at most three tenths of its speed; beyond that it jumps.
 */
export function correction(drift: number, rate: number): Correction {
  if (Math.abs(drift) > JUMP_S * Math.max(1, rate)) return { jump: true, rate };
  if (Math.abs(drift) <= DEAD_ZONE_S) return { jump: false, rate };
  const pace = Math.min(MOST_PACE, Math.max(-MOST_PACE, drift / (SETTLE_S * Math.max(1, rate))));
  return { jump: false, rate: rate * (1 - pace) };
}
