"""What a credit platform answers, taken strictly: an answer that says anything unforeseen is no answer.

A field left out of account could be the one that says the record is suspended. Unknown fields, times without a zone,
another subject's code and answers beyond all measure are refused.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from credit_gate import words
from credit_gate.reason import Reason
from credit_gate.sources.register import EventEntry, checked
from credit_gate.standing import Standing
from credit_gate.tier import Tier

LARGEST = 1 << 20
"""Bytes of an answer."""
AHEAD = timedelta(minutes=10)
"""How far the platform's clock may be ahead of ours."""
Time = Annotated[datetime, Meta(tz=True)]


class BadAnswer(ValueError):
    """The answer cannot be taken; the message says why, for the operator, and repeats nothing of it."""


class Evaluated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subject as the platform knows it. No `tier` is no evaluation; `tier_since` when it came into force."""

    as_of: Time
    tier: Tier | None
    tier_since: Time | None = None
    events: Annotated[tuple[EventEntry, ...], Meta(max_length=1000)]

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.tier is Tier.UNKNOWN:
            msg = "tier: an unknown tier is told as null"
            raise ValueError(msg)
        for event in self.events:
            checked(event)
        if len({event.id for event in self.events}) < len(self.events):
            msg = "events: two have the same id"
            raise ValueError(msg)


class Known(Evaluated, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same with the legal representative's, told only where they authorised its use, and since when."""

    representative: Evaluated | None = None
    authorised_at: Time | None = None

    def __post_init__(self) -> None:
        """A representative's standing is nobody's business without their authorisation."""
        super().__post_init__()
        if (self.representative is None) is not (self.authorised_at is None):
            msg = "representative and authorised_at go together"
            raise ValueError(msg)


class Answer(Known, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes over the line: whose it is besides. `ref` is the platform's own reference of the subject."""

    code: str
    ref: str = ""


def answered(body: bytes, code: str, now: datetime) -> Known:
    """The answer to a question about `code`, without the code. Raises BadAnswer."""
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.DecodeError, ValueError) as error:
        msg = f"it does not have the agreed form: {_without_values(error)}"
        raise BadAnswer(msg) from None
    if answer.code != code:
        msg = "it is about another subject"
        raise BadAnswer(msg)
    if answer.as_of - now > AHEAD:
        msg = f"it is of {answer.as_of.isoformat()}, which is yet to come; check both clocks"
        raise BadAnswer(msg)
    return Known(**{name: getattr(answer, name) for name in Known.__struct_fields__})


def kept(known: Known) -> bytes:
    """The form in which a last known standing is kept: no code and no reference in it."""
    return msgspec.json.encode(known)


def from_kept(body: bytes) -> Known | None:
    """The same back; None if an earlier version wrote it otherwise."""
    try:
        return msgspec.json.decode(body, type=Known)
    except (msgspec.DecodeError, ValueError):
        return None


def standing(known: Known, source: str, at: datetime, *, fault: str = "", learnt: Reason | None = None) -> Standing:
    """What was told, as a standing. The representative counts from their authorisation on."""
    stands_in = None
    if known.representative is not None and known.authorised_at is not None and known.authorised_at <= at:
        stands_in = _standing(known.representative, source)
    return replace(_standing(known, source), representative=stands_in, fault=fault, learnt=learnt)


def _standing(told: Evaluated, source: str) -> Standing:
    return Standing(
        tier=told.tier or Tier.UNKNOWN,
        as_of=told.as_of,
        events=tuple(checked(event) for event in told.events),
        source=source,
        unknown_because=None if told.tier else words.NO_RECORD,
        since=told.tier_since,
    )


def _without_values(error: Exception) -> str:
    """What msgspec says may quote any value: only the place is told."""
    place = str(error).rpartition(" - at ")[2]
    return f"at {place}" if place.startswith("`") else "not JSON of that form"
