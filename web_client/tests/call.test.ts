import { describe, expect, it } from "vitest";
import { createPageState } from "../src/core/state";
import type { FromPerson, Kind } from "../src/core/wire.gen";
import { Call } from "../src/device/call";

function call(has: (kind: Kind) => boolean) {
  const said: FromPerson[] = [];
  const track = {} as MediaStreamTrack;
  const made = new Call({ state: createPageState(), language: () => "zh", localTrack: (kind) => (has(kind) ? track : null) });
  made.send = (message) => void said.push(message);
  const mutes = (): [Kind, boolean][] => said.splice(0).flatMap((one) => (one.type === "mute" ? [[one.kind, one.muted]] : []));
  return { made, said, mutes };
}

describe("what a call says of the own sound and picture", () => {
  it("says on joining what is not there to be sent, and again when it comes", async () => {
    let camera = false;
    const { made, mutes } = call((kind) => kind === "video" && camera);
    made.join();
    expect(mutes()).toEqual([["audio", true], ["video", true]]);
    camera = true;
    await made.localTrackChanged("video");
    expect(mutes()).toEqual([["video", false]]);
    await made.localTrackChanged("video");
    expect(mutes()).toEqual([]);
    made.leave();
  });

  it("a camera that was taken is not said to be switched off", async () => {
    let camera = true;
    const { made, said, mutes } = call((kind) => kind === "audio" || camera);
    made.join();
    said.length = 0;
    made.interrupt("camera_taken", false);
    camera = false;
    await made.localTrackChanged("video");
    expect(said).toEqual([{ type: "interrupted", what: "camera_taken", over: false }]);
    camera = true;
    await made.localTrackChanged("video");
    made.interrupt("camera_taken", true);
    made.interrupt("camera_taken", true);
    expect(said.at(-1)).toEqual({ type: "interrupted", what: "camera_taken", over: true });
    expect(said).toHaveLength(2);
    expect(mutes()).toEqual([]);
    made.leave();
  });

  it("tells on joining what came between before, and nothing of it outside the call", () => {
    const { made, said } = call(() => true);
    made.interrupt("hidden", false);
    made.turn("user", "portrait");
    expect(said).toEqual([]);
    made.join();
    expect(said.filter((one) => one.type === "interrupted")).toEqual([{ type: "interrupted", what: "hidden", over: false }]);
    made.leave();
  });

  it("keeps silent about devices before the call", async () => {
    const { made, mutes } = call(() => false);
    await made.localTrackChanged("audio");
    expect(mutes()).toEqual([]);
  });
});
