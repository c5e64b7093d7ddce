"""Playing a survey in any player: an address with a ticket, playlists under it, and the objects they name."""

import time
from collections.abc import Container
from dataclasses import replace
from datetime import UTC, datetime

from survey_server.db.objects import StoredObject
from survey_server.flows import playlists, tickets
from survey_server.flows.allowances import LOOKS
from survey_server.flows.case import Case
from survey_server.flows.lanes import media_and_kept
from survey_server.flows.node import Node
from survey_server.flows.restriction import check_reader
from survey_server.flows.tickets import Ticket
from survey_server.flows.trouble import not_found
from survey_server.recording import Epoch, Lane, Part, lanes_from_objects
from survey_server.recording.lanes import WHAT
from survey_server.survey.events import Replayed
from survey_server.wire.basics import Text
from survey_server.wire.replay import StreamView

TICKET_S = 4 * 3600
"""How long an address is good: a long survey and a break."""
MASTER = "master.m3u8"


async def stream(node: Node, case: Case, who: str, purpose: str = "") -> StreamView:
    """An address under which this survey can be played. That it was given out is journaled as a replay."""
    await case.record(Replayed(who))
    until = int(node.clock().timestamp()) + TICKET_S
    ticket = tickets.issue(node.secret, Ticket(case.id, who, until, purpose=purpose))
    return StreamView(f"{node.public_url}/api/streams/{ticket}/{MASTER}", datetime.fromtimestamp(until, UTC))


async def master_playlist(node: Node, ticket: Ticket) -> str:
    """The survey's master playlist; that somebody opened it is journaled as a replay, once a minute at most.

    Raises a 404 in words while nothing can be played.
    """
    case = await _case(node, ticket)
    people, _ = await _people(node, case)
    playable = [person for person in people if person.playable]
    if not playable:
        raise not_found(
            Text("还没有可以播放的录像。", "There is nothing to play yet: what is recorded is still on its way."),
        )
    if node.allowances.take((case.id, ticket.who, "stream"), LOOKS, time.monotonic()):
        await case.record(Replayed(ticket.who, ticket.purpose))
    return playlists.master(playable, lambda person: f"{person.participant}.m3u8")


async def media_playlist(node: Node, ticket: Ticket, participant: str) -> str:
    """One participant's playlist, as far as the store has their recording. Raises a 404 in words."""
    case = await _case(node, ticket)
    people, numbers = await _people(node, case)
    for person in people:
        if person.participant == participant and case.survey.started_at is not None:
            return playlists.media(
                person,
                case.survey.started_at,
                whole=any(seal.kind == "recording" for seal in case.survey.seals),
                uri=lambda part: f"objects/{numbers[part.key]}{part.key[part.key.rindex('.') :]}",
            )
    raise not_found(Text("这位参与人没有录像。", "There is no recording of this participant."))


async def streamed_object(node: Node, ticket: Ticket, number: int) -> StoredObject:
    """An object of the ticket's survey and its recording. Raises a 404 in words for any other."""
    stored = await node.index.get(number)
    if stored is None or stored.survey != ticket.survey or stored.about.get("what") != WHAT:
        raise not_found(Text("没有这个对象。", "There is no such object."))
    await _case(node, ticket)
    return stored


async def _case(node: Node, ticket: Ticket) -> Case:
    """The ticket's case, as long as its holder may read it."""
    case = await node.case(ticket.survey)
    check_reader(case.survey, ticket.role, ticket.purpose)
    return case


async def _people(node: Node, case: Case) -> tuple[list[playlists.Person], dict[str, int]]:
    """Everybody recorded, and by key the number under which each object is fetched.

    A part the store has not acknowledged yet, and all that comes after it, is left for later.
    """
    media, kept = await media_and_kept(node, case)
    numbers = {stored.key: stored.id for stored in kept}
    people = case.survey.participants
    recorded = [
        playlists.Person(lane.participant, people[lane.participant].name, people[lane.participant].role, epochs)
        for lane in lanes_from_objects(media)
        if (epochs := _kept_so_far(lane, numbers))
    ]
    return recorded, numbers


def _kept_so_far(lane: Lane, kept: Container[str]) -> tuple[Epoch, ...]:
    epochs: list[Epoch] = []
    for epoch in lane.epochs:
        parts: list[Part] = []
        if epoch.init.key in kept:
            for part in epoch.parts:
                if part.key not in kept:
                    break
                parts.append(part)
        if parts:
            epochs.append(replace(epoch, parts=tuple(parts)))
        if len(parts) < len(epoch.parts):
            break
    return tuple(epochs)
