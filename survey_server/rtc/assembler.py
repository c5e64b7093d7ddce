"""From RTP packets to whole frames: reordering, loss, wrap. Pure: arrival times are arguments, in seconds.

What can't be put together is left out and said so: a frame carries how many packets were lost before it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from survey_server.rtc import h264, vp8
from survey_server.rtc.codecs import CLOCK_RATE, Codec
from survey_server.rtc.rtp import REPAIR_PACKETS, SEQUENCES, TIMESTAMPS, Unwrapper

PATIENCE_S = 0.4
"""How long somebody who watches waits for a packet."""
_WIDE_S = 1.5
_SETTLES_S = 0.1


class Frame(NamedTuple):
    """One access unit (H.264), one frame (VP8) or one Opus packet.

    `timestamp` is the unwrapped RTP timestamp, `at` the arrival of its first packet, `lost` the packets missing
    between the frame delivered before and this one.
    """

    timestamp: int
    units: tuple[bytes, ...]
    keyframe: bool
    at: float
    lost: int
    codec: Codec


class _Packet(NamedTuple):
    timestamp: int
    marker: int
    payload: bytes
    at: float


class Reorder:
    """Packets in order. No packet waits longer than `patience_s` for those missing before it, nor behind `depth`.

    However much is missing, what came is handed on this soon: patience is counted from arrival, not hole by hole. A
    hole of more packets than anybody asks for again is waited for only as long as its far edge needs to come in order.
    """

    def __init__(self, patience_s: float, depth: int, rate: int) -> None:
        """`rate` is the RTP clock's, hertz."""
        self._patience_s, self._depth, self._wide_ticks = patience_s, depth, round(_WIDE_S * rate)
        self._unwrap = Unwrapper(SEQUENCES)
        self._waiting: dict[int, _Packet] = {}
        self._next: int | None = None
        self._timestamp = 0

    def push(self, sequence: int, packet: _Packet) -> list[tuple[int, _Packet]]:
        """Put one packet in; take out those that are now in order, each with the count lost just before it."""
        place = self._unwrap(sequence)
        if self._next is None:
            self._next = place
            self._timestamp = packet.timestamp
        if place == self._next and not self._waiting:  # as nearly all do
            self._next, self._timestamp = place + 1, packet.timestamp
            return [(0, packet)]
        if place >= self._next and place not in self._waiting:
            self._waiting[place] = packet
        return self.take(packet.at)

    def resync(self) -> None:
        """The next packet comes first, whatever was missing: the stream was interrupted on purpose."""
        self._waiting.clear()
        self._next = None

    def take(self, at: float) -> list[tuple[int, _Packet]]:
        """Those in order at this moment."""
        taken: list[tuple[int, _Packet]] = []
        lost = 0
        while self._waiting and self._next is not None:
            packet = self._waiting.pop(self._next, None)
            if packet is not None:
                taken.append((lost, packet))
                lost = 0
                self._next += 1
                self._timestamp = packet.timestamp
                continue
            waited = at - next(iter(self._waiting.values())).at
            first = min(self._waiting)
            patience_s = min(self._patience_s, _SETTLES_S) if first - self._next > REPAIR_PACKETS else self._patience_s
            if waited < patience_s and len(self._waiting) < self._depth:
                break
            lost += first - self._next
            self._next = first
        return taken

    @property
    def past_repair(self) -> bool:
        """Do packets wait behind a hole that will hardly be filled: too wide, or older than most senders remember?"""
        if not self._waiting or self._next is None:
            return False
        first = min(self._waiting)
        ahead = (self._waiting[first].timestamp - self._timestamp) % TIMESTAMPS
        return first - self._next > REPAIR_PACKETS or self._wide_ticks < ahead < TIMESTAMPS >> 1


class OpusAssembler:
    """Every packet is a frame."""

    def __init__(self, patience_s: float = PATIENCE_S, depth: int = 64) -> None:
        self._reorder = Reorder(patience_s, depth, CLOCK_RATE["audio"])
        self._unwrap = Unwrapper(TIMESTAMPS)
        self._lost = 0

    def push(self, sequence: int, timestamp: int, marker: int, payload: bytes, at: float) -> list[Frame]:
        """Frames that this packet completes."""
        return self._frames(self._reorder.push(sequence, _Packet(timestamp, marker, payload, at)))

    def tick(self, at: float) -> list[Frame]:
        """Frames that waited long enough for a missing packet."""
        return self._frames(self._reorder.take(at))

    def resync(self) -> None:
        """The stream was interrupted on purpose: nothing is missing, the next packet goes on."""
        self._reorder.resync()

    def _frames(self, packets: list[tuple[int, _Packet]]) -> list[Frame]:
        frames: list[Frame] = []
        for lost, packet in packets:
            self._lost += lost
            if packet.payload:
                place = self._unwrap(packet.timestamp)
                units, lost_before = (packet.payload,), self._lost
                frames.append(Frame(place, units, keyframe=True, at=packet.at, lost=lost_before, codec="opus"))
                self._lost = 0
        return frames


