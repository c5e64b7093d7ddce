import { describe, expect, it } from "vitest";
import { backOffMs, welcomeWithinMs } from "../src/core/patience";
import { recordingGoesOn } from "../src/core/reconnecting";
import { mediaDue, metIn, standings } from "../src/core/standing";
import { poseFrom, samePose, shapeOf, turned, type Seen } from "../src/core/turning";
import { person } from "./support";

describe("how a person stands in the call", () => {
  const met = new Set(["p1"]);
  const NONE = new Set<string>();

  it("is nothing to say while all is well, or while they are away", () => {
    expect(standings(person(), met, NONE)).toEqual([]);
    expect(standings(person({ present: false, connected: false, interruptions: ["hidden"] }), met, NONE)).toEqual([]);
  });

  it("tells coming in from coming back, and the rest in a fixed order", () => {
    expect(standings(person({ connected: false }), new Set(), NONE)).toEqual(["connecting"]);
    expect(standings(person({ connected: false, interruptions: ["microphone_taken", "camera_taken", "hidden"] }), met, NONE)).toEqual(["reconnecting", "hidden", "camera_taken", "microphone_taken"]);
  });

  it("says when a picture rests for want of network, while its owner sends one", () => {
    expect(standings(person(), met, met)).toEqual(["resting"]);
    expect(standings(person({ video: false }), met, met)).toEqual([]);
    expect(standings(person({ id: "p2" }), met, met)).toEqual([]);
  });

  it("remembers who was connected", () => {
    expect([...metIn(met, [person({ id: "p2" }), person({ id: "p3", connected: false })])]).toEqual(["p1", "p2"]);
    expect(metIn(met, [person()])).toBe(met);
  });

  it("media are due from others who send and are not interrupted", () => {
    expect(mediaDue([person()], "p1")).toBe(false);
    expect(mediaDue([person(), person({ id: "p2", video: false })], "p1")).toBe(true);
    for (const over of [{ present: false }, { connected: false }, { audio: false, video: false }, { interruptions: ["hidden" as const] }]) {
      expect(mediaDue([person(), person({ id: "p2", ...over })], "p1")).toBe(false);
    }
  });
});

describe("how the picture stands", () => {
  const upright: Seen = { facing: "environment", screen: "portrait", picture: "portrait" };
  const pose = poseFrom(upright);

  it("knows shapes", () => {
    expect([shapeOf(720, 1280), shapeOf(1280, 720), shapeOf(500, 500), shapeOf(undefined, 720)]).toEqual(["portrait", "landscape", null, null]);
  });

  it("turns with the screen, or with the pixels where only they tell", () => {
    expect(turned(pose, { ...upright, screen: "landscape" }).orientation).toBe("landscape");
    expect(turned(pose, { ...upright, picture: "landscape" }).orientation).toBe("landscape");
    expect(turned(pose, upright).orientation).toBe("portrait");
    const silent: Seen = { facing: "user", screen: null, picture: null };
    expect(turned(poseFrom(silent), { ...silent, picture: "portrait" }).orientation).toBe("landscape");
  });

  it("the screen turned and the pixels following later are one change", () => {
    const first = turned(pose, { ...upright, screen: "landscape" });
    const second = turned(first, { ...upright, screen: "landscape", picture: "landscape" });
    expect(samePose(pose, first)).toBe(false);
    expect(samePose(first, second)).toBe(true);
  });

  it("another camera is a change of side alone, whatever its shape", () => {
    const other = turned(pose, { facing: "user", screen: "portrait", picture: "landscape" });
    expect([other.facing, other.orientation]).toEqual(["user", "portrait"]);
  });
});

describe("the line's patience", () => {
  it("tries almost at once, then ever more rarely, and never waits longer than 3 s", () => {
    expect(backOffMs(1, 0.999)).toBeLessThanOrEqual(200);
    for (let attempt = 1; attempt < 30; attempt += 1) {
      expect(backOffMs(attempt, 0.999)).toBeLessThanOrEqual(3_000);
      expect(backOffMs(attempt + 1, 0)).toBeGreaterThanOrEqual(backOffMs(attempt, 0));
    }
  });

  it("gives a slow network more time at every try", () => {
    const waits = [1, 2, 3, 4, 5].map(welcomeWithinMs);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(welcomeWithinMs(1)).toBeLessThan(3_000);
  });
});

it("says that the recording goes on only when media outlived the line", () => {
  expect(recordingGoesOn(1_000, 1_500, true)).toBe(false);
  expect(recordingGoesOn(1_000, 4_000, true)).toBe(true);
  expect(recordingGoesOn(1_000, 9_000, false)).toBe(false);
});
