import { describe, expect, it } from "vitest";
import { clockFault, guide, phoneStep } from "../src/core/guide";
import { lightAt } from "../src/core/light";
import { EMPTY_OUTBOX, pinged, ponged, put, reopened } from "../src/core/outbox";
import { NO_SAMPLE, quality } from "../src/core/quality";
import { routeOf } from "../src/core/route";
import { createPageState, dismiss, receive, serverTime, stillAnswered } from "../src/core/state";
import { clock, size } from "../src/core/times";
import type { RecordingLight, StillRequested } from "../src/core/wire.gen";
import { survey } from "./support";

const request: StillRequested = { type: "still_requested", nonce: "n", by: "林", note: "", expires_at: "2026-11-22T02:00:00Z" };
const light = (age_s: number, bytes = 9): RecordingLight => ({
  type: "recording",
  bytes,
  archived_bytes: 0, archiving_pending: false,
  seconds: 5,
  participants: [{ participant: "p1", bytes, seconds: 5, age_s }],
});

function welcomed() {
  const state = createPageState();
  state.session.value = { session: "s", role: "applicant", name: "王", participant: "p1", survey: "s1" };
  receive(
    state,
    { type: "welcome", you: "p1", role: "applicant", now: "2026-11-22T02:00:00Z", clock_offset_ms: 400_000, notice: "v1", survey: survey() },
    0,
  );
  return state;
}

describe("page state", () => {
  it("takes survey, notice and clock from welcome and tells me from the others", () => {
    const state = welcomed();
    expect(state.connection.value.kind).toBe("open");
    expect(state.notice.value).toBe("v1");
    expect(state.me.value?.id).toBe("p1");
    expect(state.others.value.map((one) => one.id)).toEqual(["p2"]);
    expect(serverTime(state, 1_000_000)).toBe(600_000);
  });

  it("forgets a still request when the session ends", () => {
    const state = welcomed();
    receive(state, request, 0);
    expect(state.stillRequest.value?.nonce).toBe("n");
    receive(state, { type: "survey", survey: survey() }, 0);
    expect(state.stillRequest.value?.nonce).toBe("n");
    receive(state, { type: "survey", survey: survey({ state: "ended" }) }, 0);
    expect(state.stillRequest.value).toBeNull();
  });

  it("does not show a request again that was answered before the line broke", () => {
    const state = welcomed();
    receive(state, request, 0);
    stillAnswered(state, request.nonce);
    expect(state.stillRequest.value).toBeNull();
    receive(state, request, 0);
    expect(state.stillRequest.value).toBeNull();
    receive(state, { ...request, nonce: "m" }, 0);
    expect(state.stillRequest.value?.nonce).toBe("m");
  });

  it("keeps faults until they are read, and ends the connection on a fatal one", () => {
    const state = welcomed();
    const text = { zh: "不行", en: "No" };
    receive(state, { type: "fault", code: "x", text, fatal: false }, 0);
    const [fault] = state.faults.value;
    expect(fault?.code).toBe("x");
    if (fault) dismiss(state, fault);
    expect(state.faults.value).toEqual([]);
    receive(state, { type: "fault", code: "replaced", text, fatal: true }, 0);
    expect(state.connection.value).toEqual({ kind: "refused", code: "replaced", text });
  });
});

describe("recording light", () => {
  it("is off until bytes are on disk", () => {
    expect(lightAt(null, 0, "p1").kind).toBe("off");
    expect(lightAt({ light: light(0, 0), receivedMs: 0 }, 0, "p1").kind).toBe("off");
  });

  it("is on while bytes come, and stalls when mine do not or no word comes", () => {
    expect(lightAt({ light: light(0.5), receivedMs: 0 }, 1_000, "p1").kind).toBe("on");
    expect(lightAt({ light: light(9), receivedMs: 0 }, 0, "p1").kind).toBe("stalled");
    expect(lightAt({ light: light(9), receivedMs: 0 }, 0, "p9").kind).toBe("on");
    expect(lightAt({ light: light(0.5), receivedMs: 0 }, 6_000, "p1").kind).toBe("stalled");
  });
});

