"""What a bad network does to one direction of one person's way, as a function of time and seeded chance.

A link is a queue in front of a wire: the queue holds what waits for the wire's rate and drops from its tail, the wire
takes its delay and jitter, loses some packets and holds some back so that later ones overtake them.
"""

from dataclasses import dataclass, field
from random import Random

from msgspec import Struct

IP_UDP_HEADER_BYTES = 28
_NEXT_S = 1e-7


class Impairment(Struct, frozen=True):
    """Settings of one direction. The default is a perfect wire."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Added to the delay, evenly distributed; order is kept."""
    loss: float = 0.0
    """Share of datagrams lost, each for itself. Does not apply to TCP, whose own repair hides it."""
    rate_kbps: float = 0.0
    """Bits a second of IP packets, in thousands; 0: unlimited."""
    queue_ms: float = 300.0
    """How much the queue before the wire holds, in time at the rate."""
    reorder: float = 0.0
    """Share of datagrams held back."""
    reorder_ms: float = 25.0
    """How long they are held back."""


@dataclass
class Counts:
    """What became of the datagrams of one direction."""

    passed: int = 0
    lost: int = 0
    overflowed: int = 0
    darkened: int = 0
    held_back: int = 0


@dataclass
class Link:
    """One direction: says when a packet that enters now leaves, or that it never does. Times are monotonic seconds."""

    chance: Random
    impairment: Impairment = field(default_factory=Impairment)
    counts: Counts = field(default_factory=Counts)
    _wire_free_at: float = 0.0
    _last_out_at: float = 0.0

    def queued_s(self, now: float) -> float:
        """How long the queue takes to empty."""
        return max(0.0, self._wire_free_at - now)

    def datagram(self, now: float, size: int) -> float | None:
        """When a datagram of this many bytes leaves; None if it is lost."""
        chance, bad = self.chance, self.impairment
        if bad.loss and chance.random() < bad.loss:
            self.counts.lost += 1
            return None
        if bad.rate_kbps and self.queued_s(now) > bad.queue_ms / 1000:
            self.counts.overflowed += 1
            return None
        through = self._through_the_wire(now, size + IP_UDP_HEADER_BYTES)
        self.counts.passed += 1
        if bad.reorder and chance.random() < bad.reorder:
            self.counts.held_back += 1
            return through + bad.reorder_ms / 1000
        return self._in_order(through)

    def piece(self, now: float, size: int) -> float:
        """When a piece of a TCP stream leaves; who sends it waits for room in the queue first."""
        return self._in_order(self._through_the_wire(now, size))

    def has_room(self, now: float) -> bool:
        """May a TCP stream put another piece into the queue?"""
        return not self.impairment.rate_kbps or self.queued_s(now) <= self.impairment.queue_ms / 1000

    def _in_order(self, at: float) -> float:
        self._last_out_at = max(self._last_out_at + _NEXT_S, at)
        return self._last_out_at

    def _through_the_wire(self, now: float, size: int) -> float:
        bad, at = self.impairment, now
        if bad.rate_kbps:
            self._wire_free_at = max(self._wire_free_at, now) + size * 8 / (bad.rate_kbps * 1000)
            at = self._wire_free_at
        return at + (bad.delay_ms + (self.chance.uniform(0, bad.jitter_ms) if bad.jitter_ms else 0.0)) / 1000
