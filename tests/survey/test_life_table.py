"""Every event in every state of both kinds of survey: what the table below does not name is refused.

The table is written by hand from the rules of the house (GOVERNANCE.md) and read by nobody else.
"""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from survey_server.survey import events as e
from survey_server.survey.draw_events import Candidate, Proof
from survey_server.survey.draws import after
from survey_server.survey.life import LIFE, diagram
from survey_server.survey.restriction import Restriction
from survey_server.survey.restriction_events import Restricted, RestrictionLifted
from survey_server.survey.second_look import SecondLook
from survey_server.survey.step import OutOfOrder, rebuild, step
from survey_server.survey.survey import Appeal, Appointment, Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import Mode, SurveyState
from survey_server.wire.photos import Finding
from tests.survey.test_life import PEOPLE, T0, journal

TABLE = {
    "live": """
        Invited            admitted scheduled in_session
        Scheduled          admitted>scheduled scheduled
        Missed             scheduled>admitted
        Referred           admitted>on_site scheduled>on_site
        Cancelled          admitted>cancelled scheduled>cancelled
        Started            admitted>in_session scheduled>in_session
        MediaConnected     in_session
        StillAsked         in_session
        QuestionAsked      in_session
        PhotoReceived      admitted scheduled in_session ended
        VideoReceived      admitted scheduled in_session ended
        PointAnswered      admitted scheduled in_session ended
        DrawOpened         admitted scheduled in_session
        NumberCommitted    admitted scheduled in_session ended
        DrawCovered        admitted scheduled in_session ended
        DrawSeeded         admitted scheduled in_session ended
        NumberRevealed     admitted scheduled in_session ended
        Drawn              admitted scheduled in_session ended
        DrawLapsed         admitted scheduled in_session ended
        DrawRefused        admitted scheduled in_session ended
        DrawReplaced       admitted scheduled in_session
        Recused            admitted scheduled in_session ended
        ErrandGiven        admitted scheduled in_session ended
        ExpertOpinion      ended
        Ended              in_session>ended
        Signed             ended
        Concluded          ended>concluded
        Reported           concluded appealed
        ReportFailed       concluded appealed
        Acknowledged       concluded appealed
        Rated              ended concluded appealed
        Appealed           concluded>appealed
        AppealDecided      appealed>concluded
        ReSurveyed         concluded
        LocksExtended      concluded appealed on_site cancelled
        ShotExplained      -
        MaterialSubmitted  -
        ShotAsked          -
        OpinionGiven       -
        PersonAsked        on_site refused
        DecisionUpheld     on_site refused
        Overruled          on_site>admitted refused>admitted
        RefusalLifted      refused>on_site
        Applied            -
        Decided            -
    """,
    "upload_only": """
        Invited            admitted ended
        PhotoReceived      admitted ended
        VideoReceived      admitted ended
        ShotExplained      admitted ended
        MaterialSubmitted  admitted>ended ended
        DrawOpened         admitted ended
        NumberCommitted    admitted ended
        DrawCovered        admitted ended
        DrawSeeded         admitted ended
        NumberRevealed     admitted ended
        Drawn              admitted ended
        DrawLapsed         admitted ended
        DrawRefused        admitted ended
        DrawReplaced       admitted ended
        Recused            admitted ended
        ErrandGiven        admitted ended
        ExpertOpinion      -
        Ended              admitted>ended
        PointAnswered      ended
        ShotAsked          ended
        OpinionGiven       ended
        Referred           admitted>on_site
        Cancelled          admitted>cancelled
        Signed             ended
        Concluded          ended>concluded
        Reported           concluded appealed
        ReportFailed       concluded appealed
        Acknowledged       concluded appealed
        Rated              ended concluded appealed
        Appealed           concluded>appealed
        AppealDecided      appealed>concluded
        ReSurveyed         concluded
        LocksExtended      concluded appealed on_site cancelled
        Scheduled          -
        Missed             -
        Started            -
        MediaConnected     -
        MediaLost          -
        Muted              -
        Interrupted        -
        DeviceTurned       -
        StillAsked         -
        QuestionAsked      -
        StillCommitted     -
        PersonAsked        on_site refused
        DecisionUpheld     on_site refused
        Overruled          on_site>admitted refused>admitted
        RefusalLifted      refused>on_site
        Applied            -
        Decided            -
    """,
}
"""Event, and the states it may come in; `a>b` moves the survey. What is not named may come in every state."""

