"""Entries of the ledger: what a leaf says, as canonical JSON (RFC 8785).

A leaf holds no personal data. Each names the leaf before it of the same survey, so that a survey's entries are a chain
of their own inside the log: none can be left out of a bundle unnoticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import rfc8785

from evidence_store.ledger.merkle import leaf_hash
from evidence_store.receipts import Kept

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be entered."""

    type: str
    """What it is about: segment, photo, verdict, decision, journal, seal, ..."""
    survey: str
    at: datetime
    about: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    """Further members of the leaf."""

    @property
    def key(self) -> str | None:
        """The stored object it is about, if it is about one."""
        key = self.about.get("key")
        return key if isinstance(key, str) else None


def object_entry(kind: str, survey: str, kept: Kept) -> Entry:
    """The entry of an object that the store has acknowledged."""
    about: dict[str, str | int] = {
        "sha256": kept.sha256, "sm3": kept.sm3, "size": kept.size, "key": kept.key, "version_id": kept.version_id,
    }  # fmt: skip
    return Entry(kind, survey, kept.kept_at, about)


def leaf(entry: Entry, seq: int, previous: bytes | None) -> bytes:
    """The leaf of an entry: number `seq` of its survey in this log, after the leaf `previous`."""
    members: dict[str, Any] = {
        "v": _VERSION,
        "type": entry.type,
        "survey": entry.survey,
        "seq": seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "prev": None if previous is None else leaf_hash(previous).hex(),
    }
    if members.keys() & entry.about.keys():
        raise ValueError(f"an entry's own members can't be called {', '.join(members)}")
    return rfc8785.dumps({**members, **entry.about})


class _AboutObject(msgspec.Struct):
    key: str | None = None


# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_ABOUT_OBJECT = msgspec.json.Decoder(_AboutObject)


def entry_key(leaf: bytes) -> str | None:
    """The stored object that a leaf is about, if it is about one."""
    return _ABOUT_OBJECT.decode(leaf).key
