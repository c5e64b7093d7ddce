"""What concludes a survey: who may sign what, and which signatures make a conclusion.

**Two distinct reviewers, or no conclusion** (administrative licensing law art. 34). In a joint inspection each
department concludes for itself, by those of its reviewers who signed, and the case's conclusion follows from theirs.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from survey_server.survey.events import Concluded, Signed
from survey_server.survey.material import name_of
from survey_server.survey.refusals import Refusal
from survey_server.survey.survey import Participant, Signature, Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import ConclusionResult, Text
from survey_server.wire.from_person import Conclude

OF_THE_CASE: tuple[ConclusionResult, ...] = ("not_pass", "refer_on_site", "rectify", "pass")
"""The case's conclusion in a joint inspection: the first of these that any department came to.

All must pass, and `refer_on_site` says that it can't be told from afar: so one that does not pass decides whatever the
others would still find, else one that must be seen on site leaves it open, else what is to be put right comes first.
"""
_NO_REASON = Refusal(
    "no_reason",
    Text("请写明理由：申请人和审计人员都会看到。", "Give the reason: the applicant and the auditors will read it."),
)
LONGEST_LIMIT = 250
"""Working days that may be given for rectification: about a year."""


class DepartmentConclusion(Struct, frozen=True):
    """How far one department of a joint inspection has come; `result` None: nobody signed, or not alike."""

    department: Department
    result: ConclusionResult | None
    signatures: tuple[Signature, ...]


def of_case(results: Collection[ConclusionResult]) -> ConclusionResult:
    """The case's conclusion from the departments' (at least one)."""
    return next(result for result in OF_THE_CASE if result in results)


def by_department(survey: Survey) -> list[DepartmentConclusion]:
    """Each department of a joint inspection with what its reviewers signed."""
    return [_of_department(survey, department) for department in survey.application.item.view.departments]


def agreed_conclusion(survey: Survey) -> Concluded | None:
    """The conclusion that the signatures make: two distinct reviewers signed alike (in an upload-only survey of two
    departments), or in a joint inspection every department concluded.
    """
    if survey.joint:
        return _joint(survey)
    alike = dict[tuple[ConclusionResult, tuple[str, ...], int | None], list[str]]()
    for one in _reviewers_signatures(survey):
        alike.setdefault((one.result, tuple(sorted(one.points)), one.days), []).append(one.participant)
    for (result, points, days), people in alike.items():
        if len({_side(survey, participant) for participant in people}) >= 2:
            return Concluded(result, sorted(people), _in_order(survey, points), days)
    return None


def signing(survey: Survey, signed: Signed, at: datetime) -> list[Signed | Concluded]:
    """What a signature leads to: itself, and the conclusion if it makes one.

    Nothing if it stands already or the survey is not to be concluded now.
    """
    standing = survey.signatures.get(signed.participant)
    mine = Signature(signed.participant, signed.result, signed.reason, at, tuple(signed.points), signed.days)
    if survey.mode == "upload_only" and (
        not survey.material.opened or (signed.result == "pass" and survey.material.with_applicant)
    ):
        return []
    if survey.opinions.pending(survey.experts_due) or signed.participant in survey.opinions.recused:
        return []
    if survey.state != "ended" or (standing and replace(standing, at=at) == mine):
        return []
    agreed = agreed_conclusion(replace(survey, signatures={**survey.signatures, signed.participant: mine}))
    return [signed] if agreed is None else [signed, agreed]


def signature_of(participant: str, said: Conclude) -> Signed:
    """The event of a conclusion; points and a limit belong to `rectify` only."""
    if said.result != "rectify":
        return Signed(participant, said.result, said.reason)
    return Signed(participant, said.result, said.reason, list(dict.fromkeys(said.points)), said.days)


def may_conclude(survey: Survey, person: Participant, said: Conclude) -> Refusal | None:
    """In every kind of survey: who signs for whom, on what, and what must be said with it.

    An adverse decision gives its reasons (administrative licensing law art. 38).
    """
    stranger = of_inspection(survey, person.department)
    if stranger is not None:
        return stranger
    own = own_points(survey, person)
    if said.result == "pass":
        left = own - survey.answers.keys() if survey.mode == "live" else set()
        return unanswered(len(left)) if left else None
    if not said.reason.strip():
        return _NO_REASON
    return _rectify_named(said, own) if said.result == "rectify" else None


def own_points(survey: Survey, person: Participant) -> set[str]:
    """The points that this reviewer's department answers: all, but in a joint inspection its own."""
    own = None if person.department is None else name_of(person.department)
    points = survey.application.item.view.points
    return {one.id for one in points if not survey.joint or one.department is None or name_of(one.department) == own}


