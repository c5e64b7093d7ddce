"""The live session of one survey: whose media flows, what is on disk, when it ends by itself."""

import asyncio
from collections.abc import Callable
from functools import partial

from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.sealing import seal_case, seal_recording
from survey_server.media.session import MediaSession, Peer
from survey_server.recording import Recording
from survey_server.survey.events import Ended, MediaConnected, MediaLost, Started
from survey_server.survey.survey import Effect, Survey
from survey_server.wire import RecordingLight


class SessionOver(Exception):
    """The session ended before the call could be joined."""


class LiveSession:
    """Media and recording of one survey while it is in session on this node."""

    def __init__(self, node: Node, case: Case, media: MediaSession, recording: Recording) -> None:
        self._node = node
        self._case = case
        self._media = media
        self._recording = recording
        self._peers: dict[str, Peer] = {}
        self._over = False

    async def join(self, participant: str, tracks_changed: Callable[[], None]) -> Peer:
        """A peer connection for this person; the one they had before is closed (its recording goes on in a new epoch).

        `tracks_changed` is called whenever another offer is due. What the person had muted stays muted. Raises
        SessionOver once the session is closed.
        """
        if self._over:
            raise SessionOver
        peer = await self._media.join(participant, tracks_changed)
        former, self._peers[participant] = self._peers.get(participant), peer
        if former is not None:
            await self._lost(participant)
        person = self._case.survey.participants[participant]
        if not person.audio:
            peer.mute("audio", muted=True)
        if not person.video:
            peer.mute("video", muted=True)

        def on_state(state: str) -> None:
            self._node.spawn(self._state(participant, peer, state))

        peer.on_state = on_state
        return peer

    async def leave(self, participant: str, *, lost: bool) -> None:
        """Close this person's peer connection, if there is one; `lost` when they did not mean to go."""
        peer = self._peers.pop(participant, None)
        if peer is not None:
            await peer.close("disconnected" if lost else "left")
            await self._lost(participant)

    async def close(self) -> None:
        """End everybody's media and finish the recording; every fragment is in the spool when this returns."""
        self._over = True
        self._peers.clear()
        try:
            await self._media.close()
        finally:
            await self._recording.close()

    def light(self) -> RecordingLight:
        """What is on disk now."""
        people = self._recording.light()
        on_disk = self._recording.earlier_bytes + sum(one.bytes for one in people)
        waiting = self._node.store.waiting(self._node.prefix(self._case)).bytes
        seconds = self._case.survey.moment_s(self._node.clock()) or 0.0
        return RecordingLight(on_disk, max(0, on_disk - waiting), seconds, people)

    async def _state(self, participant: str, peer: Peer, state: str) -> None:
        if self._peers.get(participant) is not peer:
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

    After a restart the session goes on, in new epochs, on the same line. Raises SessionOver once it has ended.
    """
    await case.record(Started(), unless=lambda survey: survey.state != "admitted")
    async with node.opening:
        if case.survey.state != "in_session":
            raise SessionOver
        live = node.live.get(case.id)
        if live is None:
            live = node.live[case.id] = await node.open_live(case)
    assert isinstance(live, LiveSession)
    return live


async def watch_idle(node: Node, case: Case) -> None:
    """End a live session nobody is connected to any more, so that its recording is sealed without a click."""

    def busy(survey: Survey) -> bool:
        return survey.state != "in_session" or any(person.present for person in survey.participants.values())

    arrivals = case.survey.arrivals
    if busy(case.survey):
        return
    await asyncio.sleep(node.settings.idle_seal_s)
    await case.record(Ended(None, "idle"), unless=lambda survey: busy(survey) or survey.arrivals != arrivals)


async def carry(node: Node, case: Case, effect: Effect) -> None:
    """Carry out what an event asks for; both seals work beside the request that caused them."""
    match effect:
        case Effect.SEAL_RECORDING:
            node.persist(f"recording seal of {case.id}", partial(seal_recording, node, case))
        case Effect.SEAL_CASE:
            node.persist(f"case seal of {case.id}", partial(seal_case, node, case))
