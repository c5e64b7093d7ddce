"""Every private name of aiortc 1.16 and aioice 0.13 that this project touches; tests/rtc/test_seam.py holds them to it.

aiortc decodes and encodes by default. Its DTLS router only asks for objects with a few methods, so the sender and the
receiver of each transceiver are exchanged for two that hand packets over as they are. aioice lists the machine's own
addresses; here the addresses to use are given instead, which also makes loopback work.

Packets take one of two ways. The library's own goes through its queue and tasks. The direct one (`fast`) goes from the
socket through SRTP to the sink and back within one call of the event loop; everything else stays with the library.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import pylibsrtp
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, Connection, StunProtocol
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
from aiortc.rtcrtpparameters import (
    RTCRtpCodecCapability,
    RTCRtpCodecParameters,
    RTCRtpReceiveParameters,
    RTCRtpSendParameters,
)
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
    is_rtcp,
    pack_remb_fci,
)

from survey_server.rtc import description, leniency
from survey_server.rtc.codecs import Codec
from survey_server.rtc.leniency import Leniency
from survey_server.rtc.rtp import (
    Packet,
    ReceptionReport,
    extension_element,
    nack_order,
    one_byte_extension,
    packet_bytes,
    parse,
)
from survey_server.rtc.srtp import Srtp
from survey_server.rtc.transport_feedback import Arrivals
from survey_server.wire import Kind

# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false

_MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
_NACK, _PLI, _FIR, _APPLICATION = 1, 1, 4, 15
_H264 = {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": "42e01f"}
_WAITING_PACKETS = 2000
_FEEDBACK_S = 0.1
_MOST_SOURCES = 64
_REPORTS_REMEMBERED = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SenderReport:
    """Which wall-clock time (64-bit NTP, the sender's clock) an RTP timestamp stands for, and when we heard it."""

    ntp: int
    timestamp: int
    at: float


class PacketSink(Protocol):
    """Takes what one remote track brings. Called on the event loop; must not raise, must not block."""

    def packet(self, packet: Packet, codec: Codec, *, repaired: bool) -> None:
        """One RTP packet; `repaired` if it came by retransmission, then under its original numbers."""
        ...

    def report(self, ntp: int, timestamp: int) -> None:
        """The remote sender's report."""
        ...


class FeedbackSink(Protocol):
    """Takes what the far end of a sent track asks for. Called on the event loop; must not raise, must not block."""

    def started(self) -> None:
        """The transport stands and the track is negotiated: packets may be sent."""
        ...

    def missing(self, sequences: Sequence[int]) -> None:
        """Packets asked for again (RFC 4585 generic NACK)."""
        ...

    def keyframe_wanted(self) -> None:
        """A picture is asked for (PLI or FIR)."""
        ...

    def reported(self, loss: float, round_trip_s: float | None) -> None:
        """A receiver report: the share of packets lost since the last one, and the round trip if it can be known."""
        ...


class _Line(Protocol):
    """Sends plain RTP and RTCP over a connection; drops them while it does not stand."""

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class _LibraryLine:
    """Through aiortc's own coroutine, in order."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport = transport
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_WAITING_PACKETS)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def send(self, data: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(data)

    async def _run(self) -> None:
        while True:
            data = await self._waiting.get()
            with contextlib.suppress(ConnectionError, ValueError, pylibsrtp.Error):
                await self._transport._send_rtp(data)

    def close(self) -> None:
        self._task.cancel()


class _DirectLine:
    """From SRTP to the socket and back at once, for transports that take `on_media`."""

    def __init__(self, transport: RTCDtlsTransport, ice: Connection) -> None:
        self.feedback_element = 0
        """Identifier of the transport-wide count among the header extensions; 0: not negotiated."""
        self.sent_element = 0
        """That of the time of sending; 0: not negotiated."""
        self.own_ssrc = 0
        self._transport, self._ice = transport, ice
        self._nominated = ice._nominated
        self._sealing: Srtp | None = None
        self._opening: Srtp | None = None
        self._router = transport._rtp_router
        self._arrivals = Arrivals(Leniency())
        self._media_ssrc = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sources: set[bytes] = set()
        """SRTP and the router remember every source: a peer may have so many and no more."""
        self._loop = asyncio.get_running_loop()

    def send(self, data: bytes) -> None:
        pair, sealing = self._nominated.get(1), self._sealing or self._agreed()
        if pair is None or sealing is None:
            return
        try:
            sealed = sealing.protect_control(data) if is_rtcp(data) else sealing.protect(data)
        except ValueError:
            return  # too long for one datagram
        pair.protocol.transport.sendto(sealed, pair.remote_addr)

    def _agreed(self) -> Srtp | None:
        """The way out's keys; both ways' are kept once DTLS has agreed on them."""
        out = cast("pylibsrtp.Session | None", self._transport._tx_srtp)
        back = cast("pylibsrtp.Session | None", self._transport._rx_srtp)
        if out is not None and back is not None:
            self._sealing, self._opening = Srtp(out), Srtp(back)
        return self._sealing

    def received(self, data: bytes, address: tuple[str, int]) -> bool:
        """A datagram that is SRTP or SRTCP by its first byte (RFC 7983). Was it authentic?"""
        opening = self._opening
        if opening is None and (self._agreed() is None or (opening := self._opening) is None):
            return False
        control = is_rtcp(data)
        source = data[4:8] if control else data[8:12]
        if source not in self._sources and len(self._sources) >= _MOST_SOURCES:
            return False
        try:
            plain = opening.unprotect_control(data) if control else opening.unprotect(data)
        except ValueError:
            return False  # not from our peer, or seen before
        self._sources.add(source)
        if control:
            self._rtcp(plain)
        else:
            self._rtp(plain)
        pair = self._nominated.get(1)
        if pair is not None and pair.remote_addr != address:
            self._follow(address)
        return True

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _rtp(self, data: bytes) -> None:
        packet = parse(data)
        if packet is None:
            return
        if self.feedback_element:
            self._count(data, packet)
        router = self._router
        receiver = router.ssrc_table.get(packet.ssrc) or router.route_rtp(cast("RtpPacket", packet))
        if isinstance(receiver, PacketReceiver):
            receiver.take(packet)

    def _rtcp(self, data: bytes) -> None:
        try:
            packets = RtcpPacket.parse(data)
        except Exception:
            return  # the library's parser indexes and unpacks its way through: any of that means it is malformed
        for packet in packets:
            for recipient in self._router.route_rtcp(packet):
                if isinstance(recipient, PacketReceiver | PacketSender):
                    recipient.take_rtcp(packet)

    def _count(self, data: bytes, packet: Packet) -> None:
        element = extension_element(data, self.feedback_element)
        if element is None or len(element) != 2:
            return
        sent = extension_element(data, self.sent_element) if self.sent_element else None
        self._arrivals.add(
            int.from_bytes(element), time.monotonic_ns() // 1000, int.from_bytes(sent) if sent is not None else None
        )
        self._media_ssrc = packet.ssrc
        if self._timer is None:
            self._timer = self._loop.call_later(_FEEDBACK_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        feedback = self._arrivals.feedback(self.own_ssrc, self._media_ssrc)
        if feedback is not None:
            self.send(feedback)

    def _follow(self, address: tuple[str, int]) -> None:
        """The peer sends from another address (Wi-Fi to mobile): answer there, once a check has proven it is theirs."""
        for pair in self._ice._check_list:
            if pair.remote_addr == address and pair.state is CandidatePair.State.SUCCEEDED:
                self._ice._nominated[1] = pair
                return


class PacketReceiver(RTCRtpReceiver):
    """A receiver without jitter buffer or decoder."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport, line: _Line) -> None:
        super().__init__(kind, transport)
        self.sink: PacketSink | None = None
        self.media_ssrc: int | None = None
        self._line = line
        self._own_ssrc = 0
        self._codecs: dict[int, Codec] = {}
        self._originals: dict[int, int] = {}
        self._repairs: dict[int, int] = {}
        self._registered = False

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Called by the connection whenever it (re)connects; the first time counts."""
        if self._registered:
            return
        self._registered = True
        self._codecs, self._originals = _payload_types(parameters.codecs)
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
        self.take_rtcp(packet)

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:  # noqa: ARG002
        self.take(
            Packet(
                packet.payload_type, packet.marker, packet.sequence_number, packet.timestamp, packet.ssrc,
                packet.payload,
            )
        )  # fmt: skip

    def take_rtcp(self, packet: AnyRtcpPacket) -> None:
        """One RTCP packet for this track."""
        if isinstance(packet, RtcpSrPacket) and packet.ssrc == self.media_ssrc and self.sink is not None:
            self.sink.report(packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)

    def take(self, packet: Packet) -> None:
        """One RTP packet for this track."""
        if self.sink is None:
            return
        codec = self._codecs.get(packet.payload_type)
        if codec is not None:
            self.media_ssrc = packet.ssrc
            self.sink.packet(packet, codec, repaired=False)
            return
        original, source = self._originals.get(packet.payload_type), self._repairs.get(packet.ssrc, self.media_ssrc)
        if original is None or source is None or len(packet.payload) < 2:
            return
        repaired = packet._replace(
            payload_type=original, sequence=int.from_bytes(packet.payload[:2]), ssrc=source, payload=packet.payload[2:]
        )
        self.sink.packet(repaired, self._codecs[original], repaired=True)

    def ask_again(self, sequences: Sequence[int]) -> None:
        """Send a generic NACK."""
        if self.media_ssrc is not None and sequences:
            packet = RtcpRtpfbPacket(fmt=_NACK, ssrc=self._own_ssrc, media_ssrc=self.media_ssrc)
            packet.lost = nack_order(sequences)
            self._line.send(bytes(packet))

    def ask_keyframe(self) -> None:
        """Send a picture loss indication."""
        if self.media_ssrc is not None:
            self._line.send(bytes(RtcpPsfbPacket(fmt=_PLI, ssrc=self._own_ssrc, media_ssrc=self.media_ssrc)))

    def send_report(
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
        data = bytes(RtcpRrPacket(ssrc=self._own_ssrc, reports=[block]))
        if bitrate_cap is not None:
            fci = pack_remb_fci(bitrate_cap, [self.media_ssrc])
            data += bytes(RtcpPsfbPacket(fmt=_APPLICATION, ssrc=self._own_ssrc, media_ssrc=0, fci=fci))
        self._line.send(data)


def _payload_types(codecs: Sequence[RTCRtpCodecParameters]) -> tuple[dict[int, Codec], dict[int, int]]:
    """The codec of each payload type, and the original's payload type of each retransmission's (RFC 4588)."""
    named: dict[int, Codec] = {}
    originals: dict[int, int] = {}
    for codec in codecs:
        name = codec.name.lower()
        if codec.payloadType is None:
            continue
        if name in {"opus", "h264", "vp8"}:
            named[codec.payloadType] = cast("Codec", name)
        elif is_rtx(codec) and codec.parameters.get("apt") in named:
            originals[codec.payloadType] = cast("int", codec.parameters["apt"])
    return named, originals


class PacketSender(RTCRtpSender):
    """A sender without encoder or pacing: it gives packets this connection's numbers and sends them."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport, line: _Line) -> None:
        super().__init__(kind, transport)
        self.sink: FeedbackSink | None = None
        self.ready = False
        self.packets_sent = 0
        self.octets_sent = 0
        self._line = line
        self._types: dict[Codec, int] = {}
        self._repair_types: dict[Codec, int] = {}
        self._repair_sequence = secrets.randbelow(1 << 15)
        self._extension = b""
        self._cname = ""
        self._reports_sent: dict[int, float] = {}

    def name_stream(self, stream: str) -> None:
        """The msid stream of this track: tracks of one stream are kept in step by the far end."""
        self._stream_id = stream

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Called by the connection whenever it (re)connects; the first time counts."""
        if self.ready:
            return
        named, originals = _payload_types(parameters.codecs)
        for number, codec in named.items():
            self._types.setdefault(codec, number)
        for repair, original in originals.items():
            if self._types[named[original]] == original:
                self._repair_types[named[original]] = repair
        for extension in parameters.headerExtensions:
            if extension.uri == _MID_URI:
                self._extension = one_byte_extension(extension.id, parameters.muxId.encode())
        self._cname = parameters.rtcp.cname or ""
        self.transport._register_rtp_sender(self, parameters)
        self.ready = True
        if self.sink is not None:
            self.sink.started()

    async def stop(self) -> None:
        """Send no more packets; says goodbye."""
        if self.ready:
            self.ready = False
            self.transport._unregister_rtp_sender(self)
            self._line.send(bytes(RtcpByePacket(sources=[self._ssrc])))

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        self.take_rtcp(packet)

    def take_rtcp(self, packet: AnyRtcpPacket) -> None:
        """What the far end says about this track."""
        if self.sink is None:
            return
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == _NACK:
            self.sink.missing(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in {_PLI, _FIR}:
            self.sink.keyframe_wanted()
        elif isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for block in packet.reports:
                if block.ssrc == self._ssrc:
                    self.sink.reported(block.fraction_lost / 256, self._round_trip_s(block))

    def _round_trip_s(self, block: RtcpReceiverInfo) -> float | None:
        """RFC 3550 section 6.4.1, by our own clock: the sent NTP times are the publisher's."""
        sent_at = self._reports_sent.get(block.lsr)
        return None if sent_at is None else max(0.0, time.monotonic() - sent_at - block.dlsr / 65536)

    def send_packet(self, codec: Codec, marker: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """Send one packet under this sender's SSRC and its payload type of this codec; none if it wasn't agreed on."""
        number = self._types.get(codec)
        if not self.ready or number is None:
            return
        self._line.send(packet_bytes(number, marker, sequence, timestamp, self._ssrc, self._extension, payload))
        self.packets_sent += 1
        self.octets_sent += len(payload)

    def send_again(self, codec: Codec, marker: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """Send a packet once more: as RFC 4588 retransmission where negotiated, else as it was."""
        number, repair = self._types.get(codec), self._repair_types.get(codec)
        if not self.ready or number is None:
            return
        ssrc = self._ssrc
        if repair is not None:
            payload = (sequence & 0xFFFF).to_bytes(2) + payload
            sequence = self._repair_sequence
            self._repair_sequence = (sequence + 1) & 0xFFFF
            number, ssrc = repair, self._rtx_ssrc
        self._line.send(packet_bytes(number, marker, sequence, timestamp, ssrc, self._extension, payload))

    def send_report(self, ntp: int, timestamp: int) -> None:
        """Send a sender report: the NTP time that this sender's RTP timestamp stands for."""
        if not self.ready:
            return
        info = RtcpSenderInfo(
            ntp_timestamp=ntp, rtp_timestamp=timestamp & 0xFFFFFFFF,
            packet_count=self.packets_sent & 0xFFFFFFFF, octet_count=self.octets_sent & 0xFFFFFFFF,
        )  # fmt: skip
        self._reports_sent[ntp >> 16 & 0xFFFFFFFF] = time.monotonic()
        while len(self._reports_sent) > _REPORTS_REMEMBERED:
            del self._reports_sent[next(iter(self._reports_sent))]
        name = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname.encode())])])
        self._line.send(bytes(RtcpSrPacket(ssrc=self._ssrc, sender_info=info)) + bytes(name))


