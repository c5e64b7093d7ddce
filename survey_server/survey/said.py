"""What a person's message puts on record where nothing but the survey decides it. Pure; `rules` has let it pass."""

from collections.abc import Sequence
from typing import assert_never

from survey_server.survey.events import (
    Acknowledged,
    AnyEvent,
    Consented,
    Ended,
    MaterialSubmitted,
    OpinionGiven,
    PointAnswered,
    QuestionAsked,
    ShotAsked,
    ShotExplained,
)
from survey_server.survey.panel_events import ExpertOpinion
from survey_server.survey.survey import Survey
from survey_server.wire.from_person import (
    AcknowledgeRecord,
    AnswerPoint,
    AskQuestion,
    AskShot,
    Consent,
    EndSession,
    ExplainShot,
    GiveOpinion,
    SubmitMaterial,
)

Said = (
    Consent
    | AskQuestion
    | AnswerPoint
    | ExplainShot
    | SubmitMaterial
    | AskShot
    | GiveOpinion
    | EndSession
    | AcknowledgeRecord
)
"""Messages that are put on record as they are."""


def recorded(survey: Survey, me: str, message: Said) -> Sequence[AnyEvent]:  # noqa: C901 - one arm for each message
    """The events of this participant's message for the survey as it stands; none where it changes nothing."""
    match message:
        case Consent(notice):
            return () if survey.participants[me].consented else (Consented(me, notice),)
        case AskQuestion(text, point):
            return (QuestionAsked(me, text.strip(), point, point is None),)
        case AnswerPoint(point, value, note):
            return (PointAnswered(me, point, value, note),)
        case ExplainShot(point, reason):
            return (ShotExplained(me, point, reason.strip()),)
        case SubmitMaterial():
            return (MaterialSubmitted(me),)
        case AskShot(point, reason):
            return (ShotAsked(me, point, reason.strip()),)
        case GiveOpinion(value, reason):
            opinion = ExpertOpinion if survey.mode == "live" else OpinionGiven
            return (opinion(me, value, reason.strip()),)
        case EndSession():
            by = "applicant" if survey.participants[me].role == "applicant" else "reviewer"
            return (Ended(me, by),) if survey.state == "in_session" else ()
        case AcknowledgeRecord(reports, seal):
            if survey.conclusion is None or survey.acknowledged is not None:
                return ()
            return (Acknowledged(me, survey.conclusion, reports, seal),)
        case _:
            assert_never(message)
