import { afterEach, describe, expect, it, vi } from "vitest";
import { problemOf, problemOfBody, problemOfStatus, Refusal } from "../src/core/problems";
import { Api } from "../src/device/http";
import { keysIn } from "../src/device/keys";

function answer(status: number, body: unknown): void {
  vi.stubGlobal("fetch", vi.fn(async () => new Response(JSON.stringify(body), { status })));
}

afterEach(() => vi.unstubAllGlobals());

const said = { type: "takan:spent_link", status: 409, title: { zh: "用过了", en: "Used" }, detail: { zh: "回去", en: "Go back" } };

describe("problems", () => {
  it("uses the server's words when it has them in both languages", () => {
    expect(problemOfBody(409, said)).toEqual(said);
  });

  it.each([[null], ["<html>"], [{ title: "only English" }], [{ title: { zh: "一" }, detail: { zh: "二" } }]])(
    "finds words of its own for the body %j",
    (body) => {
      expect(problemOfBody(413, body)).toEqual(problemOfStatus(413));
      expect(problemOfStatus(413).detail.en).toContain("30 MB");
    },
  );

  it("has words for a status nobody foresaw", () => {
    expect(problemOfStatus(418).detail.zh).toContain("418");
  });

  it("takes anything thrown that is no refusal for a network that is away", () => {
    expect(problemOf(new TypeError("Failed to fetch")).type).toBe("takan:unreachable");
  });
});

describe("api", () => {
  it("throws the server's problem", async () => {
    answer(409, said);
    await expect(new Api().open("token", "k")).rejects.toMatchObject({ problem: said });
  });

  it("says that the server cannot be reached when it cannot", async () => {
    vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("offline"))));
    const error = await new Api().invitation("token").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).problem.status).toBe(0);
  });

  it("uses the session it opened from then on, and escapes what goes into a path", async () => {
    answer(200, { session: "abc", role: "auditor", name: "", participant: "p", survey: null });
    const api = new Api("https://takan.test");
    await api.open("a/b", "k");
    answer(200, []);
    await api.survey("x/y");
    expect(vi.mocked(fetch).mock.calls[0]).toMatchObject([
      "https://takan.test/api/surveys/x%2Fy",
      { method: "GET", headers: { Authorization: "Bearer abc" } },
    ]);
  });
});

describe("a stated purpose", () => {
  it("goes with every request in a form that headers can carry, and none without", async () => {
    answer(200, []);
    const api = new Api("https://takan.test");
    await api.surveys();
    expect(vi.mocked(fetch).mock.calls[0]?.[1]).toMatchObject({ headers: {} });
    expect(JSON.stringify(vi.mocked(fetch).mock.calls[0]?.[1])).not.toContain("Takan-Purpose");
    api.purpose = "复议";
    answer(200, []);
    await api.surveys();
    expect(vi.mocked(fetch).mock.calls[0]?.[1]).toMatchObject({ headers: { "Takan-Purpose": "%E5%A4%8D%E8%AE%AE" } });
  });
});

describe("keys", () => {
  it("gives a link the same key again, 32 bytes in hex, and another link another one", () => {
    const keys = keysIn(null);
    expect(keys.of("one")).toBeNull();
    const key = keys.make("one");
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect([keys.make("one"), keys.of("one")]).toEqual([key, key]);
    expect(keys.make("two")).not.toBe(key);
  });

  it("lasts as long as the page when the browser keeps nothing", () => {
    const storage = { getItem: () => null, setItem: () => { throw new Error("quota"); } } as unknown as Storage;
    const keys = keysIn(storage);
    expect(keys.of("one")).toBeNull();
    expect(keys.make("one")).toBe(keys.of("one"));
  });
});
