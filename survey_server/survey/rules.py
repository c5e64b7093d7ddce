"""Who may do what, when: each rule answers None (go on) or the refusal in words."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from survey_server.survey.events import Concluded, Signed
from survey_server.survey.survey import Participant, Signature, Survey
from survey_server.wire import (
    AnswerPoint,
    AskStill,
    Conclude,
    ConclusionResult,
    EndSession,
    JoinMedia,
    Role,
    StillTaken,
    Text,
)


class Refusal(Struct, frozen=True):
    """Why a message is not carried out; `code` is stable, the text is for people."""

    code: str
    text: Text


WRONG_ROLE = "wrong_role"


def refusal(survey: Survey, person: Participant, message: object, points: Collection[str]) -> Refusal | None:
    """The rule table for messages that change a survey; `points` are the item's checklist ids."""
    match message:
        case JoinMedia():
            return _open(survey) or _consented(person)
        case AskStill():
            return _role(person, "reviewer", "expert") or _live(survey)
        case StillTaken():
            return _role(person, "applicant") or _live(survey)
        case AnswerPoint() as answer:
            return _role(person, "reviewer") or _concludable(survey) or _known_point(answer.point, points)
        case EndSession():
            return _role(person, "reviewer", "applicant") or _begun(survey)
        case Conclude():
            return _role(person, "reviewer") or _ended(survey)
        case _:
            return None


def may_upload(survey: Survey, person: Participant) -> Refusal | None:
    """Photos come from the applicant, after consent, until the case is concluded."""
    return _role(person, "applicant") or _consented(person) or _concludable(survey)


def agreed_conclusion(survey: Survey) -> tuple[ConclusionResult, list[str]] | None:
    """The result two distinct reviewers signed alike, and who they are (administrative licensing law art. 34)."""
    by_result: dict[ConclusionResult, list[str]] = {}
    for signature in survey.signatures.values():
        if survey.participants[signature.participant].role == "reviewer":
            by_result.setdefault(signature.result, []).append(signature.participant)
    for result, people in by_result.items():
        if len(people) >= 2:
            return result, sorted(people)
    return None


def signing(survey: Survey, signed: Signed, at: datetime) -> list[Signed | Concluded]:
    """What a signature leads to: itself, and the conclusion if it makes two reviewers agree.

    Nothing if it stands already or the survey is not to be concluded now.
    """
    standing = survey.signatures.get(signed.participant)
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


def _role(person: Participant, *roles: Role) -> Refusal | None:
    if person.role in roles:
        return None
    return Refusal(
        WRONG_ROLE,
        Text("您的身份不能进行这项操作。", "Your role in this survey cannot do this."),
    )


def _consented(person: Participant) -> Refusal | None:
    if person.consented:
        return None
    return Refusal(
        "consent_needed",
        Text("请先阅读并同意录制告知，再继续。", "Please read and agree to the recording notice first."),
    )


def _open(survey: Survey) -> Refusal | None:
    if survey.state in ("admitted", "in_session"):
        return None
    return Refusal("not_open", Text("这次踏勘已经结束，不能再进入通话。", "This survey has ended; the call is closed."))


def _live(survey: Survey) -> Refusal | None:
    if survey.state == "in_session":
        return None
    return Refusal("not_live", Text("现在不在通话中。", "There is no live session at the moment."))


def _begun(survey: Survey) -> Refusal | None:
    """Ending what has ended is said twice by a page that lost its connection, and harmless."""
    return _live(survey) if survey.state == "admitted" else None


def _concludable(survey: Survey) -> Refusal | None:
    if survey.state in ("admitted", "in_session", "ended"):
        return None
    return Refusal("closed", Text("案件已经办结，不能再补充。", "The case is concluded; nothing can be added here."))


def _ended(survey: Survey) -> Refusal | None:
    if survey.state == "ended":
        return None
    return Refusal(
        "not_ended",
        Text("请先结束踏勘，再签署结论。", "End the live session first, then sign the conclusion.")
        if survey.state != "concluded"
        else Text("案件已经办结。", "The case is already concluded."),
    )


def _known_point(point: str, points: Collection[str]) -> Refusal | None:
    if point in points:
        return None
    return Refusal("unknown_point", Text("没有这个要点。", "There is no such checklist point."))
