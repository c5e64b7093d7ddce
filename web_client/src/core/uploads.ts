/**
 * Files on their way to the server: photos in one queue, site videos in another. **A photo is on the shelf before it
 * touches the network and stays there until the server has acknowledged it.** One is sent at a time, oldest first.
 * Of a huge video the shelf keeps only its name; after a reload the person chooses the file again.
 */
import { signal, type ReadonlySignal, type Signal } from "@preact/signals-core";
import { problemOf } from "./problems";
import type { PhotoForm, PhotoView, Problem, VideoView } from "./wire.gen";

/** The server's limit for one photo (PHOTOS: bounds before any decode). */
export const LARGEST_PHOTO = 30 * 1024 * 1024;

/** The server's limit for one site video. */
export const LARGEST_VIDEO = 2 * 2 ** 30;

/** Up to here a video is kept whole on the shelf; a phone's browser need not give room for more. */
const VIDEO_KEPT_WHOLE = 64 * 2 ** 20;

/** `Bytes` is the browser's Blob; nothing here looks inside. */
export type Kept<Bytes, Facts = PhotoForm> = {
  readonly id: string;
  readonly survey: string;
  readonly facts: Facts;
  readonly size: number;
  readonly bytes: Bytes;
};

/** Where photos survive a reload, a crash and a flat battery. */
export type Shelf<Bytes, Facts = PhotoForm> = {
  /** On return the photo is kept. Putting the same id again changes nothing. */
  put: (photo: Kept<Bytes, Facts>) => Promise<void>;
  /** Photos of this survey, oldest first. */
  list: (survey: string) => Promise<readonly Kept<Bytes, Facts>[]>;
  remove: (id: string) => Promise<void>;
};

export type Sending =
  | { kind: "waiting" }
  /** Not while sound and picture need the line. */
  | { kind: "held" }
  /** Its digest is being computed. */
  | { kind: "preparing"; fraction: number }
  | { kind: "sending"; fraction: number }
  /** The page was reloaded and has the file no more: to be chosen again. */
  | { kind: "absent" }
  /** Tried and to be tried again by itself. */
  | { kind: "retrying"; problem: Problem }
  /** The server does not want it: only the person can decide what next. */
  | { kind: "failed"; problem: Problem };

export type Pending<Bytes, Facts = PhotoForm> = { readonly photo: Kept<Bytes, Facts>; readonly sending: Sending };

/** How far it is; `preparing` before the first byte goes out. */
export type Step = (fraction: number, kind?: "preparing" | "sending") => void;

/** Sending stopped because the line is needed for something else: to be gone on with when that is over. */
export class Interrupted extends Error {}

export type UploadPorts<Bytes, Facts = PhotoForm, View = PhotoView> = {
  shelf: Shelf<Bytes, Facts>;
  send: (photo: Kept<Bytes, Facts>, onSent: Step) => Promise<View>;
  /** What has to be over before the next byte may go; null: nothing. */
  gate?: () => Promise<void> | null;
  /** Resolves after so many milliseconds, or earlier when the network is back. */
  pause: (ms: number) => Promise<void>;
};

const BACK_OFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** Whether trying again can help: no answer, too early, too many, or the server's own trouble. */
export function passing(problem: Problem): boolean {
  const { status, type } = problem;
  const elsewhere = status === 423 || type === "urn:takan:upload_offset";
  return status === 0 || status === 408 || status === 429 || status >= 500 || elsewhere;
}

export class Uploads<Bytes, Facts = PhotoForm, View = PhotoView> {
  readonly pending: ReadonlySignal<readonly Pending<Bytes, Facts>[]>;
  /** What the server answered, for the moment until the survey itself lists it. */
  readonly received: Signal<readonly View[]> = signal<readonly View[]>([]);
  readonly #pending: Signal<readonly Pending<Bytes, Facts>[]> = signal<readonly Pending<Bytes, Facts>[]>([]);
  readonly #ports: UploadPorts<Bytes, Facts, View>;
  #running: Promise<void> | null = null;

  constructor(ports: UploadPorts<Bytes, Facts, View>) {
    this.#ports = ports;
    this.pending = this.#pending;
  }

