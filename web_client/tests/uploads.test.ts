import { describe, expect, it } from "vitest";
import { problemOfStatus, Refusal, UNREACHABLE } from "../src/core/problems";
import { Interrupted, lightShelf, listed, onTheWay, passing, tally, Uploads, type Kept } from "../src/core/uploads";
import type { PhotoView } from "../src/core/wire.gen";
import { FallbackShelf, MemoryShelf } from "../src/device/shelf";
import { photo } from "./support";

function kept(id: string, survey = "s1"): Kept<string> {
  return { id, survey, size: 5, bytes: `bytes of ${id}`, facts: { name: `${id}.jpg`, channel: "upload", sha256: "0".repeat(64) } };
}

type Send = (one: Kept<string>) => Promise<PhotoView>;

/** Uploads over a real shelf with a scripted network; `pauses` records every wait. */
function uploads(send: Send, shelf = new MemoryShelf<string>()) {
  const pauses: number[] = [];
  const made = new Uploads<string>({
    shelf,
    send,
    pause: async (ms) => {
      pauses.push(ms);
    },
  });
  return { made, shelf, pauses };
}

const accept: Send = async (one) => photo({ id: one.id });

describe("uploads", () => {
  it("keeps a photo on the shelf until the server has acknowledged it", async () => {
    let seen: readonly Kept<string>[] = [];
    const shelf = new MemoryShelf<string>();
    const { made } = uploads(async (one) => {
      seen = await shelf.list("s1");
      return accept(one);
    }, shelf);
    await made.add(kept("a"));
    await made.settled();
    expect(seen.map((one) => one.id)).toEqual(["a"]);
    expect(await shelf.list("s1")).toEqual([]);
    expect(made.pending.value).toEqual([]);
    expect(made.received.value.map((one) => one.id)).toEqual(["a"]);
  });

  it("sends one at a time, in order", async () => {
    const order: string[] = [];
    const { made } = uploads(async (one) => {
      order.push(`+${one.id}`);
      await Promise.resolve();
      order.push(`-${one.id}`);
      return accept(one);
    });
    await Promise.all([made.add(kept("a")), made.add(kept("b"))]);
    await made.settled();
    expect(order).toEqual(["+a", "-a", "+b", "-b"]);
  });

  it("tries again by itself, ever more patiently, while trying can help", async () => {
    let left = 3;
    const { made, pauses } = uploads(async (one) => {
      left -= 1;
      if (left >= 0) throw new Refusal(left === 2 ? UNREACHABLE : problemOfStatus(503));
      return accept(one);
    });
    await made.add(kept("a"));
    await made.settled();
    expect(pauses).toEqual([1_000, 2_000, 4_000]);
    expect(made.pending.value).toEqual([]);
  });

  it("leaves a refused photo to the person, and goes on with the next", async () => {
    let refuse = true;
    const { made, shelf } = uploads(async (one) => {
      if (one.id === "a" && refuse) throw new Refusal(problemOfStatus(413));
      return accept(one);
    });
    await made.add(kept("a"));
    await made.add(kept("b"));
    await made.settled();
    expect(made.pending.value.map((one) => [one.photo.id, one.sending.kind])).toEqual([["a", "failed"]]);
    expect(tally(made.pending.value)).toEqual({ going: 0, failed: 1 });
    expect((await shelf.list("s1")).map((one) => one.id)).toEqual(["a"]);
    refuse = false;
    made.again("a");
    await made.settled();
    expect(made.received.value.map((one) => one.id)).toEqual(["b", "a"]);
  });

  it("takes up what an earlier page left, of this survey only", async () => {
    const shelf = new MemoryShelf<string>();
    await shelf.put(kept("left"));
    await shelf.put(kept("other", "s2"));
    const { made } = uploads(accept, shelf);
    await made.resume("s1");
    await made.settled();
    expect(made.received.value.map((one) => one.id)).toEqual(["left"]);
    expect(await shelf.list("s2")).toHaveLength(1);
  });

  it("does not send a photo twice when it is added twice", async () => {
    let sent = 0;
    const { made } = uploads(async (one) => {
      sent += 1;
      return accept(one);
    });
    await Promise.all([made.add(kept("a")), made.add(kept("a"))]);
    await made.settled();
    expect(sent).toBe(1);
  });

  it("removes a refused photo when the person says so", async () => {
    const { made, shelf } = uploads(async () => {
      throw new Refusal(problemOfStatus(422));
    });
    await made.add(kept("a"));
    await made.settled();
    await made.remove("a");
    expect([made.pending.value, await shelf.list("s1")]).toEqual([[], []]);
  });

  it("lists a received photo once, before and after the survey knows it", () => {
    expect(listed([], [photo({ id: "1" })]).map((one) => one.id)).toEqual(["1"]);
    expect(listed([photo({ id: "1", result: "accepted" })], [photo({ id: "1" })]).map((one) => one.result)).toEqual(["accepted"]);
  });

  it("takes a photo off the way as soon as the survey tells of it", () => {
    const way = { photo: kept("a"), sending: { kind: "sending" as const, fraction: 1 } };
    const facts = way.photo.facts;
    expect(onTheWay([way], [photo({ channel: facts.channel, sha256: facts.sha256 })])).toEqual([]);
    expect(onTheWay([way], [photo({ channel: facts.channel, sha256: "f".repeat(64) })])).toEqual([way]);
  });

  it("knows which refusals pass", () => {
    expect([0, 408, 429, 500, 503].map((status) => passing(problemOfStatus(status)))).toEqual([true, true, true, true, true]);
    expect([400, 401, 409, 413, 422].some((status) => passing(problemOfStatus(status)))).toBe(false);
  });
});

