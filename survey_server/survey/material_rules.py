"""Who may do what, when, in a survey that is held by photos alone (`survey.material`)."""

from collections.abc import Collection

from survey_server.survey.concluding import may_conclude, own_point, own_points, unanswered
from survey_server.survey.material import name_of
from survey_server.survey.refusals import Refusal, concludable, consented, known_point, may_acknowledge, role
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import Text
from survey_server.wire.from_person import (
    AcknowledgeRecord,
    AnswerPoint,
    AskQuestion,
    AskShot,
    AskStill,
    Conclude,
    DeviceTurned,
    EndSession,
    ExplainShot,
    GiveOpinion,
    Interrupted,
    JoinMedia,
    Mute,
    SdpAnswer,
    StillTaken,
    SubmitMaterial,
)

_NO_CALL = Refusal(
    "no_call",
    Text("这次踏勘只上传照片，没有通话。", "This survey is held by photos alone; there is no call."),
)


def material_refusal(survey: Survey, person: Participant, message: object, points: Collection[str]) -> Refusal | None:
    """The same table for a survey that is held by photos alone."""
    match message:
        case (
            JoinMedia()
            | SdpAnswer()
            | Mute()
            | Interrupted()
            | DeviceTurned()
            | AskStill()
            | AskQuestion()
            | StillTaken()
            | EndSession()
        ):
            return _NO_CALL
        case ExplainShot(point, reason):
            mine = role(person, "applicant") or consented(person) or concludable(survey) or with_applicant(survey)
            return mine or known_point(point, points) or _said(reason)
        case SubmitMaterial():
            mine = role(person, "applicant") or consented(person) or concludable(survey) or with_applicant(survey)
            return mine or _complete(survey)
        case AnswerPoint(point):
            refused = _reviewing(survey, person) or _separate(survey) or known_point(point, points)
            return refused or own_point(survey, person, point)
        case AskShot(point, reason):
            return _reviewing(survey, person) or known_point(point, points) or _said(reason)
        case GiveOpinion(value, reason):
            refused = _reviewing(survey, person) or _separate(survey) or _all_answered(survey, person)
            return refused or (_settled(survey) if value == "approve" else _said(reason))
        case Conclude(result):
            refused = _reviewing(survey, person) or _opened(survey) or may_conclude(survey, person, message)
            return refused or (_settled(survey) if result == "pass" else None)
        case AcknowledgeRecord() as read:
            return may_acknowledge(survey, person, read)
        case _:
            return None


def said_before(survey: Survey, person: Participant, message: object) -> bool:
    """Does it stand already? A page that lost its line says again what it does not know to have arrived."""
    if survey.mode != "upload_only":
        return False
    material = survey.material
    review = material.review(person.department) if person.department is not None else None
    match message:
        case SubmitMaterial():
            return person.role == "applicant" and survey.state == "ended" and not material.with_applicant
        case ExplainShot(point, reason):
            known = material.explanations.get(point)
            return known is not None and known.reason == reason.strip() and point not in survey.lacking
        case AskShot(point, reason):
            return (point, person.id, reason.strip()) in {
                (one.point, one.by, one.reason) for one in material.open_shots
            }
        case AnswerPoint(point, value, note):
            answer = review.answers.get(point) if review is not None else None
            return answer is not None and (answer.by, answer.value, answer.note) == (person.id, value, note)
        case GiveOpinion(value, reason):
            opinion = review.opinion if review is not None and material.counts(review) else None
            return opinion is not None and (opinion.by, opinion.value, opinion.reason) == (
                person.id, value, reason.strip()
            )  # fmt: skip
        case _:
            return False


def with_applicant(survey: Survey) -> Refusal | None:
    """Only while the material is the applicant's to change."""
    if survey.material.with_applicant:
        return None
    return Refusal(
        "submitted",
        Text(
            "资料已经提交。审查员要求补拍时，可以再上传。",
            "Your material is submitted. When a reviewer asks for another photo, you can add it here.",
        ),
    )


def _complete(survey: Survey) -> Refusal | None:
    titles = [point.title for point in survey.application.item.view.points if point.id in survey.lacking]
    if not titles:
        return None
    zh, en = "、".join(title.zh for title in titles), "; ".join(title.en for title in titles)
    return Refusal(
        "incomplete",
        Text(
            f"还缺：{zh}。请拍照（不可采用的请重拍），或说明为什么拍不了。",
            f"Still missing: {en}. Take a photo (another one where it can't be used), or say why it can't be shown.",
        ),
    )


def _said(reason: str) -> Refusal | None:
    if reason.strip():
        return None
    return Refusal("no_reason", Text("请写明原因。", "Please give a reason."))


def _reviewing(survey: Survey, person: Participant) -> Refusal | None:
    """A reviewer of a department, once the material is in and until the case is concluded."""
    refused = role(person, "reviewer") or concludable(survey)
    if refused is not None:
        return refused
    if person.department is None:
        return Refusal(
            "no_department",
            Text("您的邀请没有写明部门，请联系工作人员。", "Your invitation names no department; ask who sent it."),
        )
    if survey.state == "ended":
        return None
    return Refusal(
        "not_submitted",
        Text("申请人还没有提交资料。", "The applicant has not submitted the material yet."),
    )


def _separate(survey: Survey) -> Refusal | None:
    if not survey.material.opened:
        return None
    return Refusal(
        "opinions_open",
        Text(
            "各部门意见已经公开，不能再改；请共同签署结论。",
            "Every department's opinion is open and stands as it was given; sign the conclusion together.",
        ),
    )


def _all_answered(survey: Survey, person: Participant) -> Refusal | None:
    answers = survey.material.review(person.department).answers if person.department is not None else {}
    left = len(own_points(survey, person) - answers.keys())
    return unanswered(left) if left else None


def _settled(survey: Survey) -> Refusal | None:
    """Nothing passes while the applicant still owes something."""
    if not survey.material.with_applicant:
        return None
    return Refusal(
        "waiting_for_applicant",
        Text(
            "申请人还有资料没有提交，现在不能通过；可以等补交，或选择其他结果。",
            "The applicant has still to hand something in. Wait for it, or choose another result.",
        ),
    )


def _opened(survey: Survey) -> Refusal | None:
    if survey.material.opened:
        return None
    waiting = survey.material.pending(survey.departments)
    if len(survey.departments) < 2:
        return Refusal(
            "one_department",
            Text(
                "需要两个部门分别审查，请先邀请另一个部门的审查员。",
                "It takes two departments: have a reviewer of another one invited.",
            ),
        )
    zh, en = "、".join(one.zh for one in waiting), ", ".join(one.en for one in waiting)
    return Refusal(
        "opinions_missing",
        Text(f"先由各部门分别提出意见；还没有意见：{zh}。", f"Each department gives its opinion first; missing: {en}."),
    )


def reviews_for(survey: Survey, department: Department | None) -> Refusal | None:
    """May a reviewer of this department be invited?"""
    if department is None:
        return Refusal(
            "no_department",
            Text(
                "仅上传资料的踏勘由各部门分别审查，请写明审查员所属部门。",
                "In an upload-only survey each department reviews for itself: say which one the reviewer is of.",
            ),
        )
    if survey.material.opened and name_of(department) not in survey.departments:
        return Refusal(
            "opinions_open",
            Text(
                "各部门意见已经公开，不能再加入新的部门。",
                "The departments' opinions are open; no other department can join.",
            ),
        )
    return None
