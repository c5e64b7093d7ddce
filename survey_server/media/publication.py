"""One track as its owner sends it: received once, forwarded to each subscription, handed to the recorder."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from survey_server.rtc import h264, vp8
from survey_server.rtc.codecs import CLOCK_RATE, Codec
from survey_server.rtc.rtp import (
    REPAIR_S,
    SEQUENCES,
    TIMESTAMPS,
    Allowance,
    History,
    MissingPackets,
    Packet,
    Reception,
    Unwrapper,
)
from survey_server.rtc.seam import PacketReceiver, SenderReport
from survey_server.wire.basics import Kind

Source = tuple[str, Kind]
"""A track by its owner's participant id and its kind."""

_COALESCE_S = 0.1
_SILENCE_S = 0.5
OUTAGE_S = 1.0
"""Sound sent again after so long, once the way is back, would only teach a browser to play all of it late."""
_ASKS, _AGAIN_S = 15, 0.03
"""The first go to where somebody was before, when they are not proven to be where they are now; and browsers pass over
what comes within 0.3 s of the last request they heeded."""
_RETRY_S = 0.05
"""Browsers answer a request once a round trip, however often it comes; a lost one costs no more than this."""
_MOST_OCTETS_PER_S: dict[Kind, int] = {"audio": 80_000, "video": 1_000_000}
"""Several times what is agreed on. Nobody can fill the others' ways, or the disk, with more than that."""

_log = logging.getLogger(__name__)


class MediaPacket(NamedTuple):
    """What of an RTP packet matters to those who pass it on.

    `place` is its sequence number unwrapped within its generation: packets of one source without an interruption.
    `at` is its arrival, monotonic seconds. `behind_s` is None in order; else the packet was lost and asked for
    again, or overtaken, and media that is so much later came before it (0 within one picture).
    """

    codec: Codec
    place: int
    timestamp: int
    marker: int
    payload: bytes
    generation: int
    at: float
    behind_s: float | None


