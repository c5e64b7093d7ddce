"""Restricting a case (PIPL art. 47 para. 2), lifting that, and who still reads it: None is go on, else the refusal."""

from typing import Final

from credit_gate.feedback.feedback import same_person
from survey_server.survey.life import WAITING
from survey_server.survey.refusals import Refusal
from survey_server.survey.restriction_words import GROUNDS
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Role, Text

SHORTEST_PURPOSE: Final = 10
"""Characters, without the spaces round them."""
LONGEST_PURPOSE: Final = 200


def may_restrict(survey: Survey) -> Refusal | None:
    """In every state, not twice."""
    standing = survey.restriction
    if standing is None:
        return None
    by = standing.order.officer
    return Refusal("restricted_already", Text(f"{by} 已对本案限制处理。", f"{by} has restricted this case already."))


def may_lift(survey: Survey, officer: str) -> Refusal | None:
    """What stands, by an officer who has no part in the case."""
    if survey.restriction is None:
        return Refusal("not_restricted", Text("本案没有限制处理。", "This case is not restricted."))
    if same_person(officer, [person.name for person in survey.participants.values()]):
        return Refusal(
            "own_case",
            Text("须由与本案无关的经办人员解除。", "An officer who has no part in the case lifts it."),
        )
    return None


def may_read(survey: Survey, role: Role, purpose: str = "") -> Refusal | None:
    """A restricted case is open to its applicant and subject, to its own reviewers and experts as long as they have to
    conclude it, and to an auditor, or an officer who is to decide about it, who says what for.
    """
    standing = survey.restriction
    if standing is None or role in ("applicant", "subject"):
        return None
    if role in ("reviewer", "expert") and survey.state in (*WAITING, "in_session", "ended"):
        return None
    if role in ("auditor", "officer") and len(purpose.strip()) >= SHORTEST_PURPOSE:
        return None
    why, officer = GROUNDS[standing.order.ground], standing.order.officer
    if role in ("auditor", "officer"):
        return Refusal(
            "restricted",
            Text(
                f"限制处理：{why.zh}。查阅须写明用途（至少 {SHORTEST_PURPOSE} 个字），用途会记入案卷；"
                f"有疑问请联系 {officer}。",
                f"Restricted: {why.en}. State what you read it for ({SHORTEST_PURPOSE} characters at least); that goes "
                f"into the record. Ask {officer} about it.",
            ),
        )
    return Refusal(
        "restricted",
        Text(
            f"限制处理：{why.zh}。只存储和保护，不再提供；请联系 {officer}。",
            f"Restricted: {why.en}. It is kept and not given out; ask {officer}.",
        ),
    )
