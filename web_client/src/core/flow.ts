/**
 * Whether anything still arrives on a peer connection, from readings of its counters.
 *
 * **Silence is loss only where something was due.** Browsers notice a dead path after about 5 s
 * (Chromium's `disconnected`), so the counters are read twice a second instead. What is due depends on who sends:
 * somebody else's sound or picture comes many times a second; without it only reports (once a second, to who sends)
 * and connectivity checks (RFC 7675, every few seconds) come, so there the rhythm heard so far sets the measure.
 */

/** One reading. Counts since the connection began; `heard` grows with anything that arrived, `media` with RTP. */
export type Reading = { readonly atMs: number; readonly heard: number; readonly media: number };

export type Flow = {
  readonly last: Reading;
  /** When something, and when media, was last seen to have arrived. */
  readonly heardMs: number;
  readonly mediaMs: number;
  /** The longest pauses between arrivals seen lately, newest last, milliseconds. */
  readonly pauses: readonly number[];
  readonly lost: boolean;
};

/** With media due, silence seen for this long; with the time between readings that makes less than 2 s. */
const DENSE_MS = 1_400;
/** Media that stopped this long before the silence began were not due any more. */
const ENDED_MS = 600;
/** The rhythm must be broken by this factor, within these bounds, before silence means loss. */
const BROKEN = 2.2;
const SPARSE_MS = { least: 2_200, unknown: 6_000, most: 8_000 } as const;
const PAUSES_KEPT = 20;

export function flowFrom(reading: Reading): Flow {
  return { last: reading, heardMs: reading.atMs, mediaMs: -Infinity, pauses: [], lost: false };
}

/** The next judgement. `due`: somebody else is said to send sound or picture now. */
export function judged(flow: Flow, reading: Reading, due: boolean): Flow {
  const { atMs } = reading;
  if (reading.heard > flow.last.heard) {
    const pauses = flow.lost ? flow.pauses : [...flow.pauses, atMs - flow.heardMs].slice(-PAUSES_KEPT);
    const mediaMs = reading.media > flow.last.media ? atMs : flow.mediaMs;
    return { last: reading, heardMs: atMs, mediaMs, pauses, lost: false };
  }
  return { ...flow, last: reading, lost: flow.lost || atMs - flow.heardMs >= bearable(flow, due) };
}

/** How much silence is borne now, milliseconds. */
function bearable(flow: Flow, due: boolean): number {
  if (due && flow.heardMs - flow.mediaMs < ENDED_MS) return DENSE_MS;
  const rhythm = Math.max(...flow.pauses);
  if (flow.pauses.length < PAUSES_KEPT / 4) return SPARSE_MS.unknown;
  return Math.min(SPARSE_MS.most, Math.max(SPARSE_MS.least, rhythm * BROKEN));
}
