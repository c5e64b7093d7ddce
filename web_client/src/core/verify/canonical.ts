/** Canonical JSON (RFC 8785), read strictly: what is not the one form of its value is refused. */

import { decoded, type Bytes } from "./bytes";
import { Refusal } from "./findings";
import * as faults from "./faults";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const DEEPEST = 900;
/** From here on ECMAScript writes a number with an exponent; integers between I-JSON's largest and it are refused. */
const EXPONENT_FROM = 1e21;

/** The value that these bytes are the canonical form of. Throws Refusal. */
export function readCanonical(data: Bytes): Json {
  const text = decoded(data);
  if (text === null) throw new Refusal(faults.notJson);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new Refusal(faults.notJson);
  }
  if (canonical(value) !== text) throw new Refusal(faults.notCanonical);
  return value;
}

/** The canonical form of a value. Throws Refusal for what has none. */
export function canonical(value: Json, depth = 0): string {
  if (depth > DEEPEST) throw new Refusal(faults.tooDeep);
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new Refusal(faults.notJson);
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    const size = Math.abs(value);
    if (!Number.isFinite(value) || (size > Number.MAX_SAFE_INTEGER && size < EXPONENT_FROM)) throw new Refusal(faults.notJson);
    return String(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => canonical(one, depth + 1)).join(",")}]`;
  const object = value as JsonObject;
  // The sort of ECMAScript goes by UTF-16 units, as RFC 8785 section 3.2.3 wants it.
  const members = Object.keys(object).sort();
  return `{${members.map((name) => `${canonical(name, depth)}:${canonical(object[name] as Json, depth + 1)}`).join(",")}}`;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An integer as JSON has it for both programs that read the record: no fraction, at most 2**53 - 1. */
export function isInteger(value: Json | undefined): value is number {
  return Number.isSafeInteger(value);
}
