"""Transport-wide congestion feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure: times are arguments.

Every packet of a connection carries a count of its own; the receiver says which came and when, the sender works out
what the way to us bears. Browsers then hold sound and picture inside a narrow or crowded network by themselves.

A way that was dead for a while says nothing of what it bears: packets sent into the silence are not told as lost, else
a browser that comes back sends next to no picture for half a minute. Feedback goes on with the first packet after it.
"""

import struct
from collections.abc import Sequence
from typing import Protocol

from survey_server.rtc.rtp import SEQUENCES, Unwrapper

URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_TICK_US = 250
_REFERENCE_US = 64_000
_MOST_PACKETS = 600
_DEAD_US = 500_000
_LOST, _SMALL, _LARGE = 0, 1, 2
_SYMBOLS_PER_CHUNK = 7
_TWO_BIT_VECTOR = 0xC000
_RTPFB, _FORMAT = 205, 15


class Judge(Protocol):
    """Decides which arrival times are told."""

    def arrivals(self, packets: Sequence[tuple[int, int]]) -> list[int]:
        """When to say that packets came, given when each left (24-bit abs-send-time) and came (microseconds)."""
        ...


class Arrivals:
    """Packets since the last feedback."""

    def __init__(self, judge: Judge | None = None) -> None:
        """Without a judge everything is told as it was."""
        self._judge = judge
        self._unwrap = Unwrapper(SEQUENCES)
        self._came: dict[int, tuple[int | None, int]] = {}
        self._next: int | None = None
        self._heard_us = 0
        self._count = 0

    def add(self, count: int, at_us: int, sent: int | None = None) -> bool:
        """A packet with this transport-wide count came at this time, microseconds of any steady clock.

        `sent` is its 24-bit abs-send-time, if it has one. True: the first after a silence. Its sender holds back what
        it has until it is told that the way is there again.
        """
        back = not self._came and at_us - self._heard_us > _DEAD_US
        place = self._unwrap(count)
        if self._next is None:
            self._next = place
        if place >= self._next:
            self._came.setdefault(place, (sent, at_us))
        return back

    def feedback(self, own_ssrc: int, media_ssrc: int) -> bytes | None:
        """The RTCP packet that tells of them, and on to the next. None if nothing came."""
        if not self._came or self._next is None:
            return None
        arrivals = [at for _, at in self._came.values()]
        if min(arrivals) - self._heard_us > _DEAD_US:
            self._next = min(self._came)
        self._heard_us = max(arrivals)
        came = self._judged()
        last = max(came)
        first = max(self._next, last - _MOST_PACKETS)
        self._next = last + 1
        reference = min(came.values()) // _REFERENCE_US
        symbols, deltas = _told(came, first, last, reference * _REFERENCE_US)
        head = struct.pack("!HHI", first % SEQUENCES, len(symbols), (reference & 0xFFFFFF) << 8 | self._count & 0xFF)
        self._count += 1
        return _packet(own_ssrc, media_ssrc, head + _chunks(symbols) + deltas)

    def _judged(self) -> dict[int, int]:
        came, self._came = self._came, {}
        packets = [(sent, at) for sent, at in came.values() if sent is not None]
        if self._judge is None or len(packets) < len(came):
            return {place: at for place, (_, at) in came.items()}
        return dict(zip(came, self._judge.arrivals(packets), strict=True))


def _told(came: dict[int, int], first: int, last: int, at_us: int) -> tuple[list[int], bytes]:
    """A symbol for each packet and a delta for each that came, in quarters of a millisecond."""
    symbols: list[int] = []
    deltas = bytearray()
    for place in range(first, last + 1):
        arrived = came.get(place)
        if arrived is None:
            symbols.append(_LOST)
            continue
        delta = round((arrived - at_us) / _TICK_US)
        if 0 <= delta <= 255:
            symbols.append(_SMALL)
            deltas.append(delta)
        else:
            delta = max(-32768, min(32767, delta))
            symbols.append(_LARGE)
            deltas += delta.to_bytes(2, signed=True)
        at_us += delta * _TICK_US
    return symbols, bytes(deltas)


def _chunks(symbols: list[int]) -> bytes:
    """Status vector chunks of two-bit symbols (section 3.1.4)."""
    chunks = bytearray()
    for start in range(0, len(symbols), _SYMBOLS_PER_CHUNK):
        chunk = _TWO_BIT_VECTOR
        for place, symbol in enumerate(symbols[start : start + _SYMBOLS_PER_CHUNK]):
            chunk |= symbol << 2 * (_SYMBOLS_PER_CHUNK - 1 - place)
        chunks += chunk.to_bytes(2)
    return bytes(chunks)


def _packet(own_ssrc: int, media_ssrc: int, information: bytes) -> bytes:
    padding = -len(information) % 4
    if padding:
        information += bytes(padding - 1) + bytes([padding])
    words = 2 + len(information) // 4
    first = 0x80 | (0x20 if padding else 0) | _FORMAT
    return struct.pack("!BBHII", first, _RTPFB, words, own_ssrc, media_ssrc) + information
