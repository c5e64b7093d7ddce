"""One person's connection: what they send becomes publications, what others send reaches them as subscriptions."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aiortc import InvalidStateError

from survey_server.clock import beat
from survey_server.media.downlink import Downlink, Flow
from survey_server.media.publication import OUTAGE_S, Publication, RecordingSink, Source
from survey_server.media.subscription import Subscription
from survey_server.net.udp_mux import PeerTransport, UdpMux
from survey_server.rtc import description
from survey_server.rtc.codecs import CLOCK_RATE
from survey_server.rtc.seam import Lane, Opened, PacketConnection, StunProtocol
from survey_server.wire.basics import Kind
from survey_server.wire.to_person import OfferedTrack

KINDS: tuple[Kind, Kind] = ("audio", "video")
PeerState = Literal["connected", "lost"]
_BITRATE_CAP = 2_500_000
_START_KBPS = 1200
_CONNECT_TIMEOUT_S = 10.0
_MEDIA_SILENCE_S = 1.6
_SILENCE_S = 8.0
_ENDED_S = 0.6
"""Media that stopped so long before the last thing heard were not cut off with it: a phone call took the devices."""
_WATCH_S = 0.2
_REPORT_EVERY = 5

_log = logging.getLogger(__name__)


class Meeting(Protocol):
    """What a peer asks of the session it is in."""

    def sources(self, besides: str) -> Mapping[Source, Publication | None]:
        """What there is to receive; None while its owner is reconnecting."""
        ...

    def published(self, peer: "Peer", publications: dict[Kind, Publication]) -> None:
        """A peer's answer names what it sends."""
        ...

    async def leave(self, peer: "Peer", cause: str) -> None:
        """A peer goes."""
        ...


class MuxPort:
    """The shared port in the shape a connection asks for."""

    def __init__(self, mux: UdpMux) -> None:
        self._mux = mux
        self._transports: list[PeerTransport] = []

    async def open(self, make: Callable[[], StunProtocol], username: str) -> Sequence[Opened]:
        """A share of the port for each announced address."""
        opened: list[Opened] = []
        for address in self._mux.announced:
            protocol = make()
            transport = self._mux.endpoint(protocol, username, address)
            self._transports.append(transport)
            opened.append(Opened(protocol, transport, transport))
        return opened

    @property
    def heard_at(self) -> float | None:
        """When the last datagram came, monotonic seconds."""
        return max((t.heard_at for t in self._transports if t.heard_at is not None), default=None)


@dataclass
class _Slot:
    """An m-line that carries somebody else's track to this person."""

    lane: Lane
    subscription: Subscription


