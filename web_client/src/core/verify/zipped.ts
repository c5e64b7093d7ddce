/**
 * The one form of a bundle's zip (PKWARE APPNOTE 6.3, as a node writes it), read from front to end.
 *
 * Nothing is compressed, nothing has a time, a comment or an extra field, and no byte lies between or beside what is
 * listed. So every byte is either a file's or follows from the files' names, sizes and contents, which is what is checked.
 */

import { decoded, encoded, joined, same, type Bytes } from "./bytes";
import { crc32 } from "./crc32";
import * as faults from "./faults";
import { Refusal, type Findings } from "./findings";

/** A file that is somewhere else, read in pieces. */
export interface Source {
  readonly name: string;
  readonly size: number;
  /** The bytes from one offset up to, not including, another. Rejects when the file can't be read. */
  read(from: number, to: number): Promise<Bytes>;
}

/** Called with the bytes read so far and the bytes there are. Throws to stop. */
export type Progress = (done: number, whole: number) => void;

/** The zip can't be read on from here. */
export class BrokenZip extends Refusal {}

/** A file in the zip. Take all pieces before going on. */
export interface Member {
  readonly name: string;
  readonly size: number;
  readonly pieces: AsyncIterable<Bytes>;
}

interface Listed {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  readonly at: number;
}

const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;
const VERSION = 20;
const VERSION_64 = 45;
const UNIX = 3;
const UTF8 = 0x800;
const JANUARY_1980 = 0x21;
/** Beyond it the program that writes bundles uses 64-bit fields. */
const LARGEST_PLAIN = 2 ** 31 - 1;
/** No object of a record comes near it, so that no file's own header needs 64 bits. */
const LARGEST_FILE = 2 ** 30;
const READ_AT_ONCE = 1 << 19;
const LOCAL_FIELDS = ["signature", "version", "flags", "method", "time", "date", "checksum", "stored size", "size", "name", "extra field"] as const;
export type LocalField = (typeof LOCAL_FIELDS)[number];

/** Raises BrokenZip while it is iterated; rejects as the source does. What is not in the one form goes to `findings`. */
export class CanonicalZip {
  readonly #reader: Reader;
  readonly #directory: Listed[] = [];

  constructor(
    readonly source: Source,
    readonly findings: Findings,
    readonly progress: Progress = () => undefined,
  ) {
    this.#reader = new Reader(source);
  }

