"""The start of a node: what an earlier run left behind is finished before anything new begins."""

import asyncio
import logging
from functools import partial

import msgspec

from survey_server.flows.case import Case
from survey_server.flows.collecting import watch_material
from survey_server.flows.draw import carry_on
from survey_server.flows.feedback_record import preserve_steps
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import check
from survey_server.flows.session import carry, watch_idle
from survey_server.flows.video_intake import settle
from survey_server.recording import recover
from survey_server.survey.events import ServerRestarted
from survey_server.survey.step import Effect, OutOfOrder

_log = logging.getLogger(__name__)


async def finish_segments(node: Node) -> None:
    """Close what a killed process left half written: every whole fragment is kept, the torn end is cut."""
    finished = await asyncio.to_thread(lambda: recover(node.store.abandoned()))
    for stored in finished:
        _log.info("recovered %s, %d bytes", stored.key, stored.size)


async def resume_cases(node: Node) -> None:
    """Take up every open survey where its journal says it is; one whose journal is broken is logged and left alone.

    A survey that was in session is marked as interrupted and waits for its people; nobody coming back, it is sealed.
    """
    for survey in await node.journal.ids(only_open=True):
        try:
            await _resume(node, await node.case(survey))
        except (OutOfOrder, msgspec.MsgspecError):
            _log.exception("the journal of %s can't be read", survey)


async def resume_records(node: Node) -> None:
    """Preserve the steps about false material that a stop came in between."""
    for feedback in await node.feedbacks.unrecorded():
        node.persist(f"records of {feedback}", partial(preserve_steps, node, feedback))


async def _resume(node: Node, case: Case) -> None:
    value = case.survey
    if value.state == "in_session" or any(person.present for person in value.participants.values()):
        await case.record(ServerRestarted())
    for number, photo in value.photos.items():
        if photo.verdict is None:
            node.persist(f"check of photo {number}", partial(check, node, case, number))
    for number in value.videos:
        settle(node, case, number)
    carry_on(node, case)
    if value.state == "in_session":
        node.watch(watch_idle(node, case))
    if value.state == "admitted" and value.mode == "upload_only":
        node.watch(watch_material(node, value.id))
    over = value.state in ("concluded", "appealed") or value.closing is not None
    if value.state == "ended" or over:
        await carry(node, case, Effect.SEAL_RECORDING)
    if over:
        await carry(node, case, Effect.SEAL_CASE)
        await carry(node, case, Effect.SEAL_ADDENDUM)
        await carry(node, case, Effect.WRITE_RECORD)
    if value.locks_end is not None:
        await carry(node, case, Effect.PRESERVE_LAPSE)
