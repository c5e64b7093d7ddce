"""One remote track: its packets as they come, and what is told and asked of its sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from aiortc import RTCRtpReceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
)

from survey_server.rtc.codecs import Codec
from survey_server.rtc.rtp import SEQUENCES, Packet, ReceptionReport
from survey_server.rtc.seam.line import Line
from survey_server.rtc.seam.payload_types import payload_types
from survey_server.wire.basics import Kind

# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false


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


class PacketReceiver(RTCRtpReceiver):
    """A receiver without jitter buffer or decoder."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport, line: Line) -> None:
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
        self._codecs, self._originals = payload_types(parameters.codecs)
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

    def ask_again(self, places: Sequence[int]) -> None:
        """Send generic NACKs (RFC 4585, 6.2.1) for these unwrapped sequence numbers: one for each turn of the 16 bits,
        because aiortc can't write one whose numbers do not ascend.
        """
        if self.media_ssrc is None:
            return
        for _, turn in groupby(sorted(places), key=lambda place: place // SEQUENCES):
            packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._own_ssrc, media_ssrc=self.media_ssrc)
            packet.lost = [place % SEQUENCES for place in turn]
            self._line.send_control(bytes(packet))

    def ask_keyframe(self) -> None:
        """Send a picture loss indication."""
        if self.media_ssrc is not None:
            packet = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._own_ssrc, media_ssrc=self.media_ssrc)
            self._line.send_control(bytes(packet))

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
            data += bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._own_ssrc, media_ssrc=0, fci=fci))
        self._line.send_control(data)
