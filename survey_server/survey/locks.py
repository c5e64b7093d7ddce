"""Which locks have to be lengthened, and until when. Pure; the rule of the house for locks that last.

Every object is written under a short lock. What becomes of it depends on its case:

- **The case is sealed and kept permanently**: every lock is a rolling one of 30 years, lengthened again when it has
  become a year shorter. An audit asks for 28 years, so a lengthening may come a year late.
- **The case is sealed and kept for a number of years**: every lock lasts until the seal plus that period. The seal
  itself sees to it; this rule finds what was refused then or arrived afterwards. When the period is over the locks
  are over.
- **The case is open and alive**: locks that come within the alarm margin are lengthened by one more short lock, and
  people are told, because a case that is open for so long has probably been forgotten by somebody. Alive is one that
  is in session; that was concluded and waits for its seal; that ended, and somebody did something about it within a
  year; whose appointment lies ahead or passed less than 30 days ago. Evidence of a survey that took place is not lost
  because a bureau is slow, and a year is longer than any time limit an item may have.
- **The case is open and abandoned** (any other): its locks run out, and people are told 30 days before. Nobody will
  conclude it, so no law asks for faces and voices to be kept; what was there stays provable by its hash in the
  ledger. Whoever goes on with it in time (an answer, a photo, a signature) makes it alive again, and even later,
  while its objects are there.
- **It was never admitted** (on site, refused): the decision is all there is. It is kept as the case would have been,
  from the day it was made: whoever was not admitted may contest it, and no case seal will ever extend its lock. What
  was admitted and then referred to a visit or withdrawn is sealed and kept like any other.

To look at a case is not to go on with it: replays and exports by auditors keep nothing alive.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from survey_server.survey.events import Entry
from survey_server.survey.life import NOT_HELD
from survey_server.survey.step import NOBODYS
from survey_server.survey.survey import Survey

PERMANENT = timedelta(days=30 * 365 + 8)
"""A permanent record's lock: a rolling 30 years, extended yearly (EVIDENCE.md)."""
PERMANENT_RENEWED_BELOW = PERMANENT - timedelta(days=365)
"""It is lengthened when less than this is left."""
QUIET = timedelta(days=365)
"""An ended case that nobody has gone on with for longer is abandoned."""
MISSED = timedelta(days=30)
"""A case whose appointment passed longer ago than this, and was not held, is abandoned."""
_MARGIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Lengthen:
    """Locks that end before `below` are lengthened to `until`."""

    below: datetime
    until: datetime
    open: bool = False
    """The case is still open, and people are told."""
    lasting: bool = False
    """The ruling says the same on any later day until the period is over."""


@dataclass(frozen=True, slots=True)
class LetRun:
    """No lock is lengthened. One that ends before `alarm_below` is told of; None: nobody need be told, ever."""

    alarm_below: datetime | None = None


def retention(survey: Survey) -> timedelta:
    """How long the item's records are kept, as it stood when the application came."""
    kept = survey.application.item.retention
    return PERMANENT if kept == "permanent" else timedelta(days=int(kept * 365.25) + 1)


def margin(lock: timedelta) -> timedelta:
    """How long before the end of a short lock something must be done: 30 days, or half of a lock that is very short."""
    return min(_MARGIN, lock / 2)


def last_act(entries: Iterable[Entry]) -> datetime:
    """When somebody last went on with the case. Of a journal, which is never empty."""
    return max(entry.at for entry in entries if type(entry.event) not in NOBODYS)


def ruling(survey: Survey, acted: datetime, now: datetime, lock: timedelta) -> Lengthen | LetRun:
    """What is to be done about the locks of a case that somebody last went on with at `acted`. `lock`: a short one."""
    closed_at = _closed_at(survey)
    if closed_at is not None and survey.application.item.retention == "permanent":
        return Lengthen(now + PERMANENT_RENEWED_BELOW, now + PERMANENT)
    if closed_at is not None:
        until = closed_at + retention(survey)
        return Lengthen(until, until, lasting=True) if until > now else LetRun()
    if _alive(survey, acted, now):
        return Lengthen(now + margin(lock), now + lock, open=True)
    return LetRun(now + margin(lock))


def _closed_at(survey: Survey) -> datetime | None:
    """From when on its records are kept for the item's period; None while it is open."""
    if survey.state in NOT_HELD and survey.closing is None:
        return survey.created_at
    return next((seal.at for seal in survey.seals if seal.kind == "case"), None)


def _alive(survey: Survey, acted: datetime, now: datetime) -> bool:
    match survey.state:
        case "in_session" | "concluded" | "appealed" | "on_site" | "refused" | "cancelled":
            return True  # those without a survey wait for their seal
        case "ended":
            return now - acted <= QUIET
        case "admitted" | "scheduled":
            return now - max(acted, survey.application.window.end) <= MISSED
