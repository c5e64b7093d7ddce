"""Who may do what, when: each rule answers None (go on) or the refusal in words."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from survey_server.survey.concluding import may_conclude, of_inspection, own_point
from survey_server.survey.draw_rules import draw_refusal
from survey_server.survey.draws import standing as draw_of
from survey_server.survey.life import WAITING
from survey_server.survey.material_rules import material_refusal, reviews_for, with_applicant
from survey_server.survey.panel_rules import RECUSED, may_give_opinion, may_stand_aside, opinions_in
from survey_server.survey.refusals import Refusal, concludable, consented, known_point, may_acknowledge, role
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import Role, Text
from survey_server.wire.draws import CommitNumber, RevealNumber
from survey_server.wire.from_person import (
    AcknowledgeRecord,
    AnswerPoint,
    AskQuestion,
    AskShot,
    AskStill,
    Conclude,
    EndSession,
    ExplainShot,
    GiveOpinion,
    JoinMedia,
    StillTaken,
    SubmitMaterial,
)
from survey_server.wire.panel import StandAside

_LIVE = Refusal(
    "live_survey",
    Text("这次踏勘以视频进行，没有这一步。", "This survey is held by video; there is no such step in it."),
)

_TAKING_PART = (JoinMedia, AskStill, AskQuestion, AnswerPoint, EndSession, Conclude, GiveOpinion, AskShot)
"""What nobody says who stood aside."""


_NOTHING_ASKED = Refusal("nothing_asked", Text("请写下要问的问题。", "Write down what you ask."))


def refusal(survey: Survey, person: Participant, message: object, points: Collection[str]) -> Refusal | None:
    """The rule table for messages that change a survey; `points` are the item's checklist ids."""
    if isinstance(message, CommitNumber | RevealNumber):
        return draw_refusal(survey, person, message)
    if isinstance(message, StandAside):
        return may_stand_aside(survey, person)
    if person.id in survey.opinions.recused and isinstance(message, _TAKING_PART):
        return RECUSED
    if survey.mode == "upload_only":
        return material_refusal(survey, person, message, points)
    return _live_refusal(survey, person, message, points)


def _live_refusal(survey: Survey, person: Participant, message: object, points: Collection[str]) -> Refusal | None:
    match message:
        case ExplainShot() | SubmitMaterial() | AskShot():
            return _LIVE
        case GiveOpinion(value, reason):
            return may_give_opinion(survey, person, value, reason)
        case JoinMedia():
            return _open(survey) or consented(person)
        case AskStill() | AskQuestion():
            return role(person, "reviewer", "expert") or _live(survey) or _askable(survey, message)
        case StillTaken():
            return role(person, "applicant") or _live(survey)
        case AnswerPoint(point):
            refused = role(person, "reviewer") or concludable(survey) or known_point(point, points)
            return refused or own_point(survey, person, point)
        case EndSession():
            return role(person, "reviewer", "applicant") or _begun(survey) or _attended(survey, person)
        case Conclude():
            return (
                role(person, "reviewer")
                or _ended(survey)
                or opinions_in(survey)
                or may_conclude(survey, person, message)
            )
        case AcknowledgeRecord() as read:
            return may_acknowledge(survey, person, read)
        case _:
            return None


def may_upload(survey: Survey, person: Participant) -> Refusal | None:
    """Photos come from the applicant, after consent, until the case is concluded; in an upload-only survey while the
    material is theirs.
    """
    refused = role(person, "applicant") or consented(person) or concludable(survey)
    return refused or (with_applicant(survey) if survey.mode == "upload_only" else None)


def may_show(survey: Survey, point: str | None) -> Refusal | None:
    """A photo may be tied to a point of the checklist, or to none."""
    points = {one.id for one in survey.application.item.view.points}
    return None if point is None else known_point(point, points)


def may_invite(survey: Survey, invited: Role, department: Department | None) -> Refusal | None:
    """May a person of this role and department have a link?"""
    states = ("admitted", "ended") if survey.mode == "upload_only" else (*WAITING, "in_session")
    if survey.state not in states:
        return Refusal(
            "not_admitted",
            Text(
                "这次申请没有获准远程踏勘，或踏勘已经结束。",
                "This application was not admitted to a remote survey, or its survey has ended.",
            ),
        )
    if invited == "applicant" and any(person.role == "applicant" for person in survey.participants.values()):
        return Refusal(
            "second_applicant",
            Text("一次踏勘只有一位申请人。", "A survey has one applicant; they have their link."),
        )
    if invited in ("reviewer", "expert") and draw_of(survey.draws, invited) is not None:
        return Refusal(
            "drawn_by_lot",
            Text(
                "这次踏勘的这类人员由抽签产生，请为抽中的人发链接。",
                "People of this role are drawn by lot in this survey: order the links of those who were drawn.",
            ),
        )
    if invited != "reviewer":
        return None
    stranger = of_inspection(survey, department)
    return stranger or (reviews_for(survey, department) if survey.mode == "upload_only" else None)


def _askable(survey: Survey, asked: AskStill | AskQuestion) -> Refusal | None:
    """Of a point of the checklist or of none; a question has words."""
    empty = isinstance(asked, AskQuestion) and not asked.text.strip()
    return may_show(survey, asked.point) or (_NOTHING_ASKED if empty else None)


def nonce_state(survey: Survey, nonce: str, at: datetime) -> Literal["ok", "late", "wrong"]:
    """Is this nonce good? `ok`, `late` (expired) or `wrong` (never given, or already answered)."""
    still = survey.stills.get(nonce)
    if still is None or still.committed is not None:
        return "wrong"
    return "ok" if at <= still.expires_at else "late"


def _open(survey: Survey) -> Refusal | None:
    if survey.state in (*WAITING, "in_session"):
        return None
    return Refusal("not_open", Text("这次踏勘已经结束，不能再进入通话。", "This survey has ended; the call is closed."))


def _live(survey: Survey) -> Refusal | None:
    if survey.state == "in_session":
        return None
    return Refusal("not_live", Text("现在不在通话中。", "There is no live session at the moment."))


def _begun(survey: Survey) -> Refusal | None:
    """Ending what has ended is said twice by a page that lost its connection, and harmless."""
    return _live(survey) if survey.state in WAITING else None


def _attended(survey: Survey, person: Participant) -> Refusal | None:
    """An applicant who came alone can't end for good what no reviewer has seen."""
    if person.role == "reviewer" or survey.state != "in_session" or survey.attended:
        return None
    return Refusal(
        "nobody_came",
        Text(
            "还没有审查员进入通话，踏勘还不能结束。您可以先关闭页面，之后用同一链接回来。",
            "No reviewer has been in the call yet, so the survey can't be ended. You can close this page and come back "
            "with the same link.",
        ),
    )


def _ended(survey: Survey) -> Refusal | None:
    if survey.state == "ended":
        return None
    return Refusal(
        "not_ended",
        Text("请先结束踏勘，再签署结论。", "End the live session first, then sign the conclusion.")
        if survey.state != "concluded"
        else Text("案件已经办结。", "The case is already concluded."),
    )