class Packaging(Protocol):
    """How a codec's pictures lie in RTP payloads: the modules h264 and vp8 are such."""

    def begins_picture(self, payload: bytes) -> bool:
        """Can this payload only be the first of a picture?"""
        ...

    def unpack(self, payloads: Iterable[bytes]) -> tuple[bytes, ...] | None:
        """A picture's units from its payloads in order; None if they don't fit together."""
        ...

    def is_keyframe(self, units: Sequence[bytes]) -> bool:
        """Can a decoder begin here?"""
        ...

    def holds_picture(self, units: Sequence[bytes]) -> bool:
        """Is there anything to show?"""
        ...


class PictureAssembler:
    """Whole pictures. After a loss everything is left out up to the next keyframe, which is asked for."""

    def __init__(
        self, codec: Codec, packaging: Packaging, ask_keyframe: Callable[[], None], patience_s: float, depth: int
    ) -> None:
        self._codec: Codec = codec
        self._packaging = packaging
        self._reorder = Reorder(patience_s, depth, CLOCK_RATE["video"])
        self._unwrap = Unwrapper(TIMESTAMPS)
        self._ask_keyframe = ask_keyframe
        self._parts: list[_Packet] = []
        self._lost = 0
        self._awaiting_key = True
        self._broken = False
        self._cut = True
        self._headless: int | None = None

    def push(self, sequence: int, timestamp: int, marker: int, payload: bytes, at: float) -> list[Frame]:
        """Frames that this packet completes. A hole past repair is answered by asking for a keyframe at once."""
        frames = self._frames(self._reorder.push(sequence, _Packet(timestamp, marker, payload, at)))
        broken, self._broken = self._broken, self._reorder.past_repair
        if self._broken and not broken:
            self._ask_keyframe()
        return frames

    def tick(self, at: float) -> list[Frame]:
        """Frames that waited long enough for a missing packet."""
        return self._frames(self._reorder.take(at))

    def resync(self) -> None:
        """The stream was interrupted on purpose: nothing is missing, the next keyframe goes on."""
        self._reorder.resync()
        self._interrupted()

    def _frames(self, packets: list[tuple[int, _Packet]]) -> list[Frame]:
        frames: list[Frame] = []
        for lost, packet in packets:
            if lost:
                self._lost += lost
                self._interrupted()
                self._ask_keyframe()
            if not packet.payload or self._lacks_its_head(packet):
                continue
            if self._parts and self._parts[0].timestamp != packet.timestamp:
                frames += self._finish()
            self._parts.append(packet)
            if packet.marker:
                frames += self._finish()
        return frames

    def _interrupted(self) -> None:
        self._parts.clear()
        self._awaiting_key = self._cut = True

    def _lacks_its_head(self, packet: _Packet) -> bool:
        """After a cut the first picture may have lost its beginning, unless it shows one."""
        if self._cut:
            self._cut = False
            self._headless = None if self._packaging.begins_picture(packet.payload) else packet.timestamp
        return packet.timestamp == self._headless

    def _finish(self) -> list[Frame]:
        first = self._parts[0]
        units = self._packaging.unpack(p.payload for p in self._parts)
        self._parts.clear()
        if units is None:
            self._awaiting_key = True
            self._lost += 1
        keyframe = units is not None and self._packaging.is_keyframe(units)
        if units is None or (self._awaiting_key and not keyframe):
            self._ask_keyframe()
            return []
        if not self._packaging.holds_picture(units):
            return []
        self._awaiting_key = False
        lost, self._lost = self._lost, 0
        return [Frame(self._unwrap(first.timestamp), units, keyframe, first.at, lost, self._codec)]


class H264Assembler(PictureAssembler):
    """Access units of H.264."""

    def __init__(self, ask_keyframe: Callable[[], None], patience_s: float = PATIENCE_S, depth: int = 512) -> None:
        super().__init__("h264", h264, ask_keyframe, patience_s, depth)


class VP8Assembler(PictureAssembler):
    """Frames of VP8."""

    def __init__(self, ask_keyframe: Callable[[], None], patience_s: float = PATIENCE_S, depth: int = 512) -> None:
        super().__init__("vp8", vp8, ask_keyframe, patience_s, depth)
