"""Turns one participant's frames into epochs and fragments. Sans-I/O: frames and times in, steps to carry out back.

An epoch is a run of media under one init segment. A new one begins with each connection, with each new parameter set,
and whenever a kind joins or leaves for good: a player shows no pictures past the end of a sound track it was promised.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from survey_server.recording import fmp4
from survey_server.recording.lanes import HOLE_S, Gap, TrackFacts
from survey_server.recording.timeline import Stretch, TrackLine
from survey_server.rtc import h264
from survey_server.rtc.assembler import Frame
from survey_server.wire import Kind

_FRAGMENT_S = 1.0
_PART_S = 14.0
_PART_AT_KEYFRAME_S = 10.0
_KEYFRAME_EVERY_S = 4.0
_ASK_EVERY_S = 1.0
_SOUND_COMES_S = 0.7
_PICTURE_COMES_S = 1.5
_GONE_S = 2.0
_IDLE_S = 5.0
_SOUND_WAITS_S = 3.0
_STALE_FRAMES = 100
_EVEN_TICKS = 180
_UNLISTED_S = 0.05
_STEPS = 9
_NOMINAL: dict[Kind, int] = {"video": 3000, "audio": 960}
_LEFT_OUT = {h264.SPS, h264.PPS, h264.DELIMITER, h264.FILLER}


@dataclass(frozen=True)
class EpochOpens:
    """Keep this init segment; the fragments that follow belong to it."""

    number: int
    connection: int
    kinds: tuple[Kind, ...]
    mime: str
    width: int
    height: int
    init: bytes


@dataclass(frozen=True)
class Fragment:
    """Append these bytes to the part of this number."""

    part: int
    data: bytes
    start_s: float
    end_s: float
    tracks: dict[Kind, TrackFacts]
    gaps: list[Gap]


@dataclass(frozen=True)
class EpochCloses:
    """No more fragments under the last init segment. `cause` is set when the connection ended too."""

    cause: str
    muted: tuple[Kind, ...]


@dataclass(frozen=True)
class PartCloses:
    """Nothing came for a while: hand on what there is, so that it does not wait on this machine alone."""

    muted: tuple[Kind, ...]


Step = EpochOpens | Fragment | PartCloses | EpochCloses


class FragmentNotes(msgspec.Struct, frozen=True):
    """What a fragment carries for recovery: the real RTP timestamp of each track's first sample, and its gaps."""

    rtp: dict[Kind, int]
    gaps: list[Gap]


@dataclass
class _Queued:
    frame: Frame
    stretch: Stretch
    cause: str
    duration: int | None = None


