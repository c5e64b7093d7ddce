"""What a node remembers of its own log: the entries by survey and key, the last checkpoint, the right edge.

It can be made again from the bucket; only the memory of the last checkpoint can't, which is what shows a bucket that
was set back. SQLite, synced at each commit.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_store.ledger.merkle import HASH_BYTES
from evidence_store.ledger.tiles import hashes_in

LEDGER_BOOK = "ledger.db"
"""Its file in the node's data directory."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  number INTEGER PRIMARY KEY, survey TEXT NOT NULL, seq INTEGER NOT NULL, key TEXT, leaf BLOB NOT NULL,
  UNIQUE (survey, seq)
);
CREATE INDEX IF NOT EXISTS entry_key ON entry (key);
CREATE TABLE IF NOT EXISTS checkpoint (
  number INTEGER PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL, edge BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS timestamp (
  number INTEGER PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL, token BLOB NOT NULL, chain BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the book has it."""

    survey: str
    seq: int
    key: str | None
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """The log as of one checkpoint."""

    number: int
    """Checkpoints count from 1; 0 is the log before its first."""
    size: int
    note: str
    edge: list[list[bytes]]
    """The partial tiles' hashes, level by level."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint that has a timestamp."""

    number: int
    size: int
    note: str
    token: bytes
    chain: bytes
    """PEM, from the issuer of the token's signer to a root."""


class Book:
    """The local index of one log. One thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin it. Raises sqlite3.Error."""
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def page(self) -> Page:
        """The log as of the last checkpoint that was entered here."""
        row = self._db.execute(
            "SELECT number, size, note, edge FROM checkpoint ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return Page(0, 0, "", [])
        return Page(row[0], row[1], row[2], edge_in(row[3]))

    def enter(self, page: Page, first: int, lines: Sequence[Line]) -> None:
        """Enter a checkpoint and the entries that it adds, from number `first` on, at once."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
                [(first + at, line.survey, line.seq, line.key, line.leaf) for at, line in enumerate(lines)],
            )
            self._db.execute(
                "INSERT INTO checkpoint VALUES (?, ?, ?, ?)",
                (page.number, page.size, page.note, edge_bytes(page.edge)),
            )
            self._db.execute("DELETE FROM checkpoint WHERE number < ?", (page.number,))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def stamp(self, stamped: Stamped) -> None:
        """Remember that a checkpoint has a timestamp. Those before it are covered too, so theirs are let go."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute(
                "INSERT OR IGNORE INTO timestamp VALUES (?, ?, ?, ?, ?)",
                (stamped.number, stamped.size, stamped.note, stamped.token, stamped.chain),
            )
            self._db.execute("DELETE FROM timestamp WHERE number < (SELECT MAX(number) FROM timestamp)")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def stamped(self) -> Stamped | None:
        """The newest checkpoint that has a timestamp."""
        row = self._db.execute(
            "SELECT number, size, note, token, chain FROM timestamp ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return None if row is None else Stamped(*row)

    def last(self, survey: str) -> Line | None:
        """The newest entry of a survey."""
        query = "SELECT survey, seq, key, leaf FROM entry WHERE survey = ? ORDER BY seq DESC LIMIT 1"
        row = self._db.execute(query, (survey,)).fetchone()
        return None if row is None else Line(*row)

    def has(self, key: str) -> bool:
        """Is there an entry about this object?"""
        return self._db.execute("SELECT 1 FROM entry WHERE key = ?", (key,)).fetchone() is not None

    def number(self, key: str) -> int | None:
        """Which entry of the log is about this object."""
        row = self._db.execute("SELECT MIN(number) FROM entry WHERE key = ?", (key,)).fetchone()
        return row[0]

    def leaves(self, first: int, end: int) -> list[bytes]:
        """The leaves from number `first` up to, not including, `end`."""
        query = "SELECT leaf FROM entry WHERE number >= ? AND number < ? ORDER BY number"
        return [row[0] for row in self._db.execute(query, (first, end))]

    def of_survey(self, survey: str) -> list[tuple[int, bytes]]:
        """Number and leaf of every entry of a survey, in their order."""
        return self._db.execute("SELECT number, leaf FROM entry WHERE survey = ? ORDER BY seq", (survey,)).fetchall()


def edge_bytes(edge: Sequence[Sequence[bytes]]) -> bytes:
    """The partial tiles of a page as they are kept: each level's hashes behind their number."""
    return b"".join(len(hashes).to_bytes(2) + b"".join(hashes) for hashes in edge)


def edge_in(data: bytes) -> list[list[bytes]]:
    """The partial tiles that these bytes are."""
    edge: list[list[bytes]] = []
    at = 0
    while at < len(data):
        end = at + 2 + HASH_BYTES * int.from_bytes(data[at : at + 2])
        edge.append(hashes_in(data[at + 2 : end]))
        at = end
    return edge