DEPARTMENTS = {"p2": Department("甲", "A"), "p3": Department("乙", "B")}
LATER = T0 + timedelta(hours=1)
PROOF = Proof(0, [])
DRAW: list[e.AnyEvent] = [
    e.DrawOpened(1, "expert", 1, [Candidate("A", "甲", "x"), Candidate("B", "乙", "x")], [], "00" * 32, LATER),
    e.NumberCommitted(1, "p1", "h", "k"),
    e.DrawCovered(1, "k", "h", "n", PROOF),
    e.DrawSeeded(1, "k", "h", "n", "l", PROOF, PROOF),
    e.NumberRevealed(1, "p1", "00" * 32, "s"),
    e.Drawn(1, ["B", "A"], "k", "h"),
]
"""A draw as it goes."""
PERSON_ASKED = e.PersonAsked("x", LATER, [], None, "王", "k", "h")
RESTRICTED = Restricted("周", "minors", "x")
EVENTS: list[e.AnyEvent] = [
    e.Applied("TK-2", journal()[0].event.item, "ref", "x", journal()[0].event.site, journal()[0].event.window),
    e.Decided("admitted", "red", [], "d", "k", "h"),
    e.Invited("p9", "expert", "x"),
    e.Scheduled(1, LATER, LATER, "p2"),
    e.Missed(1, "applicant", "p2"),
    e.Referred("officer", "x", None, "y"),
    e.Cancelled("x", "p1"),
    e.LinkOpened("p1"),
    e.Joined("p1", 0, ""),
    e.Left("p1", "closed"),
    e.Consented("p1", "1"),
    e.DeviceChecked("p1", "ok", "ok", "ok"),
    e.Started(),
    e.MediaConnected("p1"),
    e.MediaLost("p1"),
    e.Muted("p1", "audio", True),
    e.Interrupted("p1", "hidden", False),
    e.DeviceTurned("p1", "user", "portrait"),
    e.Condensed("p1", "muted", 3, 1.0),
    e.StillAsked("p2", "n", "", LATER),
    e.QuestionAsked("p2", "x"),
    e.StillCommitted("p1", "n", "h", 1, None, None, "ok"),
    e.PhotoReceived("2", "p1", "x", "upload", "k", "h", 1, "image/jpeg", None, None, None),
    e.PhotoChecked("1", "accepted", [Finding("x", "pass", e.Text("x", "x"))], {}, "k", "h"),
    e.VideoReceived("2", "p1", "x", "h", 1, "video/mp4", None, None),
    e.VideoKept("1", 1, "k", "h"),
    e.VideoChecked("1", "accepted", [], {}, "k", "h"),
    e.PointAnswered("p2", "frontage", "ok", ""),
    e.ShotExplained("p1", "frontage", "x"),
    e.MaterialSubmitted("p1"),
    e.ShotAsked("p2", "frontage", "x"),
    e.OpinionGiven("p2", "approve", ""),
    *DRAW,
    e.DrawLapsed(1, "no_number"),
    e.DrawRefused(1, "expert"),
    e.DrawReplaced(1, "A", "no_show", "x"),
    e.Recused("p2", "conflict", "x"),
    e.ExpertOpinion("p4", "approve", ""),
    e.ErrandGiven("p2", 1, "n", "k", "h", T0, LATER),
    e.Ended(None, "idle"),
    e.Signed("p2", "pass", ""),
    e.Concluded("pass", ["p2", "p3"]),
    e.Reported(9, [e.ReportFile("zh", "k", "h", 1)]),
    e.ReportFailed("x"),
    e.Acknowledged("p1", "pass", ["h"], "h"),
    e.Rated("p1", 5, ""),
    e.Appealed("p1", "x"),
    e.AppealDecided("stands", "x", "y"),
    e.Sealed(1, "recording", "k", "h"),
    e.LocksExtended(LATER),
    e.LocksRenewed(LATER, 1, 0),
    e.LocksEnding(LATER),
    e.ServerRestarted(),
    e.Replayed("eve"),
    e.Exported("eve", "h"),
    e.ReSurveyed("s2", "TK-2"),
    PERSON_ASKED,
    e.DecisionUpheld("周", "x", "k", "h"),
    e.Overruled(e.Decided("admitted", "red", [], "d", "k", "h"), "record_lifted", "x", "周", "x"),
    e.RefusalLifted(e.Decided("on_site", "red", [], "d", "k", "h"), "record_lifted", "x", "周", "x"),
    RESTRICTED,
    RestrictionLifted("何", "x"),
]


