"""Who may do what, when: each rule answers None (go on) or the refusal in words."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from survey_server.survey.draw_rules import draw_refusal
from survey_server.survey.draws import standing as draw_of
from survey_server.survey.events import Concluded, Signed
from survey_server.survey.life import WAITING
from survey_server.survey.material import name_of
from survey_server.survey.material_rules import material_refusal, reviews_for, with_applicant
from survey_server.survey.refusals import Refusal, concludable, consented, known_point, role
from survey_server.survey.survey import Participant, Signature, Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import ConclusionResult, Role, Text
from survey_server.wire.draws import CommitNumber, RevealNumber
from survey_server.wire.from_person import (
    AnswerPoint,
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

_LIVE = Refusal(
    "live_survey",
    Text("这次踏勘以视频进行，没有这一步。", "This survey is held by video; there is no such step in it."),
)


def refusal(survey: Survey, person: Participant, message: object, points: Collection[str]) -> Refusal | None:
    """The rule table for messages that change a survey; `points` are the item's checklist ids."""
    if isinstance(message, CommitNumber | RevealNumber):
        return draw_refusal(survey, person, message)
    if survey.mode == "upload_only":
        return material_refusal(survey, person, message, points)
    match message:
        case ExplainShot() | SubmitMaterial() | AskShot() | GiveOpinion():
            return _LIVE
        case JoinMedia():
            return _open(survey) or consented(person)
        case AskStill():
            return role(person, "reviewer", "expert") or _live(survey)
        case StillTaken():
            return role(person, "applicant") or _live(survey)
        case AnswerPoint() as answer:
            return role(person, "reviewer") or concludable(survey) or known_point(answer.point, points)
        case EndSession():
            return role(person, "reviewer", "applicant") or _begun(survey)
        case Conclude():
            return role(person, "reviewer") or _ended(survey)
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
    if survey.mode == "upload_only" and invited == "reviewer":
        return reviews_for(survey, department)
    return None


def agreed_conclusion(survey: Survey) -> tuple[ConclusionResult, list[str]] | None:
    """The result two distinct reviewers signed alike, and who they are (administrative licensing law art. 34). In an
    upload-only survey they are of two departments.
    """
    by_result: dict[ConclusionResult, list[str]] = {}
    for signature in survey.signatures.values():
        if survey.participants[signature.participant].role == "reviewer":
            by_result.setdefault(signature.result, []).append(signature.participant)
    for result, people in by_result.items():
        sides = {_side(survey, participant) for participant in people}
        if len(sides) >= 2:
            return result, sorted(people)
    return None


def _side(survey: Survey, participant: str) -> str:
    """Who a reviewer signs for: themselves, or in an upload-only survey their department."""
    of = survey.participants[participant].department
    return name_of(of) if survey.mode == "upload_only" and of is not None else participant


def signing(survey: Survey, signed: Signed, at: datetime) -> list[Signed | Concluded]:
    """What a signature leads to: itself, and the conclusion if it makes two reviewers agree.

    Nothing if it stands already or the survey is not to be concluded now.
    """
    standing = survey.signatures.get(signed.participant)
    if survey.mode == "upload_only" and (
        not survey.material.opened or (signed.result == "pass" and survey.material.with_applicant)
    ):
        return []
    if survey.state != "ended" or (standing and (standing.result, standing.reason) == (signed.result, signed.reason)):
        return []
    mine = Signature(signed.participant, signed.result, signed.reason, at)
    agreed = agreed_conclusion(replace(survey, signatures={**survey.signatures, signed.participant: mine}))
    return [signed] if agreed is None else [signed, Concluded(*agreed)]


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


def _ended(survey: Survey) -> Refusal | None:
    if survey.state == "ended":
        return None
    return Refusal(
        "not_ended",
        Text("请先结束踏勘，再签署结论。", "End the live session first, then sign the conclusion.")
        if survey.state != "concluded"
        else Text("案件已经办结。", "The case is already concluded."),
    )
