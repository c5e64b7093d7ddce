"""What a bucket holds, listed once into a file on this machine: memory stays flat however much it is."""

import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from evidence_store.objects import Objects, Version

_SCHEMA = """
CREATE TABLE IF NOT EXISTS version (
  place INTEGER PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, version_id TEXT NOT NULL, size INTEGER NOT NULL,
  written_at REAL NOT NULL, is_marker INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS version_key ON version (store, key);
"""
_VERSION = "SELECT key, version_id, size, written_at, is_marker FROM version"


@contextmanager
def working_file(beside: Path | None = None) -> Generator[sqlite3.Connection]:
    """A database that goes when it is done with, in the folder of `beside` or where the system puts passing things.

    About half a kilobyte for each object. One thread at a time.
    """
    with tempfile.TemporaryDirectory(
        prefix=".takan-", dir=None if beside is None else beside.absolute().parent
    ) as folder:
        db = sqlite3.connect(Path(folder) / "working.db", isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=OFF")
            db.execute("PRAGMA synchronous=OFF")
            yield db
        finally:
            db.close()


class Listing:
    """The versions of one bucket, as they were listed."""

    def __init__(self, db: sqlite3.Connection, store: str) -> None:
        """`store` tells the listings in one working file apart."""
        self._db, self._store = db, store
        db.executescript(_SCHEMA)

    def take(self, objects: Objects, prefix: str) -> int:
        """List everything that begins with `prefix`; returns how many versions. Raises as the store does."""
        rows = (
            (self._store, each.key, each.version_id, each.size, each.written_at.timestamp(), each.is_marker)
            for each in objects.versions(prefix)
        )
        self._db.execute("BEGIN")
        found = self._db.executemany(
            "INSERT INTO version (store, key, version_id, size, written_at, is_marker) VALUES (?, ?, ?, ?, ?, ?)", rows
        ).rowcount
        self._db.execute("COMMIT")
        return max(found, 0)

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key with a version, in order."""
        query = """SELECT DISTINCT key FROM version WHERE store = ? AND key >= ? AND key < ? AND NOT is_marker
                   ORDER BY key"""
        for (key,) in self._db.execute(query, (self._store, prefix, after(prefix))):
            yield key

    def versions(self, key: str) -> list[Version]:
        """The versions of one key, the oldest first, without delete markers."""
        query = _VERSION + " WHERE store = ? AND key = ? AND NOT is_marker ORDER BY place DESC"
        return [_version(row) for row in self._db.execute(query, (self._store, key))]

    def count(self, prefix: str) -> int:
        """How many keys begin with `prefix`."""
        query = "SELECT count(DISTINCT key) FROM version WHERE store = ? AND key >= ? AND key < ? AND NOT is_marker"
        return self._db.execute(query, (self._store, prefix, after(prefix))).fetchone()[0]


def after(prefix: str) -> str:
    """The first text, in the order of their characters, that comes after all those that begin with `prefix`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _version(row: tuple[str, str, int, float, int]) -> Version:
    key, version_id, size, written_at, is_marker = row
    return Version(key, version_id, size, datetime.fromtimestamp(written_at, UTC), bool(is_marker))
