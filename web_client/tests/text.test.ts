import { afterEach, describe, expect, it } from "vitest";
import { chooseLanguage, language, say, t, wordsOf } from "../src/text";
import * as audit from "../src/text/audit";
import * as desk from "../src/text/desk";
import * as feedback from "../src/text/feedback";
import * as own from "../src/text/own";
import * as panel from "../src/text/panel";
import * as restricted from "../src/text/restricted";
import * as review from "../src/text/review";
import * as shots from "../src/text/shots";
import * as faults from "../src/core/verify/faults";
import * as verify from "../src/text/verify";
import * as standing from "../src/text/standing";
import type { Text } from "../src/core/wire.gen";
import { en } from "../src/text/en";
import { zh } from "../src/text/zh";

afterEach(() => {
  language.value = "zh";
});

const HAN = /\p{Script=Han}/u;
const KEYS = Object.keys(zh) as (keyof typeof zh)[];
const gaps = (words: string): string[] => (words.match(/\{\w+\}/g) ?? []).sort();

describe("phone texts", () => {
  it("hold the same keys, none empty", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    expect([...Object.values(zh), ...Object.values(en)].filter((words) => words.trim() === "")).toEqual([]);
  });

  it("leave the same gaps to fill", () => {
    for (const key of KEYS) expect([key, gaps(en[key])]).toEqual([key, gaps(zh[key])]);
  });

  it("are in their own language", () => {
    const stray = KEYS.filter((key) => !key.startsWith("language.") && HAN.test(en[key]));
    expect(stray).toEqual([]);
  });
});

describe.each([
  ["desk", desk],
  ["shots", shots],
  ["review", review],
  ["own", own],
  ["restricted", restricted],
  ["panel", panel],
  ["audit", audit],
  ["feedback", feedback],
  ["verify", verify],
  ["faults", faults],
])("%s texts", (_, module) => {
  const texts = pairs(module, "");

  it("come in both languages, none empty, each in its own", () => {
    expect(texts.length).toBeGreaterThan(10);
    for (const [name, text] of texts) {
      expect([name, text.zh.trim() !== "", text.en.trim() !== "", HAN.test(text.en)]).toEqual([name, true, true, false]);
    }
  });
});

describe("standing texts", () => {
  it("come in both languages, each in its own, and name the person", () => {
    const texts = [...pairs(standing, ""), ...Object.entries(standing.STANDING_IN_FULL).flatMap(([name, full]) => pairs(full("N.N."), name))];
    expect(texts.length).toBeGreaterThan(14);
    for (const [name, text] of texts) expect([name, HAN.test(text.zh), HAN.test(text.en)]).toEqual([name, true, false]);
    for (const full of Object.values(standing.STANDING_IN_FULL)) expect(Object.values(full("N.N.").title).every((words) => words.includes("N.N."))).toBe(true);
  });
});

/** Every `{zh, en}` in a module's exports, with the path to it. */
function pairs(value: unknown, name: string): [string, Text][] {
  if (typeof value !== "object" || value === null) return [];
  const { zh: chinese, en: english } = value as Partial<Text>;
  if (typeof chinese === "string" && typeof english === "string") return [[name, { zh: chinese, en: english }]];
  return Object.entries(value).flatMap(([key, inner]) => pairs(inner, `${name}.${key}`));
}

describe("words", () => {
  it("follow the page's language and fill their gaps", () => {
    expect(t("photos.of", { n: 3 })).toBe("照片 3");
    language.value = "en";
    expect(t("photos.of", { n: 3 })).toBe("Photo 3");
    expect(say({ zh: "好", en: "Good" })).toBe("Good");
  });

  it("keep an unfilled gap visible", () => {
    expect(wordsOf({ zh: { a: "{x}" }, en: { a: "{x}" } })("a", {})).toBe("{x}");
  });

  it("start in the browser's language unless the person chose one", () => {
    const kept = (value: string | null) => ({ getItem: () => value }) as unknown as Storage;
    expect(chooseLanguage(null, ["zh-TW"])).toBe("zh");
    expect(chooseLanguage(null, ["en-GB", "zh"])).toBe("en");
    expect(chooseLanguage(null, [])).toBe("zh");
    expect(chooseLanguage(kept("zh"), ["en"])).toBe("zh");
  });
});
