"""One log's part of a bundle: its checkpoint, who signed it, and the survey's entries with their proofs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.x509 import Certificate

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.ledger.merkle import leaf_hash, verify_inclusion
from evidence_store.ledger.notes import Checkpoint, VerifierKey, open_note, split_note
from evidence_store.ledger.proofs import BadProofs, Proofs, entry_name, read_proofs
from evidence_store.verify.bag import Bag
from evidence_store.verify.report import Findings, Timestamp
from evidence_store.verify.timestamps import check_timestamp

_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An entry of the survey, as far as its leaf could be read."""

    file: str
    """Path below data/."""
    says: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one folder of the bundle proves."""

    folder: str
    checkpoint: Checkpoint
    signers: tuple[VerifierKey, ...]
    entries: tuple[LedgerEntry, ...]
    files: frozenset[str]
    """The files that belong to it, by path below data/."""
    timestamp: Timestamp | None


def read_ledger(
    folder: str, bag: Bag, keys: Sequence[VerifierKey], authorities: Sequence[Certificate], findings: Findings
) -> Ledger | None:
    """Check the log in this folder; None if there is too little of it to go on with."""
    names = [f"{folder}/{name}" for name in ("checkpoint", "vkey", "proofs.json")]
    for name in names:
        if name not in bag.content:
            findings.add(f"data/{name}", "is missing")
    note = _text(names[0], bag, findings)
    if note is None:
        return None
    try:
        checkpoint = Checkpoint.parse(split_note(note)[0])
    except ValueError as fault:
        findings.add(f"data/{names[0]}", f"can't be read: {fault}")
        return None
    signers = _signers(folder, note, bag, keys, findings)
    if signers and checkpoint.origin not in {key.name for key in signers}:
        findings.add(
            f"data/{names[0]}",
            f"is of the log {checkpoint.origin} and not signed under that name, but by "
            f"{', '.join(key.name for key in signers)}",
        )
    belonging, timestamp = check_timestamp(folder, checkpoint.origin, bag, authorities, findings)
    files = {*names, *belonging}
    entries: list[LedgerEntry] = []
    proofs = _proofs(names[2], checkpoint, bag, findings)
    if proofs is not None:
        files |= {f"{folder}/{entry_name(index)}" for index in proofs.paths}
        entries = _entries(folder, proofs, checkpoint, bag, findings)
    return Ledger(folder, checkpoint, signers, tuple(entries), frozenset(files), timestamp)


def _text(name: str, bag: Bag, findings: Findings) -> str | None:
    try:
        return bag.content[name].decode() if name in bag.content else None
    except UnicodeDecodeError:
        findings.add(f"data/{name}", "is not UTF-8")
        return None


def _signers(
    folder: str, note: str, bag: Bag, keys: Sequence[VerifierKey], findings: Findings
) -> tuple[VerifierKey, ...]:
    """The keys of vkey, if the note has exactly a good signature by each; all of them must be given, if any is."""
    lines = _text(f"{folder}/vkey", bag, findings)
    if lines is None:
        return ()
    try:
        named = [VerifierKey.parse(line) for line in lines.splitlines()]
    except ValueError as fault:
        findings.add(f"data/{folder}/vkey", f"can't be read: {fault}")
        return ()
    if lines != "".join(f"{key}\n" for key in named) or len(set(named)) < len(named):
        findings.add(f"data/{folder}/vkey", "is not written as verifier keys, each once and on a line of its own")
    _, signatures = split_note(note)
    if [(name, identifier) for name, identifier, _ in signatures] != [(key.name, key.id) for key in named]:
        signed = ", ".join(f"{name}+{identifier.hex()}" for name, identifier, _ in signatures)
        findings.add(f"data/{folder}/checkpoint", f"is signed by {signed}, and vkey names other keys")
    good: list[VerifierKey] = []
    for key in named:
        try:
            open_note(note, [key])
        except ValueError as fault:
            findings.add(f"data/{folder}/checkpoint", f"is not signed as vkey says: {fault}")
        else:
            good.append(key)
    for key in good:
        if keys and key not in keys:
            findings.add(
                f"data/{folder}/checkpoint",
                f"is signed by {key.name}+{key.id.hex()}, which is not one of the given keys",
            )
    return tuple(good)


def _proofs(name: str, checkpoint: Checkpoint, bag: Bag, findings: Findings) -> Proofs | None:
    if name not in bag.content:
        return None
    try:
        proofs = read_proofs(bag.content[name])
    except BadProofs as fault:
        findings.add(f"data/{name}", str(fault))
        return None
    if (proofs.origin, proofs.size) != (checkpoint.origin, checkpoint.size):
        findings.add(
            f"data/{name}",
            f"is about {proofs.origin} with {proofs.size} entries, the checkpoint about {checkpoint.origin} with "
            f"{checkpoint.size}",
        )
    if not proofs.paths:
        findings.add(f"data/{name}", "proves no entry")
    return proofs


def _entries(folder: str, proofs: Proofs, checkpoint: Checkpoint, bag: Bag, findings: Findings) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    before: bytes | None = None
    for number, (index, path) in enumerate(proofs.paths.items(), start=1):
        name = f"{folder}/{entry_name(index)}"
        leaf = bag.content.get(name)
        if leaf is None:
            findings.add(f"data/{name}", f"is missing, and {folder}/proofs.json proves it")
            before = None
            continue
        if not verify_inclusion(index, checkpoint.size, leaf_hash(leaf), path, checkpoint.root):
            findings.add(f"data/{name}", f"is not entry {index} of {checkpoint.origin} by its proof and the checkpoint")
        says = _leaf(name, leaf, findings)
        if says is not None:
            _check_chain(name, says, number, before, findings)
            entries.append(LedgerEntry(name, says))
        before = leaf
    return entries


def _leaf(name: str, leaf: bytes, findings: Findings) -> Mapping[str, Any] | None:
    try:
        says = read_canonical(leaf)
    except NotCanonical as fault:
        findings.add(f"data/{name}", str(fault))
        return None
    match says:
        case {"v": int(version), "type": str(kind), "survey": str(), "seq": int(seq), "at": str(at), "prev": prev} if (
            version == 1
            and not isinstance(version, bool)
            and kind
            and not isinstance(seq, bool)
            and _AT.fullmatch(at)
            and (prev is None or isinstance(prev, str))
        ):
            return says
        case _:
            findings.add(f"data/{name}", "is not an entry: v 1, type, survey, seq, at (UTC) and prev")
            return None


def _check_chain(name: str, says: Mapping[str, Any], number: int, before: bytes | None, findings: Findings) -> None:
    if says["seq"] != number:
        findings.add(f"data/{name}", f"is the survey's entry {says['seq']}, where entry {number} should come")
    if number == 1 and says["prev"] is not None:
        findings.add(f"data/{name}", "is the first entry here and names one before it")
    if before is not None and says["prev"] != leaf_hash(before).hex():
        findings.add(f"data/{name}", "does not name the survey's entry before it by its hash")
