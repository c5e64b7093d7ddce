import { describe, expect, it } from "vitest";
import { mayAppeal, mayArrange, mayCallMissed, mayRate, notBegun, range, toInput } from "../src/core/life";
import type { SurveyState } from "../src/core/wire.gen";
import { person, survey } from "./support";

const NOW = new Date("2026-11-24T02:00:30Z");

describe("what an applicant may do outside of the session", () => {
  it("moves only what has not begun", () => {
    const states: Record<SurveyState, boolean> = { admitted: true, scheduled: true, in_session: false, ended: false, concluded: false, appealed: false, cancelled: false, on_site: false, refused: false };
    for (const [state, may] of Object.entries(states)) expect(notBegun(survey({ state: state as SurveyState })), state).toBe(may);
    expect(mayArrange(survey({ state: "admitted", mode: "upload_only" }))).toBe(false);
  });

  it("calls an appointment missed a quarter of an hour after its start, of somebody who is not there", () => {
    const start = "2026-11-24T02:00:00Z";
    const life = { appointment: { number: 1, start, end: start, by: "x", stands: true } };
    const at = (minutes: number): number => Date.parse(start) + minutes * 60_000;
    const away = [person({ id: "p1", role: "applicant", present: false })];
    expect(mayCallMissed(survey({ state: "scheduled", life, participants: away }), at(15))).toBe(true);
    expect(mayCallMissed(survey({ state: "scheduled", life, participants: away }), at(14))).toBe(false);
    expect(mayCallMissed(survey({ state: "scheduled", life, participants: [person({ id: "p1", role: "applicant", present: true })] }), at(15))).toBe(false);
    expect(mayCallMissed(survey({ state: "admitted", life: { appointment: { ...life.appointment, stands: false } }, participants: away }), at(15))).toBe(false);
  });

  it("rates once, when it is over", () => {
    expect(mayRate(survey({ state: "in_session" }))).toBe(false);
    expect(mayRate(survey({ state: "ended" }))).toBe(true);
    expect(mayRate(survey({ state: "concluded", conclusion: "pass", life: { stars: 3 } }))).toBe(false);
    expect(mayRate(survey({ state: "on_site" }))).toBe(false);
  });

  it("appeals against what is not a pass, in time", () => {
    const life = { appeal_until: "2026-11-24T03:00:00Z" };
    expect(mayAppeal(survey({ state: "concluded", conclusion: "not_pass", life }), NOW)).toBe(true);
    expect(mayAppeal(survey({ state: "concluded", conclusion: "pass", life }), NOW)).toBe(false);
    expect(mayAppeal(survey({ state: "concluded", conclusion: "not_pass", life }), new Date("2026-11-24T03:00:01Z"))).toBe(false);
    expect(mayAppeal(survey({ state: "appealed", conclusion: "not_pass", life }), NOW)).toBe(false);
  });

  it("offers times within the window, ten minutes from now at the soonest", () => {
    const at = survey({ window: { start: "2026-11-24T00:00:00Z", end: "2026-11-24T05:00:00Z" } });
    const { first, last } = range(at, NOW, 30);
    expect(first.getTime() - NOW.getTime()).toBeGreaterThanOrEqual(10 * 60_000);
    expect(first.getSeconds()).toBe(0);
    expect(last.toISOString()).toBe("2026-11-24T04:30:00.000Z");
    expect(new Date(toInput(first)).getTime()).toBe(first.getTime());
  });
});
