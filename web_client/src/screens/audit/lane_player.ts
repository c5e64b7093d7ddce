/**
 * One participant's lane, played through MediaSource in one `<video>`.
 *
 * **It follows the clock it is given and never decides the time.** What to append is `core/replay`'s answer; this file
 * only carries it out: open, init, append, remove. A fault stays in this lane.
 */

import { signal } from "@preact/signals";
import { after, blankAt, epochAt, holds, nextStep, NOTHING_GIVEN, stepBack, trimmed, wanted, type Given, type Span, type Step } from "../../core/replay";
import { correction } from "../../core/replay_clock";
import type { ReplayLane, ReplayPart } from "../../core/wire.gen";

/** Where the bytes of a stored object come from. */
export type Bytes = (part: ReplayPart) => Promise<ArrayBuffer>;

export type LaneState =
  | { readonly is: "loading" }
  | { readonly is: "shown" }
  | { readonly is: "blank"; readonly cause: string }
  | { readonly is: "broken" };

const AHEAD_S = 20;
const BEHIND_S = 30;
const MOST_BUFFERED_S = 150;
const RETRY_MS = 3000;
/** A waiting lane stands this far inside its next stretch: starting takes it about as long. */
const START_S = 0.08;

export function mediaSourceHere(): typeof MediaSource | null {
  const scope = globalThis as { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource };
  return scope.MediaSource ?? scope.ManagedMediaSource ?? null;
}

/** Can this browser play every epoch of these lanes? */
export function playable(lanes: readonly ReplayLane[]): boolean {
  const Source = mediaSourceHere();
  return Source !== null && lanes.every((lane) => lane.epochs.every((epoch) => Source.isTypeSupported(epoch.mime)));
}

export class LanePlayer {
  readonly state = signal<LaneState>({ is: "loading" });
  /** Seconds this lane was away from the clock when last looked at; null while it shows nothing. */
  drift: number | null = null;

  private given: Given = NOTHING_GIVEN;
  private buffer: SourceBuffer | null = null;
  private source: MediaSource | null = null;
  private mime = "";
  private url: string | null = null;
  private pumping = false;
  private closed = false;
  private retryAt = 0;
  private head = 0;

  constructor(
    readonly lane: ReplayLane,
    private readonly seconds: number,
    private readonly video: HTMLVideoElement,
    private readonly bytes: Bytes,
  ) {}

  /**
   * Bring the lane to t on the survey's line. Called about ten times a second.
   *
   * @returns false when the clock must wait for this lane: it has media at t and cannot show it yet.
   */
  follow(t: number, rate: number, running: boolean): boolean {
    this.head = t;
    const ready = this.look(t, rate, running);
    void this.pump();
    return ready;
  }

  private look(t: number, rate: number, running: boolean): boolean {
    const blank = blankAt(this.lane, t, this.seconds);
    const expected = epochAt(this.lane, t) !== null;
    if (!expected || blank?.kind === null) return this.rest(t, blank?.cause ?? "unexplained");
    if (this.retryAt > performance.now()) return this.broken();
    if (!holds(this.stretches(), t)) {
      if (this.pumping || !this.fedUp()) return this.loading();
      return this.rest(t, blank?.cause ?? "unexplained");
    }
    const settled = this.step(t, rate, running);
    if (blank) this.state.value = { is: "blank", cause: blank.cause };
    else if (settled || this.state.value.is !== "shown") this.state.value = settled ? { is: "shown" } : { is: "loading" };
    return settled;
  }

  /** The clock was moved by hand: look for the way in anew. */
  moved(): void {
    this.given = { ...this.given, lead: 0 };
    this.retryAt = 0;
  }

  close(): void {
    this.closed = true;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.buffer = null;
  }

  // ---------------------------------------------------------------- following the clock

  private step(t: number, rate: number, running: boolean): boolean {
    const { video } = this;
    const drift = video.currentTime - t;
    if (!running) {
      if (!video.paused) video.pause();
      const near = this.nearEnd(t, rate);
      if (Math.abs(drift) > (near ? 0.35 : 0.04)) video.currentTime = t;
      this.drift = null;
      return near || (!video.seeking && video.readyState >= 2);
    }
    if (video.seeking) {
      if (Math.abs(drift) > 1) video.currentTime = t;
      this.drift = null;
      return false;
    }
    const fix = correction(drift, rate);
    if (fix.jump) video.currentTime = t;
    if (video.playbackRate !== fix.rate) video.playbackRate = fix.rate;
    if (video.paused) void video.play().catch(() => undefined);
    const near = this.nearEnd(t, rate);
    this.drift = fix.jump || near ? null : drift;
    return video.readyState >= 3 || near;
  }

  /** Close to the end of a stretch the browser holds the last pictures back; nobody need wait for that. */
  private nearEnd(t: number, rate: number): boolean {
    return this.stretches().some((span) => span.start <= t && t <= span.end + 0.1 && span.end - t < 0.5 * Math.max(1, rate));
  }

  /** Nothing to show at t: stand still at the place where it goes on. */
  private rest(t: number, cause: string): true {
    const { video } = this;
    if (!video.paused) video.pause();
    const next = this.stretches().find((span) => span.start >= t);
    const wait = next && Math.min(next.end, next.start + START_S);
    if (wait !== undefined && Math.abs(video.currentTime - wait) > 0.02) video.currentTime = wait;
    this.state.value = { is: "blank", cause };
    this.drift = null;
    return true;
  }

