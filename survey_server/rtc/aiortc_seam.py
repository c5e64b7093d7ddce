"""Every private name of aiortc 1.16 and aioice 0.13 that this project touches; tests/rtc/test_seam.py holds them to it.

aiortc decodes and encodes by default. Its DTLS router only asks for objects with a few methods, so the sender and the
receiver of each transceiver are exchanged for two that hand packets over as they are. aioice lists the machine's own
addresses; here the one address to use is given instead, which also makes loopback work.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters, RTCRtpSendParameters
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from survey_server.rtc.rtp import ReceptionReport, nack_order, one_byte_extension, packet_bytes
from survey_server.wire import Kind

# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false

_MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
_NACK, _PLI, _FIR, _APPLICATION = 1, 1, 4, 15
_H264 = {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": "42e01f"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SenderReport:
    """Which wall-clock time (64-bit NTP, the sender's clock) an RTP timestamp stands for, and when we heard it."""

    ntp: int
    timestamp: int
    at: float


class PacketSink(Protocol):
    """Takes what one remote track brings. Called on the event loop; must not raise, must not block."""

    async def packet(self, packet: RtpPacket, *, repaired: bool) -> None:
        """One RTP packet; `repaired` if it came by retransmission. The payload may be empty (padding)."""
        ...

    def report(self, ntp: int, timestamp: int) -> None:
        """The remote sender's report."""
        ...


class FeedbackSink(Protocol):
    """Takes what the far end of a sent track asks for. Called on the event loop; must not raise, must not block."""

    async def started(self) -> None:
        """The transport stands and the track is negotiated: packets may be sent."""
        ...

    async def missing(self, sequences: Sequence[int]) -> None:
        """Packets asked for again (RFC 4585 generic NACK)."""
        ...

    async def keyframe_wanted(self) -> None:
        """A picture is asked for (PLI or FIR)."""
        ...


class _ClosedQuietly(contextlib.suppress):
    """A transport that closed meanwhile is no error: the connection's state tells it."""

    def __init__(self) -> None:
        super().__init__(ConnectionError)


class PacketReceiver(RTCRtpReceiver):
    """A receiver without jitter buffer or decoder."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport) -> None:
        super().__init__(kind, transport)
        self.sink: PacketSink | None = None
        self.media_ssrc: int | None = None
        self._own_ssrc = 0
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._repairs: dict[int, int] = {}
        self._registered = False

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Called by the connection whenever it (re)connects; the first time counts."""
        if self._registered:
            return
        self._registered = True
        self._codecs = {c.payloadType: c for c in parameters.codecs if c.payloadType is not None}
        self.transport._register_rtp_receiver(self, parameters)
        for encoding in parameters.encodings:
            self.media_ssrc = encoding.ssrc
            if encoding.rtx:
                self._repairs[encoding.rtx.ssrc] = encoding.ssrc
        self.transport._rtp_router.register_receiver(self, list(self._repairs), [], parameters.muxId)

    async def stop(self) -> None:
        """Take no more packets."""
        if self._registered:
            self.transport._unregister_rtp_receiver(self)

    def _handle_disconnect(self) -> None:
        """The connection's own state says so."""

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket) and packet.ssrc == self.media_ssrc and self.sink is not None:
            self.sink.report(packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:  # noqa: ARG002
        codec = self._codecs.get(packet.payload_type)
        if codec is None or self.sink is None:
            return
        repaired = is_rtx(codec)
        if repaired:
            source = self._repairs.get(packet.ssrc, self.media_ssrc)
            if source is None or len(packet.payload) < 2:
                return
            packet = unwrap_rtx(packet, payload_type=cast("int", codec.parameters["apt"]), ssrc=source)
        else:
            self.media_ssrc = packet.ssrc
        await self.sink.packet(packet, repaired=repaired)

    async def ask_again(self, sequences: Sequence[int]) -> None:
        """Send a generic NACK."""
        if self.media_ssrc is not None and sequences:
            packet = RtcpRtpfbPacket(fmt=_NACK, ssrc=self._own_ssrc, media_ssrc=self.media_ssrc)
            packet.lost = nack_order(sequences)
            await self._send(packet)

    async def ask_keyframe(self) -> None:
        """Send a picture loss indication."""
        if self.media_ssrc is not None:
            await self._send(RtcpPsfbPacket(fmt=_PLI, ssrc=self._own_ssrc, media_ssrc=self.media_ssrc))

    async def send_report(
        self, reception: ReceptionReport, heard: SenderReport | None, now: float, bitrate_cap: int | None
    ) -> None:
        """Send a receiver report and, with a cap, a REMB (bits per second)."""
        if self.media_ssrc is None:
            return
        delay = 0 if heard is None else min(int((now - heard.at) * 65536), 0xFFFFFFFF)
        block = RtcpReceiverInfo(
            ssrc=self.media_ssrc,
            fraction_lost=reception.fraction_lost,
            packets_lost=reception.packets_lost,
            highest_sequence=reception.highest_sequence,
            jitter=reception.jitter,
            lsr=0 if heard is None else heard.ntp >> 16 & 0xFFFFFFFF,
            dlsr=delay,
        )
        packets: list[AnyRtcpPacket] = [RtcpRrPacket(ssrc=self._own_ssrc, reports=[block])]
        if bitrate_cap is not None:
            fci = pack_remb_fci(bitrate_cap, [self.media_ssrc])
            packets.append(RtcpPsfbPacket(fmt=_APPLICATION, ssrc=self._own_ssrc, media_ssrc=0, fci=fci))
        await self._send(*packets)

    async def _send(self, *packets: AnyRtcpPacket) -> None:
        with _ClosedQuietly():
            await self.transport._send_rtp(b"".join(bytes(p) for p in packets))


class PacketSender(RTCRtpSender):
    """A sender without encoder or pacing: it gives packets this connection's numbers and sends them."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport) -> None:
        super().__init__(kind, transport)
        self.sink: FeedbackSink | None = None
        self.ready = False
        self.packets_sent = 0
        self.octets_sent = 0
        self._payload_type = 0
        self._repair_type: int | None = None
        self._repair_sequence = secrets.randbelow(1 << 15)
        self._extension = b""
        self._cname = ""

    def name_stream(self, stream: str) -> None:
        """The msid stream of this track: tracks of one stream are kept in step by the far end."""
        self._stream_id = stream

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Called by the connection whenever it (re)connects; the first time counts."""
        if self.ready:
            return
        self._payload_type = parameters.codecs[0].payloadType or 0
        for codec in parameters.codecs:
            if is_rtx(codec) and codec.parameters.get("apt") == self._payload_type:
                self._repair_type = codec.payloadType
        for extension in parameters.headerExtensions:
            if extension.uri == _MID_URI:
                self._extension = one_byte_extension(extension.id, parameters.muxId.encode())
        self._cname = parameters.rtcp.cname or ""
        self.transport._register_rtp_sender(self, parameters)
        self.ready = True
        if self.sink is not None:
            await self.sink.started()

    async def stop(self) -> None:
        """Send no more packets; says goodbye."""
        if self.ready:
            self.ready = False
            self.transport._unregister_rtp_sender(self)
            with _ClosedQuietly():
                await self.transport._send_rtp(bytes(RtcpByePacket(sources=[self._ssrc])))

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if self.sink is None:
            return
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == _NACK:
            await self.sink.missing(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in {_PLI, _FIR}:
            await self.sink.keyframe_wanted()

    async def send_packet(self, *, marker: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """Send one packet under this sender's SSRC and payload type."""
        if not self.ready:
            return
        data = packet_bytes(
            payload_type=self._payload_type, marker=marker, sequence=sequence, timestamp=timestamp,
            ssrc=self._ssrc, extension=self._extension, payload=payload,
        )  # fmt: skip
        with _ClosedQuietly():
            await self.transport._send_rtp(data)
            self.packets_sent += 1
            self.octets_sent += len(payload)

    async def send_again(self, *, marker: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """Send a packet once more: as RFC 4588 retransmission where negotiated, else as it was."""
        if not self.ready:
            return
        repair = self._repair_type
        if repair is not None:
            payload = (sequence & 0xFFFF).to_bytes(2) + payload
            sequence = self._repair_sequence
            self._repair_sequence = (sequence + 1) & 0xFFFF
        data = packet_bytes(
            payload_type=self._payload_type if repair is None else repair, marker=marker, sequence=sequence,
            timestamp=timestamp, ssrc=self._ssrc if repair is None else self._rtx_ssrc,
            extension=self._extension, payload=payload,
        )  # fmt: skip
        with _ClosedQuietly():
            await self.transport._send_rtp(data)

    async def send_report(self, ntp: int, timestamp: int) -> None:
        """Send a sender report: the NTP time that this sender's RTP timestamp stands for."""
        if not self.ready:
            return
        info = RtcpSenderInfo(
            ntp_timestamp=ntp, rtp_timestamp=timestamp & 0xFFFFFFFF,
            packet_count=self.packets_sent & 0xFFFFFFFF, octet_count=self.octets_sent & 0xFFFFFFFF,
        )  # fmt: skip
        name = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname.encode())])])
        with _ClosedQuietly():
            await self.transport._send_rtp(bytes(RtcpSrPacket(ssrc=self._ssrc, sender_info=info)) + bytes(name))


