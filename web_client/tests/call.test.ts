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
  return { made, mutes };
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

  it("keeps silent about devices before the call", async () => {
    const { made, mutes } = call(() => false);
    await made.localTrackChanged("audio");
    expect(mutes()).toEqual([]);
  });
});
