"""Standing aside: by one's own word or the bureau's. Who was drawn is replaced by the next in the drawn order."""

import contextlib

from survey_server.db.errors import DatabaseFault
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble, not_found
from survey_server.survey.draw_events import DrawReplaced
from survey_server.survey.draw_rules import may_replace
from survey_server.survey.draws import standing
from survey_server.survey.events import AnyEvent
from survey_server.survey.panel_events import Recused
from survey_server.survey.panel_rules import may_stand_aside
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Text
from survey_server.wire.draws import ReplacementCause, ReplacementOrder
from survey_server.wire.panel import RecusalOrder


async def take_off(node: Node, survey: str, order: RecusalOrder) -> None:
    """The bureau takes a reviewer or expert off the panel. Raises Trouble in words."""
    case = await node.case(survey)
    person = case.survey.participants.get(order.participant)
    if person is None:
        raise not_found(Text("这次踏勘没有这个人。", "There is no such person in this survey."))
    refused = may_stand_aside(case.survey, person)
    if refused is not None:
        raise Trouble(409, refused.code, Text("不能退出", "They can't be taken off"), refused.text)
    await stand_aside(node, case, Recused(person.id, order.cause, order.reason.strip(), order.officer.strip()))


async def stand_aside(node: Node, case: Case, recused: Recused) -> None:
    """Put it on record, with the seat that becomes free; their sound and picture end. Said twice it is said once."""
    person = case.survey.participants[recused.participant]

    def events(value: Survey) -> list[AnyEvent]:
        if may_stand_aside(value, person) is not None:
            return []
        return [recused, *_seat_freed(value, person, recused)]

    if await case.decide(events):
        live = node.live.get(case.id)
        if live is not None:
            with contextlib.suppress(DatabaseFault):  # their media are closed all the same
                await live.dismiss(person.id)


def _seat_freed(survey: Survey, person: Participant, recused: Recused) -> list[DrawReplaced]:
    """The next of the drawn order has the seat, if they were drawn and somebody is left."""
    draw = next((draw for draw in survey.draws if draw.drawn is not None and draw.role == person.role), None)
    if person.drawn is None or draw is None or standing(survey.draws, draw.role) is not draw:
        return []
    cause: ReplacementCause = "no_show" if recused.cause == "no_opinion" else recused.cause
    order = ReplacementOrder(person.drawn, cause, recused.reason)
    if may_replace(survey, draw, order) is not None:
        return []
    return [DrawReplaced(draw.number, person.drawn, cause, recused.reason)]
