/**
 * Signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), signed with Ed25519 (RFC 8032).
 *
 * A verifier key is `name+id+base64(1 || public key)`. A signature counts for the key with both its name and its id.
 */

import * as ed25519 from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { base64, encoded, fromBase64, hex, joined, same, type Bytes } from "./bytes";
import * as faults from "./faults";
import { Refusal } from "./findings";
import { HASH_BYTES } from "./merkle";

const ED25519 = 1;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const DASH = "\u2014";
const MOST_SIGNATURES = 100;
const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Who may sign, and the public key that proves it. */
export interface VerifierKey {
  readonly name: string;
  readonly public: Bytes;
  /** Four bytes in hex that tell keys of one name apart. */
  readonly id: string;
}

function checkName(name: string): void {
  if (name === "" || name.includes("+") || SPACE.test(name)) throw new Refusal(faults.badName(name));
}

function bytesOf(text: string, what: faults.Part): Bytes {
  const bytes = fromBase64(text);
  if (bytes === null) throw new Refusal(faults.notBase64(what));
  return bytes;
}

/** Read a verifier key. Throws Refusal. */
export function readKey(line: string): VerifierKey {
  const [name, rest] = cut(line.trim(), "+");
  const [identifier, text] = cut(rest, "+");
  checkName(name);
  const raw = bytesOf(text, faults.VERIFIER_KEY);
  if (raw[0] !== ED25519 || raw.length !== 1 + HASH_BYTES) throw new Refusal(faults.notEd25519(name));
  const id = hex(sha256(joined([encoded(`${name}\n`), raw])).subarray(0, ID_BYTES));
  if (id !== identifier) throw new Refusal(faults.keyMiswritten(name, id));
  return { name, public: raw.subarray(1), id };
}

export function writeKey(key: VerifierKey): string {
  return `${key.name}+${key.id}+${base64(joined([Uint8Array.of(ED25519), key.public]))}`;
}

export function sameKey(one: VerifierKey, other: VerifierKey): boolean {
  return one.name === other.name && same(one.public, other.public);
}

export interface Signature {
  readonly name: string;
  readonly id: string;
  readonly bytes: Bytes;
}

/** A note's text and its signatures, unchecked. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** Throws Refusal for what is no signed note. */
export function splitNote(note: string): Note {
  const at = note.lastIndexOf("\n\n");
  // eslint-disable-next-line no-control-regex -- exactly these a note can't have
  if (at < 0 || !note.endsWith("\n") || note.length === at + 2 || /[\0-\t\v-\x1f]/.test(note)) throw new Refusal(faults.notANote);
  const lines = note.slice(at + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw new Refusal(faults.tooManySignatures);
  const signatures = lines.map((line) => {
    const [dash, rest] = cut(line, " ");
    const [name, text] = cut(rest, " ");
    if (dash !== DASH) throw new Refusal(faults.noDash);
    checkName(name);
    const raw = bytesOf(text, faults.signatureOf(name));
    if (raw.length <= ID_BYTES) throw new Refusal(faults.signatureTooShort(name));
    return { name, id: hex(raw.subarray(0, ID_BYTES)), bytes: raw.subarray(ID_BYTES) };
  });
  return { text: `${note.slice(0, at)}\n`, signatures };
}

/** Has this key signed the note, and does each of its signatures fit? Throws Refusal if not. */
export function checkSignedBy(key: VerifierKey, note: Note): void {
  const own = note.signatures.filter((signature) => signature.name === key.name && signature.id === key.id);
  if (own.length === 0) throw new Refusal(faults.notSignedBy([...new Set(note.signatures.map(({ name }) => name))].sort().join(", ")));
  const text = encoded(note.text);
  if (!own.every(({ bytes }) => fits(bytes, text, key.public))) throw new Refusal(faults.signatureDoesNotFit(key.name));
}

function fits(signature: Bytes, text: Bytes, key: Bytes): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  ed25519.hashes.sha512 = sha512; // the library leaves the choice of a SHA-512 to whoever uses it
  try {
    return ed25519.verify(signature, text, key, { zip215: false });
  } catch {
    return false; // the key is no point of the curve
  }
}

/** What a log commits to: its name, how many entries it has and the root over them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** Read a note's text. Throws Refusal. */
export function readCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  if (lines.length < 4 || lines.pop() !== "" || lines.includes("")) throw new Refusal(faults.notACheckpoint);
  const [origin, size, root] = lines as [string, string, string];
  const bytes = bytesOf(root, faults.ROOT_HASH);
  if (!/^(?:0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size))) throw new Refusal(faults.notALogSize(size));
  if (bytes.length !== HASH_BYTES) throw new Refusal(faults.rootHasOtherLength);
  return { origin, size: Number(size), root: bytes };
}

/** What is before the first `mark` and what is after it. */
export function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}