class DatagramPort(Protocol):
    """Gives a datagram protocol its transport; `username` is the local ICE user name. Raises OSError."""

    async def open(self, protocol: asyncio.DatagramProtocol, username: str) -> asyncio.DatagramTransport:
        """The transport, already told to the protocol; its sockname is the address to announce."""
        ...


class OwnPort:
    """A socket of its own on the one address of this machine that leads to the far end: what a client uses."""

    def __init__(self, toward: str = "127.0.0.1") -> None:
        self.toward = toward

    async def open(self, protocol: asyncio.DatagramProtocol, username: str) -> asyncio.DatagramTransport:  # noqa: ARG002
        """Bind any free port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self.toward, 9))  # sends nothing; picks the route
            address = probe.getsockname()[0]
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: protocol, local_addr=(address, 0))
        return transport


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


class PacketConnection(RTCPeerConnection):
    """A peer connection on one given port, H.264 and Opus only, whose media are packets."""

    def __init__(self, port: DatagramPort) -> None:
        super().__init__(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._port = port
        self._ice: Connection | None = None
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
        sender, receiver = PacketSender(kind, transport), PacketReceiver(kind, transport)
        sender.name_stream(transceiver.sender._stream_id)
        receiver._set_rtcp_ssrc(sender._ssrc)
        transceiver._RTCRtpTransceiver__sender = sender
        transceiver._RTCRtpTransceiver__receiver = receiver
        if kind == "video":
            known = RTCRtpReceiver.getCapabilities("video")
            wanted = [] if known is None else [c for c in known.codecs if c.parameters == _H264 or is_rtx(c)]
        else:
            known = RTCRtpReceiver.getCapabilities("audio")
            wanted = [] if known is None else [c for c in known.codecs if c.name == "opus"]
        transceiver.setCodecPreferences(wanted)
        if self._ice is None:
            self._ice = transport.transport.iceGatherer._connection
            self._ice.get_component_candidates = self._gather  # pyright: ignore[reportAttributeAccessIssue]
        return transceiver

    async def _gather(self, component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:  # noqa: ARG002
        """Stands in for aioice's walk over the machine's addresses: one candidate, on the given port."""
        ice = self._ice
        assert ice is not None
        protocol = StunProtocol(ice)
        transport = await self._port.open(protocol, ice.local_username)
        host, port = transport.get_extra_info("sockname")[:2]
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host), component=component, transport="udp",
            priority=candidate_priority(component, "host"), host=host, port=port, type="host",
        )  # fmt: skip
        ice._protocols.append(protocol)
        return [protocol.local_candidate]

    def add_lane(self, kind: Kind, direction: Literal["recvonly", "sendonly"]) -> Lane:
        """A new m-line, to be negotiated by the next offer."""
        transceiver = self.addTransceiver(kind, direction=direction)
        return Lane(transceiver, cast("PacketSender", transceiver.sender), cast("PacketReceiver", transceiver.receiver))

    def go_silent(self) -> None:
        """Cut the wire: nothing is sent or heard any more, and nobody is told (a phone that lost its network)."""
        if self._ice is not None:
            for protocol in self._ice._protocols:
                protocol.transport.abort()

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
