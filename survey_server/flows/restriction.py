"""Restricting a case and lifting that; whoever reads a restricted case is refused, or says what for."""

import time

from survey_server.flows.allowances import LOOKS
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble, not_found, or_told
from survey_server.survey.events import Replayed
from survey_server.survey.refusals import Refusal
from survey_server.survey.restriction_events import Restricted, RestrictionLifted
from survey_server.survey.restriction_rules import may_lift, may_read, may_restrict
from survey_server.survey.restriction_words import GROUNDS
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Role, Text
from survey_server.wire.restriction import RestrictForm, RestrictionOrder, RestrictionView


async def order(node: Node, officer: str, form: RestrictionOrder) -> None:
    """Carry an officer's order out on every survey of the case, re-surveys among them. Raises Trouble in words: 404 for
    no such case, 409 for what all of it is already, or where the officer has a part in any of it.
    """
    cases = [await node.case(one) for one in await node.journal.of_case(form.case_no.strip())]
    if not cases:
        raise not_found(Text("没有这个编号的案件。", "There is no case of this number."))
    officer, reason = officer.strip(), form.reason.strip()
    restricts = isinstance(form, RestrictForm)
    event = Restricted(officer, form.ground, reason) if restricts else RestrictionLifted(officer, reason)

    def refused(survey: Survey) -> Refusal | None:
        return may_restrict(survey) if restricts else may_lift(survey, officer)

    changed = [one for one in cases if (one.survey.restriction is None) is restricts] or cases[-1:]
    for case in changed:
        or_told(refused(case.survey))
    for case in changed:
        await case.decide(lambda survey: [] if or_told(refused(survey)) else [event])


async def restriction_views(node: Node) -> list[RestrictionView]:
    """The cases that are restricted now, the newest survey first."""
    surveys = [(await node.case(one)).survey for one in await node.journal.restricted()]
    return [view for survey in surveys if (view := _view(survey)) is not None]


async def restricted_among(node: Node, surveys: set[str]) -> set[str]:
    """Which of these surveys are restricted."""
    if not surveys:
        return set()
    ever = surveys.intersection(await node.journal.restricted())
    return {one for one in ever if (await node.case(one)).survey.restriction is not None}


def check_reader(survey: Survey, role: Role, purpose: str = "") -> None:
    """Raises Trouble (403, `restricted`) in words, with whom to ask."""
    refused = may_read(survey, role, purpose)
    if refused is not None:
        raise Trouble(403, refused.code, Text("案件已限制处理", "This case is restricted"), refused.text)


async def opened(node: Node, case: Case, role: Role, name: str, purpose: str) -> None:
    """Somebody reads the case: refused in words, or what an auditor reads a restricted one for is journaled, once a
    minute at most for the same purpose.
    """
    check_reader(case.survey, role, purpose)
    if case.survey.restriction is None or role != "auditor":
        return
    if node.allowances.take((case.id, name, "restricted", purpose), LOOKS, time.monotonic()):
        await case.record(Replayed(name, purpose))


def _view(survey: Survey) -> RestrictionView | None:
    standing = survey.restriction
    if standing is None:
        return None
    ordered = standing.order
    return RestrictionView(
        survey.id,
        survey.application.case_no,
        survey.state,
        ordered.officer,
        ordered.ground,
        GROUNDS[ordered.ground],
        ordered.reason,
        standing.since,
    )
