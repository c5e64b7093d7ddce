/**
 * The time line of a recorded survey, and what a player must do next to show moment t of it.
 *
 * **Every number here is seconds on the survey's own line; nothing in this file touches the browser.**
 * A lane is one participant: runs of media (epochs, each under its own init segment), cut into stored parts,
 * with gaps between them. One SourceBuffer per lane follows `nextStep` until it answers "rest".
 */

import type { Gap, Kind, ReplayEpoch, ReplayLane, ReplayPart } from "./wire.gen";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Parts closer together than this are one stretch: an Opus frame is 20 ms, a picture at 15 fps 67 ms. */
export const SEAM_S = 0.25;

/** Stretches for which the lane holds stored media, in order, seams joined. */
export function covered(lane: ReplayLane): Span[] {
  return joined(lane.epochs.flatMap((epoch) => epoch.parts).map((part) => ({ start: part.start_s, end: part.end_s })));
}

/** Spans in order, those that touch made one. */
function joined(spans: readonly Span[]): Span[] {
  const whole: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = whole.at(-1);
    if (last && start - last.end <= SEAM_S) last.end = Math.max(last.end, end);
    else whole.push({ start, end });
  }
  return whole;
}

/** The epoch that holds moment t, or null where nothing was recorded. Later epochs win at a seam. */
export function epochAt(lane: ReplayLane, t: number): ReplayEpoch | null {
  const holding = lane.epochs.filter((epoch) => epoch.parts.some((part) => part.start_s <= t && t < part.end_s));
  return holding.at(-1) ?? null;
}

/** Where there is no picture. `cause` is the recorder's word, or "not_here" before the first and after the last part. */
export interface Blank extends Span {
  readonly cause: string;
  readonly kind: Kind | null;
}

/** Causes that mean the person went; when nothing follows there is no gap, they are not there. */
const LEAVING: ReadonlySet<string> = new Set(["left", "closed", "ended"]);

/**
 * All stretches of a lane that lack media: the gaps the recorder wrote down, and every uncovered stretch it did not
 * (an uncovered stretch is never papered over: it is shown with the cause "not_here" or "unexplained").
 */
export function blanks(lane: ReplayLane, seconds: number): Blank[] {
  const spans = covered(lane);
  const last = spans.at(-1)?.end ?? 0;
  const told: Blank[] = lane.gaps.map((gap: Gap) => {
    const went = gap.end_s >= seconds - SEAM_S && gap.start_s >= last - SEAM_S && LEAVING.has(gap.cause);
    return { start: gap.start_s, end: gap.end_s, cause: went ? "not_here" : gap.cause, kind: gap.kind };
  });
  const whole = told.filter((blank) => blank.kind !== "audio");
  const holes: Blank[] = [];
  let reached = 0;
  for (const span of [...spans, { start: seconds, end: seconds }]) {
    if (span.start - reached > SEAM_S) {
      const outside = reached === 0 || span.start === seconds;
      holes.push({ start: reached, end: span.start, cause: outside ? "not_here" : "unexplained", kind: null });
    }
    reached = Math.max(reached, span.end);
  }
  const untold = holes.flatMap((hole) => without(hole, whole));
  return [...told, ...untold].sort((a, b) => a.start - b.start);
}

function without(hole: Blank, told: readonly Blank[]): Blank[] {
  let rest: Blank[] = [hole];
  for (const gap of told) {
    rest = rest.flatMap((piece) => [
      { ...piece, end: Math.min(piece.end, gap.start) },
      { ...piece, start: Math.max(piece.start, gap.end) },
    ]).filter((piece) => piece.end - piece.start > SEAM_S);
  }
  return rest;
}

/** Why the picture of this lane is missing at t, or null when there is one. */
export function blankAt(lane: ReplayLane, t: number, seconds: number): Blank | null {
  const here = blanks(lane, seconds).filter((blank) => blank.kind !== "audio" && blank.start <= t && t < blank.end);
  if (here.length > 0) return here.find((blank) => blank.kind === null) ?? here[0] ?? null;
  const epoch = epochAt(lane, t);
  if (epoch && !epoch.kinds.includes("video")) return { start: t, end: t, cause: "sound_only", kind: "video" };
  return null;
}

