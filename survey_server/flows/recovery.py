"""The start of a node: what an earlier run left behind is finished before anything new begins."""

import asyncio
import logging
from functools import partial

from survey_server.flows.node import Node
from survey_server.flows.photo_intake import check
from survey_server.flows.session import carry, watch_idle
from survey_server.recording import recover
from survey_server.survey.events import Concluded, ServerRestarted
from survey_server.survey.rules import agreed_conclusion
from survey_server.survey.survey import Effect

_log = logging.getLogger(__name__)


async def finish_segments(node: Node) -> None:
    """Close what a killed process left half written: every whole fragment is kept, the torn end is cut."""
    finished = await asyncio.to_thread(lambda: recover(node.store.abandoned()))
    for stored in finished:
        _log.info("recovered %s, %d bytes", stored.key, stored.size)


async def resume_cases(node: Node) -> None:
    """Take up every survey where its journal says it is.

    A survey that was in session is marked as interrupted and waits for its people; nobody coming back, it is sealed.
    """
    for survey in await node.journal.ids("admitted", "in_session", "ended", "concluded"):
        case = await node.case(survey)
        value = case.survey
        if value.state == "in_session" or any(person.present for person in value.participants.values()):
            await case.record(ServerRestarted())
        for number, photo in case.survey.photos.items():
            if photo.verdict is None:
                node.persist(f"check of photo {number}", partial(check, node, case, number))
        agreed = agreed_conclusion(value)
        if value.state == "ended" and agreed is not None:
            await case.record(Concluded(*agreed))
        kinds = {seal.kind for seal in value.seals}
        if value.state == "in_session":
            node.spawn(watch_idle(node, case))
        if value.state in ("ended", "concluded") and "recording" not in kinds:
            await carry(node, case, Effect.SEAL_RECORDING)
        if value.state == "concluded" and "case" not in kinds:
            await carry(node, case, Effect.SEAL_CASE)
