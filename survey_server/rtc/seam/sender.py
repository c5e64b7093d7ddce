"""One track sent: packets under this connection's numbers, and what the far end says about them."""

import secrets
import time
from collections.abc import Sequence
from typing import Protocol

from aiortc import RTCRtpSender
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
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
)

from survey_server.rtc.codecs import Codec
from survey_server.rtc.rtp import one_byte_extension, packet_bytes
from survey_server.rtc.seam.line import Line
from survey_server.rtc.seam.payload_types import payload_types
from survey_server.wire.basics import Kind

# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false

_MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
_REPORTS_REMEMBERED = 16


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


class PacketSender(RTCRtpSender):
    """A sender without encoder or pacing: it gives packets this connection's numbers and sends them."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport, line: Line) -> None:
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
        named, originals = payload_types(parameters.codecs)
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
            self._line.send_control(bytes(RtcpByePacket(sources=[self._ssrc])))

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        self.take_rtcp(packet)

    def take_rtcp(self, packet: AnyRtcpPacket) -> None:
        """What the far end says about this track."""
        if self.sink is None:
            return
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self.sink.missing(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
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
        self._line.send_media(packet_bytes(number, marker, sequence, timestamp, self._ssrc, self._extension, payload))
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
        self._line.send_media(packet_bytes(number, marker, sequence, timestamp, ssrc, self._extension, payload))

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
        self._line.send_control(bytes(RtcpSrPacket(ssrc=self._ssrc, sender_info=info)) + bytes(name))
