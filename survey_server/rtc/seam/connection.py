"""A peer connection whose lanes hand packets over as they are, on addresses that are given instead of searched."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecCapability

from survey_server.rtc import description, leniency
from survey_server.rtc.seam.direct_line import DirectLine
from survey_server.rtc.seam.line import LibraryLine, Line
from survey_server.rtc.seam.port import DatagramPort
from survey_server.rtc.seam.receiver import PacketReceiver
from survey_server.rtc.seam.sender import PacketSender
from survey_server.wire.basics import Kind

# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false

_H264 = {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": "42e01f"}

ConnectionState = Literal["new", "connecting", "connected", "closed", "failed"]


@dataclass(frozen=True)
class Lane:
    """One m-line of a connection: its transceiver with our sender and receiver."""

    transceiver: RTCRtpTransceiver
    sender: PacketSender
    receiver: PacketReceiver

    @property
    def mid(self) -> str:
        """The m-line's name; empty before the first description."""
        return self.transceiver.mid or ""

    @property
    def receiving(self) -> bool:
        """Did the far end agree to send here?"""
        return self.transceiver.currentDirection in {"recvonly", "sendrecv"}

    @property
    def sending(self) -> bool:
        """Did the far end agree to receive here?"""
        return self.transceiver.currentDirection in {"sendonly", "sendrecv"}


class _Nowhere(asyncio.DatagramTransport):
    """A transport whose network is gone."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Nothing gets through."""

    def close(self) -> None:
        """Closed already."""


def _preferred(kind: Kind) -> list[RTCRtpCodecCapability]:
    """Opus; H.264 as every browser plays it, before VP8."""
    known = RTCRtpReceiver.getCapabilities(kind)
    codecs = known.codecs if known is not None else []
    if kind == "audio":
        return [c for c in codecs if c.name == "opus"]
    h264 = [c for c in codecs if c.parameters == _H264]
    return [*h264, *(c for c in codecs if c.name == "VP8"), *(c for c in codecs if is_rtx(c))]


class PacketConnection(RTCPeerConnection):
    """A peer connection on the given port; its media are packets of Opus, H.264 or VP8."""

    def __init__(self, port: DatagramPort, *, fast: bool = True) -> None:
        super().__init__(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.fast = fast
        self._port = port
        self._ice: Connection | None = None
        self._line: LibraryLine | DirectLine | None = None
        self._established = asyncio.Event()
        listen: Any = self.on
        listen("connectionstatechange", self._note_state)

    def _note_state(self) -> None:
        if self.state == "connected":
            self._established.set()

    def _RTCPeerConnection__createTransceiver(  # noqa: N802
        self, direction: str, kind: Kind, sender_track: Any = None
    ) -> RTCRtpTransceiver:
        inherited: Any = super()
        transceiver: Any = inherited._RTCPeerConnection__createTransceiver(direction, kind, sender_track)
        transport: RTCDtlsTransport = transceiver.receiver.transport
        line = self._line or self._begin(transport)
        sender, receiver = PacketSender(kind, transport, line), PacketReceiver(kind, transport, line)
        sender.name_stream(transceiver.sender._stream_id)
        receiver._set_rtcp_ssrc(sender._ssrc)
        if isinstance(line, DirectLine):
            line.own_ssrc = line.own_ssrc or sender._ssrc
        transceiver._RTCRtpTransceiver__sender = sender
        transceiver._RTCRtpTransceiver__receiver = receiver
        transceiver.setCodecPreferences(_preferred(kind))
        return transceiver

    def _begin(self, transport: RTCDtlsTransport) -> Line:
        """All m-lines share one transport (max-bundle), hence one line."""
        ice = self._ice = transport.transport.iceGatherer._connection
        ice.get_component_candidates = self._gather
        self._line = DirectLine(transport, ice) if self.fast else LibraryLine(transport)
        return self._line

    async def _gather(self, component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:  # noqa: ARG002
        """Stands in for aioice's walk over the machine's addresses: a candidate for each address of the given port."""
        ice = self._ice
        assert ice is not None
        candidates: list[Candidate] = []
        for number, opened in enumerate(await self._port.open(lambda: StunProtocol(ice), ice.local_username)):
            host, port = opened.transport.get_extra_info("sockname")[:2]
            opened.protocol.local_candidate = Candidate(
                foundation=candidate_foundation("host", "udp", host), component=component, transport="udp",
                priority=candidate_priority(component, "host", 65535 - number), host=host, port=port, type="host",
            )  # fmt: skip
            if isinstance(self._line, DirectLine):
                opened.edge.on_media = self._line.received
            ice._protocols.append(opened.protocol)
            candidates.append(opened.protocol.local_candidate)
        return candidates

    @property
    def username(self) -> str:
        """Our half of the ICE user name: the same as long as the connection lasts, and no other's."""
        return self._ice.local_username if self._ice is not None else ""

    @property
    def counts_arrivals(self) -> bool:
        """Is transport-wide feedback sent? Then no bitrate is to be told besides."""
        return isinstance(self._line, DirectLine) and bool(self._line.feedback_element)

    async def close(self) -> None:
        """Hang up."""
        await super().close()
        if self._line is not None:
            self._line.close()

    def add_lane(self, kind: Kind, direction: Literal["recvonly", "sendonly"]) -> Lane:
        """A new m-line, to be negotiated by the next offer."""
        transceiver = self.addTransceiver(kind, direction=direction)
        return Lane(transceiver, cast("PacketSender", transceiver.sender), cast("PacketReceiver", transceiver.receiver))

    def go_silent(self) -> None:
        """Cut the wire: nothing is sent or heard any more, and nobody is told (a phone that lost its network)."""
        if self._ice is not None:
            for protocol in self._ice._protocols:
                protocol.transport.abort()
                protocol.transport = _Nowhere()

    async def established(self) -> None:
        """Return once packets can be sent."""
        if self.state != "connected":
            await self._established.wait()

    def lanes(self) -> list[Lane]:
        """All m-lines, in their order."""
        return [
            Lane(t, cast("PacketSender", t.sender), cast("PacketReceiver", t.receiver)) for t in self.getTransceivers()
        ]

    @property
    def state(self) -> ConnectionState:
        """The connection's state; "connected" means DTLS stands."""
        return cast("ConnectionState", self.connectionState)

    async def make_offer(self) -> str:
        """Describe the connection as it should be; candidates included."""
        await self.setLocalDescription(await self.createOffer())
        return self.localDescription.sdp

    async def take_answer(self, sdp: str) -> None:
        """Apply an answer. Raises ValueError if it doesn't fit the offer."""
        await self._apply("answer", sdp)
        if isinstance(self._line, DirectLine):
            self._line.feedback_element = description.feedback_element(sdp)
            self._line.sent_element = description.element(sdp, leniency.URI)

    async def answer_offer(self, sdp: str, prepare: Callable[[Lane], None]) -> str:
        """Apply an offer and answer it; `prepare` may set each lane's direction and sinks before the answer is made.

        Raises ValueError if the offer can't be used.
        """
        await self._apply("offer", sdp)
        for lane in self.lanes():
            prepare(lane)
        await self.setLocalDescription(await self.createAnswer())
        return self.localDescription.sdp

    async def _apply(self, kind: Literal["offer", "answer"], sdp: str) -> None:
        """The library's parser asserts and indexes its way through a description: any of that means it is malformed."""
        try:
            await self.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=kind))
        except (OSError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise ValueError(f"unusable {kind}: {error!r}") from error
