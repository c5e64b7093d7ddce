"""Signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), signed with Ed25519 (RFC 8032).

A verifier key ("vkey") is `name+id+base64(1 || public key)`. A signature counts for the key with both its name and its
id; signatures by others are left alone, as the specification asks: they may be witnesses'.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evidence_store.ledger.merkle import HASH_BYTES

_ED25519 = b"\x01"
_ID_BYTES = 4
_DASH = "\u2014"
_MOST_SIGNATURES = 100
_FEWEST_LINES = 4
"""Of a checkpoint, with the empty one after the last newline."""


class BadNote(ValueError):
    """The note, key or checkpoint is malformed, or not signed by whom it should be. Says which in words."""


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_ID_BYTES]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(char.isspace() for char in name):
        raise BadNote(f"{name!r} can't name a key: no spaces, no plus sign")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who may sign, and the public key that proves it."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Read a vkey. Raises BadNote."""
        name, _, rest = vkey.strip().partition("+")
        identifier, _, encoded = rest.partition("+")
        _check_name(name)
        raw = _decoded(encoded, "the verifier key")
        if raw[:1] != _ED25519 or len(raw) != 1 + HASH_BYTES:
            raise BadNote(f"the verifier key of {name} is not an Ed25519 key")
        key = cls(name, raw[1:])
        if key.id.hex() != identifier:
            raise BadNote(f"the verifier key of {name} is miswritten: its id should be {key.id.hex()}")
        return key

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


class Signer:
    """Signs notes under one name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        """Raises BadNote for a name that a note can't carry."""
        _check_name(name)
        self._key = key
        self.verifier = VerifierKey(name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: str) -> str:
        """The note: text, a blank line, one signature. The text must end with a newline."""
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """The signature line alone, to be added to a note that others signed too."""
        signature = base64.b64encode(self.verifier.id + self._key.sign(text.encode())).decode()
        return f"{_DASH} {self.verifier.name} {signature}\n"


def open_note(note: str, keys: Sequence[VerifierKey]) -> tuple[str, list[VerifierKey]]:
    """The text of a note and those of the keys that signed it; at least one. Raises BadNote."""
    text, signatures = split_note(note)
    signed: list[VerifierKey] = []
    for name, identifier, signature in signatures:
        key = next((key for key in keys if key.name == name and key.id == identifier), None)
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        except InvalidSignature:
            raise BadNote(f"the signature of {name} does not fit the note") from None
        if key not in signed:
            signed.append(key)
    if not signed:
        names = ", ".join(sorted({name for name, _, _ in signatures}))
        raise BadNote(f"the note is signed by {names}, but by none of the given keys")
    return text, signed


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note and its signatures, unchecked, as (name, key id, signature). Raises BadNote."""
    text, blank, block = note.rpartition("\n\n")
    if not blank or not block.endswith("\n") or any(ord(char) < ord(" ") and char != "\n" for char in note):
        raise BadNote("this is not a signed note: a text, a blank line and signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise BadNote("the note has more signatures than a reader need accept")
    signatures: list[tuple[str, bytes, bytes]] = []
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != _DASH:
            raise BadNote("a signature line does not begin with a dash")
        _check_name(name)
        raw = _decoded(encoded, f"the signature of {name}")
        if len(raw) <= _ID_BYTES:
            raise BadNote(f"the signature of {name} is too short")
        signatures.append((name, raw[:_ID_BYTES], raw[_ID_BYTES:]))
    return text + "\n", signatures


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its name, how many entries it has and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The body of the note, unsigned."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's body. Raises BadNote."""
        lines = text.split("\n")
        if len(lines) < _FEWEST_LINES or lines.pop() != "" or not all(lines):
            raise BadNote("a checkpoint is a log's name, its size and its root hash, each on a line")
        origin, size, encoded, *extensions = lines
        found = _decoded(encoded, "the root hash")
        if not (size.isascii() and size.isdecimal() and str(int(size)) == size):
            raise BadNote(f"{size!r} is not the size of a log")
        if len(found) != HASH_BYTES:
            raise BadNote("a checkpoint's root hash has 32 bytes")
        return cls(origin, int(size), found, tuple(extensions))


def _decoded(encoded: str, what: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(f"{what} is not base64") from None
    if base64.b64encode(raw).decode() != encoded:
        raise BadNote(f"{what} is not written as it should be in base64")
    return raw