// ---------------------------------------------------------------- drawing

/** A piece of a lane as drawn: offsets in percent of the whole line. */
export interface Stroke {
  /** null: both; a gap of sound alone leaves the picture to be seen. */
  readonly kind: Kind | null;
  readonly left: number;
  readonly width: number;
  readonly as: "media" | "gap" | "absent";
  readonly start: number;
  readonly end: number;
  readonly cause: string;
}

/** Percent of the line at t, clamped to it. */
export function percent(t: number, seconds: number): number {
  return seconds <= 0 ? 0 : Math.min(100, Math.max(0, (t / seconds) * 100));
}

/** What the lane looks like on the time line: media first, gaps on top of it; absence is drawn as nothing. */
export function strokes(lane: ReplayLane, seconds: number): Stroke[] {
  const draw = (span: Span, as: Stroke["as"], cause: string, kind: Kind | null = null): Stroke => ({
    kind,
    left: percent(span.start, seconds),
    width: percent(span.end, seconds) - percent(span.start, seconds),
    as,
    start: span.start,
    end: span.end,
    cause,
  });
  return [
    ...covered(lane).map((span) => draw(span, "media", "")),
    ...blanks(lane, seconds).map((blank) => draw(blank, blank.cause === "not_here" ? "absent" : "gap", blank.cause, blank.kind)),
  ];
}

/** Seconds a person was recorded, and seconds lost to gaps while they were there. */
export function coverage(lane: ReplayLane, seconds: number): { recorded: number; lost: number; gaps: number } {
  const recorded = covered(lane).reduce((sum, span) => sum + span.end - span.start, 0);
  const gaps = joined(blanks(lane, seconds).filter((blank) => blank.cause !== "not_here"));
  return { recorded, lost: gaps.reduce((sum, gap) => sum + gap.end - gap.start, 0), gaps: gaps.length };
}

/** Percent recorded of what a person sent of each kind; null where nothing of it was recorded. */
export function coverageOf(lane: ReplayLane): Record<Kind, number | null> {
  const of = (kind: Kind): number | null => lane.tracks.find((track) => track.kind === kind)?.coverage ?? null;
  return { audio: of("audio"), video: of("video") };
}

/** A percentage for people: never rounded up to 100. */
export function percentText(share: number): string {
  return share >= 100 ? "100" : (Math.floor(share * 10) / 10).toFixed(1);
}

// ---------------------------------------------------------------- what to append

/** What a lane's SourceBuffer has been given so far. */
export interface Given {
  /** What the MediaSource was opened for (`sourceOf`): a source buffer can change neither container nor tracks. */
  readonly source: string | null;
  /** The epoch whose init segment was appended last. */
  readonly epoch: number | null;
  /** Objects appended and not removed since. */
  readonly objects: ReadonlySet<string>;
  /** Parts before the one asked for that are appended too: a part need not begin with a keyframe. */
  readonly lead: number;
}

export const NOTHING_GIVEN: Given = { source: null, epoch: null, objects: new Set(), lead: 0 };

export type Step =
  | { readonly do: "rest" }
  | { readonly do: "open"; readonly epoch: ReplayEpoch }
  | { readonly do: "init"; readonly epoch: ReplayEpoch }
  | { readonly do: "append"; readonly epoch: ReplayEpoch; readonly part: ReplayPart };

/**
 * What one source buffer takes, as one word: container, kinds and codec families, independent of their order.
 *
 * Another profile or size of the same codec goes on in the same buffer under its own init segment; another container,
 * codec or number of tracks (MSE section 3.5.1) needs a new one. Codec names as in RFC 6381: the family is before the dot.
 */
