"""The gate: subject, standing, item, policy and a moment -> a decision with its reasons.

The rule, in order: a subject's own black standing is refused where the item cites a rule of the negative list; an item
that must be seen on the spot is; a way the policy closes to the tier leads on-site; everything else is admitted. A
legal representative's standing may open the way to an enterprise and never bars it: to authorise its use costs nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict, assert_never

from credit_gate import words
from credit_gate.decision import Admitted, Decision, Mode, OnSite, Refused, Whose
from credit_gate.policy import ItemTerms, Policy, Way
from credit_gate.reason import Reason
from credit_gate.standing import CHINA, Standing
from credit_gate.subject import Enterprise, Person, Subject
from credit_gate.tier import Tier

CLOCK_SLACK = timedelta(days=1)
"""How far a source's `as_of` may lie after the moment decided for; further, it speaks of another time, unless it says
that its evaluation was in force at that moment already."""

BY_A_PERSON = "person"
"""The source of a tier that a person found, looking again at a decision."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The tier that counts at the moment, whose it is, by which records (the source's own numbers), and why."""

    tier: Tier
    whose: Whose
    source: str
    as_of: datetime | None
    events: tuple[str, ...]
    reasons: tuple[Reason, ...]


class _Common(TypedDict):
    item: str
    at: datetime
    wish: Mode
    tier: Tier
    whose: Whose
    source: str
    as_of: datetime | None
    events: tuple[str, ...]
    policy_version: str
    policy_digest: str
    terms_digest: str


def decide(
    subject: Subject,
    standing: Standing,
    item: ItemTerms,
    policy: Policy,
    at: datetime,
    mode: Mode = "live",
) -> Decision:
    """May `subject` be surveyed remotely for `item` at this moment?

    Pure. `at` carries a zone. An upload-only survey that the policy closes while a live one is open is admitted live,
    and says so. Every refusal and every way on-site comes with the way back.
    """
    if at.tzinfo is None:
        msg = "the moment needs a zone"
        raise ValueError(msg)
    return settle(judge(subject, standing, policy, at), item, policy, at, mode)


def settle(judged: Judged, item: ItemTerms, policy: Policy, at: datetime, mode: Mode) -> Decision:
    """The decision that follows from a tier: the second half of `decide`, which asks no source."""
    common = _Common(
        item=item.code,
        at=at,
        wish=mode,
        tier=judged.tier,
        whose=judged.whose,
        source=judged.source,
        as_of=judged.as_of,
        events=judged.events,
        policy_version=policy.version,
        policy_digest=policy.digest,
        terms_digest=item.digest,
    )
    terms = policy.tiers.of(judged.tier)
    own = judged.whose != "representative"
    if own and terms.refuse_on_negative_list and item.negative_list is not None:
        bar = words.barred(item.negative_list)
        reasons = (bar, *judged.reasons, *words.way_back(judged.tier))
        return Refused(**common, reasons=reasons, rule=item.negative_list.rule)
    if item.always_on_site is not None:
        seen = judged.reasons if judged.source == BY_A_PERSON else ()  # the tier does not matter, that it was seen does
        return OnSite(**common, reasons=(words.always_on_site(item.always_on_site), *seen, words.APPLICATION_GOES_ON))
    closed = _closed_way(item, policy, judged.tier)
    if closed is not None:
        told = words.on_site(judged.tier, closed)
        back = words.way_back(judged.tier)
        return OnSite(**common, reasons=(told, *judged.reasons, *back, words.APPLICATION_GOES_ON))
    way = mode if _open(item, policy, judged.tier, mode) else "live"
    reasons = [words.admitted(judged.tier), *judged.reasons]
    if way == "upload_only":
        reasons.append(words.UPLOAD_ONLY)
    elif way != mode:
        reasons.append(words.LIVE_INSTEAD)
    if judged.tier is Tier.BLUE:
        reasons.extend(words.condition(condition) for condition in item.blue_conditions)
    return Admitted(
        **common,
        reasons=tuple(reasons),
        mode=way,
        tolerance=_open(item, policy, judged.tier, "tolerance"),
        commitment=_open(item, policy, judged.tier, "commitment"),
        time_limit_days=max(1, -(-item.time_limit_days * terms.time_limit_percent // 100)),
    )


def judge(subject: Subject, standing: Standing, policy: Policy, at: datetime) -> Judged:
    """Whose standing counts, and which tier it is at this moment.

    A legal representative stands in only for an enterprise its source knows nothing of, never for one whose source
    failed or is out of date.
    """
    match subject:
        case Person():
            return _learnt(_weigh("person", standing, policy, at), standing)
        case Enterprise():
            own = _learnt(_weigh("enterprise", standing, policy, at), standing)
        case _:
            assert_never(subject)
    answered = _too_old_or_too_new(standing, policy, at) is None
    new_firm = answered and standing.tier is Tier.UNKNOWN and not own.events
    stands_in = standing.representative
    if not new_firm or stands_in is None or "representative" not in policy.standing.whose:
        return own
    theirs = _weigh("representative", stands_in, policy, at)
    return _learnt(replace(theirs, reasons=(words.REPRESENTATIVE_COUNTS, *theirs.reasons)), standing)


def _learnt(judged: Judged, standing: Standing) -> Judged:
    """How the standing came about is told with what it says."""
    return judged if standing.learnt is None else replace(judged, reasons=(*judged.reasons, standing.learnt))


def _weigh(whose: Whose, standing: Standing, policy: Policy, at: datetime) -> Judged:
    dated = _too_old_or_too_new(standing, policy, at)
    if dated is not None:
        return Judged(Tier.UNKNOWN, whose, standing.source, standing.as_of, (), (dated,))
    events = standing.counting(at, policy.standing)
    told = tuple(words.record_counts(event, event.end(policy.standing).astimezone(CHINA)) for event in events)
    tier = standing.tier_at(at, policy.standing)
    if tier is Tier.UNKNOWN and standing.unknown_because is not None:
        told = (standing.unknown_because, *told)
    return Judged(tier, whose, standing.source, standing.as_of, tuple(event.id for event in events), told)


def _too_old_or_too_new(standing: Standing, policy: Policy, at: datetime) -> Reason | None:
    if standing.as_of is None:
        return standing.unknown_because
    if at - standing.as_of > timedelta(days=policy.standing.max_age_days):
        return words.out_of_date(standing.as_of.astimezone(CHINA), policy.standing.max_age_days)
    if standing.as_of - at > CLOCK_SLACK and (standing.since is None or standing.since > at):
        return words.from_later(standing.as_of.astimezone(CHINA))
    return None


def _closed_way(item: ItemTerms, policy: Policy, tier: Tier) -> Way | None:
    """The way this item needs that is closed to the tier, if any."""
    needed: tuple[Way, ...] = ("pre_siting", "live") if item.kind == "pre_siting" else ("live",)
    return next((way for way in needed if not _open(item, policy, tier, way)), None)


def _open(item: ItemTerms, policy: Policy, tier: Tier, way: Way) -> bool:
    match policy.tiers.of(tier).grant(way):
        case "yes":
            return True
        case "item":
            return item.allow(tier, way)
        case "no":
            return False
