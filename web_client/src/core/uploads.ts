/**
 * Photos on their way to the server. **A photo is on the shelf before it touches the network and stays
 * there until the server has acknowledged it.** One is sent at a time, oldest first.
 */
import { signal, type ReadonlySignal, type Signal } from "@preact/signals-core";
import { problemOf } from "./problems";
import type { PhotoForm, PhotoView, Problem } from "./wire.gen";

/** The server's limit for one photo (PHOTOS: bounds before any decode). */
export const LARGEST_PHOTO = 30 * 1024 * 1024;

/** `Bytes` is the browser's Blob; nothing here looks inside. */
export type Kept<Bytes> = {
  readonly id: string;
  readonly survey: string;
  readonly facts: PhotoForm;
  readonly size: number;
  readonly bytes: Bytes;
};

/** Where photos survive a reload, a crash and a flat battery. */
export type Shelf<Bytes> = {
  /** On return the photo is kept. Putting the same id again changes nothing. */
  put: (photo: Kept<Bytes>) => Promise<void>;
  /** Photos of this survey, oldest first. */
  list: (survey: string) => Promise<readonly Kept<Bytes>[]>;
  remove: (id: string) => Promise<void>;
};

export type Sending =
  | { kind: "waiting" }
  | { kind: "sending"; fraction: number }
  /** Tried and to be tried again by itself. */
  | { kind: "retrying"; problem: Problem }
  /** The server does not want it: only the person can decide what next. */
  | { kind: "failed"; problem: Problem };

export type Pending<Bytes> = { readonly photo: Kept<Bytes>; readonly sending: Sending };

export type UploadPorts<Bytes> = {
  shelf: Shelf<Bytes>;
  send: (photo: Kept<Bytes>, onSent: (fraction: number) => void) => Promise<PhotoView>;
  /** Resolves after so many milliseconds, or earlier when the network is back. */
  pause: (ms: number) => Promise<void>;
};

const BACK_OFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** Whether trying again can help: no answer, too early, too many, or the server's own trouble. */
export function passing(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 408 || problem.status === 429 || problem.status >= 500;
}

export class Uploads<Bytes> {
  readonly pending: ReadonlySignal<readonly Pending<Bytes>[]>;
  /** What the server answered, for the moment until the survey itself lists it. */
  readonly received: Signal<readonly PhotoView[]> = signal<readonly PhotoView[]>([]);
  readonly #pending: Signal<readonly Pending<Bytes>[]> = signal<readonly Pending<Bytes>[]>([]);
  readonly #ports: UploadPorts<Bytes>;
  #running: Promise<void> | null = null;

  constructor(ports: UploadPorts<Bytes>) {
    this.#ports = ports;
    this.pending = this.#pending;
  }

  /** Takes up what an earlier page left on the shelf. */
  async resume(survey: string): Promise<void> {
    const known = new Set(this.#pending.value.map((one) => one.photo.id));
    const left = (await this.#ports.shelf.list(survey)).filter((photo) => !known.has(photo.id));
    this.#pending.value = [...left.map(waiting), ...this.#pending.value];
    this.#run();
  }

  /** Keeps a photo and sends it when its turn comes. On return it is on the shelf. */
  async add(photo: Kept<Bytes>): Promise<void> {
    await this.#ports.shelf.put(photo);
    if (!this.#pending.value.some((one) => one.photo.id === photo.id)) {
      this.#pending.value = [...this.#pending.value, waiting(photo)];
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

  #next(): Kept<Bytes> | undefined {
    return this.#pending.value.find((one) => one.sending.kind === "waiting" || one.sending.kind === "retrying")?.photo;
  }

  async #sendAll(): Promise<void> {
    let attempt = 0;
    for (let photo = this.#next(); photo; photo = this.#next()) {
      const problem = await this.#sendOne(photo);
      if (problem === null) attempt = 0;
      else if (passing(problem)) {
        this.#say(photo.id, { kind: "retrying", problem });
        await this.#ports.pause(BACK_OFF_MS[Math.min(attempt, BACK_OFF_MS.length - 1)] ?? 15_000);
        attempt += 1;
      } else this.#say(photo.id, { kind: "failed", problem });
    }
  }

  async #sendOne(photo: Kept<Bytes>): Promise<Problem | null> {
    const { id } = photo;
    this.#say(id, { kind: "sending", fraction: 0 });
    try {
      const view = await this.#ports.send(photo, (fraction) => this.#say(id, { kind: "sending", fraction }));
      this.received.value = [...this.received.value, view];
    } catch (error) {
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
export function tally(pending: readonly Pending<unknown>[]): { going: number; failed: number } {
  const failed = pending.filter((one) => one.sending.kind === "failed").length;
  return { going: pending.length - failed, failed };
}

function waiting<Bytes>(photo: Kept<Bytes>): Pending<Bytes> {
  return { photo, sending: { kind: "waiting" } };
}

/** Received photos the survey does not list yet, after those it does: no photo blinks between the two. */
export function listed(survey: readonly PhotoView[], received: readonly PhotoView[]): readonly PhotoView[] {
  const known = new Set(survey.map((one) => one.id));
  return [...survey, ...received.filter((one) => !known.has(one.id))];
}
