"""How long an object must be locked, by policy. Pure.

Any object: beyond the alarm margin from now, so that nobody learns of a lock's end when it is too late.

An object of a survey with a case seal: at least until the seal plus the item's period. Where the period is "permanent",
the lock is a rolling one: 30 years at the seal, and again 30 years once a year. So it never falls below 29 years where
the yearly extension runs, and 28 years from now are asked for: a year of grace for an extension that came late or was
left out once. A seal that is less than an hour old may still be waiting for its locks.

An object of a survey without a case seal that a lapse notice is about: nobody goes on with the case, so its locks run
out, from the moment on that the notice names.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_YEAR = timedelta(days=365.25)
PERMANENT_AT_LEAST = 28 * _YEAR
GRACE = timedelta(hours=1)
LAPSE = "lapse"
"""The type of a lapse notice's entry."""
CASE_SEAL = re.compile(r".+/seals/[0-9]+-case/manifest-[0-9a-f]{16}\.json")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a case seal says of its survey's records."""

    at: datetime
    years: float | None
    """None: permanent."""


@dataclass(frozen=True, slots=True)
class Required:
    """What the store must answer about a lock."""

    until: datetime
    because: str
    """The rule, in words that follow "until then"."""


def sealed(manifest: Any) -> Sealed:
    """Read the period out of a case seal's manifest. Raises ValueError in words."""
    match manifest:
        case {"sealed_at": str(at), "item": {"retention": ("permanent" | int() | float()) as retention}} if (
            not isinstance(retention, bool)
        ):
            pass
        case _:
            raise ValueError("does not say when it was sealed and how long the records are kept")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError("does not say in which time zone it was sealed")
    if isinstance(retention, str):
        return Sealed(moment, None)
    if not 0 < retention < 1000:
        raise ValueError(f"says that the records are kept for {retention} years")
    return Sealed(moment, float(retention))


def lapses(notice: Any) -> datetime:
    """Read out of a lapse notice when the first lock of its case ends. Raises ValueError in words."""
    match notice:
        case {"type": "lapse", "first_lock_ends": str(first)}:
            moment = datetime.fromisoformat(first)
        case _:
            raise ValueError("does not say when locks end")
    if moment.tzinfo is None:
        raise ValueError("does not say in which time zone locks end")
    return moment


def required(now: datetime, margin: timedelta, seal: Sealed | None, lapse: datetime | None = None) -> Required | None:
    """What is asked of an object's lock now; None when its period is over and it may go."""
    if seal is None and lapse is not None:
        return Required(lapse, "only then do the locks of this abandoned case run out") if now < lapse else None
    if seal is None or now - seal.at < GRACE:
        return Required(now + margin, f"the alarm margin of {margin.total_seconds() / 86400:g} days from now")
    if seal.years is None:
        return Required(now + PERMANENT_AT_LEAST, "kept permanently, so never less than 28 years from now")
    until = seal.at + timedelta(days=int(seal.years * 365.25))
    if until <= now:
        return None
    return Required(until, f"kept for {seal.years:g} years from the case seal of {seal.at:%Y-%m-%d}")
