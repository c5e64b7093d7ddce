import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPageState } from "../src/core/state";
import type { FromPerson, Kind } from "../src/core/wire.gen";
import { Call } from "../src/device/call";
import { Camera } from "../src/device/camera";
import { watchPresence } from "../src/device/presence";

/** What a device gives: it can be muted and ended from outside, as a phone call does. */
class Track extends EventTarget {
  readonly id = String(Math.random());
  readyState = "live";
  muted = false;
  enabled = true;

  constructor(readonly kind: Kind) {
    super();
  }

  stop(): void {
    this.readyState = "ended";
  }

  getSettings(): MediaTrackSettings {
    return { width: 1280, height: 720 };
  }

  becomes(what: "mute" | "unmute" | "ended"): void {
    if (what === "ended") this.readyState = "ended";
    else this.muted = what === "mute";
    this.dispatchEvent(new Event(what));
  }
}

class Stream {
  readonly #tracks: Track[];

  constructor(tracks: readonly Track[]) {
    this.#tracks = [...tracks];
  }

  getTracks(): Track[] {
    return this.#tracks;
  }

  getTrackById(id: string): Track | null {
    return this.#tracks.find((one) => one.id === id) ?? null;
  }
}

/** The device's camera and microphone; `busy` while something else holds them. */
class Devices extends EventTarget {
  busy = false;
  given: Track[] = [];

  getUserMedia = async (wish: MediaStreamConstraints): Promise<Stream> => {
    if (this.busy) throw new DOMException("in use", "NotReadableError");
    const kinds: Kind[] = [...(wish.audio ? (["audio"] as const) : []), ...(wish.video ? (["video"] as const) : [])];
    const tracks = kinds.map((kind) => new Track(kind));
    this.given.push(...tracks);
    return new Stream(tracks);
  };

  last(kind: Kind): Track {
    const track = this.given.findLast((one) => one.kind === kind);
    if (!track) throw new Error(`no ${kind} was given`);
    return track;
  }
}

let visibility: DocumentVisibilityState = "visible";
function show(state: DocumentVisibilityState): void {
  visibility = state;
  document.dispatchEvent(new Event("visibilitychange"));
}

let devices: Devices;
let said: FromPerson[];
let stop: () => void;
const state = createPageState();
let camera: Camera;
let call: Call;

/** What the others were told, each as `what` or `what over`. */
function told(): string[] {
  return said.splice(0).flatMap((one) => (one.type === "interrupted" ? [one.over ? `${one.what} over` : one.what] : []));
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", Stream);
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
  visibility = "visible";
  devices = new Devices();
  Object.defineProperty(navigator, "mediaDevices", { value: devices, configurable: true });
  state.connection.value = { kind: "open" };
  camera = new Camera("environment");
  call = new Call({ state, language: () => "zh", localTrack: (kind) => camera.track(kind) });
  said = [];
  call.send = (message) => void said.push(message);
  stop = watchPresence(call, camera, state);
  await camera.open();
  call.join();
  await vi.advanceTimersByTimeAsync(2_000);
  said.length = 0;
});

afterEach(() => {
  call.leave();
  camera.close();
  stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
  Reflect.deleteProperty(navigator, "mediaDevices");
  vi.unstubAllGlobals();
});

describe("a device that lives its own life", () => {
  it("a hidden page is said to be hidden, and to be back", () => {
    show("hidden");
    show("visible");
    expect(told()).toEqual(["hidden", "hidden over"]);
  });

  it("camera and microphone granted after the page was left are let go of", async () => {
    const before = devices.given.length;
    const opening = camera.open();
    camera.close();
    await opening;
    expect(devices.given.slice(before).map((one) => one.readyState)).toEqual(["ended", "ended"]);
    expect(camera.stream.value).toBeNull();
  });

  it("a phone takes the camera from a hidden page: that is not said twice, unless it stays away", async () => {
    show("hidden");
    devices.last("video").becomes("mute");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(told()).toEqual(["hidden"]);
    devices.busy = true;
    show("visible");
    await vi.advanceTimersByTimeAsync(1_600);
    expect(told()).toEqual(["hidden over", "camera_taken"]);
    devices.busy = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(told()).toEqual(["camera_taken over"]);
  });

  it("a call takes the microphone and gives it back", async () => {
    devices.last("audio").becomes("mute");
    await vi.advanceTimersByTimeAsync(500);
    devices.last("audio").becomes("unmute");
    expect(told()).toEqual(["microphone_taken", "microphone_taken over"]);
    expect(devices.given).toHaveLength(2);
  });

  it("a hiccup is nobody's business", async () => {
    devices.last("video").becomes("mute");
    await vi.advanceTimersByTimeAsync(200);
    devices.last("video").becomes("unmute");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told()).toEqual([]);
  });

  it("a track that ended is asked for until it is had again, and nobody is said to have switched it off", async () => {
    devices.busy = true;
    devices.last("video").becomes("ended");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(camera.track("video")).toBeNull();
    expect(said.filter((one) => one.type === "mute")).toEqual([]);
    expect(told()).toEqual(["camera_taken"]);
    devices.busy = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(camera.track("video")).not.toBeNull();
    expect(told()).toEqual(["camera_taken over"]);
  });

  it("asks at once when devices change", async () => {
    devices.busy = true;
    devices.last("audio").becomes("ended");
    await vi.advanceTimersByTimeAsync(10_000);
    devices.busy = false;
    devices.dispatchEvent(new Event("devicechange"));
    await vi.advanceTimersByTimeAsync(1);
    expect(told()).toEqual(["microphone_taken", "microphone_taken over"]);
  });

  it("turned to the other camera, says which side and how it is held", async () => {
    await camera.flip();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said.filter((one) => one.type === "device_turned")).toEqual([{ type: "device_turned", facing: "user", orientation: expect.stringMatching(/portrait|landscape/) }]);
  });

  it("lets go of camera and microphone for another page, and opens them again when chosen", async () => {
    state.connection.value = { kind: "refused", code: "replaced", text: { zh: "断", en: "gone" } };
    expect(devices.given.map((one) => one.readyState)).toEqual(["ended", "ended"]);
    show("hidden");
    show("visible");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(devices.given).toHaveLength(2);
    await camera.open();
    expect(camera.track("video")).not.toBeNull();
  });
});
