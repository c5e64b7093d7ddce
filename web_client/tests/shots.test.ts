import { describe, expect, it } from "vitest";
import { phoneStep } from "../src/core/guide";
import { conclusionStanding, mayAnswer, maySign } from "../src/core/desk";
import { asOwn, mayAskShot, opinionStanding, unanswered } from "../src/core/review";
import { finished, nextOwed, shotsOf, walk } from "../src/core/shots";
import type { Pending } from "../src/core/uploads";
import type { AskedShotView, MaterialView, ReviewView, SurveyView } from "../src/core/wire.gen";
import { byPhotos, CITY, FIRE, material, photo } from "./support";

const AT = "2026-11-22T02:00:00Z";
const explained = (point: string) => ({ point, reason: "装修中", at: AT });
const asked = (point: string, over: Partial<AskedShotView> = {}): AskedShotView => ({ point, department: FIRE, reason: "看不清", at: AT, open: true, answered: false, ...over });
const onItsWay = (point: string): Pending<unknown> => ({
  photo: { id: "x", survey: "s1", facts: { name: "a", channel: "upload", sha256: "a", nonce: null, point }, size: 1, bytes: null },
  sending: { kind: "waiting" },
});
const view = (over: Partial<MaterialView> = {}, more: Partial<SurveyView> = {}): SurveyView => byPhotos({ material: material(over), ...more });
const shots = (survey: SurveyView, pending: readonly Pending<unknown>[] = []) => shotsOf(survey, survey.photos, pending);

describe("the applicant's way", () => {
  it("a point is done with a photo or an explanation", () => {
    const survey = view({ explanations: [explained("exit")] }, { photos: [photo({ point: "door" })] });
    expect(shots(survey).map((shot) => shot.done)).toEqual([true, true]);
    expect(shots(view()).map((shot) => shot.done)).toEqual([false, false]);
    expect(shots(view({}, { photos: [photo()] })).map((shot) => shot.done), "a photo of no point shows none").toEqual([false, false]);
  });

  it("a photo on its way is waited for and not asked for again", () => {
    const way = shots(view(), [onItsWay("door")]);
    expect(way.map((shot) => [shot.done, shot.waiting])).toEqual([[false, 1], [false, 0]]);
    expect(nextOwed(way)).toBe(1);
    expect(nextOwed(shots(view(), [onItsWay("door"), onItsWay("exit")]))).toBeNull();
  });

  it("goes on with the first that is owed, from where it is and then from the beginning", () => {
    const survey = view({}, { photos: [photo({ point: "exit" })] });
    expect(nextOwed(shots(survey))).toBe(0);
    expect(nextOwed(shots(survey), 1)).toBe(0);
  });

  it("after a submission leads only through what was asked for", () => {
    const photos = [photo({ point: "door" }), photo({ id: "002", point: "exit" })];
    const owed = view({ rounds: 1, asked: [asked("exit")] }, { photos, state: "ended" });
    expect(walk(owed, shots(owed)).map((shot) => [shot.point.id, shot.done])).toEqual([["exit", false]]);
    const got = view({ rounds: 1, asked: [asked("exit", { answered: true })] }, { photos, state: "ended" });
    expect(walk(got, shots(got)).map((shot) => shot.done)).toEqual([true]);
    const earlier = view({ rounds: 2, asked: [asked("exit", { answered: true, open: false })] }, { photos, state: "ended" });
    expect(walk(earlier, shots(earlier))).toEqual([]);
  });

  it("a photo that can't be used leaves its point to be taken again", () => {
    const bad = photo({ point: "door", result: "rejected" });
    const [door] = shots(view({}, { photos: [bad] }));
    expect([door?.done, door?.again]).toEqual([false, true]);
    expect(nextOwed(shots(view({}, { photos: [bad] })))).toBe(0);
    const mended = shots(view({}, { photos: [bad, photo({ id: "002", point: "door" })] }))[0];
    expect([mended?.done, mended?.again]).toEqual([true, false]);
    const said = shots(view({ explanations: [explained("door")] }, { photos: [bad] }))[0];
    expect([said?.done, said?.again]).toEqual([true, false]);
  });

  it("after a submission what can't be used is asked for too, and an unusable photo answers nobody", () => {
    const good = photo({ point: "exit", received_at: "2026-11-22T01:00:00Z" });
    const later = photo({ id: "002", point: "exit", received_at: "2026-11-22T03:00:00Z", result: "rejected" });
    const owed = view({ rounds: 1, asked: [asked("exit", { answered: true })] }, { photos: [good, later], state: "ended" });
    expect(walk(owed, shots(owed)).map((shot) => [shot.point.id, shot.done, shot.again])).toEqual([["door", false, false], ["exit", false, true]]);
  });

  it("a video goes with its point and shows it not by itself", () => {
    const survey = view();
    const [door, exit] = shotsOf(survey, [], [], ["exit", null]);
    expect([door?.videos, exit?.videos, exit?.done]).toEqual([0, 1, false]);
  });

  it("each state of the survey has its page", () => {
    const step = (over: Partial<MaterialView>, more: Partial<SurveyView>, consented = true) => phoneStep(view(over, more), consented, false);
    expect(step({}, {}, false)).toBe("consent");
    expect(step({}, {})).toBe("shots");
    expect(step({ with_applicant: false, rounds: 1 }, { state: "ended" })).toBe("finish");
    expect(step({ with_applicant: true, rounds: 1 }, { state: "ended" })).toBe("shots");
    expect(step({ with_applicant: false }, { state: "concluded" })).toBe("finish");
    expect(step({}, { state: "on_site" })).toBe("finish");
  });
});

