import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FromPerson, ToPerson } from "../src/core/wire.gen";
import { Socket } from "../src/device/socket";
import { survey } from "./support";

/** The far end of every WebSocket the page opens. */
class Far extends EventTarget {
  static readonly OPEN = 1;
  static all: Far[] = [];
  readyState = 0;
  readonly heard: FromPerson[] = [];

  constructor(readonly url: string) {
    super();
    Far.all.push(this);
  }

  static get last(): Far {
    const far = Far.all.at(-1);
    if (!far) throw new Error("nothing was opened");
    return far;
  }

  send(text: string): void {
    this.heard.push(JSON.parse(text) as FromPerson);
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
    this.say({ type: "welcome", you: "p1", role: "applicant", now: "", clock_offset_ms: 0, notice: "v1", survey: survey() });
  }

  say(message: ToPerson): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  drop(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }

  types(): string[] {
    return this.heard.map((one) => one.type);
  }
}

const down: number[] = [];
let socket: Socket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Far);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  Far.all = [];
  down.length = 0;
  socket = new Socket({
    url: "ws://takan.test/ws",
    hello: () => ({ type: "hello", session: "s", clock: "2026-11-22T02:00:00Z" }),
    onMessage: () => undefined,
    onDown: (attempt) => down.push(attempt),
  });
  socket.open();
});

afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the line to the server", () => {
  it("says hello first, and nothing else before it is welcome", () => {
    socket.send({ type: "consent", notice: "v1" });
    socket.send({ type: "mute", kind: "audio", muted: true });
    Far.last.accept();
    expect(Far.last.types()).toEqual(["hello", "consent"]);
  });

  it("repeats on the next line what was not proved to have arrived", () => {
    Far.last.accept();
    socket.send({ type: "consent", notice: "v1" });
    Far.last.drop();
    vi.advanceTimersByTime(400);
    Far.last.accept();
    expect(Far.last.types()).toEqual(["hello", "consent"]);
    vi.advanceTimersByTime(4_000);
    const ping = Far.last.heard.at(-1);
    if (ping?.type === "ping") Far.last.say({ type: "pong", n: ping.n });
    Far.last.drop();
    vi.advanceTimersByTime(400);
    Far.last.accept();
    expect(Far.last.types()).toEqual(["hello"]);
  });

  it("comes back ever more slowly, and quickly again once it was open for a while", () => {
    for (const wait of [150, 400, 800, 1_500, 2_500, 2_500]) {
      const before = Far.all.length;
      Far.last.drop();
      vi.advanceTimersByTime(wait - 1);
      expect(Far.all).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(Far.all).toHaveLength(before + 1);
    }
    expect(down).toEqual([1, 2, 3, 4, 5, 6]);
    Far.last.accept();
    Far.last.drop();
    expect(down.at(-1)).toBe(7);
    vi.advanceTimersByTime(2_500);
    Far.last.accept();
    vi.advanceTimersByTime(3_100);
    Far.last.drop();
    expect(down.at(-1)).toBe(1);
  });

  it("gives up a line that went silent for 5 s, and keeps one on which anything comes", () => {
    Far.last.accept();
    for (let second = 0; second < 20; second += 1) {
      vi.advanceTimersByTime(1_000);
      Far.last.say({ type: "recording", bytes: 1, archived_bytes: 0, archiving_pending: false, seconds: second, participants: [] });
    }
    expect(down).toEqual([]);
    vi.advanceTimersByTime(4_900);
    expect(down).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(down).toEqual([1]);
    vi.advanceTimersByTime(200);
    expect(Far.all).toHaveLength(2);
  });

  it("asks for a sign of life every 2 s", () => {
    Far.last.accept();
    vi.advanceTimersByTime(4_600);
    expect(Far.last.types().filter((one) => one === "ping")).toHaveLength(2);
  });

  it("a page that stood still first asks, before it takes the silence for a loss", () => {
    Far.last.accept();
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(600);
    expect(down).toEqual([]);
    expect(Far.last.types().at(-1)).toBe("ping");
    vi.advanceTimersByTime(2_600);
    expect(down).toEqual([1]);
  });

  it("tries again when a try hangs, at once when the network is said to be back", () => {
    Far.last.accept();
    Far.last.drop();
    vi.advanceTimersByTime(200);
    expect(Far.all).toHaveLength(2);
    vi.advanceTimersByTime(3_500);
    expect(Far.all).toHaveLength(3);
    vi.advanceTimersByTime(1_100);
    globalThis.dispatchEvent(new Event("online"));
    expect(Far.all).toHaveLength(4);
    Far.last.accept();
    vi.advanceTimersByTime(1_000);
    expect(Far.all).toHaveLength(4);
  });

  it("proves itself when it is told to", () => {
    Far.last.accept();
    vi.advanceTimersByTime(1_000);
    socket.prove();
    socket.prove();
    expect(Far.last.types().filter((one) => one === "ping")).toHaveLength(1);
    vi.advanceTimersByTime(2_600);
    expect(down).toEqual([1]);
  });

  it("gives up a dead line soon after the network changed, and keeps a living one", () => {
    Far.last.accept();
    vi.advanceTimersByTime(1_000);
    globalThis.dispatchEvent(new Event("online"));
    Far.last.say({ type: "pong", n: 1 });
    vi.advanceTimersByTime(2_600);
    expect(down).toEqual([]);
    globalThis.dispatchEvent(new Event("online"));
    vi.advanceTimersByTime(2_600);
    expect(down).toEqual([1]);
  });

  it("does not come back after a fatal fault", () => {
    Far.last.accept();
    Far.last.say({ type: "fault", code: "replaced", text: { zh: "断", en: "Gone" }, fatal: true });
    Far.last.drop();
    vi.advanceTimersByTime(60_000);
    expect(Far.all).toHaveLength(1);
  });
});