class RecordingSink(Protocol):
    """Keeps what one connection of one participant sends.

    Called on the event loop, in the order of arrival; must return at once. A failure inside is the sink's own matter:
    it is logged by the publication and never stops forwarding.
    """

    def rtp(
        self, codec: Codec, sequence: int, timestamp: int, marker: int, payload: bytes, source: int
    ) -> None:  # fmt: skip
        """One packet, possibly out of order, never twice. `source` is its SSRC; numbers are as sent (16 and 32 bit)."""
        ...

    def sender_report(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """The sender's clock: this NTP time (64 bit) is that RTP timestamp."""
        ...

    def mute(self, kind: Kind, muted: bool) -> None:
        """The owner switched the track off or on."""
        ...

    def expect(self, kinds: frozenset[Kind]) -> None:
        """What the person agreed to send."""
        ...

    def closed(self, cause: str) -> None:
        """The connection is over: "left", "disconnected" or "ended"."""
        ...


class Subscriber(Protocol):
    """Takes a publication's packets."""

    def forward(self, packet: MediaPacket) -> None:
        """Pass one packet on."""
        ...


class Publication:
    """A track on the server. RTCP ends here: loss is repaired towards the owner, requests are answered from history."""

    def __init__(
        self, participant: str, kind: Kind, receiver: PacketReceiver, recorder: RecordingSink | None, *, rank: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.participant = participant
        self.rank = rank
        """Pictures of a higher rank go on when not all can."""
        self.kind: Kind = kind
        self.sender_report: SenderReport | None = None
        self.history: History[MediaPacket] = History()
        self.muted = False
        self.generation = 0
        """Goes up with each new source and each end of a mute: subscribers number anew from there."""
        self.keyframes_asked = 0
        self.heard_at: float | None = None
        """When the last packet came, monotonic seconds."""
        self.since = 0
        """The place from which viewers get packets: the first sent after the last outage of a second or more."""
        self._back = False
        """It is over, and only what was sent before its end has come."""
        self.on_heard_again: Callable[[], None] | None = None
        """Called with the first packet after half a second or more without one, before it is taken."""
        self._receiver, self._recorder, self._clock = receiver, recorder, clock
        self._source: int | None = None
        self._allowed = Allowance(_MOST_OCTETS_PER_S[kind], clock())
        self._begin()
        self._subscribers: tuple[Subscriber, ...] = ()
        self._asked_at = float("-inf")
        self._asks = 0
        """So often more, while no whole picture comes."""
        self._ask_timer: asyncio.TimerHandle | None = None
        self._retry_timer: asyncio.TimerHandle | None = None
        receiver.sink = self

    def _begin(self) -> None:
        """A new source: nothing of the one before counts any more."""
        self.sender_report = None
        self.history = History()
        self._unwrap = Unwrapper(SEQUENCES)
        self._furthest = (0, 0)
        """Place and timestamp."""
        self.since, self._back = 0, False
        self._reception = Reception(CLOCK_RATE[self.kind])
        self._missing = MissingPackets(retry_s=_RETRY_S, give_up_s=REPAIR_S)

    @property
    def silent_s(self) -> float:
        """Seconds since the last packet; without end if none came."""
        return math.inf if self.heard_at is None else self._clock() - self.heard_at

    def attach(self, subscriber: Subscriber) -> None:
        """Forward to this one too."""
        if subscriber not in self._subscribers:
            self._subscribers = (*self._subscribers, subscriber)

    def detach(self, subscriber: Subscriber) -> None:
        """Forward no more."""
        self._subscribers = tuple(s for s in self._subscribers if s is not subscriber)

    def close(self) -> None:
        """Take and forward no more packets."""
        self._receiver.sink = None
        for timer in (self._ask_timer, self._retry_timer):
            if timer is not None:
                timer.cancel()
        self._subscribers = ()

    def mute(self, muted: bool) -> None:
        """While muted nothing is forwarded or recorded, whatever comes."""
        if muted == self.muted:
            return
        self.muted = muted
        self._record(lambda sink: sink.mute(self.kind, muted))
        if not muted:
            self.generation += 1
            self.request_keyframe()

    def packet(self, packet: Packet, codec: Codec, *, repaired: bool) -> None:
        """From the wire."""
        _, marker, sequence, timestamp, source, payload = packet
        now = self._clock()
        self._hear(now)
        if not self._allowed.take(now, len(payload)):
            return
        if source != self._source:
            self.generation += self._source is not None
            self._source = source
            self._begin()
        place = self._unwrap(sequence)
        if not repaired:
            self._reception.add(place, timestamp, now)
        behind_s = self._behind_s(place, timestamp, repaired)
        taken = MediaPacket(codec, place, timestamp, marker, payload, self.generation, now, behind_s)
        if not self.history.put(place, taken):
            return
        self._repair(place, now)
        if self.muted:
            return
        if self._ask_timer is not None and _begins_keyframe(codec, payload):
            self._ask_timer.cancel()
            self._ask_timer, self._asks = None, 0
        if self._recorder is not None:
            try:
                self._recorder.rtp(codec, sequence, timestamp, marker, payload, source)
            except Exception:
                self._not_recorded()
        self._forward(taken)

    def _behind_s(self, place: int, timestamp: int, repaired: bool) -> float | None:
        if place < self._furthest[0]:
            return (self._furthest[1] - timestamp) % TIMESTAMPS / CLOCK_RATE[self.kind]
        self._furthest = (place, timestamp)
        if self._back and not repaired:
            self.since, self._back = place, False
        return None

    def _hear(self, now: float) -> None:
        if self.heard_at is not None:
            silent_s = now - self.heard_at
            if silent_s >= _SILENCE_S and self.on_heard_again is not None:
                self.on_heard_again()
            self._back |= silent_s >= OUTAGE_S
        self.heard_at = now

    def _forward(self, taken: MediaPacket) -> None:
        if self._back or taken.place < self.since:
            return
        for subscriber in self._subscribers:
            try:
                subscriber.forward(taken)
            except Exception:
                _log.exception("a subscription of %s %s failed and is dropped", self.participant, self.kind)
                self.detach(subscriber)

    def report(self, ntp: int, timestamp: int) -> None:
        """From the wire."""
        self.sender_report = SenderReport(ntp, timestamp, self._clock())
        self._record(lambda sink: sink.sender_report(self.kind, ntp, timestamp))

    def request_keyframe(self) -> None:
        """Ask the owner for a picture, at most once per 100 ms; a request inside that time is sent at its end."""
        if self.kind != "video" or self._ask_timer is not None:
            return
        wait = self._asked_at + _COALESCE_S - self._clock()
        if wait <= 0:
            self._ask_now()
        else:
            self._ask_timer = asyncio.get_running_loop().call_later(wait, self._ask_now)

    def begin_again(self) -> None:
        """The owner is back after a silence: ask for a picture, and again until one comes or half a second is over."""
        if self.heard_at is not None and self.silent_s >= _SILENCE_S and not self.muted and not self._asks:
            self._asks = _ASKS
            if self._ask_timer is not None:
                self._ask_timer.cancel()
            self._ask_now()

    def send_report(self, bitrate_cap: int | None) -> None:
        """Tell the owner how its packets arrive, and with a cap how much may come; called about once a second."""
        reception = self._reception.report()
        if reception is not None:
            cap = bitrate_cap if self.kind == "video" else None
            self._receiver.send_report(reception, self.sender_report, self._clock(), cap)

    def _repair(self, place: int, now: float) -> None:
        if not self._missing.received(place, now):
            self.request_keyframe()
        if self._missing.places and self._retry_timer is None:
            self._ask_again()

    def _ask_again(self) -> None:
        self._retry_timer = None
        due = self._missing.due(self._clock())
        if due:
            self._receiver.ask_again(due)
        if self._missing.places:
            self._retry_timer = asyncio.get_running_loop().call_later(_RETRY_S / 2, self._ask_again)

    def _ask_now(self) -> None:
        self._ask_timer = None
        self._asked_at = self._clock()
        self.keyframes_asked += 1
        self._receiver.ask_keyframe()
        if self._asks:
            self._asks -= 1
            self._ask_timer = asyncio.get_running_loop().call_later(_AGAIN_S, self._ask_now)

    def _record(self, step: Callable[[RecordingSink], None]) -> None:
        if self._recorder is None:
            return
        try:
            step(self._recorder)
        except Exception:
            self._not_recorded()

    def _not_recorded(self) -> None:
        _log.exception("recording of %s %s failed", self.participant, self.kind)


def _begins_keyframe(codec: Codec, payload: bytes) -> bool:
    return h264.begins_keyframe(payload) if codec == "h264" else codec == "vp8" and vp8.begins_keyframe(payload)
