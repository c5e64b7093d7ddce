"""One track as its owner sends it: received once, forwarded to each subscription, handed to the recorder."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from aiortc.rtp import RtpPacket

from survey_server.rtc import h264
from survey_server.rtc.aiortc_seam import PacketReceiver, SenderReport
from survey_server.rtc.codecs import Codec
from survey_server.rtc.rtp import History, MissingPackets, Reception
from survey_server.wire import Kind

_COALESCE_S = 0.1
_RETRY_S = 0.1

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MediaPacket:
    """What of an RTP packet matters to those who pass it on. `at` is its arrival, monotonic seconds."""

    sequence: int
    timestamp: int
    marker: int
    payload: bytes
    at: float


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

    async def forward(self, packet: MediaPacket) -> None:
        """Pass one packet on."""
        ...


class Publication:
    """A track on the server. RTCP ends here: loss is repaired towards the owner, requests are answered from history."""

    def __init__(
        self, participant: str, kind: Kind, receiver: PacketReceiver, recorder: RecordingSink | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.participant = participant
        self.kind: Kind = kind
        self.clock_rate = 90_000 if kind == "video" else 48_000
        self.sender_report: SenderReport | None = None
        self.history: History[MediaPacket] = History()
        self.muted = False
        self.retransmits = kind == "video"
        self.resumed = 0
        self.keyframes_asked = 0
        self._receiver, self._recorder, self._clock = receiver, recorder, clock
        self._source: int | None = None
        self._reception = Reception(self.clock_rate)
        self._missing = MissingPackets(retry_s=_RETRY_S)
        self._subscribers: list[Subscriber] = []
        self._asked_at = float("-inf")
        self._ask_timer: asyncio.TimerHandle | None = None
        self._retry_timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        receiver.sink = self

    def attach(self, subscriber: Subscriber) -> None:
        """Forward to this one too."""
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def detach(self, subscriber: Subscriber) -> None:
        """Forward no more."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    def close(self) -> None:
        """Take and forward no more packets."""
        self._receiver.sink = None
        for timer in (self._ask_timer, self._retry_timer):
            if timer is not None:
                timer.cancel()
        self._subscribers.clear()

    def mute(self, muted: bool) -> None:
        """While muted nothing is forwarded or recorded, whatever comes."""
        if muted == self.muted:
            return
        self.muted = muted
        self._record(lambda sink: sink.mute(self.kind, muted))
        if not muted:
            self.resumed += 1
            self.request_keyframe()

    async def packet(self, packet: RtpPacket, *, repaired: bool) -> None:
        """From the wire."""
        now = self._clock()
        if packet.ssrc != self._source:
            self._new_source(packet.ssrc)
        if not repaired:
            self._reception.add(packet.sequence_number, packet.timestamp, now)
        taken = MediaPacket(packet.sequence_number, packet.timestamp, packet.marker, packet.payload, now)
        if not self.history.put(taken.sequence, taken):
            return
        await self._repair(taken.sequence, now)
        if self.muted:
            return
        if self._ask_timer is not None and h264.begins_keyframe(taken.payload):
            self._ask_timer.cancel()
            self._ask_timer = None
        self._record(
            lambda sink: sink.rtp(
                "opus" if self.kind == "audio" else "h264", taken.sequence, taken.timestamp, taken.marker, taken.payload, packet.ssrc
            )
        )  # fmt: skip
        for subscriber in tuple(self._subscribers):
            try:
                await subscriber.forward(taken)
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

    async def send_report(self, bitrate_cap: int) -> None:
        """Tell the owner how its packets arrive; called about once a second."""
        reception = self._reception.report()
        if reception is not None:
            cap = bitrate_cap if self.kind == "video" else None
            await self._receiver.send_report(reception, self.sender_report, self._clock(), cap)

    def _new_source(self, ssrc: int) -> None:
        if self._source is not None:
            self.resumed += 1
        self._source = ssrc
        self.sender_report = None
        self._reception = Reception(self.clock_rate)
        self._missing = MissingPackets(retry_s=_RETRY_S)
        self.history = History()

    async def _repair(self, sequence: int, now: float) -> None:
        if not self.retransmits:
            return
        if not self._missing.received(sequence, now):
            self.request_keyframe()
        if self._missing and self._retry_timer is None:
            await self._ask_again()

    async def _ask_again(self) -> None:
        self._retry_timer = None
        due = self._missing.due(self._clock())
        if due:
            await self._receiver.ask_again(due)
        if self._missing:
            self._retry_timer = asyncio.get_running_loop().call_later(
                _RETRY_S / 4, lambda: self._run(self._ask_again())
            )

    def _ask_now(self) -> None:
        self._ask_timer = None
        self._asked_at = self._clock()
        self.keyframes_asked += 1
        self._run(self._receiver.ask_keyframe())

    def _run(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _record(self, step: Callable[[RecordingSink], None]) -> None:
        if self._recorder is None:
            return
        try:
            step(self._recorder)
        except Exception:
            _log.exception("recording of %s %s failed", self.participant, self.kind)
