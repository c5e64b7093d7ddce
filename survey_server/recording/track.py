"""One track of a lane: frames in RTP order in, samples on the survey's line out."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from survey_server.recording.container import PictureSettings, sample_data
from survey_server.recording.lanes import HOLE_S, Gap, TrackFacts
from survey_server.recording.samples import TIMESCALE, Run, Sample
from survey_server.recording.timeline import Stretch, TrackLine
from survey_server.rtc.assembler import Frame
from survey_server.wire.basics import Kind

GONE_S = 3.0
"""A track that sent nothing for so long is gone, until it comes back."""
_STALE_FRAMES = 100
_UNLISTED_S = 0.05
_STEPS = 9
_NOMINAL: dict[Kind, int] = {"video": 3000, "audio": 960}
_BEND: dict[Kind, int] = {"video": 33, "audio": 960}


@dataclass
class _Queued:
    frame: Frame
    stretch: Stretch
    cause: str
    duration: int | None = None


@dataclass
class LaneTrack:
    """One kind of one participant, over all their connections."""

    kind: Kind
    queue: list[_Queued] = field(default_factory=list[_Queued])
    last_timestamp: int | None = None
    last_at: float | None = None
    taken_at: float = 0.0
    flowing_since: float = 0.0
    muted: bool = False
    break_cause: str = ""
    report: tuple[int, int, float] | None = None

    def __post_init__(self) -> None:
        self.line = TrackLine(TIMESCALE[self.kind], _BEND[self.kind])
        self._steps = deque([_NOMINAL[self.kind]] * _STEPS, maxlen=_STEPS)
        self._written_end: int | None = None
        self._unlisted = 0
        self._base: tuple[int, int] | None = None
        self._stale = 0

    def resumed_after(self, end_s: float, cause: str) -> None:
        """The recording went on to this moment before; what is missing since then is this cause's."""
        self._written_end = round(end_s * self.line.rate)
        self.line.written(self._written_end)
        self.break_cause = cause

    def connected(self) -> None:
        """A new connection begins."""
        self.muted = False
        self.last_at = self.last_timestamp = None
        self.line.new_source()

    def new_source(self) -> None:
        """The packets come from another source: its clock starts anew."""
        self.finish_durations()
        self.last_timestamp = None
        self.line.new_source()

    def new_epoch(self) -> None:
        """RTP times and unlisted holes are counted from here."""
        self._base, self._unlisted = None, 0

    def is_stale(self, frame: Frame) -> bool:
        """Not after the frame before it."""
        if self.last_timestamp is None or frame.timestamp > self.last_timestamp:
            self._stale = 0
            return False
        self._stale += 1
        return True

    @property
    def turned_back(self) -> bool:
        """Did only stale frames come for so long that the sender's clock must have been turned back?"""
        return self._stale > _STALE_FRAMES

    def take(self, frame: Frame, cause: str, now: float) -> bool:
        """Queue a frame. `cause` is why there is a hole before it, if there is one. False if its line begins anew."""
        former = self.queue[-1].stretch if self.queue else None
        stretch = self.line.observe(frame.timestamp, frame.at, resumed=cause == "mute")
        if self.last_at is None or frame.at - self.last_at > GONE_S:
            self.flowing_since = frame.at
        self.set_duration(frame.timestamp if former is stretch else None)
        self.queue.append(_Queued(frame, stretch, cause))
        if not self.muted:
            self.break_cause = ""
        step = None if self.last_timestamp is None else frame.timestamp - self.last_timestamp
        if step is not None and not frame.lost and step <= HOLE_S * self.line.rate:
            self._steps.append(step)
        self.last_timestamp, self.last_at, self.taken_at = frame.timestamp, frame.at, now
        return stretch.first != frame.timestamp

    def flows(self, now: float) -> bool:
        """Did a frame come lately?"""
        return not self.muted and self.last_at is not None and now - self.last_at < GONE_S

    @property
    def _nominal(self) -> int:
        """How long a sample lasts whose successor is unknown: the median of the last steps without loss."""
        return sorted(self._steps)[_STEPS // 2]

    def set_duration(self, timestamp: int | None) -> None:
        """The newest queued sample lasts until this timestamp, unless a hole lies between."""
        if self.queue and self.queue[-1].duration is None:
            between = math.inf if timestamp is None else timestamp - self.queue[-1].frame.timestamp
            self.queue[-1].duration = int(between) if between <= HOLE_S * self.line.rate else self._nominal

    def finish_durations(self) -> None:
        """Nothing follows the newest queued sample for now."""
        self.set_duration(None)

    @property
    def has_finished(self) -> bool:
        """Is there a sample whose duration is known?"""
        return bool(self.queue) and self.queue[0].duration is not None

    def pieces(self) -> list["Piece"]:
        """The finished samples, taken from the queue and divided at holes.

        A sample whose successor came later than it was waited for has a guessed duration, and is written: should the
        successor begin inside it, then it begins at its end.
        """
        done = [q for q in self.queue if q.duration is not None]
        self.queue = self.queue[len(done) :]
        pieces: list[Piece] = []
        for queued in done:
            timestamp, duration = queued.frame.timestamp, queued.duration or 0
            self.line.settle(queued.stretch)
            before = self._written_end
            if before is not None and queued.stretch.place(timestamp) - before > HOLE_S * self.line.rate:
                self.line.leap(queued.stretch, timestamp)
            place = queued.stretch.place(timestamp)
            start = place if before is None else max(place, before)
            if self._base is None:
                self._base = (timestamp, start)
            if not pieces or start != before:
                pieces.append(Piece(self.kind, start, self._base[0] + start - self._base[1], self._told))
            gap = self._gap(start, queued.cause)
            if gap is not None:
                pieces[-1].gaps.append(gap)
            end = max(start + 1, place + duration + self.line.bend(queued.stretch, timestamp, duration))
            pieces[-1].add(queued.frame, end - start)
            self._written_end = end
            self.line.written(end)
        return pieces

    def _told(self) -> tuple[list[tuple[int, float]], tuple[int, int, float] | None]:
        return self.line.anchors, self.report

    def _gap(self, start: int, cause: str) -> Gap | None:
        """The hole before this decode time. The shortest are not listed, unless they add up within the epoch."""
        before, rate = self._written_end, self.line.rate
        if before is None or start == before:
            return None
        if self._unlisted + start - before <= _UNLISTED_S * rate:
            self._unlisted += start - before
            return None
        return Gap(round(before / rate, 4), round(start / rate, 4), self.kind, cause or "silent")


class Piece:
    """Samples of one track without a hole."""

    def __init__(
        self, kind: Kind, decode_time: int, timestamp: int,
        told: Callable[[], tuple[list[tuple[int, float]], tuple[int, int, float] | None]],
    ) -> None:  # fmt: skip
        """`timestamp` is the first sample's RTP timestamp; `told` gives the line's anchors and the sender's report."""
        self.kind: Kind = kind
        self.timestamp = timestamp
        self.gaps: list[Gap] = []
        self.first_key: tuple[float, Frame] | None = None
        """The first picture a decoder can begin with, and its seconds on the survey's line."""
        self._decode_time, self._told, self._rate = decode_time, told, TIMESCALE[kind]
        self._samples: list[Sample] = []
        self._ticks = 0

    def add(self, frame: Frame, duration: int) -> None:
        """The next sample."""
        if frame.keyframe and self.kind == "video" and self.first_key is None:
            self.first_key = (self.end_s, frame)
        self._samples.append(Sample(sample_data(frame), duration, frame.keyframe))
        self._ticks += duration

    @property
    def start_s(self) -> float:
        """Where it begins on the survey's line."""
        return self._decode_time / self._rate

    @property
    def end_s(self) -> float:
        """Where it ends on the survey's line."""
        return (self._decode_time + self._ticks) / self._rate

    def run(self) -> Run:
        """As the container takes it."""
        return Run(self.kind, self._decode_time, self._samples)

    def facts(self, picture: PictureSettings | None) -> TrackFacts:
        """As the stored object tells it."""
        last = self._samples[-1].duration
        anchors, report = self._told()
        return TrackFacts(
            codec=picture.codec if self.kind == "video" and picture is not None else "opus",
            clock_rate=self._rate,
            first_rtp=self.timestamp,
            last_rtp=self.timestamp + self._ticks - last,
            start_s=round(self.start_s, 4),
            end_s=round(self.end_s, 4),
            seconds=round(self._ticks / self._rate, 6),
            last_s=round(last / self._rate, 6),
            samples=len(self._samples),
            anchors=anchors,
            sender_report=report,
        )