class Peer:
    """One person's connection. Made by `MediaSession.join`."""

    def __init__(
        self, meeting: Meeting, participant: str, port: MuxPort, recorder: Callable[[Callable[[], None]], RecordingSink]
        | None, on_tracks_changed: Callable[[], None], *, rank: int, fast: bool,
    ) -> None:  # fmt: skip
        self.participant = participant
        self.on_tracks_changed = on_tracks_changed
        """Called when a new offer is due; never before the first offer is answered nor while an answer is awaited."""
        self.on_state: Callable[[PeerState], None] | None = None
        self.closed = False
        self._downlink = Downlink()
        self._meeting, self._port = meeting, port
        self._recorder = recorder(self.request_keyframe) if recorder is not None else None
        self._connection = PacketConnection(port, fast=fast)
        self._own: dict[Kind, Lane] = {kind: self._connection.add_lane(kind, "recvonly") for kind in KINDS}
        self._publications: dict[Kind, Publication] = {
            kind: Publication(participant, kind, lane.receiver, self._recorder, rank=rank)
            for kind, lane in self._own.items()
        }
        for publication in self._publications.values():
            publication.on_heard_again = self._heard_again
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
    def username(self) -> str:
        """The server's half of the ICE user name: names this connection among all of a person's."""
        return self._connection.username

    @property
    def heard_s(self) -> float:
        """Seconds since anything came from this person; since the beginning, if nothing did."""
        heard = self._port.heard_at
        return time.monotonic() - (heard if heard is not None else self._started_at)

    @property
    def kinds(self) -> frozenset[Kind]:
        """What this person agreed to send."""
        return frozenset(k for k, lane in self._own.items() if self._answered and lane.receiving)

    @property
    def state(self) -> PeerState | None:
        """None until it first connects or fails to."""
        return self._state

    @property
    def resting(self) -> list[str]:
        """People whose pictures are not sent now, because the way to this person is too narrow for them."""
        return sorted(participant for participant, _ in self._downlink.resting)

    async def offer(self) -> tuple[str, list[OfferedTrack]]:
        """An offer of everything there is now; it takes the place of one that still waits for its answer.

        Raises ConnectionError when the connection was closed meanwhile.
        """
        async with self._negotiating:
            try:
                self._arrange()
                made = await self._connection.make_offer()
            except InvalidStateError as fault:
                raise ConnectionError("the peer connection is closed") from fault
            sdp = description.offered(made, _START_KBPS, feedback=self._connection.fast)
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
            if self._recorder is not None:
                self._recorder.expect(self.kinds)
            for source in self._fresh:
                self._slots[source].subscription.keyframe_wanted()
            self._fresh.clear()
            self._meeting.published(self, {k: self._publications[k] for k in self.kinds})
        if self._changed:
            self.on_tracks_changed()

    def request_keyframe(self) -> None:
        """Ask the person's encoder for a whole picture."""
        self._publications["video"].request_keyframe()

    def _heard_again(self) -> None:
        self._publications["video"].begin_again()
        if min(publication.silent_s for publication in self._publications.values()) >= OUTAGE_S:
            for slot in self._slots.values():
                slot.subscription.begin_again()

    def mute(self, kind: Kind, muted: bool) -> None:
        """The person switched a track off or on."""
        self._publications[kind].mute(muted)

    async def close(self, cause: str = "left") -> None:
        """Leave the session. Idempotent."""
        await self._meeting.leave(self, cause)

    def sources_changed(self) -> None:
        """The session's tracks changed: bind what has an m-line; the rest needs a new offer."""
        offered = self._meeting.sources(besides=self.participant)
        for source, publication in offered.items():
            if source in self._shown:
                self._slots[source].subscription.bind(publication)
        for source in self._shown - offered.keys():
            self._slots[source].subscription.bind(None)
        if set(offered) == self._shown or self.closed:
            return
        self._changed = True
        if self._answered and not self._awaiting_answer:
            self.on_tracks_changed()

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
        try:
            await self._connection.close()
        except Exception:
            _log.exception("closing the connection of %s failed", self.participant)

    def _arrange(self) -> None:
        offered = self._meeting.sources(besides=self.participant)
        for source, publication in offered.items():
            slot = self._slots.get(source)
            if slot is None:
                lane = self._connection.add_lane(source[1], "sendonly")
                lane.sender.name_stream(source[0])
                slot = self._slots[source] = _Slot(
                    lane, Subscription(lane.sender, CLOCK_RATE[source[1]], self._downlink)
                )
            slot.lane.transceiver.direction = "sendonly"
            slot.subscription.bind(publication)
        for source, slot in self._slots.items():
            if source not in offered:
                slot.lane.transceiver.direction = "inactive"
        self._fresh = (self._fresh | (offered.keys() - self._shown)) & offered.keys()
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
        tick = 0
        while True:
            await beat(_WATCH_S)
            tick += 1
            try:
                self._watch()
                if tick % _REPORT_EVERY == 0:
                    self._report()
            except Exception:
                _log.exception("reports of %s failed", self.participant)

    def _report(self) -> None:
        cap = None if self._connection.counts_arrivals else _BITRATE_CAP
        for publication in self._publications.values():
            publication.send_report(cap)
        for slot in self._slots.values():
            slot.subscription.send_report()
        self._rest_pictures()

    def _rest_pictures(self) -> None:
        """Sound before pictures, where not both get through."""
        flows: list[Flow] = []
        for source in self._shown:
            subscription = self._slots[source].subscription
            if source[1] == "video" and subscription.rank is not None:
                flows.append(Flow(source, subscription.rank, subscription.bits_per_s(_WATCH_S * _REPORT_EVERY)))
        resting = self._downlink.decide(time.monotonic(), flows)
        for source, slot in self._slots.items():  # also those whose owner is away: they come back awake
            slot.subscription.rest(source in resting)

    def _watch(self) -> None:
        """Consent checks need 30 s to notice a dead path; silence shows it sooner.

        Who sends sound or a picture is heard many times a second, who only looks on every few seconds.
        """
        heard_at = self._port.heard_at
        if self._connection.state == "connected" and heard_at is not None:
            patience = _MEDIA_SILENCE_S if self._sent_until(heard_at) else _SILENCE_S
            self._tell("lost" if self.heard_s > patience else "connected")
        elif self._answered and self._state is None and time.monotonic() - self._started_at > _CONNECT_TIMEOUT_S:
            self._tell("lost")

    def _sent_until(self, heard_at: float) -> bool:
        """Did a track flow until this moment? Some devices send nothing while a track is switched off or taken."""
        return any(
            p.heard_at is not None and not p.muted and heard_at - p.heard_at < _ENDED_S
            for p in self._publications.values()
        )
