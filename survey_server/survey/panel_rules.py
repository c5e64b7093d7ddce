"""Who of a panel may do what, when: each rule answers None (go on) or the refusal in words."""

from survey_server.survey.life import leads_to
from survey_server.survey.panel_events import Recused
from survey_server.survey.refusals import Refusal, role
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import OpinionValue, Text

RECUSED = Refusal(
    "recused",
    Text("您已退出这次踏勘的审查，不能再操作。", "You have stood aside: you take no further part in this survey."),
)


def may_stand_aside(survey: Survey, person: Participant) -> Refusal | None:
    """May this person be taken off the panel, by themselves or the bureau? Once, until the conclusion."""
    refused = role(person, "reviewer", "expert")
    if refused is not None:
        return refused
    if person.id in survey.opinions.recused:
        return RECUSED
    if leads_to(survey.mode, survey.state, Recused) is None:
        return Refusal(
            "closed", Text("案件已经办结，不能再退出。", "The case is concluded; nobody can stand aside now.")
        )
    return None


def may_give_opinion(survey: Survey, person: Participant, value: OpinionValue, reason: str) -> Refusal | None:
    """An expert of a live survey, after the session, until the opinions are open."""
    refused = role(person, "expert")
    if refused is not None:
        return refused
    if survey.state != "ended":
        return Refusal(
            "not_ended",
            Text("踏勘结束后再提出意见。", "Give your opinion once the live session has ended.")
            if survey.state in ("admitted", "scheduled", "in_session")
            else Text("案件已经办结。", "The case is already concluded."),
        )
    if survey.opinions.opened:
        return Refusal(
            "opinions_open",
            Text("专家意见已经公开，不能再改。", "The experts' opinions are open and stand as they were given."),
        )
    if value != "approve" and not reason.strip():
        return Refusal("no_reason", Text("请写明原因。", "Please give a reason."))
    return None


def opinions_in(survey: Survey) -> Refusal | None:
    """The conclusion of a live survey waits for the opinions that are due."""
    waiting = [survey.participants[one].name for one in survey.opinions.pending(survey.experts_due)]
    if not waiting:
        return None
    return Refusal(
        "opinions_missing",
        Text(
            f"先由专家分别提出意见；还没有意见：{'、'.join(waiting)}。",
            f"Each expert gives an opinion first; missing: {', '.join(waiting)}.",
        ),
    )
