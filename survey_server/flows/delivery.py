"""The outbox is emptied: every message goes to its destination until that has it, however long it takes.

Of each lane (a case) one message is under way at a time, and the next only once it has arrived: so they come in order.
A kill between a receiver's yes and our noting it sends the message again under the same id.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from survey_server.clock import Clock
from survey_server.db.errors import DatabaseFault
from survey_server.db.outbox import NOT_NEEDED, Destination, Message, Outbox
from survey_server.net.webhook import NotTaken

Sender = Callable[[Message], Awaitable[None]]
"""Takes one message where it belongs and notes it as delivered. Raises NotTaken, NotYet or Moot; may be called again
for a message that has arrived."""

_log = logging.getLogger(__name__)
_AT_ONCE = 8
_FIRST_S, _LONGEST_S = 1.0, 3600.0
_NOT_YET = timedelta(seconds=2)
_LOOK_S = 5.0
"""How often the table is looked at without being told: another process may have ordered another attempt."""
_JUDGED_S = 30.0
_WHOM: dict[Destination, str] = {
    "approvals": "the approvals platform", "credit": "the credit platform", "mail": "the mail relay",
}  # fmt: skip


class NotYet(Exception):
    """What the message tells of is not complete here; it counts as no attempt."""


class Moot(Exception):
    """What the message reminds of is over: it is not sent."""


@dataclass
class _Line:
    """A destination: who brings messages there, and whether nobody answered there lately."""

    send: Sender
    down: bool = False


class Deliveries:
    """The one worker that empties the outbox. `trouble` is what the operator must know, in words, or empty."""

    def __init__(
        self, outbox: Outbox, senders: Mapping[Destination, Sender], clock: Clock, alarm_after: timedelta
    ) -> None:
        self.trouble = ""
        self._outbox = outbox
        self._lines: dict[Destination, _Line] = {name: _Line(send) for name, send in senders.items()}
        self._clock = clock
        self._alarm_after = alarm_after
        self._news = asyncio.Event()
        self._flying: dict[tuple[Destination, str], asyncio.Task[None]] = {}

    def wake(self) -> None:
        """There is something new to deliver."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled; what is under way then is broken off."""
        judged = -_JUDGED_S
        clock = asyncio.get_running_loop().time
        try:
            while True:
                self._news.clear()
                pause = _LOOK_S
                try:
                    pause = await self._look()
                    if clock() - judged >= _JUDGED_S:
                        await self._judge()
                        judged = clock()
                except DatabaseFault as fault:
                    _log.warning("the outbox can't be read: %s", fault)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), pause)
        finally:
            tasks = tuple(self._flying.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> float:
        """Send off what may go now; how many seconds until there may be more."""
        pause = _LOOK_S
        for destination, line in self._lines.items():
            now, busy = self._clock(), set(self._flying)
            for message in await self._outbox.next(destination, now):
                lane = destination, message.lane
                if sum(to == destination for to, _ in busy) >= _AT_ONCE:  # a silent one takes no other's turn
                    break
                if lane not in busy:  # what landed while the rows were read may still be among them
                    task = asyncio.create_task(self._deliver(destination, line, message))
                    self._flying[lane] = task
                    busy.add(lane)
                    task.add_done_callback(lambda _, lane=lane: self._landed(lane))
            following = await self._outbox.next_at(destination, now)
            if following is not None:
                pause = min(pause, max(0.01, (following - now).total_seconds()))
        return pause

    def _landed(self, lane: tuple[Destination, str]) -> None:
        del self._flying[lane]
        self.wake()

    async def _deliver(self, destination: Destination, line: _Line, message: Message) -> None:
        try:
            await line.send(message)
        except NotYet as fault:
            await self._put_off(message, _NOT_YET, str(fault), tried=False)
        except Moot:
            await self._give_up(message, NOT_NEEDED)
        except NotTaken as fault:
            line.down = line.down or fault.unreachable
            if fault.final:
                _log.error("%s to %s was refused for good: %s", message.id, destination, fault)
                await self._give_up(message, str(fault))
            else:
                await self._put_off(message, pause(message.attempts, fault.after), str(fault))
        except Exception as fault:
            _log.exception("%s to %s", message.id, destination)
            await self._put_off(message, pause(message.attempts), f"a fault of this program: {type(fault).__name__}")
        else:
            if line.down:  # it is back: nobody waits for the end of a pause that was meant for its absence
                line.down = False
                with contextlib.suppress(DatabaseFault):
                    await self._outbox.try_now(destination)

    async def _put_off(self, message: Message, time: timedelta, why: str, *, tried: bool = True) -> None:
        try:
            await self._outbox.put_off(message, self._clock() + time, why, tried=tried)
        except DatabaseFault as fault:
            _log.warning("%s: %s", message.id, fault)
            await asyncio.sleep(_FIRST_S)

    async def _give_up(self, message: Message, why: str) -> None:
        try:
            await self._outbox.give_up(message, self._clock(), why)
        except DatabaseFault as fault:
            _log.warning("%s: %s", message.id, fault)
            await asyncio.sleep(_FIRST_S)

    async def _judge(self) -> None:
        """Does anything wait for too long, or was it refused for good not long ago?"""
        words: list[str] = []
        for destination in self._lines:
            refused = await self._outbox.given_up(destination, self._clock() - self._alarm_after)
            if refused:
                words.append(f"{len(refused)} of {destination} refused for good, the last: {refused[-1].trouble}")
            for oldest in await self._outbox.waiting(destination, 1):
                if oldest.created_at is not None and self._clock() - oldest.created_at > self._alarm_after:
                    count = await self._outbox.count(destination)
                    words.append(
                        f"{count} messages to {_WHOM[destination]} wait, the oldest since "
                        f"{oldest.created_at:%Y-%m-%d %H:%M} UTC: {oldest.trouble or 'never tried'}"
                    )
        if words and not self.trouble:
            _log.warning("%s", "; ".join(words))
        self.trouble = "; ".join(words)


def pause(attempts: int, asked: timedelta | None = None, chance: Callable[[], float] = random.random) -> timedelta:
    """How long to wait after so many vain attempts before this one: doubling from a second to an hour, between half of
    it and all of it by chance; not less than was asked for, as far as that is within an hour.
    """
    longest = min(_LONGEST_S, _FIRST_S * 2 ** min(attempts, 20))
    own = timedelta(seconds=longest * (0.5 + 0.5 * chance()))
    return own if asked is None else max(own, min(asked, timedelta(seconds=_LONGEST_S)))