  private loading(): false {
    if (!this.video.paused) this.video.pause();
    this.state.value = { is: "loading" };
    this.drift = null;
    return false;
  }

  private broken(): true {
    if (!this.video.paused) this.video.pause();
    this.state.value = { is: "broken" };
    this.drift = null;
    return true;
  }

  private stretches(): Span[] {
    const ranges = this.attached()?.buffered;
    return ranges ? Array.from({ length: ranges.length }, (_, i) => ({ start: ranges.start(i), end: ranges.end(i) })) : [];
  }

  /** Everything that could bring a picture at t has been appended. */
  private fedUp(): boolean {
    if (nextStep(this.lane, this.given, this.head, 0.001).do !== "rest") return false;
    const part = epochAt(this.lane, this.head)?.parts.find((one) => one.start_s <= this.head && this.head < one.end_s);
    const begun = part && this.stretches().some((span) => span.start < this.head && span.end > part.start_s + 0.05);
    if (begun || this.given.lead >= 4) return true;
    const back = stepBack(this.lane, this.given, this.head);
    if (!back) return true;
    this.given = back;
    return false;
  }

  // ---------------------------------------------------------------- feeding the buffer

  private async pump(): Promise<void> {
    if (this.pumping || this.closed || performance.now() < this.retryAt) return;
    this.pumping = true;
    try {
      for (;;) {
        const step = nextStep(this.lane, this.given, this.head, AHEAD_S);
        if (step.do === "rest" || this.closed) break;
        const done = await this.carryOut(step);
        if (done && !this.closed) this.given = after(this.given, step);
      }
      this.finish();
      await this.trim();
    } catch {
      if (!this.closed) this.startOver();
    } finally {
      this.pumping = false;
    }
  }

  /** @returns false when the clock moved on meanwhile and the bytes are no longer wanted. */
  private async carryOut(step: Exclude<Step, { do: "rest" }>): Promise<boolean> {
    switch (step.do) {
      case "open":
        await this.open(step.epoch.mime);
        return true;
      case "init": {
        const init = await this.bytes(step.epoch.init);
        if (this.mime !== step.epoch.mime) this.attached()?.changeType(step.epoch.mime);
        this.mime = step.epoch.mime;
        await this.append(init);
        return true;
      }
      case "append": {
        const data = await this.bytes(step.part);
        if (!wanted(this.lane, this.head, AHEAD_S, this.given.lead).some((cell) => cell.part === step.part)) return false;
        await this.append(data);
        return true;
      }
      default:
        return step satisfies never;
    }
  }

  /** Nothing follows the last part: told so, the browser plays it to its very end. */
  private finish(): void {
    const last = this.lane.epochs.at(-1)?.parts.at(-1);
    if (last && this.given.objects.has(last.object) && this.source?.readyState === "open" && !this.buffer?.updating) this.source.endOfStream();
  }

  private async open(mime: string): Promise<void> {
    const Source = mediaSourceHere();
    if (!Source) throw new Error("no MediaSource");
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.buffer = null;
    const source = new Source();
    this.source = source;
    this.url = URL.createObjectURL(source);
    this.video.disableRemotePlayback = true;
    this.video.src = this.url;
    await once(source, "sourceopen");
    source.duration = this.seconds;
    this.buffer = source.addSourceBuffer(mime);
    this.mime = mime;
  }

  private async append(data: ArrayBuffer): Promise<void> {
    const buffer = this.attached();
    if (!buffer) return;
    try {
      buffer.appendBuffer(data);
    } catch (fault) {
      if (!(fault instanceof DOMException) || fault.name !== "QuotaExceededError") throw fault;
      await this.cut(0, this.head - 5);
      await this.cut(this.head + AHEAD_S * 2, this.seconds);
      buffer.appendBuffer(data);
    }
    await once(buffer, "updateend", "error");
  }

  private async trim(): Promise<void> {
    const held = this.stretches().reduce((sum, span) => sum + span.end - span.start, 0);
    if (held <= MOST_BUFFERED_S) return;
    await this.cut(0, this.head - BEHIND_S);
    await this.cut(this.head + AHEAD_S * 3, this.seconds);
    this.given = trimmed(this.lane, this.given, this.head - BEHIND_S, this.head + AHEAD_S * 3);
  }

  private async cut(from: number, to: number): Promise<void> {
    const buffer = this.attached();
    if (!buffer || to <= from) return;
    buffer.remove(from, to);
    await once(buffer, "updateend", "error");
  }

  /** The buffer as long as it still belongs to this video. */
  private attached(): SourceBuffer | null {
    return this.closed ? null : this.buffer;
  }

  private startOver(): void {
    this.given = NOTHING_GIVEN;
    this.retryAt = performance.now() + RETRY_MS;
  }
}

function once(target: EventTarget, done: string, failed?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    target.addEventListener(done, () => (end.abort(), resolve()), { signal: end.signal });
    if (failed !== undefined) target.addEventListener(failed, () => (end.abort(), reject(new Error(failed))), { signal: end.signal });
  });
}
