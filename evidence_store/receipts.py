"""What is said about a piece of evidence (Facts), and what is promised for it (Held, Kept)."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

_NAME = re.compile(r"[^\s/\\\x00-\x1f\x7f]+(?:/[^\s/\\\x00-\x1f\x7f]+)*")
_SUFFIX = re.compile(r"(?:\.[A-Za-z0-9]+)*")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; *[\w.+-]+=[\w.+-]+)*")
_LONGEST_NAME = 800
"""Bytes of UTF-8. S3 allows 1024 for a key, which also carries part of the hash and the suffix."""
_LONGEST_PART = 200
"""Bytes between two slashes; the whole last part must fit a file name (255) of the stores that use one."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the owner says of one piece of evidence before it is preserved."""

    name: str
    """The key's beginning: parts divided by single slashes, without white space, never `.` or `..`."""
    suffix: str
    """The key's end: `.m4s`, `.json`, or nothing."""
    media_type: str
    lock_days: int = 180
    """Length of the COMPLIANCE lock, counted from the moment of the upload."""
    kind: str = "object"
    """What the ledger calls it: segment, photo, verdict, decision, journal, seal."""
    about: dict[str, Any] = field(default_factory=dict[str, Any])
    """The owner's own words, JSON; kept in the spool and handed back, not written to the store."""

    def __post_init__(self) -> None:
        parts = self.name.split("/")
        if not _NAME.fullmatch(self.name) or {".", ".."} & set(parts):
            raise ValueError(
                f"{self.name!r} cannot begin a key: use parts divided by single slashes, without white space."
            )
        if len(self.name.encode()) > _LONGEST_NAME or max(len(part.encode()) for part in parts) > _LONGEST_PART:
            raise ValueError(f"{self.name!r} is too long for a key.")
        if not _SUFFIX.fullmatch(self.suffix):
            raise ValueError(f"{self.suffix!r} cannot end a key: use something like '.json'.")
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise ValueError(f"{self.media_type!r} is not a media type.")
        if self.lock_days < 1:
            raise ValueError("Evidence is locked for at least a day.")

    def key(self, sha256_hex: str) -> str:
        """The object's key: the name, the first 16 digits of the hash, the suffix."""
        return f"{self.name}-{sha256_hex[:16]}{self.suffix}"

    def with_about(self, more: dict[str, Any]) -> "Facts":
        """The same facts with more said; what is said later wins."""
        return replace(self, about={**self.about, **more})


@dataclass(frozen=True, slots=True)
class Held:
    """On this machine's disk, synced, on its way to the store."""

    key: str
    sha256: str
    size: int
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """Acknowledged by the store, locked, and pinned by its version id."""

    key: str
    version_id: str
    sha256: str
    size: int
    kept_at: datetime
    locked_until: datetime
    """The lock is at least this long."""
    sm3: str = ""
    """The digest by GB/T 32905, for the ledger; lower-case hex. Empty where the bytes were not at hand."""


Receipt = Held | Kept
