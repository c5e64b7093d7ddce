"""A second copy: evidence and logs, under the same keys and locks, in a bucket of another endpoint.

**What is in the copy has the bytes, by SHA-256 on both sides, and at least the lock of the original.**

Copied is the oldest version of each key, which no later write can have replaced; of several, the one whose bytes have
the SHA-256 that the key names. Version ids are the copy's own: `takan audit --copy` judges by key and digest. The
source is only read. Writing is conditional, so any number of interrupted runs, or two at once, come to the same; what
is there already is compared, not read: size and the stores' own checksums, and its lock lengthened where the source's
was.

What has no lock in the source any more is kept for a day, so that it is not lost with the finding about it.
"""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from evidence_store.audit.report import Finding
from evidence_store.errors import ChecksumRefused, KeyTaken, LockRefused, NotFound
from evidence_store.listing import Listing, working_file
from evidence_store.objects import Objects, Stat, Version
from evidence_store.patience import Unreadable, in_order, patiently

PREFIXES = ("v1/", "log/")
"""Objects first: a log in the copy that names an object finds it there."""
_NAMED_DIGEST = re.compile(r"-([0-9a-f]{16})(?:\.[A-Za-z0-9]+)*")
_SHORTEST_LOCK = timedelta(days=1)
_AHEAD_A_THREAD = 4
_ANY_MEDIA = "application/octet-stream"

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is (0: not known)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run did."""

    copied: int
    already: int
    """Keys that the copy had before, with these bytes."""
    extended: int
    """Those of them whose lock was lengthened."""
    bytes: int
    """Copied."""
    findings: tuple[Finding, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Task:
    versions: list[Version]
    """In the source, the oldest first."""
    copies: list[Version]
    """In the copy, the oldest first."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    copied: int = 0
    already: int = 0
    extended: int = 0
    bytes: int = 0
    findings: tuple[Finding, ...] = ()


