"""How a sender's clocks lie against the survey's line: from arrival times and RTCP sender reports. Pure; seconds.

A track's **offset** is what to add to its RTP time (timestamp / rate) to get the moment of arrival without delay. The
network only ever adds delay, so the least offset lately seen is the best; it moves as the two clocks drift apart.
"""

from collections import deque
from itertools import islice
from statistics import median

_BUCKET_S = 3.0
_BUCKETS = 40
_LAG = 8
_RECENT = 3
_MOST_DRIFT = 400e-6
_CREEP_UNKNOWN = 250e-6
_CREEP = 30e-6
_STEP_S = 0.1
_REPORTS = 5
_FORGET_S = 40.0
_BELIEVE_STEP_S = 20.0
_ABSURD_S = 0.7
NTP_UNIT = 2.0**-32
"""Seconds in one unit of a 64-bit NTP timestamp."""


class DelayFloor:
    """One track's offset through its least-delayed packets, carried on at the rate at which the clocks drift.

    A delay that becomes less is believed at once. One that becomes more for good (another route) is not taken for a
    clock: drift is the median slope over two minutes, which a single step does not change.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._as_of = 0.0
        self._drift: float | None = None
        self._buckets: deque[tuple[float, float]] = deque(maxlen=_BUCKETS)
        self._began = 0.0
        self._least: tuple[float, float] | None = None

    def observe(self, at: float, offset: float) -> None:
        """A frame's arrival, and that arrival less its RTP time."""
        if self._offset is None:
            self._offset, self._as_of, self._began = offset, at, at
        if at - self._began > _BUCKET_S:
            self._close_bucket(at)
        if self._least is None or offset < self._least[1]:
            self._least = (at, offset)
        if offset < self.offset(at):
            self._offset, self._as_of = offset, at

    def offset(self, at: float) -> float:
        """The offset at this moment. Only after the first `observe`."""
        assert self._offset is not None
        return self._offset + (self._drift or 0.0) * (at - self._as_of)

    def _close_bucket(self, at: float) -> None:
        if self._least is not None:
            self._buckets.append(self._least)
        self._least, self._began = None, at
        creep = (_CREEP_UNKNOWN if self._drift is None else _CREEP) * (at - self._as_of)
        expected = self.offset(at) + creep
        self._drift = self._slope()
        recent = min(offset + (self._drift or 0.0) * (at - when) for when, offset in list(self._buckets)[-_RECENT:])
        self._offset, self._as_of = min(recent, expected), at

    def _slope(self) -> float | None:
        """Change of the offset per second: the median over pairs far enough apart. None while there are too few."""
        pairs = zip(self._buckets, islice(self._buckets, _LAG, None), strict=False)
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[0] > a[0]]
        return max(-_MOST_DRIFT, min(median(slopes), _MOST_DRIFT)) if slopes else None


class _ReportedTrack:
    """A track's sender reports as differences between NTP time and RTP time."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, float]] = deque(maxlen=_REPORTS)

    def add(self, at: float, difference: float) -> bool:
        """False if the two clocks, or one of them, jumped since the report before."""
        even = not self._kept or abs(difference - self.difference) <= _STEP_S
        if not even:
            self._kept.clear()
        while self._kept and at - self._kept[0][0] > _FORGET_S:
            self._kept.popleft()
        self._kept.append((at, difference))
        return even

    @property
    def reported_at(self) -> float | None:
        return self._kept[-1][0] if self._kept else None

    @property
    def difference(self) -> float:
        return median(difference for _, difference in self._kept)


class Lipsync:
    """How much more the picture's offset is than the sound's, as the sender's one NTP clock says (RFC 3550 6.4.1).

    When that clock is set, the two tracks' reports contradict each other until both have told of it: a sudden change
    is believed only after it has lasted, and never one that arrival makes absurd.
    """

    def __init__(self) -> None:
        self._sound, self._picture = _ReportedTrack(), _ReportedTrack()
        self._lead: float | None = None
        self._changed_at: float | None = None

    def report(self, at: float, *, picture: bool, difference: float) -> bool:
        """A sender report came: its NTP time less its RTP time. False if that jumped."""
        even = (self._picture if picture else self._sound).add(at, difference)
        self._compare(at)
        return even

    def anew(self, *, picture: bool) -> None:
        """That track's RTP clock is another one from now on."""
        if picture:
            self._picture = _ReportedTrack()
        else:
            self._sound = _ReportedTrack()
        self._lead = self._changed_at = None

    def lead(self, sound: float, picture: float) -> float | None:
        """The picture's offset less the sound's, given those by arrival. None while it is not known or absurd."""
        lead = self._lead
        return None if lead is None or abs(lead - (picture - sound)) > _ABSURD_S else lead

    def _compare(self, at: float) -> None:
        sound_at, picture_at = self._sound.reported_at, self._picture.reported_at
        if sound_at is None or picture_at is None or abs(sound_at - picture_at) > _FORGET_S:
            self._lead = self._changed_at = None
            return
        lead = self._picture.difference - self._sound.difference
        if self._lead is None or abs(lead - self._lead) <= _STEP_S:
            self._lead, self._changed_at = lead, None
        elif self._changed_at is None:
            self._changed_at = at
        elif at - self._changed_at > _BELIEVE_STEP_S:
            self._lead, self._changed_at = lead, None
