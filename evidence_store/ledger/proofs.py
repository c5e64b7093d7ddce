"""A survey's entries with what proves them, as files of a bundle.

One log's files lie in `ledger/`: `checkpoint` (the signed note), `vkey` (a line for each of its signatures, in their
order), `proofs.json` and `entries/{index:09}.json` (the leaves as they are hashed); besides, where the checkpoint has a
timestamp (RFC 3161), `timestamp.tsr` and `tsa-chain.pem`. A survey that moved from node to node has further logs, with
the same files each, in `ledger/logs/{log_folder(origin)}/`; the log that holds its newest seal is the one in `ledger/`.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.ledger.merkle import HASH_BYTES
from evidence_store.ledger.notes import Checkpoint, split_note

LEDGER = "ledger"
TOKEN, CHAIN = "timestamp.tsr", "tsa-chain.pem"
_VERSION = 1
_MOST_HASHES = 63
"""A path is as long as the tree is high; no log will have 2**63 entries."""


class BadProofs(ValueError):
    """The list of proofs is malformed. Says how in words."""


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry of the log and its inclusion proof (RFC 6962 section 2.1.1) under some checkpoint."""

    index: int
    leaf: bytes
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Proofs:
    """What proofs.json says: which entries of which log at which size, each with its path."""

    origin: str
    size: int
    paths: dict[int, list[bytes]]


def log_folder(origin: str) -> str:
    """The folder of a further log: its origin, with `_` for what is no plain letter, digit, dot or hyphen."""
    return "".join(char if char.isascii() and (char.isalnum() or char in ".-") else "_" for char in origin)


def entry_name(index: int) -> str:
    """The file of an entry below its log's folder."""
    return f"entries/{index:09}.json"


def entry_index(path: str) -> int:
    """The number of the entry that this file of a bundle is. Raises ValueError."""
    return int(path.rpartition("/")[2].removesuffix(".json"))


def proof_files(
    note: str,
    vkey: str,
    entries: Sequence[ProvenEntry],
    *,
    timestamp: tuple[bytes, bytes] | None = None,
    further: bool = False,
) -> Iterator[tuple[str, bytes]]:
    """The files of one log as (path below data/, bytes). `vkey` has a line for each signature of the note.

    `entries` are in ascending order of index, proven under the note's checkpoint. `timestamp` is the checkpoint's token
    and the chain of its certificates. `further` is for the logs beside the one that holds the newest seal. Raises
    ValueError for a malformed note or entries out of order.
    """
    text, _ = split_note(note)
    checkpoint = Checkpoint.parse(text)
    indices = [entry.index for entry in entries]
    if indices != sorted(set(indices)) or (indices and not 0 <= indices[0] <= indices[-1] < checkpoint.size):
        raise ValueError("the entries of a bundle go in ascending order and lie below its checkpoint's size")
    folder = f"{LEDGER}/logs/{log_folder(checkpoint.origin)}" if further else LEDGER
    yield f"{folder}/checkpoint", note.encode()
    for entry in entries:
        yield f"{folder}/{entry_name(entry.index)}", entry.leaf
    listed = [
        {"index": entry.index, "path": [base64.b64encode(step).decode() for step in entry.path]} for entry in entries
    ]
    proofs = {"v": _VERSION, "origin": checkpoint.origin, "size": checkpoint.size, "entries": listed}
    yield f"{folder}/proofs.json", rfc8785.dumps(proofs)
    if timestamp is not None:
        yield f"{folder}/{TOKEN}", timestamp[0]
        yield f"{folder}/{CHAIN}", timestamp[1]
    yield f"{folder}/vkey", vkey.rstrip("\n").encode() + b"\n"


def read_proofs(data: bytes) -> Proofs:
    """Read proofs.json. Raises BadProofs for anything but the one way to write it."""
    try:
        value: Any = read_canonical(data)
    except NotCanonical as fault:
        raise BadProofs(str(fault)) from None
    match value:
        case {"v": int(version), "origin": str(origin), "size": int(size), "entries": list(entries), **more} if (
            not more and version == _VERSION and not isinstance(version, bool) and not isinstance(size, bool)
        ):
            pass
        case _:
            raise BadProofs("is not a list of proofs: v 1, origin, size and entries")
    paths: dict[int, list[bytes]] = {}
    last = -1
    for entry in entries:
        match entry:
            case {"index": int(index), "path": list(path), **more} if not more and not isinstance(index, bool):
                pass
            case _:
                raise BadProofs("holds an entry that is not an index and a path")
        if index <= last:
            raise BadProofs(f"does not list its entries in ascending order (index {index} after {last})")
        if len(path) > _MOST_HASHES:
            raise BadProofs(f"has a path of {len(path)} hashes for entry {index}")
        paths[index] = [_hash(step, index) for step in path]
        last = index
    return Proofs(origin, size, paths)


def _hash(encoded: Any, index: int) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raw = b""
    if len(raw) != HASH_BYTES or base64.b64encode(raw).decode() != encoded:
        raise BadProofs(f"has a path for entry {index} with something that is no SHA-256 in base64")
    return raw
