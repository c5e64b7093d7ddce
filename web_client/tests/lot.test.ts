import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toSign } from "../src/core/lot";
import type { CommitNumber, FromPerson, NumberWanted, RevealNumber, RevealWanted } from "../src/core/wire.gen";
import { Lot } from "../src/device/lot";

type Golden = { survey: string; wanted: RevealWanted; said: string };
/** Written by the server's own code; tests/survey/test_draw.py holds it to the same. */
const golden = JSON.parse(readFileSync("tests/lot.json", "utf8")) as Golden;
const { survey, wanted } = golden;
const number: NumberWanted = { type: "number_wanted", draw: wanted.draw, role: wanted.role };

class Shelf {
  readonly held = new Map<string, string>();
  getItem(name: string): string | null {
    return this.held.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.held.set(name, value);
  }
}

let said: FromPerson[] = [];
let shelf = new Shelf();
const page = (storage: Shelf | null = shelf): Lot =>
  new Lot({ storage: storage as unknown as Storage | null, survey: () => survey, send: (message) => void said.push(message) });
const raw = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (two) => Number.parseInt(two, 16));

beforeEach(() => {
  said = [];
  shelf = new Shelf();
});
afterEach(() => vi.restoreAllMocks());

describe("what the page signs", () => {
  it("is what the server checks", () => {
    expect(new TextDecoder().decode(toSign(survey, wanted) ?? new Uint8Array())).toBe(golden.said);
  });

  it("is nothing where list and case are not in the checkpoint", () => {
    const [first = "", ...rest] = wanted.path;
    const wrong: RevealWanted[] = [
      { ...wanted, commitment: "0".repeat(64) },
      { ...wanted, index: wanted.index + 1 },
      { ...wanted, path: rest },
      { ...wanted, path: [first, "%"] },
      { ...wanted, leaf: wanted.leaf.replace(survey, "s2") },
      { ...wanted, leaf: `${wanted.leaf} ` },
      { ...wanted, note: wanted.note.replace(/\n\d+\n/, "\n99\n") },
      { ...wanted, note: "x" },
    ];
    expect(wrong.map((one) => toSign(survey, one))).toEqual(wrong.map(() => null));
    expect(toSign("s2", wanted)).toBeNull();
  });
});

describe("the page's part in a draw", () => {
  it("commits, and reveals the same number with a signature that fits", async () => {
    const lot = page();
    await lot.answer(number);
    await lot.answer(wanted);
    const [committed, revealed] = said as [CommitNumber, RevealNumber];
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", raw(revealed.number)));
    expect(committed.sha256).toBe(Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join(""));
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("raw", raw(committed.key), curve, false, ["verify"]);
    const fits = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw(revealed.signature), new TextEncoder().encode(golden.said));
    expect([fits, lot.doubtful.value]).toEqual([true, false]);
  });

  it("survives a reload", async () => {
    await page().answer(number);
    await page().answer(number);
    await page().answer(wanted);
    const [one, two, revealed] = said as [CommitNumber, CommitNumber, RevealNumber];
    expect(two).toEqual(one);
    expect(revealed.type).toBe("reveal_number");
  });

  it("has no part in another draw for the same seats once it has revealed", async () => {
    const lot = page();
    await lot.answer(number);
    await lot.answer({ ...number, draw: 2 }); // nothing was revealed: the first attempt may have lapsed
    expect(lot.doubtful.value).toBe(false);
    await lot.answer(wanted);
    const before = said.length;
    await page().answer({ ...number, draw: 3 });
    await lot.answer({ ...number, draw: 3 });
    expect([said.length, lot.doubtful.value]).toEqual([before, true]);
    await page().answer({ ...number, role: "reviewer", draw: 4 });
    expect(said.length).toBe(before + 1);
  });

  it("reveals nothing where the ledger's word does not fit", async () => {
    const lot = page();
    await lot.answer(number);
    await lot.answer({ ...wanted, commitment: "0".repeat(64) });
    expect([said.length, lot.doubtful.value]).toEqual([1, true]);
  });

  it("reveals nothing that this browser forgot, and works without storage", async () => {
    await page().answer(wanted);
    expect(said).toEqual([]);
    const lot = page(null);
    await lot.answer(number);
    await lot.answer(wanted);
    expect(said.map((one) => one.type)).toEqual(["commit_number", "reveal_number"]);
  });
});
