"""The faster kind of line: from the socket through SRTP to the sink and back within one call of the event loop."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import cast

import pylibsrtp
from aioice.ice import CandidatePair, Connection
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtp import RtcpPacket, RtpPacket, is_rtcp

from survey_server.rtc.leniency import Leniency
from survey_server.rtc.rtp import Packet, extension_element, parse
from survey_server.rtc.seam.receiver import PacketReceiver
from survey_server.rtc.seam.sender import PacketSender
from survey_server.rtc.seam.srtp import Srtp
from survey_server.rtc.transport_feedback import Arrivals

# pyright: reportPrivateUsage=false

_FEEDBACK_S = 0.1
_FEEDBACK_AFTER_SILENCE_S = 0.02
_MOST_SOURCES = 64


class DirectLine:
    """From SRTP to the socket and back at once, for transports that take `on_media`."""

    def __init__(self, transport: RTCDtlsTransport, ice: Connection) -> None:
        self.feedback_element = 0
        """Identifier of the transport-wide count among the header extensions; 0: not negotiated."""
        self.sent_element = 0
        """That of the time of sending; 0: not negotiated."""
        self.own_ssrc = 0
        self._transport, self._ice = transport, ice
        self._nominated = ice._nominated
        self._pair: CandidatePair | None = None
        self._send_to: Callable[[bytes, tuple[str, int]], None]
        self._remote: tuple[str, int]
        self._keys: tuple[Srtp, Srtp] | None = None
        """Out and back."""
        self._router = transport._rtp_router
        self._arrivals = Arrivals(Leniency())
        self._media_ssrc = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sources: set[bytes] = set()
        """SRTP and the router remember every source: a peer may have so many and no more."""
        self._loop = asyncio.get_running_loop()

    def send_media(self, packet: bytes) -> None:
        pair, keys = self._nominated.get(1), self._keys or self._agreed()
        if pair is None or keys is None:
            return
        if pair is not self._pair:
            self._pair, self._send_to, self._remote = pair, pair.protocol.transport.sendto, pair.remote_addr
        try:
            sealed = keys[0].protect(packet)
        except ValueError:
            return  # too long for one datagram
        self._send_to(sealed, self._remote)

    def send_control(self, packet: bytes) -> None:
        pair, keys = self._nominated.get(1), self._keys or self._agreed()
        if pair is None or keys is None:
            return
        with contextlib.suppress(ValueError):  # too long for one datagram
            pair.protocol.transport.sendto(keys[0].protect_control(packet), pair.remote_addr)

    def _agreed(self) -> tuple[Srtp, Srtp] | None:
        """Both ways' keys, once DTLS has agreed on them."""
        out = cast("pylibsrtp.Session | None", self._transport._tx_srtp)
        back = cast("pylibsrtp.Session | None", self._transport._rx_srtp)
        if out is not None and back is not None:
            self._keys = Srtp(out), Srtp(back)
        return self._keys

    def received(self, data: bytes, address: tuple[str, int]) -> bool:
        """A datagram that is SRTP or SRTCP by its first byte (RFC 7983). Was it authentic?"""
        keys = self._keys or self._agreed()
        if keys is None:
            return False
        opening = keys[1]
        control = is_rtcp(data)
        source = data[4:8] if control else data[8:12]
        if source not in self._sources and len(self._sources) >= _MOST_SOURCES:
            return False
        try:
            plain = opening.unprotect_control(data) if control else opening.unprotect(data)
        except ValueError:
            return False  # not from our peer, or seen before
        self._sources.add(source)
        pair = self._nominated.get(1)
        if pair is not None and pair.remote_addr != address:
            self._follow(address)  # first: what this packet gives occasion to ask goes to where it came from
        if control:
            self._rtcp(plain)
        else:
            self._rtp(plain)
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
        back = self._arrivals.add(
            int.from_bytes(element), time.monotonic_ns() // 1000, int.from_bytes(sent) if sent is not None else None
        )
        self._media_ssrc = packet.ssrc
        if self._timer is None:
            self._timer = self._loop.call_later(_FEEDBACK_AFTER_SILENCE_S if back else _FEEDBACK_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        feedback = self._arrivals.feedback(self.own_ssrc, self._media_ssrc)
        if feedback is not None:
            self.send_control(feedback)

    def _follow(self, address: tuple[str, int]) -> None:
        """The peer sends from another address (Wi-Fi to mobile): answer there, once a check has proven it is theirs."""
        for pair in self._ice._check_list:
            if pair.remote_addr == address and pair.state is CandidatePair.State.SUCCEEDED:
                self._nominated[1] = pair
                return
