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

  /** Written out, since every byte of a record passes here: turns and words in an array cost half of the speed. */
  #compress(bytes: Bytes, from: number): void {
    const w = this.#words;
    for (let at = 0; at < 16; at++) {
      const i = from + 4 * at;
      w[at] = ((bytes[i] as number) << 24) | ((bytes[i + 1] as number) << 16) | ((bytes[i + 2] as number) << 8) | (bytes[i + 3] as number);
    }
    for (let at = 16; at < 68; at++) {
      const third = w[at - 3] as number;
      const thirteenth = w[at - 13] as number;
      const x = (w[at - 16] as number) ^ (w[at - 9] as number) ^ ((third << 15) | (third >>> 17));
      const p1 = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9));
      w[at] = p1 ^ ((thirteenth << 7) | (thirteenth >>> 25)) ^ (w[at - 6] as number);
    }
    const s = this.#state;
    let a = s[0] as number;
    let b = s[1] as number;
    let c = s[2] as number;
    let d = s[3] as number;
    let e = s[4] as number;
    let f = s[5] as number;
    let g = s[6] as number;
    let h = s[7] as number;
    for (let round = 0; round < 64; round++) {
      const a12 = (a << 12) | (a >>> 20);
      const sum = (a12 + e + (CONSTANTS[round] as number)) | 0;
      const ss1 = (sum << 7) | (sum >>> 25);
      const ff = round < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = round < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const word = w[round] as number;
      const tt1 = (ff + d + (ss1 ^ a12) + (word ^ (w[round + 4] as number))) | 0;
      const tt2 = (gg + h + ss1 + word) | 0;
      d = c;
      c = (b << 9) | (b >>> 23);
      b = a;
      a = tt1;
      h = g;
      g = (f << 19) | (f >>> 13);
      f = e;
      e = tt2 ^ ((tt2 << 9) | (tt2 >>> 23)) ^ ((tt2 << 17) | (tt2 >>> 15));
    }
    s[0] = (s[0] as number) ^ a;
    s[1] = (s[1] as number) ^ b;
    s[2] = (s[2] as number) ^ c;
    s[3] = (s[3] as number) ^ d;
    s[4] = (s[4] as number) ^ e;
    s[5] = (s[5] as number) ^ f;
    s[6] = (s[6] as number) ^ g;
    s[7] = (s[7] as number) ^ h;
  }
}
