"""Whatever comes, and whenever: samples never overlap, and what is missing is listed to the tick."""

import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_server.recording import read_fragments
from survey_server.recording.epochs import LaneWriter
from survey_server.recording.samples import TIMESCALE, ReadRun
from survey_server.recording.steps import EpochCloses, EpochOpens, Fragment, Step
from survey_server.rtc.assembler import Frame, OpusAssembler
from tests.media.prepared import small

UNLISTED_S = 0.05
TOLD_S = 0.0002


class Sender:
    """Two tracks that send on time unless told otherwise; a network that holds frames up and lets them go."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.steps: list[Step] = []
        self.writer = LaneWriter(lambda: None, resumed_after={})
        self.now = self.dice.choice([0.0, 0.3])
        self.clock = {"audio": self.dice.randrange(2**32), "video": self.dice.randrange(2**32)}
        self.due = {"audio": self.now, "video": self.now}
        self.lost = {"audio": 0, "video": 0}
        self.picture = 0
        self.tick_every = self.dice.choice([0.05, 0.25, 0.9])
        self.ticked_at = self.now

    def send(
        self, seconds: float, *, lose: float = 0.0, held_s: float = 0.0, late_s: float = 0.0, kinds=("audio", "video")
    ) -> None:
        """Frames over this time. `held_s`: they come in bursts; `late_s`: each is handed on that long after arrival."""
        end = self.now + seconds
        coming: list[tuple[float, str, Frame]] = []
        for kind, rate, every in (("audio", 48_000, 0.02), ("video", 90_000, 1 / 30)):
            while self.due[kind] < end:
                self.clock[kind] += round(every * rate)
                self.due[kind] += every
                if kind not in kinds or self.dice.random() < lose:
                    self.lost[kind] += 1
                    continue
                at = self.due[kind] + self.dice.random() * 0.01
                at += held_s - at % held_s if held_s else 0.0
                coming.append((at + late_s, kind, self.frame(kind, at)))
        coming.sort(key=lambda one: one[0])
        for at, kind, frame in coming:
            self.wait(at)
            self.writer.heard(frame.at)
            self.steps += self.writer.frames([(kind, frame)], self.now)
        self.wait(end)

    def frame(self, kind: str, at: float) -> Frame:
        lost, self.lost[kind] = self.lost[kind], 0
        if kind == "audio":
            return Frame(self.clock[kind], (b"\xf8\xff\xfe",), keyframe=True, at=at, lost=lost, codec="opus")
        self.picture = (-(-self.picture // 60) * 60 if lost else self.picture) % 120
        units, key = small().pictures[self.picture], small().keyframes[self.picture]
        self.picture += 1
        return Frame(self.clock[kind], tuple(units), key, at, lost, "h264")

    def wait(self, until: float) -> None:
        while self.ticked_at + self.tick_every < until:
            self.ticked_at += self.tick_every
            self.now = max(self.now, self.ticked_at)
            self.steps += self.writer.tick(self.now)
        self.now = max(self.now, until)

    def happen(self, what: str) -> None:
        """One thing that goes wrong."""
        some = self.dice.choice
        kind = some(["audio", "video"])
        match what:
            case "well":
                self.send(some([0.3, 1.5, 4]))
            case "loss":
                self.send(some([1, 3]), lose=some([0.08, 0.4, 0.9]))
            case "nothing":
                self.send(some([0.02, 0.3, 0.48, 0.52, 0.6, 2.6, 6.0]), kinds=some([(), ("audio",), ("video",)]))
            case "burst":
                self.send(some([1, 3]), held_s=some([0.4, 1.1, 2.3]))
            case "late":
                self.send(some([1, 3]), late_s=some([0.4, 1.9, 2.5, 4]), lose=some([0, 0.08]))
            case "clock stands":
                self.wait(self.now + some([0.3, 0.7, 3, 12]))
                self.due = dict.fromkeys(self.due, self.now)
            case "clock jumps":
                self.clock[kind] += some([1, 7]) * 30_000
            case "clock turns back":
                self.clock[kind] -= TIMESCALE[kind] * 4
            case "source":
                self.writer.new_source(kind)
                self.clock[kind] = self.dice.randrange(2**32)
            case "mute":
                self.steps += self.writer.mute(kind, True, self.now)
                self.send(some([0.2, 1, 3]), kinds=("audio",) if kind == "video" else ("video",))
                self.steps += self.writer.mute(kind, False, self.now)
            case "reconnect":
                self.steps += self.writer.disconnected(self.now, "disconnected")
                self.wait(self.now + some([0.05, 0.4, 3]))
                self.writer.connected(1)
                self.clock = {"audio": self.dice.randrange(2**32), "video": self.dice.randrange(2**32)}
                self.due = dict.fromkeys(self.due, self.now)
            case _:
                raise ValueError(what)


THINGS = ["well", "loss", "nothing", "burst", "late", "clock stands", "clock jumps", "clock turns back", "source",
          "mute", "reconnect"]  # fmt: skip


def check(steps: list[Step]) -> None:
    """What an auditor reads from the bytes, against what was said of them."""
    ends: dict[str, int] = {}
    unlisted: dict[str, float] = {}
    first: dict[str, int] = {}
    said: dict[str, list] = {}
    for step in steps:
        match step:
            case EpochOpens():
                unlisted, first, said = {}, {}, {}
            case EpochCloses():
                for kind, facts in said.items():
                    accounted(kind, first[kind], ends[kind], facts)
            case Fragment():
                (read,) = read_fragments(step.data)
                assert {g.kind for g in step.gaps} <= set(step.tracks)
                for run in read.runs:
                    kind, rate = run.kind, TIMESCALE[run.kind]
                    gaps = [g for g in step.gaps if g.kind == kind]
                    assert run.samples == step.tracks[kind].samples
                    if kind in ends:
                        hole = run.decode_time - ends[kind]
                        assert hole >= 0, "samples overlap"
                        if gaps:
                            (gap,) = gaps
                            assert gap.start_s == pytest.approx(ends[kind] / rate, abs=TOLD_S)
                            assert gap.end_s == pytest.approx(run.decode_time / rate, abs=TOLD_S)
                            assert gap.cause
                        else:
                            unlisted[kind] = unlisted.get(kind, 0.0) + hole / rate
                            assert unlisted[kind] <= UNLISTED_S, "holes that nobody was told of"
                    first.setdefault(kind, run.decode_time)
                    ends[kind] = run.decode_time + run.duration
                    said.setdefault(kind, []).append((run, step.tracks[kind], gaps))


def accounted(kind: str, first: int, end: int, facts: list[tuple[ReadRun, object, list]]) -> None:
    rate = TIMESCALE[kind]
    seconds = sum(track.seconds for _, track, _ in facts)
    assert seconds == pytest.approx(sum(run.duration for run, _, _ in facts) / rate, abs=0.001)
    gaps = sum(g.end_s - g.start_s for _, _, found in facts for g in found if g.start_s >= first / rate - TOLD_S)
    last = facts[-1][1]
    spanned = (last.last_rtp - facts[0][1].first_rtp) / rate + last.last_s
    assert spanned == pytest.approx((end - first) / rate, abs=0.001)
    assert -0.01 <= spanned - gaps - seconds <= UNLISTED_S + 0.01


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.integers(0, 10_000), st.lists(st.sampled_from(THINGS), min_size=1, max_size=8))
def test_samples_never_overlap_and_every_hole_is_listed(seed, things):
    sender = Sender(seed)
    sender.writer.connected(0)
    sender.send(1.0)
    for what in things:
        sender.happen(what)
        sender.send(sender.dice.choice([0.0, 0.02, 0.7, 2.2]))
    sender.steps += sender.writer.disconnected(sender.now, "ended")
    check(sender.steps)


def durations_of(steps: list[Step], kind: str) -> list[tuple[float, float]]:
    """Start and length of each run, in seconds."""
    rate = TIMESCALE[kind]
    runs = [r for s in steps if isinstance(s, Fragment) for f in read_fragments(s.data) for r in f.runs]
    return [(r.decode_time / rate, r.duration / rate) for r in runs if r.kind == kind]


def sound_only(times: list[tuple[float, int]], late_s: float = 0.0) -> list[Step]:
    """Sound packets at these seconds of the sender's clock, with the losses before them."""
    writer = LaneWriter(lambda: None, resumed_after={})
    writer.connected(0)
    writer.expect(frozenset({"audio"}))
    steps: list[Step] = []
    for at, lost in times:
        frame = Frame(round(at * 48_000), (b"\xf8",), keyframe=True, at=at, lost=lost, codec="opus")
        steps += writer.frames([("audio", frame)], at + late_s)
    return [*steps, *writer.disconnected(times[-1][0] + late_s + 0.1, "ended")]


