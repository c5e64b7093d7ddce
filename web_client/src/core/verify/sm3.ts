/** SM3 (GB/T 32905-2016), as a stream. 32 bytes; words are big-endian. */

import type { Bytes } from "./bytes";

const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const BLOCK = 64;
/** T of each round, turned left by the round's number (section 5.3.3). */
const CONSTANTS = Int32Array.from({ length: 64 }, (_, round) => turned(round < 16 ? 0x79cc4519 : 0x7a879d8a, round % 32));

function turned(word: number, by: number): number {
  return (word << by) | (word >>> ((32 - by) & 31));
}

export class Sm3 {
  readonly #state = Int32Array.from(START);
  readonly #words = new Int32Array(68);
  readonly #held = new Uint8Array(BLOCK);
  #size = 0;

  update(bytes: Bytes): this {
    let at = 0;
    const held = this.#size % BLOCK;
    this.#size += bytes.length;
    if (held > 0) {
      at = Math.min(BLOCK - held, bytes.length);
      this.#held.set(bytes.subarray(0, at), held);
      if (held + at < BLOCK) return this;
      this.#compress(this.#held, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#compress(bytes, at);
    this.#held.set(bytes.subarray(at));
    return this;
  }

  /** The digest. Nothing can be added after. */
  digest(): Bytes {
    const size = this.#size;
    const padding = new Uint8Array(((size % BLOCK < 56 ? 56 : 120) - (size % BLOCK)) + 8);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(size / 2 ** 29));
    view.setUint32(padding.length - 4, (size % 2 ** 29) * 8);
    this.update(padding);
    const digest = new Uint8Array(32);
    const out = new DataView(digest.buffer);
    this.#state.forEach((word, at) => out.setInt32(4 * at, word));
    return digest;
  }

  #compress(bytes: Bytes, from: number): void {
    const w = this.#words;
    for (let at = 0; at < 16; at++) {
      const i = from + 4 * at;
      w[at] = ((bytes[i] as number) << 24) | ((bytes[i + 1] as number) << 16) | ((bytes[i + 2] as number) << 8) | (bytes[i + 3] as number);
    }
    for (let at = 16; at < 68; at++) {
      const x = (w[at - 16] as number) ^ (w[at - 9] as number) ^ turned(w[at - 3] as number, 15);
      w[at] = x ^ turned(x, 15) ^ turned(x, 23) ^ turned(w[at - 13] as number, 7) ^ (w[at - 6] as number);
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as [number, number, number, number, number, number, number, number];
    for (let round = 0; round < 64; round++) {
      const a12 = turned(a, 12);
      const ss1 = turned((a12 + e + (CONSTANTS[round] as number)) | 0, 7);
      const ff = round < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = round < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + (ss1 ^ a12) + ((w[round] as number) ^ (w[round + 4] as number))) | 0;
      const tt2 = (gg + h + ss1 + (w[round] as number)) | 0;
      d = c;
      c = turned(b, 9);
      b = a;
      a = tt1;
      h = g;
      g = turned(f, 19);
      f = e;
      e = tt2 ^ turned(tt2, 9) ^ turned(tt2, 17);
    }
    const s = this.#state;
    [a, b, c, d, e, f, g, h].forEach((word, at) => {
      s[at] = (s[at] as number) ^ word;
    });
  }
}