const review = (over: Partial<ReviewView> = {}): ReviewView => ({ department: CITY, given: false, answers: [], opinion: null, ...over });
const answers = (...points: string[]) => points.map((point) => ({ point, value: "ok" as const, note: "", by: "p2", at: AT, moment_s: null }));
const OPINION = { value: "approve" as const, reason: "", by: "p2", at: AT };
const ME = { id: "p2", role: "reviewer" as const };

describe("a department's review", () => {
  const desk = (own: Partial<ReviewView>, over: Partial<SurveyView> = {}) => view({ rounds: 1, with_applicant: false }, { state: "ended", reviews: [review(own), review({ department: FIRE })], ...over });

  it("goes from answers to an opinion to the opening", () => {
    expect(opinionStanding(ME, desk({}, { state: "admitted" }))).toBe("too_early");
    expect(opinionStanding(ME, desk({ answers: answers("door") }))).toBe("points_open");
    expect(unanswered(desk({ answers: answers("door") }), ME)).toBe(1);
    expect(opinionStanding(ME, desk({ answers: answers("door", "exit") }))).toBe("to_give");
    expect(opinionStanding(ME, desk({ answers: answers("door", "exit"), opinion: OPINION, given: true }))).toBe("given");
    expect(opinionStanding(ME, desk({ answers: answers("door", "exit"), opinion: OPINION }))).toBe("lapsed");
    expect(opinionStanding(ME, desk({}, { reviews_open: true }))).toBe("open");
    expect(opinionStanding({ id: "p4", role: "expert" }, desk({}))).toBe("not_mine");
  });

  it("offers only what the server takes", () => {
    expect(mayAnswer(ME, desk({}))).toBe(true);
    expect(mayAnswer(ME, desk({}, { state: "admitted" }))).toBe(false);
    expect(mayAnswer(ME, desk({}, { reviews_open: true }))).toBe(false);
    expect(mayAskShot(ME, desk({}))).toBe(true);
    expect(mayAskShot(ME, desk({}, { state: "concluded" }))).toBe(false);
    expect(maySign(ME, desk({}))).toBe(false);
    expect(maySign(ME, desk({}, { reviews_open: true }))).toBe(true);
    expect(asOwn(desk({ answers: answers("door") }), ME).answers).toHaveLength(1);
  });

  it("the conclusion waits for the opening, and for another department", () => {
    const signed = (participant: string) => ({ participant, name: participant, result: "pass" as const, reason: "", at: AT });
    expect(conclusionStanding(desk({})).is).toBe("not_yet");
    expect(conclusionStanding(desk({}, { reviews_open: true })).is).toBe("unsigned");
    expect(conclusionStanding(desk({}, { reviews_open: true, signatures: [signed("p2"), signed("p5")] })).is).toBe("one");
  });

  it("tells the applicant how many are done and nothing else", () => {
    expect(finished(desk({ given: true }))).toEqual({ given: 1, all: 2 });
  });
});