export function sourceOf(epoch: ReplayEpoch): string {
  const container = /\/([^;\s]+)/.exec(epoch.mime)?.[1] ?? "";
  const codecs = /codecs="?([^"]*)/.exec(epoch.mime)?.[1] ?? "";
  const families = codecs.split(",").map((one) => one.trim().split(".")[0] ?? "");
  return `${container.toLowerCase()} ${[...epoch.kinds].sort().join("+")} ${families.sort().join("+")}`;
}

/** Parts that must be in the buffer to play from t for `ahead` seconds, in the order in which to append them. */
export function wanted(lane: ReplayLane, t: number, ahead: number, lead = 0): { epoch: ReplayEpoch; part: ReplayPart }[] {
  const cells = lane.epochs.flatMap((epoch) => epoch.parts.map((part) => ({ epoch, part })));
  cells.sort((a, b) => a.part.start_s - b.part.start_s || a.epoch.number - b.epoch.number);
  const epoch = epochAt(lane, t) ?? cells.find((cell) => cell.part.end_s > t)?.epoch;
  const first = cells.findIndex((cell) => cell.epoch === epoch && cell.part.end_s > t);
  if (first < 0) return [];
  let from = first;
  while (from > 0 && first - from < lead && cells[from - 1]?.epoch === epoch) from -= 1;
  return cells.slice(from).filter((cell) => cell.part.start_s < t + ahead);
}

/** The one thing to do next so that the lane can play from t. Asked again after each step is done. */
export function nextStep(lane: ReplayLane, given: Given, t: number, ahead: number): Step {
  const cells = wanted(lane, t, ahead, given.lead);
  const now = cells[given.lead > 0 ? cells.findIndex((cell) => cell.part.end_s > t) : 0];
  if (!now) return { do: "rest" };
  const source = sourceOf(now.epoch);
  if (given.source !== source) return { do: "open", epoch: now.epoch };
  for (const { epoch, part } of cells) {
    if (sourceOf(epoch) !== source) break; // further on a new MediaSource is needed; not before the play head is there
    if (given.objects.has(part.object)) continue;
    return given.epoch === epoch.number ? { do: "append", epoch, part } : { do: "init", epoch };
  }
  return { do: "rest" };
}

/** What the buffer holds after a step. */
export function after(given: Given, step: Step): Given {
  switch (step.do) {
    case "rest":
      return given;
    case "open":
      return { source: sourceOf(step.epoch), epoch: null, objects: new Set(), lead: given.lead };
    case "init":
      return { ...given, epoch: step.epoch.number };
    case "append":
      return { ...given, objects: new Set([...given.objects, step.part.object]) };
    default:
      return step satisfies never;
  }
}

/**
 * The picture at t is still missing although its part was appended: that part does not begin with a keyframe.
 * Go one part further back and append this epoch's run again. Null when there is nothing further back.
 */
export function stepBack(lane: ReplayLane, given: Given, t: number): Given | null {
  const cells = wanted(lane, t, 0.001, given.lead + 1);
  if (cells.length <= wanted(lane, t, 0.001, given.lead).length) return null;
  const again = new Set(cells.map((cell) => cell.part.object));
  return { ...given, lead: given.lead + 1, objects: new Set([...given.objects].filter((object) => !again.has(object))) };
}

/** Forget what lies outside [from, to]: the caller removes those seconds from its buffer. */
export function trimmed(lane: ReplayLane, given: Given, from: number, to: number): Given {
  const kept = new Set<string>();
  for (const epoch of lane.epochs)
    for (const part of epoch.parts)
      if (part.start_s >= from && part.end_s <= to && given.objects.has(part.object)) kept.add(part.object);
  return { ...given, objects: kept };
}

/** Is t inside one of the buffered stretches, with `margin` seconds to go? */
export function holds(stretches: readonly Span[], t: number, margin = 0): boolean {
  return stretches.some((span) => span.start - 0.05 <= t && t + margin <= span.end + 0.05);
}
