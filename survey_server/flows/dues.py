"""What the calendar brings: reminders, and the end of a survey that nobody begins.

**Nothing that comes of the calendar weighs against anybody.** A survey in a call that nobody began within `begin_days`
working days is referred to a visit, in words that say so and name the way back; a reminder came before.

Each survey has a date on which to look at it next; one that gets a new journal line is looked at within half a minute.
A start looks at every survey that could owe something: what came due while the node was away is done then, but nobody
is referred before they could have been reminded. Doing it twice does no harm.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from credit_gate.feedback.life import State
from credit_gate.working_days import day_of
from survey_server.db.errors import DatabaseFault
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.reminding import remind, terms
from survey_server.survey.events import AnyEvent, Referred
from survey_server.survey.obligations import Obligation, of_feedback, of_survey
from survey_server.survey.reminders import next_at
from survey_server.survey.survey import Survey

_log = logging.getLogger(__name__)
_EVERY_S = 30.0
_AGAIN = timedelta(minutes=10)
_PERIODS = (State.NOTIFIED, State.REPAIRING)
"""Findings of false material that somebody has a period to answer in."""


async def watch_dues(node: Node) -> None:
    """Go round until cancelled."""
    known = False
    while True:
        try:
            if not known:
                for survey in await node.journal.awaited():
                    node.agenda.changed(survey)
                known = True
            await go_round(node)
            node.agenda.go_on(node.clock())
        except OSError as fault:  # the database's faults among them
            _log.warning("nobody is reminded now: %s", fault)
        except Exception:  # nothing that goes wrong here may end it for good: nobody would hear of it
            _log.exception("a round of what is due failed")
        await asyncio.sleep(_EVERY_S)


async def go_round(node: Node) -> None:
    """Do what is due now. Raises DatabaseFault; calling again goes on."""
    ripe = deque(node.agenda.ripe(node.clock()))
    try:
        while ripe:
            try:
                node.agenda.put(ripe[0], await _look(node, ripe[0]))
            except DatabaseFault:
                raise
            except Exception:  # what is wrong with one survey stops no other
                _log.exception("what is due in %s can't be done now", ripe[0])
                node.agenda.put(ripe[0], node.clock() + _AGAIN)
            ripe.popleft()
    finally:
        for survey in ripe:  # a round that was broken off
            node.agenda.changed(survey)
    for state in _PERIODS:
        for feedback in await node.feedbacks.in_state(state):
            case = await node.case(feedback.recorded.survey)
            await remind(node, case.survey, of_feedback(feedback), feedback.id)


async def _look(node: Node, survey: str) -> datetime | None:
    """Do what is due in this survey; when to look at it again if nothing happens in it."""
    case = await node.docket.case(survey)
    if case is None:
        return None
    await _let_go(node, case)
    obligations = of_survey(case.survey, node.calendar, terms(node))
    await remind(node, case.survey, obligations)
    now = node.clock()
    ends = [max(one.until, now + _AGAIN) for one in obligations if one.of == "begin" and one.until is not None]
    following = next_at(obligations, node.reminders, node.calendar, now)
    return min([*ends, *([] if following is None else [following])], default=None)


async def _let_go(node: Node, case: Case) -> None:
    """Refer a survey that nobody began in time to a visit; not while somebody is at its door."""

    def events(survey: Survey) -> Sequence[AnyEvent]:
        limit = _limit(node, survey)
        if limit is None or limit.until is None or node.clock() < limit.until:
            return ()
        if any(person.present for person in survey.participants.values()):
            return ()
        return (Referred("lapsed", why_let_go(limit.until), None),)

    if _limit(node, case.survey) is not None:
        await case.decide(events)


def _limit(node: Node, survey: Survey) -> Obligation | None:
    return next((one for one in of_survey(survey, node.calendar, terms(node)) if one.of == "begin"), None)


def why_let_go(until: datetime) -> str:
    """What the applicant reads, in both languages: the page and the approvals platform show it as it is."""
    day = day_of(until - timedelta(microseconds=1))
    return (
        f"到 {day} 没有人开始远程踏勘，已自动转为现场踏勘。申请照常办理，不影响信用；"
        "仍想远程踏勘的，可以重新申请，条件不变。\n\n"
        f"Nobody began the remote survey by {day}, so a visit takes its place. The application goes on and no credit "
        "is touched. If you would still rather be surveyed remotely, apply again: the terms are the same."
    )
