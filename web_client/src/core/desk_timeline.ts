/**
 * The time line along the bottom of the desk: what happened so far and where sound or picture was lost.
 *
 * **It is folded out of what the server says**: photos and answers carry their moment; comings and goings are seen as
 * differences between one `survey` message and the next; gaps are seen by the recording light standing still.
 * The recording holds the full truth; this line is what one desk saw of it.
 */

import type { RecordingProgress, SurveyView } from "./wire.gen";

export interface Mark {
  readonly key: string;
  readonly at: number;
  readonly kind: "join" | "leave" | "photo" | "answer";
  /** A participant id, a photo id or a checklist point id, by kind. */
  readonly of: string;
}

export interface Hole {
  readonly participant: string;
  readonly start: number;
  /** null while it lasts. */
  readonly end: number | null;
}

export interface Line {
  /** Who was there when last looked at; null before the first look. */
  readonly present: ReadonlySet<string> | null;
  readonly comings: readonly Mark[];
  readonly holes: readonly Hole[];
  /** From when on each person's media is on disk; null until the first light. Who never sent anything is not in it. */
  readonly begun: ReadonlyMap<string, number> | null;
}

export const BLANK_LINE: Line = { present: null, comings: [], holes: [], begun: null };

/** The recorder writes once a second: silence for longer than this is a gap. */
export const SILENCE_S = 3;

/** Fold in a `survey` message that arrived `moment` seconds into the recording. */
export function seen(line: Line, survey: SurveyView, moment: number): Line {
  const present = new Set(survey.participants.filter((person) => person.present).map((person) => person.id));
  const before = line.present;
  // Who is found there at the first look came before it: when, this desk does not know.
  if (before === null) return { ...line, present };
  const come = [...present].filter((id) => !before.has(id));
  const gone = [...before].filter((id) => !present.has(id));
  if (come.length === 0 && gone.length === 0) return line;
  const mark = (kind: "join" | "leave") => (of: string): Mark => ({ key: `${kind}:${of}:${line.comings.length}`, at: moment, kind, of });
  return { ...line, present, comings: [...line.comings, ...come.map(mark("join")), ...gone.map(mark("leave"))] };
}

/** Fold in a `recording` message. */
export function heard(line: Line, progress: readonly RecordingProgress[], seconds: number): Line {
  let { holes } = line;
  let begun = line.begun ?? new Map<string, number>();
  for (const { participant, bytes, seconds: covered, age_s } of progress) {
    if (bytes > 0 && !begun.has(participant)) begun = new Map([...begun, [participant, Math.max(0, seconds - age_s - covered)]]);
    const open = holes.find((hole) => hole.participant === participant && hole.end === null);
    if (!open && age_s > SILENCE_S && line.present?.has(participant) === true)
      holes = [...holes, { participant, start: Math.max(0, seconds - age_s), end: null }];
    if (open && age_s <= SILENCE_S) holes = holes.map((hole) => (hole === open ? { ...hole, end: Math.max(hole.start, seconds - age_s) } : hole));
  }
  return holes === line.holes && begun === line.begun ? line : { ...line, holes, begun };
}

/** Where a hole ends on a line that is `seconds` long by now: never before it begins. */
export function endOf(hole: Hole, seconds: number): number {
  return Math.max(hole.start, hole.end ?? seconds);
}

/** Every mark of the line in order: comings and goings as seen, photos and answers as the server pinned them. */
export function marks(line: Line, survey: SurveyView): Mark[] {
  const pinned: Mark[] = [
    ...survey.photos.flatMap((photo) => (photo.moment_s === null ? [] : [{ key: `photo:${photo.id}`, at: photo.moment_s, kind: "photo" as const, of: photo.id }])),
    ...survey.answers.flatMap((answer) => (answer.moment_s === null ? [] : [{ key: `answer:${answer.point}`, at: answer.moment_s, kind: "answer" as const, of: answer.point }])),
  ];
  return [...line.comings, ...pinned].sort((a, b) => a.at - b.at);
}

/** A label with its place on the line, in percent: its own left edge and the moment it stands for. */
export interface Placed<T> {
  readonly what: T;
  readonly left: number;
  readonly moment: number;
  /** null: no row had room, only a dot is drawn. */
  readonly row: number | null;
}

/**
 * Give each label a row so that none covers another.
 *
 * @param labels in the order of their moments
 * @param widths percent of the line each label needs
 * @param rows how many rows there are
 */
export function place<T extends { readonly at: number }>(labels: readonly T[], seconds: number, widths: (label: T) => number, rows: number): Placed<T>[] {
  const ends = Array.from({ length: rows }, () => -Infinity);
  return labels.map((what) => {
    const width = widths(what);
    const centre = seconds <= 0 ? 0 : Math.min(100, Math.max(0, (what.at / seconds) * 100));
    const left = Math.min(100 - width, Math.max(0, centre - width / 2));
    const free = ends.findIndex((end) => end <= left);
    if (free >= 0) ends[free] = left + width;
    return { what, left, moment: centre, row: free < 0 ? null : free };
  });
}
