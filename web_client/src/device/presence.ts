/**
 * What becomes of page and devices by itself: hidden and back, taken by a phone call and given back, turned, taken over
 * by another page. Wires the call to them for the life of the page.
 */
import { effect, untracked } from "@preact/signals";
import type { Interruption } from "../core/standing";
import type { PageState } from "../core/state";
import { poseFrom, samePose, shapeOf, turned, type Orientation, type Pose, type Seen } from "../core/turning";
import type { Kind } from "../core/wire.gen";
import type { Call } from "./call";
import type { Camera } from "./camera";

/** Where browsers tell nothing of a turned device, the shape of the track's pictures is looked at this often. */
const LOOK_EVERY_MS = 1_000;

/** A page that is shown again has its camera back within this time, if nothing else holds it. */
const SETTLE_MS = 1_500;

const TAKEN: Readonly<Record<Kind, Interruption>> = { audio: "microphone_taken", video: "camera_taken" };

/** Gives back the way to stop. */
export function watchPresence(call: Call, camera: Camera, state: PageState): () => void {
  camera.onTrack = (kind) => void call.localTrackChanged(kind);
  const stops = [watchPage(call, camera), watchTurns(call, camera), stopWhenReplaced(camera, state)];
  return () => {
    for (const stop of stops) stop();
  };
}

function watchPage(call: Call, camera: Camera): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  let settling: ReturnType<typeof setTimeout> | undefined;
  const tellTaken = (kind: Kind): void => {
    const taken = camera.taken.value[kind];
    // Phones take the camera from a hidden page: `hidden` says that. Only what stays away afterwards is taken.
    const byHiding = kind === "video" && (isHidden() || settling !== undefined);
    if (!taken || !byHiding) call.interrupt(TAKEN[kind], !taken);
  };
  const away = (): void => call.interrupt("hidden", false);
  const back = (): void => {
    call.interrupt("hidden", true);
    clearTimeout(settling);
    settling = setTimeout(() => {
      settling = undefined;
      tellTaken("video");
    }, SETTLE_MS);
    void camera.recover();
  };
  const look = (): void => (isHidden() ? away() : back());
  camera.onTaken = tellTaken;
  document.addEventListener("visibilitychange", look, { signal });
  document.addEventListener("freeze", away, { signal });
  document.addEventListener("resume", look, { signal });
  globalThis.addEventListener("pagehide", away, { signal });
  globalThis.addEventListener("pageshow", look, { signal });
  look();
  return () => {
    ends.abort();
    clearTimeout(settling);
  };
}

function isHidden(): boolean {
  return document.visibilityState === "hidden";
}

function watchTurns(call: Call, camera: Camera): () => void {
  let pose: Pose | null = null;
  const look = (): void => {
    const track = camera.track("video");
    if (track === null) return;
    const now = seen(camera, track);
    const next = pose === null ? poseFrom(now) : turned(pose, now);
    if (pose !== null && !samePose(pose, next)) call.turn(next.facing, next.orientation);
    pose = next;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  const screens = orientations();
  screens?.addEventListener("change", look);
  const forget = effect(() => {
    void camera.stream.value;
    untracked(look);
  });
  return () => {
    clearInterval(timer);
    screens?.removeEventListener("change", look);
    forget();
  };
}

function seen(camera: Camera, track: MediaStreamTrack): Seen {
  const { width, height } = track.getSettings();
  const type = orientations()?.type;
  const screen: Orientation | null = type === undefined ? null : type.startsWith("portrait") ? "portrait" : "landscape";
  return { facing: camera.facing.value, screen, picture: shapeOf(width, height) };
}

/** Absent in Safari before 16.4. */
function orientations(): ScreenOrientation | undefined {
  return (globalThis.screen as Screen | undefined)?.orientation as ScreenOrientation | undefined;
}

/** One device, one page: the one that was left lets go of camera and microphone. */
function stopWhenReplaced(camera: Camera, state: PageState): () => void {
  return effect(() => {
    if (state.connection.value.kind === "refused") untracked(() => camera.close());
  });
}
