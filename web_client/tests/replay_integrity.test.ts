import { describe, expect, it } from "vitest";
import { sift, ANY } from "../src/core/replay_archive";
import { exhibits, findings, type Check } from "../src/core/replay_integrity";
import type { ReplayView, SurveyCard } from "../src/core/wire.gen";
import { Conductor, type Follower } from "../src/screens/audit/conductor";
import { Evidence } from "../src/screens/audit/evidence";
import { sha256 } from "../src/device/digest";
import { photo, survey } from "./support";

const bytesOf = (words: string): ArrayBuffer => new TextEncoder().encode(words).buffer as ArrayBuffer;

async function replay(): Promise<ReplayView> {
  const part = async (object: string) => ({ object, sha256: await sha256(bytesOf(object)), size: object.length, start_s: 0, end_s: 4 });
  return {
    survey: survey({ photos: [photo({ id: "ph", name: "door.jpg", sha256: await sha256(bytesOf("picture")), size: 7 })] }),
    seconds: 4,
    lanes: [
      {
        participant: "p1",
        name: "王",
        role: "applicant",
        tracks: [],
        epochs: [{ number: 0, mime: "video/mp4", kinds: ["video"], width: 1, height: 1, init: await part("init"), parts: [await part("one"), await part("two")] }],
        gaps: [],
      },
    ],
    events: [],
    admission: { survey: "s1", outcome: "admitted", tier: "red", reasons: [], policy_digest: "d" },
  };
}

