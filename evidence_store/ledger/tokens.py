"""Timestamps by RFC 3161: is this one right, about these bytes, and by whom? Pure.

A timestamp is kept as the shortest answer that carries its token (granted, without remarks), beside the chain of
certificates from the one that issued the signer's to a root, each the issuer of the one before. So the chain follows
from the token and its root, and of the token what nobody signed has one form too: no remarks, no unsigned attributes,
no revocation lists, the algorithms that go together. (Two things stay free: further certificates beside the signer's,
which some authorities send, and which of its two names a signature by RSA goes under.)

Certificates count as of the moment the token states, so that a record stands when they have long expired. Whether one
was revoked is not looked up: that would need a network, and lists that nobody keeps for decades.
"""

import hashlib
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.tsp import MessageImprint, PKIStatus

from evidence_store.ledger.cms import fault_of, granted, in_order

_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_LONGEST_CHAIN = 10
_OPENSSL_SAYS = re.compile(r'reason: "([^"]+)"')


class BadToken(ValueError):
    """The timestamp or its chain is malformed, or not about these bytes, or not by this authority. Says which."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a timestamp proves: these bytes existed at this moment."""

    at: datetime
    authority: str
    """The subject of the certificate it is signed with (RFC 4514)."""
    trusted: bool
    """Whether a given certificate vouches for the authority; else the token and its own chain only fit together."""


def check(
    token: bytes,
    data: bytes,
    trusted: Sequence[x509.Certificate] | None,
    stated_chain: Sequence[x509.Certificate],
    *,
    nonce: int | None = None,
) -> Stamp:
    """Is the answer `token` a timestamp over `data`, signed through exactly this chain?

    With `trusted`, one of these certificates must be in the chain; None or empty leaves the authority unchecked. With
    `nonce`, it must answer the request with that nonce. Raises BadToken.
    """
    with _well_formed():
        answer = decode_timestamp_response(token)
        if token != granted(answer.time_stamp_token()):
            raise BadToken("it is not the shortest answer that carries the token")
        if fault := fault_of(answer.time_stamp_token()):
            raise BadToken(fault)
        info = answer.tst_info
        _check_digest(info.message_imprint, data)
        if nonce is not None and info.nonce != nonce:
            raise BadToken("it answers another request: its nonce is not the one that was sent")
        signer = _signer(answer)
        _check_purpose(signer)
        _check_chain(signer, stated_chain, info.gen_time)
        try:
            verifier = VerifierBuilder(roots=[stated_chain[-1]], intermediates=list(stated_chain[:-1])).build()
            verifier.verify_message(answer, data)
        except VerificationError as fault:
            said = _OPENSSL_SAYS.search(str(fault))
            raise BadToken(f"its signature does not hold: {said[1] if said else fault}") from None
    if trusted and not any(one in trusted for one in stated_chain):
        raise BadToken(
            f"it is by {_name(signer)} under {_name(stated_chain[-1])}, and no given certificate vouches for that"
        )
    return Stamp(info.gen_time, _name(signer), bool(trusted))


def shortest(answer: bytes) -> bytes:
    """The answer as it is kept: granted, without remarks, its certificates in order.

    Raises BadToken; for a refusal, with the authority's words.
    """
    with _well_formed():
        decoded = decode_timestamp_response(in_order(answer))
        if decoded.status != PKIStatus.GRANTED:
            status = next((known.name.lower() for known in PKIStatus if known == decoded.status), str(decoded.status))
            words = "; ".join(decoded.status_string)
            raise BadToken(f"the authority gave none: {status.replace('_', ' ')}{words and f' ({words})'}")
        return granted(decoded.time_stamp_token())


def chain_of(token: bytes, certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the issuer of the token's signer to a root: out of these certificates first, then those in the token.

    Raises BadToken when there is no way to a root.
    """
    with _well_formed():
        answer = decode_timestamp_response(token)
        known = [*certificates, *_certificates(answer)]
        chain = [_signer(answer)]
    while not _issued(chain[-1], chain[-1]):
        issuer = next((one for one in known if one not in chain and _issued(one, chain[-1])), None)
        if issuer is None or len(chain) > _LONGEST_CHAIN:
            raise BadToken(
                f"no certificate is at hand that issued {_name(chain[-1])}: it is by another authority, or the file of "
                "CA certificates lacks some (all up to the root belong in it)"
            )
        chain.append(issuer)
    return chain[1:]


def read_certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file, at least one. Raises BadToken."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadToken("this is not a file of certificates in PEM") from None


def chain_bytes(chain: Sequence[x509.Certificate]) -> bytes:
    """The one way to write a chain in PEM."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)


def read_chain(pem: bytes) -> list[x509.Certificate]:
    """The chain that these bytes are the one form of. Raises BadToken."""
    chain = read_certificates(pem)
    if chain_bytes(chain) != pem:
        raise BadToken("the chain is not written as certificates in PEM and nothing else")
    return chain


@contextmanager
def _well_formed() -> Generator[None]:
    """Parts of an answer are parsed when they are looked at, and bad ones raise errors of many kinds."""
    try:
        yield
    except BadToken:
        raise
    except Exception as fault:
        raise BadToken(f"it is not an answer of a timestamp authority (RFC 3161): {fault}") from None


def _check_digest(imprint: MessageImprint, data: bytes) -> None:
    algorithm = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if algorithm is None:
        raise BadToken(f"it has a digest of a kind not accepted: {imprint.hash_algorithm.dotted_string}")
    if algorithm(data).digest() != imprint.message:
        raise BadToken("it is about other bytes: its digest is not theirs")


def _certificates(answer: TimeStampResponse) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(one) for one in sorted(answer.signed_data.certificates)]


def _signer(answer: TimeStampResponse) -> x509.Certificate:
    named = {(info.issuer.public_bytes(), info.serial_number) for info in answer.signed_data.signer_infos}
    for certificate in _certificates(answer):
        if (certificate.issuer.public_bytes(), certificate.serial_number) in named:
            return certificate
    raise BadToken("it does not carry the certificate that it is signed with")


def _check_purpose(signer: x509.Certificate) -> None:
    """RFC 3161 section 2.3: for timestamps and nothing else, and marked critical."""
    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        purposes = None
    if purposes is None or not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise BadToken(f"the certificate of {_name(signer)} is not one for timestamps alone")


def _check_chain(signer: x509.Certificate, chain: Sequence[x509.Certificate], at: datetime) -> None:
    if not chain or not _issued(chain[-1], chain[-1]):
        raise BadToken("the chain of its certificates does not end with a root")
    for certificate, issuer in zip([signer, *chain], chain, strict=False):
        if not _issued(issuer, certificate):
            raise BadToken(f"{_name(issuer)} stands in its chain where the issuer of {_name(certificate)} belongs")
    for certificate in (signer, *chain):
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not begins <= at <= ends:
            raise BadToken(
                f"it states {at:%Y-%m-%d %H:%M:%S} UTC, when the certificate of {_name(certificate)} was not valid: it "
                f"is from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}"
            )


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
