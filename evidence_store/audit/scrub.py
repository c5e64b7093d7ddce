"""One stored object, held against its entry and the policy of locks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from evidence_store.audit.claims import Entered
from evidence_store.audit.periods import Required
from evidence_store.audit.report import Finding
from evidence_store.errors import NotFound
from evidence_store.objects import Objects
from evidence_store.patience import Content, Unreadable, patiently, read_through


@dataclass(frozen=True, slots=True)
class Task:
    """An object to be looked at."""

    entered: Entered
    version_id: str
    """The version to look at; empty for the oldest there is."""
    required: Required | None
    """None: its period is over, it may be gone."""
    whole: bool
    """Read and hash it; else only ask the store about it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    bytes: int
    findings: tuple[Finding, ...]


def look(objects: Objects, task: Task) -> Outcome:
    """Ask the store for the object and judge what it gives. Raises StoreUnreachable, StoreRefused."""
    claim = task.entered.claim
    version_id = task.version_id
    try:
        version_id = version_id or patiently(objects, lambda: _oldest(objects, claim.key))
        if task.whole:
            content = patiently(objects, lambda: read_through(objects, claim.key, version_id))
        else:
            stat = patiently(objects, lambda: objects.stat(claim.key, version_id))
            content = Content(stat, stat.size, stat.sha256 or claim.sha256, claim.sm3)
    except NotFound:
        if task.required is None:
            return Outcome(0, ())
        return Outcome(0, (Finding("missing", claim.key, version_id or claim.version_id, _missing(task)),))
    except Unreadable as fault:
        words = f"is there, but the store can't give its bytes: {fault}"
        return Outcome(0, (Finding("altered", claim.key, version_id, words),))
    return Outcome(content.size if task.whole else 0, tuple(judge(task, version_id, content)))


def judge(task: Task, version: str, content: Content) -> Iterator[Finding]:
    """What is wrong with these bytes under this lock. Pure."""
    claim, key = task.entered.claim, task.entered.claim.key
    if content.size != claim.size:
        yield Finding("size", key, version, f"has {content.size} bytes; by its entry it has {claim.size}")
    for name, found, said in (("SHA-256", content.sha256, claim.sha256), ("SM3", content.sm3, claim.sm3)):
        if found != said:
            yield Finding("altered", key, version, f"has the {name} {found}; by its entry it is {said}")
    if task.required is None:
        return
    until = content.stat.locked_until
    if until is None:
        yield Finding("unlocked", key, version, "is not under a COMPLIANCE lock, or this key may not see it")
    elif until < task.required.until:
        yield Finding(
            "short-lock", key, version,
            f"is locked until {_day(until)}; it must be until {_day(task.required.until)}: {task.required.because}",
        )  # fmt: skip


def _oldest(objects: Objects, key: str) -> str:
    found = [each.version_id for each in objects.versions(key) if each.key == key and not each.is_marker]
    if not found:
        raise NotFound("NoSuchKey", repr(key))
    return found[-1]


def _missing(task: Task) -> str:
    return f"is not in the store, and checkpoint {task.entered.batch} of {task.entered.log} covers an entry about it"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
