/** The record in a bundle: every file proven by one entry, every object a seal names there, the seals a chain. */

import { ALGORITHM_NAMES, type Bag } from "./bag";
import { encoded, same } from "./bytes";
import { canonical, isInteger, isObject, readCanonical, type Json, type JsonObject } from "./canonical";
import * as faults from "./faults";
import { Refusal, type Findings } from "./findings";
import { bagInformation, bagName, splitKey } from "./information";
import type { Ledger, LedgerEntry } from "./ledgers";
import { LEDGER } from "./proofs";

const SEAL = /^seals\/([1-9][0-9]{0,8})-(recording|case|addendum)\/manifest-([0-9a-f]{16})\.json$/;
const SEAL_TYPE = "seal";
/** What an entry about a stored object has besides. */
const STATED = ["sha256", "sm3", "size", "key", "version_id"] as const;
const QUOTED_AT_MOST = 120;

/** A seal whose manifest could be read. */
export interface Seal {
  readonly number: number;
  readonly kind: string;
  /** Below data/. */
  readonly path: string;
  /** The stored object's; empty when no entry is about it. */
  readonly key: string;
  readonly manifest: JsonObject;
}

/** What the entries say of the files. */
export class Record {
  survey = "";
  readonly seals: Seal[] = [];
  #tenant = "";
  /** By path below data/. */
  readonly #entries = new Map<string, LedgerEntry>();

  constructor(
    readonly bag: Bag,
    readonly findings: Findings,
  ) {}

  /** Everything that entries, seals and files must have in common. The first ledger is the one in ledger/. */
  check(ledgers: readonly Ledger[]): void {
    for (const ledger of ledgers) for (const entry of ledger.entries) this.#take(entry);
    for (const path of this.bag.files.keys()) {
      if (!path.startsWith(`${LEDGER}/`) && !this.#entries.has(path)) this.findings.add(`data/${path}`, faults.noEntry);
    }
    this.#readSeals();
    this.seals.forEach((seal, at) => this.#checkSeal(seal, this.seals[at - 1] ?? null));
    this.#checkNames();
    const newest = this.seals.at(-1);
    const entry = newest && this.#entries.get(newest.path);
    if (entry && ledgers[0] && !ledgers[0].entries.includes(entry)) this.findings.add(`data/${entry.file}`, faults.newestSealElsewhere);
  }

  #take(entry: LedgerEntry): void {
    const { says } = entry;
    const file = `data/${entry.file}`;
    this.survey ||= says.survey;
    if (says.survey !== this.survey) this.findings.add(file, faults.anotherSurvey(says.survey, this.survey));
    if (!Object.hasOwn(says, "key")) {
      if (says.type === SEAL_TYPE) this.findings.add(file, faults.sealWithoutManifest);
      return;
    }
    const stated = STATED.every((name) => (name === "size" ? isInteger(says[name]) : typeof says[name] === "string"));
    if (!stated) return this.findings.add(file, faults.statesTooLittle(STATED.join(", ")));
    const parts = splitKey(says["key"] as string);
    if (!parts || parts.survey !== this.survey || parts.tenant !== (this.#tenant || parts.tenant)) {
      return this.findings.add(file, faults.notTheSurveys(says["key"] as string));
    }
    this.#tenant = parts.tenant;
    const { path } = parts;
    const other = this.#entries.get(path);
    if (other) return this.findings.add(file, faults.alsoAbout(path, other.file));
    this.#entries.set(path, entry);
    if ((says.type === SEAL_TYPE) !== SEAL.test(path)) this.findings.add(file, faults.otherType(says.type, path));
    this.#compare(path, entry);
  }

  #compare(path: string, { file, says }: LedgerEntry): void {
    const found = this.bag.files.get(path);
    if (!found) return this.findings.add(`data/${path}`, faults.missingByEntry(file));
    if (found.size !== says["size"]) this.findings.add(`data/${path}`, faults.otherSize(found.size, file, says["size"] as number));
    for (const algorithm of ["sha256", "sm3"] as const) {
      if (found[algorithm] !== says[algorithm]) {
        this.findings.add(`data/${path}`, faults.otherDigest(ALGORITHM_NAMES[algorithm], found[algorithm], file, says[algorithm] as string));
      }
    }
  }

  #readSeals(): void {
    for (const [path, data] of this.bag.content) {
      const match = SEAL.exec(path);
      if (!match) continue;
      if (!this.bag.files.get(path)?.sha256.startsWith(match[3] as string)) this.findings.add(`data/${path}`, faults.namedOtherwise);
      let manifest: Json;
      try {
        manifest = readCanonical(data);
      } catch (fault) {
        if (!(fault instanceof Refusal)) throw fault;
        this.findings.add(`data/${path}`, fault.said);
        continue;
      }
      if (!isObject(manifest)) {
        this.findings.add(`data/${path}`, faults.notASeal);
        continue;
      }
      const key = (this.#entries.get(path)?.says["key"] ?? "") as string;
      this.seals.push({ number: Number(match[1]), kind: match[2] as string, path, key, manifest });
    }
    this.seals.sort((one, other) => one.number - other.number);
    if (this.seals.length === 0) this.findings.add("data/seals/1-recording", faults.noSeal);
  }

  #checkSeal(seal: Seal, before: Seal | null): void {
    const file = `data/${seal.path}`;
    const number = before ? before.number + 1 : 1;
    if (seal.number !== number) this.findings.add(file, faults.otherSealNumber(seal.number, number));
    if ((seal.kind === "recording") !== (before === null)) this.findings.add(file, faults.sealsOutOfOrder);
    const expected = { v: 1, type: SEAL_TYPE, kind: seal.kind, number: seal.number, survey: this.survey };
    for (const [name, value] of Object.entries(expected)) {
      if (seal.manifest[name] !== value) this.findings.add(file, faults.saysInstead(name, quoted(seal.manifest[name]), quoted(value)));
    }
    const previous = before && { key: before.key, sha256: this.bag.files.get(before.path)?.sha256 ?? "" };
    const named = seal.manifest["previous"];
    if (named === undefined || canonical(named) !== canonical(previous)) {
      this.findings.add(file, before ? faults.notAfter(`data/${before.path}`) : faults.namesSealBeforeFirst);
    }
    this.#checkObjects(seal);
    for (const { key, sha256 } of mentioned(seal.manifest)) {
      const says = this.#entries.get(splitKey(key)?.path ?? "")?.says;
      if (says?.["key"] !== key || says["sha256"] !== sha256) this.findings.add(file, faults.speaksOfAnother(key, sha256));
    }
  }

