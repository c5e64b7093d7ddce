/** The photo shelf in IndexedDB; one in memory where the browser keeps nothing. */
import type { Kept, Shelf } from "../core/uploads";
import type { PhotoForm } from "../core/wire.gen";

const STORE = "photos";

/** Bytes are kept as a buffer: some browsers lose Blobs in IndexedDB. Null where they are not kept at all. */
type Row<Facts> = {
  id: string;
  photo: Omit<Kept<unknown, Facts>, "bytes">;
  bytes: ArrayBuffer | null;
  media_type: string;
  order: number;
};

export class IndexedShelf<Bytes extends Blob | null, Facts> implements Shelf<Bytes, Facts> {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** `name` is the database's: photos are in `takan`. */
  static async open<Bytes extends Blob | null = Blob, Facts = PhotoForm>(name = "takan"): Promise<IndexedShelf<Bytes, Facts>> {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "id" }));
    return new IndexedShelf<Bytes, Facts>(await outcome(request));
  }

  async put(photo: Kept<Bytes, Facts>): Promise<void> {
    const { bytes, ...facts } = photo;
    const buffer = bytes === null ? null : await bytes.arrayBuffer();
    const row: Row<Facts> = { id: photo.id, photo: facts, bytes: buffer, media_type: bytes?.type ?? "", order: Date.now() };
    await this.#write((store) => store.put(row));
  }

  async list(survey: string): Promise<readonly Kept<Bytes, Facts>[]> {
    const store = this.#database.transaction(STORE).objectStore(STORE);
    const rows = (await outcome(store.getAll())) as Row<Facts>[];
    return rows
      .filter((row) => row.photo.survey === survey)
      .sort((a, b) => a.order - b.order)
      .map(({ photo, bytes, media_type }) => ({
        ...photo,
        bytes: (bytes === null ? null : new Blob([bytes], { type: media_type })) as Bytes,
      }));
  }

  async remove(id: string): Promise<void> {
    await this.#write((store) => store.delete(id));
  }

  /** Resolves when the transaction is complete, not merely asked for. */
  #write(act: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const transaction = this.#database.transaction(STORE, "readwrite", { durability: "strict" });
    return new Promise((resolve, reject) => {
      transaction.addEventListener("complete", () => resolve());
      transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("the shelf is full")));
      act(transaction.objectStore(STORE));
    });
  }
}

/** Lasts as long as the page. */
export class MemoryShelf<Bytes, Facts = PhotoForm> implements Shelf<Bytes, Facts> {
  readonly #photos = new Map<string, Kept<Bytes, Facts>>();

  async put(photo: Kept<Bytes, Facts>): Promise<void> {
    if (!this.#photos.has(photo.id)) this.#photos.set(photo.id, photo);
  }

  async list(survey: string): Promise<readonly Kept<Bytes, Facts>[]> {
    return [...this.#photos.values()].filter((photo) => photo.survey === survey);
  }

  async remove(id: string): Promise<void> {
    this.#photos.delete(id);
  }
}

/** Keeps on disk, and in memory what the disk would not take. */
export class FallbackShelf<Bytes extends Blob | null = Blob, Facts = PhotoForm> implements Shelf<Bytes, Facts> {
  readonly #memory = new MemoryShelf<Bytes, Facts>();
  readonly #disk: Promise<Shelf<Bytes, Facts> | null>;

  constructor(open: () => Promise<Shelf<Bytes, Facts>>) {
    this.#disk = open().catch(() => null);
  }

  async put(photo: Kept<Bytes, Facts>): Promise<void> {
    const kept = await (await this.#disk)?.put(photo).then(
      () => true,
      () => false,
    );
    if (kept !== true) await this.#memory.put(photo);
  }

  async list(survey: string): Promise<readonly Kept<Bytes, Facts>[]> {
    const disk = await (await this.#disk)?.list(survey).catch(() => []);
    return [...(disk ?? []), ...(await this.#memory.list(survey))];
  }

  async remove(id: string): Promise<void> {
    await (await this.#disk)?.remove(id).catch(() => undefined);
    await this.#memory.remove(id);
  }
}

function outcome<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("the shelf cannot be read")));
  });
}
