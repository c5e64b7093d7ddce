/** How good the network is, from two readings of the connection's counters. */

import type { Repairs } from "./playout";

/** Counters since the connection began; round trip in seconds, null while unmeasured. */
export type Transit = { readonly sent: number; readonly lost: number; readonly roundTripS: number | null };
export type Sample = Transit & Repairs;
export type Quality = "good" | "fair" | "poor" | "unknown";

export const NO_SAMPLE: Sample = { sent: 0, lost: 0, roundTripS: null, asked: 0, frozen: 0 };

/** Marks follow the usual advice for talking over IP (ITU-T G.114: 150 ms one way is comfortable, 400 ms the end). */
export function quality(before: Transit, now: Transit): Quality {
  if (now.roundTripS === null) return "unknown";
  const sent = now.sent - before.sent;
  const loss = sent > 0 ? Math.max(0, now.lost - before.lost) / sent : 0;
  if (loss > 0.08 || now.roundTripS > 0.8) return "poor";
  return loss > 0.02 || now.roundTripS > 0.3 ? "fair" : "good";
}
