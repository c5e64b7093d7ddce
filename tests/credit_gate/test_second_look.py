"""A person corrects a fact, the policy draws the conclusion: never a way round it, and never a worse end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_gate import policy
from credit_gate.decision import Admitted, OnSite
from credit_gate.gate import decide
from credit_gate.policy import ItemTerms, Policy
from credit_gate.reason import Reason
from credit_gate.replay import kept, replayed
from credit_gate.second_look import GROUNDS, Before, Found, corrected
from credit_gate.standing import Standing
from credit_gate.tier import Tier
from tests.credit_gate.strategies import AT, FIRM, items, known, policies
from tests.credit_gate.test_gate import BARRED, BOTH, GENEROUS, PLACED, PLAIN

POLICY = policy.load()
ORDER = ["refused", "on_site", "admitted"]
FOUND = [Tier.RED, Tier.ORANGE, Tier.BLUE]


def before(item: ItemTerms, tier: Tier, wish: str = "live", table: Policy = POLICY) -> Before:
    decision = decide(FIRM, known(tier, AT), item, table, AT, wish)
    return Before(decision.outcome, decision.wish, decision.tier, decision.whose)


@pytest.mark.parametrize(
    ("item", "tier", "found", "ground", "becomes"),
    [
        (PLAIN, Tier.BLACK, Tier.ORANGE, "record_lifted", "admitted"),
        (PLAIN, Tier.BLACK, Tier.BLUE, "other_subject", "policy_closed"),
        (GENEROUS, Tier.BLACK, Tier.BLUE, "other_subject", "admitted"),
        (BARRED, Tier.BLACK, Tier.BLUE, "record_lifted", "on_site"),
        (BARRED, Tier.BLACK, Tier.RED, "record_lifted", "admitted"),
        (PLACED, Tier.BLACK, Tier.RED, "record_lifted", "policy_closed"),
        (PLAIN, Tier.UNKNOWN, Tier.RED, "standing_proven", "admitted"),
        (PLAIN, Tier.UNKNOWN, Tier.ORANGE, "representative", "admitted"),
        (PLAIN, Tier.UNKNOWN, Tier.RED, "record_lifted", "wrong_ground"),
        (PLAIN, Tier.BLACK, Tier.RED, "representative", "wrong_ground"),
        (PLAIN, Tier.BLUE, Tier.BLUE, "record_lifted", "not_better"),
    ],
)
def test_what_follows_from_what_was_found(item: ItemTerms, tier: Tier, found: Tier, ground: str, becomes: str) -> None:
    told = corrected(before(item, tier), Found(found, ground), item, POLICY, AT)
    assert (told.code if isinstance(told, Reason) else told.outcome) == becomes


def test_a_person_gets_no_representative_and_a_firm_only_where_the_policy_takes_one() -> None:
    unknown = Before("on_site", "live", Tier.UNKNOWN, "person")
    told = corrected(unknown, Found(Tier.RED, "representative"), PLAIN, POLICY, AT)
    assert isinstance(told, Reason)


@given(
    policies(), items(), st.sampled_from(Tier), st.sampled_from(FOUND), st.sampled_from(sorted(GROUNDS)),
    st.sampled_from(["live", "upload_only"]),
)  # fmt: skip
def test_it_is_what_the_table_gives_that_tier_and_always_better(
    table: Policy, item: ItemTerms, tier: Tier, found: Tier, ground: str, wish: str
) -> None:
    first = before(item, tier, wish, table)
    told = corrected(first, Found(found, ground), item, table, AT)
    if isinstance(told, Reason):
        return
    assert ORDER.index(told.outcome) > ORDER.index(first.outcome)
    itself = decide(FIRM, Standing(found, AT, (), "x"), item, table, AT, wish)
    assert type(itself) is type(told)
    if isinstance(told, Admitted) and isinstance(itself, Admitted):
        assert (told.mode, told.time_limit_days) == (itself.mode, itself.time_limit_days)
    assert any(reason.code == "by_a_person" for reason in told.reasons), "seen to be a person's"


def test_that_a_person_saw_it_is_told_where_the_item_is_always_seen_on_the_spot() -> None:
    told = corrected(before(BOTH, Tier.BLACK), Found(Tier.RED, "other_subject"), BOTH, POLICY, AT)
    assert isinstance(told, OnSite)
    assert [reason.code for reason in told.reasons] == ["always_on_site", "by_a_person", "application_goes_on"]
    assert replayed(kept(told, "ref", BOTH, POLICY)) == []


def test_a_persons_decision_can_be_made_again_from_what_was_kept() -> None:
    told = corrected(before(BARRED, Tier.BLACK), Found(Tier.RED, "record_lifted"), BARRED, POLICY, AT)
    assert isinstance(told, Admitted | OnSite)
    assert replayed(kept(told, "ref", BARRED, POLICY) | {"by_a_person": {"officer": "周"}}) == []
