/** How the picture stands, from what screen and camera tell: each change is told once. */

export type Orientation = "portrait" | "landscape";
export type Facing = "environment" | "user";
/** What is to be seen now; null where the browser does not tell. */
export type Seen = { readonly facing: Facing; readonly screen: Orientation | null; readonly picture: Orientation | null };
export type Pose = { readonly seen: Seen; readonly facing: Facing; readonly orientation: Orientation };

/** Longer than wide, wider than long; null for no size, and a square is neither. */
export function shapeOf(width: number | undefined, height: number | undefined): Orientation | null {
  if (!width || !height || width === height) return null;
  return height > width ? "portrait" : "landscape";
}

export function poseFrom(seen: Seen): Pose {
  return { seen, facing: seen.facing, orientation: seen.screen ?? seen.picture ?? "landscape" };
}

/**
 * The pose after a look. Some browsers turn the pixels with the screen and say so only there, others only in the
 * track's settings: whichever of the two changed has the word; the camera's side by itself leaves the rest as it is.
 */
export function turned(pose: Pose, seen: Seen): Pose {
  const screen = seen.screen !== pose.seen.screen ? seen.screen : null;
  // Another camera may have another shape without anything having been turned.
  const picture = seen.facing === pose.seen.facing && pose.seen.picture !== null && seen.picture !== pose.seen.picture ? seen.picture : null;
  return { seen, facing: seen.facing, orientation: screen ?? picture ?? pose.orientation };
}

export function samePose(one: Pose, other: Pose): boolean {
  return one.facing === other.facing && one.orientation === other.orientation;
}
