"""A refusal as a value, and the checks that every kind of survey has in common: None is go on."""

from collections.abc import Collection

from msgspec import Struct

from survey_server.survey.life import WAITING
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Role, Text


class Refusal(Struct, frozen=True):
    """Why a message is not carried out; `code` is stable, the text is for people."""

    code: str
    text: Text


WRONG_ROLE = "wrong_role"


def role(person: Participant, *roles: Role) -> Refusal | None:
    """Only these roles."""
    if person.role in roles:
        return None
    return Refusal(
        WRONG_ROLE,
        Text("您的身份不能进行这项操作。", "Your role in this survey cannot do this."),
    )


def consented(person: Participant) -> Refusal | None:
    """Only who agreed to the notice."""
    if person.consented:
        return None
    return Refusal(
        "consent_needed",
        Text("请先阅读并同意录制告知，再继续。", "Please read and agree to the recording notice first."),
    )


def concludable(survey: Survey) -> Refusal | None:
    """Only until the case is concluded."""
    if survey.state in (*WAITING, "in_session", "ended"):
        return None
    return Refusal("closed", Text("案件已经办结，不能再补充。", "The case is concluded; nothing can be added here."))


def known_point(point: str, points: Collection[str]) -> Refusal | None:
    """Only a point of the checklist."""
    if point in points:
        return None
    return Refusal("unknown_point", Text("没有这个要点。", "There is no such checklist point."))
