"""What a subject sees of itself: every decision of the gate, whatever its outcome, with what it rested on, what became
of it, who looked, and what can be done about it until when.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from credit_gate.working_days import CHINA, Calendar, Due, day_of
from survey_server.flows.feedback_views import feedback_view
from survey_server.flows.invitation import Visitor
from survey_server.flows.life import life_view
from survey_server.flows.node import Node
from survey_server.flows.reminding import terms
from survey_server.flows.second_look import ask
from survey_server.flows.subjects import subject_behind
from survey_server.flows.trouble import not_found
from survey_server.survey.chronicle import sentence
from survey_server.survey.decision_events import DecisionUpheld, Overruled, RefusalLifted
from survey_server.survey.events import Entry, Exported, Replayed
from survey_server.survey.life_rules import LIMITS
from survey_server.survey.restriction_words import GROUNDS
from survey_server.survey.second_look_rules import may_ask
from survey_server.survey.second_look_words import ground_words
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text
from survey_server.wire.feedback import DueView
from survey_server.wire.own import (
    AskedView,
    CountedView,
    LookView,
    OwnDecisionView,
    OwnView,
    SecondLookView,
    WayView,
)

_WHOSE = {
    "enterprise": Text("企业自身", "the enterprise's own"),
    "representative": Text("法定代表人（经授权）", "the legal representative's, by authorisation"),
    "person": Text("本人", "the person's own"),
}
_ASK = Text("可以要求由人工复核这个决定。", "You may ask that a person look at this decision.")
_APPEAL = Text("可以对结论提出申诉，由没有参加本案的人员处理。", "You may appeal; somebody who took no part decides.")
_REPAIR = Text(
    "信用修复：改正后一次提交全部记录；准予修复立即生效。",
    "Credit repair: put things right, then apply for all records at once; what is repaired counts no more.",
)
_OBJECT = Text("记录有误的，可向其认定单位提出异议。", "If a record is wrong, object to the authority that made it.")


async def own_view(node: Node, who: Visitor) -> OwnView:
    """Everything about the subject behind this link."""
    reference, name = await subject_behind(node, who)
    decisions = [await _of_survey(node, one, as_officer=False) for one in await node.journal.of_subject(reference)]
    found = [one for one in await node.feedbacks.of_subject(reference) if one.notified is not None]
    shown = [await feedback_view(node, one, "subject") for one in reversed(found)]
    if who.role != "subject":
        shown = [msgspec.structs.replace(one, open=[]) for one in shown]
    return OwnView(name, [one for one in decisions if one is not None], shown)


async def ask_person(node: Node, who: Visitor, survey: str, words: str) -> OwnView:
    """The subject asks for a person about this decision. Raises a 404 in words where it is not about them."""
    reference, _ = await subject_behind(node, who)
    case = await node.case(survey)
    if case.survey.application.subject != reference:
        raise not_found(Text("没有这次踏勘。", "There is no such survey."))
    participant = who.participant if who.survey == survey else None
    await ask(node, case, participant, who.name, words)
    return await own_view(node, who)


async def asked_views(node: Node) -> list[AskedView]:
    """Every application about whose decision a person was asked; those that wait come first, the oldest on top."""
    return sorted([await asked_view(node, one) for one in await node.journal.asked()], key=_waiting_first)


async def appeal_views(node: Node) -> list[AskedView]:
    """Every application with an appeal; those that wait come first, the oldest on top."""
    return sorted([await asked_view(node, one) for one in await node.journal.appealed()], key=_undecided_first)


def unrestricted(views: Sequence[AskedView]) -> list[AskedView]:
    """What an auditor sees of them in a list, where nobody says what for."""
    return [one for one in views if one.decision.restricted is None]


async def asked_view(node: Node, survey: str) -> AskedView:
    """One of them."""
    decision = await _of_survey(node, survey, as_officer=True)
    if decision is None:
        raise not_found(Text("没有这次踏勘。", "There is no such survey."))
    return AskedView((await node.case(survey)).survey.application.subject_name, decision)


def _waiting_first(view: AskedView) -> tuple[bool, float]:
    look = view.decision.second_look
    assert look is not None  # somebody asked
    return _place(look.asked_at, waits=look.result is None)


def _undecided_first(view: AskedView) -> tuple[bool, float]:
    appeal = view.decision.appeal
    assert appeal is not None  # somebody appealed
    return _place(appeal.at, waits=appeal.result is None)


def _place(at: datetime, *, waits: bool) -> tuple[bool, float]:
    return not waits, at.timestamp() if waits else -at.timestamp()


async def _of_survey(node: Node, survey: str, *, as_officer: bool) -> OwnDecisionView | None:
    entries = await node.journal.read(survey)
    value = rebuild(entries)
    decision = value.decision
    if decision is None:
        return None
    weighed, life = decision.weighed, life_view(value, node.calendar, terms(node), node.clock())
    return OwnDecisionView(
        survey=survey,
        case_no=value.application.case_no,
        item=value.application.item.view.name,
        decided_at=value.created_at,
        outcome=decision.outcome,
        mode=decision.mode,
        tier=decision.tier,
        whose=None if weighed is None else _WHOSE[weighed.whose],
        source="" if weighed is None else weighed.source,
        as_of=None if weighed is None else weighed.as_of,
        reasons=decision.reasons,
        counted=[
            CountedView(one.id, one.kind, one.rule, one.until.astimezone(CHINA))
            for one in ([] if weighed is None else weighed.counted)
        ],
        policy_digest=decision.policy_digest,
        state=value.state,
        conclusion=value.conclusion,
        conclusion_reasons=list(dict.fromkeys(_reasons(value))),
        appeal=life.appeal,
        second_look=_second_look(value, node.calendar, node.clock()),
        looks=_looks(value, entries),
        restricted=value.restriction and GROUNDS[value.restriction.order.ground],
        ways=[] if as_officer else _ways(value, life.appeal_until, node.clock()),
    )


def _reasons(survey: Survey) -> list[str]:
    if survey.conclusion is None:
        return []
    return [one.reason for one in survey.signatures.values() if one.reason]


def _looks(survey: Survey, entries: Sequence[Entry]) -> list[LookView]:
    """Who looked at the recording or took the record: each is a line of its own."""
    item = survey.application.item.view
    return [
        LookView(entry.at, sentence(entry.event, survey, item))
        for entry in entries
        if isinstance(entry.event, Replayed | Exported)
    ]


def _ways(survey: Survey, appeal_until: datetime | None, now: datetime) -> list[WayView]:
    """What is open now, each with its end."""
    ways: list[WayView] = []
    if may_ask(survey, now) is None:
        ways.append(WayView("ask_person", _ASK, survey.created_at + LIMITS.ask_person))
    if appeal_until is not None and now <= appeal_until and survey.conclusion != "pass":
        ways.append(WayView("appeal", _APPEAL, appeal_until))
    decision = survey.decision
    if decision is not None and decision.weighed is not None and decision.weighed.records:
        ways += [WayView("repair", _REPAIR, None), WayView("object", _OBJECT, None)]
    return ways


def _second_look(survey: Survey, calendar: Calendar, now: datetime) -> SecondLookView | None:
    look = survey.second_look
    if look is None:
        return None
    asked, answer = look.asked, look.answer
    corrected = answer if isinstance(answer, Overruled | RefusalLifted) else None
    return SecondLookView(
        words=asked.words,
        asked_at=look.asked_at,
        by=asked.name,
        due=_due(asked.due, asked.weekends_only, calendar, now) if answer is None else None,
        result=_result(answer),
        ground=None if corrected is None else ground_words(corrected.ground),
        seen="" if corrected is None else corrected.seen,
        reason="" if answer is None else answer.reason,
        officer="" if answer is None else answer.officer,
        answered_at=look.answered_at,
    )


def _result(
    answer: DecisionUpheld | Overruled | RefusalLifted | None,
) -> Literal["upheld", "admitted", "on_site"] | None:
    match answer:
        case None:
            return None
        case DecisionUpheld():
            return "upheld"
        case Overruled():
            return "admitted"
        case RefusalLifted():
            return "on_site"


def _due(at: datetime, weekends_only: Sequence[int], calendar: Calendar, now: datetime) -> DueView:
    last = day_of(at - timedelta(microseconds=1))
    note = Due(last, at, tuple(weekends_only)).note
    left = max(0, calendar.between(now, last))
    return DueView(f"{last}", at, left, None if note is None else Text(note.zh, note.en))
