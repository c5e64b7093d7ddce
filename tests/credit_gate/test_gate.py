"""Decisions: the table over tiers and items, whose standing counts, and that doubt never admits and never refuses."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from credit_gate import dry_run, policy, words
from credit_gate.decision import Admitted, OnSite, Refused, to_json
from credit_gate.gate import decide
from credit_gate.policy import Condition, Ground, ItemTerms
from credit_gate.reason import Reason
from credit_gate.sources import table_words
from credit_gate.sources.register import silent
from credit_gate.standing import Event, Standing
from credit_gate.subject import Enterprise, Person
from credit_gate.tier import Tier

POLICY = policy.load()
AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
FIRM = Enterprise("91350100M000100Y43")
SOMEBODY = Person("11010519491231002X")
BAR = Ground("不予受理。", "It cannot be taken up.", "《营利性民办学校监督管理实施细则》第九条")
PLACE = Ground("须到现场查验。", "It is seen on the spot.", "《特种设备安全法》第四十九条")
CONDITIONS = (Condition("法定代表人在场。", "the legal representative is present."),)

PLAIN = ItemTerms("plain", "remote_survey", 10)
GENEROUS = ItemTerms(
    "generous",
    "remote_survey",
    10,
    allows={Tier.ORANGE: ("upload_only", "tolerance", "commitment"), Tier.BLUE: ("live",)},
    blue_conditions=CONDITIONS,
)
SITING = ItemTerms("siting", "pre_siting", 5)
BARRED = ItemTerms("barred", "remote_survey", 10, negative_list=BAR)
PLACED = ItemTerms("placed", "remote_survey", 10, always_on_site=PLACE)
BOTH = ItemTerms("both", "remote_survey", 10, always_on_site=PLACE, negative_list=BAR)
ITEMS = [PLAIN, GENEROUS, SITING, BARRED, PLACED, BOTH]


def known(tier: Tier, as_of: datetime = AT, *events: Event, representative: Standing | None = None) -> Standing:
    because = words.NO_RECORD if tier is Tier.UNKNOWN else None
    return Standing(tier, as_of, events, "register", unknown_because=because, representative=representative)


OUTCOMES = {
    # item: red, orange, blue, black, unknown
    "plain": ["admitted", "admitted", "on_site", "on_site", "on_site"],
    "generous": ["admitted", "admitted", "admitted", "on_site", "on_site"],
    "siting": ["admitted", "admitted", "on_site", "on_site", "on_site"],
    "barred": ["admitted", "admitted", "on_site", "refused", "on_site"],
    "placed": ["on_site", "on_site", "on_site", "on_site", "on_site"],
    "both": ["on_site", "on_site", "on_site", "refused", "on_site"],
}
TIERS = [Tier.RED, Tier.ORANGE, Tier.BLUE, Tier.BLACK, Tier.UNKNOWN]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_the_table_of_decisions(item: ItemTerms) -> None:
    for subject in (FIRM, SOMEBODY):
        told = [decide(subject, known(tier), item, POLICY, AT) for tier in TIERS]
        assert [one.outcome for one in told] == OUTCOMES[item.code]
        assert [one.tier for one in told] == TIERS


def every_decision() -> Iterator[Admitted | OnSite | Refused]:
    event = Event("E-7", "虚假材料", "false material", "general", AT - timedelta(days=9), "《法》第二条", "某局")
    standings = [
        *(known(tier) for tier in TIERS),
        known(Tier.RED, AT, event),
        known(Tier.RED, AT - timedelta(days=40)),
        known(Tier.RED, AT + timedelta(days=40)),
        silent(words.SOURCE_SILENT, "a path"),
        known(Tier.UNKNOWN, representative=known(Tier.RED)),
        replace(known(Tier.RED), learnt=words.last_known(AT)),
    ]
    for subject in (FIRM, SOMEBODY):
        for standing in standings:
            for item in ITEMS:
                for mode in ("live", "upload_only"):
                    yield decide(subject, standing, item, POLICY, AT, mode)


def well_set(reason: Reason) -> None:
    assert re.search(r"[\u4e00-\u9fff]", reason.zh)
    assert not re.search(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", reason.zh), reason.zh
    assert reason.en.isascii(), reason.en
    assert "\ufffd" not in reason.zh + reason.en


@pytest.mark.parametrize("module", [dry_run, table_words], ids=lambda module: module.__name__)
def test_what_operators_read_is_well_set_too(module: ModuleType) -> None:
    told = [value for value in vars(module).values() if isinstance(value, Reason)]
    assert len(told) >= 4
    for reason in told:
        well_set(reason)


def test_every_reason_is_in_both_languages_and_well_set() -> None:
    codes = set()
    for decision in every_decision():
        for reason in decision.reasons:
            codes.add(reason.code)
            well_set(reason)
    assert codes == {
        "always_on_site",
        "application_goes_on",
        "condition",
        "last_known",
        "live_instead",
        "negative_list",
        "no_record",
        "pre_siting_closed",
        "record_counts",
        "representative_counts",
        "source_silent",
        "standing_from_later",
        "standing_out_of_date",
        "standing_unknown",
        "tier_admitted",
        "tier_on_site",
        "upload_only",
        "way_back_appeal",
        "way_back_known",
        "way_back_repair",
    }


def test_only_black_is_refused_and_only_by_a_cited_rule() -> None:
    refused = [one for one in every_decision() if isinstance(one, Refused)]
    assert refused
    for one in refused:
        assert one.tier is Tier.BLACK
        assert one.rule == BAR.rule
        assert one.reasons[0].rule == BAR.rule
        assert {"way_back_repair", "way_back_appeal"} <= {reason.code for reason in one.reasons}


def test_losing_the_remote_way_never_loses_the_application() -> None:
    for one in every_decision():
        if isinstance(one, OnSite):
            codes = [reason.code for reason in one.reasons]
            assert "application_goes_on" in codes
            assert "always_on_site" in codes or any(code.startswith("way_back") for code in codes)


@given(
    tier=st.sampled_from(TIERS),
    item=st.sampled_from(ITEMS),
    age=st.timedeltas(timedelta(days=7, seconds=1), timedelta(days=3000)),
)
def test_an_old_standing_neither_admits_nor_refuses(tier: Tier, item: ItemTerms, age: timedelta) -> None:
    decision = decide(FIRM, known(tier, AT - age), item, POLICY, AT)
    assert isinstance(decision, OnSite)
    assert decision.tier is Tier.UNKNOWN


def test_freshness_ends_with_the_policys_day() -> None:
    assert decide(FIRM, known(Tier.RED, AT - timedelta(days=7)), PLAIN, POLICY, AT).outcome == "admitted"
    late = decide(FIRM, known(Tier.RED, AT - timedelta(days=7, seconds=1)), PLAIN, POLICY, AT)
    assert "standing_out_of_date" in [reason.code for reason in late.reasons]


def test_a_standing_from_after_the_moment_tells_nothing_of_it() -> None:
    assert decide(FIRM, known(Tier.RED, AT + timedelta(hours=23)), PLAIN, POLICY, AT).outcome == "admitted"
    assert decide(FIRM, known(Tier.RED, AT + timedelta(hours=25)), PLAIN, POLICY, AT).outcome == "on_site"


@pytest.mark.parametrize("item", [PLAIN, GENEROUS, SITING, BARRED], ids=lambda item: item.code)
def test_a_source_that_is_down_leads_on_site_whoever_stands_behind(item: ItemTerms) -> None:
    down = Standing(Tier.UNKNOWN, None, (), "none", unknown_because=words.SOURCE_SILENT, representative=known(Tier.RED))
    decision = decide(FIRM, down, item, POLICY, AT)
    assert isinstance(decision, OnSite)
    assert decision.whose == "enterprise"
    assert "source_silent" in [reason.code for reason in decision.reasons]


def test_a_representative_does_not_stand_in_for_an_answer_out_of_date() -> None:
    old = known(Tier.UNKNOWN, AT - timedelta(days=8), representative=known(Tier.RED))
    decision = decide(FIRM, old, PLAIN, POLICY, AT)
    assert (decision.outcome, decision.whose) == ("on_site", "enterprise")
    theirs_old = known(Tier.UNKNOWN, representative=known(Tier.RED, AT - timedelta(days=8)))
    decision = decide(FIRM, theirs_old, PLAIN, POLICY, AT)
    assert (decision.outcome, decision.whose) == ("on_site", "representative")


def test_a_repair_opens_the_remote_way_at_once() -> None:
    repaired = AT - timedelta(hours=1)
    event = Event(
        "E-1", "虚假材料", "false material", "serious", AT - timedelta(days=30), "《法》第一条", "某局", None, repaired
    )
    before = decide(FIRM, known(Tier.ORANGE, AT, event), BARRED, POLICY, repaired - timedelta(seconds=1))
    after = decide(FIRM, known(Tier.ORANGE, AT, event), BARRED, POLICY, repaired)
    assert (before.outcome, before.events) == ("refused", ("E-1",))
    assert (after.outcome, after.events) == ("admitted", ())


def test_a_counting_record_is_named_with_its_end_in_china() -> None:
    event = Event(
        "E-2", "未公示年报", "no annual report", "general", datetime(2026, 3, 1, 16, tzinfo=UTC), "《法》第三条", "某局"
    )
    decision = decide(FIRM, known(Tier.RED, AT, event), PLAIN, POLICY, AT)
    told = next(reason for reason in decision.reasons if reason.code == "record_counts")
    assert decision.tier is Tier.BLUE
    assert "2027-03-02" in told.zh
    assert "2027-03-02" in told.en
    assert told.rule == "《法》第三条"


def test_a_new_firm_may_stand_on_its_legal_representative() -> None:
    new = known(Tier.UNKNOWN, representative=known(Tier.RED))
    decision = decide(FIRM, new, PLAIN, POLICY, AT)
    assert (decision.outcome, decision.whose, decision.tier) == ("admitted", "representative", Tier.RED)
    assert "representative_counts" in [reason.code for reason in decision.reasons]
    without = policy.parse(policy.packaged().replace('["enterprise", "representative"]', '["enterprise"]'), "test")
    assert decide(FIRM, new, PLAIN, without, AT).outcome == "on_site"


def test_a_known_firm_and_one_with_a_record_stand_on_their_own() -> None:
    event = Event("E-3", "虚假材料", "false material", "serious", AT - timedelta(days=30), "《法》第一条", "某局")
    own = decide(FIRM, known(Tier.BLUE, representative=known(Tier.RED)), PLAIN, POLICY, AT)
    assert (own.outcome, own.tier, own.whose) == ("on_site", Tier.BLUE, "enterprise")
    recorded = known(Tier.UNKNOWN, AT, event, representative=known(Tier.RED))
    decision = decide(FIRM, recorded, PLAIN, POLICY, AT)
    assert (decision.outcome, decision.tier, decision.whose) == ("on_site", Tier.BLACK, "enterprise")


def test_upload_only_falls_back_to_live_where_the_tier_does_not_open_it() -> None:
    def mode(tier: Tier, item: ItemTerms) -> str:
        decision = decide(FIRM, known(tier), item, POLICY, AT, "upload_only")
        assert isinstance(decision, Admitted)
        assert ("live_instead" in [reason.code for reason in decision.reasons]) is (decision.mode == "live")
        return decision.mode

    assert mode(Tier.RED, PLAIN) == "upload_only"
    assert mode(Tier.ORANGE, PLAIN) == "live"
    assert mode(Tier.ORANGE, GENEROUS) == "upload_only"
    assert mode(Tier.BLUE, GENEROUS) == "live"


def test_terms_of_admission_follow_tier_and_item() -> None:
    def terms(tier: Tier, item: ItemTerms) -> tuple[bool, bool, int]:
        decision = decide(FIRM, known(tier), item, POLICY, AT)
        assert isinstance(decision, Admitted)
        return decision.tolerance, decision.commitment, decision.time_limit_days

    assert terms(Tier.RED, PLAIN) == (True, True, 7)
    assert terms(Tier.ORANGE, PLAIN) == (False, False, 10)
    assert terms(Tier.ORANGE, GENEROUS) == (True, True, 10)
    assert terms(Tier.BLUE, GENEROUS) == (False, False, 10)
    assert terms(Tier.RED, SITING) == (True, True, 4)


def test_blue_is_told_its_conditions() -> None:
    decision = decide(FIRM, known(Tier.BLUE), GENEROUS, POLICY, AT)
    assert [reason.zh for reason in decision.reasons if reason.code == "condition"] == ["条件：法定代表人在场。"]
    red = decide(FIRM, known(Tier.RED), GENEROUS, POLICY, AT)
    assert "condition" not in [reason.code for reason in red.reasons]


def test_what_is_preserved_names_nobody_and_can_be_repeated() -> None:
    key = b"a key of the node"
    for subject, raw in ((FIRM, FIRM.code), (SOMEBODY, SOMEBODY.number)):
        for tier in TIERS:
            decision = decide(subject, known(tier), BARRED, POLICY, AT)
            kept = to_json(decision, subject.ref(key))
            text = rfc8785.dumps(kept).decode()
            assert raw not in text
            assert raw not in repr(decision)
            assert json.loads(text) == kept
            assert kept["subject"] == subject.ref(key)
            assert kept["policy_digest"] == POLICY.digest
            assert kept["terms_digest"] == BARRED.digest
            assert to_json(decide(subject, known(tier), BARRED, POLICY, AT), subject.ref(key)) == kept


def test_a_moment_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        decide(FIRM, known(Tier.RED), PLAIN, POLICY, datetime(2026, 11, 22))
