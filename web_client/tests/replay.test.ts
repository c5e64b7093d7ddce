import { describe, expect, it } from "vitest";
import { after, blankAt, blanks, coverage, covered, coverageOf, epochAt, NOTHING_GIVEN, nextStep, percentText, sourceOf, stepBack, strokes, trimmed, wanted, type Given, type Step } from "../src/core/replay";
import { atRate, correction, jump, reading, run, stand, STEP_TOLERANCE_S, yielding, type ReplayClock } from "../src/core/replay_clock";
import type { Gap, Kind, ReplayEpoch, ReplayLane, ReplayPart, SealView } from "../src/core/wire.gen";
import { bundleFate } from "../src/core/replay_archive";
import { survey } from "./support";

const part = (object: string, start_s: number, end_s: number): ReplayPart => ({ object, sha256: "a".repeat(64), size: 10, start_s, end_s });

function epoch(number: number, cuts: readonly number[], kinds: Kind[] = ["audio", "video"]): ReplayEpoch {
  const parts = cuts.slice(1).map((end, i) => part(`${number}.${i}`, cuts[i] ?? 0, end));
  return { number, mime: `video/mp4; codecs="${kinds.join()}"`, kinds, width: 1280, height: 720, init: part(`${number}.init`, cuts[0] ?? 0, cuts[0] ?? 0), parts };
}

function lane(epochs: ReplayEpoch[], gaps: Gap[] = []): ReplayLane {
  return { participant: "p1", name: "王", role: "applicant", tracks: [], epochs, gaps };
}

const gap = (start_s: number, end_s: number, kind: Kind | null, cause = "lost"): Gap => ({ start_s, end_s, kind, cause });

/** Follows `nextStep` until it rests. */
function fed(of: ReplayLane, from: Given, t: number, ahead = 20): { steps: string[]; given: Given } {
  const steps: string[] = [];
  let given = from;
  for (let step: Step = nextStep(of, given, t, ahead); step.do !== "rest"; step = nextStep(of, given, t, ahead)) {
    steps.push(step.do === "append" ? step.part.object : `${step.do} ${step.epoch.number}`);
    given = after(given, step);
    if (steps.length > 50) throw new Error(`never rests: ${steps.join(" ")}`);
  }
  return { steps, given };
}

describe("a lane's media", () => {
  const of = lane([epoch(0, [1, 5, 9]), epoch(1, [9.1, 13]), epoch(2, [20, 24])]);

  it("is one stretch over seams, and broken by holes", () => {
    expect(covered(of)).toEqual([
      { start: 1, end: 13 },
      { start: 20, end: 24 },
    ]);
  });

  it("belongs to the epoch that holds the moment", () => {
    expect(epochAt(of, 8)?.number).toBe(0);
    expect(epochAt(of, 9.5)?.number).toBe(1);
    expect(epochAt(of, 15)).toBeNull();
  });

  it("lacks what no part covers: before and after it is absence, between it is unexplained unless told", () => {
    expect(blanks(of, 30).map(({ start, end, cause }) => [start, end, cause])).toEqual([
      [0, 1, "not_here"],
      [13, 20, "unexplained"],
      [24, 30, "not_here"],
    ]);
    const told = lane(of.epochs, [gap(13, 20, "video"), gap(13, 20, "audio")]);
    expect(blanks(told, 30).some((blank) => blank.cause === "unexplained")).toBe(false);
    const partly = lane(of.epochs, [gap(13, 16, "video")]);
    expect(blanks(partly, 30)).toContainEqual({ start: 16, end: 20, cause: "unexplained", kind: null });
  });

  it("shows why there is no picture; lost sound alone leaves the picture", () => {
    const told = lane(of.epochs, [gap(13, 20, "video"), gap(3, 4, "audio", "loss"), gap(6, 7, "video", "mute")]);
    expect(blankAt(told, 14, 30)?.cause).toBe("lost");
    expect(blankAt(told, 3.5, 30)).toBeNull();
    expect(blankAt(told, 6.5, 30)?.cause).toBe("mute");
    expect(blankAt(told, 29, 30)?.cause).toBe("not_here");
    expect(blankAt(lane([epoch(0, [0, 9], ["audio"])]), 2, 9)?.cause).toBe("sound_only");
  });

  it("a person who left for good is absent; one who came back left a gap", () => {
    const gone = lane([epoch(0, [0, 10])], [gap(10, 30, "video", "left"), gap(10, 30, "audio", "left")]);
    expect(blanks(gone, 30).every((blank) => blank.cause === "not_here")).toBe(true);
    const back = lane([epoch(0, [0, 10]), epoch(1, [20, 30])], [gap(10, 20, "video", "left")]);
    expect(blankAt(back, 15, 30)?.cause).toBe("left");
    const cut = lane([epoch(0, [0, 10])], [gap(10, 30, "video", "lost")]);
    expect(blankAt(cut, 15, 30)?.cause).toBe("lost");
  });

  it("is drawn with gaps on top, in percent", () => {
    const drawn = strokes(lane([epoch(0, [0, 10]), epoch(1, [15, 20])], [gap(10, 15, "video")]), 20);
    expect(drawn.filter((stroke) => stroke.as === "gap")).toEqual([expect.objectContaining({ left: 50, width: 25, cause: "lost", kind: "video" })]);
    expect(drawn.filter((stroke) => stroke.as === "media").map(({ left, width }) => [left, width])).toEqual([
      [0, 50],
      [75, 25],
    ]);
  });

  it("tells the percentage of each kind, and never 100 of less", () => {
    const track = (kind: Kind, percent: number) => ({ kind, codec: "x", seconds: 9, gaps: [], coverage: percent });
    expect(coverageOf({ ...of, tracks: [track("video", 99.97), track("audio", 100)] })).toEqual({ audio: 100, video: 99.97 });
    expect(coverageOf(of)).toEqual({ audio: null, video: null });
    expect([99.97, 100, 87.25].map(percentText)).toEqual(["99.9", "100", "87.2"]);
  });

  it("counts a gap of sound and picture once", () => {
    const told = lane([epoch(0, [0, 10]), epoch(1, [15, 20])], [gap(10, 15, "video"), gap(9.9, 15, "audio")]);
    const { recorded, lost, gaps } = coverage(told, 20);
    expect([recorded, gaps]).toEqual([15, 1]);
    expect(lost).toBeCloseTo(5.1);
  });
});

