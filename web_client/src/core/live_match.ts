/** A photo beside the picture of the live video that shows the same place: what the verdict says of it, and where to draw. */
import type { PhotoView } from "./wire.gen";

/** Matching points: x, y in the photo and x, y in the video's picture, as shares of width and height. */
export type Pair = readonly [number, number, number, number];

export interface LiveMatchFacts {
  readonly inliers: number;
  readonly moment: number;
  readonly pairs: readonly Pair[];
}

/** The match that the verdict names, if it names one. */
export function liveMatch({ findings }: PhotoView): LiveMatchFacts | null {
  const found = findings.find((one) => one.id === "live_match" && one.result === "pass");
  const { inliers, moment_s: moment, points } = found?.evidence ?? {};
  if (typeof inliers !== "number" || typeof moment !== "number" || !Array.isArray(points)) return null;
  return { inliers, moment, pairs: points.filter(isPair) };
}

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 4 && value.every((one) => typeof one === "number" && one >= 0 && one <= 1);
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly photo: Box;
  readonly live: Box;
  readonly lines: readonly { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }[];
}

const SIDE = 480;
const GAP = 8;

/**
 * Both pictures in one drawing, side by side at one height, or stacked at one width. Aspects are width by height; a
 * line joins each pair's points.
 */
export function drawing(photoAspect: number, liveAspect: number, pairs: readonly Pair[], stacked: boolean): Drawing {
  const sized = (aspect: number, x: number, y: number): Box =>
    stacked ? { x, y, width: SIDE, height: SIDE / aspect } : { x, y, width: SIDE * aspect, height: SIDE };
  const photo = sized(photoAspect, 0, 0);
  const live = stacked ? sized(liveAspect, 0, photo.height + GAP) : sized(liveAspect, photo.width + GAP, 0);
  const lines = pairs.map(([a, b, c, d]) => ({
    x1: photo.x + a * photo.width,
    y1: photo.y + b * photo.height,
    x2: live.x + c * live.width,
    y2: live.y + d * live.height,
  }));
  return { width: live.x + live.width, height: live.y + live.height, photo, live, lines };
}
