"""The live session of one survey: whose media flows, what is on disk, when it ends by itself."""

import asyncio
import logging
import time
from collections import defaultdict
from datetime import timedelta
from functools import partial
from itertools import count

from survey_server.flows.allowances import CONNECTIONS
from survey_server.flows.call import Call, Line
from survey_server.flows.case import Case
from survey_server.flows.disk import disk_low
from survey_server.flows.lapse import preserve_notice
from survey_server.flows.node import Node
from survey_server.flows.sealing import seal_addendum, seal_case, seal_recording
from survey_server.flows.written_record import write_owed
from survey_server.media.session import MediaSession, Peer
from survey_server.recording import Recording
from survey_server.survey.events import Ended, MediaConnected, MediaLost, Started
from survey_server.survey.life import WAITING
from survey_server.survey.step import Effect
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Kind, Role
from survey_server.wire.to_person import RecordingLight

_RANKS: dict[Role, int] = {"applicant": 1}
"""The premises are what everybody came for: their picture goes on longest where not all can."""
_BEHIND = timedelta(seconds=20)
"""What has waited for the archive so long waits for a reason: a piece is handed in whole and goes within seconds."""

_log = logging.getLogger(__name__)


class SessionOver(Exception):
    """The session ended before the call could be joined."""


class TooOften(Exception):
    """One person asked for new connections faster than anybody needs them."""


class LiveSession:
    """Media and recording of one survey while it is in session on this node."""

    def __init__(self, node: Node, case: Case, media: MediaSession, recording: Recording) -> None:
        self._node = node
        self._case = case
        self._media = media
        self._recording = recording
        self._calls: dict[str, Call] = {}
        self._joining: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # milliseconds on the recording's line: no run of this node before a restart can have come so far
        self._revisions = count(1 + round(1000 * (case.survey.moment_s(node.clock()) or 0.0)))
        self._over = False

    async def join(self, participant: str, line: Line, username: str = "") -> None:
        """Offer this person a peer connection on their line: the one they hold under this ICE user name, if it is
        alive; else a new one, and a former one is closed (its recording goes on in a new epoch).

        What the person had muted stays muted. Raises SessionOver once the session is closed, and TooOften, with
        everything as it was.
        """
        async with self._joining[participant]:
            if self._over:
                raise SessionOver
            if not line.current:
                return  # they went on in another page meanwhile
            call = self._calls.get(participant)
            if call is not None and call.held_as(username):
                call.taken_over(line)
                return
            if not self._node.allowances.take((self._case.id, participant, "peer"), CONNECTIONS, time.monotonic()):
                raise TooOften
            person = self._case.survey.participants[participant]
            rank = _RANKS.get(person.role, 0)
            peer = await self._media.join(participant, lambda: self._renew(participant, peer), rank=rank)
            if self._over:
                await peer.close("ended")
                raise SessionOver
            self._calls[participant] = fresh = Call(peer, line, self._revisions, self._node.spawn)
            if call is not None:
                await self._lost(participant)
            if not person.audio:
                peer.mute("audio", muted=True)
            if not person.video:
                peer.mute("video", muted=True)
            peer.on_state = lambda state: self._node.spawn(self._state(participant, peer, state))
            fresh.renew()

    async def answer(self, participant: str, revision: int, sdp: str) -> None:
        """A person's answer. One to a superseded offer is passed over. Raises ValueError if it is bad."""
        call = self._calls.get(participant)
        if call is not None:
            await call.answer(revision, sdp)

    def mute(self, participant: str, kind: Kind, *, muted: bool) -> None:
        """A person switched a track off or on."""
        call = self._calls.get(participant)
        if call is not None:
            call.mute(kind, muted=muted)

    def resting(self, participant: str) -> list[str]:
        """People whose pictures this person does not get now: the way to them is too narrow."""
        call = self._calls.get(participant)
        return [] if call is None else call.peer.resting

    def silent_s(self, participant: str) -> float | None:
        """Seconds since this person was heard, infinite if that is over; None if they have no part in the call."""
        call = self._calls.get(participant)
        return None if call is None else call.silent_s

    async def leave(self, participant: str, line: Line, *, lost: bool) -> None:
        """The person's line is given up: close their peer connection, unless a newer line has taken it over.

        `lost` when they did not mean to go.
        """
        async with self._joining[participant]:
            call = self._calls.get(participant)
            if call is None or (call.line is not line and call.line.current):
                return
            del self._calls[participant]
            await call.peer.close("disconnected" if lost else "left")
            await self._lost(participant)

    async def dismiss(self, participant: str) -> None:
        """End one person's media: they take no part any more."""
        async with self._joining[participant]:
            call = self._calls.pop(participant, None)
            if call is not None:
                await call.peer.close("left")
                await self._lost(participant)

    async def close(self) -> None:
        """End everybody's media and finish the recording; every fragment is in the spool when this returns."""
        self._over = True
        self._calls.clear()
        try:
            await self._media.close()
        finally:
            await self._recording.close()

    def light(self) -> RecordingLight:
        """What is on disk now."""
        people = self._recording.light()
        on_disk = self._recording.earlier_bytes + sum(one.bytes for one in people)
        waiting = self._node.store.waiting(self._node.prefix(self._case))
        behind = waiting.oldest is not None and self._node.clock() - waiting.oldest > _BEHIND
        seconds = self._case.survey.moment_s(self._node.clock()) or 0.0
        return RecordingLight(
            on_disk, max(0, on_disk - waiting.bytes), bool(waiting.trouble) or behind, seconds, people
        )

    def _renew(self, participant: str, peer: Peer) -> None:
        call = self._calls.get(participant)
        if call is not None and call.peer is peer:
            call.renew()

    async def _state(self, participant: str, peer: Peer, state: str) -> None:
        call = self._calls.get(participant)
        if call is None or call.peer is not peer:
            return
        if state == "connected":
            await self._case.record(
                MediaConnected(participant),
                unless=lambda survey: survey.state != "in_session" or survey.participants[participant].media,
            )
        else:
            await self._lost(participant)

    async def _lost(self, participant: str) -> None:
        await self._case.record(
            MediaLost(participant), unless=lambda survey: not survey.participants[participant].media
        )


