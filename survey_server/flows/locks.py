"""Locks that last: once a day, what the rule of `survey.locks` asks for is done to the objects, to the node's log,
and to logs that nobody else looks after.

**No lock ends untold, and none of a case is lengthened without a line in its journal.**

The index of objects knows which locks end when, so a round reads only the journals of cases that may have something
due. It is its own record of what is done: a round that was cut off, or a second one, finds done what is done. The one
thing the index could not tell is whether the journal line was written. So the first object of a case enters the index
with its new lock only after the line: cut off before, the case is found again.

A round is slow on purpose, resting twice as long as each lengthening took: the store also serves live surveys, and
there is a year's time. What the store refuses to lengthen is told once, left, and tried again in the next round. A
store or a database that is away ends the round; it is taken up an hour later.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from evidence_store.errors import StoreRefused, StoreUnreachable
from evidence_store.ledger.locks import Block, LogLocks
from survey_server.clock import Clock
from survey_server.db.errors import DatabaseUnreachable
from survey_server.db.journal import Journal
from survey_server.db.objects import Ending, ObjectIndex
from survey_server.flows.case import Docket
from survey_server.flows.lock_report import Failure, LockReport, LocksEnd, Tally, read_report, write_report
from survey_server.survey.events import LocksEnding, LocksRenewed
from survey_server.survey.locks import PERMANENT_RENEWED_BELOW, Lengthen, LetRun, last_act, ruling
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey

_log = logging.getLogger(__name__)

FIRST_S = 300.0
"""After a start, others come first. Up to as much again is drawn: nodes started together don't work together."""
_DAY_S, _HOUR_S = 86_400.0, 3600.0
_SURVEYS_AT_ONCE = 500
_OBJECTS_AT_ONCE = 200
_SHORTEST_REST_S = 0.02


class Extending(Protocol):
    """The store, as far as locks go."""

    async def extend(self, key: str, version_id: str, until: datetime) -> datetime:
        """Lengthen a lock; returns the lock in force. Raises StoreRefused, StoreUnreachable."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the ruling about its locks."""

    ending: Ending
    survey: Survey
    ruling: Lengthen | LetRun
    renewed: bool
    """Were its locks lengthened before?"""

    @property
    def due(self) -> bool:
        """Is there a lock to be lengthened now?"""
        return isinstance(self.ruling, Lengthen) and self.ending.first < self.ruling.below

    @property
    def ends_at(self) -> datetime | None:
        """When its first lock runs out, if that is to be told now."""
        match self.ruling:
            case LetRun(alarm_below=before) if before is not None and self.ending.first < before:
                return self.ending.first
            case _:
                return None


async def endings(index: ObjectIndex, now: datetime) -> AsyncIterator[Ending]:
    """Every survey that the rule may have something to say about."""
    after = ""
    while page := await index.ending(now + PERMANENT_RENEWED_BELOW, after, _SURVEYS_AT_ONCE):
        for ending in page:
            yield ending
        after = page[-1].survey


async def judged(journal: Journal, ending: Ending, now: datetime, lock: timedelta) -> Judged | None:
    """What the rule says of this survey; None for objects of one that was never filed. Raises for a broken journal."""
    entries = await journal.read(ending.survey)
    if not entries:
        return None
    survey = rebuild(entries)
    renewed = any(isinstance(entry.event, LocksRenewed) for entry in entries)
    return Judged(ending, survey, ruling(survey, last_act(entries), now, lock), renewed)


async def _rest(took_s: float) -> None:
    await asyncio.sleep(max(_SHORTEST_REST_S, 2 * took_s))