  async *members(): AsyncGenerator<Member> {
    for (;;) {
      const at = this.#reader.at;
      const head = await this.#reader.take(4);
      if (head.length < 4 || view(head).getUint32(0, true) !== LOCAL_SIGNATURE) {
        await this.#checkEnd(at, head);
        return;
      }
      const listed = await this.#local(head, at);
      this.#directory.push(listed);
      yield { name: listed.name, size: listed.size, pieces: this.#pieces(listed) };
    }
  }

  async #local(head: Bytes, at: number): Promise<Listed> {
    const fixed = joined([head, await this.#reader.take(LOCAL_BYTES - head.length)]);
    if (fixed.length < LOCAL_BYTES) throw new BrokenZip(faults.cutInHeader);
    const fields = localFields(fixed);
    const [crc, size, nameSize, extraSize] = [fields[6], fields[8], fields[9], fields[10]] as [number, number, number, number];
    const raw = await this.#reader.take(nameSize);
    await this.#reader.take(extraSize);
    const name = decoded(raw);
    if (name === null) throw new BrokenZip(faults.nameNotUtf8);
    if (raw.length < nameSize || this.#reader.at + size > this.source.size) throw new BrokenZip(faults.cutIn(name));
    if (size > LARGEST_FILE) throw new BrokenZip(faults.tooLargeForARecord(name, size));
    const expected = localFields(localHeader(name, size, crc));
    const wrong = LOCAL_FIELDS.filter((_, number) => fields[number] !== expected[number]);
    if (wrong.length > 0) this.findings.add(name, faults.otherHeader(wrong));
    return { name, size, crc, at };
  }

  async *#pieces({ name, size, crc }: Listed): AsyncGenerator<Bytes> {
    let left = size;
    let found = 0;
    while (left > 0) {
      const piece = await this.#reader.some(left);
      if (piece.length === 0) throw new BrokenZip(faults.cutIn(name));
      left -= piece.length;
      found = crc32(piece, found);
      yield piece;
      this.progress(this.#reader.at, this.source.size);
    }
    if (found !== crc) this.findings.add(name, faults.otherChecksum);
  }

  async #checkEnd(at: number, head: Bytes): Promise<void> {
    if (this.#directory.length === 0) throw new BrokenZip(faults.notAZip);
    let left = head;
    for (const listed of this.#directory) {
      const expected = centralHeader(listed);
      const found = joined([left, await this.#reader.take(expected.length - left.length)]);
      left = new Uint8Array();
      if (!same(found, expected)) throw new BrokenZip(faults.otherDirectory(listed.name));
    }
    for (const part of endRecords(this.#directory.length, at, this.#reader.at - at)) {
      if (!same(await this.#reader.take(part.length), part)) throw new BrokenZip(faults.otherEnd);
    }
    if ((await this.#reader.take(1)).length > 0) throw new BrokenZip(faults.bytesAfterEnd);
  }
}

/** Reads on and on, through a window, since a record has thousands of small files. */
class Reader {
  at = 0;
  #window: Bytes = new Uint8Array();
  #used = 0;

  constructor(readonly source: Source) {}

  /** The next bytes, so many; fewer only at the file's end. */
  async take(size: number): Promise<Bytes> {
    const parts: Bytes[] = [];
    for (let left = size; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0) break;
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? (parts[0] as Bytes) : joined(parts);
  }

  /** Some of the next bytes, at most so many; none only at the file's end. */
  async some(most: number): Promise<Bytes> {
    if (this.#used === this.#window.length && this.at < this.source.size) {
      this.#window = await this.source.read(this.at, Math.min(this.at + READ_AT_ONCE, this.source.size));
      this.#used = 0;
    }
    const part = this.#window.subarray(this.#used, this.#used + most);
    this.#used += part.length;
    this.at += part.length;
    return part;
  }
}

function view(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Little-endian numbers of the widths given by letters: H two bytes, L four, Q eight. */
function packed(form: string, ...values: readonly number[]): Bytes {
  const parts = [...form].map((width, at) => {
    const value = values[at] as number;
    const bytes = new Uint8Array({ H: 2, L: 4, Q: 8 }[width] as number);
    for (let byte = 0; byte < bytes.length; byte++) bytes[byte] = Math.floor(value / 2 ** (8 * byte)) % 256;
    return bytes;
  });
  return joined(parts);
}

function localFields(header: Bytes): number[] {
  const from = view(header);
  const two = (at: number): number => from.getUint16(at, true);
  const four = (at: number): number => from.getUint32(at, true);
  return [four(0), two(4), two(6), two(8), two(10), two(12), four(14), four(18), four(22), two(26), two(28)];
}

function flags(name: string): number {
  return /^[\0-\x7f]*$/.test(name) ? 0 : UTF8;
}

function localHeader(name: string, size: number, crc: number): Bytes {
  const raw = encoded(name);
  return joined([packed("LHHHHHLLLHH", LOCAL_SIGNATURE, VERSION, flags(name), 0, 0, JANUARY_1980, crc, size, size, raw.length, 0), raw]);
}

function centralHeader({ name, size, crc, at }: Listed): Bytes {
  const raw = encoded(name);
  const far = at > LARGEST_PLAIN;
  const extra = far ? packed("HHQ", 1, 8, at) : new Uint8Array();
  const version = far ? VERSION_64 : VERSION;
  const mode = (name.endsWith("/") ? 0o40755 : 0o100644) * 2 ** 16;
  const fixed = packed(
    "LHHHHHHLLLHHHHHLL",
    0x02014b50, version + UNIX * 256, version, flags(name), 0, 0, JANUARY_1980, crc, size, size,
    raw.length, extra.length, 0, 0, 0, mode, far ? 0xffffffff : at,
  ); // prettier-ignore
  return joined([fixed, raw, extra]);
}

/** What follows a directory of `count` files and `size` bytes at `start`. */
function endRecords(count: number, start: number, size: number): Bytes[] {
  const records: Bytes[] = [];
  if (count > 0xffff || start > LARGEST_PLAIN || size > LARGEST_PLAIN) {
    records.push(packed("LQHHLLQQQQ", 0x06064b50, 44, VERSION_64, VERSION_64, 0, 0, count, count, size, start));
    records.push(packed("LLQL", 0x07064b50, 0, start + size, 1));
  }
  const few = Math.min(count, 0xffff);
  records.push(packed("LHHHHLLH", 0x06054b50, 0, 0, few, few, Math.min(size, 0xffffffff), Math.min(start, 0xffffffff), 0));
  return records;
}
