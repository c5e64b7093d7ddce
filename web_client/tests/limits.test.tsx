import { render } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limitOf, stateOf } from "../src/core/limits";
import type { LimitView } from "../src/core/wire.gen";
import { Limits } from "../src/parts/Limits";
import { language } from "../src/text";
import { AFTERWARDS, LIMIT, limitWords } from "../src/text/limits";

/** Until the end of Friday 4 December in China. */
const LIMIT_OF_CASE: LimitView = { of: "case", side: "bureau", day: "2026-12-04", at: "2026-12-05T00:00:00+08:00", left: 5 };
const at = (moment: string): number => Date.parse(moment);

afterEach(() => {
  language.value = "zh";
  vi.useRealTimers();
});

describe("a limit", () => {
  it("is ahead until its last day in China, which is told as such, and over with its midnight", () => {
    expect(stateOf(LIMIT_OF_CASE, at("2026-11-27T10:00:00+08:00"))).toEqual({ is: "ahead", left: 5 });
    expect(stateOf({ ...LIMIT_OF_CASE, left: 1 }, at("2026-12-03T23:59:59+08:00"))).toEqual({ is: "ahead", left: 1 });
    expect(stateOf({ ...LIMIT_OF_CASE, left: 0 }, at("2026-12-04T00:00:00+08:00"))).toEqual({ is: "today" });
    expect(stateOf({ ...LIMIT_OF_CASE, left: 0 }, at("2026-12-04T15:59:59Z"))).toEqual({ is: "today" });
    expect(stateOf({ ...LIMIT_OF_CASE, left: 0 }, at("2026-12-04T16:00:00Z"))).toEqual({ is: "over", ago: 0 });
    expect(stateOf({ ...LIMIT_OF_CASE, left: -2 }, at("2026-12-08T10:00:00+08:00"))).toEqual({ is: "over", ago: 2 });
  });

  it("is said in a sentence of both languages", () => {
    const today = "2026-11-27";
    expect(limitWords("2026-12-04", { is: "ahead", left: 5 }, today)).toEqual({ zh: "12月4日（周五）前，还剩 5 个工作日", en: "by Friday 4 December, 5 working days left" });
    expect(limitWords("2026-12-04", { is: "ahead", left: 1 }, today).en).toBe("by Friday 4 December, 1 working day left");
    expect(limitWords("2026-12-04", { is: "today" }, "2026-12-04")).toEqual({ zh: "今天到期：12月4日（周五）", en: "today, Friday 4 December, is the last day" });
    expect(limitWords("2026-12-04", { is: "over", ago: 2 }, "2026-12-08")).toEqual({ zh: "12月4日（周五）已到期，超过 2 个工作日", en: "was due Friday 4 December, 2 working days ago" });
    expect(limitWords("2027-01-08", { is: "ahead", left: 20 }, today).zh).toBe("2027年1月8日（周五）前，还剩 20 个工作日");
    for (const words of [...Object.values(LIMIT), ...Object.values(AFTERWARDS)]) expect([words.zh.trim(), words.en.trim()]).not.toContain("");
  });

  it("is found by what it is of", () => {
    expect(limitOf([LIMIT_OF_CASE], "case")).toBe(LIMIT_OF_CASE);
    expect(limitOf([LIMIT_OF_CASE], "rectify")).toBeNull();
    expect(limitOf(undefined, "case")).toBeNull();
  });
});

describe("limits on a screen", () => {
  beforeEach(() => {
    language.value = "en";
    vi.useFakeTimers({ now: at("2026-12-08T10:00:00+08:00") });
  });

  it("are marked only when they are over, and say what to know about their day", () => {
    const rectify: LimitView = { of: "rectify", side: "applicant", day: "2026-12-11", at: "2026-12-12T00:00:00+08:00", left: 3, note: { zh: "只扣除了周末", en: "weekends only" } };
    const page = render(<Limits limits={[{ ...LIMIT_OF_CASE, left: -2 }, rectify]} />);
    expect(page.getByTestId("limit-case").className).toBe("limit over");
    expect(page.getByTestId("limit-case").textContent).toContain("was due Friday 4 December, 2 working days ago");
    expect(page.getByTestId("limit-rectify").className).toBe("limit");
    expect(page.container.textContent).toContain("weekends only");
  });

  it("say what comes then by itself", () => {
    const begin: LimitView = { of: "begin", side: "applicant", day: "2026-12-11", at: "2026-12-12T00:00:00+08:00", left: 3 };
    const page = render(<Limits limits={[begin]} />);
    expect(page.container.textContent).toContain("by Friday 11 December, 3 working days left");
    expect(page.container.textContent).toContain("a visit takes its place; no credit is touched");
  });

  it("are not there where there are none, or none of those asked for", () => {
    expect(render(<Limits limits={undefined} />).container.textContent).toBe("");
    expect(render(<Limits limits={[LIMIT_OF_CASE]} of={["rectify"]} />).container.textContent).toBe("");
  });
});
