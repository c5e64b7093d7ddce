/** One log's part of a bundle: its checkpoint, who signed it, and the survey's entries with their proofs. */

import type { Bag } from "./bag";
import { decoded, hex, type Bytes } from "./bytes";
import { isInteger, isObject, readCanonical, type JsonObject } from "./canonical";
import { readChain, type CheckSignature } from "./certificates";
import * as faults from "./faults";
import { Refusal, type Findings } from "./findings";
import { leafHash, verifyInclusion } from "./merkle";
import { checkSignedBy, readCheckpoint, readKey, sameKey, splitNote, writeKey, type Checkpoint, type Note, type VerifierKey } from "./notes";
import { CHAIN, entryName, LEDGER, logFolder, readProofs, TOKEN, type Proofs } from "./proofs";
import { checkToken, type Stamp } from "./tokens";

const AT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|\+00:00)$/;
const FURTHER = `${LEDGER}/logs/`;

/** An entry of the survey, as far as its leaf could be read. */
export interface LedgerEntry {
  /** Path below data/. */
  readonly file: string;
  readonly says: EntryWords;
}

export interface EntryWords extends JsonObject {
  readonly type: string;
  readonly survey: string;
  readonly seq: number;
  readonly at: string;
  readonly prev: string | null;
}

/** What one folder of the bundle proves. */
export interface Ledger {
  readonly folder: string;
  readonly checkpoint: Checkpoint;
  readonly signers: readonly VerifierKey[];
  readonly entries: readonly LedgerEntry[];
  /** The files that belong to it, by path below data/. */
  readonly files: ReadonlySet<string>;
  readonly stamp: Stamp | null;
}

/** The log in ledger/ first, then the further ones. */
export async function readLedgers(bag: Bag, keys: readonly VerifierKey[], check: CheckSignature | null, findings: Findings): Promise<Ledger[]> {
  const further = [...bag.files.keys()].filter((path) => path.startsWith(FURTHER)).map((path) => (path.slice(FURTHER.length).split("/")[0] as string));
  const ledgers: Ledger[] = [];
  for (const folder of [LEDGER, ...[...new Set(further)].sort().map((name) => FURTHER + name)]) {
    const ledger = await readLedger(folder, bag, keys, check, findings);
    if (ledger === null) continue;
    const { origin } = ledger.checkpoint;
    if (folder !== LEDGER && folder !== FURTHER + logFolder(origin)) findings.add(`data/${folder}`, faults.notTheFolderOf(origin));
    if (ledgers.some((other) => other.checkpoint.origin === origin)) findings.add(`data/${folder}`, faults.logTwice(origin));
    ledgers.push(ledger);
  }
  for (const path of bag.files.keys()) {
    if (path.startsWith(`${LEDGER}/`) && !ledgers.some(({ files }) => files.has(path))) findings.add(`data/${path}`, faults.notOfABundle);
  }
  return ledgers;
}

/** Null if there is too little of it to go on with. */
async function readLedger(folder: string, bag: Bag, keys: readonly VerifierKey[], check: CheckSignature | null, findings: Findings): Promise<Ledger | null> {
  const names = ["checkpoint", "vkey", "proofs.json"].map((name) => `${folder}/${name}`) as [string, string, string];
  for (const name of names) if (!bag.content.has(name)) findings.add(`data/${name}`, faults.missing);
  const text = textOf(names[0], bag, findings);
  if (text === null) return null;
  const read = tried(`data/${names[0]}`, faults.unreadable, findings, () => {
    const note = splitNote(text);
    return { note, checkpoint: readCheckpoint(note.text) };
  });
  if (read === null) return null;
  const { note, checkpoint } = read;
  const signers = signersOf(folder, note, bag, keys, findings);
  if (signers.length > 0 && !signers.some(({ name }) => name === checkpoint.origin)) {
    findings.add(`data/${names[0]}`, faults.notUnderItsName(checkpoint.origin, signers.map(({ name }) => name).join(", ")));
  }
  const stamped = [TOKEN, CHAIN].map((name) => `${folder}/${name}`) as [string, string];
  const files = new Set<string>([...names, ...stamped.filter((path) => bag.content.has(path))]);
  const stamp = await stampOf(...stamped, bag, bag.content.get(names[0]), check, findings);
  const proofs = proofsOf(names[2], checkpoint, bag, findings);
  if (proofs) for (const index of proofs.paths.keys()) files.add(`${folder}/${entryName(index)}`);
  return { folder, checkpoint, signers, entries: proofs ? entriesOf(folder, proofs, checkpoint, bag, findings) : [], files, stamp };
}

/** The timestamp of the checkpoint, if there is one: it is optional, and one that is there must be right. */
async function stampOf(
  token: string, chain: string, bag: Bag, note: Bytes | undefined, check: CheckSignature | null, findings: Findings,
): Promise<Stamp | null> {
  const [tokenBytes, chainBytes] = [bag.content.get(token), bag.content.get(chain)];
  if (!tokenBytes && !chainBytes) return null;
  if (!tokenBytes || !chainBytes || !note) {
    findings.add(`data/${tokenBytes ? chain : token}`, faults.timestampPartMissing);
    return null;
  }
  if (check === null) {
    findings.add(`data/${token}`, faults.timestampUnverifiable);
    return null;
  }
  try {
    return await checkToken(tokenBytes, note, readChain(chainBytes), check);
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    findings.add(`data/${token}`, faults.noTimestamp(fault.said));
    return null;
  }
} // prettier-ignore

