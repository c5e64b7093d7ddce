"""The last known standings on disk, for the time in which a platform gives no answer.

Keyed by `Subject.ref`, so that no code stands in it, and rid of what has grown too old to be used. Losing the file
costs nothing but that: subjects are unknown until the platform answers again.
"""

import contextlib
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

_TABLE = "CREATE TABLE IF NOT EXISTS standing (ref TEXT PRIMARY KEY, as_of TEXT NOT NULL, body BLOB NOT NULL) STRICT"


class LastKnown:
    """One file. Blocking; safe to use from several threads. What `put` returned from survives the process."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. One that is no database any more is put aside, and a new one begun."""
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = _opened(path)
        except sqlite3.DatabaseError:
            for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                with contextlib.suppress(FileNotFoundError):
                    file.replace(file.with_name(file.name + ".broken"))
            self._database = _opened(path)

    def put(self, ref: str, as_of: datetime, body: bytes) -> None:
        """Keep what was told. An answer older than the kept one changes nothing."""
        with self._lock, self._database as database:
            database.execute(
                "INSERT INTO standing VALUES (?, ?, ?) ON CONFLICT (ref) DO UPDATE"
                " SET as_of = excluded.as_of, body = excluded.body WHERE excluded.as_of >= standing.as_of",
                [ref, _text(as_of), body],
            )

    def get(self, ref: str) -> bytes | None:
        """What was told last."""
        with self._lock:
            row = self._database.execute("SELECT body FROM standing WHERE ref = ?", [ref]).fetchone()
        return row[0] if row else None

    def forget(self, before: datetime) -> None:
        """Delete what was told of before that moment."""
        with self._lock, self._database as database:
            database.execute("DELETE FROM standing WHERE as_of < ?", [_text(before)])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()


def _opened(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    database = sqlite3.connect(path, timeout=5, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA secure_delete = ON")
    database.execute(_TABLE)
    return database


def _text(time: datetime) -> str:
    """Text that sorts as the moments do."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
