"""One track of somebody else, as one person receives it: the same packets under this connection's numbers."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence

from survey_server.media.downlink import Downlink
from survey_server.media.publication import MediaPacket, Publication
from survey_server.rtc.rtp import Allowance, Rewriter
from survey_server.rtc.seam import PacketSender

_NTP_SECOND = _BINDING = 1 << 32
_NTP = 1 << 64
_AGAIN_PER_S = 500
"""More than a camera sends in a second: a request may name thousands of packets, or one of them a thousand times."""
_KEYFRAMES_PER_S, _KEYFRAMES_SAVED_S = 1.0, 4.0
"""One who asks all the time costs everybody's picture, and the record's, its quality; a few at once may be needed."""
_WORTH_S = 1.0
"""No page holds media back for longer. Sound sent again seconds late only teaches a browser to play all of it late."""
_SAME_HOLE = 64
"""Packets given up so few places from each other were lost together."""
_TWICE_S = 0.02
"""What one burst of noise swallows does not follow its twin."""


class Subscription:
    """Outlives its publication: when the owner comes back on a new connection, numbers go on where they stopped."""

    def __init__(
        self, sender: PacketSender, clock_rate: int, downlink: Downlink, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._sender, self._rate, self._downlink, self._clock = sender, clock_rate, downlink, clock
        self._resting = False
        self._octets = 0
        self._publication: Publication | None = None
        self._bound = 0
        self._given_up = (0, 0)
        """Generation and place of the last packet that is not sent again, nor any before it."""
        self._rewrite = Rewriter(clock_rate, secrets.randbelow(1 << 15), secrets.randbelow(1 << 32), clock())
        self._again = Allowance(_AGAIN_PER_S, clock())
        self._wishes = Allowance(_KEYFRAMES_PER_S, clock(), _KEYFRAMES_SAVED_S)
        sender.sink = self

    def bind(self, publication: Publication | None) -> None:
        """Take packets from this publication from now on; a picture is asked for, since a decoder starts with one."""
        if publication is self._publication:
            return
        if self._publication is not None:
            self._publication.detach(self)
        self._publication = publication
        self._bound += _BINDING
        if publication is not None and self._sender.ready:
            publication.attach(self)
            publication.request_keyframe()

    def started(self) -> None:
        """The way to this person stands."""
        if self._publication is not None:
            self._publication.attach(self)
            self._publication.request_keyframe()

    def forward(self, packet: MediaPacket) -> None:
        """Send one packet of the publication."""
        if self._resting:
            return
        codec, place, timestamp, marker, payload, generation, at, behind_s = packet
        if behind_s is not None and behind_s > _WORTH_S:
            return
        numbers = self._rewrite(self._bound | generation, place, timestamp, at)
        if numbers is not None:
            self._sender.send_packet(codec, marker, numbers[0], numbers[1], payload)
            if behind_s is not None and self._downlink.scattered and self._again.take(at):
                self._repeat_later(packet, numbers)

    def missing(self, sequences: Sequence[int]) -> None:
        """Answer from the publication's one history."""
        publication = self._publication
        if publication is None:
            return
        generation, now = self._generation(publication.generation), self._clock()
        for sequence in dict.fromkeys(sequences):
            place = self._rewrite.source(generation, sequence)
            packet = None if place is None else publication.history.get(place)
            if place is None or packet is None or place < publication.since or (generation, place) <= self._given_up:
                continue
            if now - packet.at + (packet.behind_s or 0.0) > _WORTH_S:
                self._give_up(generation, place)
                continue
            timestamp = self._rewrite.sent_timestamp(generation, packet.timestamp)
            if timestamp is not None and self._again.take(now):
                self._sender.send_again(packet.codec, packet.marker, sequence, timestamp, packet.payload)
                if self._downlink.scattered and self._again.take(now):
                    self._repeat_later(packet, (sequence, timestamp))

    def keyframe_wanted(self) -> None:
        """Pass the wish on, within bounds; the publication keeps those of several people from piling up."""
        if self._publication is not None and self._wishes.take(self._clock()):
            self._publication.request_keyframe()

    def begin_again(self) -> None:
        """The person is back after an outage: what was sent into it is made good by a whole picture."""
        publication = self._publication
        if publication is not None and publication.history.newest is not None:
            self._give_up(self._generation(publication.generation), publication.history.newest)

    def reported(self, loss: float, round_trip_s: float | None) -> None:
        """How this track arrives."""
        self._downlink.report(self._clock(), loss, round_trip_s)

    @property
    def rank(self) -> int | None:
        """The publication's; None while there is none."""
        return self._publication.rank if self._publication is not None else None

    def bits_per_s(self, seconds: float) -> float:
        """What was sent since the last call, so many seconds ago."""
        sent = self._sender.octets_sent - self._octets
        self._octets = self._sender.octets_sent
        return sent * 8 / seconds

    def rest(self, resting: bool) -> None:
        """Send nothing for a while; then go on with a whole picture."""
        if resting == self._resting:
            return
        self._resting = resting
        self._bound += _BINDING
        if not resting and self._publication is not None:
            self._publication.request_keyframe()

    def send_report(self) -> None:
        """Give this person the owner's clock, carried on to now, so that sound and picture stay in step."""
        publication = self._publication
        heard = publication.sender_report if publication is not None else None
        if publication is None or heard is None:
            return
        since = self._clock() - heard.at
        timestamp = self._rewrite.sent_timestamp(self._generation(publication.generation), heard.timestamp)
        if timestamp is not None:
            self._sender.send_report((heard.ntp + int(since * _NTP_SECOND)) % _NTP, timestamp + int(since * self._rate))

    def _give_up(self, generation: int, place: int) -> None:
        """What is not sent again is made good by a whole picture: one for each hole."""
        before, last = self._given_up
        if (generation, place) <= (before, last):
            return
        self._given_up = generation, place
        if generation != before or place - last > _SAME_HOLE:
            self.keyframe_wanted()

    def _repeat_later(self, packet: MediaPacket, numbers: tuple[int, int]) -> None:
        """A picture that waits for a packet lost twice stands still: where some are lost, a repair goes out twice."""
        asyncio.get_running_loop().call_later(
            _TWICE_S, self._sender.send_again, packet.codec, packet.marker, *numbers, packet.payload
        )

    def _generation(self, of_publication: int) -> int:
        """Numbers start anew with each publication and with each of its interruptions."""
        return self._bound | of_publication
