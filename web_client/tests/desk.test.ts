import { describe, expect, it } from "vitest";
import { answered, applicantOf, conclusionStanding, mayAnswer, mayAskStill, mayEnd, maySign, newestFirst, nextPoint, onStage, people, toRectify } from "../src/core/desk";
import { BLANK_LINE, endOf, heard, marks, place, seen } from "../src/core/desk_timeline";
import { byWeight, telling } from "../src/core/findings";
import type { AnswerView, Role, SignatureView, SurveyState } from "../src/core/wire.gen";
import { person, photo, survey } from "./support";

const me = (role: Role, id = "p2") => ({ id, role });
const signed = (participant: string, result: SignatureView["result"] = "pass"): SignatureView => ({ participant, name: participant, result, reason: "", at: "2026-11-22T03:00:00Z" });
const answer = (point: string, moment_s: number | null = 1): AnswerView => ({ point, value: "ok", note: "", by: "p2", at: "2026-11-22T02:00:00Z", moment_s });

describe("who may do what at the desk", () => {
  it("only reviewers end a session, and only a live one", () => {
    expect(mayEnd(me("reviewer"), survey())).toBe(true);
    expect(mayEnd(me("expert"), survey())).toBe(false);
    expect(mayEnd(me("reviewer"), survey({ state: "ended" }))).toBe(false);
  });

  it("reviewers answer until the case is concluded; experts read", () => {
    const states: Record<SurveyState, boolean> = { admitted: true, scheduled: true, in_session: true, ended: true, concluded: false, appealed: false, cancelled: false, on_site: false, refused: false };
    for (const [state, may] of Object.entries(states)) expect(mayAnswer(me("reviewer"), survey({ state: state as SurveyState })), state).toBe(may);
    expect(mayAnswer(me("expert"), survey())).toBe(false);
  });

  it("reviewers and experts ask for a still while the applicant is there", () => {
    expect(mayAskStill(me("expert"), survey())).toBe(true);
    expect(mayAskStill(me("auditor"), survey())).toBe(false);
    expect(mayAskStill(me("reviewer"), survey({ participants: [person({ present: false })] }))).toBe(false);
    expect(mayAskStill(me("reviewer"), survey({ state: "ended" }))).toBe(false);
  });

  it("reviewers sign once, after the end; anew only while the results differ; experts never", () => {
    const ended = survey({ state: "ended" });
    expect(maySign(me("reviewer"), ended)).toBe(true);
    expect(maySign(me("expert"), ended)).toBe(false);
    expect(maySign(me("reviewer"), survey())).toBe(false);
    expect(maySign(me("reviewer"), survey({ state: "ended", signatures: [signed("p2")] }))).toBe(false);
    expect(maySign(me("reviewer", "p3"), survey({ state: "ended", signatures: [signed("p2")] }))).toBe(true);
    expect(maySign(me("reviewer"), survey({ state: "ended", signatures: [signed("p2"), signed("p3", "rectify")] }))).toBe(true);
    expect(maySign(me("reviewer"), survey({ state: "concluded", conclusion: "pass", signatures: [signed("p2"), signed("p3")] }))).toBe(false);
  });

  it("the conclusion takes two with the same result", () => {
    expect(conclusionStanding(survey()).is).toBe("not_yet");
    expect(conclusionStanding(survey({ state: "ended" })).is).toBe("unsigned");
    expect(conclusionStanding(survey({ state: "ended", signatures: [signed("p2")] })).is).toBe("one");
    expect(conclusionStanding(survey({ state: "ended", signatures: [signed("p2"), signed("p3", "rectify")] })).is).toBe("differ");
    expect(conclusionStanding(survey({ state: "concluded", conclusion: "pass" }))).toEqual({ is: "concluded", result: "pass" });
  });
});

