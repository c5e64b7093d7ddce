"""Where an RTP timestamp lies on the survey's line: seconds from the recording's start."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_LATE_S = 0.5
_LATE_FOR_S = 2.0
_FAR_S = 10.0


def survey_seconds(started_at: datetime) -> Callable[[], float]:
    """A clock of seconds since the recording's start that no change of the system's time can turn back."""
    offset = (datetime.now(UTC) - started_at).total_seconds() - time.monotonic()
    return lambda: time.monotonic() + offset


@dataclass
class Stretch:
    """A run of timestamps under one anchor: decode time = timestamp + offset, in the track's timescale."""

    first: int
    offset: int
    settled: bool = False

    def place(self, timestamp: int) -> int:
        """Decode time of this timestamp."""
        return max(0, timestamp + self.offset)


class TrackLine:
    """Places one track's unwrapped RTP timestamps.

    A track's own clock is trusted over arrival times, which carry the network's jitter: a line is laid once, through
    the packet that came with the least delay before anything was written, and kept. A new one is laid only when arrival
    says for good that the sender's clock stood still or jumped, and then never backwards.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.anchors: list[tuple[int, float]] = []
        self._stretch: Stretch | None = None
        self._end = 0
        self._lateness: deque[tuple[float, float]] = deque()

    def observe(self, timestamp: int, at_s: float, *, resumed: bool) -> Stretch:
        """The stretch of a frame that arrived at this moment, in RTP order. `resumed`: it was switched off before."""
        offset = round(at_s * self.rate) - timestamp
        stretch = self._stretch
        if stretch is None:
            return self._lay(timestamp, offset)
        late_s = (offset - stretch.offset) / self.rate
        if not stretch.settled:
            stretch.offset = min(stretch.offset, offset)
        if (resumed and abs(late_s) > _LATE_S) or abs(late_s) > _FAR_S or self._stays_late(late_s, at_s):
            return self._lay(timestamp, offset)
        return stretch

    def settle(self, stretch: Stretch) -> None:
        """From now on this stretch is fixed: something is about to be written by it."""
        if not stretch.settled:
            stretch.settled = True
            stretch.offset = max(stretch.offset, self._end - stretch.first)
            self.anchors.append((stretch.first, round((stretch.first + stretch.offset) / self.rate, 4)))

    def written(self, end: int) -> None:
        """Samples were written up to this decode time; no later stretch begins before it."""
        self._end = max(self._end, end)

    def new_source(self) -> None:
        """The sender's clock is another one from now on."""
        self._stretch = None
        self._lateness.clear()

    def _lay(self, first: int, offset: int) -> Stretch:
        self._lateness.clear()
        self._stretch = Stretch(first, offset)
        return self._stretch

    def _stays_late(self, late_s: float, at_s: float) -> bool:
        """Late without a break for two seconds: the sender's clock stood still, the network is not to blame."""
        self._lateness.append((at_s, late_s))
        while at_s - self._lateness[0][0] > _LATE_FOR_S:
            self._lateness.popleft()
        covered = at_s - self._lateness[0][0] > _LATE_FOR_S * 0.8
        return covered and min(late for _, late in self._lateness) > _LATE_S
