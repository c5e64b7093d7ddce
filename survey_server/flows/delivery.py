"""Sends the outbox's rows of one destination until each is acknowledged: in order within a lane, less and less often
while it fails, from where it was after a restart.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from survey_server.clock import utc_now
from survey_server.db.errors import DatabaseUnreachable
from survey_server.db.outbox import Destination, Message, Outbox

Send = Callable[[Message], Awaitable[str]]
"""Sends a row and notes its acknowledgement; answers with nothing then, else with why not, in words."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 300.0
_IDLE_S = 60.0
"""How often it looks by itself, should another node have written a row."""

_log = logging.getLogger(__name__)


class Delivery:
    """One destination's worker. `wake` says that there may be a new row."""

    def __init__(self, outbox: Outbox, destination: Destination) -> None:
        self._outbox = outbox
        self._destination: Destination = destination
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def watch(self, send: Send) -> None:
        """Send until cancelled. Whatever goes wrong with one row keeps no other lane from going on."""
        while True:
            self._woken.clear()
            try:
                pause_s = await self._round(send)
            except DatabaseUnreachable as fault:
                _log.warning("nothing is delivered to %s now: %s", self._destination, fault)
                pause_s = _FIRST_PAUSE_S
            except Exception:
                _log.exception("delivery to %s", self._destination)
                pause_s = _IDLE_S
            try:
                await asyncio.wait_for(self._woken.wait(), pause_s)
            except TimeoutError:
                continue

    async def _round(self, send: Send) -> float:
        """Everything that may be sent now; how long there is nothing to do afterwards, seconds."""
        while rows := await self._outbox.next(self._destination, utc_now()):
            for row in rows:
                try:
                    trouble = await send(row)
                except DatabaseUnreachable:
                    raise
                except Exception as fault:
                    _log.exception("%s to %s", row.id, self._destination)
                    trouble = f"{type(fault).__name__}: {fault}"
                if trouble:
                    await self._put_off(row, trouble)
        at = await self._outbox.next_at(self._destination)
        return _IDLE_S if at is None else min(_IDLE_S, max(0.05, (at - utc_now()).total_seconds()))

    async def _put_off(self, row: Message, trouble: str) -> None:
        pause_s = min(_FIRST_PAUSE_S * 2.0 ** min(row.attempts, 20), _LONGEST_PAUSE_S) * random.uniform(0.75, 1.25)  # noqa: S311
        if trouble != row.trouble:
            _log.warning("%s was not delivered to %s: %s", row.id, self._destination, trouble)
        await self._outbox.put_off(row, utc_now() + timedelta(seconds=pause_s), trouble)
