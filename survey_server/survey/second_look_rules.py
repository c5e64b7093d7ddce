"""Who may ask for a person and who may answer, when: each rule answers None (go on) or the refusal in words."""

from datetime import datetime

from credit_gate.feedback.feedback import same_person
from survey_server.survey.life_rules import LIMITS, Limits
from survey_server.survey.refusals import Refusal
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text


def may_ask(survey: Survey, now: datetime, limits: Limits = LIMITS) -> Refusal | None:
    """The subject of a decision against the remote way that no person has made yet, within `limits.ask_person`."""
    decision = survey.decision
    if decision is None or decision.outcome == "admitted" or survey.closing is not None:
        return Refusal(
            "nothing_against",
            Text(
                "系统没有作出对这次申请不利的决定，不需要人工复核。",
                "The system decided nothing against this application; there is nothing to look at again.",
            ),
        )
    if survey.second_look is not None:
        return Refusal(
            "asked_already",
            Text(
                "这个决定已经申请过人工复核；如仍不服，可依法申请行政复议或提起行政诉讼。",
                "A person was asked about this decision already; reconsideration and the courts are open.",
            ),
        )
    if now > survey.created_at + limits.ask_person:
        return Refusal(
            "too_late",
            Text(
                "已超过 60 日，不能再申请人工复核；可以重新申请。",
                "The 60 days in which you could ask are over; you can apply anew.",
            ),
        )
    return None


def may_answer(survey: Survey, officer: str) -> Refusal | None:
    """An officer who takes no part in the survey, once, after somebody asked."""
    look = survey.second_look
    if look is None:
        return Refusal("nobody_asked", Text("没有人申请人工复核。", "Nobody asked for a person here."))
    if look.answer is not None:
        by = look.answer.officer
        return Refusal("decided", Text(f"{by} 已经答复。", f"{by} has answered this already."))
    if same_person(officer, [look.asked.name, *(person.name for person in survey.participants.values())]):
        return Refusal(
            "own_case",
            Text("须由与本案无关的经办人员复核。", "An officer who has no part in the case looks at it."),
        )
    return None