  /** Takes up what an earlier page left on the shelf. */
  async resume(survey: string): Promise<void> {
    const kept = await this.#ports.shelf.list(survey);
    const known = new Set(this.#pending.value.map((one) => one.photo.id));
    const left = kept.filter((photo) => !known.has(photo.id));
    this.#pending.value = [...left.map(waiting), ...this.#pending.value];
    this.#run();
  }

  /** Keeps a photo and sends it when its turn comes. On return it is on the shelf. */
  async add(photo: Kept<Bytes, Facts>): Promise<void> {
    await this.#ports.shelf.put(photo);
    const before = this.#pending.value.find((one) => one.photo.id === photo.id);
    if (!before) this.#pending.value = [...this.#pending.value, waiting(photo)];
    else if (before.sending.kind === "absent") {
      this.#pending.value = this.#pending.value.map((one) => (one === before ? waiting(photo) : one));
    }
    this.#run();
  }

  /** Tries a failed photo again. */
  again(id: string): void {
    this.#say(id, { kind: "waiting" });
    this.#run();
  }

  /** Takes a failed photo off the shelf and out of the list. */
  async remove(id: string): Promise<void> {
    await this.#ports.shelf.remove(id);
    this.#pending.value = this.#pending.value.filter((one) => one.photo.id !== id);
  }

  /** Resolves when nothing is left to try. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #run(): void {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
      if (this.#next()) this.#run();
    });
  }

  #next(): Kept<Bytes, Facts> | undefined {
    return this.#pending.value.find((one) => ["waiting", "retrying", "held"].includes(one.sending.kind))?.photo;
  }

  async #sendAll(): Promise<void> {
    let attempt = 0;
    for (let photo = this.#next(); photo; photo = this.#next()) {
      const gate = this.#ports.gate?.() ?? null;
      if (gate !== null) {
        this.#say(photo.id, { kind: "held" });
        await gate;
        continue;
      }
      const problem = await this.#sendOne(photo);
      if (problem === null) attempt = 0;
      else if (passing(problem)) {
        this.#say(photo.id, { kind: "retrying", problem });
        await this.#ports.pause(BACK_OFF_MS[Math.min(attempt, BACK_OFF_MS.length - 1)] ?? 15_000);
        attempt += 1;
      } else this.#say(photo.id, { kind: "failed", problem });
    }
  }

  async #sendOne(photo: Kept<Bytes, Facts>): Promise<Problem | null> {
    const { id } = photo;
    this.#say(id, { kind: "sending", fraction: 0 });
    try {
      const view = await this.#ports.send(photo, (fraction, kind = "sending") => this.#say(id, { kind, fraction }));
      this.received.value = [...this.received.value, view];
    } catch (error) {
      if (error instanceof Interrupted) {
        this.#say(id, { kind: "waiting" });
        return null;
      }
      return problemOf(error);
    }
    await this.remove(id);
    return null;
  }

  #say(id: string, sending: Sending): void {
    this.#pending.value = this.#pending.value.map((one) => (one.photo.id === id ? { ...one, sending } : one));
  }
}

/** How many are still going out by themselves, and how many wait for the person. */
export function tally(pending: readonly Pending<unknown, unknown>[]): { going: number; failed: number } {
  const failed = pending.filter((one) => one.sending.kind === "failed" || one.sending.kind === "absent").length;
  return { going: pending.length - failed, failed };
}

function waiting<Bytes, Facts>(photo: Kept<Bytes, Facts>): Pending<Bytes, Facts> {
  return { photo, sending: { kind: photo.bytes === null ? "absent" : "waiting" } };
}

/** A shelf that keeps of a large file only what it is called. */
export function lightShelf<Bytes, Facts>(shelf: Shelf<Bytes | null, Facts>): Shelf<Bytes | null, Facts> {
  return {
    put: (one) => shelf.put(one.size > VIDEO_KEPT_WHOLE ? { ...one, bytes: null } : one),
    list: (survey) => shelf.list(survey),
    remove: (id) => shelf.remove(id),
  };
}

/** Photos on their way, without those the survey tells of already: an upload's own answer may come later. */
export function onTheWay<Bytes>(pending: readonly Pending<Bytes>[], photos: readonly PhotoView[]): readonly Pending<Bytes>[] {
  const there = new Set(photos.map((photo) => `${photo.channel} ${photo.sha256}`));
  return pending.filter(({ photo: { facts } }) => !there.has(`${facts.channel} ${facts.sha256}`));
}

/** Received photos the survey does not list yet, after those it does: no photo blinks between the two. */
export function listed<View extends PhotoView | VideoView>(survey: readonly View[], received: readonly View[]): readonly View[] {
  const known = new Set(survey.map((one) => one.id));
  return [...survey, ...received.filter((one) => !known.has(one.id))];
}
