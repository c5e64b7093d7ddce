"""Who may ask for a person and who may answer: once each, in time, by somebody else, only against a machine's no."""

from datetime import timedelta

import pytest

from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.events import AnyEvent, Decided, Referred
from survey_server.survey.second_look_rules import may_answer, may_ask
from survey_server.survey.step import OutOfOrder, rebuild
from survey_server.survey.survey import Survey
from tests.survey.test_life import PEOPLE, T0, journal

ASKED = PersonAsked("不是我公司的记录", T0 + timedelta(days=7), [], None, "王", "k", "h")
RED = Decided("admitted", "red", [], "d2", "k2", "h2", "upload_only", 7)


def survey(outcome: str, *events: AnyEvent) -> Survey:
    return rebuild(journal(Decided(outcome, "black", [], "d", "k", "h"), *events))


def asking(value: Survey, after: timedelta = timedelta(hours=1)) -> str | None:
    refused = may_ask(value, T0 + after)
    return refused.code if refused else None


def answering(value: Survey, officer: str = "周") -> str | None:
    refused = may_answer(value, officer)
    return refused.code if refused else None


def test_who_may_ask() -> None:
    assert asking(survey("on_site")) is None
    assert asking(survey("refused")) is None
    assert asking(survey("admitted")) == "nothing_against"
    assert asking(survey("admitted", Referred("officer", "x", None, "周"))) == "nothing_against", "a person did that"
    assert asking(survey("on_site", ASKED)) == "asked_already"
    assert asking(survey("on_site"), timedelta(days=61)) == "too_late"


def test_who_may_answer() -> None:
    assert answering(survey("on_site")) == "nobody_asked"
    assert answering(survey("on_site", ASKED)) is None
    assert answering(survey("on_site", ASKED), " 王") == "own_case"
    assert answering(survey("on_site", ASKED, DecisionUpheld("周", "x", "k", "h")), "何") == "decided"


def test_what_a_person_decided_holds_and_the_gates_own_stays_beside_it() -> None:
    value = survey("refused", ASKED, Overruled(RED, "record_lifted", "证明 3 号", "周", "已撤销"), *PEOPLE)
    assert (value.state, value.mode, value.open) == ("admitted", "upload_only", True)
    assert value.admission == RED
    assert value.decision is not None
    assert value.decision.outcome == "refused", "visible for ever"
    lifted = survey(
        "refused", ASKED, RefusalLifted(Decided("on_site", "blue", [], "d", "k", "h"), "other_subject", "x", "周", "x")
    )
    assert (lifted.state, lifted.open) == ("on_site", False)


@pytest.mark.parametrize(
    "events",
    [
        (DecisionUpheld("周", "x", "k", "h"),),
        (ASKED, ASKED),
        (ASKED, DecisionUpheld("周", "x", "k", "h"), DecisionUpheld("何", "x", "k", "h")),
        (ASKED, Overruled(Decided("on_site", "red", [], "d", "k", "h"), "record_lifted", "x", "周", "x")),
    ],
)
def test_what_does_not_fit_is_out_of_order(events: tuple[AnyEvent, ...]) -> None:
    with pytest.raises(OutOfOrder):
        survey("refused", *events)
