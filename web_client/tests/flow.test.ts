import { describe, expect, it } from "vitest";
import { flowFrom, judged, type Flow, type Reading } from "../src/core/flow";
import { reading } from "../src/device/sample";

const LOOK_MS = 500;
type Arrivals = { readonly everyMs: number; readonly media: boolean };
const PICTURE: Arrivals = { everyMs: 20, media: true };
const REPORTS: Arrivals = { everyMs: 1_000, media: false };
const CHECKS: Arrivals = { everyMs: 4_000, media: false };

/** A connection that is read twice a second; `lostAfter` is how long after `until` loss was seen, null if never. */
class Wire {
  #atMs = 0;
  #heard = 1;
  #media = 0;
  flow: Flow = flowFrom({ atMs: 0, heard: 1, media: 0 });

  /** Lets `seconds` go by with these arrivals; gives the first moment at which loss was seen, in ms from now. */
  pass(seconds: number, arrivals: readonly Arrivals[], due: boolean): number | null {
    const start = this.#atMs;
    let lost: number | null = null;
    for (let next = start + LOOK_MS; next <= start + seconds * 1_000; next += LOOK_MS) {
      for (const { everyMs, media } of arrivals) {
        const came = Math.floor(next / everyMs) - Math.floor(this.#atMs / everyMs);
        this.#heard += came;
        if (media) this.#media += came;
      }
      this.#atMs = next;
      const now: Reading = { atMs: next, heard: this.#heard, media: this.#media };
      this.flow = judged(this.flow, now, due);
      if (this.flow.lost) lost ??= next - start;
    }
    return lost;
  }
}

describe("noticing that nothing arrives", () => {
  it("within 2 s while somebody sends, and that it is back at the first look", () => {
    const wire = new Wire();
    expect(wire.pass(10, [PICTURE, REPORTS], true)).toBeNull();
    const noticed = wire.pass(6, [], true);
    expect(noticed).toBeGreaterThan(1_000);
    expect(noticed).toBeLessThanOrEqual(2_000);
    wire.pass(0.5, [PICTURE], true);
    expect(wire.flow.lost).toBe(false);
  });

  it("after a few missing reports when nobody else sends", () => {
    const wire = new Wire();
    expect(wire.pass(20, [REPORTS, CHECKS], false)).toBeNull();
    expect(wire.pass(10, [], false)).toBeLessThanOrEqual(3_000);
  });

  it("not while only checks come every few seconds", () => {
    const wire = new Wire();
    expect(wire.pass(60, [CHECKS], false)).toBeNull();
    expect(wire.pass(20, [], false)).toBeLessThanOrEqual(9_000);
  });

  it("not when the other one's picture ends: reports and checks go on", () => {
    const wire = new Wire();
    wire.pass(10, [PICTURE, REPORTS], true);
    expect(wire.pass(20, [REPORTS], true)).toBeNull();
    const silent = new Wire();
    silent.pass(10, [PICTURE, CHECKS], true);
    expect(silent.pass(1, [CHECKS], true)).toBeNull();
    expect(silent.pass(3, [CHECKS], false)).toBeNull();
  });

  it("a page that stood still judges by what came meanwhile", () => {
    let flow = flowFrom({ atMs: 0, heard: 1, media: 1 });
    flow = judged(flow, { atMs: 500, heard: 20, media: 20 }, true);
    expect(judged(flow, { atMs: 60_000, heard: 900, media: 900 }, true).lost).toBe(false);
    expect(judged(flow, { atMs: 60_000, heard: 20, media: 20 }, true).lost).toBe(true);
  });
});

it("counts media, reports and connectivity checks of every path", () => {
  const report = new Map<string, object>([
    ["a", { type: "inbound-rtp", packetsReceived: 5 }],
    ["b", { type: "inbound-rtp", packetsReceived: 7 }],
    ["c", { type: "transport", bytesReceived: 100 }],
    ["d", { type: "candidate-pair", bytesReceived: 90, responsesReceived: 2, requestsReceived: 1 }],
    ["e", { type: "candidate-pair" }],
  ]) as unknown as RTCStatsReport;
  expect(reading(report, 8)).toEqual({ atMs: 8, heard: 205, media: 12 });
});
