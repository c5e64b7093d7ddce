/**
 * The bag in the zip (BagIt 1.0, RFC 8493), in the one form a node gives it.
 *
 * First the empty folder data/, then the payload in the order of its paths' UTF-8 bytes, then the tag files. All four
 * manifests list every file once in that same order: lower-case hash, two spaces, path.
 */

import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { compared, decoded, encoded, hex, joined, same, type Bytes } from "./bytes";
import * as faults from "./faults";
import type { Findings } from "./findings";
import { cut } from "./notes";
import type { Native } from "./native";
import { Sm3 } from "./sm3";
import type { CanonicalZip, Member } from "./zipped";

const ALGORITHMS = { sha256, sha512 } as const;
type Algorithm = keyof typeof ALGORITHMS;
export const ALGORITHM_NAMES = { sha256: "SHA-256", sha512: "SHA-512", sm3: "SM3" } as const;
const NAMES = ["sha256", "sha512"] as const;
const DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const LISTED_TAGS = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt"];
const TAGS = [...LISTED_TAGS, "tagmanifest-sha256.txt", "tagmanifest-sha512.txt"];
/** What is looked into, and so kept in memory. */
const READ_WHOLE = ["ledger/", "seals/"];
const LARGEST_READ = 64 * 2 ** 20;
/** Up to here a file is hashed at once where that is faster: the parts of a recording are no larger. */
const AT_ONCE = { from: 16 * 2 ** 10, to: 4 * 2 ** 20 };
const PAYLOAD = "data/";
/** What a manifest would have to encode (RFC 8493, 2.1.3) or some system's file names cannot hold. */
// eslint-disable-next-line no-control-regex -- these above all
const UNSAFE = /[\0-\x1f\x7f%\\:*?"<>|]/;

/** A file of the payload by what it weighs. Hashes are lower-case hex. */
export interface BagFile {
  readonly size: number;
  readonly sha256: string;
  readonly sha512: string;
  readonly sm3: string;
}

/** What was found in the zip. Paths are those below data/. */
export class Bag {
  top = "";
  readonly files = new Map<string, BagFile>();
  /** The bytes of the payload's ledger and seals. */
  readonly content = new Map<string, Bytes>();
  readonly tags = new Map<string, Bytes>();

  /** Bytes of the payload. */
  get size(): number {
    return [...this.files.values()].reduce((sum, file) => sum + file.size, 0);
  }

  /** Its Payload-Oxum (RFC 8493 section 2.2.2). */
  get oxum(): string {
    return `${this.size}.${this.files.size}`;
  }
}

/** Read the archive to its end into `bag` and check the bag's own rules. Throws as the archive does. */
export async function readBag(archive: CanonicalZip, bag: Bag, native: Native | null, findings: Findings): Promise<void> {
  const folded = new Set<string>();
  let last: Bytes = new Uint8Array();
  for await (const member of archive.members()) {
    const [top, rest] = cut(member.name, "/");
    const path = rest.startsWith(PAYLOAD) ? rest.slice(PAYLOAD.length) : "";
    if (bag.top === "") {
      bag.top = top;
      if (rest !== PAYLOAD || member.size > 0) findings.add(member.name, faults.dataNotFirst);
      await drained(member);
    } else if (top === bag.top && path !== "") {
      last = checkPlace(path, last, folded, bag, findings);
      await readPayload(path, member, bag, native, findings);
    } else {
      await readTag(member, top === bag.top ? rest : "", bag, findings);
    }
  }
  checkTags(bag, findings);
}

async function drained(member: Member): Promise<void> {
  for await (const _ of member.pieces);
}

async function whole(member: Member): Promise<Bytes> {
  const pieces: Bytes[] = [];
  for await (const piece of member.pieces) pieces.push(piece);
  return joined(pieces);
}

function checkPlace(path: string, last: Bytes, folded: Set<string>, bag: Bag, findings: Findings): Bytes {
  const parts = path.split("/");
  const safe = parts.every((part) => part !== "" && part !== "." && part !== "..") && !UNSAFE.test(path);
  if (!safe || path.normalize("NFC") !== path) findings.add(PAYLOAD + path, faults.badPath);
  // There and back: what differs only in case does not after it, `ß` and `ss` included.
  const plain = path.normalize("NFC").toUpperCase().toLowerCase();
  const bytes = encoded(path);
  if (folded.has(plain)) findings.add(PAYLOAD + path, faults.pathTwice);
  else if (compared(bytes, last) < 0 || bag.tags.size > 0) findings.add(PAYLOAD + path, faults.notAtItsPlace);
  folded.add(plain);
  return bytes;
}

async function readPayload(path: string, member: Member, bag: Bag, native: Native | null, findings: Findings): Promise<void> {
  const wanted = READ_WHOLE.some((folder) => path.startsWith(folder));
  if (wanted && member.size > LARGEST_READ) findings.add(PAYLOAD + path, faults.tooLargeToBe(member.size));
  if (wanted && member.size <= LARGEST_READ) {
    const content = await whole(member);
    bag.content.set(path, content);
    bag.files.set(path, await hashedAtOnce(content, native));
  } else if (member.size <= AT_ONCE.to) bag.files.set(path, await hashedAtOnce(await whole(member), native));
  else bag.files.set(path, await hashedInPieces(member));
}

/** The system hashes beside this script, which has to do SM3 itself. */
async function hashedAtOnce(bytes: Bytes, native: Native | null): Promise<BagFile> {
  const beside = native && bytes.length >= AT_ONCE.from ? native : null;
  const digests = beside && Promise.all([beside.digest("SHA-256", bytes), beside.digest("SHA-512", bytes)]);
  const sm3 = hex(new Sm3().update(bytes).digest());
  const [short, long] = (await digests) ?? [sha256(bytes), sha512(bytes)];
  return { size: bytes.length, sha256: hex(short), sha512: hex(long), sm3 };
}

async function hashedInPieces({ size, pieces }: Member): Promise<BagFile> {
  const [short, long, sm3] = [sha256.create(), sha512.create(), new Sm3()];
  for await (const piece of pieces) {
    short.update(piece);
    long.update(piece);
    sm3.update(piece);
  }
  return { size, sha256: hex(short.digest()), sha512: hex(long.digest()), sm3: hex(sm3.digest()) };
}

async function readTag(member: Member, tag: string, bag: Bag, findings: Findings): Promise<void> {
  const twice = bag.tags.has(tag);
  if (TAGS.includes(tag) && !twice && member.size <= LARGEST_READ) {
    bag.tags.set(tag, await whole(member));
    return;
  }
  await drained(member);
  findings.add(tag || member.name, twice ? faults.tagTwice : faults.notOfABundle);
}

function checkTags(bag: Bag, findings: Findings): void {
  for (const tag of TAGS) if (!bag.tags.has(tag)) findings.add(tag, faults.missing);
  const found = [...bag.tags.keys()];
  if (found.join("/") !== TAGS.filter((tag) => bag.tags.has(tag)).join("/")) findings.add(found.join(", "), faults.tagsOutOfOrder);
  const declared = bag.tags.get("bagit.txt");
  if (declared && !same(declared, encoded(DECLARATION))) findings.add("bagit.txt", faults.otherDeclaration);
  for (const algorithm of NAMES) {
    const payload = new Map([...bag.files].map(([path, file]) => [PAYLOAD + path, file[algorithm]]));
    checkManifest(`manifest-${algorithm}.txt`, algorithm, payload, bag, findings);
    const tags = LISTED_TAGS.flatMap((tag): [string, string][] => {
      const text = bag.tags.get(tag);
      return text ? [[tag, hex(ALGORITHMS[algorithm](text))]] : [];
    });
    checkManifest(`tagmanifest-${algorithm}.txt`, algorithm, new Map(tags), bag, findings);
  }
}

/** Is the manifest exactly the list of these hashes? If not, say of which file it speaks wrongly. */
function checkManifest(manifest: string, algorithm: Algorithm, hashes: ReadonlyMap<string, string>, bag: Bag, findings: Findings): void {
  const found = bag.tags.get(manifest);
  if (!found || same(found, encoded([...hashes].map(([path, value]) => `${value}  ${path}\n`).join("")))) return;
  const before = findings.problems.length;
  const listed = listedIn(manifest, found, findings);
  for (const [path, value] of hashes) {
    const said = listed.get(path);
    if (said === undefined) findings.add(path, faults.notListed(manifest));
    else if (said !== value) findings.add(path, faults.otherHash(ALGORITHM_NAMES[algorithm], manifest));
  }
  for (const path of [...listed.keys()].sort()) {
    if (!hashes.has(path)) findings.add(path, faults.listedAndNotThere(manifest));
  }
  if (findings.problems.length === before) findings.add(manifest, faults.manifestRespelled);
}

function listedIn(manifest: string, found: Bytes, findings: Findings): Map<string, string> {
  const listed = new Map<string, string>();
  // eslint-disable-next-line no-control-regex -- some of what others take for the end of a line
  const lines = (decoded(found) ?? [...found].map((byte) => String.fromCharCode(byte)).join("")).split(/\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/);
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    const match = /^([0-9a-fA-F]+)\s+(\S.*)$/.exec(line);
    if (match) listed.set(match[2] as string, (match[1] as string).toLowerCase());
    else findings.add(manifest, faults.notAManifestLine(line.slice(0, 120)));
  }
  return listed;
}
