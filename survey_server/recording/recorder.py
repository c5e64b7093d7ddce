"""The recording of one survey: a lane per participant, whatever happens to the others."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from survey_server.clock import beat
from survey_server.recording.epochs import LaneWriter
from survey_server.recording.lanes import Continuation, Lane, StoredObject, continuations, lanes_from_objects
from survey_server.recording.segments import LaneSegments, Segments
from survey_server.recording.steps import Fragment, KeyPicture, Step
from survey_server.rtc.assembler import Frame, H264Assembler, OpusAssembler, PictureAssembler, VP8Assembler
from survey_server.rtc.codecs import KIND, Codec
from survey_server.rtc.rtp import REPAIR_S
from survey_server.wire.basics import Kind
from survey_server.wire.to_person import RecordingProgress

_TICK_S = 0.2
_LOCK_DAYS = 180
_PATIENCE_S = REPAIR_S + 0.1
"""What is asked for last still arrives."""
_DEPTH = 1024
_TOGETHER_S = 0.1

OnKeyPicture = Callable[[str, KeyPicture], None]
"""Told of each key picture that is about to be kept, and whose it is. Returns at once and raises nothing."""

_Packet = tuple[Codec, int, int, int, bytes, int, float]
"""Codec, sequence number, timestamp, marker, payload, source, and when it came."""

_log = logging.getLogger(__name__)


class ConnectionRecorder:
    """Takes what one connection sends. Every call returns at once; nothing here raises for what a person sent."""

    def __init__(self, lane: "ParticipantRecorder", ask_keyframe: Callable[[], None]) -> None:
        self._lane = lane
        self._asking = ask_keyframe
        self._video: PictureAssembler = H264Assembler(self.ask_keyframe, _PATIENCE_S, _DEPTH)
        self._audio = OpusAssembler(_PATIENCE_S, _DEPTH)
        self._sources: dict[Kind, tuple[int, Codec]] = {}
        self._waiting: list[_Packet] = []
        self._closed = False

    def rtp(
        self, codec: Codec, sequence: int, timestamp: int, marker: int, payload: bytes, source: int
    ) -> None:  # fmt: skip
        """One packet, possibly out of order, never twice. Looked at with those of the next tenth of a second."""
        if self._closed:
            return
        at = self._lane.now_s()
        self._waiting.append((codec, sequence, timestamp, marker, payload, source, at))
        if at - self._waiting[0][-1] >= _TOGETHER_S:
            self._take_all()

    def _take_all(self) -> None:
        """Work done in one go runs from the processor's caches: half the cost of the same packet by packet."""
        waiting, self._waiting = self._waiting, []
        frames: list[tuple[Kind, Frame]] = []
        for packet in waiting:
            try:
                self._take(packet, frames)
            except Exception:
                _log.exception("recording of %s: a packet failed", self._lane.participant)
        self._lane.frames(frames)

    def _take(self, packet: _Packet, frames: list[tuple[Kind, Frame]]) -> None:
        codec, sequence, timestamp, marker, payload, source, at = packet
        kind = KIND[codec]
        if self._sources.get(kind) != (source, codec):
            self._lane.frames(frames)
            frames.clear()
            self._new_source(kind, source, codec)
        self._lane.heard(at)
        assembler = self._video if kind == "video" else self._audio
        frames.extend((kind, frame) for frame in assembler.push(sequence, timestamp, marker, payload, at))

    def _new_source(self, kind: Kind, source: int, codec: Codec) -> None:
        if kind in self._sources:
            self._drain(kind)
            self._lane.new_source(kind)
        self._sources[kind] = (source, codec)
        match codec:
            case "opus":
                self._audio = OpusAssembler(_PATIENCE_S, _DEPTH)
            case "h264":
                self._video = H264Assembler(self.ask_keyframe, _PATIENCE_S, _DEPTH)
            case "vp8":
                self._video = VP8Assembler(self.ask_keyframe, _PATIENCE_S, _DEPTH)

    def sender_report(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """The sender's clock."""
        if not self._closed:
            self._take_all()
            self._lane.sender_report(kind, ntp, timestamp)

    def mute(self, kind: Kind, muted: bool) -> None:
        """The owner switched a track off or on."""
        if not self._closed:
            self._take_all()
            self._drain(kind)
            (self._video if kind == "video" else self._audio).resync()
            self._lane.mute(kind, muted)

    def expect(self, kinds: frozenset[Kind]) -> None:
        """What the person agreed to send."""
        if not self._closed:
            self._lane.expect(kinds)

    def ask_keyframe(self) -> None:
        """Ask the sender, while there is one."""
        if not self._closed:
            self._asking()

    def closed(self, cause: str) -> None:
        """The connection is over."""
        if not self._closed:
            self._closed = True
            try:
                self._take_all()
                self._drain("video")
                self._drain("audio")
            except Exception:
                _log.exception("recording of %s: its last frames failed", self._lane.participant)
            self._lane.disconnected(self, cause)

    def tick(self, at: float) -> None:
        """Take what waits, and give up waiting for what was missing too long."""
        self._take_all()
        self._let_go(at)

    def _drain(self, kind: Kind) -> None:
        """What waits behind a missing packet is kept: nothing more will come before it."""
        self._let_go(math.inf, (kind,))

    def _let_go(self, at: float, kinds: tuple[Kind, ...] = ("video", "audio")) -> None:
        for kind in kinds:
            frames = (self._video if kind == "video" else self._audio).tick(at)
            self._lane.frames([(kind, frame) for frame in frames])


class ParticipantRecorder:
    """One participant's lane over all their connections."""

    def __init__(
        self, participant: str, segments: LaneSegments, pool: ThreadPoolExecutor, now_s: Callable[[], float],
        former: Continuation, on_key_picture: OnKeyPicture = lambda _who, _picture: None,
    ) -> None:  # fmt: skip
        self.participant = participant
        self._on_key_picture = on_key_picture
        self.segments = segments
        self.now_s = now_s
        self._pool = pool
        self._asking: Callable[[], None] = lambda: None
        self._writer = LaneWriter(
            self._ask_keyframe,
            next_epoch=former.epoch,
            resumed_after=former.ends_s,
        )
        self._connections = former.connection
        self._current: ConnectionRecorder | None = None
        self.unwritten = False

    def connect(self, ask_keyframe: Callable[[], None]) -> ConnectionRecorder:
        """A new connection; the one before is over."""
        if self._current is not None:
            self._current.closed("disconnected")
        self._writer.connected(self._connections)
        self._connections += 1
        self._current = ConnectionRecorder(self, ask_keyframe)
        self._asking = self._current.ask_keyframe
        return self._current

    def frames(self, frames: Sequence[tuple[Kind, Frame]]) -> None:
        """Whole frames."""
        if frames:
            self._carry_out(self._writer.frames(frames, self.now_s()))

    def heard(self, at: float) -> None:
        """A packet of any kind came."""
        self._writer.heard(at)

    def new_source(self, kind: Kind) -> None:
        """The track's clock starts anew."""
        self._writer.new_source(kind)

    def sender_report(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """The sender's clock."""
        self._writer.sender_report(kind, ntp, timestamp, self.now_s())

    def mute(self, kind: Kind, muted: bool) -> None:
        """The owner switched a track off or on."""
        self._carry_out(self._writer.mute(kind, muted, self.now_s()))

    def expect(self, kinds: frozenset[Kind]) -> None:
        """What the person agreed to send."""
        self._writer.expect(kinds)

    def disconnected(self, connection: ConnectionRecorder, cause: str) -> None:
        """A connection is over."""
        if connection is self._current:
            self._current = None
            self._asking = lambda: None
            self._carry_out(self._writer.disconnected(self.now_s(), cause))

    def tick(self) -> None:
        """Called a few times a second."""
        now = self.now_s()
        if self._current is not None:
            self._current.tick(now)
        steps = self._writer.tick(now)
        if steps or self.unwritten:
            self._carry_out(steps, always=True)

    def close(self) -> None:
        """The recording ends."""
        if self._current is not None:
            self._current.closed("ended")

    def progress(self, now: float) -> RecordingProgress:
        """What is on disk."""
        synced_at = self.segments.synced_at
        age = now - synced_at if synced_at is not None else 0.0
        return RecordingProgress(self.participant, self.segments.bytes, round(self.segments.seconds, 2), round(age, 2))

    def _ask_keyframe(self) -> None:
        self._asking()

    def _carry_out(self, steps: list[Step], *, always: bool = False) -> None:
        if steps or always:
            self._pool.submit(self._in_thread, steps)
        for step in steps:
            if isinstance(step, Fragment) and step.key_picture is not None:
                self._on_key_picture(self.participant, step.key_picture)

    def _in_thread(self, steps: list[Step]) -> None:
        try:
            self.unwritten = not self.segments.carry_out(steps)
        except Exception:
            _log.exception("recording of %s failed", self.participant)


class Recording:
    """All lanes of one survey. Make it inside the running loop; use it from there."""

    def __init__(
        self, prefix: str, segments: Segments, now_s: Callable[[], float], *,
        earlier: Sequence[StoredObject] = (), lock_days: int = _LOCK_DAYS,
        on_key_picture: OnKeyPicture = lambda _who, _picture: None,
    ) -> None:  # fmt: skip
        """`prefix` begins every object's name; `now_s` gives seconds on the survey's line and never runs backwards.

        `earlier` are the survey's media objects from before a restart: their lanes are continued.
        """
        self._prefix, self._segments, self._now_s, self._lock_days = prefix, segments, now_s, lock_days
        self._on_key_picture = on_key_picture
        self._earlier = list(earlier)
        self._former = continuations(self._earlier)
        self._participants: dict[str, ParticipantRecorder] = {}
        self._closed = False
        self._pool = ThreadPoolExecutor(1, "recording")
        self._ticker = asyncio.get_running_loop().create_task(self._tick())

    def participant(self, participant: str, ask_keyframe: Callable[[], None]) -> ConnectionRecorder:
        """A sink for a new connection of this participant; `ask_keyframe` is called when a keyframe is needed."""
        recorder = self._participants.get(participant)
        if recorder is None:
            lane = LaneSegments(self._segments, self._prefix, participant, self._lock_days)
            recorder = ParticipantRecorder(
                participant, lane, self._pool, self._now_s, self._former.get(participant, Continuation()),
                self._on_key_picture,
            )  # fmt: skip
            self._participants[participant] = recorder
        return recorder.connect(ask_keyframe)

    @property
    def earlier_bytes(self) -> int:
        """Bytes recorded before a restart."""
        return sum(stored.size for stored in self._earlier)

    def light(self) -> list[RecordingProgress]:
        """What is on this machine's disk, by participant: only bytes whose sync returned are counted."""
        now = time.monotonic()
        return [recorder.progress(now) for recorder in self._participants.values()]

    async def close(self) -> list[Lane]:
        """Write what there is and return all lanes, those from before a restart included.

        Raises OSError while the disk takes no more; called again it tries again, and after success does nothing.
        """
        self._ticker.cancel()
        for recorder in () if self._closed else self._participants.values():
            recorder.close()
            recorder.tick()
        end_s = self._now_s()
        if not self._closed:
            await asyncio.get_running_loop().run_in_executor(self._pool, lambda: None)
            if any(recorder.unwritten for recorder in self._participants.values()):
                raise OSError("the end of the recording could not be written yet; close it again")
            self._closed = True
            self._pool.shutdown(wait=False)
        return lanes_from_objects(self.objects(), end_s)

    def objects(self) -> list[StoredObject]:
        """Every closed media object so far, with what it says of itself."""
        fresh = [o for recorder in self._participants.values() for o in recorder.segments.objects]
        return [*self._earlier, *fresh]

    async def _tick(self) -> None:
        while True:
            await beat(_TICK_S)
            for recorder in list(self._participants.values()):
                try:
                    recorder.tick()
                except Exception:
                    _log.exception("recording of %s failed", recorder.participant)
