"""Packets to the recorder as a weak network brings them: what is repaired late is kept, what is lost is told."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from evidence_store.spool import Spool
from survey_server.recording import Lane, lanes_from_objects
from survey_server.recording.lanes import Continuation
from survey_server.recording.recorder import ParticipantRecorder
from survey_server.recording.segments import LaneSegments
from survey_server.rtc import vp8

KEY = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(4000)
DELTA = b"\x11\x02\x00" + bytes(2500)
TICK_S = 0.25


class Phone:
    """Sends sound and pictures to a real recorder; its encoder makes a keyframe only when asked."""

    def __init__(self, recorder: ParticipantRecorder, clock: list[float], *, round_trip_s: float) -> None:
        self.recorder, self.clock, self.round_trip_s = recorder, clock, round_trip_s
        self.sink = recorder.connect(self.asked)
        self.keyframes: list[float] = []
        self.requests: list[float] = []
        self.sent = {"opus": 0, "vp8": 0}
        self.ignores: Callable[[int], bool] = lambda _: False
        self._key_at: list[float] = [0.0]
        self._sequence = {"opus": 65_500, "vp8": 65_300}

    def asked(self) -> None:
        self.requests.append(self.clock[0])
        if not self.ignores(len(self.requests)):
            self._key_at.append(self.clock[0] + self.round_trip_s / 2)

    def run(self, seconds: float, delay: Callable[[float], float | None]) -> None:
        """`delay` of a packet sent at that moment; None if it never comes."""
        coming: list[tuple[float, int, str, int, int, bytes]] = []
        order = 0
        sound = picture = 0
        ticked = 0.0
        step = 0
        while step / 300 < seconds:
            now = self.clock[0] = step / 300
            payloads: list[tuple[str, int, int, bytes]] = []
            if step % 6 == 0:
                payloads.append(("opus", sound * 960, 0, b"\xf8\xff\xfe"))
                sound += 1
            if step % 10 == 0:
                packets = vp8.packetize(self._picture(now), picture)
                payloads += [("vp8", picture * 3000, int(p is packets[-1]), p) for p in packets]
                picture += 1
            for codec, timestamp, marker, payload in payloads:
                self._sequence[codec] += 1
                self.sent[codec] += marker or codec == "opus"
                late = delay(now)
                order += 1
                if late is not None:
                    coming.append((now + late, order, codec, self._sequence[codec], timestamp << 1 | marker, payload))
            for arrival in sorted(one for one in coming if one[0] <= now):
                _, _, codec, sequence, stamped, payload = arrival
                self.sink.rtp(codec, sequence % 65_536, stamped >> 1, stamped & 1, payload, 7)
            coming = [one for one in coming if one[0] > now]
            if now - ticked >= TICK_S:
                ticked = now
                self.recorder.tick()
            step += 1

    def _picture(self, now: float) -> bytes:
        if self._key_at and self._key_at[0] <= now:
            self._key_at = [at for at in self._key_at if at > now]
            self.keyframes.append(now)
            return KEY
        return DELTA


@contextmanager
def calling(directory: Path, round_trip_s: float) -> Iterator[tuple[Phone, Callable[[], Lane]]]:
    """A phone and its recorder; the function hangs up and gives what was recorded."""
    clock = [0.0]
    spool, pool = Spool(directory), ThreadPoolExecutor(1)
    segments = LaneSegments(spool, "surveys/test", "p1", 1)
    recorder = ParticipantRecorder("p1", segments, pool, lambda: clock[0], Continuation())

    def finish() -> Lane:
        recorder.close()
        pool.submit(lambda: None).result()
        (lane,) = lanes_from_objects(segments.objects)
        return lane

    try:
        yield Phone(recorder, clock, round_trip_s=round_trip_s), finish
    finally:
        pool.shutdown()
        spool.close()


def samples(phone: Phone, codec: str) -> int:
    kind = "audio" if codec == "opus" else "video"
    return sum(o.about["tracks"][kind]["samples"] for o in phone.recorder.segments.objects if o.about["tracks"])


def test_what_is_repaired_after_a_second_is_kept(tmp_path):
    """Five per cent of the packets come again only after several requests over a round trip of 150 ms."""
    dice = random.Random(2)
    with calling(tmp_path / "spool", 0.15) as (phone, finish):
        phone.run(20, lambda _: dice.uniform(0.3, 1.2) if dice.random() < 0.05 else 0.075)
        lane = finish()
        assert lane.gaps == ()
        assert samples(phone, "opus") >= phone.sent["opus"] - 80
        assert samples(phone, "vp8") >= phone.sent["vp8"] - 50
        assert len(lane.epochs) == 1


@pytest.mark.parametrize("dark_s", [5.0, 1.8])
def test_a_dead_network_is_told_as_long_as_it_was(tmp_path, dark_s):
    """Everything is lost, and nothing of it comes again."""
    with calling(tmp_path / "spool", 0.15) as (phone, finish):
        phone.run(10 + dark_s + 6, lambda at: None if 10 < at < 10 + dark_s else 0.075)
        lane = finish()
    assert [(g.kind, g.cause) for g in lane.gaps] == [("audio", "network"), ("video", "network")]
    for gap in lane.gaps:
        assert gap.start_s == pytest.approx(10.1, abs=0.1)
        assert gap.end_s - gap.start_s == pytest.approx(dark_s, abs=0.3)


def test_scattered_loss_is_called_loss(tmp_path):
    dice = random.Random(4)
    with calling(tmp_path / "spool", 0.15) as (phone, finish):
        phone.run(12, lambda at: None if 5 < at < 8 and dice.random() < 0.5 else 0.075)
        lane = finish()
    assert {g.cause for g in lane.gaps if g.kind == "video"} == {"loss"}


@pytest.mark.parametrize("ignored", [0, 2])
def test_keyframes_are_never_four_seconds_apart(tmp_path, ignored):
    """Over a round trip of 300 ms; also when the encoder ignores every second request."""
    with calling(tmp_path / "spool", 0.3) as (phone, finish):
        phone.ignores = lambda count: bool(ignored) and count % ignored == 1
        phone.run(40, lambda _: 0.15)
        finish()
    assert phone.keyframes[0] == 0.0
    assert max(b - a for a, b in pairwise(phone.keyframes)) <= 4.0
    assert len(phone.keyframes) <= 16, "no more is asked for than is needed"
    assert phone.keyframes[-1] > 36


def test_a_keyframe_that_comes_late_is_waited_for_and_asked_for(tmp_path):
    with calling(tmp_path / "spool", 0.3) as (phone, finish):
        phone._key_at.clear()
        phone.run(8, lambda _: 0.15)
        lane = finish()
    assert phone.requests[0] < 0.5
    assert phone.keyframes[0] < 1.0
    assert lane.epochs[0].kinds == ("video", "audio")
    assert lane.epochs[0].parts[0].start_s < 0.3, "the sound from the beginning"
