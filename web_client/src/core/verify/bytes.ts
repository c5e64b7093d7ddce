/** Bytes as text and back, strictly: what is not the one way to write a value is no value. */

import { utf8ToBytes } from "@noble/hashes/utils.js";

export { bytesToHex as hex } from "@noble/hashes/utils.js";

export type Bytes = Uint8Array<ArrayBufferLike>;

export function encoded(text: string): Bytes {
  return utf8ToBytes(text);
}

const AT_ONCE = 8192;

/** The text that these bytes are in UTF-8 (RFC 3629), a byte order mark included; null if they are not. */
export function decoded(bytes: Bytes): string | null {
  let text = "";
  let units: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
    if (more < 0 || at + more >= bytes.length) return null;
    let point = more === 0 ? first : first & (0x3f >> more);
    for (let next = 1; next <= more; next++) {
      const byte = bytes[at + next] as number;
      if (byte >> 6 !== 2) return null;
      point = (point << 6) | (byte & 0x3f);
    }
    // Too long a form, half of a surrogate pair, or beyond Unicode.
    if ((more === 2 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) || (more === 3 && (point < 0x10000 || point > 0x10ffff))) return null;
    if (point < 0x10000) units.push(point);
    else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + (point & 0x3ff));
    at += more + 1;
    if (units.length >= AT_ONCE) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** Less than, equal to or greater than zero, as the first comes before, at or after the second. */
export function compared(one: Bytes, other: Bytes): number {
  const both = Math.min(one.length, other.length);
  for (let at = 0; at < both; at++) {
    const difference = (one[at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

export function same(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && compared(one, other) === 0;
}

export function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_FORM = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 with padding (RFC 4648 section 4). */
export function base64(bytes: Bytes): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const three = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) text += BASE64[(three >> shift) & 0x3f];
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - padding) + "=".repeat(padding);
}

/** The bytes that this is the base64 of; null if it is not, or not in its one form. */
export function fromBase64(text: string): Bytes | null {
  if (!BASE64_FORM.test(text)) return null;
  const bare = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of bare) {
    held = ((held << 6) | BASE64.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return base64(bytes) === text ? bytes : null;
}