  #checkObjects(seal: Seal): void {
    const objects = seal.manifest["objects"];
    if (!Array.isArray(objects)) return this.findings.add(`data/${seal.path}`, faults.noObjects);
    const named = new Set<string>();
    for (const listed of objects as readonly Json[]) {
      if (!isListed(listed) || named.has(listed.key)) {
        this.findings.add(`data/${seal.path}`, faults.notAnObject(canonical(listed).slice(0, QUOTED_AT_MOST)));
        continue;
      }
      named.add(listed.key);
      this.#checkListed(listed, seal);
    }
  }

  #checkListed(listed: Listed, seal: Seal): void {
    const parts = splitKey(listed.key);
    const path = parts ? parts.path : listed.key;
    const entry = this.#entries.get(path);
    if (!parts || !entry || entry.says["key"] !== listed.key) {
      const there = this.bag.files.has(path);
      return this.findings.add(`data/${path}`, there ? faults.noEntryAndNamed(seal.path) : faults.missingAndNamed(seal.path));
    }
    for (const name of STATED) {
      if (Object.hasOwn(listed, name) && listed[name] !== entry.says[name]) {
        this.findings.add(`data/${path}`, faults.otherInSeal(name, seal.path, entry.file));
      }
    }
  }

  /** The bag's own name and words, which are made of what is proven. */
  #checkNames(): void {
    const { top, tags, oxum } = this.bag;
    if (this.survey && top !== bagName(this.survey)) this.findings.add(top, faults.shouldBeCalled(bagName(this.survey)));
    const found = tags.get("bag-info.txt");
    const newest = this.seals.at(-1);
    if (!found || !newest?.key) return;
    const words = bagInformation(newest.key, newest.manifest);
    if (words === null) return this.findings.add(`data/${newest.path}`, faults.noCase);
    const lines = [...words, `Payload-Oxum: ${oxum}`];
    if (same(found, encoded(lines.map((line) => `${line}\n`).join("")))) return;
    const missing = lines.filter((line) => !saidIn(found, line));
    this.findings.add("bag-info.txt", missing.length > 0 ? faults.saysTooLittle(missing.join("; ")) : faults.saysTooMuch);
  }
}

interface Listed extends JsonObject {
  readonly key: string;
}

function isListed(listed: Json): listed is Listed {
  return (
    isObject(listed) && typeof listed["key"] === "string" && typeof listed["sha256"] === "string" && isInteger(listed["size"]) && typeof listed["version_id"] === "string"
  );
}

/** Objects that a manifest speaks of outside its list: the decision, photos, verdicts. */
function* mentioned(manifest: JsonObject): Generator<{ key: string; sha256: string }> {
  const ahead: Json[] = Object.entries(manifest).flatMap(([name, value]) => (name === "objects" || name === "previous" ? [] : [value]));
  for (let value = ahead.pop(); value !== undefined; value = ahead.pop()) {
    if (!isObject(value)) {
      if (Array.isArray(value)) ahead.push(...(value as readonly Json[]));
    } else if (typeof value["key"] === "string" && typeof value["sha256"] === "string") yield { key: value["key"], sha256: value["sha256"] };
    else ahead.push(...Object.values(value));
  }
}

/** Is this one of the lines? Anything else may be in the others. */
function saidIn(found: Uint8Array, line: string): boolean {
  const bytes = (text: string): string => Array.from(encoded(text), (byte) => String.fromCharCode(byte)).join("");
  const whole = Array.from(found, (byte) => String.fromCharCode(byte)).join("");
  return whole.split("\n").includes(bytes(line));
}

function quoted(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? `'${value}'` : canonical(value).slice(0, QUOTED_AT_MOST);
}
