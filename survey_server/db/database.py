"""Opens the node's database, in a file or on a server, and brings it up to the newest revision."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.errors import DatabaseFull, DatabaseUnfit, DatabaseUnreachable
from survey_server.db.naming import database_name, reason
from survey_server.db.postgresql import check_server, postgresql_engine
from survey_server.db.room import no_room
from survey_server.db.sqlite import sqlite_engine

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATING = 0x54414B414E
"""Key of the advisory lock that lets one process at a time migrate; the letters TAKAN."""


async def open_database(where: Path | str) -> AsyncEngine:
    """The SQLite file at a path, made if need be, or the PostgreSQL database at an address, which must exist.

    Raises DatabaseUnreachable, DatabaseFull, DatabaseUnfit; BadSettings for what is no address.
    """
    engine = sqlite_engine(where) if isinstance(where, Path) else postgresql_engine(where)
    try:
        async with engine.begin() as db:
            if db.dialect.name == "postgresql":
                await check_server(db, database_name(engine))
            await db.run_sync(_upgrade)
    except BaseException as fault:
        await engine.dispose()
        match fault:
            case DBAPIError() if no_room(engine, fault):
                raise DatabaseFull(database_name(engine), reason(engine, fault)) from None
            case DBAPIError():
                raise DatabaseUnreachable(database_name(engine), reason(engine, fault)) from None
            case CommandError():
                raise DatabaseUnfit(
                    database_name(engine),
                    f"another version of Takan has changed it ({fault}). Use that version or later.",
                ) from None
            case _:
                raise
    return engine


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
