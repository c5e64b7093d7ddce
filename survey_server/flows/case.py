"""A case: one survey in this node's memory, its journal, and those who want to know of changes."""

import asyncio
from collections.abc import Awaitable, Callable

from survey_server.clock import Clock
from survey_server.db.journal import Journal
from survey_server.survey.events import AnyEvent, Applied, Entry
from survey_server.survey.survey import Effect, Survey, begin, step

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

    @property
    def id(self) -> str:
        """The survey's id."""
        return self.survey.id

    async def record(self, *events: AnyEvent, unless: Callable[[Survey], bool] | None = None) -> bool:
        """Journal the events, then change the value, tell the listeners and carry the effects out.

        `unless` is asked under the lock: when it answers True nothing is written and False comes back.
        Raises OutOfOrder, with nothing written, when the survey's state does not allow an event.
        """
        async with self._order:
            if unless is not None and unless(self.survey):
                return False
            after, entries, effects = self.survey, list[Entry](), list[Effect]()
            for event in events:
                entry = Entry(self.id, after.seq + 1, self._clock(), event)
                after, more = step(after, entry)
                entries.append(entry)
                effects.extend(more)
            await self._journal.append(entries, after.state)
            self.survey = after
            for effect in effects:
                await self._carry(self, effect)
        self.tell()
        return True

    def tell(self) -> None:
        """Tell every listener that there is something new to look at."""
        for listener in tuple(self.changed):
            listener()


class Docket:
    """The cases this node has in memory; each survey at most once."""

    def __init__(self, journal: Journal, clock: Clock, carry: Carry) -> None:
        self._journal = journal
        self._clock = clock
        self._carry = carry
        self._cases: dict[str, Case] = {}
        self._loading = asyncio.Lock()

    async def file(self, survey: str, application: Applied) -> Case:
        """A new case, with its application as the journal's first line."""
        entry = Entry(survey, 1, self._clock(), application)
        value = begin(entry)
        await self._journal.append([entry], value.state)
        case = self._cases[survey] = Case(value, self._journal, self._clock, self._carry)
        return case

    async def case(self, survey: str) -> Case | None:
        """The case of this survey, from memory or its journal; None if there is none."""
        async with self._loading:
            if survey not in self._cases:
                value = await self._journal.survey(survey)
                if value is None:
                    return None
                self._cases[survey] = Case(value, self._journal, self._clock, self._carry)
            return self._cases[survey]
