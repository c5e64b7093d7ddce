"""The media of one survey: who is connected, who hears and sees whom.

The server makes every offer. The first two m-lines carry a person's own sound and picture, each further one a track of
somebody else; an m-line stays that track's for good and goes inactive when its owner leaves.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aiortc import InvalidStateError

from survey_server.media.publication import Publication, RecordingSink
from survey_server.media.subscription import Subscription
from survey_server.net.udp_mux import PeerTransport, UdpMux
from survey_server.rtc import description
from survey_server.rtc.aiortc_seam import Lane, PacketConnection
from survey_server.wire import Kind, OfferedTrack

KINDS: tuple[Kind, Kind] = ("audio", "video")
PeerState = Literal["connected", "lost"]
Source = tuple[str, Kind]

_BITRATE_CAP = 2_500_000
_START_KBPS = 1200
_CONNECT_TIMEOUT_S = 20.0
_SILENCE_S = 8.0
_TICK_S = 1.0

_log = logging.getLogger(__name__)


class Recording(Protocol):
    """Where a session's media are kept. Calls return at once."""

    def participant(self, participant: str, ask_keyframe: Callable[[], None]) -> RecordingSink:
        """A sink for a new connection of this participant; `ask_keyframe` is called when it needs a keyframe."""
        ...


class _MuxPort:
    """The shared port in the shape the connection asks for."""

    def __init__(self, mux: UdpMux) -> None:
        self._mux = mux
        self.transport: PeerTransport | None = None

    async def open(self, protocol: asyncio.DatagramProtocol, username: str) -> asyncio.DatagramTransport:
        self.transport = self._mux.endpoint(protocol, username)
        return self.transport


@dataclass
class _Slot:
    """An m-line that carries somebody else's track to this person."""

    lane: Lane
    subscription: Subscription