describe("integrity", () => {
  it("covers every object and every photo's original, each once", async () => {
    const view = await replay();
    const twice = { ...view, lanes: [...view.lanes, ...view.lanes] };
    expect(exhibits(twice).map((exhibit) => exhibit.id)).toEqual(["init", "one", "two", "photo:ph"]);
  });

  it("is whole only when all were hashed and agree; one that differs is named at once", async () => {
    const list = exhibits(await replay());
    const right = (count: number): Map<string, Check> => new Map(list.slice(0, count).map((exhibit) => [exhibit.id, { id: exhibit.id, found: exhibit.sha256, bytes: exhibit.size }]));
    expect(findings(list, new Map()).state).toBe("untouched");
    expect(findings(list, right(3))).toMatchObject({ state: "partly", checked: 3, total: 4, bytes: 10 });
    expect(findings(list, right(4))).toMatchObject({ state: "whole", bytes: 17, totalBytes: 17 });
    const wrong = right(2).set("one", { id: "one", found: "f".repeat(64), bytes: 3 });
    expect(findings(list, wrong).state).toBe("broken");
    expect(findings(list, wrong).differing.map(({ exhibit }) => exhibit.id)).toEqual(["one"]);
    const short = right(4).set("two", { ...right(4).get("two"), bytes: 2 } as Check);
    expect(findings(list, short).state).toBe("broken");
  });

  it("what could not be fetched is never counted as good", async () => {
    const list = exhibits(await replay());
    const checks = new Map<string, Check>(list.map((exhibit) => [exhibit.id, { id: exhibit.id, found: exhibit.id === "one" ? null : exhibit.sha256, bytes: exhibit.size }]));
    const found = findings(list, checks);
    expect(found).toMatchObject({ state: "out_of_reach", checked: 3 });
    expect(found.missing.map((exhibit) => exhibit.id)).toEqual(["one"]);
  });

  it("nothing to check is not whole", () => {
    expect(findings([], new Map()).state).toBe("untouched");
  });

  it("hashes what the server sends, in this browser, and finds a changed byte", async () => {
    const view = await replay();
    const served = new Map([
      ["init", "init"],
      ["one", "one"],
      ["two", "two"],
    ]);
    const api = {
      object: (id: string) => Promise.resolve({ bytes: bytesOf(served.get(id) ?? ""), sha256: "the server says so" }),
      original: () => Promise.resolve(new Blob(["picture"])),
    };
    const evidence = new Evidence(view, api);
    await evidence.verify();
    expect(evidence.findings.value.state).toBe("whole");
    expect(evidence.finished.value).not.toBeNull();
    served.set("two", "twO");
    await evidence.verify();
    expect(evidence.findings.value.differing.map(({ exhibit }) => exhibit.id)).toEqual(["two"]);
    const failing = new Evidence(view, { ...api, object: () => Promise.reject(new Error("away")) });
    await failing.verify();
    expect(failing.findings.value).toMatchObject({ state: "out_of_reach", checked: 1 });
  });

  it("counts what is only played, too, and fetches a part once", async () => {
    const view = await replay();
    let asked = 0;
    const evidence = new Evidence(view, { object: (id) => ((asked += 1), Promise.resolve({ bytes: bytesOf(id), sha256: null })), original: () => Promise.reject(new Error("not asked")) });
    const one = view.lanes[0]?.epochs[0]?.parts[0];
    if (!one) throw new Error("no part");
    await Promise.all([evidence.bytes(one), evidence.bytes(one)]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBe(1);
    expect(evidence.findings.value).toMatchObject({ state: "partly", checked: 1 });
  });
});

describe("the conductor", () => {
  function follower(): Follower & { ready: boolean; at: number; drift: number | null } {
    const lane = { ready: true, at: 0, drift: null as number | null, moved: () => undefined, follow: (t: number) => ((lane.at = t), lane.ready) };
    return lane;
  }

  it("runs only while every lane is ready, and waits for one that is not", () => {
    let now = 0;
    const conductor = new Conductor(60, () => now);
    const lane = follower();
    conductor.join(lane);
    lane.ready = false;
    conductor.play();
    for (let i = 0; i < 10; i += 1) { now += 60; conductor.tick(); }
    expect(conductor.position.value).toBe(0);
    expect(conductor.waiting.value).toBe(true);
    lane.ready = true;
    for (let i = 0; i < 20; i += 1) { now += 60; conductor.tick(); }
    expect(conductor.position.value).toBeGreaterThan(0.9);
    expect(conductor.waiting.value).toBe(false);
    lane.ready = false;
    for (let i = 0; i < 10; i += 1) { now += 60; conductor.tick(); }
    const held = conductor.position.value;
    for (let i = 0; i < 10; i += 1) { now += 60; conductor.tick(); }
    expect(conductor.position.value).toBe(held);
    conductor.close();
  });

  it("seeks, stops at the end, and begins anew", () => {
    let now = 0;
    const conductor = new Conductor(10, () => now);
    const lane = follower();
    conductor.join(lane);
    conductor.seek(9.5);
    conductor.play();
    for (let i = 0; i < 20; i += 1) { now += 60; conductor.tick(); }
    expect(conductor.playing.value).toBe(false);
    expect(conductor.position.value).toBe(10);
    conductor.play();
    expect(conductor.position.value).toBe(0);
    conductor.seek(99);
    expect(conductor.position.value).toBe(10);
    conductor.close();
  });
});

describe("the archive's list", () => {
  const card = (over: Partial<SurveyCard>): SurveyCard => ({
    id: "s1",
    case_no: "ML-1",
    state: "concluded",
    item: { zh: "食品经营", en: "Food business" },
    subject_name: "椰风餐饮",
    tier: "red",
    created_at: "2026-11-20T00:00:00Z",
    seconds: 60,
    participants: 4,
    photos: 1,
    conclusion: "pass",
    sealed: true,
    ...over,
  });
  const cards = [card({}), card({ id: "s2", case_no: "ML-2", state: "ended", tier: "blue", sealed: false, created_at: "2026-11-21T00:00:00Z" })];
  const ids = (wish: Partial<typeof ANY>): string[] => sift(cards, { ...ANY, ...wish }).map((one) => one.id);

  it("finds by words in both languages, stage, tier and seal; newest first", () => {
    expect(ids({})).toEqual(["s2", "s1"]);
    expect(ids({ words: "food ml-1" })).toEqual(["s1"]);
    expect(ids({ words: "椰风 ML-2" })).toEqual(["s2"]);
    expect(ids({ state: "ended" })).toEqual(["s2"]);
    expect(ids({ tier: "red" })).toEqual(["s1"]);
    expect(ids({ sealed: "no" })).toEqual(["s2"]);
    expect(ids({ words: "nothing" })).toEqual([]);
  });
});
