"""The database as a file: SQLite in WAL mode with full sync, so that a commit that returned survives a power cut."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_NEXT_TO_NOTHING = 1 << 20


def sqlite_engine(path: Path) -> AsyncEngine:
    """An engine for the file at `path`, which is made when it is first used."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def pragmas(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def out_of_room(fault: DBAPIError, path: Path) -> bool:
    """Was there no room for what was to be written? SQLite says so of its files, but calls it an error of input and
    output where the memory its connections share can't grow.
    """
    code = getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return shutil.disk_usage(path.parent).free < _NEXT_TO_NOTHING
    return code == sqlite3.SQLITE_FULL
