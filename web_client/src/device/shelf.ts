/** The photo shelf in IndexedDB; one in memory where the browser keeps nothing. */
import type { Kept, Shelf } from "../core/uploads";

const STORE = "photos";

/** Bytes are kept as a buffer: some browsers lose Blobs in IndexedDB. */
type Row = { id: string; photo: Omit<Kept<Blob>, "bytes">; bytes: ArrayBuffer; media_type: string; order: number };

export class IndexedShelf implements Shelf<Blob> {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  static async open(): Promise<IndexedShelf> {
    const request = indexedDB.open("takan", 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "id" }));
    return new IndexedShelf(await outcome(request));
  }

  async put(photo: Kept<Blob>): Promise<void> {
    const { bytes, ...facts } = photo;
    const row: Row = { id: photo.id, photo: facts, bytes: await bytes.arrayBuffer(), media_type: bytes.type, order: Date.now() };
    await this.#write((store) => store.put(row));
  }

  async list(survey: string): Promise<readonly Kept<Blob>[]> {
    const store = this.#database.transaction(STORE).objectStore(STORE);
    const rows = (await outcome(store.getAll())) as Row[];
    return rows
      .filter((row) => row.photo.survey === survey)
      .sort((a, b) => a.order - b.order)
      .map(({ photo, bytes, media_type }) => ({ ...photo, bytes: new Blob([bytes], { type: media_type }) }));
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
export class MemoryShelf<Bytes> implements Shelf<Bytes> {
  readonly #photos = new Map<string, Kept<Bytes>>();

  async put(photo: Kept<Bytes>): Promise<void> {
    if (!this.#photos.has(photo.id)) this.#photos.set(photo.id, photo);
  }

  async list(survey: string): Promise<readonly Kept<Bytes>[]> {
    return [...this.#photos.values()].filter((photo) => photo.survey === survey);
  }

  async remove(id: string): Promise<void> {
    this.#photos.delete(id);
  }
}

/** Keeps on disk, and in memory what the disk would not take. */
export class FallbackShelf implements Shelf<Blob> {
  readonly #memory = new MemoryShelf<Blob>();
  readonly #disk: Promise<Shelf<Blob> | null>;

  constructor(open: () => Promise<Shelf<Blob>>) {
    this.#disk = open().catch(() => null);
  }

  async put(photo: Kept<Blob>): Promise<void> {
    const kept = await (await this.#disk)?.put(photo).then(
      () => true,
      () => false,
    );
    if (kept !== true) await this.#memory.put(photo);
  }

  async list(survey: string): Promise<readonly Kept<Blob>[]> {
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
