"""One track of somebody else, as one person receives it: the same packets under this connection's numbers."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from survey_server.media.publication import MediaPacket, Publication
from survey_server.rtc.aiortc_seam import PacketSender

_NTP_SECOND = 1 << 32


@dataclass(frozen=True)
class _Mapping:
    """How a publication's numbers become this track's: added, then cut to width."""

    sequence: int
    timestamp: int
    resumed: int


class Subscription:
    """Outlives its publication: when the owner comes back on a new connection, numbers go on where they stopped."""

    def __init__(self, sender: PacketSender, clock_rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._sender, self._rate, self._clock = sender, clock_rate, clock
        self._publication: Publication | None = None
        self._mapping: _Mapping | None = None
        self._sequence: int = secrets.randbelow(1 << 15)
        self._timestamp: int = secrets.randbelow(1 << 32)
        self._sent_at = clock()
        sender.sink = self

    def bind(self, publication: Publication | None) -> None:
        """Take packets from this publication from now on; a picture is asked for, since a decoder starts with one."""
        if publication is self._publication:
            return
        if self._publication is not None:
            self._publication.detach(self)
        self._publication, self._mapping = publication, None
        if publication is not None and self._sender.ready:
            publication.attach(self)
            publication.request_keyframe()

    async def started(self) -> None:
        """The way to this person stands."""
        if self._publication is not None:
            self._publication.attach(self)
            self._publication.request_keyframe()

    async def forward(self, packet: MediaPacket) -> None:
        """Send one packet of the publication."""
        publication = self._publication
        if publication is None:
            return
        mapping = self._mapping
        if mapping is None or mapping.resumed != publication.resumed:
            elapsed = int((packet.at - self._sent_at) * self._rate)
            mapping = self._mapping = _Mapping(
                self._sequence + 1 - packet.sequence,
                self._timestamp + max(1, elapsed) - packet.timestamp,
                publication.resumed,
            )
        sequence = (packet.sequence + mapping.sequence) & 0xFFFF
        timestamp = (packet.timestamp + mapping.timestamp) & 0xFFFFFFFF
        if (sequence - self._sequence) & 0xFFFF < 1 << 15:
            self._sequence, self._timestamp, self._sent_at = sequence, timestamp, packet.at
        await self._sender.send_packet(
            marker=packet.marker, sequence=sequence, timestamp=timestamp, payload=packet.payload
        )

    async def missing(self, sequences: Sequence[int]) -> None:
        """Answer from the publication's one history."""
        publication, mapping = self._publication, self._mapping
        if publication is None or mapping is None or mapping.resumed != publication.resumed:
            return
        for sequence in sequences:
            packet = publication.history.get((sequence - mapping.sequence) & 0xFFFF)
            if packet is not None:
                await self._sender.send_again(
                    marker=packet.marker, sequence=sequence,
                    timestamp=(packet.timestamp + mapping.timestamp) & 0xFFFFFFFF, payload=packet.payload,
                )  # fmt: skip

    async def keyframe_wanted(self) -> None:
        """Pass the wish on; the publication keeps wishes from piling up."""
        if self._publication is not None:
            self._publication.request_keyframe()

    async def send_report(self) -> None:
        """Give this person the owner's clock, carried on to now, so that sound and picture stay in step."""
        publication, mapping = self._publication, self._mapping
        heard = publication.sender_report if publication is not None else None
        if heard is None or mapping is None:
            return
        since = self._clock() - heard.at
        await self._sender.send_report(
            (heard.ntp + int(since * _NTP_SECOND)) & 0xFFFFFFFFFFFFFFFF,
            heard.timestamp + mapping.timestamp + int(since * self._rate),
        )
