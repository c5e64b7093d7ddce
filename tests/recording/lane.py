"""A lane recorded without a network: prepared frames fed at their times into the real writer, files and spool."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from evidence_store.spool import Spool
from survey_server.recording import Lane, StoredObject, lanes_from_objects
from survey_server.recording.epochs import LaneWriter
from survey_server.recording.lanes import Continuation, continuations
from survey_server.recording.segments import LaneSegments
from survey_server.rtc.assembler import Frame
from survey_server.rtc.h264 import parameter_sets
from survey_server.rtc.prepared import PreparedMedia
from tests.servers import require

HALF_AN_HOUR = 90_000 * 1800


class Fed:
    """One participant whose frames come at exact times; knobs for what goes wrong."""

    def __init__(self, directory: Path, media: PreparedMedia, *, earlier: Sequence[StoredObject] = (),
                 vp8: Sequence[bytes] | None = None) -> None:  # fmt: skip
        """`vp8`: these pictures, every 60th a keyframe, instead of the prepared ones."""
        self.vp8 = vp8
        self.directory, self.media = directory, media
        self.spool = Spool(directory)
        self.segments = LaneSegments(self.spool, "surveys/test", "p1", 1)
        self.asked: list[float] = []
        self.now = 0.0
        self.first_video, self.first_audio = 2**32 - 90_000 * 3, 2**32 - 48_000 * 5
        former = continuations(earlier).get("p1", Continuation())
        self.writer = LaneWriter(
            lambda: self.asked.append(self.now), next_epoch=former.epoch, resumed_after=former.ends_s
        )
        self.connections = former.connection
        self._picture = 0

    def connect(self, at: float) -> None:
        self.now = at
        self.writer.connected(self.connections)
        self.connections += 1

    def run(self, start: float, end: float, *, video=True, audio=True, jitter=lambda n: 0.0, fps=30, lost=0,
            key_first=True) -> None:  # fmt: skip
        """Feed frames of this stretch of the survey's line; `lost` packets are said to be missing before the first."""
        pictures = [start + n / fps for n in range(round((end - start) * fps) if video else 0)]
        sounds = [start + n / 50 for n in range(round((end - start) * 50) if audio else 0)]
        events = [(at + jitter(n), "video", round(at * 90_000)) for n, at in enumerate(pictures)]
        events += [(at + 0.001, "audio", round(at * 48_000)) for at in sounds]
        if video and key_first:
            self._picture += -self._picture % 60
        first = {"audio": True, "video": True}
        for at, kind, ticks in sorted(events):
            self.now = at
            self.writer.heard(at)
            missing, first[kind] = (lost if first[kind] else 0), False
            if kind == "video":
                frame = self._next_picture(self.first_video + ticks, at, missing)
            else:
                sound = self.media.sounds[(ticks // 960) % len(self.media.sounds)]
                frame = Frame(self.first_audio + ticks, (sound,), keyframe=True, at=at, lost=missing, codec="opus")
            self.segments.carry_out(self.writer.frames([(kind, frame)], at))
        self.now = end

    def _next_picture(self, timestamp: int, at: float, missing: int) -> Frame:
        number = self._picture % 120
        self._picture += 1
        if self.vp8 is not None:
            return Frame(timestamp, (self.vp8[number],), number % 60 == 0, at, missing, "vp8")
        return Frame(timestamp, tuple(self.media.pictures[number]), self.media.keyframes[number], at, missing, "h264")

    def codec_of_prepared(self) -> str:
        sets = parameter_sets(self.media.pictures[0])
        assert sets is not None
        return sets.codec

    def idle(self, until: float) -> None:
        while self.now < until:
            self.now = round(self.now + 0.25, 2)
            self.segments.carry_out(self.writer.tick(self.now))

    def mute(self, kind: str, muted: bool) -> None:
        self.segments.carry_out(self.writer.mute(kind, muted, self.now))

    def disconnect(self, cause: str) -> None:
        self.segments.carry_out(self.writer.disconnected(self.now, cause))

    def finish(self) -> Lane:
        self.disconnect("ended")
        (lane,) = lanes_from_objects(self.segments.objects, self.now)
        return lane


def stored(directory: Path) -> dict[str, bytes]:
    """Every whole object of a spool, by key."""
    spool = Spool(directory)
    try:
        return {w.held.key: spool.read(w) for w in spool.ready()}
    finally:
        spool.close()


def epoch_files(lane: Lane, objects: dict[str, bytes], directory: Path) -> list[Path]:
    """Each epoch as one playable file."""
    files = []
    for epoch in lane.epochs:
        path = directory / f"{lane.participant}-{epoch.number}.mp4"
        path.write_bytes(objects[epoch.init.key] + b"".join(objects[p.key] for p in epoch.parts))
        files.append(path)
    return files


def decodes_silently(file: Path) -> None:
    """Decode all of a file with ffmpeg, which must not say a word.

    Times stay the file's own: ffmpeg rounds to a constant rate by default, and two pictures close together fall on one.
    """
    command = [require("ffmpeg"), "-v", "error", "-xerror", "-i", file, "-enc_time_base:v", "-1", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), f"{file}: {done.stderr[-2000:]}"


def accounts_for_every_second(lane: Lane) -> None:
    """Sample durations add up to the RTP time between first and last sample, less the listed gaps."""
    for epoch in lane.epochs:
        for track in epoch.tracks:
            gaps = sum(g.end_s - g.start_s for g in track.gaps)
            spanned = (track.last_rtp - track.first_rtp) / track.clock_rate + track.last_s
            assert abs(track.seconds - (spanned - gaps)) < 0.06, (epoch.number, track)
