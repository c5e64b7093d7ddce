"""What the logs say of stored objects, gathered in the working file: in the logs' order, and by key."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from evidence_store.audit.leaves import Claim
from evidence_store.audit.periods import Sealed
from evidence_store.listing import after

_SCHEMA = """
CREATE TABLE claim (
  number INTEGER PRIMARY KEY, log TEXT NOT NULL, batch INTEGER NOT NULL, survey TEXT NOT NULL, type TEXT NOT NULL,
  key TEXT NOT NULL, version_id TEXT NOT NULL, sha256 TEXT NOT NULL, sm3 TEXT NOT NULL, size INTEGER NOT NULL,
  UNIQUE (key, version_id)
);
CREATE TABLE chain (log TEXT, survey TEXT, seq INTEGER, hash TEXT, PRIMARY KEY (log, survey)) WITHOUT ROWID;
CREATE TABLE batch (log TEXT, number INTEGER, root TEXT, PRIMARY KEY (log, number)) WITHOUT ROWID;
CREATE TABLE seal (survey TEXT PRIMARY KEY, at TEXT, years REAL) WITHOUT ROWID;
CREATE TABLE lapse (survey TEXT PRIMARY KEY, first TEXT) WITHOUT ROWID;
"""
_CLAIM = "SELECT log, batch, survey, type, key, version_id, sha256, sm3, size FROM claim"
_UNENTERED = """
SELECT v.key, v.version_id, v.is_marker FROM version v
WHERE v.store = ? AND v.key >= ? AND v.key < ? AND v.written_at < ?
AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.key = v.key AND c.version_id = v.version_id)
ORDER BY v.key, v.place
"""
_UNENTERED_BY_KEY = """
SELECT v.key, v.version_id, v.is_marker FROM version v
WHERE v.store = ? AND v.key >= ? AND v.key < ? AND v.written_at < ?
AND NOT EXISTS (
  SELECT 1 FROM claim c WHERE c.key = v.key
  AND v.place = (SELECT max(place) FROM version o WHERE o.store = v.store AND o.key = v.key AND NOT o.is_marker)
)
ORDER BY v.key, v.place
"""


@dataclass(frozen=True, slots=True)
class Entered:
    """A stored object with its place in a log."""

    log: str
    batch: int
    survey: str
    type: str
    claim: Claim


class Claims:
    """All that was read from the logs so far. One thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(_SCHEMA)

    def add(self, entered: Entered) -> str | None:
        """Take one; the same again, in another log, changes nothing. What contradicts it is told in words."""
        claim = entered.claim
        values = (claim.key, claim.version_id, claim.sha256, claim.sm3, claim.size)
        where = (entered.log, entered.batch, entered.survey, entered.type)
        query = "INSERT OR IGNORE INTO claim VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        if self._db.execute(query, (*where, *values)).rowcount == 1:
            return None
        query = _CLAIM + " WHERE key = ? AND version_id = ?"
        earlier = _entered(self._db.execute(query, (claim.key, claim.version_id)).fetchone())
        if earlier.claim != claim:
            return f"says something else of {claim.key} than an entry under checkpoint {earlier.batch} of {earlier.log}"
        return None

    def link(self, log: str, survey: str, seq: int, previous: str | None, own: str) -> str | None:
        """Set the next entry of a survey in a log; what breaks their chain is told in words."""
        query = "SELECT seq, hash FROM chain WHERE log = ? AND survey = ?"
        before = self._db.execute(query, (log, survey)).fetchone() or (0, None)
        self._db.execute("INSERT OR REPLACE INTO chain VALUES (?, ?, ?, ?)", (log, survey, seq, own))
        if seq != before[0] + 1:
            return f"is entry {seq} of {survey}, where entry {before[0] + 1} should come"
        if previous != before[1]:
            return f"does not name the entry of {survey} before it by its hash"
        return None

    def close_batch(self, log: str, number: int, root: str) -> None:
        """A checkpoint's entries are all in, and this is the root over everything up to them."""
        self._db.execute("INSERT OR REPLACE INTO batch VALUES (?, ?, ?)", (log, number, root))

    def root(self, log: str, number: int) -> str | None:
        """The root that follows from the entries up to this checkpoint."""
        row = self._db.execute("SELECT root FROM batch WHERE log = ? AND number = ?", (log, number)).fetchone()
        return None if row is None else row[0]

    def begin(self) -> None:
        """What follows becomes lasting together, which is much faster."""
        self._db.execute("BEGIN")

    def commit(self) -> None:
        self._db.execute("COMMIT")

    def of_log(self, log: str, after_batch: int) -> Iterator[Entered]:
        """The objects entered in a log under checkpoints after this one, in order."""
        query = _CLAIM + " WHERE log = ? AND batch > ? ORDER BY number"
        return map(_entered, self._db.execute(query, (log, after_batch)))

    def of_type(self, kind: str) -> Iterator[Entered]:
        """The objects whose entries are of this type, in order."""
        return map(_entered, self._db.execute(_CLAIM + " WHERE type = ? ORDER BY number", (kind,)))

    def count(self, log: str, after_batch: int = 0) -> int:
        """How many objects `of_log` gives."""
        query = "SELECT count(*) FROM claim WHERE log = ? AND batch > ?"
        return self._db.execute(query, (log, after_batch)).fetchone()[0]

    def seal(self, survey: str, sealed: Sealed) -> None:
        """A case seal of this survey. Of several, the newest counts."""
        self._db.execute(
            "INSERT INTO seal VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, years = excluded.years",
            (survey, sealed.at.isoformat(), sealed.years),
        )

    def sealed(self, survey: str) -> Sealed | None:
        """The case seal of this survey, if it has one."""
        row = self._db.execute("SELECT at, years FROM seal WHERE survey = ?", (survey,)).fetchone()
        return None if row is None else Sealed(datetime.fromisoformat(row[0]), row[1])

    def lapse(self, survey: str, first: datetime) -> None:
        """The locks of this survey run out from then on. Of several such notices the newest counts."""
        self._db.execute("INSERT OR REPLACE INTO lapse VALUES (?, ?)", (survey, first.isoformat()))

    def lapsed(self, survey: str) -> datetime | None:
        """When the first lock of this survey runs out, if that is to happen."""
        row = self._db.execute("SELECT first FROM lapse WHERE survey = ?", (survey,)).fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    def unentered(self, store: str, prefix: str, before: float, *, by_key: bool) -> Iterator[tuple[str, str, bool]]:
        """Key, version and whether it is a delete marker, of what the listing has and no entry is about.

        `by_key`: the oldest version of an entered key counts as entered, whatever its id.
        """
        query = _UNENTERED_BY_KEY if by_key else _UNENTERED
        for key, version_id, is_marker in self._db.execute(query, (store, prefix, after(prefix), before)):
            yield key, version_id, bool(is_marker)


def _entered(row: tuple[str, int, str, str, str, str, str, str, int]) -> Entered:
    log, batch, survey, kind, *claim = row
    key, version_id, sha256, sm3, size = claim
    return Entered(log, batch, survey, kind, Claim(str(key), str(version_id), str(sha256), str(sm3), int(size)))