def test_no_event_is_forgotten() -> None:
    assert sorted(type(one).__name__ for one in EVENTS) == sorted(one.__name__ for one in get_args(e.AnyEvent))
    assert all(len(one) > 0 for mode in LIFE.values() for one in mode.values())


def in_state(mode: Mode, state: SurveyState, event: e.AnyEvent) -> Survey:
    """A survey in this state which has everything the event could need beside it."""
    people = PEOPLE if mode == "live" else [replace(one, department=DEPARTMENTS.get(one.participant)) for one in PEOPLE]
    photo = e.PhotoReceived("1", "p1", "x", "upload", "k", "h", 1, "image/jpeg", None, None, None)
    video = e.VideoReceived("1", "p1", "x", "h", 1, "video/mp4", None, None)
    survey = rebuild(journal(e.Decided("admitted", "red", [], "d", "k", "h", mode), *people, photo, video))
    points = [point.id for point in survey.application.item.view.points]
    for point in points if mode == "upload_only" else ():
        survey, _ = step(survey, e.Entry("s1", survey.seq + 1, T0, e.ShotExplained("p1", point, "x")))
    material = survey.material
    if isinstance(event, e.Missed):
        survey = replace(survey, appointments=(Appointment(1, LATER, LATER, "p2", T0),))
    if isinstance(event, e.AppealDecided):
        survey = replace(survey, appeal=Appeal("x", T0))
    if isinstance(event, e.DecisionUpheld | e.Overruled | e.RefusalLifted):
        survey = replace(survey, second_look=SecondLook(PERSON_ASKED, T0))
    if isinstance(event, RestrictionLifted):
        survey = replace(survey, restriction=Restriction(RESTRICTED, T0))
    if isinstance(event, e.ExpertOpinion):
        survey, _ = step(survey, e.Entry("s1", survey.seq + 1, T0, e.Consented("p4", "1")))
    for before in drawn_before(event):
        survey = replace(survey, draws=after(survey.draws, before, T0))
    if mode == "upload_only" and isinstance(event, e.Concluded):
        material = replace(material, opened=True)
    if mode == "upload_only" and isinstance(event, e.ShotAsked | e.OpinionGiven | e.PointAnswered):
        material = material.submitted(T0)
    return replace(survey, state=state, material=material)


def drawn_before(event: e.AnyEvent) -> list[e.AnyEvent]:
    """As much of a draw as must have happened for this to come."""
    if event in DRAW:
        return DRAW[: DRAW.index(event)]
    if isinstance(event, e.DrawReplaced):
        return [*DRAW[:-1], e.Drawn(1, ["A", "B"], "k", "h")]
    return DRAW[:1] if isinstance(event, e.DrawLapsed | e.DrawRefused) else []


def expected(mode: Mode, event: str, state: SurveyState) -> SurveyState | None:
    for line in TABLE[mode].strip().splitlines():
        name, *moves = line.split()
        if name == event:
            return next((move.split(">")[-1] for move in moves if move.split(">")[0] == state), None)
    return state


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("state", get_args(SurveyState))
def test_every_event_in_this_state(mode: Mode, state: SurveyState) -> None:
    wrong = []
    for event in EVENTS:
        survey, wanted = in_state(mode, state, event), expected(mode, type(event).__name__, state)
        try:
            became = step(survey, e.Entry("s1", survey.seq + 1, T0, event))[0].state
        except OutOfOrder:
            became = None
        if became != wanted:
            wrong.append(f"{type(event).__name__}: {became}, not {wanted}")
    assert wrong == []


def test_the_architectures_diagram_is_the_table() -> None:
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text()
    for mode in get_args(Mode):
        assert f"```mermaid\n{diagram(mode)}\n```" in text, f"paste the output of: takan life --mode {mode}"
