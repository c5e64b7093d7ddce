"""The one place that reads the time: the server's clock is the authority (PHOTOS.md)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, in UTC, to the microsecond."""
    return datetime.now(UTC)


async def beat(every_s: float) -> None:
    """Sleep until the loop's clock shows the next whole multiple of `every_s`, one half of it away or more.

    All who wait for a beat wake together: to wake an idle process costs more than what each of them then does.
    """
    await asyncio.sleep(until_beat_s(asyncio.get_running_loop().time(), every_s))


def until_beat_s(now_s: float, every_s: float) -> float:
    """From now to that beat: half to one and a half of `every_s`, so that waking a little early or late skips none."""
    return (round(now_s / every_s) + 1) * every_s - now_s
