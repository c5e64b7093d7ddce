/**
 * Keeps every lane of a replay with one clock.
 *
 * **The clock runs only while every lane that has media at that moment can show it**; otherwise it waits for them.
 */

import { signal } from "@preact/signals";
import { atRate, jump, reading, run, stand, yielding, type ReplayClock } from "../../core/replay_clock";

/** What a lane must be able to do to be conducted. */
export interface Follower {
  /** Seconds away from the clock when last looked at; null while nothing is shown. */
  readonly drift: number | null;
  /** Bring yourself to t; false when the clock must wait for you. */
  follow: (t: number, rate: number, running: boolean) => boolean;
  moved: () => void;
}

const TICK_MS = 60;
/** A lane may be unready this many looks in a row before everybody waits for it. */
const PATIENCE = 4;
/** At the very end the last picture stays. */
const LAST_PICTURE_S = 0.25;
/** A video needs about this long from `play()` to its next picture: the clock gives them that. */
const START_MS = 70;

export class Conductor {
  readonly position = signal(0);
  readonly rate = signal(1);
  /** The person pressed play. */
  readonly playing = signal(false);
  /** Playing, but waiting for a lane. */
  readonly waiting = signal(false);
  /** Largest distance of a shown lane from the clock, in seconds; null while nothing runs. */
  readonly apart = signal<number | null>(null);
  private clock: ReplayClock = { position: 0, rate: 1, since: null };
  private readonly lanes = new Set<Follower>();
  private unready = 0;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    readonly seconds: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  join(lane: Follower): () => void {
    this.lanes.add(lane);
    return () => this.lanes.delete(lane);
  }

  play(): void {
    if (this.position.value >= this.seconds - 0.05) this.seek(0);
    this.playing.value = true;
  }

  pause(): void {
    this.playing.value = false;
    this.clock = stand(this.clock, this.now(), this.seconds);
  }

  seek(to: number): void {
    this.clock = stand(jump(this.clock, to, this.now(), this.seconds), this.now(), this.seconds);
    this.position.value = this.clock.position;
    this.unready = 0;
    for (const lane of this.lanes) lane.moved();
  }

  pace(rate: number): void {
    this.clock = atRate(this.clock, rate, this.now(), this.seconds);
    this.rate.value = rate;
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** One look at the clock and at every lane. */
  tick(): void {
    const t = reading(this.clock, this.now(), this.seconds);
    const running = this.clock.since !== null;
    const shown = Math.min(t, this.seconds - LAST_PICTURE_S);
    const ready = [...this.lanes].map((lane) => lane.follow(shown, this.clock.rate, running)).every(Boolean);
    this.unready = ready ? 0 : this.unready + 1;
    if (this.playing.value) {
      if (!running && ready) this.clock = run(this.clock, this.now() + START_MS);
      if (running && this.unready >= PATIENCE) this.clock = stand(this.clock, this.now(), this.seconds);
      if (t >= this.seconds) this.pause();
    }
    this.position.value = t;
    this.waiting.value = this.playing.value && this.unready >= PATIENCE;
    const drifts = [...this.lanes].flatMap((lane) => (lane.drift === null ? [] : [lane.drift]));
    this.clock = yielding(this.clock, drifts, this.now(), this.seconds);
    this.apart.value = running && drifts.length > 0 ? Math.max(...drifts.map(Math.abs)) : null;
  }
}
