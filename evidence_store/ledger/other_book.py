"""What a node remembers of other nodes' logs, beside its own book: read once, proven from here ever after.

Everything in it follows from what lies in the bucket and may be read there again; only the memory of each log's last
checkpoint can't, which is what shows a log that was set back. SQLite; a power cut may cost the newest of it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from evidence_store.ledger.batches import Growth
from evidence_store.ledger.book import Page, edge_bytes, edge_in

_SCHEMA = """
CREATE TABLE IF NOT EXISTS other_log (
  log TEXT PRIMARY KEY, number INTEGER NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, edge BLOB NOT NULL,
  stamped INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS other_entry (
  log TEXT NOT NULL, number INTEGER NOT NULL, survey TEXT, key TEXT, leaf BLOB NOT NULL, PRIMARY KEY (log, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS other_entry_survey ON other_entry (survey);
CREATE INDEX IF NOT EXISTS other_entry_key ON other_entry (key);
CREATE TABLE IF NOT EXISTS other_tile (
  log TEXT NOT NULL, level INTEGER NOT NULL, place INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY (log, level, place)
) WITHOUT ROWID;
"""
_AT_ONCE = 500
"""Keys in one question; SQLite takes some thousands."""


@dataclass(frozen=True, slots=True)
class OtherPage:
    """Another node's log as far as it was read."""

    page: Page
    stamped: int
    """Number of the last checkpoint that a timestamp was seen of; 0 if of none."""


class OtherBook:
    """The index of other nodes' logs. One thread at a time; it may be in the same file as the node's own book."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin it. Raises sqlite3.Error."""
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def page(self, log: str) -> OtherPage:
        """A log, by where it lies in the bucket, as far as it was read."""
        query = "SELECT number, size, note, edge, stamped FROM other_log WHERE log = ?"
        row = self._db.execute(query, (log,)).fetchone()
        if row is None:
            return OtherPage(Page(0, 0, "", []), 0)
        return OtherPage(Page(row[0], row[1], row[2], edge_in(row[3])), row[4])

    def enter(self, log: str, read: OtherPage, growth: Growth) -> None:
        """Enter a checkpoint and what it adds, at once."""
        page = read.page
        first = page.size - len(growth.leaves)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                "INSERT INTO other_entry VALUES (?, ?, ?, ?, ?)",
                [(log, first + at, *_about(leaf), leaf) for at, leaf in enumerate(growth.leaves)],
            )
            self._db.executemany("INSERT INTO other_tile VALUES (?, ?, ?, ?)", [(log, *tile) for tile in growth.full])
            self._db.execute(
                "INSERT OR REPLACE INTO other_log VALUES (?, ?, ?, ?, ?, ?)",
                (log, page.number, page.size, page.note, edge_bytes(page.edge), read.stamped),
            )
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def tiles(self, log: str) -> Callable[[int, int], bytes]:
        """Where the tree of this log has its full tiles from."""

        def fetch(level: int, place: int) -> bytes:
            query = "SELECT hashes FROM other_tile WHERE log = ? AND level = ? AND place = ?"
            return self._db.execute(query, (log, level, place)).fetchone()[0]

        return fetch

    def logs_of(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """The logs that have an entry about one of these objects, and about which of them."""
        found: dict[str, set[str]] = {}
        for begin in range(0, len(keys), _AT_ONCE):
            asked = keys[begin : begin + _AT_ONCE]
            query = f"SELECT log, key FROM other_entry WHERE key IN ({', '.join('?' * len(asked))})"  # noqa: S608 - question marks
            for log, key in self._db.execute(query, asked):
                found.setdefault(log, set()).add(key)
        return found

    def of_survey(self, log: str, survey: str) -> list[tuple[int, bytes]]:
        """Number and leaf of every entry of a survey in this log, in their order."""
        query = "SELECT number, leaf FROM other_entry WHERE survey = ? AND log = ? ORDER BY number"
        return self._db.execute(query, (survey, log)).fetchall()


class _Leaf(msgspec.Struct):
    survey: str
    key: str | None = None


# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_LEAF = msgspec.json.Decoder(_Leaf)


def _about(leaf: bytes) -> tuple[str | None, str | None]:
    """Survey and key. A leaf that is none is in the tree all the same, and about nothing."""
    try:
        found = _LEAF.decode(leaf)
    except msgspec.MsgspecError:
        return None, None
    return found.survey, found.key
