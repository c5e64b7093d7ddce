/** The device's camera and microphone. One picture source at a time: a second one stops the first on iOS. */
import { signal, type Signal } from "@preact/signals";
import type { Kind } from "../core/wire.gen";

export type Access = "ok" | "denied" | "missing";
export type Facing = "environment" | "user";

/** A still as it was taken, before anything else happened to it. */
export type Still = { bytes: Blob; takenAt: Date };

/** What is asked of the camera: the premises in full, the people at the desks as a small tile. */
const PREMISES = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30, max: 30 } };
const PORTRAIT = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 20, max: 20 } };
const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const TAKE_PHOTO_MS = 4_000;
const JPEG_QUALITY = 0.92;

export class Camera {
  /** What is live now; the stream changes when the camera is switched or recovered. */
  readonly stream: Signal<MediaStream | null> = signal<MediaStream | null>(null);
  readonly facing: Signal<Facing>;
  readonly access: Signal<{ camera: Access; microphone: Access } | null> = signal<{
    camera: Access;
    microphone: Access;
  } | null>(null);
  /** Told when a track was replaced by another. */
  onTrack: (kind: Kind) => void = () => undefined;

  #size = PREMISES;

  constructor(facing: Facing) {
    this.facing = signal(facing);
  }

  /** What the picture is for: the premises through the back camera in full, or a person at a desk as a small tile. */
  shows(what: "premises" | "person"): void {
    this.facing.value = what === "premises" ? "environment" : "user";
    this.#size = what === "premises" ? PREMISES : PORTRAIT;
  }

  /** Asks for both, and if that fails for each alone, so that the answer tells which one is wanting. */
  async open(): Promise<{ camera: Access; microphone: Access }> {
    this.close();
    const both = await ask({ video: this.#picture(), audio: SOUND });
    let access: { camera: Access; microphone: Access };
    if (both instanceof MediaStream) {
      access = { camera: "ok", microphone: "ok" };
      this.#take(both.getTracks());
    } else {
      const picture = await ask({ video: this.#picture() });
      const sound = await ask({ audio: SOUND });
      access = {
        camera: picture instanceof MediaStream ? "ok" : picture,
        microphone: sound instanceof MediaStream ? "ok" : sound,
      };
      const got = [picture, sound].filter((one) => one instanceof MediaStream);
      this.#take(got.flatMap((one) => one.getTracks()));
    }
    this.access.value = access;
    return access;
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.stream.value?.getTracks().find((one) => one.kind === kind && one.readyState === "live") ?? null;
  }

  /** Front to back or back to front; keeps the old side if the other cannot be had. */
  async flip(): Promise<void> {
    const before = this.facing.value;
    this.facing.value = before === "environment" ? "user" : "environment";
    if (await this.#renew("video")) return;
    this.facing.value = before;
    await this.#renew("video");
  }

  /** Takes the camera back if something else took it away; quiet if it is still ours or was never had. */
  async recover(): Promise<void> {
    if (this.access.value?.camera === "ok" && this.track("video") === null) await this.#renew("video");
  }

  close(): void {
    for (const track of this.stream.value?.getTracks() ?? []) track.stop();
    this.stream.value = null;
  }

  /**
   * A picture at the camera's full resolution, JPEG. `takePhoto` where the browser has it and it answers
   * in time, otherwise the newest frame of `shown`, the element that shows this camera.
   */
  async takeStill(shown: HTMLVideoElement): Promise<Still> {
    const takenAt = new Date();
    const track = this.track("video");
    const photo = track && "ImageCapture" in globalThis ? await takePhoto(track) : null;
    return { bytes: photo ?? (await frameOf(shown)), takenAt };
  }

  #picture(): MediaTrackConstraints {
    return { ...this.#size, facingMode: { ideal: this.facing.value } };
  }

  /** A phone call or another page takes the device away; it comes back by itself. */
  #take(tracks: MediaStreamTrack[]): void {
    for (const track of tracks) {
      const kind = track.kind as Kind;
      track.addEventListener("ended", () => {
        if (this.stream.value?.getTrackById(track.id)) void this.#renew(kind);
      });
    }
    this.stream.value = new MediaStream(tracks);
  }

  async #renew(kind: Kind): Promise<boolean> {
    const keep = (this.stream.value?.getTracks() ?? []).filter((one) => one.kind !== kind);
    for (const track of this.stream.value?.getTracks() ?? []) if (track.kind === kind) track.stop();
    const got = await ask(kind === "video" ? { video: this.#picture() } : { audio: SOUND });
    this.#take([...keep, ...(got instanceof MediaStream ? got.getTracks() : [])]);
    this.onTrack(kind);
    return got instanceof MediaStream;
  }
}

async function ask(wish: MediaStreamConstraints): Promise<MediaStream | "denied" | "missing"> {
  // Absent on an insecure page and in some in-app browsers, whatever the type says.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) return "missing";
  try {
    return await devices.getUserMedia(wish);
  } catch (error) {
    return error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "missing";
  }
}

type PhotoTaker = { takePhoto: () => Promise<Blob> };

async function takePhoto(track: MediaStreamTrack): Promise<Blob | null> {
  const { ImageCapture } = globalThis as unknown as { ImageCapture: new (track: MediaStreamTrack) => PhotoTaker };
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), TAKE_PHOTO_MS));
  const photo = await Promise.race([new ImageCapture(track).takePhoto().catch(() => null), late]);
  if (photo === null || photo.size === 0) return null;
  return photo.type === "image/jpeg" ? photo : null;
}

async function frameOf(shown: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = shown.videoWidth;
  canvas.height = shown.videoHeight;
  canvas.getContext("2d")?.drawImage(shown, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY);
  });
  if (blob === null || canvas.width === 0) throw new Error("the camera shows no picture yet");
  return blob;
}
