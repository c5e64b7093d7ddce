"""The DER around a timestamp (RFC 3161 section 2.4.2, RFC 5652 section 5): what no signature covers has one form. Pure.

rfc3161-client parses it and checks the signature; it leaves open what a few bytes say that OpenSSL does not look at,
and takes certificates only in the order of DER, in which `openssl ts` and others do not send them.
"""

from collections.abc import Iterator
from typing import NamedTuple

_GRANTED = b"\x30\x03\x02\x01\x00"
"""PKIStatusInfo with the status granted and nothing else."""
_SEQUENCE, _SET, _INTEGER, _OCTETS, _FIRST = 0x30, 0x31, 0x02, 0x04, 0xA0
_SIGNED_DATA = (_INTEGER, _SET, _SEQUENCE, _FIRST, _SET)
_SIGNER_INFO = (_INTEGER, _SEQUENCE, _SEQUENCE, _FIRST, _SEQUENCE, _OCTETS)
_SIGNED_DATA_VERSION, _SIGNER_INFO_VERSION = b"\x03", b"\x01"
"""RFC 5652 sections 5.1 and 5.3: the content is no plain data, and the signer is named by issuer and serial number."""
_DIGEST_ALGORITHM = bytes.fromhex("06096086480165030402")
_RSA, _NULL = bytes.fromhex("06092a864886f70d0101"), bytes.fromhex("0500")
_ECDSA = bytes.fromhex("06082a8648ce3d0403")
_SIGNATURES = {
    b"\x01": (_RSA + b"\x0b" + _NULL, _ECDSA + b"\x02"),
    b"\x02": (_RSA + b"\x0c" + _NULL, _ECDSA + b"\x03"),
    b"\x03": (_RSA + b"\x0d" + _NULL, _ECDSA + b"\x04"),
}
"""By the last byte of the digest algorithm (SHA-256, -384, -512): what a signature over such a digest is called."""


class Element(NamedTuple):
    """One element of DER."""

    tag: int
    value: bytes
    whole: bytes


def in_order(answer: bytes) -> bytes:
    """The answer (TimeStampResp) with its certificates, which no signature covers as a set, in the order of DER.

    May raise IndexError on what is no DER.
    """
    response = parts(parts(answer)[0].value)
    if len(response) < 2:
        return answer  # a refusal
    certificates = _signed_data(response[1].whole)[3].value
    return answer.replace(certificates, b"".join(sorted(each.whole for each in parts(certificates))), 1)


def granted(token: bytes) -> bytes:
    """The shortest answer (TimeStampResp) that carries this token (ContentInfo)."""
    content = _GRANTED + token
    length = len(content)
    if length < 0x80:
        return bytes([_SEQUENCE, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([_SEQUENCE, 0x80 | len(octets)]) + octets + content


def fault_of(token: bytes) -> str:
    """What is not in the one form of a token, in words; empty if all is. May raise IndexError on what is no DER."""
    signed = _signed_data(token)
    if tuple(each.tag for each in signed) != _SIGNED_DATA or signed[0].value != _SIGNED_DATA_VERSION:
        return "it carries more, or less, than a signed timestamp and certificates"
    signers = parts(signed[4].value)
    info = parts(signers[0].value) if len(signers) == 1 else []
    if tuple(each.tag for each in info) != _SIGNER_INFO or info[0].value != _SIGNER_INFO_VERSION:
        return "it is not signed by one signer, without attributes that nobody signed"
    digest, signature = info[2].value, info[4].value
    start = digest.removeprefix(_DIGEST_ALGORITHM)
    if start == digest or signature not in (*_SIGNATURES.get(start[:1], ()), _RSA + b"\x01" + _NULL):
        return "it names a signature algorithm that is not accepted, or does not go with its digest"
    return ""


def _signed_data(token: bytes) -> list[Element]:
    """What ContentInfo holds: its type and, explicitly tagged, SignedData."""
    content = parts(parts(token)[0].value)
    return parts(parts(content[1].value)[0].value)


def parts(der: bytes) -> list[Element]:
    """The elements that a value consists of."""
    return list(_elements(der))


def _elements(der: bytes) -> Iterator[Element]:
    at = 0
    while at < len(der):
        begins, tag, length, at = at, der[at], der[at + 1], at + 2
        if length >= 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(der[at : at + octets]), at + octets
        yield Element(tag, der[at : at + length], der[begins : at + length])
        at += length
