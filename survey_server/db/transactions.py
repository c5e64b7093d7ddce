"""Transactions that outlast a restart of the database server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.errors import DatabaseFull, DatabaseUnreachable
from survey_server.db.naming import database_name, reason
from survey_server.db.postgresql import went_away
from survey_server.db.room import no_room

T = TypeVar("T")

PATIENCE_S = 30.0
"""How long a transaction waits for a server that is away: longer than a restart takes, shorter than people do."""
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0


async def transaction(
    engine: AsyncEngine,
    work: Callable[[AsyncConnection], Awaitable[T]],
    again: Callable[[AsyncConnection], Awaitable[T]] | None = None,
) -> T:
    """Carry out `work` in one transaction; it is on disk when this returns.

    Where the connection is lost in between, the transaction is made again once the server is back. The lost one may
    have been committed, its answer lost on the way: `again` is what to do then; without it `work` is repeated, and has
    to be harmless to repeat. Raises DatabaseFull, DatabaseUnreachable after `PATIENCE_S`, and whatever else
    `work` raises.
    """
    clock = asyncio.get_running_loop().time
    ends, pause = clock() + PATIENCE_S, _FIRST_PAUSE_S
    cancelled = _cancellations()
    while True:
        try:
            async with engine.begin() as db:
                return await work(db)
        except DBAPIError as fault:
            if _cancellations() > cancelled:  # a connection that breaks while its query is cancelled hides the latter
                raise asyncio.CancelledError from fault
            if no_room(engine, fault):
                raise DatabaseFull(database_name(engine), reason(engine, fault)) from None
            if not went_away(fault):
                raise
            if clock() + pause > ends:
                raise DatabaseUnreachable(database_name(engine), reason(engine, fault)) from None
        except NoneFree:
            raise DatabaseUnreachable(database_name(engine), "all connections wait for it") from None
        work = again or work
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0
