"""An audit from beginning to end, or from where an earlier run left off."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evidence_store.audit import state as states
from evidence_store.audit.claims import Claims, Entered
from evidence_store.audit.logs import LogReading
from evidence_store.audit.periods import CASE_SEAL, GRACE, LAPSE, lapses, required, sealed
from evidence_store.audit.report import Finding, LogSummary, Report
from evidence_store.audit.scrub import Outcome, Task, look
from evidence_store.errors import NotFound
from evidence_store.ledger.notes import VerifierKey
from evidence_store.listing import Listing, working_file
from evidence_store.objects import Objects
from evidence_store.patience import Unreadable, in_order, patiently

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is (0: not known)."""

_BUCKET = "bucket"
_AHEAD_A_THREAD = 4
_SAVED_EVERY_S = 3.0


class AuditImpossible(Exception):
    """The audit could not be carried out; says why in words."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked."""

    keys: Sequence[VerifierKey] = ()
    """With none, who signed is not checked."""
    nodes: Sequence[str] = ()
    """Only the logs of these nodes, and then nothing is said about what has no entry; none: every log."""
    margin: timedelta = timedelta(days=14)
    """No lock may end earlier than this from now."""
    copy: bool = False
    """The bucket is a second copy: version ids are its own."""
    sample: float = 1.0
    """The share of objects that are read and hashed, 0 to 1; of the others the store is only asked."""
    threads: int = 8
    state: Path | None = None
    """Where to note how far it came, and to go on from."""


