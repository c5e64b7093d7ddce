/** Which of a photo's checks are told at once and which are folded away. */
import type { Finding, PhotoView } from "./wire.gen";

const WEIGHT: Record<Finding["result"], number> = { fail: 0, flag: 1, na: 2, pass: 3 };

/** What decided comes first, then what could not be checked, then what passed. */
export function byWeight(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => WEIGHT[a.result] - WEIGHT[b.result]);
}

export interface Telling {
  readonly first: readonly Finding[];
  readonly rest: readonly Finding[];
}

/** Passed checks told at once where nothing else is to be said. */
const PASSES_TOLD = 2;

/** A photo, or a video, which came as an upload does. */
export type Judged = Pick<PhotoView, "result" | "findings"> & Partial<Pick<PhotoView, "channel">>;

/**
 * A file that was refused: the one reason; the checks it never came to are folded. A photo for a person to look at:
 * everything that speaks against it, and what of place and time could not be checked, for that alone can be why.
 */
export function telling({ result, channel, findings }: Judged): Telling {
  const all = byWeight(findings);
  if (result === "rejected") {
    const why = all.find((one) => one.result === "fail") ?? all[0];
    return { first: why ? [why] : [], rest: all.filter((one) => one !== why) };
  }
  const missing = new Set(all.filter((one) => one.result === "na").map((one) => one.id));
  const explains = (id: string): boolean => {
    if (id === "geofence" || id === "time_window") return true;
    // A still carries no location of its own, and a place that was found elsewhere needs none.
    if (id === "gps_present") return missing.has("geofence") && channel !== "still";
    return id === "gps_valid" && missing.has("geofence") && !missing.has("gps_present");
  };
  const said = all.filter((one) => one.result !== "na" || (result === "needs_review" && explains(one.id)));
  const weighty = said.filter((one) => one.result !== "pass").length;
  const told = Math.max(weighty, PASSES_TOLD);
  return { first: said.slice(0, told), rest: said.slice(told) };
}
