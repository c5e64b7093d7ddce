"""A refusal as a value, and the checks that every kind of survey has in common: None is go on."""

from collections.abc import Collection

from msgspec import Struct

from survey_server.survey.life import WAITING
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Role, Text
from survey_server.wire.from_person import AcknowledgeRecord


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


def may_acknowledge(survey: Survey, person: Participant, message: AcknowledgeRecord) -> Refusal | None:
    """Only the applicant, once the record is there, and of what they were shown."""
    refused = role(person, "applicant")
    if refused is not None:
        return refused
    if survey.report is None:
        return Refusal(
            "no_record",
            Text("踏勘笔录还没有生成，请稍后再确认。", "The record is not there yet; confirm it a little later."),
        )
    there = [file.sha256 for file in survey.report.files]
    if message.reports != there or message.seal not in {one.sha256 for one in survey.seals if one.kind == "recording"}:
        return Refusal(
            "other_record",
            Text(
                "页面显示的不是当前的笔录，请刷新页面后再确认。",
                "This is not the record as it stands: reload the page.",
            ),
        )
    return None


def known_point(point: str, points: Collection[str]) -> Refusal | None:
    """Only a point of the checklist."""
    if point in points:
        return None
    return Refusal("unknown_point", Text("没有这个要点。", "There is no such checklist point."))
