"""An upload-only survey that its applicant does not go on with. What a call measures in minutes is days here."""

import asyncio
import logging
from datetime import timedelta
from functools import partial

from survey_server.db.errors import DatabaseFault
from survey_server.flows.node import Node
from survey_server.survey.events import Ended
from survey_server.survey.locks import last_act

_log = logging.getLogger(__name__)
_AGAIN_S = 600.0
_LONGEST_S = 86_400.0


async def watch_material(node: Node, survey: str) -> None:
    """Close the collecting of a survey that nobody went on with for `material_days`, so that what is there is sealed
    and reviewed. The applicant may still hand in what is missing.
    """
    while True:
        try:
            left_s = await _left_s(node, survey)
        except DatabaseFault as fault:
            _log.warning("%s: %s", survey, fault)
            left_s = _AGAIN_S
        if left_s is None:
            return
        if left_s <= 0:
            node.persist(f"end of {survey}", partial(_close, node, survey))
            return
        await asyncio.sleep(min(left_s, _LONGEST_S))


async def _left_s(node: Node, survey: str) -> float | None:
    """Seconds until it is closed; None where there is nothing to close. The case does not stay in memory for it."""
    value = (await node.case(survey)).survey
    if value.mode != "upload_only" or value.state != "admitted":
        return None
    acted = last_act(await node.journal.read(survey))
    return (acted + timedelta(days=node.settings.material_days) - node.clock()).total_seconds()


async def _close(node: Node, survey: str) -> None:
    case = await node.case(survey)
    await case.record(Ended(None, "idle"), unless=lambda value: value.state != "admitted")
