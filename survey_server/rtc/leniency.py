"""What a browser's bandwidth estimate is told, and what it is spared. Pure: times are arguments, in microseconds.

Evidence wants the picture that the way bears, not the one that a nervous estimate allows. Delay that comes and goes
within a quarter of a second, as on a radio or on a busy machine, is no sign of a narrow way and is kept from it. A
queue that stands is told as it is, at once. Loss on a living way is always told: a sender forgets what it is told has
come, and could not send it again.
"""

from collections import deque
from collections.abc import Sequence

from survey_server.rtc.rtp import Unwrapper

URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
"""The header extension that says when a packet left: 24 bits, seconds with 18 bits of fraction."""

_TURNS = 1 << 24
_US_PER_STEP = 1_000_000 / (1 << 18)
_QUEUE_US = 60_000
_STANDS_US = 250_000
_BASE_US = 15_000_000


class Leniency:
    """Judges one connection's packets."""

    def __init__(self) -> None:
        self._unwrap = Unwrapper(_TURNS)
        self._rising: deque[tuple[int, int]] = deque()
        self._base: int | None = None
        self._base_before: int | None = None
        self._base_since = 0

    def arrivals(self, packets: Sequence[tuple[int, int]]) -> list[int]:
        """When to say that these packets came: each left at a 24-bit time and came at a time of ours.

        Judged together, because a process that was held up reads its oldest packets first.
        """
        lefts = [round(self._unwrap(sent) * _US_PER_STEP) for sent, _ in packets]
        base = standing = 0
        for left, (_, at) in zip(lefts, packets, strict=True):
            base, standing = self._least(at - left, at), self._standing(at - left, at)
        if standing - base >= _QUEUE_US:
            return [at for _, at in packets]
        return [left + base for left in lefts]

    def _least(self, delay: int, at: int) -> int:
        """The least delay of the last 15 to 30 seconds: the way without a queue, up to the clocks' difference."""
        if self._base is None or at - self._base_since > _BASE_US:
            self._base_before, self._base, self._base_since = self._base, delay, at
        self._base = min(self._base, delay)
        return self._base if self._base_before is None else min(self._base, self._base_before)

    def _standing(self, delay: int, at: int) -> int:
        """The least delay of the last quarter of a second: what no packet escaped."""
        rising = self._rising
        while rising and rising[-1][1] >= delay:
            rising.pop()
        rising.append((at, delay))
        while at - rising[0][0] > _STANDS_US:
            rising.popleft()
        return rising[0][1]
