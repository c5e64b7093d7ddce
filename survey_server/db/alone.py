"""One node to a database: on a PostgreSQL server by an advisory lock of the node's session (its manual, 13.3.5).

SQLite needs none: its file lies in the data directory, which one process at a time has. Without this, two nodes would
both take up the surveys they find, seal them twice and refuse each other's journal lines.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.database import open_database
from survey_server.db.errors import DatabaseUnfit, DatabaseUnreachable
from survey_server.db.naming import database_name, reason

_log = logging.getLogger(__name__)

_KEY = 0x54414B414F
"""Of the advisory lock: one above the one for migrations."""
_PATIENCE_S = 30.0
"""How long a start waits for another node to let go: longer than the server needs to notice that its machine is off."""
_BETWEEN_S = 1.0
_LOOKS_S = 5.0
_NOTICED = (("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "2"))
"""So the server notices within twenty seconds that this node's machine is gone, and lets another one begin."""


@asynccontextmanager
async def node_database(where: Path | str, taken: Callable[[], None]) -> AsyncGenerator[AsyncEngine]:
    """The database of a node, as `open_database` opens it, and no other node's as long as this is entered.

    Should another node get it after a restart of its server, `taken` is called. Raises what `open_database` raises, and
    DatabaseUnfit when another node still has it after half a minute.
    """
    engine = await open_database(where)
    try:
        if engine.dialect.name != "postgresql":
            yield engine
            return
        lock = _Lock(engine)
        await lock.wait()
        watching = asyncio.create_task(lock.keep(taken))
        try:
            yield engine
        finally:
            while not watching.done():  # a query that breaks while it is cancelled hides that
                watching.cancel()
                await asyncio.wait([watching], timeout=1)
            await lock.close()
    finally:
        await engine.dispose()


class _Lock:
    """The advisory lock, and the session that has it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._name = database_name(engine)
        self._db: AsyncConnection | None = None

    async def wait(self) -> None:
        """Get it from a node that is about to end, or raise DatabaseUnfit."""
        clock = asyncio.get_running_loop().time
        ends, told = clock() + _PATIENCE_S, False
        while not await self._get():
            if clock() > ends:
                raise DatabaseUnfit(
                    self._name,
                    "another node is running on it, and one node goes with one database. Stop that node first, or give "
                    "this one a database of its own.",
                )
            if not told:
                _log.warning("another node has the database %s: waiting for it", self._name)
                told = True
            await asyncio.sleep(_BETWEEN_S)

    async def keep(self, taken: Callable[[], None]) -> None:
        """Get it again whenever the session breaks, until cancelled or another node was faster."""
        while True:
            await asyncio.sleep(_LOOKS_S if self._db is not None else _BETWEEN_S)
            try:
                if self._db is not None:
                    await self._db.execute(sa.select(1))
                elif not await self._get():
                    break
            except DBAPIError:
                await self.close()
            except DatabaseUnreachable:
                pass
        _log.critical("another node has taken the database %s: this one stops", self._name)
        taken()

    async def close(self) -> None:
        """Let others have it. A connection that went back to the pool would keep it."""
        if self._db is not None:
            db, self._db = self._db, None
            await db.invalidate()
            await db.close()

    async def _get(self) -> bool:
        try:
            self._db = await self._engine.connect()
            await self._db.execution_options(isolation_level="AUTOCOMMIT")
            for name, value in _NOTICED:
                await self._db.execute(sa.select(sa.func.set_config(name, value, sa.false())))
            held = (await self._db.execute(sa.select(sa.func.pg_try_advisory_lock(_KEY)))).scalar_one()
        except DBAPIError as fault:
            await self.close()
            raise DatabaseUnreachable(self._name, reason(self._engine, fault)) from None
        except NoneFree:
            raise DatabaseUnreachable(self._name, "all connections wait for it") from None
        if not held:
            await self.close()
        return bool(held)
