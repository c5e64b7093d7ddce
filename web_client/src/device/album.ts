/** The applicant's photos: taken in the call or chosen from the phone, hashed here, kept, sent. And site videos. */
import { signal, type Signal } from "@preact/signals";
import { LARGEST_PHOTO, Uploads, type Kept, type Shelf, type Step } from "../core/uploads";
import type { FromPerson, PhotoView, Position, StillRequested } from "../core/wire.gen";
import type { Still } from "./camera";
import { sha256 } from "./digest";
import type { Api } from "./http";
import { untilOnline } from "./online";
import { loaded, Videos } from "./videos";

/** Up to here a photo goes in one request; what is larger can be gone on with after an interruption. */
const ONE_REQUEST = 2 ** 20;

/** A chosen file that is not sent at all, and why. */
export type Declined = { name: string; size: number; why: "large" | "film" | "empty" | "unread" };

export type AlbumPorts = {
  survey: string;
  api: Api;
  shelf: Shelf<Blob>;
  videos: Videos;
  say: (message: FromPerson) => void;
  position: () => Position | null;
};

export class Album {
  readonly uploads: Uploads<Blob>;
  readonly videos: Videos;
  readonly declined: Signal<readonly Declined[]> = signal<readonly Declined[]>([]);
  readonly #ports: AlbumPorts;

  constructor(ports: AlbumPorts) {
    this.#ports = ports;
    this.videos = ports.videos;
    this.uploads = new Uploads<Blob>({
      shelf: ports.shelf,
      send: (photo, onSent) => this.#send(photo, onSent),
      pause: untilOnline,
    });
    void this.uploads.resume(ports.survey);
  }

  /** A still that answers a request: its hash goes out at once, its bytes to the shelf and then after it. */
  async addStill(request: StillRequested, still: Still): Promise<void> {
    const bytes = await still.bytes.arrayBuffer();
    const hash = await sha256(bytes);
    const position = this.#ports.position();
    const taken_at = still.takenAt.toISOString();
    this.#ports.say({ type: "still_taken", nonce: request.nonce, sha256: hash, size: bytes.byteLength, position, taken_at });
    const name = `still-${taken_at.replaceAll(/[-:]/g, "").slice(0, 15)}.jpg`;
    const facts = { name, channel: "still" as const, sha256: hash, nonce: request.nonce, position, taken_at };
    await this.#keep(`still-${hash}`, facts, bytes, still.bytes.type);
  }

  /** A picture taken in the page of a checklist point, where there is no call. */
  async addShot(point: string, { bytes, takenAt }: Still): Promise<void> {
    const name = `${point}-${takenAt.toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}.jpg`;
    await this.addFiles([new File([bytes], name, { type: bytes.type, lastModified: takenAt.getTime() })], point, "capture");
  }

  /** Photos and videos as they are, byte for byte. Those that cannot be sent are named in `declined`. */
  async addFiles(files: readonly File[], point: string | null = null, source: "capture" | "library" = "library"): Promise<void> {
    for (const file of files) {
      const why = await (Videos.takes(file) ? this.videos.add(file, point) : this.#addFile(file, point, source));
      if (why !== null) this.declined.value = [...this.declined.value, { name: file.name, size: file.size, why }];
    }
  }

  async #send(photo: Kept<Blob>, onSent: Step): Promise<PhotoView> {
    const { api } = this.#ports;
    const { survey, facts, bytes } = photo;
    if (photo.size <= ONE_REQUEST) return api.uploadPhoto(survey, facts, bytes, onSent);
    const { sendResumable } = await loaded();
    const form = { photo: facts };
    const done = await sendResumable(api, { survey, form, bytes, onSent, busy: () => false });
    if (!done.photo) throw new Error("the server made no photo of it");
    return done.photo;
  }

  async #addFile(file: File, point: string | null, source: "capture" | "library"): Promise<Declined["why"] | null> {
    if (file.size > LARGEST_PHOTO) return "large";
    if (file.size === 0) return "empty";
    const bytes = await file.arrayBuffer().catch(() => null);
    if (bytes === null) return "unread";
    const hash = await sha256(bytes);
    // The file's own date is the only thing a browser knows of when it was taken; the server reads the picture.
    const taken_at = file.lastModified > 0 ? new Date(file.lastModified).toISOString() : null;
    const name = file.name.slice(0, 200) || "photo";
    const facts = { name, channel: "upload" as const, sha256: hash, nonce: null, position: this.#ports.position(), taken_at, source, point };
    await this.#keep(point === null ? `upload-${hash}` : `upload-${point}-${hash}`, facts, bytes, file.type);
    return null;
  }

  #keep(id: string, facts: Kept<Blob>["facts"], bytes: ArrayBuffer, type: string): Promise<void> {
    const { survey } = this.#ports;
    return this.uploads.add({ id, survey, facts, size: bytes.byteLength, bytes: new Blob([bytes], { type }) });
  }
}

