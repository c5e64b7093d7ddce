/**
 * Timestamps by RFC 3161: is this one right, about these bytes, and by whom?
 *
 * What no signature covers has one form: granted, no remarks, no unsigned attributes, no revocation lists, the algorithms
 * that go together. Certificates count as of the moment the token states, so that a record stands when they have long
 * expired; whether one was revoked is not looked up.
 */

import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { hex, joined, same, type Bytes } from "./bytes";
import { checkChain, checkPurpose, claimBy, fingerprint, readCertificate, type Certificate, type CheckSignature, type HashName } from "./certificates";
import { elements, FIRST, inside, INTEGER, moment, oid, OID, only, OCTETS, SEQUENCE, SET, valueOf, type Der } from "./der";
import * as faults from "./faults";
import { Refusal } from "./findings";

/** What a timestamp proves: these bytes existed at this moment. */
export interface Stamp {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The subject of the certificate it is signed with. */
  readonly authority: string;
  /** The subject of the chain's root, and its SHA-256: what to compare with what the authority publishes. */
  readonly root: string;
  readonly fingerprint: string;
}

const GRANTED = "3003020100";
const SIGNED_DATA = oid("1.2.840.113549.1.7.2");
const TST_INFO = oid("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_2 = oid("1.2.840.113549.1.9.16.2.47");
const SHA2 = oid("2.16.840.1.101.3.4.2");
const RSA = oid("1.2.840.113549.1.1");
const ECDSA = oid("1.2.840.10045.4.3");
/** By the digest algorithm's name: its function, and what signatures over such a digest are called. */
const DIGESTS: ReadonlyMap<string, readonly [HashName, (bytes: Bytes) => Bytes, string, string]> = new Map([
  [`${SHA2}01`, ["SHA-256", sha256, `${RSA}0b`, `${ECDSA}02`]],
  [`${SHA2}02`, ["SHA-384", sha384, `${RSA}0c`, `${ECDSA}03`]],
  [`${SHA2}03`, ["SHA-512", sha512, `${RSA}0d`, `${ECDSA}04`]],
]);
type Digest = typeof DIGESTS extends ReadonlyMap<string, infer D> ? D : never;

/** Is `token` a timestamp over `data`, signed through exactly this chain? Throws Refusal. */
export async function checkToken(token: Bytes, data: Bytes, chain: readonly Certificate[], check: CheckSignature): Promise<Stamp> {
  const { content, certificates, signer } = read(token);
  const [, , imprint, , time] = inside(only(content));
  const [algorithm, digest] = inside(imprint);
  const hash = digestOf(algorithm);
  if (!same(hash[1](data), valueOf(digest, OCTETS))) throw new Refusal(faults.otherBytes);
  const at = moment(time);
  const [, named, digestAlgorithm, attributes, signatureAlgorithm, signature] = signer as [Der, Der, Der, Der, Der, Der];
  const [issuer, serial] = inside(named);
  const certificate = certificates.find((one) => same(one.issuer, issuer?.whole ?? new Uint8Array()) && same(one.serial, valueOf(serial, INTEGER)));
  const root = chain.at(-1);
  if (!certificate) throw new Refusal(faults.noSigner);
  checkPurpose(certificate);
  await checkChain(certificate, chain, at, check);
  const own = digestOf(digestAlgorithm);
  checkAttributes(attributes, content, own, certificate);
  // Signed is the set under its own tag (RFC 5652 section 5.4).
  const signed = joined([Uint8Array.of(SET), attributes.whole.subarray(1)]);
  const kind = kindOf(signatureAlgorithm, own);
  if (!(await check(claimBy(certificate, kind, own[0], valueOf(signature, OCTETS), signed)))) throw new Refusal(faults.tokenSignatureFails);
  return { at, authority: certificate.name, root: root?.name ?? "", fingerprint: root ? fingerprint(root) : "" };
}

/** The parts of an answer in its one form. */
function read(token: Bytes): { content: Bytes; certificates: Certificate[]; signer: Der[] } {
  const [status, info, ...more] = inside(only(token));
  if (!status || hex(status.whole) !== GRANTED || more.length > 0) throw new Refusal(faults.tokenNotShortest);
  const [type, explicit] = inside(info);
  if (hex(valueOf(type, OID)) !== SIGNED_DATA) throw new Refusal(faults.notDer);
  const signed = inside(only(valueOf(explicit, FIRST)));
  if (!hasForm(signed, [INTEGER, SET, SEQUENCE, FIRST, SET], 3)) throw new Refusal(faults.tokenOtherParts);
  const [, digests, encapsulated, certificates, signers] = signed as [Der, Der, Der, Der, Der];
  const [contentType, content] = inside(encapsulated);
  if (hex(valueOf(contentType, OID)) !== TST_INFO) throw new Refusal(faults.notDer);
  const infos = inside(signers, SET);
  const signer = infos.length === 1 ? inside(infos[0]) : [];
  if (!hasForm(signer, [INTEGER, SEQUENCE, SEQUENCE, FIRST, SEQUENCE, OCTETS], 1)) throw new Refusal(faults.tokenOtherSigner);
  const named = inside(digests, SET);
  if (named.length !== 1 || digestOf(named[0]) !== digestOf(signer[2])) throw new Refusal(faults.tokenOtherAlgorithm);
  return { content: valueOf(only(valueOf(content, FIRST)), OCTETS), certificates: elements(certificates.value).map(({ whole }) => readCertificate(whole)), signer };
}

function hasForm(parts: readonly Der[], tags: readonly number[], version: number): boolean {
  return parts.length === tags.length && parts.every(({ tag }, at) => tag === tags[at]) && hex(parts[0]?.value ?? new Uint8Array()) === `0${version}`;
}

function digestOf(algorithm: Der | undefined): Digest {
  const found = DIGESTS.get(hex(valueOf(inside(algorithm)[0], OID)));
  if (!found) throw new Refusal(faults.tokenOtherDigest);
  return found;
}

function kindOf(algorithm: Der, [, , rsa, ecdsa]: Digest): "rsa" | "ecdsa" {
  const [id, parameters, ...more] = inside(algorithm);
  const name = hex(valueOf(id, OID));
  const isNull = parameters !== undefined && hex(parameters.whole) === "0500" && more.length === 0;
  if (isNull && (name === rsa || name === `${RSA}01`)) return "rsa";
  if (parameters === undefined && name === ecdsa) return "ecdsa";
  throw new Refusal(faults.tokenOtherAlgorithm);
}

/** Do the signed attributes speak of this content and this certificate (RFC 5652 section 11, RFC 5035)? */
function checkAttributes(attributes: Der, content: Bytes, [, digest]: Digest, signer: Certificate): void {
  const found = new Map<string, Der>();
  for (const attribute of elements(attributes.value)) {
    const [type, values] = inside(attribute);
    const [value, ...more] = inside(values, SET);
    const id = hex(valueOf(type, OID));
    if (!value || more.length > 0 || found.has(id)) throw new Refusal(faults.notDer);
    found.set(id, value);
  }
  if (hex(valueOf(found.get(CONTENT_TYPE), OID)) !== TST_INFO) throw new Refusal(faults.tokenSignatureFails);
  if (!same(valueOf(found.get(MESSAGE_DIGEST), OCTETS), digest(content))) throw new Refusal(faults.tokenSignatureFails);
  const [old, newer] = [found.get(SIGNING_CERTIFICATE), found.get(SIGNING_CERTIFICATE_2)];
  if (old && !same(certificateHash(old)[0], sha1(signer.whole))) throw new Refusal(faults.tokenOtherCertificate);
  if (newer) {
    const [stated, hash] = certificateHash(newer);
    if (!same(stated, hash(signer.whole))) throw new Refusal(faults.tokenOtherCertificate);
  }
}

/** The hash of the first ESSCertID or ESSCertIDv2, and the latter's function. */
function certificateHash(attribute: Der): [Bytes, (bytes: Bytes) => Bytes] {
  const [first, second] = inside(inside(inside(attribute)[0])[0]);
  return first?.tag === SEQUENCE ? [valueOf(second, OCTETS), digestOf(first)[1]] : [valueOf(first, OCTETS), sha256];
}
