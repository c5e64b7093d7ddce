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
    now = asyncio.get_running_loop().time()
    await asyncio.sleep((round(now / every_s) + 1) * every_s - now)
