"""What a message puts on record, under the lock: once, and as the survey stands then."""

from survey_server.survey.events import Consented, Ended, OpinionGiven, Reported, Started
from survey_server.survey.panel_events import ExpertOpinion
from survey_server.survey.said import recorded
from survey_server.wire.from_person import Consent, EndSession, GiveOpinion
from tests.survey import test_material as by_photos
from tests.survey.test_acknowledgement import FILES, OVER, READ, WORD
from tests.survey.test_life import survey


def test_what_was_said_before_is_not_recorded_again() -> None:
    assert recorded(survey(Started()), "p1", Consent("n")) == (Consented("p1", "n"),)
    assert recorded(survey(Started(), Consented("p1", "n")), "p1", Consent("n")) == ()
    assert recorded(survey(*OVER, Reported(12, FILES)), "p1", READ) == (WORD,)
    assert recorded(survey(*OVER, Reported(12, FILES), WORD), "p1", READ) == ()
    assert recorded(survey(Started()), "p1", READ) == ()


def test_who_ends_a_session_and_that_it_ends_once() -> None:
    assert recorded(survey(Started()), "p1", EndSession()) == (Ended("p1", "applicant"),)
    assert recorded(survey(Started()), "p3", EndSession()) == (Ended("p3", "reviewer"),)
    assert recorded(survey(Started(), Ended("p1", "applicant")), "p3", EndSession()) == ()


def test_an_opinion_is_an_experts_in_a_call_and_a_departments_by_photos() -> None:
    said = GiveOpinion("approve", " yes ")
    assert recorded(survey(Started()), "p4", said) == (ExpertOpinion("p4", "approve", "yes"),)
    assert recorded(by_photos.survey(), "p2", said) == (OpinionGiven("p2", "approve", "yes"),)
