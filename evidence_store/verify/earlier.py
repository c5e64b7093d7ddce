"""A checkpoint that somebody kept from earlier, and the proof that the log has only grown since."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_store.ledger.merkle import verify_consistency
from evidence_store.ledger.notes import Checkpoint, VerifierKey, open_note
from evidence_store.verify.ledgers import Ledger
from evidence_store.verify.report import Findings


@dataclass(frozen=True, slots=True)
class EarlierCheckpoint:
    """What an auditor brings along besides keys."""

    file: str
    note: str
    path: tuple[bytes, ...] = ()
    """Consistency proof between it and the bundle's checkpoint, whichever is older; empty for equal sizes."""


def read_consistency(text: str) -> tuple[bytes, ...]:
    """The hashes of a consistency proof, in base64 on a line each, as C2SP tlog-witness sends them.

    Raises ValueError.
    """
    try:
        return tuple(base64.b64decode(line, validate=True) for line in text.splitlines())
    except (binascii.Error, ValueError):
        raise ValueError("a consistency proof is a line of base64 for each hash") from None


def check_earlier(
    earlier: EarlierCheckpoint, ledgers: Sequence[Ledger], keys: Sequence[VerifierKey], findings: Findings
) -> None:
    """Is the earlier checkpoint of one of these logs, signed by a given key, and no fork?"""
    trusted = keys or [key for ledger in ledgers for key in ledger.signers]
    try:
        found = Checkpoint.parse(open_note(earlier.note, trusted)[0])
    except ValueError as fault:
        findings.add(earlier.file, f"is no checkpoint to compare with: {fault}")
        return
    ledger = next((ledger for ledger in ledgers if ledger.checkpoint.origin == found.origin), None)
    if ledger is None:
        findings.add(earlier.file, f"is a checkpoint of {found.origin}, which is not in the bundle")
        return
    old, new = sorted((found, ledger.checkpoint), key=lambda checkpoint: checkpoint.size)
    if not verify_consistency(old.size, new.size, old.root, new.root, earlier.path):
        findings.add(
            earlier.file,
            f"is not shown to belong to the same history of {found.origin} as data/{ledger.folder}/checkpoint "
            f"({old.size} and {new.size} entries): the log was forked, or the consistency proof is another one's",
        )
