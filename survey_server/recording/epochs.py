"""Turns one participant's frames into epochs and fragments. Sans-I/O: frames and times in, steps to carry out back.

An epoch is a run of media under one init segment. A new one begins with each connection, with each change of codec,
of parameter sets or of picture size, and whenever a kind joins or leaves for good: a player shows no pictures past the
end of a sound track it was promised.
"""

from collections.abc import Callable, Iterable, Mapping

from survey_server.recording.blackouts import Blackouts
from survey_server.recording.clocks import NTP_UNIT, Lipsync
from survey_server.recording.container import PictureSettings, picture_settings
from survey_server.recording.fragments import EpochWriter
from survey_server.recording.samples import TIMESCALE
from survey_server.recording.steps import EpochCloses, PartCloses, Step
from survey_server.recording.track import GONE_S, LaneTrack
from survey_server.rtc.assembler import Frame
from survey_server.rtc.codecs import Codec
from survey_server.rtc.rtp import TIMESTAMPS
from survey_server.wire.basics import Kind

_FRAGMENT_S = 1.0
_LONE_S = 0.6
_PART_AT_KEYFRAME_S = 10.0
_KEYFRAME_DUE_S = 2.9
_ASK_EVERY_S = 0.6
_SOUND_COMES_S = 0.7
_PICTURE_COMES_S = 1.5
_IDLE_S = 4.0
_SOUND_WAITS_S = 3.0


