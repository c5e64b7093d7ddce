"""Events and the tier: publicity runs out, repair counts at once, nothing turns unknown into something better."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_gate import policy, words
from credit_gate.standing import Event, Standing
from credit_gate.tier import Tier, capped

RULES = policy.load().standing
RECORDED = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def event(severity: str = "serious", **changes: object) -> Event:
    plain = Event("E-1", "虚假材料", "false material", severity, RECORDED, "《法》第一条", "某局")  # type: ignore[arg-type]
    return replace(plain, **changes)


def standing(tier: Tier, *events: Event) -> Standing:
    because = words.NO_RECORD if tier is Tier.UNKNOWN else None
    return Standing(tier, RECORDED, events, "register", unknown_because=because)


@pytest.mark.parametrize(("severity", "years"), [("general", 1), ("serious", 3)])
def test_an_event_drops_out_by_itself_when_its_publicity_ends(severity: str, years: int) -> None:
    one = event(severity)
    end = RECORDED.replace(year=RECORDED.year + years)
    assert not one.counts(RECORDED - SECOND, RULES)
    assert one.counts(RECORDED, RULES)
    assert one.counts(end - SECOND, RULES)
    assert not one.counts(end, RULES)


def test_a_published_end_shortens_but_never_lengthens() -> None:
    month = RECORDED + timedelta(days=30)
    assert event(until=month).end(RULES) == month
    assert event(until=RECORDED + timedelta(days=9999)).end(RULES) == RECORDED.replace(year=2029)


def test_a_leap_days_year_ends_on_the_28th() -> None:
    leap = datetime(2024, 2, 29, tzinfo=UTC)
    assert event("general", at=leap).end(RULES) == datetime(2025, 2, 28, tzinfo=UTC)


def test_a_minor_event_never_counts() -> None:
    assert not event("minor").counts(RECORDED, RULES)


def test_a_repaired_event_stops_counting_at_that_very_moment() -> None:
    repaired = RECORDED + timedelta(days=10)
    stands = standing(Tier.ORANGE, event(repaired_at=repaired))
    assert stands.tier_at(repaired - SECOND, RULES) is Tier.BLACK
    assert stands.tier_at(repaired, RULES) is Tier.ORANGE


@pytest.mark.parametrize(
    ("tier", "severity", "then"),
    [
        (Tier.RED, "general", Tier.BLUE),
        (Tier.RED, "serious", Tier.BLACK),
        (Tier.BLACK, "general", Tier.BLACK),
        (Tier.BLUE, "minor", Tier.BLUE),
        (Tier.UNKNOWN, "general", Tier.UNKNOWN),
        (Tier.UNKNOWN, "serious", Tier.BLACK),
    ],
)
def test_an_event_caps_the_tier(tier: Tier, severity: str, then: Tier) -> None:
    assert standing(tier, event(severity)).tier_at(RECORDED, RULES) is then


BEST_FIRST = [Tier.RED, Tier.ORANGE, Tier.BLUE, Tier.BLACK]


@given(tier=st.sampled_from(list(Tier)), cap=st.sampled_from(BEST_FIRST))
def test_a_cap_never_lifts(tier: Tier, cap: Tier) -> None:
    lowered = capped(tier, cap)
    if tier is Tier.UNKNOWN:
        assert lowered in {Tier.UNKNOWN, Tier.BLACK}
    else:
        assert BEST_FIRST.index(lowered) == max(BEST_FIRST.index(tier), BEST_FIRST.index(cap))


def test_what_cannot_be_is_not_built() -> None:
    with pytest.raises(ValueError, match="zone"):
        event(at=datetime(2026, 3, 1))
    with pytest.raises(ValueError, match="ends before"):
        event(until=RECORDED - SECOND)
    with pytest.raises(ValueError, match="repaired before"):
        event(repaired_at=RECORDED - SECOND)
    with pytest.raises(ValueError, match="reason"):
        Standing(Tier.UNKNOWN, RECORDED, (), "register")
    with pytest.raises(ValueError, match="as of"):
        Standing(Tier.RED, None, (), "register")