class Locks:
    """The daily round of one node."""

    def __init__(
        self, index: ObjectIndex, journal: Journal, docket: Docket, store: Extending, log: LogLocks, lock_days: int,
        note: Path, clock: Clock, rest: Callable[[float], Awaitable[None]] = _rest,
        orphans: Callable[[datetime], list[LogLocks]] = lambda _: [],
    ) -> None:  # fmt: skip
        """`note` is the file that keeps the last round's report for people; `rest` takes how long the store worked;
        `orphans`, which blocks, finds other logs to be looked after at that moment.
        """
        self._orphans = orphans
        self._index, self._journal, self._docket, self._store, self._log = index, journal, docket, store, log
        self._lock, self._note, self._clock, self._rest = timedelta(days=lock_days), note, clock, rest
        self._settled: dict[str, datetime] = {}
        """Cases about which nothing more is to be done as long as their first lock ends at this moment."""
        self._told: set[str] = set()
        self.report: LockReport | None = read_report(note)
        """What came of the last round; None before the first."""

    async def watch(self) -> None:
        """Go round until cancelled."""
        await asyncio.sleep(FIRST_S + secrets.randbelow(1000) / 1000 * FIRST_S)
        while True:
            pause = _DAY_S
            try:
                await self.round(self._clock())
            except (StoreUnreachable, DatabaseUnreachable) as fault:
                _log.warning("locks are not lengthened now: %s", fault)
                pause = _HOUR_S
            except Exception:  # nothing that goes wrong here may end it for good: nobody would hear of it
                _log.exception("a round of the locks failed")
                pause = _HOUR_S
            await asyncio.sleep(pause)

    async def round(self, now: datetime) -> LockReport:
        """Do everything that is due now. Raises StoreUnreachable, DatabaseUnreachable; calling again goes on."""
        tally = Tally()
        async for ending in endings(self._index, now):
            if self._settled.get(ending.survey) != ending.first:
                await self._case(ending, now, tally)
        for log in (self._log, *await asyncio.to_thread(self._orphans, now)):
            await self._lengthen_log(log, now, tally)
        self.report = tally.report(now, await self._next(now))
        await asyncio.to_thread(write_report, self._note, self.report)
        self._tell(tally.failures)
        return self.report

    async def _case(self, ending: Ending, now: datetime, tally: Tally) -> None:
        """One case; what is wrong with it stops no other."""
        try:
            case = await judged(self._journal, ending, now, self._lock)
            if case is not None:
                tally.surveys += 1
                await self._carry_out(case, tally)
        except (StoreUnreachable, DatabaseUnreachable):
            raise
        except Exception as fault:
            _log.debug("the locks of %s", ending.survey, exc_info=True)
            tally.failures.append(Failure(ending.survey, f"{type(fault).__name__}: {fault}"))

    async def _carry_out(self, case: Judged, tally: Tally) -> None:
        survey = case.ending.survey
        match case.ruling:
            case Lengthen() as ruled:
                if case.due:
                    await self._lengthen(case, ruled, tally)
                elif ruled.lasting:
                    self._settled[survey] = case.ending.first
                if ruled.open and (case.due or case.renewed):
                    tally.kept_open.append(survey)
            case LetRun(alarm_below=None):
                self._settled[survey] = case.ending.first
            case LetRun():
                if case.ends_at is not None:
                    await self._alarm(case, case.ends_at, tally)

    async def _lengthen(self, found: Judged, ruled: Lengthen, tally: Tally) -> None:
        survey, after = found.ending.survey, ""
        first: tuple[str, datetime] | None = None
        done = failed = 0
        while page := await self._index.locked_before(survey, ruled.below, after, _OBJECTS_AT_ONCE):
            for stored in page:
                began = time.monotonic()
                try:
                    until = await self._store.extend(stored.key, stored.version_id, ruled.until)
                except StoreRefused as fault:
                    tally.failures.append(Failure(stored.key, str(fault)))
                    failed += 1
                else:
                    done += 1
                    if first is None:
                        first = stored.key, until
                    else:
                        await self._index.extended(stored.key, until)
                await self._rest(time.monotonic() - began)
            after = page[-1].key
        tally.extended += done
        if first is None:
            return
        case = await self._docket.case(survey)
        if case is not None:
            await case.record(LocksRenewed(first[1], done, failed))
        await self._index.extended(*first)
        if ruled.open:
            _log.warning("%s is still open: its locks were about to end and last until %s now", survey, first[1])

    async def _alarm(self, found: Judged, ends_at: datetime, tally: Tally) -> None:
        survey = found.ending.survey
        tally.ending.append(LocksEnd(survey, ends_at))
        if found.survey.locks_end is not None:
            return
        case = await self._docket.case(survey)
        if case is not None and await case.record(
            LocksEnding(ends_at), unless=lambda value: value.locks_end is not None
        ):
            _log.warning("nobody goes on with %s: its locks run out from %s on", survey, ends_at)

    async def _lengthen_log(self, log: LogLocks, now: datetime, tally: Tally) -> None:
        until = await asyncio.to_thread(log.begin, now)
        blocks, whole = log.blocks(), True
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            whole &= await self._block(log, block, until, tally)
        if whole:
            await asyncio.to_thread(log.end)

    async def _block(self, log: LogLocks, block: Block, until: datetime, tally: Tally) -> bool:
        whole = True
        for version in block.versions:
            began = time.monotonic()
            try:
                await asyncio.to_thread(log.extend, version, until)
                tally.log_extended += 1
            except StoreRefused as fault:
                tally.failures.append(Failure(version.key, str(fault)))
                whole = False
            await self._rest(time.monotonic() - began)
        if whole:
            await asyncio.to_thread(log.finish, block)
        return whole

    async def _next(self, now: datetime) -> datetime | None:
        """When a lock that is long enough now will have to be lengthened, at the earliest; rounds come daily anyway."""
        permanent = await self._index.first_end(now + PERMANENT_RENEWED_BELOW)
        moments = [self._log.next_at, permanent and permanent - PERMANENT_RENEWED_BELOW]
        return min((moment for moment in moments if moment is not None), default=None)

    def _tell(self, failures: list[Failure]) -> None:
        for failure in failures:
            if failure.what not in self._told:
                _log.error("the lock of %s could not be lengthened: %s", failure.what, failure.words)
        self._told = {failure.what for failure in failures}
