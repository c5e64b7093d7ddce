"""Credit events and a tier: a subject's standing at a moment.

An event counts from the moment it was recorded until its publicity ends (at most the years its severity allows), it is
repaired, or it is reversed on appeal, whichever comes first: from that moment on it counts nowhere. While an appeal is
open the record goes on counting. Minor events are never published and never count. A counting event caps the tier; when
it ends, the tier of the evaluation stands again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from credit_gate.policy import SeverityRule, StandingRules
from credit_gate.reason import Reason
from credit_gate.tier import Tier, capped

CHINA = timezone(timedelta(hours=8))
"""Publicity runs by China's calendar, in whatever zone a source writes its times."""
Severity = Literal["minor", "general", "serious"]


@dataclass(frozen=True, slots=True)
class Event:
    """One credit event as its source published it. Times carry a zone.

    `id` is the source's own number and holds no personal data; `until` is the published end, None for the longest the
    severity allows; `rule` the published rule it rests on; `confirmed_by` the authority that confirmed it.
    `repaired_at` and `reversed_at` (on appeal) end its effect.
    """

    id: str
    kind_zh: str
    kind_en: str
    severity: Severity
    at: datetime
    rule: str
    confirmed_by: str
    until: datetime | None = None
    repaired_at: datetime | None = None
    reversed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse times without a zone or in an order that cannot be."""
        for time in (self.at, self.until, self.repaired_at, self.reversed_at):
            if time is not None and time.tzinfo is None:
                msg = f"event {self.id}: every time needs a zone, such as +08:00"
                raise ValueError(msg)
        if self.until is not None and self.until < self.at:
            msg = f"event {self.id}: it ends before it begins"
            raise ValueError(msg)
        if self.repaired_at is not None and self.repaired_at < self.at:
            msg = f"event {self.id}: it is repaired before it begins"
            raise ValueError(msg)
        if self.reversed_at is not None and self.reversed_at < self.at:
            msg = f"event {self.id}: it is reversed before it begins"
            raise ValueError(msg)

    def end(self, rules: StandingRules) -> datetime:
        """When it drops out by itself. The rules' longest publicity wins over a later published end."""
        rule = _rule(self.severity, rules)
        if rule is None:
            return self.at
        longest = _years_later(self.at, rule.publicity_years)
        return longest if self.until is None else min(longest, self.until)

    def counts(self, at: datetime, rules: StandingRules) -> bool:
        """Does it lower a tier at this moment?"""
        lifted = any(time is not None and time <= at for time in (self.repaired_at, self.reversed_at))
        return not lifted and self.at <= at < self.end(rules)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a source says about one subject.

    `tier` is the evaluation's, before events; `since` when that evaluation came into force, None if the source does not
    say; `as_of` when the source last knew, None if it could not say; `source` its name, for the record.
    `unknown_because` is set exactly when `tier` is unknown. `fault` is for the operator's log (a path, a line), never
    for the subject. `representative` is the legal representative's own standing, present only with their
    authorisation. `learnt` is what the subject should know of how it came about: that it is the last known one.
    """

    tier: Tier
    as_of: datetime | None
    events: tuple[Event, ...]
    source: str
    unknown_because: Reason | None = None
    fault: str = ""
    representative: "Standing | None" = None
    since: datetime | None = None
    learnt: Reason | None = None

    def __post_init__(self) -> None:
        """Hold `unknown_because` and `tier` together."""
        if (self.tier is Tier.UNKNOWN) is not (self.unknown_because is not None):
            msg = "an unknown standing carries its reason, and a known one none"
            raise ValueError(msg)
        if self.tier is not Tier.UNKNOWN and self.as_of is None:
            msg = "a known standing says as of when"
            raise ValueError(msg)
        if any(time is not None and time.tzinfo is None for time in (self.as_of, self.since)):
            msg = "as_of and since need a zone"
            raise ValueError(msg)

    def counting(self, at: datetime, rules: StandingRules) -> tuple[Event, ...]:
        """The events that lower the tier at this moment."""
        return tuple(event for event in self.events if event.counts(at, rules))

    def tier_at(self, at: datetime, rules: StandingRules) -> Tier:
        """The tier once every counting event has had its effect. Says nothing about freshness: the gate does."""
        tier = self.tier
        for event in self.counting(at, rules):
            rule = _rule(event.severity, rules)
            if rule is not None:
                tier = capped(tier, rule.cap)
        return tier


def _rule(severity: Severity, rules: StandingRules) -> SeverityRule | None:
    match severity:
        case "minor":
            return None
        case "general":
            return rules.general
        case "serious":
            return rules.serious


def _years_later(time: datetime, years: int) -> datetime:
    """The same day of China's calendar years later; 29 February becomes the 28th, in the subject's favour."""
    time = time.astimezone(CHINA)
    try:
        return time.replace(year=time.year + years)
    except ValueError:
        return time.replace(year=time.year + years, day=28)