OnMedia = Callable[[bytes, tuple[str, int]], bool]


class MediaEdge(Protocol):
    """Where media can be taken before a transport's protocol sees them."""

    on_media: OnMedia | None
    """While set, gets what has a first byte of 128 to 191 (RTP and RTCP, RFC 7983); answers if it is authentic."""


@dataclass(frozen=True)
class Opened:
    """One address of a port: the protocol and its transport, whose sockname is the address to announce."""

    protocol: StunProtocol
    transport: asyncio.DatagramTransport
    edge: MediaEdge


class DatagramPort(Protocol):
    """Where a connection's datagrams come and go."""

    async def open(self, make: Callable[[], StunProtocol], username: str) -> Sequence[Opened]:
        """A protocol for each address to be announced. `username` is the local ICE user name. Raises OSError."""
        ...


class _Diverted(asyncio.DatagramProtocol):
    """A socket of its own with such an edge."""

    def __init__(self, protocol: StunProtocol) -> None:
        self.on_media: OnMedia | None = None
        self._protocol = protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self.on_media is not None and data and 127 < data[0] < 192:
            self.on_media(data, (addr[0], addr[1]))
        else:
            self._protocol.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        self._protocol.error_received(exc)


class _Nowhere(asyncio.DatagramTransport):
    """A transport whose network is gone."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Nothing gets through."""

    def close(self) -> None:
        """Closed already."""