class Peer:
    """One person's connection. Made by `MediaSession.join`."""

    def __init__(
        self, session: "MediaSession", participant: str, port: _MuxPort, recording: Recording | None,
        on_tracks_changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self.participant = participant
        self.on_state: Callable[[PeerState], None] | None = None
        self.closed = False
        self._session, self._port = session, port
        self._recorder: RecordingSink | None = None
        if recording is not None:
            self._recorder = recording.participant(participant, self.request_keyframe)
        self._on_tracks_changed = on_tracks_changed
        self._connection = PacketConnection(port)
        self._own: dict[Kind, Lane] = {kind: self._connection.add_lane(kind, "recvonly") for kind in KINDS}
        self._publications: dict[Kind, Publication] = {
            kind: Publication(participant, kind, lane.receiver, self._recorder) for kind, lane in self._own.items()
        }
        self._slots: dict[Source, _Slot] = {}
        self._shown: set[Source] = set()
        self._fresh: set[Source] = set()
        self._answered = False
        self._awaiting_answer = False
        self._changed = False
        self._started_at = time.monotonic()
        self._state: PeerState | None = None
        self._negotiating = asyncio.Lock()
        self._ticker = asyncio.get_running_loop().create_task(self._tick())
        listen: Any = self._connection.on
        listen("connectionstatechange", self._connection_changed)

    @property
    def kinds(self) -> frozenset[Kind]:
        """What this person agreed to send."""
        return frozenset(k for k, lane in self._own.items() if self._answered and lane.receiving)

    @property
    def state(self) -> PeerState | None:
        """None until it first connects or fails to."""
        return self._state

    async def offer(self) -> tuple[str, list[OfferedTrack]]:
        """An offer of everything there is now. The next offer may be made once this one is answered.

        Raises ConnectionError when the connection was closed meanwhile.
        """
        async with self._negotiating:
            self._arrange()
            try:
                made = await self._connection.make_offer()
            except InvalidStateError as fault:
                raise ConnectionError("the peer connection is closed") from fault
            sdp = description.offered(made, _START_KBPS)
            self._awaiting_answer, self._changed = True, False
            tracks = [OfferedTrack(lane.mid, self.participant, kind, own=True) for kind, lane in self._own.items()]
            for participant, kind in sorted(self._shown):
                lane = self._slots[participant, kind].lane
                tracks.append(OfferedTrack(lane.mid, participant, kind, own=False))
            return sdp, tracks

    async def answer(self, sdp: str) -> None:
        """Apply the answer to the last offer. Raises ValueError if there is none, or it doesn't fit."""
        async with self._negotiating:
            if self.closed or not self._awaiting_answer:
                raise ValueError("no offer is waiting for an answer")
            try:
                await self._connection.take_answer(description.without_candidates(sdp))
            except InvalidStateError as fault:
                raise ValueError("the peer connection is closed") from fault
            self._awaiting_answer, self._answered = False, True
            self._publications["audio"].retransmits = description.says_audio_nack(sdp)
            if self._recorder is not None:
                self._recorder.expect(self.kinds)
            for source in self._fresh:
                await self._slots[source].subscription.keyframe_wanted()
            self._session.published(self, {k: self._publications[k] for k in self.kinds})
        if self._changed:
            self._on_tracks_changed()

    def request_keyframe(self) -> None:
        """Ask the person's encoder for a whole picture."""
        self._publications["video"].request_keyframe()

    def mute(self, kind: Kind, muted: bool) -> None:
        """The person switched a track off or on."""
        self._publications[kind].mute(muted)

    async def close(self, cause: str = "left") -> None:
        """Leave the session. Idempotent."""
        await self._session.leave(self, cause)

    def sources_changed(self) -> None:
        """The session's tracks changed: bind what has an m-line; the rest needs a new offer."""
        offered = self._session.sources(besides=self.participant)
        for source, publication in offered.items():
            if source in self._shown:
                self._slots[source].subscription.bind(publication)
        for source in self._shown - offered.keys():
            self._slots[source].subscription.bind(None)
        if offered.keys() == self._shown or self.closed:
            return
        self._changed = True
        if self._answered and not self._awaiting_answer:
            self._on_tracks_changed()

    async def shut(self, cause: str) -> None:
        """Stop everything of this connection. The session calls it."""
        if self.closed:
            return
        self.closed = True
        self._ticker.cancel()
        for publication in self._publications.values():
            publication.close()
        for slot in self._slots.values():
            slot.subscription.bind(None)
        if self._recorder is not None:
            try:
                self._recorder.closed(cause)
            except Exception:
                _log.exception("closing the recording of %s failed", self.participant)
        await self._connection.close()

    def _arrange(self) -> None:
        offered = self._session.sources(besides=self.participant)
        for source, publication in offered.items():
            slot = self._slots.get(source)
            if slot is None:
                lane = self._connection.add_lane(source[1], "sendonly")
                lane.sender.name_stream(source[0])
                slot = _Slot(lane, Subscription(lane.sender, 90_000 if source[1] == "video" else 48_000))
                self._slots[source] = slot
            slot.lane.transceiver.direction = "sendonly"
            slot.subscription.bind(publication)
        for source, slot in self._slots.items():
            if source not in offered:
                slot.lane.transceiver.direction = "inactive"
        self._fresh = offered.keys() - self._shown
        self._shown = set(offered)

    def _connection_changed(self) -> None:
        state = self._connection.state
        if state == "connected":
            self._tell("connected")
        elif state in {"failed", "closed"} and not self.closed:
            self._tell("lost")

    def _tell(self, state: PeerState) -> None:
        if state != self._state and not self.closed:
            self._state = state
            if self.on_state is not None:
                self.on_state(state)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                self._watch()
                for publication in self._publications.values():
                    await publication.send_report(_BITRATE_CAP)
                for slot in self._slots.values():
                    await slot.subscription.send_report()
            except Exception:
                _log.exception("reports of %s failed", self.participant)

    def _watch(self) -> None:
        """Consent checks need 30 s to notice a dead path; silence shows it sooner."""
        now = time.monotonic()
        heard = self._port.transport.heard_at if self._port.transport is not None else None
        if self._connection.state == "connected" and heard is not None:
            self._tell("lost" if now - heard > _SILENCE_S else "connected")
        elif self._answered and self._state is None and now - self._started_at > _CONNECT_TIMEOUT_S:
            self._tell("lost")


class MediaSession:
    """All connections of one survey on this node. Use from one event loop."""

    def __init__(self, mux: UdpMux, recording: Recording | None = None) -> None:
        self._mux, self._recording = mux, recording
        self._peers: dict[str, Peer] = {}
        self._sources: dict[Source, Publication | None] = {}

    async def join(self, participant: str, on_tracks_changed: Callable[[], None]) -> Peer:
        """A new connection for this participant; one they had is closed ("disconnected").

        `on_tracks_changed` is called, on the event loop, whenever a new offer is due; never before the first offer is
        answered nor while an offer waits for its answer.
        """
        former = self._peers.pop(participant, None)
        if former is not None:
            for kind in KINDS:
                if (participant, kind) in self._sources:
                    self._sources[participant, kind] = None
            await former.shut("disconnected")
        peer = Peer(self, participant, _MuxPort(self._mux), self._recording, on_tracks_changed)
        self._peers[participant] = peer
        self._tell_others(peer)
        return peer

    def sources(self, besides: str) -> dict[Source, Publication | None]:
        """What there is to receive; None while its owner is reconnecting."""
        return {s: p for s, p in self._sources.items() if s[0] != besides}

    def published(self, peer: Peer, publications: dict[Kind, Publication]) -> None:
        """A peer's answer names what it sends."""
        for kind in KINDS:
            if kind in publications:
                self._sources[peer.participant, kind] = publications[kind]
            else:
                self._sources.pop((peer.participant, kind), None)
        self._tell_others(peer)

    async def leave(self, peer: Peer, cause: str) -> None:
        """A peer is gone."""
        if self._peers.get(peer.participant) is peer:
            del self._peers[peer.participant]
            for kind in KINDS:
                self._sources.pop((peer.participant, kind), None)
            self._tell_others(peer)
        await peer.shut(cause)

    async def close(self) -> None:
        """End every connection."""
        peers = list(self._peers.values())
        self._peers.clear()
        self._sources.clear()
        for peer in peers:
            await peer.shut("ended")

    def _tell_others(self, peer: Peer) -> None:
        for other in list(self._peers.values()):
            if other is not peer:
                other.sources_changed()
