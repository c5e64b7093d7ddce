/** DER (X.690), strictly: definite lengths in their shortest form, and nothing left over. */

import { encoded, type Bytes } from "./bytes";
import * as faults from "./faults";
import { Refusal } from "./findings";

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BITS = 0x03;
export const OCTETS = 0x04;
export const OID = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** `[0]` and `[3]` with something in it. */
export const FIRST = 0xa0;
export const FOURTH = 0xa3;

export interface Der {
  readonly tag: number;
  readonly value: Bytes;
  /** Tag and length, too. */
  readonly whole: Bytes;
}

/** The elements that these bytes are, one after the other. Throws Refusal. */
export function elements(bytes: Bytes): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const tag = bytes[at] as number;
    let length = bytes[at + 1] ?? -1;
    at += 2;
    if ((tag & 0x1f) === 0x1f || length < 0 || length === 0x80) throw new Refusal(faults.notDer);
    if (length > 0x80) {
      const octets = bytes.subarray(at, at + (length & 0x7f));
      at += octets.length;
      length = octets.reduce((sum, octet) => sum * 256 + octet, 0);
      if (octets[0] === 0 || length < 0x80) throw new Refusal(faults.notDer);
    }
    if (!(at + length <= bytes.length)) throw new Refusal(faults.notDer);
    found.push({ tag, value: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) });
    at += length;
  }
  return found;
}

/** The elements of this one, if it has the tag. */
export function inside(der: Der | undefined, tag: number = SEQUENCE): Der[] {
  return elements(valueOf(der, tag));
}

export function valueOf(der: Der | undefined, tag: number): Bytes {
  if (der?.tag !== tag) throw new Refusal(faults.notDer);
  return der.value;
}

/** The one element that these bytes are. */
export function only(bytes: Bytes): Der {
  const [one, ...more] = elements(bytes);
  if (!one || more.length > 0) throw new Refusal(faults.notDer);
  return one;
}

/** A moment in milliseconds since 1970: UTCTime or GeneralizedTime with a Z (RFC 5280 section 4.1.2.5, RFC 3161 section 2.4.2). */
export function moment(der: Der | undefined): number {
  const text = String.fromCharCode(...(der?.value ?? []));
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\.\d*[1-9])?Z$/.exec(text);
  if (!match || match[1]?.length !== (der?.tag === UTC_TIME ? 2 : 4) || (der?.tag !== UTC_TIME && der?.tag !== GENERALIZED_TIME)) throw new Refusal(faults.notDer);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const full = year >= 100 ? year : year < 50 ? 2000 + year : 1900 + year;
  return Date.UTC(full, month - 1, day, hour, minute, second) + Math.floor(Number(`0${match[7] ?? ""}`) * 1000);
}

/** An object identifier's bytes from its arcs, to compare with. */
export function oid(arcs: string): string {
  const [one, two, ...more] = arcs.split(".").map(Number) as [number, number, ...number[]];
  const bytes = [40 * one + two];
  for (const arc of more) {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The one way to write certificates in PEM (RFC 7468 section 5). */
export function pem(base64: string): Bytes {
  return encoded(`-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})(?=.)/g, "$1\n")}\n-----END CERTIFICATE-----\n`);
}
