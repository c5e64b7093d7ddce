/** The applicant's site videos: chosen from the phone, sent piece by piece when no call needs the line. */
import { effect, type ReadonlySignal } from "@preact/signals";
import { Refusal, UNREACHABLE } from "../core/problems";
import { Interrupted, LARGEST_VIDEO, lightShelf, Uploads, type Kept, type Shelf, type Step } from "../core/uploads";
import type { Position, VideoForm, VideoView } from "../core/wire.gen";
import type { Api } from "./http";
import { untilOnline } from "./online";

/** What is known before the file is read. */
export type VideoFacts = Omit<VideoForm, "sha256">;

export type VideosPorts = {
  survey: string;
  api: Api;
  shelf: Shelf<Blob | null, VideoFacts>;
  position: () => Position | null;
  /** Do sound and picture need the line now? */
  busy: ReadonlySignal<boolean>;
};

export class Videos {
  readonly uploads: Uploads<Blob | null, VideoFacts, VideoView>;
  readonly #ports: VideosPorts;
  /** Digests of files read by this page: after an interruption none is read again. */
  readonly #digests = new Map<string, string>();

  constructor(ports: VideosPorts) {
    this.#ports = ports;
    this.uploads = new Uploads<Blob | null, VideoFacts, VideoView>({
      shelf: lightShelf(ports.shelf),
      send: (video, onSent) => this.#send(video, onSent),
      pause: untilOnline,
      gate: () => (ports.busy.value ? untilFalse(ports.busy) : null),
    });
    void this.uploads.resume(ports.survey);
  }

  /** Is this file a video for this queue? */
  static takes(file: File): boolean {
    return file.type.startsWith("video/") || /\.(?:mp4|mov|m4v|webm|mkv|3gp)$/i.test(file.name);
  }

  /** A chosen file; the one that a reload made the page forget goes on where it was. Answers why it can't be sent. */
  async add(file: File, point: string | null = null): Promise<"film" | "empty" | null> {
    if (file.size > LARGEST_VIDEO) return "film";
    if (file.size === 0) return "empty";
    const { survey } = this.#ports;
    const taken_at = file.lastModified > 0 ? new Date(file.lastModified).toISOString() : null;
    const facts = { name: file.name.slice(0, 200) || "video", position: this.#ports.position(), taken_at, point };
    const id = `video-${survey}-${file.name}-${file.size}-${file.lastModified}`;
    await this.uploads.add({ id, survey, facts, size: file.size, bytes: file });
    return null;
  }

  /** SHA-256 of a video that this page has read, under its id in the queue. */
  digest(id: string): string | undefined {
    return this.#digests.get(id);
  }

  async #send(video: Kept<Blob | null, VideoFacts>, onSent: Step): Promise<VideoView> {
    const { api, busy, survey } = this.#ports;
    const { bytes } = video;
    if (bytes === null) throw new Interrupted();
    const resumable = await loaded();
    let digest = this.#digests.get(video.id);
    if (digest === undefined) {
      digest = await resumable.digestOf(bytes, (fraction) => onSent(fraction, "preparing"), () => busy.value);
      this.#digests.set(video.id, digest);
    }
    const form = { video: { ...video.facts, sha256: digest } };
    const done = await resumable.sendResumable(api, { survey, form, bytes, onSent, busy: () => busy.value });
    if (!done.video) throw new Error("the server made no video of it");
    return done.video;
  }
}

/** The part of the client that speaks tus, fetched when it is first needed. Throws Refusal. */
export async function loaded(): Promise<typeof import("./resumable")> {
  return import("./resumable").catch(() => {
    throw new Refusal(UNREACHABLE);
  });
}

function untilFalse(flag: ReadonlySignal<boolean>): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (flag.value) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}
