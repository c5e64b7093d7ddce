"""RTP arithmetic (RFC 3550) and the bookkeeping of loss (RFC 4585, RFC 4588). Pure: time is an argument, in seconds.

A packet's place is its 16-bit sequence number unwrapped: an `Unwrapper` gives it once, where the packet comes in.
"""

import struct
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

_HEADER = struct.Struct("!BBHLL")
_VERSION_2 = 0x80
_HAS_EXTENSION = 0x10
_HAS_PADDING = 0x20
_ONE_BYTE_PROFILE = 0xBEDE
SEQUENCES = 1 << 16
TIMESTAMPS = 1 << 32
REPAIR_S = 1.2
"""So long a publisher is asked for a missing packet; whoever records has to wait a little longer."""
REPAIR_PACKETS = 256
"""So many packets at once are asked for again; nobody need wait for a hole that is wider."""

P = TypeVar("P")


class Unwrapper:
    """Gives a wrapping counter (16-bit sequence, 32-bit timestamp) a place on an endless line.

    A value is taken to be the nearest one to the highest so far, so reordering across the wrap is harmless.
    """

    def __init__(self, modulus: int) -> None:
        self._modulus = modulus
        self._highest: int | None = None

    def __call__(self, value: int) -> int:
        """The unwrapped value; may be below an earlier one, or below zero just after the start."""
        if self._highest is None:
            self._highest = value
            return value
        ahead = (value - self._highest) % self._modulus
        if ahead >= self._modulus >> 1:
            ahead -= self._modulus
        unwrapped = self._highest + ahead
        self._highest = max(self._highest, unwrapped)
        return unwrapped


class Packet(NamedTuple):
    """What of a received RTP packet matters here; its numbers as sent. The payload is empty if it was only padding."""

    payload_type: int
    marker: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """A packet (RFC 3550 section 5.1), its CSRCs, extensions and padding left out. None if it is cut short."""
    if len(data) < _HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start, end = _HEADER.size + 4 * (first & 15), len(data)
    if first & _HAS_EXTENSION:
        if start + 4 > end:
            return None
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    if first & _HAS_PADDING:
        end -= data[-1]
    if start > end or first >> 6 != 2:
        return None
    return Packet(second & 127, second >> 7, sequence, timestamp, ssrc, data[start:end])


def extension_element(data: bytes, identifier: int) -> bytes | None:
    """The value of a one-byte header extension element (RFC 8285 section 4.2) of a packet; None if it has none."""
    at = _HEADER.size + 4 * (data[0] & 15)
    if not data[0] & _HAS_EXTENSION or data[at : at + 2] != b"\xbe\xde":
        return None
    end = min(len(data), at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4]))
    at += 4
    while at < end:
        head = data[at]
        if head == 0:
            at += 1
            continue
        size = (head & 15) + 1
        if head >> 4 == identifier:
            return data[at + 1 : at + 1 + size]
        at += 1 + size
    return None


def one_byte_extension(identifier: int, value: bytes) -> bytes:
    """A header extension block with one element (RFC 8285 section 4.2)."""
    body = bytes([identifier << 4 | len(value) - 1]) + value
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", _ONE_BYTE_PROFILE, len(body) // 4) + body


def packet_bytes(
    payload_type: int, marker: int, sequence: int, timestamp: int, ssrc: int, extension: bytes, payload: bytes
) -> bytes:
    """An RTP packet without CSRCs or padding. Sequence and timestamp are cut to their width."""
    first = _VERSION_2 | (_HAS_EXTENSION if extension else 0)
    second = (0x80 if marker else 0) | payload_type
    return _HEADER.pack(first, second, sequence % SEQUENCES, timestamp % TIMESTAMPS, ssrc) + extension + payload


@dataclass(frozen=True)
class ReceptionReport:
    """One report block's numbers (RFC 3550 section 6.4.1). Jitter is in timestamp units."""

    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int