describe("shelf without a disk", () => {
  it("keeps photos in memory when the browser's database cannot be opened", async () => {
    const shelf = new FallbackShelf(() => Promise.reject(new Error("private browsing")));
    const one: Kept<Blob> = { ...kept("a"), bytes: new Blob(["x"]) };
    await shelf.put(one);
    expect((await shelf.list("s1")).map((each) => each.id)).toEqual(["a"]);
    await shelf.remove("a");
    expect(await shelf.list("s1")).toEqual([]);
  });

  it("keeps in memory what a full disk refuses", async () => {
    const full = new MemoryShelf<Blob>();
    full.put = () => Promise.reject(new Error("quota"));
    const shelf = new FallbackShelf(() => Promise.resolve(full));
    await shelf.put({ ...kept("a"), bytes: new Blob(["x"]) });
    expect((await shelf.list("s1")).map((one) => one.id)).toEqual(["a"]);
  });
});

describe("videos", () => {
  const film = (id: string, size: number): Kept<string | null> => ({ ...kept(id), size, bytes: `bytes of ${id}` });

  it("wait until the call no longer needs the line, and go on by themselves", async () => {
    let open: () => void = () => undefined;
    let busy = true;
    const calls: string[] = [];
    const made = new Uploads<string | null>({
      shelf: new MemoryShelf<string | null>(),
      send: async (one) => {
        calls.push(one.id);
        return photo({ id: one.id });
      },
      pause: () => Promise.resolve(),
      gate: () => (busy ? new Promise<void>((resolve) => (open = resolve)) : null),
    });
    await made.add(film("v", 5));
    expect(made.pending.value.map((one) => one.sending.kind)).toEqual(["held"]);
    busy = false;
    open();
    await made.settled();
    expect(calls).toEqual(["v"]);
    expect(made.pending.value).toEqual([]);
  });

  it("that a call interrupted go on after it, without a word of failure", async () => {
    const { shelf } = uploads(accept);
    let interrupted = false;
    const made = new Uploads<string>({
      shelf,
      send: async (one) => {
        if (!interrupted) {
          interrupted = true;
          throw new Interrupted();
        }
        return photo({ id: one.id });
      },
      pause: () => Promise.reject(new Error("nothing to wait for")),
    });
    await made.add(kept("v"));
    await made.settled();
    expect(made.received.value.map((one) => one.id)).toEqual(["v"]);
  });

  it("too large for the shelf are asked for again after a reload, and chosen once more they go", async () => {
    const disk = new MemoryShelf<string | null>();
    const never = new Uploads<string | null>({
      shelf: lightShelf(disk),
      send: () => new Promise(() => undefined),
      pause: () => Promise.resolve(),
    });
    await never.add(film("small", 5));
    await never.add(film("huge", 300 * 2 ** 20));
    const sent: string[] = [];
    const reloaded = new Uploads<string | null>({
      shelf: lightShelf(disk),
      send: async (one) => {
        sent.push(one.id);
        return photo({ id: one.id });
      },
      pause: () => Promise.resolve(),
    });
    await reloaded.resume("s1");
    await reloaded.settled();
    expect(sent).toEqual(["small"]);
    expect(reloaded.pending.value.map((one) => [one.photo.id, one.sending.kind])).toEqual([["huge", "absent"]]);
    expect(tally(reloaded.pending.value)).toEqual({ going: 0, failed: 1 });
    await reloaded.add(film("huge", 300 * 2 ** 20));
    await reloaded.settled();
    expect(sent).toEqual(["small", "huge"]);
    expect(await disk.list("s1")).toEqual([]);
  });

  it("told another offset or another writer are tried again", () => {
    expect(passing({ ...problemOfStatus(409), type: "urn:takan:upload_offset" })).toBe(true);
    expect(passing(problemOfStatus(423))).toBe(true);
    expect(passing({ ...problemOfStatus(409), type: "urn:takan:closed" })).toBe(false);
  });
});
