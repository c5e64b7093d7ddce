import { cleanup, fireEvent, screen } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { drawing, liveMatch } from "../src/core/live_match";
import type { Finding } from "../src/core/wire.gen";
import { Photos } from "../src/screens/desk/Photos";
import { language } from "../src/text";
import { desk } from "../src/text/desk";
import { app, photo, show, survey } from "./support";

const reason = { zh: "同一地点", en: "the same place" };
const points = [
  [0.5, 0.25, 0.1, 0.9],
  [0, 1, 1, 0],
];
const match = (over: Partial<Finding> = {}): Finding => ({ id: "live_match", result: "pass", reason, version: 1, evidence: { inliers: 112, moment_s: 205.4, points }, ...over });

describe("what the verdict says of the live video", () => {
  it("is told only where a picture matched, and whatever the evidence holds", () => {
    expect(liveMatch(photo({ findings: [match()] }))).toEqual({ inliers: 112, moment: 205.4, pairs: points });
    expect(liveMatch(photo())).toBeNull();
    expect(liveMatch(photo({ findings: [match({ result: "flag", evidence: { inliers: 8 } })] }))).toBeNull();
    expect(liveMatch(photo({ findings: [match({ evidence: { inliers: "many" } })] }))).toBeNull();
    const odd = liveMatch(photo({ findings: [match({ evidence: { inliers: 30, moment_s: 1, points: [points[0], [1, 2], "x", [0, 0, 0, 7]] } })] }));
    expect(odd?.pairs).toEqual([points[0]]);
  });

  it("is drawn side by side at one height, or stacked at one width, its lines from point to point", () => {
    const pairs = liveMatch(photo({ findings: [match()] }))?.pairs ?? [];
    const beside = drawing(2, 1, pairs, false);
    expect([beside.photo.height, beside.live.height, beside.live.x]).toEqual([480, 480, 968]);
    expect([beside.width, beside.height]).toEqual([1448, 480]);
    expect(beside.lines).toEqual([
      { x1: 480, y1: 120, x2: 968 + 48, y2: 432 },
      { x1: 0, y1: 480, x2: 968 + 480, y2: 0 },
    ]);
    const stacked = drawing(2, 1, pairs, true);
    expect([stacked.photo.width, stacked.live.width, stacked.live.y]).toEqual([480, 480, 248]);
    expect([stacked.width, stacked.height]).toEqual([480, 728]);
    expect(stacked.lines[1]).toEqual({ x1: 0, y1: 240, x2: 480, y2: 248 });
  });
});

describe.each(["zh", "en"] as const)("the photo beside the live video in %s", (chosen) => {
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
    language.value = "zh";
  });

  it("is shown with its lines, large at a press, and leads to its moment", async () => {
    language.value = chosen;
    const bytes = () => Promise.resolve(new Blob(["x"], { type: "image/jpeg" }));
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
    class Loaded extends EventTarget {
      naturalWidth = 640;
      naturalHeight = 480;
      set src(_: string) {
        queueMicrotask(() => this.dispatchEvent(new Event("load")));
      }
    }
    vi.stubGlobal("Image", Loaded);
    const jump = vi.fn();
    const photos = [photo({ result: "accepted", findings: [match()] })];
    show(app(), <Photos survey={survey({ photos })} bytes={{ preview: bytes, original: bytes, livePicture: bytes, frame: bytes, videoLink: () => Promise.reject(new Error("none")) }} onJump={jump} />);
    const small = await screen.findByTestId("live-match");
    expect(small.querySelectorAll("line").length).toBe(2);
    expect(small.getAttribute("aria-label")).toBe(desk.liveOpen("still.jpg", "03:25")[chosen]);
    fireEvent.click(small);
    expect(screen.getByText(desk.liveSame(112)[chosen])).toBeTruthy();
    fireEvent.click(screen.getByText(desk.liveJump[chosen]));
    expect(jump).toHaveBeenCalledWith(205.4);
  });
});
