/** The browser's own cryptography, which is many times faster than a script's and knows the signatures of certificates. */

import type { CheckSignature } from "../core/verify/certificates";
import type { Native } from "../core/verify/native";
import { inside, INTEGER, only, oid, valueOf, type Der } from "../core/verify/der";
import { notDer } from "../core/verify/faults";
import { Refusal } from "../core/verify/findings";

/** By the hex of a curve's name: what the browser calls it, and the bytes of a coordinate. */
const CURVES: Readonly<Record<string, readonly [string, number]>> = {
  [oid("1.2.840.10045.3.1.7")]: ["P-256", 32],
  [oid("1.3.132.0.34")]: ["P-384", 48],
  [oid("1.3.132.0.35")]: ["P-521", 66],
};

async function check({ kind, hash, key, curve, signature, data }: Parameters<CheckSignature>[0]): Promise<boolean> {
  const [namedCurve, size] = CURVES[curve] ?? ["", 0];
  if (kind === "ecdsa" && !namedCurve) return false;
  const algorithm = kind === "rsa" ? { name: "RSASSA-PKCS1-v1_5", hash } : { name: "ECDSA", namedCurve, hash };
  try {
    const imported = await crypto.subtle.importKey("spki", new Uint8Array(key), algorithm, false, ["verify"]);
    const raw = kind === "rsa" ? new Uint8Array(signature) : pair(signature, size);
    return await crypto.subtle.verify(algorithm, imported, raw, new Uint8Array(data));
  } catch (fault) {
    if (fault instanceof DOMException) return false; // no key of the kind, or one that is no point of the curve
    throw fault;
  }
}

/** r and s side by side, as the browser wants them, of a SEQUENCE of the two in its one form. Throws Refusal. */
function pair(signature: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(2 * size);
  const numbers = inside(only(signature));
  numbers.forEach((number, at) => {
    const digits = positive(number);
    if (numbers.length !== 2 || digits.length > size) throw new Refusal(notDer);
    raw.set(digits, (at + 1) * size - digits.length);
  });
  return raw;
}

/** A positive INTEGER's digits without the zero that only says it is not negative. */
function positive(number: Der): Uint8Array {
  const digits = valueOf(number, INTEGER);
  const [first = 0x80, second = 0] = digits;
  if (first >= 0x80 || (first === 0 && second < 0x80)) throw new Refusal(notDer);
  return first === 0 ? digits.subarray(1) : digits;
}

/** Null where the browser keeps it from pages: on connections that are not secure. A file on disk counts as secure. */
export const native: Native | null = globalThis.crypto?.subtle
  ? { check, digest: async (hash, bytes) => new Uint8Array(await crypto.subtle.digest(hash, new Uint8Array(bytes))) }
  : null;