class LaneWriter:
    """One participant's lane, over all their connections. Times are seconds on the survey's line.

    Keyframes are asked for so early that they come every four seconds: also over a round trip of 300 ms, and from an
    encoder that ignores one request.
    """

    def __init__(
        self, ask_keyframe: Callable[[], None], *, next_epoch: int = 0, resumed_after: Mapping[Kind, float]
    ) -> None:
        """`resumed_after` says where each track ended before the server restarted."""
        self._ask = ask_keyframe
        self._next_epoch = next_epoch
        self._tracks: dict[Kind, LaneTrack] = {"video": LaneTrack("video"), "audio": LaneTrack("audio")}
        for kind, end_s in resumed_after.items():
            self._tracks[kind].resumed_after(end_s, "server_restart")
        self._connection = -1
        self._expected: frozenset[Kind] = frozenset({"audio", "video"})
        self._lipsync, self._blackouts = Lipsync(), Blackouts()
        self._epoch: EpochWriter | None = None
        self._picture: PictureSettings | None = None
        self._picture_codec: Codec | None = None
        self._written_at = 0.0
        self._keyframe_at: float | None = None
        self._asked_at = float("-inf")
        self._steps: list[Step] = []

    def connected(self, connection: int) -> None:
        """A new connection begins."""
        self._connection = connection
        self._expected = frozenset({"audio", "video"})
        self._lipsync, self._blackouts = Lipsync(), Blackouts()
        self._picture = self._picture_codec = None
        for track in self._tracks.values():
            track.connected()

    def expect(self, kinds: frozenset[Kind]) -> None:
        """The person agreed to send these kinds."""
        self._expected = kinds

    def new_source(self, kind: Kind) -> None:
        """The track's packets come from another source: its clock starts anew."""
        self._tracks[kind].new_source()
        self._lipsync.anew(picture=kind == "video")

    def mute(self, kind: Kind, muted: bool, now: float) -> list[Step]:
        """The owner switched a track off or on."""
        track = self._tracks[kind]
        track.muted = muted
        if muted:
            track.break_cause = track.break_cause or "mute"
        return self.tick(now)

    def heard(self, at: float) -> None:
        """A packet of any kind came, whatever becomes of it."""
        self._blackouts.heard(at)

    def sender_report(self, kind: Kind, ntp: int, timestamp: int, now: float) -> None:
        """Which time on the sender's own clock an RTP timestamp is."""
        track = self._tracks[kind]
        track.report = (ntp, timestamp, round(now, 4))
        if track.last_timestamp is None:
            return
        ahead = (timestamp - track.last_timestamp + (TIMESTAMPS >> 1)) % TIMESTAMPS - (TIMESTAMPS >> 1)
        difference = ntp * NTP_UNIT - (track.last_timestamp + ahead) / TIMESCALE[kind]
        even = self._lipsync.report(now, picture=kind == "video", difference=difference)
        track.line.vouched(now if even else None)

    def frames(self, frames: Iterable[tuple[Kind, Frame]], now: float) -> list[Step]:
        """Whole frames, each kind's in RTP order. `frame.at` is its arrival on the survey's line."""
        for kind, frame in frames:
            self._take(kind, frame, now)
        return self.tick(now)

    def _take(self, kind: Kind, frame: Frame, now: float) -> None:
        track = self._tracks[kind]
        if track.is_stale(frame):
            if track.turned_back:
                self.new_source(kind)
            return
        if kind == "video" and not self._takes_picture(track, frame, now):
            return
        if not track.take(frame, track.break_cause or self._cause_of_hole(track, frame), now):
            self._lipsync.anew(picture=kind == "video")
        self._align(frame.at)

    def _cause_of_hole(self, track: LaneTrack, frame: Frame) -> str:
        """If packets are missing before this frame: the network was dead, or it lost some."""
        if not frame.lost:
            return ""
        since = frame.at if track.last_at is None else track.last_at
        return "network" if self._blackouts.mostly(since, frame.at) else "loss"

    def _align(self, at: float) -> None:
        """Both tracks aim where the clocks say they belong; the picture goes with the sound, which bends far less."""
        sound, picture = self._tracks["audio"].line, self._tracks["video"].line
        heard, seen = sound.arrival(at), picture.arrival(at)
        lead = self._lipsync.lead(heard, seen) if heard is not None and seen is not None else None
        if heard is not None:
            sound.aim(heard if lead is None or seen is None else min(heard, seen - lead))
        if seen is not None:
            picture.aim(seen if lead is None else sound.offset + lead)

    def _takes_picture(self, track: LaneTrack, frame: Frame, now: float) -> bool:
        """Can this picture be kept? A keyframe opens what has to begin with one."""
        settings = picture_settings(frame)
        if settings is not None:
            if settings != self._picture and track.queue and self._epoch is None:
                self._open(self._usable_kinds())
            self._picture, self._picture_codec = settings, frame.codec
        if self._picture is None or self._picture_codec != frame.codec:
            self._ask_keyframe(now)
            return False
        if frame.keyframe:
            self._keyframe_at = frame.at
            self._at_keyframe(now, frame.timestamp)
            return True
        return self._has("video") or bool(track.queue)

    def _has(self, kind: Kind) -> bool:
        return self._epoch is not None and kind in self._epoch.kinds

    def tick(self, now: float) -> list[Step]:
        """Time passed: open, switch, flush or ask for a keyframe as it is due."""
        if self._epoch is None:
            self._maybe_open(now)
        else:
            self._maybe_switch(now, self._epoch)
        if self._oldest_waits(now) >= _FRAGMENT_S and self._begins_whole(now):
            self._flush(now)
        if self._epoch is not None and self._epoch.part_start is not None and now - self._written_at > _IDLE_S:
            self._steps.append(PartCloses(self._muted()))
            self._epoch.next_part()
        late = self._keyframe_at is None or now - self._keyframe_at > _KEYFRAME_DUE_S
        if self._tracks["video"].flows(now) and late:
            self._ask_keyframe(now)
        return self._done()

    def _oldest_waits(self, now: float) -> float:
        """How long ago the oldest frame that can be written came."""
        waiting = [track for kind, track in self._tracks.items() if track.queue and self._has(kind)]
        return max((now - track.queue[0].frame.at for track in waiting), default=0.0)

    def _begins_whole(self, now: float) -> bool:
        """May be written: an epoch's first fragment holds something of every kind, as a track without a sample plays
        nowhere. A lone picture is waited for until the next one says how long it lasts, but not for long.
        """
        epoch = self._epoch
        if epoch is None or epoch.begun:
            return True
        lone = [t for t in (self._tracks[kind] for kind in epoch.kinds) if t.queue and not t.has_finished]
        if lone and self._oldest_waits(now) < _FRAGMENT_S + _LONE_S:
            return False
        for track in lone:
            track.finish_durations()
        return True

    def disconnected(self, now: float, cause: str) -> list[Step]:
        """The connection is over: write what there is, close the epoch."""
        if self._epoch is None and any(t.queue for t in self._tracks.values()):
            self._open(self._usable_kinds())
        if self._epoch is not None and self._epoch.kinds == ("video",) and self._tracks["audio"].queue:
            self._reopen(now, ("audio",))
        self._close(now, cause)
        for track in self._tracks.values():
            track.queue.clear()
            if not track.muted:  # what was switched off anyway was not cut off
                track.break_cause = cause
        return self._done()

    def _done(self) -> list[Step]:
        steps, self._steps = self._steps, []
        return steps

    def _usable_kinds(self) -> tuple[Kind, ...]:
        return tuple(
            k for k in ("video", "audio") if self._tracks[k].queue and (k == "audio" or self._picture is not None)
        )

    def _maybe_open(self, now: float) -> None:
        video, audio = self._tracks["video"], self._tracks["audio"]
        if video.queue:
            sound_may_come = "audio" in self._expected and not audio.muted
            waited = now - video.queue[0].frame.at > _SOUND_COMES_S
            if audio.queue or not sound_may_come or waited:
                self._open(self._usable_kinds())
        elif audio.queue:
            picture_may_come = "video" in self._expected and not video.muted
            if not picture_may_come or now - audio.queue[0].frame.at > _PICTURE_COMES_S:
                self._open(("audio",))
            else:
                self._ask_keyframe(now)

    def _maybe_switch(self, now: float, epoch: EpochWriter) -> None:
        video, audio = self._tracks["video"], self._tracks["audio"]
        if epoch.kinds == ("video", "audio") and audio.flows(now) and now - audio.flowing_since > _PICTURE_COMES_S:
            gone = video.muted or (video.last_at is not None and now - video.last_at > GONE_S)
            if gone:
                self._reopen(now, ("audio",))
        elif epoch.kinds == ("video",) and audio.queue:
            if now - audio.queue[0].frame.at > _SOUND_WAITS_S:
                self._reopen(now, ("audio",))
            else:
                self._ask_keyframe(now)
        if self._has("video") and self._has("audio") and video.flows(now) and self._sound_is_gone():
            self._ask_keyframe(now)

    def _sound_is_gone(self) -> bool:
        """Missing for so long while pictures came: a break of both is no reason to part them."""
        audio, picture_at = self._tracks["audio"], self._tracks["video"].last_at
        late = audio.last_at is not None and picture_at is not None and picture_at - audio.last_at > GONE_S
        return audio.muted or late

    def _at_keyframe(self, now: float, timestamp: int) -> None:
        """Before a keyframe is queued: the one place where an epoch with pictures, or a part, may begin."""
        video, audio, epoch = self._tracks["video"], self._tracks["audio"], self._epoch
        if epoch is None:
            return
        wanted: tuple[Kind, ...] = ("video", "audio")
        unwritten_sound = bool(audio.queue) and "audio" not in epoch.kinds
        if (self._sound_is_gone() or audio.last_at is None) and not unwritten_sound:
            wanted = ("video",)
        if wanted != epoch.kinds or self._picture != epoch.picture:
            video.set_duration(timestamp)
            self._reopen(now, wanted)
        elif epoch.part_start is not None and now - epoch.part_start > _PART_AT_KEYFRAME_S:
            video.set_duration(timestamp)
            self._flush(now)
            epoch.next_part()

    def _reopen(self, now: float, kinds: tuple[Kind, ...]) -> None:
        self._flush(now)
        for kind, track in self._tracks.items():
            if self._has(kind) and kind not in kinds:
                track.finish_durations()
        self._flush(now)
        self._steps.append(EpochCloses("", self._muted()))
        self._open(kinds)

    def _open(self, kinds: tuple[Kind, ...]) -> None:
        self._epoch = EpochWriter(self._next_epoch, self._connection, kinds, self._picture)
        for track in self._tracks.values():
            track.new_epoch()

    def _close(self, now: float, cause: str) -> None:
        if self._epoch is not None:
            for track in self._tracks.values():
                track.finish_durations()
            self._flush(now)
            self._steps.append(EpochCloses(cause, self._muted()))
            self._epoch = None

    def _muted(self) -> tuple[Kind, ...]:
        return tuple(k for k, t in self._tracks.items() if t.muted)

    def _ask_keyframe(self, now: float) -> None:
        if now - self._asked_at >= _ASK_EVERY_S:
            self._asked_at = now
            self._ask()

    def _flush(self, now: float) -> None:
        """Write every queued sample of the epoch's kinds whose duration is known."""
        epoch = self._epoch
        if epoch is None:
            return
        for kind in epoch.kinds:
            track = self._tracks[kind]
            if track.queue and now - track.taken_at > GONE_S:
                track.finish_durations()
        steps = epoch.write(piece for kind in epoch.kinds for piece in self._tracks[kind].pieces())
        if steps:
            self._steps += steps
            self._next_epoch, self._written_at = epoch.number + 1, now
