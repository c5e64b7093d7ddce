"""A case is restricted in any state, once at a time; who then still reads it, and who lifts it."""

from datetime import timedelta

import pytest

from survey_server.photo.finding import finding
from survey_server.photo.reuse import surveys_of, unnamed
from survey_server.survey.chronicle import sentence
from survey_server.survey.events import AnyEvent, Appealed, Concluded, Decided, Ended, Entry, Replayed, Started
from survey_server.survey.restriction_events import Restricted, RestrictionLifted
from survey_server.survey.restriction_rules import may_lift, may_read, may_restrict
from survey_server.survey.step import Effect, OutOfOrder, rebuild, step
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Role
from tests.survey.test_life import PEOPLE, T0, journal

MINORS = Restricted("周", "minors", "幼儿园班级入镜")
LIFTED = RestrictionLifted("何", "已遮挡")
HELD = (Started(), Ended("p2", "reviewer"))
PURPOSE = "复议机关调阅 2026-11"


def survey(*events: AnyEvent) -> Survey:
    return rebuild(journal(Decided("admitted", "red", [], "d", "k", "h"), *PEOPLE, *events))


def reading(value: Survey, role: Role, purpose: str = "") -> str | None:
    refused = may_read(value, role, purpose)
    return refused.code if refused else None


def test_once_at_a_time() -> None:
    assert may_restrict(survey()) is None
    again = may_restrict(survey(MINORS))
    assert again is not None
    assert (again.code, "周" in again.text.zh) == ("restricted_already", True)
    assert may_restrict(survey(MINORS, LIFTED)) is None
    value = survey(MINORS, LIFTED, MINORS)
    assert value.restriction is not None
    assert (value.restriction.order, value.restriction.since) == (MINORS, T0 + timedelta(seconds=8))


@pytest.mark.parametrize("events", [(LIFTED,), (MINORS, MINORS), (MINORS, LIFTED, LIFTED)])
def test_what_does_not_fit_is_out_of_order(events: tuple[AnyEvent, ...]) -> None:
    with pytest.raises(OutOfOrder):
        survey(*events)


def test_it_is_lifted_by_somebody_without_a_part_in_the_case() -> None:
    refusals = [may_lift(survey(), "何"), may_lift(survey(MINORS), " 林"), may_lift(survey(MINORS), "何")]
    assert [one and one.code for one in refusals] == ["not_restricted", "own_case", None]


def test_who_reads_it() -> None:
    everybody: list[Role] = ["applicant", "subject", "reviewer", "expert", "auditor", "officer"]
    assert [reading(survey(*HELD), one) for one in everybody] == [None] * 6
    assert [reading(survey(*HELD, MINORS), one) for one in everybody] == [None] * 4 + ["restricted"] * 2
    done = survey(*HELD, MINORS, Concluded("pass", ["p2", "p3"]))
    assert [reading(done, one) for one in everybody] == [None] * 2 + ["restricted"] * 4
    appealed = survey(*HELD, Concluded("not_pass", ["p2", "p3"]), Appealed("p1", "x"), MINORS)
    assert reading(appealed, "reviewer") == "restricted"
    assert reading(survey(*HELD, MINORS, LIFTED), "officer") is None


def test_only_an_auditors_purpose_opens_it_and_it_has_ten_characters() -> None:
    value = survey(*HELD, Concluded("pass", ["p2", "p3"]), MINORS)
    assert [reading(value, "auditor", one) for one in ("", "九个字符不够数的", "   x   ", PURPOSE)] == [
        "restricted", "restricted", "restricted", None,
    ]  # fmt: skip
    assert reading(value, "auditor", "十个字符正好够用了吧") is None
    assert reading(value, "reviewer", PURPOSE) == "restricted"
    refused = may_read(value, "auditor")
    assert refused is not None
    assert "周" in refused.text.zh, "whom to ask"
    assert "minors" in refused.text.en


def test_a_seal_covers_it_and_nobody_went_on_with_the_case() -> None:
    before, after = survey(*HELD), survey(*HELD, MINORS)
    assert after.trailing == after.seq
    assert step(after, Entry("s1", after.seq + 1, T0, LIFTED))[1] == (Effect.SEAL_ADDENDUM,)
    assert (after.state, after.acted_at) == (before.state, before.acted_at)


def test_the_time_line_tells_it() -> None:
    value = survey(MINORS)
    item = value.application.item.view
    assert sentence(MINORS, value, item).zh == "周 对本案限制处理（画面涉及未成年人）：幼儿园班级入镜"
    assert sentence(LIFTED, value, item).en == "何 lifted the restriction: 已遮挡"
    assert sentence(Replayed("审计员", PURPOSE), value, item).zh.endswith(f"用途：{PURPOSE}")
    assert sentence(Replayed("审计员"), value, item).zh == "审计员 回看"


def test_a_restricted_match_is_another_case_and_no_more() -> None:
    def match(of: str) -> dict[str, object]:
        return {"survey": of, "photo": "1", "received_at": "2026-11-01", "same_applicant": False, "inliers": 90}

    found = finding("duplicate_near", "flag", "x", "x", count=2, matches=[match("s7"), match("s8")])
    assert surveys_of(found) == {"s7", "s8"}
    shown = unnamed(found, {"s7"})
    assert shown.evidence["matches"] == [
        {"same_applicant": False, "inliers": 90, "restricted": True},
        match("s8"),
    ]
    assert (shown.result, shown.evidence["count"]) == ("flag", 2), "it is a repeat all the same"
    assert unnamed(shown, {"s7", "s8"}).evidence["matches"][0]["restricted"] is True
    assert unnamed(found, {"s9"}) is found
    assert surveys_of(finding("gps", "pass", "x", "x", matches="no")) == set()
