/**
 * What this browser has checked of a survey's evidence, as numbers one can say in sentences.
 *
 * **Nothing counts as checked unless its bytes were hashed here.** A server's word is never counted.
 */

import type { ReplayView } from "./wire.gen";

/** One object to hash: where it comes from, what it is called in words, and the digest it must have. */
export interface Exhibit {
  readonly id: string;
  /** The photo whose original this is; null for a stored object of media. */
  readonly photo: string | null;
  readonly sha256: string;
  readonly size: number;
  readonly of: "init" | "media" | "photo";
  /** A participant's or a file's name. */
  readonly name: string;
  readonly start: number | null;
}

/** What came of hashing one object. `found` is null when its bytes could not be had. */
export interface Check {
  readonly id: string;
  readonly found: string | null;
  readonly bytes: number;
}

/** Every object of the replay that carries a digest, each once. */
export function exhibits(replay: ReplayView): Exhibit[] {
  const list: Exhibit[] = [];
  for (const lane of replay.lanes) {
    for (const epoch of lane.epochs) {
      for (const part of [epoch.init, ...epoch.parts]) {
        list.push({
          id: part.object,
          photo: null,
          sha256: part.sha256,
          size: part.size,
          of: part === epoch.init ? "init" : "media",
          name: lane.name,
          start: part.start_s,
        });
      }
    }
  }
  for (const photo of replay.survey.photos) {
    list.push({
      id: `photo:${photo.id}`,
      photo: photo.id,
      sha256: photo.sha256,
      size: photo.size,
      of: "photo",
      name: photo.name,
      start: photo.moment_s,
    });
  }
  const seen = new Set<string>();
  return list.filter((exhibit) => !seen.has(exhibit.id) && seen.add(exhibit.id));
}

export interface Findings {
  readonly state: "untouched" | "partly" | "whole" | "broken" | "out_of_reach";
  readonly checked: number;
  readonly total: number;
  readonly bytes: number;
  readonly totalBytes: number;
  /** Objects whose bytes are not what their digest says. */
  readonly differing: readonly { exhibit: Exhibit; found: string }[];
  /** Objects whose bytes could not be had. */
  readonly missing: readonly Exhibit[];
}

/**
 * "whole" only when every exhibit was hashed here and agreed; one that differs makes it "broken" at once;
 * one that could not be fetched makes it "out_of_reach" when all others are done.
 */
export function findings(list: readonly Exhibit[], checks: ReadonlyMap<string, Check>): Findings {
  const differing: { exhibit: Exhibit; found: string }[] = [];
  const missing: Exhibit[] = [];
  let checked = 0;
  let bytes = 0;
  for (const exhibit of list) {
    const check = checks.get(exhibit.id);
    if (!check) continue;
    if (check.found === null) missing.push(exhibit);
    else {
      checked += 1;
      bytes += check.bytes;
      if (check.found !== exhibit.sha256 || check.bytes !== exhibit.size) differing.push({ exhibit, found: check.found });
    }
  }
  const total = list.length;
  const state =
    differing.length > 0 ? "broken"
    : checked === total && total > 0 ? "whole"
    : missing.length > 0 && checked + missing.length === total ? "out_of_reach"
    : checked + missing.length > 0 ? "partly"
    : "untouched";
  return { state, checked, total, bytes, totalBytes: list.reduce((sum, exhibit) => sum + exhibit.size, 0), differing, missing };
}
