"""Where an RTP timestamp lies on the survey's line: seconds from the recording's start."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from survey_server.recording.clocks import DelayFloor

_LATE_S = 0.5
_LATE_FOR_S = 2.0
_LATE_BREAK_S = 0.4
"""A pause in the frames is a break too."""
_FAR_S = 10.0
_LET_BE_S = 0.002
_ANCHOR_EVERY_S = 10.0
_ANCHORS = 4
_VOUCHED_S = 8.0


def survey_seconds(started_at: datetime) -> Callable[[], float]:
    """A clock of seconds since the recording's start that no change of the system's time can turn back."""
    offset = (datetime.now(UTC) - started_at).total_seconds() - time.monotonic()
    return lambda: time.monotonic() + offset


@dataclass
class Stretch:
    """A run of timestamps under one anchor: decode time = timestamp + offset, in the track's timescale."""

    first: int
    offset: int
    floor: DelayFloor
    settled: bool = False
    aim: float | None = None

    def place(self, timestamp: int) -> int:
        """Decode time of this timestamp."""
        return max(0, timestamp + self.offset)


class TrackLine:
    """Places one track's unwrapped RTP timestamps.

    A track's own clock is trusted over arrival times, which carry the network's jitter: a line is laid through the
    packet that came with the least delay. Once something is written by it, it only bends: each sample may last a little
    longer or shorter than its sender's clock said, until the track lies where `aim` wants it. A new line is laid only
    when arrival says for good that the sender's clock stood still or jumped, and then never backwards.
    """

    def __init__(self, rate: int, bend: int) -> None:
        """`bend`: a sample's duration may be changed by one part in so many."""
        self.rate, self._bend = rate, bend
        self.anchors: list[tuple[int, float]] = []
        """The last moments at which it was fixed where a timestamp lies, in seconds."""
        self._vouched_at: float | None = None
        self._stretch: Stretch | None = None
        self._end = 0
        self._late_since = self._looked_at = 0.0

    def observe(self, timestamp: int, at_s: float, *, resumed: bool) -> Stretch:
        """The stretch of a frame that arrived at this moment, in RTP order. `resumed`: it was switched off before."""
        offset = round(at_s * self.rate) - timestamp
        stretch = self._stretch
        if stretch is None:
            return self._lay(timestamp, offset, at_s)
        late_s = at_s - timestamp / self.rate - stretch.floor.offset(at_s)
        if (resumed and abs(late_s) > _LATE_S) or abs(late_s) > _FAR_S or self._stays_late(late_s, at_s):
            return self._lay(timestamp, offset, at_s)
        stretch.floor.observe(at_s, at_s - timestamp / self.rate)
        return stretch

    @property
    def offset(self) -> float:
        """Where the line lies now, as an offset in seconds. Only after the first frame."""
        assert self._stretch is not None
        return self._stretch.offset / self.rate

    def arrival(self, at_s: float) -> float | None:
        """The offset in seconds that arrival alone asks for. None before the first frame."""
        return self._stretch.floor.offset(at_s) if self._stretch is not None else None

    def aim(self, offset: float) -> None:
        """Where the line should lie, as an offset in seconds: followed at once until something is written."""
        stretch = self._stretch
        if stretch is not None:
            stretch.aim = offset
            if not stretch.settled:
                stretch.offset = round(offset * self.rate)

    def vouched(self, at_s: float | None) -> None:
        """A sender report of this moment says that the sender's clock ran on evenly; None: that it did not."""
        self._vouched_at = at_s

    def settle(self, stretch: Stretch) -> None:
        """From now on this stretch only bends: something is about to be written by it."""
        if not stretch.settled:
            stretch.settled = True
            stretch.offset = max(stretch.offset, self._end - stretch.first)
            self._anchor(stretch, stretch.first)

    def bend(self, stretch: Stretch, timestamp: int, duration: int) -> int:
        """By how many ticks the sample of this timestamp lasts longer than it should; what follows is moved as much."""
        if stretch.aim is None:
            return 0
        wrong = round(stretch.aim * self.rate) - stretch.offset
        if abs(wrong) <= _LET_BE_S * self.rate:
            return 0
        most = max(1, duration // self._bend)
        ticks = max(-most, min(wrong, most))
        stretch.offset += ticks
        if timestamp - self.anchors[-1][0] > _ANCHOR_EVERY_S * self.rate:
            self._anchor(stretch, timestamp)
        return ticks

    def leap(self, stretch: Stretch, timestamp: int) -> None:
        """A hole lies before this sample: it may begin where it should, but not before the hole."""
        if stretch.aim is not None:
            stretch.offset = max(round(stretch.aim * self.rate), self._end - timestamp)
            self._anchor(stretch, timestamp)

    def written(self, end: int) -> None:
        """Samples were written up to this decode time; no later stretch begins before it."""
        self._end = max(self._end, end)

    def new_source(self) -> None:
        """The sender's clock is another one from now on."""
        self._stretch = self._vouched_at = None

    def _anchor(self, stretch: Stretch, timestamp: int) -> None:
        place = round((timestamp + stretch.offset) / self.rate, 4)
        self.anchors = [*self.anchors[1 - _ANCHORS :], (timestamp, place)]

    def _lay(self, first: int, offset: int, at_s: float) -> Stretch:
        self._late_since = self._looked_at = at_s
        self._stretch = Stretch(first, offset, DelayFloor())
        self._stretch.floor.observe(at_s, at_s - first / self.rate)
        return self._stretch

    def _stays_late(self, late_s: float, at_s: float) -> bool:
        """Late for two seconds without a break: the sender's clock stood still, unless its reports deny it."""
        if late_s <= _LATE_S or at_s - self._looked_at > _LATE_BREAK_S:
            self._late_since = at_s
        self._looked_at = at_s
        if at_s - self._late_since <= _LATE_FOR_S:
            return False
        return self._vouched_at is None or at_s - self._vouched_at > _VOUCHED_S
