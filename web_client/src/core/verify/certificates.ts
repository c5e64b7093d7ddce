/** X.509 certificates (RFC 5280) of timestamp authorities, as far as a timestamp needs them. */

import { sha256 } from "@noble/hashes/sha2.js";
import { base64, decoded, fromBase64, hex, joined, same, type Bytes } from "./bytes";
import { BITS, BOOLEAN, elements, FIRST, FOURTH, inside, moment, oid, OID, only, OCTETS, pem, SEQUENCE, SET, valueOf, type Der } from "./der";
import * as faults from "./faults";
import { Refusal } from "./findings";

export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

/** A signature and everything it takes to check it. */
export interface Claim {
  readonly kind: "rsa" | "ecdsa";
  readonly hash: HashName;
  /** SubjectPublicKeyInfo. */
  readonly key: Bytes;
  /** Of the key, by its hex of the curve's name; empty for RSA. */
  readonly curve: string;
  /** As X.509 and CMS have it: for ECDSA a SEQUENCE of r and s. */
  readonly signature: Bytes;
  readonly data: Bytes;
}

/** Does the signature hold (RSA with PKCS #1 v1.5 padding, or ECDSA)? */
export type CheckSignature = (claim: Claim) => Promise<boolean>;

const RSA = oid("1.2.840.113549.1.1");
const ECDSA = oid("1.2.840.10045.4.3");
const SIGNATURES: ReadonlyMap<string, readonly ["rsa" | "ecdsa", HashName]> = new Map([
  [`${RSA}0b`, ["rsa", "SHA-256"]],
  [`${RSA}0c`, ["rsa", "SHA-384"]],
  [`${RSA}0d`, ["rsa", "SHA-512"]],
  [`${ECDSA}02`, ["ecdsa", "SHA-256"]],
  [`${ECDSA}03`, ["ecdsa", "SHA-384"]],
  [`${ECDSA}04`, ["ecdsa", "SHA-512"]],
]);
const RSA_KEY = `${RSA}01`;
const EC_KEY = oid("1.2.840.10045.2.1");
const BASIC_CONSTRAINTS = oid("2.5.29.19");
const KEY_USAGE = oid("2.5.29.15");
const EXTENDED_KEY_USAGE = oid("2.5.29.37");
const POLICIES = oid("2.5.29.32");
const TIME_STAMPING = oid("1.3.6.1.5.5.7.3.8");
const UNDERSTOOD = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, POLICIES];
/** Bit 5 of KeyUsage. */
const KEY_CERT_SIGN = 0x04;
const ATTRIBUTES: Readonly<Record<string, string>> = {
  [oid("2.5.4.3")]: "CN",
  [oid("2.5.4.6")]: "C",
  [oid("2.5.4.7")]: "L",
  [oid("2.5.4.8")]: "ST",
  [oid("2.5.4.10")]: "O",
  [oid("2.5.4.11")]: "OU",
};

interface Extension {
  readonly critical: boolean;
  readonly value: Bytes;
}

export interface Certificate {
  readonly whole: Bytes;
  /** What is signed. */
  readonly body: Bytes;
  readonly serial: Bytes;
  readonly issuer: Bytes;
  readonly subject: Bytes;
  /** The subject for people: `CN=..., O=...`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly key: Bytes;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly algorithm: Bytes;
  readonly signature: Bytes;
}

/** Throws Refusal. */
export function readCertificate(bytes: Bytes): Certificate {
  const whole = only(bytes);
  const [body, algorithm, signature, ...rest] = inside(whole);
  const parts = inside(body);
  if (parts[0]?.tag === FIRST) parts.shift();
  const [serial, inner, issuer, validity, subject, key, ...more] = parts;
  const times = inside(validity);
  if (!body || !algorithm || !serial || !inner || !issuer || !subject || !key || !same(algorithm.whole, inner.whole) || rest.length > 0) throw new Refusal(faults.notDer);
  const listed = more.find(({ tag }) => tag === FOURTH);
  return {
    whole: bytes, body: body.whole, serial: serial.value, issuer: issuer.whole, subject: subject.whole, name: nameOf(subject),
    from: moment(times[0]), to: moment(times[1]), key: key.whole,
    extensions: new Map(listed ? inside(only(listed.value)).map(extension) : []),
    algorithm: algorithm.value, signature: wholeBits(signature),
  }; // prettier-ignore
}

/** The octets of a string of bits that leaves none of them unused. */
function wholeBits(der: Der | undefined): Bytes {
  const bits = valueOf(der, BITS);
  if (bits[0] !== 0) throw new Refusal(faults.notDer);
  return bits.subarray(1);
}

function extension(der: Der): [string, Extension] {
  const parts = inside(der);
  const critical = parts[1]?.tag === BOOLEAN;
  return [hex(valueOf(parts[0], OID)), { critical, value: valueOf(parts[critical ? 2 : 1], OCTETS) }];
}

function nameOf(subject: Der): string {
  const parts = inside(subject).flatMap((relative) =>
    inside(relative, SET).map((pair) => {
      const [type, value] = inside(pair);
      const id = hex(valueOf(type, OID));
      return `${ATTRIBUTES[id] ?? id}=${(value && decoded(value.value)) ?? "?"}`;
    }),
  );
  return parts.reverse().join(",");
}

/** The certificates of a chain in its one form. Throws Refusal. */
export function readChain(file: Bytes): Certificate[] {
  const blocks = [...(decoded(file) ?? "").matchAll(/-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]*)\n-----END CERTIFICATE-----\n/g)];
  const found = blocks.map((block) => fromBase64((block[1] as string).replaceAll("\n", "")) ?? new Uint8Array());
  if (found.length === 0) throw new Refusal(faults.notPem);
  if (!same(joined(found.map((one) => pem(base64(one)))), file)) throw new Refusal(faults.pemRespelled);
  return found.map(readCertificate);
}