class Reception:
    """Statistics of one received stream (RFC 3550 appendix A.3 and A.8)."""

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self._received = 0
        self._expected_before = 0
        self._received_before = 0
        self._jitter = 0.0
        self._transit: float | None = None

    def add(self, place: int, timestamp: int, at: float) -> None:
        """Count a packet as it came from the network, before any repair."""
        self._received += 1
        if self._first is None:
            self._first = self._highest = place
        elif place > self._highest:
            self._highest = place
        transit = (at * self._rate - timestamp) % TIMESTAMPS
        if self._transit is not None:
            change = abs(transit - self._transit)
            self._jitter += (min(change, TIMESTAMPS - change) - self._jitter) / 16
        self._transit = transit

    def report(self) -> ReceptionReport | None:
        """The state now; loss fraction since the last call. None before the first packet."""
        if self._first is None:
            return None
        expected = self._highest - self._first + 1
        new, came = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        lost = max(0, new - came)
        return ReceptionReport(
            fraction_lost=min(255, (lost << 8) // new) if new > 0 else 0,
            packets_lost=max(-(1 << 23), min(expected - self._received, (1 << 23) - 1)),
            highest_sequence=self._highest % TIMESTAMPS,
            jitter=int(self._jitter),
        )


class MissingPackets:
    """Which packets to ask for again, by place, and when: at once, then every `retry_s` until given up."""

    def __init__(self, retry_s: float = 0.1, give_up_s: float = 1.0, limit: int = REPAIR_PACKETS) -> None:
        self._retry_s, self._give_up_s, self._limit = retry_s, give_up_s, limit
        self._newest: int | None = None
        self.places: dict[int, tuple[float, float]] = {}
        """What is missing: since when, and when to ask for it next."""

    def received(self, place: int, at: float) -> bool:
        """Note an arrival. False if it opened a hole too wide to repair: ask for a keyframe instead."""
        expected = place if self._newest is None else self._newest + 1
        if place < expected:
            self.places.pop(place, None)
            return True
        self._newest = place
        if place == expected:
            return True
        if place - expected + len(self.places) > self._limit:
            self.places.clear()
            return False
        for lost in range(expected, place):
            self.places[lost] = (at, at)
        return True

    def due(self, at: float) -> list[int]:
        """Places to ask for now, in their order; each is then due again after `retry_s`."""
        asked: list[int] = []
        for place, (since, when) in list(self.places.items()):
            if at - since > self._give_up_s:
                del self.places[place]
            elif when <= at:
                self.places[place] = (since, at + self._retry_s)
                asked.append(place)
        return asked


class Allowance:
    """How much of something may be done: so much a second, saved up for `saved_s` seconds at most."""

    def __init__(self, per_s: float, at: float, saved_s: float = 1.0) -> None:
        self._per_s, self._most, self._at = per_s, per_s * saved_s, at
        self._left = self._most

    def take(self, at: float, amount: float = 1) -> bool:
        """May this much be done now?"""
        self._left = min(self._most, self._left + (at - self._at) * self._per_s)
        self._at = at
        if self._left < amount:
            return False
        self._left -= amount
        return True


class Rewriter:
    """Gives the packets of changing sources the numbers of one unbroken stream.

    Sources come in generations: with each, the sequence goes on by one and the timestamp by the time gone. What comes
    late from before a generation's first packet is not passed on: its number is taken.
    """

    def __init__(self, rate: int, sequence: int, timestamp: int, at: float) -> None:
        """`rate` is the RTP clock in hertz; the first packet sent follows these numbers and this time (seconds)."""
        self._rate = rate
        self._highest, self._timestamp, self._at = sequence, timestamp, at
        self._generation: int | None = None
        self._first = self._sequence_offset = self._timestamp_offset = 0

    def __call__(self, generation: int, place: int, timestamp: int, at: float) -> tuple[int, int] | None:
        """Sequence number and timestamp to send, 16 and 32 bit. None: not to be sent.

        `place` is the source's unwrapped sequence number, `timestamp` its RTP timestamp, wrapped or not.
        """
        if generation != self._generation:
            self._generation, self._first = generation, place
            self._sequence_offset = self._highest + 1 - place
            gone = max(1, int((at - self._at) * self._rate))
            self._timestamp_offset = self._timestamp + gone - timestamp
        if place < self._first:
            return None
        sequence = place + self._sequence_offset
        sent = (timestamp + self._timestamp_offset) % TIMESTAMPS
        if sequence > self._highest:
            self._highest, self._timestamp, self._at = sequence, sent, at
        return sequence % SEQUENCES, sent

    def source(self, generation: int, sequence: int) -> int | None:
        """The source's place behind a 16-bit sequence number that was sent. None if it is of an earlier generation."""
        if generation != self._generation:
            return None
        place = self._highest - (self._highest - sequence) % SEQUENCES - self._sequence_offset
        return place if place >= self._first else None

    def sent_timestamp(self, generation: int, timestamp: int) -> int | None:
        """What a timestamp of the source is, or would be, on the stream that is sent."""
        return (timestamp + self._timestamp_offset) % TIMESTAMPS if generation == self._generation else None


class History(Generic[P]):
    """The last packets by their places: answers retransmission requests and knows a packet that came before."""

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._kept: list[tuple[int, P] | None] = [None] * size
        self.newest: int | None = None
        """The highest place that came."""

    def put(self, place: int, packet: P) -> bool:
        """Keep a packet. False if it is here already or too old to matter."""
        if self.newest is None or place > self.newest:
            self.newest = place
        elif self.newest - place >= self._size or self.get(place) is not None:
            return False
        self._kept[place % self._size] = (place, packet)
        return True

    def get(self, place: int) -> P | None:
        """The packet of this place, while it is remembered."""
        kept = self._kept[place % self._size]
        return kept[1] if kept is not None and kept[0] == place else None
