"""The start of a node: what an earlier run left behind is finished before anything new begins."""

import asyncio
import logging

from survey_server.flows.node import Node
from survey_server.flows.photo_intake import check
from survey_server.flows.sealing import seal_case, seal_recording
from survey_server.flows.session import watch_idle
from survey_server.recording.recovery import recover
from survey_server.survey.events import ServerRestarted

_log = logging.getLogger(__name__)


async def finish_segments(node: Node) -> None:
    """Close what a killed process left half written: every whole fragment is kept, the torn end is cut."""
    abandoned = await asyncio.to_thread(node.store.abandoned)
    for segment in abandoned:
        held = await asyncio.to_thread(recover, segment)
        _log.info("recovered %s", held.key if held else "an empty segment")


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
                node.spawn(check(node, case, number))
        kinds = {seal.kind for seal in value.seals}
        if value.state == "in_session":
            node.spawn(watch_idle(node, case))
        if value.state in ("ended", "concluded") and "recording" not in kinds:
            node.spawn(seal_recording(node, case))
        if value.state == "concluded" and "case" not in kinds:
            node.spawn(seal_case(node, case))
