/** The device's camera and microphone. One picture source at a time: a second one stops the first on iOS. */
import { signal, type Signal } from "@preact/signals";
import type { Facing } from "../core/turning";
import type { Kind } from "../core/wire.gen";

export type Access = "ok" | "denied" | "missing";

/** A still as it was taken, before anything else happened to it. */
export type Still = { bytes: Blob; takenAt: Date };

/** What is asked of the camera: the premises in full, the people at the desks as a small tile. */
const PREMISES = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30, max: 30 } };
const PORTRAIT = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 20, max: 20 } };
const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const KINDS: readonly Kind[] = ["audio", "video"];
/** A track muted for less than this was not taken away. */
const HICCUP_MS = 400;
/** When to ask for a taken device again: soon, then ever more rarely. A muted track is given time to come back itself. */
const RETRY_MS = [1_000, 2_000, 3_000, 5_000] as const;
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
  /** Kinds that something else holds now (a phone call, another program); they come back by themselves. */
  readonly taken: Signal<Readonly<Record<Kind, boolean>>> = signal({ audio: false, video: false });
  /** Told when a track was replaced by another. */
  onTrack: (kind: Kind) => void = () => undefined;
  /** Told when a device was taken away and when it is back. */
  onTaken: (kind: Kind, taken: boolean) => void = () => undefined;

  #size = PREMISES;
  /** Opened and not closed: what is taken away is to be had back. */
  #wanted = false;
  readonly #tries: Record<Kind, number> = { audio: 0, video: 0 };
  readonly #retries: Partial<Record<Kind, ReturnType<typeof setTimeout>>> = {};
  readonly #renewing: Partial<Record<Kind, Promise<boolean>>> = {};

  constructor(facing: Facing) {
    this.facing = signal(facing);
  }

  /** What the picture is for: the premises through the back camera in full, or a person at a desk as a small tile. */
  shows(what: "premises" | "person"): void {
    this.facing.value = what === "premises" ? "environment" : "user";
    this.#size = what === "premises" ? PREMISES : PORTRAIT;
  }

  /** Asks for the picture alone: for photos that nobody talks beside. */
  async openPicture(): Promise<Access> {
    this.close();
    this.#wanted = true;
    const got = await ask({ video: this.#picture() });
    if (got instanceof MediaStream) this.#take(got.getTracks());
    const camera = got instanceof MediaStream ? "ok" : got;
    this.access.value = { camera, microphone: "missing" };
    return camera;
  }

  /** Asks for both, and if that fails for each alone, so that the answer tells which one is wanting. */
  async open(): Promise<{ camera: Access; microphone: Access }> {
    this.close();
    this.#wanted = true;
    globalThis.navigator.mediaDevices?.addEventListener("devicechange", this.#deviceChanged);
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
    if (!(await this.#renew("video"))) this.#takenAway("video");
  }

  /** Takes back at once what something else took away; quiet where it is still ours or was never had. */
  async recover(): Promise<void> {
    await Promise.all(KINDS.map((kind) => (this.#missed(kind) ? this.#takeBack(kind) : undefined)));
  }

  close(): void {
    this.#wanted = false;
    navigator.mediaDevices?.removeEventListener("devicechange", this.#deviceChanged);
    for (const kind of KINDS) this.#hasBack(kind);
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

  readonly #deviceChanged = (): void => void this.recover();

  /** What comes after `close` (a permission asked for meanwhile) is let go of at once. */
  #take(tracks: MediaStreamTrack[]): void {
    if (!this.#wanted) {
      for (const track of tracks) track.stop();
      return;
    }
    const before = new Set(this.stream.value?.getTracks());
    for (const track of tracks) if (!before.has(track)) this.#watch(track);
    this.stream.value = new MediaStream(tracks);
  }

  /** A phone call or another page takes the device away: the track ends, or goes on muted until it is given back. */
  #watch(track: MediaStreamTrack): void {
    const kind = track.kind as Kind;
    const ours = (): boolean => this.stream.value?.getTrackById(track.id) === track;
    let quiet: ReturnType<typeof setTimeout> | undefined;
    track.addEventListener("ended", () => {
      if (ours()) this.#takenAway(kind);
    });
    track.addEventListener("mute", () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        if (ours()) this.#takenAway(kind);
      }, HICCUP_MS);
    });
    track.addEventListener("unmute", () => {
      clearTimeout(quiet);
      if (ours()) this.#hasBack(kind);
    });
  }

  #missed(kind: Kind): boolean {
    if (!this.#wanted) return false;
    const had = this.access.value?.[kind === "video" ? "camera" : "microphone"] === "ok";
    return this.taken.value[kind] || (had && this.track(kind) === null);
  }

  #takenAway(kind: Kind): void {
    if (!this.#wanted || this.taken.value[kind]) return;
    this.taken.value = { ...this.taken.value, [kind]: true };
    this.onTaken(kind, true);
    this.#tries[kind] = 0;
    this.#retryLater(kind);
  }

  #hasBack(kind: Kind): void {
    clearTimeout(this.#retries[kind]);
    if (!this.taken.value[kind]) return;
    this.taken.value = { ...this.taken.value, [kind]: false };
    this.onTaken(kind, false);
  }

  #retryLater(kind: Kind): void {
    clearTimeout(this.#retries[kind]);
    const wait = RETRY_MS[Math.min(this.#tries[kind], RETRY_MS.length - 1)];
    this.#tries[kind] += 1;
    this.#retries[kind] = setTimeout(() => void this.#takeBack(kind), wait);
  }

  async #takeBack(kind: Kind): Promise<void> {
    // A hidden page is given nothing; `recover` follows when it is shown.
    if (document.visibilityState === "hidden") return;
    const got = await this.#renew(kind);
    if (!this.#wanted) return;
    // A track given while the device is still held elsewhere begins muted; its `unmute` tells when it is ours.
    if (got && this.track(kind)?.muted !== true) this.#hasBack(kind);
    else {
      this.#takenAway(kind);
      this.#retryLater(kind);
    }
  }

  /** One request at a time for each kind. */
  #renew(kind: Kind): Promise<boolean> {
    const going = this.#renewing[kind] ?? this.#askAgain(kind).finally(() => delete this.#renewing[kind]);
    this.#renewing[kind] = going;
    return going;
  }

  async #askAgain(kind: Kind): Promise<boolean> {
    for (const track of this.#others(kind, false)) track.stop();
    const got = await ask(kind === "video" ? { video: this.#picture() } : { audio: SOUND });
    const fresh = got instanceof MediaStream ? got.getTracks() : [];
    if (!this.#wanted) {
      for (const track of fresh) track.stop();
      return false;
    }
    this.#take([...this.#others(kind, true), ...fresh]);
    this.onTrack(kind);
    return fresh.length > 0;
  }

  #others(kind: Kind, other: boolean): MediaStreamTrack[] {
    return (this.stream.value?.getTracks() ?? []).filter((one) => (one.kind !== kind) === other);
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