describe("what the desk shows", () => {
  const all = [person({ id: "e", role: "expert" }), person({ id: "r", role: "reviewer" }), person({ id: "gone", present: false }), person({ id: "a" }), person({ id: "au", role: "auditor" })];

  it("the applicant who is there is large unless someone else was chosen; auditors are no people of the call", () => {
    const now = survey({ participants: all });
    expect(applicantOf(now)?.id).toBe("a");
    expect(onStage(now, null)?.id).toBe("a");
    expect(onStage(now, "r")?.id).toBe("r");
    expect(onStage(now, "au")?.id).toBe("a");
    expect(people(now).map((one) => one.id)).toEqual(["gone", "a", "r", "e"]);
    expect(onStage(survey({ participants: [] }), "x")).toBeNull();
  });

  it("counts answered points once and puts the next forward", () => {
    const now = survey({ answers: [answer("door"), answer("door"), answer("not of this item")] });
    expect([answered(now), nextPoint(now)]).toEqual([1, "exit"]);
    expect(nextPoint(survey({ answers: [answer("door"), answer("exit")] }))).toBeNull();
  });

  it("begins a rectification with what a colleague signed, else with what is not in order", () => {
    const wrong = { ...answer("exit"), value: "not_ok" as const };
    expect(toRectify(survey({ answers: [answer("door"), wrong] }), me("reviewer"))).toEqual({ points: ["exit"], days: null });
    const colleague = { ...signed("p3", "rectify"), points: ["door"], days: 5 };
    expect(toRectify(survey({ answers: [wrong], signatures: [colleague] }), me("reviewer"))).toEqual({ points: ["door"], days: 5 });
    expect(toRectify(survey({ answers: [wrong], signatures: [colleague] }), me("reviewer", "p3"))).toEqual({ points: ["exit"], days: null });
  });

  it("a photo to look at says what could not be checked; a refused file says its one reason and folds the rest", () => {
    const checks = (...some: [string, "pass" | "flag" | "fail" | "na"][]) => some.map(([id, result]) => ({ id, result, reason: { zh: id, en: id } }));
    const ids = ({ first, rest }: ReturnType<typeof telling>) => [first.map((one) => one.id), rest.map((one) => one.id)];
    const bare = checks(["file_safe", "pass"], ["format_ok", "pass"], ["exif_agree", "na"], ["gps_present", "na"], ["gps_valid", "na"], ["geofence", "na"], ["datum", "na"], ["time_window", "na"], ["quality", "pass"]);
    expect(ids(telling(photo({ channel: "upload", result: "needs_review", findings: bare })))).toEqual([["gps_present", "geofence", "time_window"], ["file_safe", "format_ok", "quality"]]);
    const still = checks(["gps_present", "na"], ["gps_valid", "na"], ["geofence", "pass"], ["time_window", "pass"], ["live_capture", "flag"]);
    expect(ids(telling(photo({ result: "needs_review", findings: still })))).toEqual([["live_capture", "geofence"], ["time_window"]]);
    const page = checks(["file_safe", "pass"], ["format_ok", "fail"], ["gps_present", "na"], ["geofence", "na"]);
    expect(ids(telling(photo({ result: "rejected", findings: page })))).toEqual([["format_ok"], ["gps_present", "geofence", "file_safe"]]);
    expect(ids(telling(photo({ result: "accepted", findings: still.slice(0, 4) })))).toEqual([["geofence", "time_window"], []]);
  });

  it("failed checks first, newest photos first", () => {
    const finding = (id: string, result: "pass" | "flag" | "fail") => ({ id, result, reason: { zh: id, en: id } });
    expect(byWeight([finding("a", "pass"), finding("b", "fail"), finding("c", "flag")]).map((one) => one.id)).toEqual(["b", "c", "a"]);
    const later = photo({ id: "2", received_at: "2026-11-22T02:05:00Z" });
    expect(newestFirst([photo(), later]).map((one) => one.id)).toEqual(["2", "001"]);
  });
});

describe("the desk's time line", () => {
  const here = survey({ participants: [person(), person({ id: "p2", role: "reviewer" })] });
  const without = survey({ participants: [person({ present: false }), person({ id: "p2", role: "reviewer" })] });

  it("does not make up when those came who were there before", () => {
    expect(marks(seen(BLANK_LINE, here, 30), here)).toEqual([]);
  });

  it("marks comings and goings, photos and answers in order", () => {
    const line = seen(seen(seen(BLANK_LINE, here, 30), without, 40), here, 44);
    const now = { ...here, photos: [photo({ id: "ph", moment_s: 42 }), photo({ id: "early", moment_s: null })], answers: [answer("door", 35)] };
    expect(marks(line, now).map(({ kind, at, of }) => [kind, at, of])).toEqual([
      ["answer", 35, "door"],
      ["leave", 40, "p1"],
      ["photo", 42, "ph"],
      ["join", 44, "p1"],
    ]);
  });

  it("opens a hole when a person's bytes stop coming and closes it when they come again", () => {
    const progress = (age_s: number) => [{ participant: "p1", bytes: 1, seconds: 1, age_s }];
    const line = seen(BLANK_LINE, here, 0);
    const silent = heard(line, progress(4), 20);
    expect(silent.holes).toEqual([{ participant: "p1", start: 16, end: null }]);
    expect(heard(silent, progress(5), 21)).toBe(silent);
    expect(heard(silent, progress(0.2), 25).holes).toEqual([{ participant: "p1", start: 16, end: 24.8 }]);
    expect(heard(line, progress(1), 20).holes).toEqual([]);
  });

  it("a hole never ends before it begins", () => {
    expect(endOf({ participant: "p1", start: 16, end: null }, 15.2)).toBe(16);
    expect(endOf({ participant: "p1", start: 16, end: null }, 18)).toBe(18);
    const late = heard(seen(BLANK_LINE, here, 0), [{ participant: "p1", bytes: 1, seconds: 1, age_s: 4 }], 20);
    expect(heard(late, [{ participant: "p1", bytes: 2, seconds: 2, age_s: 2 }], 17).holes).toEqual([{ participant: "p1", start: 16, end: 16 }]);
  });

  it("knows from when on a person is on record, and who never was", () => {
    expect(BLANK_LINE.begun).toBeNull();
    const silent = { participant: "p1", bytes: 0, seconds: 0, age_s: 0 };
    const line = heard(seen(BLANK_LINE, here, 0), [silent, { participant: "p2", bytes: 9, seconds: 20, age_s: 1 }], 30);
    expect(line.begun?.get("p2")).toBe(9);
    expect(line.begun?.has("p1")).toBe(false);
    expect(line.holes).toEqual([]);
    expect(heard(line, [{ ...silent, bytes: 5, seconds: 1 }], 41).begun?.get("p1")).toBe(40);
  });

  it("places labels so that none covers another; what has no room becomes a dot", () => {
    const placed = place([{ at: 10 }, { at: 11 }, { at: 12 }, { at: 60 }, { at: 100 }], 100, () => 10, 2);
    expect(placed.map(({ row }) => row)).toEqual([0, 1, null, 0, 0]);
    expect(placed.map(({ left }) => left)).toEqual([5, 6, 7, 55, 90]);
    expect(placed[2]?.moment).toBe(12);
  });
});