def replicate(
    source: Objects,
    target: Objects,
    *,
    threads: int = 8,
    working: Path | None = None,
    progress: Progress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Summary:
    """Copy what is not there yet, lengthen what was lengthened. Makes the target's bucket if there is none.

    `working` names a file beside which the listing is kept meanwhile. Blocks. Raises UnlockedBucket,
    StoreUnreachable, StoreRefused; running it again is right after any error.
    """
    began = time.monotonic()
    tell = progress or _silent
    source.ping()
    target.prepare()
    copying = _Copying(source, target, now)
    totals = _Outcome()
    with working_file(working) as db, ThreadPoolExecutor(threads, "replicate") as pool:
        here, there = Listing(db, "source"), Listing(db, "target")
        # The log is listed first and copied last: every object it names at that moment is listed after it.
        for prefix in reversed(PREFIXES):
            tell(f"listing {prefix}", 0, 0)
            here.take(source, prefix)
            there.take(target, prefix)
        whole, done = sum(here.count(prefix) for prefix in PREFIXES), 0
        for prefix in PREFIXES:
            tasks = (_Task(here.versions(key), there.versions(key)) for key in here.keys(prefix))
            for _, outcome in in_order(pool, copying.take, tasks, threads * _AHEAD_A_THREAD):
                totals = _sum(totals, outcome)
                done += 1
                tell("objects", done, whole)
    seconds = round(time.monotonic() - began, 2)
    return Summary(totals.copied, totals.already, totals.extended, totals.bytes, totals.findings, seconds)


class _Copying:
    """One key at a time; used from several threads."""

    def __init__(self, source: Objects, target: Objects, now: Callable[[], datetime]) -> None:
        self._source, self._target, self._now = source, target, now

    def take(self, task: _Task) -> _Outcome:
        version = task.versions[0]
        try:
            if len(task.versions) > 1:
                version = self._named(task.versions)
            return self._bring(version, task.copies)
        except (Unreadable, NotFound) as fault:
            return _found(Finding("altered", version.key, version.version_id, f"can't be read or copied: {fault}"))
        except LockRefused as fault:
            return _found(Finding("short-lock", version.key, "", f"in the copy: {fault}"))
        except (KeyTaken, ChecksumRefused) as fault:
            return _found(Finding("altered", version.key, "", f"was not copied: {fault}"))

    def _named(self, versions: list[Version]) -> Version:
        """The oldest version that has the digest in its key; the oldest if none has, or the key names none."""
        name = _NAMED_DIGEST.search(versions[0].key.rpartition("/")[2])
        for version in versions:
            if name is not None and self._digest(version).startswith(name[1]):
                return version
        return versions[0]

    def _digest(self, version: Version) -> str:
        stat = self._stat(self._source, version)
        return stat.sha256 or sha256(self._get(version)).hexdigest()

    def _bring(self, version: Version, copies: list[Version]) -> _Outcome:
        original = self._stat(self._source, version)
        until = original.locked_until
        findings: tuple[Finding, ...] = ()
        if until is None or until <= self._now():
            words = "is under no COMPLIANCE lock in the source any more; the copy keeps it for a day"
            findings = (Finding("unlocked", version.key, version.version_id, words),)
            until = self._now() + _SHORTEST_LOCK
        if copies:
            return self._compare(version, original, copies[0], None if findings else until, findings)
        data = self._get(version)
        digest = sha256(data).hexdigest()
        if original.sha256 is not None and digest != original.sha256:
            words = f"has the SHA-256 {digest} in the source; it arrived there with {original.sha256}: not copied"
            return _found(Finding("altered", version.key, version.version_id, words))
        media_type = original.media_type or _ANY_MEDIA
        copy = patiently(self._target, lambda: self._target.put(version.key, data, digest, media_type, until))
        arrived = patiently(self._target, lambda: self._target.stat(version.key, copy))
        if arrived.size != len(data) or arrived.sha256 not in {None, digest}:
            findings += (Finding("altered", version.key, copy, "arrived in the copy as something else"),)
        if arrived.locked_until is None or arrived.locked_until < until:
            findings += (Finding("short-lock", version.key, copy, "was not locked in the copy as was asked for"),)
        return _Outcome(copied=1, bytes=len(data), findings=findings)

    def _compare(
        self, version: Version, original: Stat, copy: Version, until: datetime | None, findings: tuple[Finding, ...]
    ) -> _Outcome:
        """`until` None: the original has no lock that could be followed."""
        present = self._stat(self._target, copy)
        digests = [
            stat.sha256 or sha256(patiently(store, lambda s=store, v=each: s.get(v.key, v.version_id))).hexdigest()
            for store, each, stat in ((self._source, version, original), (self._target, copy, present))
        ]
        if present.size != original.size or digests[0] != digests[1]:
            words = f"has other bytes in the copy ({digests[1]}) than in the source ({digests[0]})"
            return _found(*findings, Finding("altered", version.key, copy.version_id, words))
        if until is None or (present.locked_until is not None and present.locked_until >= until):
            return _Outcome(already=1, findings=findings)
        patiently(self._target, lambda: self._target.extend(version.key, copy.version_id, until))
        return _Outcome(already=1, extended=1, findings=findings)

    def _stat(self, store: Objects, version: Version) -> Stat:
        return patiently(store, lambda: store.stat(version.key, version.version_id))

    def _get(self, version: Version) -> bytes:
        return patiently(self._source, lambda: self._source.get(version.key, version.version_id))


def _found(*findings: Finding) -> _Outcome:
    return _Outcome(findings=findings)


def _sum(one: _Outcome, other: _Outcome) -> _Outcome:
    return _Outcome(
        one.copied + other.copied,
        one.already + other.already,
        one.extended + other.extended,
        one.bytes + other.bytes,
        one.findings + other.findings,
    )


def _silent(_what: str, _done: int, _whole: int) -> None:
    pass
