"""What the platform is told follows from the journal alone, and every told event has its message."""

from datetime import timedelta

import msgspec
import pytest

from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.events import (
    AnyEvent,
    AppealDecided,
    Appealed,
    Cancelled,
    Concluded,
    Decided,
    Ended,
    Entry,
    Invited,
    MaterialSubmitted,
    Missed,
    Referred,
    Scheduled,
    Sealed,
    ShotExplained,
    Signed,
    Started,
)
from survey_server.survey.step import rebuild
from survey_server.survey.tidings import TOLD, tiding
from survey_server.wire.admission import Department
from survey_server.wire.basics import Text
from survey_server.wire.platform import AnyTiding, CaseSealed, ReminderDue
from tests.survey.test_life import ITEM, PEOPLE, T0, journal

HELD = (
    *PEOPLE, Scheduled(1, T0, T0 + timedelta(minutes=30), None, "林"), Started(), Ended("p2", "reviewer"),
    Sealed(1, "recording", "k", "h"), Signed("p2", "pass", "齐全"), Signed("p3", "pass", ""),
    Concluded("pass", ["p2", "p3"]), Sealed(2, "case", "k2", "h2"), Appealed("p1", "不服"),
    AppealDecided("stands", "维持", "黄"),
)  # fmt: skip
POINTS = [ShotExplained("p1", point.id, "没有") for point in ITEM.view.points]
PHOTOS = (
    Invited("p1", "applicant", "王"), Invited("p2", "reviewer", "林", Department("市监", "market")), *POINTS,
    MaterialSubmitted("p1"),
)  # fmt: skip
NOT_HELD = (Scheduled(1, T0, T0 + timedelta(minutes=30), None, "林"), Missed(1, "applicant", None, "林"))


def admitted(*events: AnyEvent, mode: str = "live") -> list[Entry]:
    return journal(Decided("admitted", "red", [Text("好", "good")], "d", "k", "h", mode), *events)


def told(lines: list[Entry]) -> list[AnyTiding]:
    return [tiding(rebuild(lines[: one.seq]), one) for one in lines if type(one.event) in TOLD]


def test_every_told_event_has_its_message() -> None:
    questioned = PersonAsked("不对", T0 + timedelta(days=7), [], None, "王", "k", "h")
    redecided = Decided("admitted", "red", [Text("好", "good")], "d", "k", "h")
    journals = (
        journal(Decided("refused", "black", [], "d", "k", "h"), questioned, DecisionUpheld("周", "x", "k", "h")),
        journal(
            Decided("refused", "black", [], "d", "k", "h"),
            questioned,
            Overruled(redecided, "record_lifted", "x", "周", "x"),
        ),
        journal(
            Decided("refused", "black", [], "d", "k", "h"),
            questioned,
            RefusalLifted(Decided("on_site", "blue", [], "d", "k", "h"), "record_lifted", "x", "周", "x"),
        ),
        admitted(*HELD),
        admitted(*PHOTOS, mode="upload_only"),
        admitted(*NOT_HELD, Referred("no_show", "", None, "林")),
        admitted(Cancelled("撤回", None, "平台")),
    )
    tidings = [one for lines in journals for one in told(lines)]
    assert {type(line.event) for lines in journals for line in lines if type(line.event) in TOLD} == TOLD
    assert {type(one) for one in tidings} == set(AnyTiding.__args__) - {ReminderDue}, (
        "a reminder comes of the calendar, not of a line"
    )
    for one in tidings:
        assert msgspec.json.decode(msgspec.json.encode(one), type=AnyTiding) == one


def test_a_message_says_how_the_case_stood_then() -> None:
    by_line = {one.line: one for one in told(admitted(*HELD))}
    states = [by_line[line].state for line in sorted(by_line)]
    assert states == [
        "admitted", "scheduled", "in_session", "ended", "ended", "concluded", "concluded", "appealed", "concluded"
    ]  # fmt: skip
    concluded = next(one for one in by_line.values() if type(one).__name__ == "CaseConcluded")
    assert [(one.name, one.result, one.reason) for one in concluded.signatures] == [
        ("林", "pass", "齐全"),
        ("陈", "pass", ""),
    ]
    first = next(one for one in by_line.values() if type(one).__name__ == "CaseSealed")
    assert first.result is None, "nobody had concluded when the recording was sealed"


def test_what_nobody_is_told_of_makes_no_message() -> None:
    lines = admitted(*PEOPLE)
    with pytest.raises(ValueError, match="Invited"):
        tiding(rebuild(lines), lines[-1])


def test_a_restricted_case_is_told_of_all_the_same() -> None:
    lines = admitted(*HELD)
    seal = next(one for one in lines if isinstance(one.event, Sealed))
    made = tiding(rebuild(lines[: seal.seq]), seal, restricted=True)
    assert isinstance(made, CaseSealed)
    assert (made.restricted, made.files, made.state) == (True, [], "ended")