def audit(
    objects: Objects,
    plan: Plan,
    *,
    seed: str,
    progress: Progress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Carry it out. `seed` is a random word that chooses the sample. Blocks; the store is only read.

    When it is interrupted by any exception the state is saved first. Raises AuditImpossible, BadState,
    StoreUnreachable, StoreRefused, OSError.
    """
    nodes = tuple(sorted(set(plan.nodes)))
    question = states.Question(objects.endpoint, objects.bucket, nodes, plan.copy, plan.sample)
    earlier = states.load(plan.state, question) if plan.state is not None else None
    state = earlier or states.State(question, seed)
    with working_file(plan.state) as db, _threads(plan.threads) as pool:
        run = _Run(objects, plan, state, Listing(db, _BUCKET), Claims(db), pool, progress or _silent, now)
        try:
            logs, findings = run.through(nodes)
        finally:
            run.save()
    if plan.state is not None:
        plan.state.unlink(missing_ok=True)
    return Report(
        endpoint=objects.endpoint,
        bucket=objects.bucket,
        logs=tuple(logs),
        objects=state.objects,
        bytes=state.bytes,
        findings=tuple(findings),
        resumed=earlier is not None,
        seconds=round(state.seconds, 2),
    )


class _Run:
    def __init__(
        self, objects: Objects, plan: Plan, state: states.State, listing: Listing, claims: Claims,
        pool: ThreadPoolExecutor, progress: Progress, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._objects, self._plan, self._state, self._listing, self._claims = objects, plan, state, listing, claims
        self._pool, self._progress, self._now = pool, progress, now
        self._counted = time.monotonic()
        self._save_after = self._counted + _SAVED_EVERY_S

    def through(self, nodes: Sequence[str]) -> tuple[list[LogSummary], list[Finding]]:
        began = self._now()
        self._objects.ping()
        # Objects before logs: what is listed and not entered by then has really no entry.
        self._list("v1/")
        for node in nodes or [""]:
            self._list(f"log/{node}/" if node else "log/")
        prefixes = self._prefixes()
        absent = [node for node in nodes if f"log/{node}" not in prefixes]
        if absent or not prefixes:
            raise AuditImpossible(
                f"The bucket {self._objects.bucket!r} at {self._objects.endpoint} has no log"
                f"{' of ' + ', '.join(absent) if absent else ''}. Is it the bucket that evidence is kept in?"
            )
        logs, findings = self._read_logs(prefixes)
        findings += self._read_periods()
        findings += self._since_last_time()
        self._scrub(prefixes)
        findings += self._state.findings
        if not nodes:
            findings += self._unentered(began - GRACE)
        return logs, findings

    def save(self) -> None:
        """Note how far it came."""
        moment = time.monotonic()
        self._state.seconds += moment - self._counted
        self._counted = moment
        if self._plan.state is not None and self._state.done:
            states.save(self._plan.state, self._state)
        took = time.monotonic() - moment
        self._save_after = time.monotonic() + max(_SAVED_EVERY_S, 20 * took)

    def _list(self, prefix: str) -> None:
        self._progress(f"listing {prefix}", 0, 0)
        self._listing.take(self._objects, prefix)

    def _prefixes(self) -> list[str]:
        found: dict[str, None] = {}
        for key in self._listing.keys("log/"):
            _, node, rest = [*key.split("/", 2), "", ""][:3]
            if node and rest:
                found[f"log/{node}"] = None
        return list(found)

    def _read_logs(self, prefixes: Sequence[str]) -> tuple[list[LogSummary], list[Finding]]:
        logs: list[LogSummary] = []
        findings: list[Finding] = []
        for at, prefix in enumerate(prefixes):
            self._progress(f"reading {prefix}", at, len(prefixes))
            reading = LogReading(
                self._objects, self._listing, self._claims, prefix, self._plan.keys, self._now() + self._plan.margin
            )
            logs.append(reading.run(self._pool))
            findings += reading.findings
        for origin, times in Counter(log.origin for log in logs).items():
            if times > 1 and origin:
                findings.append(Finding("fork", "log/", "", f"holds {times} logs that are called {origin}"))
        return logs, findings

    def _read_periods(self) -> Iterator[Finding]:
        """What case seals and lapse notices say of how long their survey's objects are kept."""
        said = [each for each in self._claims.of_type("seal") if CASE_SEAL.fullmatch(each.claim.key)]
        said += self._claims.of_type(LAPSE)
        asked = ((each, self._version(each)) for each in said)
        for (entered, _), data in in_order(self._pool, self._content, asked, self._ahead):
            if data is None or hashlib.sha256(data).hexdigest() != entered.claim.sha256:
                continue  # the scrub says so
            try:
                if entered.type == LAPSE:
                    self._claims.lapse(entered.survey, lapses(json.loads(data)))
                else:
                    self._claims.seal(entered.survey, sealed(json.loads(data)))
            except ValueError as fault:
                what = "a lapse notice" if entered.type == LAPSE else "a case seal"
                yield Finding("bad-entry", entered.claim.key, entered.claim.version_id, f"is {what} and {fault}")

    def _content(self, one: tuple[Entered, str]) -> bytes | None:
        entered, version_id = one
        try:
            return patiently(self._objects, lambda: self._objects.get(entered.claim.key, version_id))
        except (NotFound, Unreadable):
            return None

    def _since_last_time(self) -> Iterator[Finding]:
        """A log that has another past than the interrupted run saw is not the same log."""
        for prefix, done in list(self._state.done.items()):
            if self._claims.root(prefix, done.batch) != done.root:
                del self._state.done[prefix]
                yield Finding(
                    "fork", f"{prefix}/checkpoint/{done.batch:09}", "",
                    "had another root when this audit was interrupted: the log was exchanged or set back since",
                )  # fmt: skip

    def _scrub(self, prefixes: Sequence[str]) -> None:
        whole = self._state.objects + sum(self._claims.count(prefix, self._done(prefix)) for prefix in prefixes)
        for prefix in prefixes:
            batch, pending = self._done(prefix), Outcome(0, ())
            count = 0
            for task, outcome in in_order(self._pool, self._look, self._tasks(prefix), self._ahead):
                if task.entered.batch != batch:
                    self._finish(prefix, batch, count, pending)
                    batch, pending, count = task.entered.batch, Outcome(0, ()), 0
                pending = Outcome(pending.bytes + outcome.bytes, pending.findings + outcome.findings)
                count += 1
                self._progress("objects", self._state.objects + count, whole)
            self._finish(prefix, batch, count, pending)

    def _finish(self, prefix: str, batch: int, count: int, outcome: Outcome) -> None:
        """Every object entered up to this checkpoint has been looked at."""
        root = self._claims.root(prefix, batch)
        if root is None:
            return
        self._state.objects += count
        self._state.bytes += outcome.bytes
        self._state.findings += outcome.findings
        self._state.done[prefix] = states.Done(batch, root)
        if time.monotonic() > self._save_after:
            self.save()

    def _tasks(self, prefix: str) -> Iterator[Task]:
        for entered in self._claims.of_log(prefix, self._done(prefix)):
            lapse = None if entered.type == LAPSE else self._claims.lapsed(entered.survey)
            asked = required(self._now(), self._plan.margin, self._claims.sealed(entered.survey), lapse)
            yield Task(entered, self._version(entered), asked, self._chosen(entered.claim.key))

    def _version(self, entered: Entered) -> str:
        if not self._plan.copy:
            return entered.claim.version_id
        versions = self._listing.versions(entered.claim.key)
        return versions[0].version_id if versions else ""

    def _chosen(self, key: str) -> bool:
        drawn = int.from_bytes(hashlib.sha256(f"{self._state.seed} {key}".encode()).digest()[:8])
        return drawn < self._plan.sample * 2**64

    def _look(self, task: Task) -> Outcome:
        return look(self._objects, task)

    def _done(self, prefix: str) -> int:
        return self._state.done[prefix].batch if prefix in self._state.done else 0

    def _unentered(self, before: datetime) -> Iterator[Finding]:
        for key, version_id, is_marker in self._claims.unentered(
            _BUCKET, "v1/", before.timestamp(), by_key=self._plan.copy
        ):
            problem = "is a delete marker; nodes write none" if is_marker else "has no entry in any log"
            yield Finding("unentered", key, version_id, problem)

    @property
    def _ahead(self) -> int:
        return self._plan.threads * _AHEAD_A_THREAD


@contextmanager
def _threads(count: int) -> Generator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(count, "audit")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _silent(_what: str, _done: int, _whole: int) -> None:
    pass
