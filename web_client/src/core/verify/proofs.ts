/** A log's part of a bundle: where its files lie, and its list of proofs. */

import { fromBase64, type Bytes } from "./bytes";
import { isInteger, isObject, readCanonical, type Json, type JsonObject } from "./canonical";
import * as faults from "./faults";
import { Refusal } from "./findings";
import { HASH_BYTES } from "./merkle";

export const LEDGER = "ledger";
export const TOKEN = "timestamp.tsr";
export const CHAIN = "tsa-chain.pem";
const VERSION = 1;
/** A path is as long as the tree is high; no log will have 2**63 entries. */
const MOST_HASHES = 63;

/** The folder of a further log below `ledger/logs/`. */
export function logFolder(origin: string): string {
  return origin.replace(/[^A-Za-z0-9.-]/gu, "_");
}

/** The file of an entry below its log's folder. */
export function entryName(index: number): string {
  return `entries/${String(index).padStart(9, "0")}.json`;
}

/** Which entries of which log at which size, each with its path (RFC 6962 section 2.1.1). */
export interface Proofs {
  readonly origin: string;
  readonly size: number;
  /** In ascending order. */
  readonly paths: ReadonlyMap<number, readonly Bytes[]>;
}

/** Read proofs.json. Throws Refusal for anything but the one way to write it. */
export function readProofs(data: Bytes): Proofs {
  const value = readCanonical(data);
  if (!isObject(value) || !hasOnly(value, ["v", "origin", "size", "entries"])) throw new Refusal(faults.notProofs);
  const { v, origin, size, entries } = value;
  if (v !== VERSION || typeof origin !== "string" || !isInteger(size) || !Array.isArray(entries)) throw new Refusal(faults.notProofs);
  const paths = new Map<number, readonly Bytes[]>();
  let last = -1;
  for (const entry of entries as readonly Json[]) {
    if (!isObject(entry) || !hasOnly(entry, ["index", "path"])) throw new Refusal(faults.notAProof);
    const { index, path } = entry;
    if (!isInteger(index) || !Array.isArray(path)) throw new Refusal(faults.notAProof);
    if (index <= last) throw new Refusal(faults.proofsOutOfOrder(index, last));
    if (path.length > MOST_HASHES) throw new Refusal(faults.pathTooLong(path.length, index));
    paths.set(index, (path as readonly Json[]).map((step) => hashOf(step, index)));
    last = index;
  }
  return { origin, size, paths };
}

function hashOf(step: Json, index: number): Bytes {
  const bytes = typeof step === "string" ? fromBase64(step) : null;
  if (bytes?.length !== HASH_BYTES) throw new Refusal(faults.notAHash(index));
  return bytes;
}

function hasOnly(value: JsonObject, names: readonly string[]): boolean {
  const found = Object.keys(value);
  return found.length === names.length && names.every((name) => found.includes(name));
}