def own_point(survey: Survey, person: Participant, point: str) -> Refusal | None:
    """In a joint inspection a point is answered by its department."""
    whose = next((one.department for one in survey.application.item.view.points if one.id == point), None)
    if whose is None or point in own_points(survey, person):
        return None
    return Refusal(
        "other_department",
        Text(
            f"这个要点由{whose.zh}审查，您可以查看结果。", f"This point is for the {whose.en}; you can read its answer."
        ),
    )


def of_inspection(survey: Survey, department: Department | None) -> Refusal | None:
    """In a joint inspection each reviewer is of one of its departments."""
    if not survey.joint or (department is not None and name_of(department) in survey.departments):
        return None
    names = survey.application.item.view.department
    return Refusal(
        "not_of_inspection",
        Text(
            f"联合检查的审查员须属于参加的部门：{names.zh}。请按这些名称写明部门。",
            f"A reviewer of a joint inspection is of one of its departments: {names.en}. Name one of them.",
        ),
    )


def unanswered(left: int) -> Refusal:
    """Points of one's own come first."""
    return Refusal(
        "unanswered",
        Text(f"还有 {left} 个要点没有结果，请先逐项填写。", f"Answer every point first; {left} still to go."),
    )


def _joint(survey: Survey) -> Concluded | None:
    concluded = by_department(survey)
    results: list[ConclusionResult] = [one.result for one in concluded if one.result is not None]
    people = sorted({signature.participant for one in concluded for signature in one.signatures})
    if len(results) < len(concluded) or len(people) < 2:
        return None
    result = of_case(results)
    if result != "rectify":
        return Concluded(result, people)
    asked = [signature for one in concluded for signature in one.signatures if signature.result == "rectify"]
    points = {point for signature in asked for point in signature.points}
    limits = [signature.days for signature in asked if signature.days is not None]
    return Concluded(result, people, _in_order(survey, points), max(limits, default=None))


def _of_department(survey: Survey, department: Department) -> DepartmentConclusion:
    signatures = tuple(
        one
        for one in _reviewers_signatures(survey)
        if (of := survey.participants[one.participant].department) is not None and name_of(of) == name_of(department)
    )
    alike = len({one.result for one in signatures}) == 1
    return DepartmentConclusion(department, signatures[0].result if alike else None, signatures)


def _reviewers_signatures(survey: Survey) -> list[Signature]:
    return [one for one in survey.signatures.values() if survey.participants[one.participant].role == "reviewer"]


def _side(survey: Survey, participant: str) -> str:
    """Who a reviewer signs for: themselves, or in an upload-only survey their department."""
    of = survey.participants[participant].department
    return name_of(of) if survey.mode == "upload_only" and of is not None else participant


def _in_order(survey: Survey, points: Collection[str]) -> list[str]:
    return [point.id for point in survey.application.item.view.points if point.id in points]


def _rectify_named(said: Conclude, own: Collection[str]) -> Refusal | None:
    if not said.points or not set(said.points) <= set(own):
        return Refusal(
            "no_points",
            Text("请在自己的要点中选出需要整改的。", "Choose which of your points are to be put right."),
        )
    if said.days is None:
        return Refusal(
            "no_limit",
            Text("请填写整改期限（工作日）。", "Give the time limit for it, in working days."),
        )
    return None