describe("feeding a source buffer", () => {
  const of = lane([epoch(0, [0, 4, 8, 12]), epoch(1, [12, 16, 20]), epoch(2, [40, 44])]);

  it("opens, gives the init segment, then the parts round the play head in order", () => {
    expect(fed(of, NOTHING_GIVEN, 5, 4).steps).toEqual(["open 0", "init 0", "0.1", "0.2"]);
  });

  it("goes on into the next epoch under its own init segment, and asks for nothing twice", () => {
    const first = fed(of, NOTHING_GIVEN, 5, 4);
    expect(fed(of, first.given, 9, 6).steps).toEqual(["init 1", "1.0"]);
    expect(fed(of, fed(of, first.given, 9, 6).given, 9, 6).steps).toEqual([]);
  });

  it("a jump back needs the earlier epoch's init again, not its parts that are there", () => {
    const ahead = fed(of, NOTHING_GIVEN, 9, 6).given;
    expect(fed(of, ahead, 1, 2).steps).toEqual(["init 0", "0.0"]);
    expect(fed(of, ahead, 9, 2).steps).toEqual([]);
  });

  it("in a gap it fetches what comes after it, and rests past the end", () => {
    expect(fed(of, NOTHING_GIVEN, 30, 20).steps).toEqual(["open 2", "init 2", "2.0"]);
    expect(fed(of, NOTHING_GIVEN, 30, 5).steps).toEqual([]);
    expect(fed(of, NOTHING_GIVEN, 50).steps).toEqual([]);
  });

  it("other kinds of tracks need a new source, and only when the play head is there", () => {
    const mixed = lane([epoch(0, [0, 4], ["audio"]), epoch(1, [4, 8])]);
    const first = fed(mixed, NOTHING_GIVEN, 1);
    expect(first.steps).toEqual(["open 0", "init 0", "0.0"]);
    expect(fed(mixed, first.given, 4.1).steps).toEqual(["open 1", "init 1", "1.0"]);
  });

  it.each<[string, string, string, boolean]>([
    ["another size or profile", 'video/mp4; codecs="avc1.42e01f,opus"', 'video/mp4; codecs="opus, avc1.42C028"', true],
    ["WebM after MP4", 'video/mp4; codecs="avc1.42e01f,opus"', 'video/webm; codecs="vp8,opus"', false],
    ["another codec in the same container", 'video/webm; codecs="vp8,opus"', 'video/webm; codecs="vp9,opus"', false],
  ])("%s: the same source buffer goes on, or a new one is opened", (_, first, second, same) => {
    const turned = lane([{ ...epoch(0, [0, 4]), mime: first }, { ...epoch(1, [4, 8]), mime: second }]);
    expect(turned.epochs.map(sourceOf)[0] === turned.epochs.map(sourceOf)[1]).toBe(same);
    const { steps, given } = fed(turned, NOTHING_GIVEN, 1);
    expect(steps).toEqual(same ? ["open 0", "init 0", "0.0", "init 1", "1.0"] : ["open 0", "init 0", "0.0"]);
    expect(fed(turned, given, 4.1).steps).toEqual(same ? [] : ["open 1", "init 1", "1.0"]);
    expect(fed(turned, fed(turned, given, 4.1).given, 1, 2).steps).toEqual(same ? [] : ["open 0", "init 0", "0.0"]);
  });

  it("where epochs overlap the later one is played, without going back into the earlier", () => {
    const muted = lane([epoch(0, [0, 4, 8.1]), epoch(1, [8, 12], ["audio"]), epoch(2, [12, 16])]);
    const before = fed(muted, NOTHING_GIVEN, 6, 1).given;
    expect(fed(muted, before, 8.05, 1).steps).toEqual(["open 1", "init 1", "1.0"]);
    expect(wanted(muted, 8.05, 9).map((cell) => cell.part.object)).toEqual(["1.0", "2.0"]);
  });

  it("steps back part by part to a keyframe, never into another epoch", () => {
    const { given } = fed(of, NOTHING_GIVEN, 9, 0.1);
    const back = stepBack(of, given, 9);
    if (!back) throw new Error("there is a part before");
    expect(fed(of, back, 9, 0.1).steps).toEqual(["0.1", "0.2"]);
    const again = stepBack(of, back, 9);
    if (!again) throw new Error("there is one more");
    expect(wanted(of, 9, 0.1, again.lead).map((cell) => cell.part.object)).toEqual(["0.0", "0.1", "0.2"]);
    expect(stepBack(of, again, 9)).toBeNull();
    expect(stepBack(of, fed(of, NOTHING_GIVEN, 13, 0.1).given, 13)).toBeNull();
  });

  it("forgets what was cut off the buffer, whole parts only", () => {
    const { given } = fed(of, NOTHING_GIVEN, 1, 30);
    expect([...trimmed(of, given, 5, 17).objects]).toEqual(["0.2", "1.0"]);
  });
});