class OwnPort:
    """A socket of its own on the one address of this machine that leads to the far end: what a client uses."""

    def __init__(self, toward: str = "127.0.0.1") -> None:
        self.toward = toward

    async def open(self, make: Callable[[], StunProtocol], username: str) -> Sequence[Opened]:  # noqa: ARG002
        """Bind any free port."""
        family = socket.AF_INET6 if ":" in self.toward else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((self.toward, 9))  # sends nothing; picks the route
            address = probe.getsockname()[0]
        protocol = make()
        diverted = _Diverted(protocol)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: diverted, local_addr=(address, 0))
        return [Opened(protocol, transport, diverted)]


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
        self._line: _LibraryLine | _DirectLine | None = None
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
        if isinstance(line, _DirectLine):
            line.own_ssrc = line.own_ssrc or sender._ssrc
        transceiver._RTCRtpTransceiver__sender = sender
        transceiver._RTCRtpTransceiver__receiver = receiver
        transceiver.setCodecPreferences(_preferred(kind))
        return transceiver

    def _begin(self, transport: RTCDtlsTransport) -> _Line:
        """All m-lines share one transport (max-bundle), hence one line."""
        ice = self._ice = transport.transport.iceGatherer._connection
        ice.get_component_candidates = self._gather
        self._line = _DirectLine(transport, ice) if self.fast else _LibraryLine(transport)
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
            if isinstance(self._line, _DirectLine):
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
        return isinstance(self._line, _DirectLine) and bool(self._line.feedback_element)

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
        if isinstance(self._line, _DirectLine):
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