/** What `read` gives, or null and a finding about `file` in case it refuses. */
function tried<T>(file: string, problem: (why: Refusal["said"]) => Refusal["said"], findings: Findings, read: () => T): T | null {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    findings.add(file, problem(fault.said));
    return null;
  }
}

function textOf(name: string, bag: Bag, findings: Findings): string | null {
  const bytes = bag.content.get(name);
  if (!bytes) return null;
  const text = decoded(bytes);
  if (text === null) findings.add(`data/${name}`, faults.notUtf8);
  return text;
}

/** The keys of vkey, if the note has exactly a good signature by each; all of them must be given, if any is. */
function signersOf(folder: string, note: Note, bag: Bag, keys: readonly VerifierKey[], findings: Findings): VerifierKey[] {
  const lines = textOf(`${folder}/vkey`, bag, findings);
  if (lines === null) return [];
  const named = tried(`data/${folder}/vkey`, faults.unreadable, findings, () => lines.replace(/\n$/, "").split("\n").map(readKey));
  if (named === null) return [];
  const twice = named.some((key, at) => named.slice(0, at).some((other) => sameKey(key, other)));
  if (lines !== named.map((key) => `${writeKey(key)}\n`).join("") || twice) findings.add(`data/${folder}/vkey`, faults.keysRespelled);
  const signed = note.signatures.map(({ name, id }) => `${name}+${id}`);
  if (signed.join("\n") !== named.map(({ name, id }) => `${name}+${id}`).join("\n")) {
    findings.add(`data/${folder}/checkpoint`, faults.signedByOthers(signed.join(", ")));
  }
  const good = named.filter((key) => tried(`data/${folder}/checkpoint`, faults.notSignedAsSaid, findings, () => (checkSignedBy(key, note), true)));
  for (const key of good) {
    if (keys.length > 0 && !keys.some((given) => sameKey(given, key))) {
      findings.add(`data/${folder}/checkpoint`, faults.signerNotGiven(`${key.name}+${key.id}`));
    }
  }
  return good;
}

function proofsOf(name: string, checkpoint: Checkpoint, bag: Bag, findings: Findings): Proofs | null {
  const bytes = bag.content.get(name);
  if (!bytes) return null;
  const proofs = tried(`data/${name}`, (why) => why, findings, () => readProofs(bytes));
  if (proofs === null) return null;
  if (proofs.origin !== checkpoint.origin || proofs.size !== checkpoint.size) {
    findings.add(`data/${name}`, faults.proofsOfAnother(proofs.origin, proofs.size, checkpoint.origin, checkpoint.size));
  }
  if (proofs.paths.size === 0) findings.add(`data/${name}`, faults.provesNothing);
  return proofs;
}

function entriesOf(folder: string, proofs: Proofs, checkpoint: Checkpoint, bag: Bag, findings: Findings): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  let before: Bytes | null = null;
  let number = 0;
  for (const [index, path] of proofs.paths) {
    number += 1;
    const name = `${folder}/${entryName(index)}`;
    const leaf = bag.content.get(name);
    if (!leaf) {
      findings.add(`data/${name}`, faults.provenAndMissing(`${folder}/proofs.json`));
      before = null;
      continue;
    }
    if (!verifyInclusion(index, checkpoint.size, leafHash(leaf), path, checkpoint.root)) {
      findings.add(`data/${name}`, faults.notTheEntry(index, checkpoint.origin));
    }
    const says = wordsOf(name, leaf, findings);
    if (says) {
      checkChain(name, says, number, before, findings);
      entries.push({ file: name, says });
    }
    before = leaf;
  }
  return entries;
}

function wordsOf(name: string, leaf: Bytes, findings: Findings): EntryWords | null {
  const read = tried(`data/${name}`, (why) => why, findings, () => ({ says: readCanonical(leaf) }));
  if (read === null) return null;
  if (isObject(read.says) && isEntry(read.says)) return read.says as EntryWords;
  findings.add(`data/${name}`, faults.notAnEntry);
  return null;
}

function isEntry({ v, type, survey, seq, at, prev }: JsonObject): boolean {
  return (
    v === 1 &&
    typeof type === "string" &&
    type !== "" &&
    typeof survey === "string" &&
    isInteger(seq) &&
    typeof at === "string" &&
    AT.test(at) &&
    (prev === null || typeof prev === "string")
  );
}

function checkChain(name: string, says: EntryWords, number: number, before: Bytes | null, findings: Findings): void {
  if (says.seq !== number) findings.add(`data/${name}`, faults.otherNumber(says.seq, number));
  if (number === 1 && says.prev !== null) findings.add(`data/${name}`, faults.firstNamesOneBefore);
  if (before !== null && says.prev !== hex(leafHash(before))) findings.add(`data/${name}`, faults.notChained);
}