@dataclass
class _TrackState:
    kind: Kind
    line: TrackLine
    queue: list[_Queued] = field(default_factory=list[_Queued])
    last_timestamp: int | None = None
    last_at: float | None = None
    taken_at: float = 0.0
    flowing_since: float = 0.0
    muted: bool = False
    break_cause: str = ""
    written_end: int | None = None
    unlisted: int = 0
    base: tuple[int, int] | None = None
    stale: int = 0
    report: tuple[int, int, float] | None = None

    def __post_init__(self) -> None:
        self._steps = deque([_NOMINAL[self.kind]] * _STEPS, maxlen=_STEPS)

    @property
    def nominal(self) -> int:
        """How long a sample lasts whose successor is unknown: the median of the last steps without loss."""
        return sorted(self._steps)[_STEPS // 2]

    def took(self, frame: Frame, now: float) -> None:
        """Note a queued frame: its step, and when it came."""
        step = None if self.last_timestamp is None else frame.timestamp - self.last_timestamp
        if step is not None and not frame.lost and step <= HOLE_S * self.line.rate:
            self._steps.append(step)
        self.last_timestamp, self.last_at, self.taken_at = frame.timestamp, frame.at, now

    def flows(self, now: float) -> bool:
        return not self.muted and self.last_at is not None and now - self.last_at < _GONE_S


class LaneWriter:
    """One participant's lane, over all their connections. Times are seconds on the survey's line."""

    def __init__(
        self, ask_keyframe: Callable[[], None], *, next_epoch: int = 0, resumed_after: Mapping[Kind, float]
    ) -> None:
        """`resumed_after` says where each track ended before the server restarted."""
        self._ask = ask_keyframe
        self._next_epoch = next_epoch
        self._tracks: dict[Kind, _TrackState] = {
            kind: _TrackState(kind, TrackLine(rate)) for kind, rate in fmp4.TIMESCALE.items()
        }
        for kind, end_s in resumed_after.items():
            self._tracks[kind].written_end = round(end_s * fmp4.TIMESCALE[kind])
            self._tracks[kind].line.written(round(end_s * fmp4.TIMESCALE[kind]))
            self._tracks[kind].break_cause = "server_restart"
        self._connection = -1
        self._connected_at = 0.0
        self._expected: frozenset[Kind] = frozenset({"audio", "video"})
        self._kinds: tuple[Kind, ...] = ()
        self._sets: h264.ParameterSets | None = None
        self._epoch_sets: h264.ParameterSets | None = None
        self._init_due = False
        self._written_at = 0.0
        self._part = 0
        self._part_start: float | None = None
        self._fragment_number = 0
        self._keyframe_at: float | None = None
        self._asked_at = float("-inf")
        self._steps: list[Step] = []

    def connected(self, now: float, connection: int) -> None:
        """A new connection begins."""
        self._connection, self._connected_at = connection, now
        self._expected = frozenset({"audio", "video"})
        self._sets = None
        for track in self._tracks.values():
            track.muted = False
            track.last_at = track.last_timestamp = None
            track.line.new_source()

    def expect(self, kinds: frozenset[Kind]) -> None:
        """The person agreed to send these kinds."""
        self._expected = kinds

    def new_source(self, kind: Kind) -> None:
        """The track's packets come from another source: its clock starts anew."""
        track = self._tracks[kind]
        self._finish_durations(track)
        track.last_timestamp = None
        track.line.new_source()

    def mute(self, kind: Kind, muted: bool, now: float) -> list[Step]:
        """The owner switched a track off or on."""
        track = self._tracks[kind]
        track.muted = muted
        if muted:
            track.break_cause = track.break_cause or "mute"
        return self.tick(now)

    def sender_report(self, kind: Kind, ntp: int, timestamp: int, now: float) -> None:
        """Kept with the media: which time on the sender's own clock an RTP timestamp is."""
        self._tracks[kind].report = (ntp, timestamp, round(now, 4))

    def frame(self, kind: Kind, frame: Frame, now: float) -> list[Step]:
        """A whole frame, in RTP order. `frame.at` is its arrival on the survey's line."""
        track = self._tracks[kind]
        if self._is_stale(track, frame) or (kind == "video" and not self._takes_picture(track, frame, now)):
            return self._done()
        cause = track.break_cause or ("loss" if frame.lost else "")
        stretch = track.line.observe(frame.timestamp, frame.at, resumed=cause == "mute")
        if track.last_at is None or frame.at - track.last_at > _GONE_S:
            track.flowing_since = frame.at
        same_line = bool(track.queue) and track.queue[-1].stretch is stretch
        self._set_duration(track, frame.timestamp if same_line else None)
        track.queue.append(_Queued(frame, stretch, cause))
        if not track.muted:
            track.break_cause = ""
        track.took(frame, now)
        return self.tick(now)

    def _is_stale(self, track: _TrackState, frame: Frame) -> bool:
        """Not after the frame before it. If that goes on, the sender's clock was turned back: start anew."""
        if track.last_timestamp is None or frame.timestamp > track.last_timestamp:
            track.stale = 0
            return False
        track.stale += 1
        if track.stale > _STALE_FRAMES:
            self.new_source(track.kind)
        return True

    def _takes_picture(self, track: _TrackState, frame: Frame, now: float) -> bool:
        """Can this picture be kept? A keyframe opens what has to begin with one."""
        sets = h264.parameter_sets(frame.units) if frame.keyframe else None
        if sets is not None and sets != self._sets and track.queue and not self._kinds:
            self._open(self._usable_kinds())
        self._sets = sets or self._sets
        if self._sets is None:
            self._ask_keyframe(now)
            return False
        if frame.keyframe:
            self._keyframe_at = now
            self._at_keyframe(now, frame.timestamp)
            return True
        return "video" in self._kinds or bool(track.queue)

    def tick(self, now: float) -> list[Step]:
        """Time passed: open, switch, flush or ask for a keyframe as it is due."""
        if not self._kinds:
            self._maybe_open(now)
        else:
            self._maybe_switch(now)
        if self._kinds and any(
            t.queue and now - t.queue[0].frame.at >= _FRAGMENT_S for k, t in self._tracks.items() if k in self._kinds
        ):
            self._flush(now)
        if self._part_start is not None and now - self._written_at > _IDLE_S:
            self._steps.append(PartCloses(self._muted()))
            self._next_part()
        video = self._tracks["video"]
        if video.flows(now) and (self._keyframe_at is None or now - self._keyframe_at > _KEYFRAME_EVERY_S):
            self._ask_keyframe(now)
        return self._done()

    def disconnected(self, now: float, cause: str) -> list[Step]:
        """The connection is over: write what there is, close the epoch."""
        if not self._kinds and any(t.queue for t in self._tracks.values()):
            self._open(self._usable_kinds())
        if self._kinds == ("video",) and self._tracks["audio"].queue:
            self._reopen(now, ("audio",))
        self._close(now, cause)
        for track in self._tracks.values():
            track.queue.clear()
            track.break_cause = cause
        return self._done()

    def _done(self) -> list[Step]:
        steps, self._steps = self._steps, []
        return steps

    def _set_duration(self, track: _TrackState, timestamp: int | None) -> None:
        """The newest queued sample lasts until this timestamp, unless a hole lies between."""
        if track.queue and track.queue[-1].duration is None:
            between = math.inf if timestamp is None else timestamp - track.queue[-1].frame.timestamp
            track.queue[-1].duration = int(between) if between <= HOLE_S * track.line.rate else track.nominal

    def _finish_durations(self, track: _TrackState) -> None:
        self._set_duration(track, None)

    def _usable_kinds(self) -> tuple[Kind, ...]:
        return tuple(
            k for k in ("video", "audio") if self._tracks[k].queue and (k == "audio" or self._sets is not None)
        )

    def _maybe_open(self, now: float) -> None:
        video, audio = self._tracks["video"], self._tracks["audio"]
        age = now - self._connected_at
        if video.queue:
            sound_may_come = "audio" in self._expected and not audio.muted
            waited = now - video.queue[0].frame.at > _SOUND_COMES_S
            if audio.queue or not sound_may_come or waited or age > _SOUND_COMES_S + _PICTURE_COMES_S:
                self._open(self._usable_kinds())
        elif audio.queue:
            picture_may_come = "video" in self._expected and not video.muted
            if not picture_may_come or now - audio.queue[0].frame.at > _PICTURE_COMES_S:
                self._open(("audio",))
            else:
                self._ask_keyframe(now)

    def _maybe_switch(self, now: float) -> None:
        video, audio = self._tracks["video"], self._tracks["audio"]
        if self._kinds == ("video", "audio") and audio.flows(now) and now - audio.flowing_since > _PICTURE_COMES_S:
            gone = video.muted or (video.last_at is not None and now - video.last_at > _GONE_S)
            if gone:
                self._reopen(now, ("audio",))
        elif self._kinds == ("video",) and audio.queue:
            if now - audio.queue[0].frame.at > _SOUND_WAITS_S:
                self._reopen(now, ("audio",))
            else:
                self._ask_keyframe(now)
        if self._kinds == ("video", "audio") and video.flows(now) and self._sound_is_gone():
            self._ask_keyframe(now)

    def _sound_is_gone(self) -> bool:
        """Missing for so long while pictures came: a break of both is no reason to part them."""
        audio, picture_at = self._tracks["audio"], self._tracks["video"].last_at
        late = audio.last_at is not None and picture_at is not None and picture_at - audio.last_at > _GONE_S
        return audio.muted or late

    def _at_keyframe(self, now: float, timestamp: int) -> None:
        """Before a keyframe is queued: the one place where an epoch with pictures, or a part, may begin."""
        video, audio = self._tracks["video"], self._tracks["audio"]
        if not self._kinds:
            return
        wanted: tuple[Kind, ...] = ("video", "audio")
        unwritten_sound = bool(audio.queue) and "audio" not in self._kinds
        if (self._sound_is_gone() or audio.last_at is None) and not unwritten_sound:
            wanted = ("video",)
        if wanted != self._kinds or self._sets != self._epoch_sets:
            self._set_duration(video, timestamp)
            self._reopen(now, wanted)
        elif self._part_start is not None and now - self._part_start > _PART_AT_KEYFRAME_S:
            self._set_duration(video, timestamp)
            self._flush(now)
            self._next_part()

    def _reopen(self, now: float, kinds: tuple[Kind, ...]) -> None:
        self._flush(now)
        for kind in self._kinds:
            if kind not in kinds:
                self._finish_durations(self._tracks[kind])
        self._flush(now)
        self._steps.append(EpochCloses("", self._muted()))
        self._open(kinds)

    def _open(self, kinds: tuple[Kind, ...]) -> None:
        self._kinds, self._epoch_sets = kinds, self._sets if "video" in kinds else None
        self._init_due = True
        for track in self._tracks.values():
            track.base, track.unlisted = None, 0
        self._fragment_number = self._part = 0
        self._part_start = None

    def _begin(self, pieces: list["_Piece"]) -> None:
        """The init segment, once the first fragment shows how the pictures come."""
        sets, audio = self._epoch_sets, "audio" in self._kinds
        durations = [d for p in pieces if p.track.kind == "video" for d in p.durations]
        uneven = sets is not None and math.gcd(*durations) <= _EVEN_TICKS
        width, height = sets.size if sets is not None else (0, 0)
        self._steps.append(
            EpochOpens(
                number=self._next_epoch,
                connection=self._connection,
                kinds=self._kinds,
                mime=fmp4.mime(sets, audio=audio),
                width=width,
                height=height,
                init=fmp4.init_segment(sets, audio=audio, uneven=uneven),
            )
        )
        self._next_epoch += 1
        self._init_due = False

    def _close(self, now: float, cause: str) -> None:
        if self._kinds:
            for track in self._tracks.values():
                self._finish_durations(track)
            self._flush(now)
            self._steps.append(EpochCloses(cause, self._muted()))
            self._kinds = ()

    def _muted(self) -> tuple[Kind, ...]:
        return tuple(k for k, t in self._tracks.items() if t.muted)

    def _next_part(self) -> None:
        self._part += 1
        self._part_start = None

    def _ask_keyframe(self, now: float) -> None:
        if now - self._asked_at >= _ASK_EVERY_S:
            self._asked_at = now
            self._ask()

    def _flush(self, now: float) -> None:
        """Write every queued sample of the epoch's kinds whose duration is known."""
        pieces: dict[Kind, list[_Piece]] = {}
        for kind in self._kinds:
            track = self._tracks[kind]
            if track.queue and now - track.taken_at > _GONE_S:
                self._finish_durations(track)
            pieces[kind] = self._pieces(track)
        for index in range(max((len(p) for p in pieces.values()), default=0)):
            self._write([found[index] for found in pieces.values() if index < len(found)])
            self._written_at = now

    def _pieces(self, track: _TrackState) -> list["_Piece"]:
        """The track's finished samples, divided at holes.

        A sample whose successor came later than it was waited for has a guessed duration, and is written: should the
        successor begin inside it, then it begins at its end.
        """
        done = [q for q in track.queue if q.duration is not None]
        track.queue = track.queue[len(done) :]
        pieces: list[_Piece] = []
        for queued in done:
            track.line.settle(queued.stretch)
            place = queued.stretch.place(queued.frame.timestamp)
            before = track.written_end
            start = place if before is None else max(place, before)
            if track.base is None:
                track.base = (queued.frame.timestamp, start)
            if not pieces or start != before:
                pieces.append(_Piece(track, start))
            gap = self._gap(track, start, queued.cause)
            if gap is not None:
                pieces[-1].gaps.append(gap)
            duration = max(1, place + (queued.duration or 0) - start)
            pieces[-1].add(queued.frame, duration)
            track.written_end = start + duration
            track.line.written(track.written_end)
        return pieces

    @staticmethod
    def _gap(track: _TrackState, start: int, cause: str) -> Gap | None:
        """The hole before this decode time. The shortest are not listed, unless they add up within the epoch."""
        before, rate = track.written_end, track.line.rate
        if before is None or start == before:
            return None
        if track.unlisted + start - before <= _UNLISTED_S * rate:
            track.unlisted += start - before
            return None
        return Gap(round(before / rate, 4), round(start / rate, 4), track.kind, cause or "silent")

    def _write(self, pieces: list["_Piece"]) -> None:
        start = min(p.start_s for p in pieces)
        end = max(p.end_s for p in pieces)
        if self._part_start is not None and end - self._part_start > _PART_S:
            self._next_part()
        self._part_start = start if self._part_start is None else self._part_start
        if self._init_due:
            self._begin(pieces)
        self._fragment_number += 1
        gaps = [gap for piece in pieces for gap in piece.gaps]
        notes = FragmentNotes({p.track.kind: p.timestamp for p in pieces}, gaps)
        data = fmp4.fragment(self._fragment_number, [p.run() for p in pieces], msgspec.json.encode(notes))
        tracks: dict[Kind, TrackFacts] = {p.track.kind: p.facts(self._epoch_sets) for p in pieces}
        self._steps.append(Fragment(self._part, data, round(start, 4), round(end, 4), tracks, gaps))


class _Piece:
    """Samples of one track without a hole."""

    def __init__(self, track: _TrackState, decode_time: int) -> None:
        assert track.base is not None
        first_rtp, first_decode_time = track.base
        self.track, self.decode_time = track, decode_time
        self.timestamp = first_rtp + decode_time - first_decode_time
        self.gaps: list[Gap] = []
        self._samples: list[fmp4.Sample] = []
        self._ticks = 0

    def add(self, frame: Frame, duration: int) -> None:
        if self.track.kind == "video":
            data = fmp4.avc_sample([u for u in frame.units if h264.unit_type(u) not in _LEFT_OUT])
        else:
            data = frame.units[0]
        self._samples.append(fmp4.Sample(data, duration, frame.keyframe))
        self._ticks += duration

    @property
    def durations(self) -> list[int]:
        return [s.duration for s in self._samples[:-1]] or [self._ticks]

    @property
    def start_s(self) -> float:
        return self.decode_time / self.track.line.rate

    @property
    def end_s(self) -> float:
        return (self.decode_time + self._ticks) / self.track.line.rate

    def run(self) -> fmp4.Run:
        return fmp4.Run(self.track.kind, self.decode_time, self._samples)

    def facts(self, sets: h264.ParameterSets | None) -> TrackFacts:
        rate, last = self.track.line.rate, self._samples[-1].duration
        return TrackFacts(
            codec=sets.codec if self.track.kind == "video" and sets is not None else "opus",
            clock_rate=rate,
            first_rtp=self.timestamp,
            last_rtp=self.timestamp + self._ticks - last,
            start_s=round(self.start_s, 4),
            end_s=round(self.end_s, 4),
            seconds=round(self._ticks / rate, 6),
            last_s=round(last / rate, 6),
            samples=len(self._samples),
            anchors=self.track.line.anchors[-4:],
            sender_report=self.track.report,
        )
