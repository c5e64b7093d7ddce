/**
 * Checks a bundle offline: from the zip and the verifier keys alone, by the rules of `takan verify`.
 *
 * **A bundle has exactly one form: given its checkpoint and the survey's entries, every byte of the zip follows from
 * them, and any other byte is refused.**
 *
 * What a bundle can't show: that the log holds no later entry of the survey. It proves the record whole up to the newest
 * entry it has (`Report.until`); an older, shorter export stays a true one.
 */

import { about, type About } from "./about";
import { Bag, readBag } from "./bag";
import { Findings, type Problem, type Result } from "./findings";
import { readLedgers, type Ledger } from "./ledgers";
import type { Native } from "./native";
import { sameKey, type VerifierKey } from "./notes";
import { Record } from "./record";
import type { Stamp } from "./tokens";
import { BrokenZip, CanonicalZip, type Progress, type Source } from "./zipped";

/** The answer about one bundle. What could not be read is empty or 0. */
export interface Report {
  readonly result: Result;
  readonly survey: string;
  /** The logs, the one that holds the newest seal first: name, and entries at the bundle's checkpoint. */
  readonly logs: readonly { readonly origin: string; readonly size: number }[];
  /** Whose signatures fit, of every log's checkpoint; whether they were given or not. */
  readonly signedBy: readonly VerifierKey[];
  /** What timestamp authorities say of the logs' checkpoints. Anybody may call himself one: compare the fingerprint. */
  readonly stamps: readonly (Stamp & { readonly origin: string })[];
  /** When the newest entry was made (ISO 8601). */
  readonly until: string;
  readonly files: number;
  /** Of the payload. */
  readonly bytes: number;
  readonly entries: number;
  readonly problems: readonly Problem[];
  /** What the record says it is about; null when it is refused: nothing of it is to be believed then. */
  readonly about: About | null;
}

/**
 * `native` is the system's cryptography; where it is null, hashing takes longer and a bundle with a timestamp is refused.
 *
 * With no key, nothing says whose record it is; with keys, all who signed must be among them.
 *
 * Reads the source once, front to end; in memory are its ledger, its seals and a few lines a file. Rejects as the source
 * does, or with what `progress` throws; everything that is wrong with what it holds is in the report.
 */
export async function verify(source: Source, keys: readonly VerifierKey[], native: Native | null, progress?: Progress): Promise<Report> {
  const findings = new Findings();
  const bag = new Bag();
  try {
    await readBag(new CanonicalZip(source, findings, progress), bag, native, findings);
  } catch (fault) {
    if (!(fault instanceof BrokenZip)) throw fault;
    // What was not read would be called missing, file by file: this says it better.
    findings.add(source.name, fault.said);
    return reported(bag, [], new Record(bag, findings), false, findings);
  }
  const ledgers = await readLedgers(bag, keys, native?.check ?? null, findings);
  const record = new Record(bag, findings);
  record.check(ledgers);
  return reported(bag, ledgers, record, keys.length > 0, findings);
}

function reported(bag: Bag, ledgers: readonly Ledger[], record: Record, withKeys: boolean, findings: Findings): Report {
  const refused = findings.problems.length > 0;
  const signedBy: VerifierKey[] = [];
  for (const key of ledgers.flatMap(({ signers }) => signers)) {
    if (!signedBy.some((other) => sameKey(other, key))) signedBy.push(key);
  }
  const entries = ledgers.flatMap((ledger) => ledger.entries);
  return {
    result: refused ? "refused" : withKeys ? "verified" : "consistent, signer unchecked",
    survey: record.survey,
    logs: ledgers.map(({ checkpoint: { origin, size } }) => ({ origin, size })),
    signedBy,
    stamps: ledgers.flatMap(({ checkpoint: { origin }, stamp }) => (stamp ? [{ ...stamp, origin }] : [])),
    until: entries.reduce((latest, { says }) => (says.at > latest ? says.at : latest), ""),
    files: bag.files.size,
    bytes: bag.size,
    entries: entries.length,
    problems: findings.problems,
    about: refused ? null : about(record.seals),
  };
}
