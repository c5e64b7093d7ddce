"""What came of a round of the locks, for people: kept in a file beside the node's data, read by `takan locks`."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from evidence_store.files import write_private

_FAILURES_KEPT = 100


class Failure(msgspec.Struct, frozen=True):
    """An object (by key) whose lock could not be lengthened, or a survey (by id) that could not be judged; and why."""

    what: str
    words: str


class LocksEnd(msgspec.Struct, frozen=True):
    """An abandoned case, and when its first lock runs out or ran out."""

    survey: str
    first: datetime


class LockReport(msgspec.Struct, frozen=True):
    """One round. Counts are of objects, but `surveys`, which says how many were looked at."""

    at: datetime
    surveys: int
    extended: int
    log_extended: int
    """Of the node's own log."""
    failed: int
    failures: list[Failure]
    """The first hundred of them."""
    kept_open: list[str]
    """Open cases whose locks were about to end, now or at an earlier round, and were lengthened."""
    ending: list[LocksEnd]
    next_at: datetime | None
    """When locks that are long enough now fall due, apart from those of open cases."""


@dataclass
class Tally:
    """A round's report while it is being made."""

    surveys: int = 0
    extended: int = 0
    log_extended: int = 0
    failures: list[Failure] = field(default_factory=list[Failure])
    kept_open: list[str] = field(default_factory=list[str])
    ending: list[LocksEnd] = field(default_factory=list[LocksEnd])

    def report(self, at: datetime, next_at: datetime | None) -> LockReport:
        """As it stands."""
        return LockReport(
            at=at,
            surveys=self.surveys,
            extended=self.extended,
            log_extended=self.log_extended,
            failed=len(self.failures),
            failures=self.failures[:_FAILURES_KEPT],
            kept_open=self.kept_open,
            ending=self.ending,
            next_at=next_at,
        )


def read_report(note: Path) -> LockReport | None:
    """The last round's; None before the first, or where the file can't be read."""
    try:
        return msgspec.json.decode(note.read_bytes(), type=LockReport)
    except (OSError, msgspec.MsgspecError):
        return None


def write_report(note: Path, report: LockReport) -> None:
    """Keep it, whole or not at all."""
    write_private(note, msgspec.json.encode(report))
