"""Who may move a survey outside of its session, when, and in which words the others are told why not."""

from datetime import datetime, timedelta

import pytest

from survey_server.survey import events as e
from survey_server.survey.life_rules import LIMITS, Teller, life_refusal, may_decide_appeal
from survey_server.survey.survey import Survey
from survey_server.wire.life import Arrange, LifeOrder, MakeAppeal, Rate, Refer, ReportMissed, Withdraw
from tests.survey.test_life import T0, survey

START = T0 + timedelta(hours=2)
AGREED = e.Scheduled(1, START, START + timedelta(minutes=30), "p2")
DONE = (e.Started(), e.Ended("p2", "reviewer"), e.Signed("p2", "not_pass", ""), e.Signed("p3", "not_pass", ""),
        e.Concluded("not_pass", ["p2", "p3"]))  # fmt: skip


def code(value: Survey, who: str, order: LifeOrder, at: datetime = T0) -> str | None:
    """`who`: a participant, or `office NAME`."""
    office, _, officer = who.partition(" ")
    teller = Teller(None, officer) if office == "office" else Teller(value.participants[who])
    refused = life_refusal(value, teller, order, at)
    assert refused is None or (refused.text.zh and refused.text.en), "a refusal says why in both languages"
    return refused.code if refused else None


def undecided(value: Survey, officer: str) -> str | None:
    """Why this officer can't decide the appeal."""
    refused = may_decide_appeal(value, officer)
    return refused.code if refused else None


@pytest.mark.parametrize(
    ("who", "answer"),
    [("p1", None), ("p2", None), ("p4", "wrong_role"), ("office 王", None), ("office ", "no_officer")],
)
def test_who_agrees_on_an_appointment(who: str, answer: str | None) -> None:
    assert code(survey(), who, Arrange(START)) == answer


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        (Arrange(T0 + timedelta(minutes=9)), "too_soon"),
        (Arrange(T0 + timedelta(minutes=10)), None),
        (Arrange(T0 + timedelta(hours=7, minutes=30)), None),
        (Arrange(T0 + timedelta(hours=7, minutes=31)), "outside_window"),
        (Arrange(START, replaces=1), "changed_meanwhile"),
    ],
)
def test_when_an_appointment_may_be(order: Arrange, answer: str | None) -> None:
    assert code(survey(), "office 王", order) == answer


def test_of_two_who_change_it_at_once_one_is_told_who_was_first() -> None:
    refused = life_refusal(survey(AGREED), Teller(None, "王"), Arrange(START), T0)
    assert refused is not None
    assert refused.code == "changed_meanwhile"
    assert "林" in refused.text.zh
    assert "林 changed the appointment" in refused.text.en


def test_an_applicant_changes_it_twice_by_themselves_then_asks_the_bureau() -> None:
    made = [e.Scheduled(n, START, START, "p1") for n in range(1, LIMITS.reschedules + 2)]
    assert code(survey(*made[:-1]), "p1", Arrange(START, replaces=len(made) - 1)) is None
    assert code(survey(*made), "p1", Arrange(START, replaces=len(made))) == "too_often"
    assert code(survey(*made), "office 王", Arrange(START, replaces=len(made))) is None


@pytest.mark.parametrize(
    ("who", "order", "at", "answer"),
    [
        ("p2", ReportMissed(1, "applicant"), START + timedelta(minutes=15), None),
        ("p2", ReportMissed(1, "applicant"), START + timedelta(minutes=14), "too_soon"),
        ("p2", ReportMissed(2, "applicant"), START + timedelta(hours=1), "no_appointment"),
        ("p1", ReportMissed(1, "bureau"), START + timedelta(hours=1), None),
        ("p1", ReportMissed(1, "applicant"), START + timedelta(hours=1), "wrong_role"),
        ("p4", ReportMissed(1, "applicant"), START + timedelta(hours=1), "wrong_role"),
    ],
)
def test_an_appointment_is_missed_a_quarter_of_an_hour_after_its_start(
    who: str, order: ReportMissed, at: datetime, answer: str | None
) -> None:
    assert code(survey(AGREED), who, order, at) == answer


def test_who_is_connected_missed_nothing() -> None:
    value = survey(AGREED, e.Joined("p1", 0, ""))
    assert code(value, "p2", ReportMissed(1, "applicant"), START + timedelta(hours=1)) == "present"


@pytest.mark.parametrize(
    ("who", "order", "answer"),
    [
        ("p1", Refer("applicant_wish"), None),
        ("p1", Refer("location_declined"), None),
        ("p1", Refer("officer", "x"), "wrong_cause"),
        ("p2", Refer("officer", "须核实管线"), None),
        ("p2", Refer("officer", " "), "no_reason"),
        ("p2", Refer("applicant_wish", "x"), "wrong_cause"),
        ("office 王", Refer("no_show", "两次未到"), None),
        ("p4", Refer("officer", "x"), "wrong_role"),
        ("p1", Withdraw("不做了"), None),
        ("p2", Withdraw("x"), "wrong_role"),
    ],
)
def test_leaving_the_remote_way(who: str, order: LifeOrder, answer: str | None) -> None:
    assert code(survey(), who, order) == answer
    if answer is None:
        assert code(survey(AGREED), who, order) is None
        assert code(survey(e.Started()), who, order) == "begun"
        assert code(survey(e.Referred("officer", "x", None, "王")), who, order) == "closed"


def test_a_rating_once_by_the_applicant_when_it_is_over() -> None:
    assert code(survey(e.Started()), "p1", Rate(5)) == "not_ended"
    assert code(survey(*DONE), "p1", Rate(5)) is None
    assert code(survey(*DONE), "p2", Rate(5)) == "wrong_role"
    assert code(survey(*DONE), "office 王", Rate(5)) == "wrong_role"
    assert code(survey(*DONE, e.Rated("p1", 1, "")), "p1", Rate(5)) == "rated"


def test_an_appeal_within_sixty_days_decided_by_who_took_no_part() -> None:
    assert code(survey(e.Started()), "p1", MakeAppeal("x")) == "not_concluded"
    value = survey(*DONE)
    at = value.signatures["p3"].at
    assert code(value, "p1", MakeAppeal("x"), at + timedelta(days=60)) is None
    assert code(value, "p1", MakeAppeal("x"), at + timedelta(days=60, seconds=1)) == "too_late"
    assert undecided(value, "周") == "no_appeal"
    appealed = survey(*DONE, e.Appealed("p1", "量错了"))
    assert code(appealed, "p1", MakeAppeal("x")) == "appealed"
    assert {undecided(appealed, f" {one.name}\u3000") for one in value.participants.values()} == {"own_case"}
    assert undecided(appealed, "周") is None
    decided = survey(*DONE, e.Appealed("p1", "x"), e.AppealDecided("stands", "x", "王"))
    assert undecided(decided, "周") == "decided"
    assert decided.conclusion == "not_pass", "the conclusion is on record whatever becomes of the appeal"
