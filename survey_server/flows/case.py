"""A case: one survey in this node's memory, its journal, and those who want to know of changes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

from survey_server.clock import Clock
from survey_server.db.errors import LineTaken
from survey_server.db.journal import Journal
from survey_server.survey.events import AnyEvent, Applied, Decided, Entry
from survey_server.survey.step import Effect, rebuild, step
from survey_server.survey.survey import Survey

Carry = Callable[["Case", Effect], Awaitable[None]]
"""Carries an effect out; called after its event is in the journal, never twice for one event."""


class Case:
    """One survey. `record` is the only way to change it; calls are put in order."""

    def __init__(self, survey: Survey, journal: Journal, clock: Clock, carry: Carry) -> None:
        self.survey = survey
        self.changed: set[Callable[[], None]] = set()
        self._journal = journal
        self._clock = clock
        self._carry = carry
        self._order = asyncio.Lock()
        self._unsure = False

    @property
    def id(self) -> str:
        """The survey's id."""
        return self.survey.id

    async def record(self, *events: AnyEvent, unless: Callable[[Survey], bool] | None = None) -> bool:
        """Journal the events, then change the value, tell the listeners and carry the effects out.

        `unless` is asked under the lock: when it answers True nothing is written and False comes back.
        Raises OutOfOrder, with nothing written, when the survey's state does not allow an event.
        """
        return await self.decide(lambda survey: () if unless is not None and unless(survey) else events)

    async def decide(self, events_for: Callable[[Survey], Sequence[AnyEvent]]) -> bool:
        """Like `record`, for events that depend on the survey as it stands: `events_for` is asked under the lock."""
        async with self._order:
            await self._catch_up()
            events = events_for(self.survey)
            if not events:
                return False
            after, entries, effects = self.survey, list[Entry](), list[Effect]()
            for event in events:
                entry = Entry(self.id, after.seq + 1, self._clock(), event)
                after, more = step(after, entry)
                entries.append(entry)
                effects.extend(more)
            try:
                await self._journal.append(entries, after)
            except LineTaken:
                raise
            except BaseException:  # cut off, too: the lines may be in the journal or not
                self._unsure = True
                raise
            await self._stands(after, effects)
        self.tell()
        return True

    async def _catch_up(self) -> None:
        """Lines of an append that was cut off and stand all the same become part of the survey now, with effects."""
        if self._unsure:
            after, effects = self.survey, list[Effect]()
            for entry in await self._journal.read(self.id, after.seq, settled=True):
                after, more = step(after, entry)
                effects.extend(more)
            self._unsure = False
            await self._stands(after, effects)

    async def _stands(self, after: Survey, effects: Sequence[Effect]) -> None:
        self.survey = after
        for effect in effects:
            await self._carry(self, effect)

    def tell(self) -> None:
        """Tell every listener that there is something new to look at."""
        for listener in tuple(self.changed):
            listener()


class Docket:
    """The cases this node has in memory: each survey at most once, and only while somebody is at work on it."""

    def __init__(self, journal: Journal, clock: Clock, carry: Carry) -> None:
        self._journal = journal
        self._clock = clock
        self._carry = carry
        self._cases: WeakValueDictionary[str, Case] = WeakValueDictionary()
        self._loading = asyncio.Lock()

    async def file(self, survey: str, at: datetime, application: Applied, decision: Decided) -> Case:
        """A new case: its application and the decision about it, the journal's first two lines, written together."""
        lines = [Entry(survey, 1, at, application), Entry(survey, 2, at, decision)]
        value = rebuild(lines)
        await self._journal.append(lines, value)
        case = self._cases[survey] = Case(value, self._journal, self._clock, self._carry)
        return case

    def present(self, survey: str) -> Case | None:
        """The case of this survey if somebody is at work on it."""
        return self._cases.get(survey)

    async def case(self, survey: str) -> Case | None:
        """The case of this survey, from memory or its journal; None if there is none."""
        async with self._loading:
            case = self._cases.get(survey)
            if case is None:
                value = await self._journal.survey(survey)
                if value is None:
                    return None
                case = self._cases[survey] = Case(value, self._journal, self._clock, self._carry)
            return case