/** SHA-256 of the certificate, as authorities publish it: upper-case hex in pairs. */
export function fingerprint(certificate: Certificate): string {
  return (hex(sha256(certificate.whole)).toUpperCase().match(/../g) ?? []).join(":");
}

/** RFC 3161 section 2.3: for timestamps and nothing else, and marked critical. Throws Refusal. */
export function checkPurpose(signer: Certificate): void {
  const found = signer.extensions.get(EXTENDED_KEY_USAGE);
  const purposes = found ? inside(only(found.value)).map((der) => hex(valueOf(der, OID))) : [];
  if (!found?.critical || purposes.join() !== TIME_STAMPING) throw new Refusal(faults.notForTimestamps(signer.name));
}

/** Has each been issued by the next, the last by itself, and was each valid at that moment? Throws Refusal. */
export async function checkChain(signer: Certificate, chain: readonly Certificate[], at: number, check: CheckSignature): Promise<void> {
  const root = chain.at(-1);
  if (!root || !(await issued(root, root, check))) throw new Refusal(faults.noRoot);
  const all = [signer, ...chain];
  for (const [number, issuer] of chain.entries()) {
    const certificate = all[number] as Certificate;
    if (!(await issued(issuer, certificate, check)) || !mayIssue(issuer)) throw new Refusal(faults.notTheIssuer(issuer.name, certificate.name));
  }
  for (const certificate of all) {
    if (!(certificate.from <= at && at <= certificate.to)) throw new Refusal(faults.notValidThen(said(at), certificate.name, said(certificate.from), said(certificate.to)));
    const strange = [...certificate.extensions].some(([id, { critical }]) => critical && !UNDERSTOOD.includes(id));
    if (strange) throw new Refusal(faults.strangeExtension(certificate.name));
  }
}

function said(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

function mayIssue(issuer: Certificate): boolean {
  const constraints = issuer.extensions.get(BASIC_CONSTRAINTS);
  const usage = issuer.extensions.get(KEY_USAGE);
  const authority = constraints && elements(valueOf(only(constraints.value), SEQUENCE))[0];
  const mask = usage && valueOf(only(usage.value), BITS)[1];
  return authority?.tag === BOOLEAN && authority.value[0] === 0xff && (mask === undefined || (mask & KEY_CERT_SIGN) > 0);
}

async function issued(issuer: Certificate, certificate: Certificate, check: CheckSignature): Promise<boolean> {
  if (!same(issuer.subject, certificate.issuer)) return false;
  const [kind, hash] = SIGNATURES.get(hex(valueOf(elements(certificate.algorithm)[0], OID))) ?? [];
  if (!kind || !hash) throw new Refusal(faults.strangeSignature);
  return check(claimBy(issuer, kind, hash, certificate.signature, certificate.body));
}

/** The claim that this certificate's key made the signature. Throws Refusal when its key is of another kind. */
export function claimBy(by: Certificate, kind: "rsa" | "ecdsa", hash: HashName, signature: Bytes, data: Bytes): Claim {
  const [id, curve] = inside(inside(only(by.key))[0]);
  if (hex(valueOf(id, OID)) !== (kind === "rsa" ? RSA_KEY : EC_KEY)) throw new Refusal(faults.strangeSignature);
  return { kind, hash, key: by.key, curve: kind === "rsa" ? "" : hex(valueOf(curve, OID)), signature, data };
}