async def live_of(node: Node, case: Case) -> LiveSession:
    """The survey's live session, begun now if need be: the first person's media is second 0 of the recording.

    After a restart the session goes on, in new epochs, on the same line. Raises SessionOver once it has ended, and the
    trouble of `disk_low` where there is no room for one to begin.
    """
    begun = case.survey.state == "in_session"
    if (case.survey.state in WAITING and node.disk.low) or (begun and case.id not in node.live and node.disk.ending):
        raise disk_low()
    await case.record(Started(), unless=lambda survey: survey.state not in WAITING)
    async with node.opening:
        if case.survey.state != "in_session":
            raise SessionOver
        live = node.live.get(case.id)
        if live is None:
            live = node.live[case.id] = await node.open_live(case)
    assert isinstance(live, LiveSession)
    return live


async def watch_idle(node: Node, case: Case) -> None:
    """End a live session nobody is connected to any more, so that its recording is sealed without a click.

    Whose page fell silent counts as present as long as their media are heard, and `return_s` longer. Where no reviewer
    has been in the call it goes on for a day, after a later appointment: who only tried the link loses nothing.
    """

    def busy(survey: Survey) -> bool:
        return survey.state != "in_session" or any(person.present for person in survey.participants.values())

    arrivals = case.survey.arrivals
    if busy(case.survey):
        return
    await asyncio.sleep(_patience_s(node, case.survey))

    async def end() -> None:
        await case.record(Ended(None, "idle"), unless=lambda survey: busy(survey) or survey.arrivals != arrivals)

    node.persist(f"end of {case.id}", end)


def _patience_s(node: Node, survey: Survey) -> float:
    if survey.attended:
        return node.settings.idle_seal_s
    now = node.clock()
    last = max((one.end for one in survey.appointments), default=now)
    return max(0.0, (last - now).total_seconds()) + node.settings.idle_alone_s


async def end_for_want_of_room(node: Node) -> None:
    """End every running survey while there is still room for its end, its seal and its entry in the ledger."""
    for survey in tuple(node.live):
        try:
            case = await node.case(survey)
            await case.record(Ended(None, "disk_full"), unless=lambda value: value.state != "in_session")
        except Exception as fault:  # one that can't be ended keeps no other from it; all are tried at the next look
            _log.warning("%s can't be ended: %s", survey, fault)


async def carry(node: Node, case: Case, effect: Effect) -> None:
    """Carry out what an event asks for; seals are made beside the request that caused them."""
    match effect:
        case Effect.SEAL_RECORDING:
            node.persist(f"recording seal of {case.id}", partial(seal_recording, node, case))
        case Effect.SEAL_CASE:
            node.persist(f"case seal of {case.id}", partial(seal_case, node, case))
            node.spawn(node.live_frames.forget(case.id))
        case Effect.WRITE_RECORD:
            node.watch(write_owed(node, case))
        case Effect.PRESERVE_LAPSE:
            node.persist(f"lapse of {case.id}", partial(preserve_notice, node, case))
        case Effect.SEAL_ADDENDUM:
            if case.survey.unsealed and case.id not in node.addenda:
                node.addenda.add(case.id)
                node.watch(_seal_addendum_later(node, case))


async def _seal_addendum_later(node: Node, case: Case) -> None:
    """One addendum for all who look within some minutes."""
    await asyncio.sleep(node.settings.addendum_after_s)

    async def seal() -> None:
        await seal_addendum(node, case)
        node.addenda.discard(case.id)
        await carry(node, case, Effect.SEAL_ADDENDUM)  # somebody looked meanwhile

    node.persist(f"addendum of {case.id}", seal)
