"""Policies, items and standings of every kind that can be loaded; what decides at an edge comes more often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from credit_gate import words
from credit_gate.policy import (
    WAYS,
    Condition,
    Ground,
    ItemTerms,
    Policy,
    SeverityRule,
    StandingRules,
    Tiers,
    TierTerms,
)
from credit_gate.standing import Event, Standing
from credit_gate.subject import Enterprise, Person
from credit_gate.tier import Tier

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
FIRM, SOMEBODY = Enterprise("91350100M000100Y43"), Person("11010519491231002X")
BEST_FIRST = [Tier.RED, Tier.ORANGE, Tier.BLUE, Tier.BLACK]
NO = TierTerms("no", "no", "no", "no", "no", 100)
OPENNESS = ["yes", "item", "no"]
GROUND = Ground("须按规定办理。", "The rule says so.", "《法》第九条")

subjects = st.sampled_from([FIRM, FIRM, FIRM, SOMEBODY])
modes = st.sampled_from(["live", "upload_only"])
days = st.integers(-4000, 4000).map(lambda n: timedelta(days=n, hours=n % 24, seconds=n % 60))
moments = days.map(lambda away: AT + away)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    three = st.lists(st.sampled_from([*OPENNESS, "item"]), min_size=3, max_size=3)
    grants = {way: sorted(draw(three), key=OPENNESS.index) for way in WAYS}
    limits = sorted(draw(st.lists(st.integers(10, 100), min_size=3, max_size=3)))
    red, orange, blue = (
        TierTerms(**{way: grants[way][n] for way in WAYS}, time_limit_percent=limits[n]) for n in range(3)
    )
    black = replace_terms(NO, refuse_on_negative_list=draw(st.booleans()))
    caps = sorted(draw(st.lists(st.sampled_from(BEST_FIRST[1:]), min_size=2, max_size=2)), key=BEST_FIRST.index)
    rules = StandingRules(
        draw(st.integers(1, 366)),
        draw(st.sampled_from([("enterprise",), *[("enterprise", "representative")] * 3])),
        *(SeverityRule(draw(st.integers(1, 3)), cap) for cap in caps),
    )
    return Policy("test", rules, Tiers(red, orange, blue, black, NO))


def replace_terms(terms: TierTerms, **changes: bool) -> TierTerms:
    return TierTerms(*(getattr(terms, way) for way in WAYS), terms.time_limit_percent, **changes)


@st.composite
def items(draw: st.DrawFn) -> ItemTerms:
    ways = st.lists(st.sampled_from(WAYS), unique=True).map(tuple)
    allows = {tier: draw(ways) for tier in draw(st.sets(st.sampled_from([Tier.ORANGE, Tier.BLUE])))}
    conditions = (Condition("甲", "a"),) if "live" in allows.get(Tier.BLUE, ()) else ()
    return ItemTerms(
        "item",
        draw(st.sampled_from(["remote_survey", "pre_siting", "joint_inspection", "re_survey"])),
        draw(st.integers(1, 60)),
        allows,
        conditions,
        draw(st.sampled_from([None, None, GROUND])),
        draw(st.sampled_from([None, GROUND, GROUND])),
    )


@st.composite
def events(draw: st.DrawFn) -> Event:
    at = draw(st.just(AT - timedelta(days=30)) | moments)
    lasting = days.map(abs)
    later = st.none() | lasting.map(lambda away: at + away)
    return Event(
        f"E-{draw(st.integers(0, 999))}",
        "虚假材料",
        "false material",
        draw(st.sampled_from(["minor", "general", "general", "serious"])),
        at,
        "《法》第一条",
        "某局",
        draw(later),
        draw(later),
        draw(later),
    )


def known(tier: Tier, as_of: datetime, told: tuple[Event, ...] = (), behind: Standing | None = None) -> Standing:
    because = words.NO_RECORD if tier is Tier.UNKNOWN else None
    return Standing(tier, as_of, told, "register", because, representative=behind)


@st.composite
def standings(draw: st.DrawFn, *, behind: bool = True) -> Standing:
    """Fresh answers mostly: old ones hide what else there is to see."""
    tier = draw(st.sampled_from([*Tier, *[Tier.UNKNOWN if behind else Tier.BLACK] * 3]))
    as_of = AT - draw(st.sampled_from([0, 0, 0, 0, 0, 3, 8, 400, -2])) * timedelta(days=1)
    told = tuple(draw(st.just([]) | st.lists(events(), max_size=3)))
    stands_in = draw(st.none() | standings(behind=False)) if behind else None
    return replace(known(tier, as_of, told, stands_in), since=draw(st.none() | moments))
