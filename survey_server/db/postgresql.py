"""The database on a PostgreSQL server, through psycopg.

A commit that returned is on the server's disk: `synchronous_commit` is turned on in every connection where the role or
the database had it off, and a server with `fsync = off` is refused. A connection that died is found by a ping before it
is used, and replaced; one whose server vanished without a word is given up after about twenty seconds.
"""

from typing import Any
from urllib.parse import parse_qsl, unquote

import psycopg
import sqlalchemy as sa
from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from survey_server.db.errors import DatabaseUnfit
from survey_server.settings import database_parts

_CONNECTIONS = 10
_LIBPQ = {
    "application_name": "takan",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
"""libpq's connection parameters; what the address says itself comes first."""
_SYNCHRONOUS = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_AWAY = frozenset({"53300", "57P01", "57P02", "57P03"})
"""too_many_connections, admin_shutdown, crash_shutdown, cannot_connect_now (PostgreSQL, appendix A). A lost or refused
connection has no code, or one of class 08."""

_DISK_FULL = "53100"


def postgresql_engine(address: str) -> AsyncEngine:
    """An engine for `postgresql://...`; nothing is connected yet. Raises BadSettings."""
    url = _url(address)
    engine = create_async_engine(
        url,
        connect_args={name: value for name, value in _LIBPQ.items() if name not in url.query},
        isolation_level="READ COMMITTED",  # what conditional updates count on, whatever the server's default is
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        pool_use_lifo=True,
        hide_parameters=True,  # journal lines don't belong in the log
    )

    @event.listens_for(engine.sync_engine, "connect")
    def durable(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        cursor = connection.cursor()
        cursor.execute(_SYNCHRONOUS)
        cursor.close()
        connection.commit()  # a setting is undone with its transaction

    return engine


async def check_server(db: AsyncConnection, name: str) -> None:
    """Raises DatabaseUnfit when the server or the database is set up so that a record could be lost or garbled."""
    shown = sa.text("SELECT current_setting('fsync'), current_setting('server_encoding')")
    fsync, encoding = (await db.execute(shown)).one()
    if fsync != "on":
        raise DatabaseUnfit(
            name,
            "its server runs with fsync = off, so what it has confirmed can be lost when the power fails. Set "
            "fsync = on in postgresql.conf and restart it.",
        )
    if encoding != "UTF8":
        raise DatabaseUnfit(
            name,
            f"its encoding is {encoding}. Make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0.",
        )


def went_away(fault: DBAPIError) -> bool:
    """Was the connection lost, or nobody there? Then trying again is right; any other fault would only come again."""
    if not isinstance(fault.orig, psycopg.OperationalError):
        return False
    code = fault.orig.sqlstate
    return code is None or code.startswith("08") or code in _AWAY


def ran_full(fault: DBAPIError) -> bool:
    """Has the server's disk no room?"""
    return isinstance(fault.orig, psycopg.OperationalError) and fault.orig.sqlstate == _DISK_FULL


def _url(address: str) -> URL:
    parts = database_parts(address)
    return URL.create(
        "postgresql+psycopg",
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        host=parts.hostname,
        port=parts.port,
        database=unquote(parts.path[1:]),
        query=dict(parse_qsl(parts.query)),
    )
