"""Checks a bundle offline: from the zip and the verifier keys alone.

**A bundle has exactly one form: given its checkpoint and the survey's entries, every byte of the zip follows from them,
and any other byte is refused.**

What a bundle can't show: that the log holds no later entry of the survey. It proves the record whole up to the newest
entry it has (`Report.until`); an older, shorter export stays a true one.

`zipped` and `bag` read the file, `ledgers` checks the proofs and who signed, `record` the seals and objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from evidence_store.ledger.notes import VerifierKey
from evidence_store.ledger.proofs import LEDGER, log_folder
from evidence_store.verify.bag import Bag, read_bag
from evidence_store.verify.earlier import EarlierCheckpoint, check_earlier, read_consistency
from evidence_store.verify.information import bag_information, bag_name
from evidence_store.verify.ledgers import Ledger, read_ledger
from evidence_store.verify.record import Record
from evidence_store.verify.report import Findings, Problem, Progress, Report, Result, Timestamp
from evidence_store.verify.zipped import BrokenZip, CanonicalZip

__all__ = [
    "EarlierCheckpoint",
    "Examined",
    "Problem",
    "Progress",
    "Report",
    "Result",
    "Timestamp",
    "bag_information",
    "bag_name",
    "examine",
    "read_consistency",
    "verify",
]


@dataclass(frozen=True, slots=True)
class Examined:
    """A bundle's report, and what was read for it: for checks of what the record is about."""

    report: Report
    bag: Bag
    ledgers: Sequence[Ledger]
    record: Record


def verify(
    path: Path,
    keys: Sequence[VerifierKey],
    *,
    authorities: Sequence[Certificate] = (),
    earlier: EarlierCheckpoint | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the bundle at `path`. With no key, nothing says whose record it is; with keys, they must have signed.

    `authorities` are certificates, one of which must be in the chain of every timestamp; without them timestamps are
    checked and their authority is not.

    Reads the file once, front to end; in memory are its ledger, its seals and a few lines a file. Blocks. Raises
    OSError when the file can't be read; everything that is wrong with what it holds is in the report.
    """
    return examine(path, keys, authorities=authorities, earlier=earlier, progress=progress).report


def examine(
    path: Path,
    keys: Sequence[VerifierKey],
    *,
    authorities: Sequence[Certificate] = (),
    earlier: EarlierCheckpoint | None = None,
    progress: Progress | None = None,
    also: tuple[str, ...] = (),
) -> Examined:
    """Like `verify`, with what was read: the ledger, the seals, and files whose paths begin as `also` says."""
    findings = Findings()
    bag = Bag(also=also)
    record = Record(bag, findings)
    with path.open("rb") as file:
        try:
            read_bag(CanonicalZip(file, path.stat().st_size, findings, progress), bag, findings)
        except BrokenZip as fault:
            # What was not read would be called missing, file by file: this says it better.
            findings.add(path.name, str(fault))
            report = Report("refused", files=len(bag.files), bytes=bag.size, problems=tuple(findings.problems))
            return Examined(report, bag, (), record)
    ledgers = _ledgers(bag, keys, authorities, findings)
    record.check(ledgers)
    if earlier is not None:
        check_earlier(earlier, ledgers, keys, findings)
    return Examined(_report(bag, ledgers, record, bool(keys), findings), bag, ledgers, record)


def _ledgers(
    bag: Bag, keys: Sequence[VerifierKey], authorities: Sequence[Certificate], findings: Findings
) -> list[Ledger]:
    """The log in ledger/ first, then the further ones."""
    under = f"{LEDGER}/logs/"
    names = sorted({path.removeprefix(under).partition("/")[0] for path in bag.files if path.startswith(under)})
    ledgers: list[Ledger] = []
    for folder in (LEDGER, *(f"{under}{name}" for name in names)):
        ledger = read_ledger(folder, bag, keys, authorities, findings)
        if ledger is None:
            continue
        if folder not in (LEDGER, f"{under}{log_folder(ledger.checkpoint.origin)}"):
            findings.add(f"data/{folder}", f"is not the folder of a log called {ledger.checkpoint.origin}")
        if any(other.checkpoint.origin == ledger.checkpoint.origin for other in ledgers):
            findings.add(f"data/{folder}", f"holds {ledger.checkpoint.origin}, which is in the bundle already")
        ledgers.append(ledger)
    known = {name for ledger in ledgers for name in ledger.files}
    for path in bag.files:
        if path.startswith(f"{LEDGER}/") and path not in known:
            findings.add(f"data/{path}", "does not belong in a bundle")
    return ledgers


def _report(bag: Bag, ledgers: Sequence[Ledger], record: Record, with_keys: bool, findings: Findings) -> Report:
    result: Result = "verified" if with_keys else "consistent, signer unchecked"
    first = ledgers[0].checkpoint if ledgers else None
    signers = dict.fromkeys(str(key) for ledger in ledgers for key in ledger.signers)
    return Report(
        "refused" if findings.problems else result,
        survey=record.survey,
        log=first.origin if first else "",
        size=first.size if first else 0,
        signed_by=tuple(signers),
        timestamps=tuple(ledger.timestamp for ledger in ledgers if ledger.timestamp is not None),
        seals=tuple(f"{seal.number}-{seal.kind}" for seal in record.seals),
        until=max((str(entry.says["at"]) for ledger in ledgers for entry in ledger.entries), default=""),
        files=len(bag.files),
        bytes=bag.size,
        entries=sum(len(ledger.entries) for ledger in ledgers),
        problems=tuple(findings.problems),
    )
