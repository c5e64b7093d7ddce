"""Which survey is to be looked at when: in memory, made anew out of the journals at each start. And how long the node
was away, in a small file: who could not be reminded meanwhile loses nothing to it.
"""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from credit_gate.working_days import Calendar

_AWAY = timedelta(days=1)
_NOTED_EVERY = timedelta(hours=1)
_DAYS = 3
"""Working days that people have after an absence of the node: one to be reminded, two to act."""


class _Note(Struct, frozen=True):
    seen: datetime
    spared_until: datetime | None


class Agenda:
    """One date for each survey at most; what changed is to be looked at at once."""

    def __init__(self, note: Path) -> None:
        """`note` is the file that tells the next start when this node was last there."""
        self._dates: dict[str, datetime] = {}
        self._changed: dict[str, None] = {}
        self._note = note
        self._noted: datetime | None = None
        self.spared_until: datetime | None = None
        """No survey goes over to a visit before: the node was away, or knew no such limit until now."""

    def come_back(self, now: datetime, calendar: Calendar) -> None:
        """The node is there again. Raises OSError."""
        try:
            before = msgspec.json.decode(self._note.read_bytes(), type=_Note)
        except (FileNotFoundError, msgspec.MsgspecError):
            before = None
        if before is None or now - before.seen > _AWAY:
            self.spared_until = calendar.due(now, _DAYS).at
        else:
            self.spared_until = before.spared_until
        self._write(now)

    def go_on(self, now: datetime) -> None:
        """The node is still there. Raises OSError."""
        if self._noted is None or now - self._noted >= _NOTED_EVERY:
            self._write(now)

    def _write(self, now: datetime) -> None:
        fresh = self._note.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(_Note(now, self.spared_until)))
        fresh.replace(self._note)
        self._noted = now

    def changed(self, survey: str) -> None:
        """Something happened in it."""
        self._changed[survey] = None

    def put(self, survey: str, at: datetime | None) -> None:
        """Look at it then, or (None) not before something happens in it."""
        if at is not None:
            self._dates[survey] = at

    def ripe(self, now: datetime) -> list[str]:
        """Those to be looked at now; they are on the agenda no more."""
        ripe = dict.fromkeys([*self._changed, *(one for one, at in self._dates.items() if at <= now)])
        self._changed.clear()
        for survey in ripe:
            self._dates.pop(survey, None)
        return list(ripe)
