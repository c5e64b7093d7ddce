"""What a person's page reports of their device, on its way to the journal.

**A burst is written in full. A flood is written by where it ends, with a line that says how much of it was not.**

Each sort of report has an allowance of its own, so a sensor gone wild hides no phone call. What goes over it is held
back, of each state the last word, and written within seconds, when the allowance is back.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from survey_server.flows.allowances import JOURNALED
from survey_server.flows.case import Case
from survey_server.flows.node import Node, event_kind
from survey_server.survey.events import AnyEvent, Condensed, DeviceChecked, DeviceTurned, Interrupted, Muted
from survey_server.survey.life import WAITING
from survey_server.survey.survey import Survey

Report = DeviceChecked | Muted | Interrupted | DeviceTurned

_LOOK_S = 0.5


def news(survey: Survey, report: Report) -> bool:
    """Does it say anything the survey doesn't hold already, while it matters?"""
    person = survey.participants[report.participant]
    match report:
        case DeviceChecked():
            return survey.state != "concluded"
        case Muted(track=track, muted=muted):
            return getattr(person, track) is muted
        case Interrupted(what=what, over=over):
            return survey.state in (*WAITING, "in_session") and (what in person.interruptions) is over
        case DeviceTurned():
            return survey.state in (*WAITING, "in_session")


@dataclass
class _Held:
    """Reports of one sort that wait: how many came since when, and the last of each state."""

    since_s: float
    count: int = 0
    last: dict[Hashable, Report] = field(default_factory=dict[Hashable, Report])

    def hold(self, report: Report) -> None:
        self.count += 1
        self.last.pop(key := _state_of(report), None)
        self.last[key] = report

    @property
    def lines(self) -> int:
        """How many lines they will be at most."""
        return len(self.last) + (self.count > len(self.last))


class Reports:
    """The reports of one message line. `current`: is it still the person's own line, so that its last word counts?"""

    def __init__(self, node: Node, case: Case, participant: str, current: Callable[[], bool]) -> None:
        self._node = node
        self._case = case
        self._participant = participant
        self._current = current
        self._held: dict[str, _Held] = {}

    async def take(self, report: Report) -> bool:
        """Journal it: now, or within seconds as part of a flood. False for the first of those: the sender is to know.

        What is no news is not written.
        """
        sort = event_kind(report)
        held = self._held.get(sort)
        if held is not None:
            held.hold(report)
            return True
        if not news(self._case.survey, report):
            return True
        if self._allowed(sort, 1):
            await self._case.record(report, unless=lambda survey: not news(survey, report))
            return True
        held = self._held[sort] = _Held(time.monotonic())
        held.hold(report)
        self._node.spawn(self._write_when_allowed(sort, held))
        return False

    def _allowed(self, sort: str, lines: int) -> bool:
        key = (self._case.id, self._participant, sort)
        return self._node.allowances.take(key, JOURNALED, time.monotonic(), lines)

    async def _write_when_allowed(self, sort: str, held: _Held) -> None:
        while not self._node.stopping and not self._allowed(sort, held.lines):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._node.leaving.wait(), _LOOK_S)
        del self._held[sort]
        seconds = round(time.monotonic() - held.since_s, 1)
        # what a page said that is gone, or was replaced by another, must not undo what came after it
        last = list(held.last.values()) if self._current() else []
        flood = [Condensed(self._participant, sort, held.count, seconds)] if held.count > len(last) else []

        def lines(survey: Survey) -> list[AnyEvent]:
            return [*flood, *(report for report in last if news(survey, report))]

        await self._case.decide(lines)


def _state_of(report: Report) -> Hashable:
    """What the report is the latest word on."""
    match report:
        case Muted(track=track):
            return track
        case Interrupted(what=what):
            return what
        case DeviceChecked() | DeviceTurned():
            return None
