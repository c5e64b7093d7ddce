"""One-time links as values: what is secret, what is kept, when one still opens.

A link is consumed by pressing Start, never by being read: message previews fetch links (CLIENT.md).
"""

import hashlib
from datetime import datetime
from typing import Literal


def secret_hash(secret: str) -> str:
    """SHA-256 (hex) of a secret with at least 128 bits of randomness; only this is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_of(token: str, key: str) -> str:
    """The session a link and its browser's key make together; the same pair always makes the same session."""
    return hashlib.sha256(f"takan session\n{token}\n{key}".encode()).hexdigest()


def link_state(key_hash: str | None, expires_at: datetime, now: datetime) -> Literal["fresh", "spent", "expired"]:
    """Whether a link may still be started. A spent one stays usable for its own key."""
    if key_hash is not None:
        return "spent"
    return "fresh" if now < expires_at else "expired"