def test_a_frame_handed_on_late_is_not_the_last_one():
    """Each waited behind lost packets for longer than a track is silent before it counts as gone."""
    times = [(n / 50, 0) for n in range(50)] + [(1 + n / 25, 1) for n in range(1, 20)] + [(1.78, 0), (1.80, 0)]
    steps = sound_only(times, late_s=2.4)
    check(steps)
    assert sum(length for _, length in durations_of(steps, "audio")) == pytest.approx(1.82, abs=0.03)


def test_the_last_sample_before_a_hole_is_never_as_long_as_a_hole():
    times = [(n / 50, 0) for n in range(100)] + [(2.48, 24), (4.0, 70), (4.02, 0), (4.51, 24), (5.02, 25)]
    steps = sound_only(times)
    check(steps)
    gaps = [g for s in steps if isinstance(s, Fragment) for g in s.gaps]
    assert [(g.start_s, g.end_s) for g in gaps] == [(2.5, 4.0), (4.53, 5.02)]
    assert all(g.cause == "loss" for g in gaps)


def test_a_person_who_hangs_up_while_their_sound_waits_for_a_picture_is_heard_to_the_end():
    sender = Sender(1)
    sender.writer.connected(0)
    began = sender.now
    sender.send(3.0, kinds=("video",))
    sender.send(0.9)
    sender.steps += sender.writer.disconnected(sender.now, "ended")
    check(sender.steps)
    assert sum(length for _, length in durations_of(sender.steps, "audio")) == pytest.approx(0.93, abs=0.05)
    assert sum(durations_of(sender.steps, "audio")[-1]) == pytest.approx(began + 3.9, abs=0.1)


def test_sound_with_many_losses_is_handed_on_within_its_patience():
    """Nobody sends lost sound again: waiting for each loss in turn would fall behind without end."""
    sound, behind = OpusAssembler(patience_s=0.4), 0.0
    came: list[Frame] = []
    for n in range(1000):
        at = n / 50
        if n % 7 != 3:
            came += sound.push(n & 0xFFFF, n * 960, 0, b"\xf8", at)
        came += sound.tick(at + 0.001)
        if came:
            behind = max(behind, at - came[-1].at)
    assert behind < 0.45
    came += sound.tick(float("inf"))
    assert len(came) == len([n for n in range(1000) if n % 7 != 3])
    assert all(b.timestamp - a.timestamp == 960 * (1 + b.lost) for a, b in pairwise(came))