describe("phone steps", () => {
  it("goes consent, devices, call, finish and never shows the call before consent", () => {
    expect(phoneStep(null, false, false)).toBe("connecting");
    expect(phoneStep(survey({ state: "admitted" }), false, true)).toBe("consent");
    expect(phoneStep(survey({ state: "admitted" }), true, false)).toBe("devices");
    expect(phoneStep(survey(), true, true)).toBe("call");
    expect(phoneStep(survey({ state: "ended" }), true, true)).toBe("finish");
    expect(phoneStep(survey({ state: "refused" }), false, false)).toBe("finish");
  });

  it("guides to the first point without an answer", () => {
    const answer = { point: "door", value: "ok" as const, note: "", by: "p2", at: "", moment_s: 1 };
    expect(guide(survey()).next?.number).toBe(1);
    expect(guide(survey({ answers: [answer] })).next?.point.id).toBe("exit");
    expect(guide(survey({ answers: [answer, { ...answer, point: "exit" }] })).next).toBeNull();
  });

  it("speaks of the clock from more than five minutes on", () => {
    expect(clockFault(299_000)).toBeNull();
    expect(clockFault(-300_000)).toBeNull();
    expect(clockFault(-420_000)).toEqual({ unit: "minutes", n: 7 });
    expect(clockFault(3 * 3_600_000)).toEqual({ unit: "hours", n: 3 });
    expect(clockFault(5 * 86_400_000)).toEqual({ unit: "days", n: 5 });
  });
});

describe("outbox", () => {
  const consent = { type: "consent", notice: "v1" } as const;

  it("keeps a message until a pong proves its arrival", () => {
    const sent = pinged(put(EMPTY_OUTBOX, consent), 4);
    expect(ponged(sent, 3).waiting).toHaveLength(1);
    expect(ponged(sent, 4).waiting).toHaveLength(0);
  });

  it("says it again on a new line, where an old ping proves nothing", () => {
    const [box, again] = reopened(pinged(put(EMPTY_OUTBOX, consent), 4));
    expect(again).toEqual([consent]);
    expect(ponged(box, 4).waiting).toHaveLength(1);
  });

  it("does not count a ping that was sent before the message", () => {
    const box = put(pinged(EMPTY_OUTBOX, 1), consent);
    expect(ponged(box, 1).waiting).toHaveLength(1);
  });
});

describe("small things", () => {
  it("reads invitation paths and nothing else", () => {
    expect(routeOf("/j/AbC-123_xyz")).toEqual({ kind: "invitation", token: "AbC-123_xyz" });
    for (const path of ["/", "/j/", "/j/a b", "/j/abcdefgh/x", "/k/abcdefgh"]) expect(routeOf(path).kind).toBe("nowhere");
  });

  it("writes times and sizes", () => {
    expect([clock(-1), clock(192.9), clock(3_661)]).toEqual(["00:00", "03:12", "1:01:01"]);
    expect([size(999), size(12_345), size(41_600_000)]).toEqual(["999 B", "12 kB", "41.6 MB"]);
  });

  it("judges the network by what happened since the last reading", () => {
    const before = { sent: 1000, lost: 500, roundTripS: 0.05 };
    expect(quality(NO_SAMPLE, NO_SAMPLE)).toBe("unknown");
    expect(quality(before, { sent: 1100, lost: 500, roundTripS: 0.05 })).toBe("good");
    expect(quality(before, { sent: 1100, lost: 503, roundTripS: 0.05 })).toBe("fair");
    expect(quality(before, { sent: 1100, lost: 520, roundTripS: 0.05 })).toBe("poor");
    expect(quality(before, { sent: 1100, lost: 500, roundTripS: 0.9 })).toBe("poor");
  });
});
