"""Experts of a live survey think for themselves; who stands aside counts for nothing any more."""

import pytest

from survey_server.survey.concluding import agreed_conclusion, signing
from survey_server.survey.events import AnyEvent, Consented, Ended, Invited, PointAnswered, Signed, Started
from survey_server.survey.panel_events import ExpertOpinion, Recused
from survey_server.survey.step import OutOfOrder
from survey_server.survey.survey import Survey
from survey_server.wire.admission import Department
from survey_server.wire.from_person import AnswerPoint, AskStill, Conclude, EndSession, GiveOpinion, JoinMedia
from survey_server.wire.panel import StandAside
from tests.survey import test_material as photos
from tests.survey.test_life import T0, code, survey

ENDED = (Invited("p5", "expert", "黄"), Started(), Consented("p4", "1"), Consented("p5", "1"), Ended("p2", "reviewer"))
OUT = StandAside("conflict", "亲属")


FAILS = Conclude("not_pass", "门打不开")


def ended(*events: AnyEvent) -> Survey:
    return survey(*ENDED, *events)


def test_the_conclusion_waits_for_every_expert_who_was_there() -> None:
    nobody = survey(Started(), Ended("p2", "reviewer"))
    assert code(nobody, "p2", FAILS) is None, "an expert who never came is not waited for"
    one = ended(ExpertOpinion("p4", "rectify", "x"))
    assert (one.opinions.opened, one.opinions.pending(one.experts_due)) == (False, ["p5"])
    assert code(one, "p2", FAILS) == "opinions_missing"
    assert signing(one, Signed("p2", "pass", ""), T0) == []
    both = ended(ExpertOpinion("p4", "rectify", "x"), ExpertOpinion("p5", "approve", ""))
    assert both.opinions.opened
    assert code(both, "p2", FAILS) is None
    assert len(signing(both, Signed("p2", "pass", ""), T0)) == 1


def test_an_opinion_can_be_given_anew_until_all_are_open() -> None:
    one = ended(ExpertOpinion("p4", "rectify", "x"), ExpertOpinion("p4", "approve", ""))
    assert one.opinions.given["p4"].value == "approve"
    both = (ExpertOpinion("p4", "approve", ""), ExpertOpinion("p5", "approve", ""))
    assert code(ended(*both), "p4", GiveOpinion("rectify", "x")) == "opinions_open"
    with pytest.raises(OutOfOrder):
        ended(*both, ExpertOpinion("p4", "rectify", "x"))


def test_who_may_give_an_opinion_and_when() -> None:
    assert code(survey(*ENDED[:-1]), "p4", GiveOpinion("approve")) == "not_ended"
    assert code(ended(), "p4", GiveOpinion("approve")) is None
    assert code(ended(), "p4", GiveOpinion("on_site", " ")) == "no_reason"
    assert code(ended(), "p2", GiveOpinion("approve")) == "wrong_role"
    with pytest.raises(OutOfOrder):
        survey(Started(), Ended("p2", "reviewer"), ExpertOpinion("p4", "approve", ""))


def test_who_stood_aside_does_nothing_any_more_and_counts_for_nothing() -> None:
    answered = PointAnswered("p2", "door", "ok", ""), PointAnswered("p3", "exit", "ok", "")
    out = survey(
        *answered, Started(), Ended("p2", "reviewer"), Signed("p2", "pass", ""), Recused("p2", "conflict", "x"),
        Signed("p3", "pass", ""),
    )  # fmt: skip
    assert set(out.answers) == {"exit"}, "what they answered is to be answered again"
    assert agreed_conclusion(out) is None
    for message in (Conclude("pass"), AnswerPoint("door", "ok"), OUT, EndSession(), JoinMedia(), AskStill()):
        assert code(out, "p2", message) == "recused", message
    assert signing(out, Signed("p2", "pass", ""), T0) == []
    with pytest.raises(OutOfOrder):
        survey(Recused("p2", "conflict", "x"), Recused("p2", "conflict", "x"))
    assert code(survey(), "p1", OUT) == "wrong_role"
    assert code(survey(), "p4", OUT) is None


def test_an_opinion_of_who_stood_aside_is_dropped_while_nobody_has_seen_it() -> None:
    one = ended(ExpertOpinion("p4", "rectify", "x"), Recused("p4", "recused", "x"))
    assert (one.opinions.given, one.experts_due, one.opinions.opened) == ({}, ["p5"], False)
    last = ended(ExpertOpinion("p4", "rectify", "x"), Recused("p5", "no_opinion", "x", "王科长"))
    assert last.opinions.opened, "nobody is waited for any more"
    both = ended(ExpertOpinion("p4", "approve", ""), ExpertOpinion("p5", "approve", ""), Recused("p5", "recused", "x"))
    assert set(both.opinions.given) == {"p4", "p5"}, "what was open stays on record"
    alone = ended(Recused("p4", "recused", "x"), Recused("p5", "recused", "x"))
    assert code(alone, "p2", FAILS) is None


def test_a_department_goes_on_without_the_reviewer_who_stood_aside() -> None:
    out = Recused("p2", "conflict", "亲属")
    colleague = photos.survey(*photos.REVIEWED, photos.opinion("p2"), out, photos.opinion("p3"))
    assert not colleague.material.opened, "p5 of the same department has still to give its opinion"
    assert colleague.material.review(photos.CITY).answers == {}
    assert photos.code(colleague, "p2", GiveOpinion("approve")) == "recused"
    only = photos.survey(*photos.REVIEWED, Recused("p3", "conflict", "x"), photos.opinion("p2"))
    assert (list(only.departments), only.material.opened) == ([photos.CITY.zh], False), "it takes two departments"
    opened = photos.survey(*photos.OPEN, Signed("p2", "pass", ""), out, Signed("p3", "pass", ""))
    assert agreed_conclusion(opened) is None
    assert opened.material.opened


def test_the_last_word_missing_was_of_who_stood_aside() -> None:
    third = Department("住房和城乡建设局", "Housing Bureau")
    invited = Invited("p6", "reviewer", "冯", third)
    given = photos.survey(invited, *photos.REVIEWED, photos.opinion("p2"), photos.opinion("p3"))
    assert not given.material.opened
    out = [invited, *photos.REVIEWED, photos.opinion("p2"), photos.opinion("p3"), Recused("p6", "recused", "x")]
    assert photos.survey(*out).material.opened