describe("the replay's clock", () => {
  const standing: ReplayClock = { position: 10, rate: 1, since: null };

  it("runs at its rate, stands, jumps, and never leaves the line", () => {
    expect(reading(run(standing, 1000), 3000, 60)).toBe(12);
    expect(reading(run(standing, 1070), 1000, 60)).toBe(10);
    const fast = atRate(run(standing, 0), 4, 1000, 60);
    expect(reading(fast, 2000, 60)).toBe(15);
    expect(stand(fast, 2000, 60)).toEqual({ position: 15, rate: 4, since: null });
    expect(reading(fast, 1e9, 60)).toBe(60);
    expect(jump(fast, -5, 2000, 60)).toEqual({ position: 0, rate: 4, since: 2000 });
  });

  it.each([0.5, 1, 2, 4])("brings a lane that is off back in step within 2.5 s at %d×", (rate) => {
    for (const start of [STEP_TOLERANCE_S, -STEP_TOLERANCE_S, 0.3, -0.3]) {
      let drift = start;
      for (let ms = 0; ms < 2500; ms += 60) {
        const fix = correction(drift, rate);
        expect(fix.jump).toBe(false);
        drift += (fix.rate - rate) * 0.06;
      }
      expect(Math.abs(drift)).toBeLessThan(STEP_TOLERANCE_S / 2);
    }
  });

  it("a lane far ahead or hopelessly behind jumps; one that lags is waited for", () => {
    expect(correction(0.5, 1).jump).toBe(true);
    expect(correction(-2.5, 1).jump).toBe(true);
    expect(correction(-0.5, 1).jump).toBe(false);
    const running = run(standing, 0);
    expect(reading(yielding(running, [0.01, -0.5], 1000, 60), 1000, 60)).toBeCloseTo(10.5);
    expect(yielding(running, [-0.1, 0.3], 1000, 60)).toBe(running);
    expect(yielding(standing, [-3], 1000, 60)).toBe(standing);
  });
});

describe("whether the bundle is to be had", () => {
  const seal = (kept: boolean): SealView => ({ number: 1, kind: "recording", sha256: "a", key: "k", version_id: null, sealed_at: "2026-11-22T02:00:00Z", kept });
  it("only once the newest seal is kept", () => {
    expect(bundleFate(survey())).toBe("open");
    expect(bundleFate(survey({ state: "ended" }))).toBe("pending");
    expect(bundleFate(survey({ state: "ended", seals: [seal(false)] }))).toBe("pending");
    expect(bundleFate(survey({ state: "ended", seals: [seal(true)] }))).toBe("ready");
    expect(bundleFate(survey({ state: "concluded", seals: [seal(true), seal(false)] }))).toBe("pending");
    expect(bundleFate(survey({ state: "on_site" }))).toBe("none");
  });
});
