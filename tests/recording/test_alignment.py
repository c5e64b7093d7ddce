"""Sound and picture of a sender on the survey's line: in step, in place, without a tear, whatever its clocks do."""

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_server.recording import read_fragments
from survey_server.recording.clocks import DelayFloor
from survey_server.recording.epochs import LaneWriter
from survey_server.recording.lanes import Gap, TrackFacts
from survey_server.recording.samples import TIMESCALE
from survey_server.recording.steps import Fragment, Step
from survey_server.rtc import vp8
from survey_server.rtc.assembler import OpusAssembler, VP8Assembler
from survey_server.rtc.rtp import SEQUENCES, TIMESTAMPS
from survey_server.wire.basics import Kind

KEY = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(40)
DELTA = b"\x11\x02\x00" + bytes(40)
ROUTE_S = 0.06
ENCODING_S = 0.045
EVERY_S: dict[Kind, float] = {"audio": 0.02, "video": 1 / 30}
SETTLED_S = 20.0


@dataclass
class Sender:
    """A phone whose clock runs `ppm` fast; its pictures take longer to leave than its sounds."""

    seed: int
    ppm: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    reports_from: float | None = 0.0
    step_at: float = float("inf")
    step_s: float = 0.0
    route: Callable[[float], float] = lambda _: ROUTE_S
    steps: list[Step] = field(default_factory=list[Step])
    kept: dict[Kind, list[float]] = field(default_factory=lambda: {"audio": [], "video": []})

    def sends(self, seconds: float) -> "Sender":
        """Everything that happens in this time, in the order in which it reaches the server."""
        dice = random.Random(self.seed)
        self.origin = {"audio": TIMESTAMPS - 48_000 * 7 - dice.randrange(9), "video": TIMESTAMPS - 90_000 * 5}
        coming: list[tuple[float, int, Kind, float, int]] = []
        for kind, every in EVERY_S.items():
            busy_until = 0.0
            for number in range(int(seconds / every)):
                at = number * every
                arrival = at + self.route(at) + dice.expovariate(1 / self.jitter_s) if self.jitter_s else at + ROUTE_S
                arrival += self.route(at) - ROUTE_S if not self.jitter_s else 0.0
                busy_until = max(busy_until, arrival + (ENCODING_S if kind == "video" else 0.0))
                if number == 0 or dice.random() >= self.loss:
                    coming.append((busy_until, number, kind, at, number + SEQUENCES - 70))
        report_every: dict[Kind, float] = {"audio": 5.0, "video": 1.0}
        for kind, every in report_every.items():
            at = dice.random() * every + (self.reports_from or 0.0)
            while self.reports_from is not None and at < seconds:
                coming.append((at + self.route(at), -1, kind, at, 0))
                at += every * (0.5 + dice.random())
        self._receive(sorted(coming))
        return self

    def _clock(self, at: float) -> float:
        return at * (1 + self.ppm / 1e6)

    def _rtp(self, kind: Kind, at: float) -> int:
        return self.origin[kind] + round(self._clock(at) * TIMESCALE[kind])

    def _receive(self, coming: list[tuple[float, int, Kind, float, int]]) -> None:
        writer = LaneWriter(lambda: None, resumed_after={})
        writer.connected(0)
        assemblers = {"audio": OpusAssembler(1.3, 1024), "video": VP8Assembler(lambda: None, 1.3, 1024)}
        now = 0.0
        for now, number, kind, at, sequence in coming:
            writer.heard(now)
            timestamp = self._rtp(kind, at) % TIMESTAMPS
            if number < 0:
                wall = 3.9e9 + self._clock(at) + (self.step_s if at >= self.step_at else 0.0)
                writer.sender_report(kind, int(wall * 2**32), timestamp, now)
                continue
            payload = b"\xf8\xff\xfe"
            if kind == "video":
                (payload,) = vp8.packetize(DELTA if number % 60 else KEY, number)
            for frame in assemblers[kind].push(sequence % SEQUENCES, timestamp, 1, payload, now):
                self.kept[kind].append((frame.timestamp - self.origin[kind]) / TIMESCALE[kind] / (1 + self.ppm / 1e6))
                self.steps += writer.frames([(kind, frame)], now)
        self.steps += writer.disconnected(now, "ended")

    def errors(self, kind: Kind) -> list[tuple[float, float]]:
        """For each run: when its first sample was taken, and how much later it lies on the survey's line."""
        found: list[tuple[float, float]] = []
        count = 0
        for run in (r for s in self.fragments() for f in read_fragments(s.data) for r in f.runs if r.kind == kind):
            taken = self.kept[kind][count]
            found.append((taken, run.decode_time / TIMESCALE[kind] - taken))
            count += run.samples
        assert count == len(self.kept[kind])
        return found

    def fragments(self) -> list[Fragment]:
        return [s for s in self.steps if isinstance(s, Fragment)]

    def gaps(self) -> list[Gap]:
        return [gap for fragment in self.fragments() for gap in fragment.gaps]

    def skews(self) -> list[tuple[float, float]]:
        """How much later the picture lies than the sound of the same moment."""
        sounds = self.errors("audio")
        taken = [at for at, _ in sounds]
        return [
            (at, late - sounds[max(0, bisect_right(taken, at) - 1)][1]) for at, late in self.errors("video")
        ]  # fmt: skip


def is_whole(sender: Sender) -> None:
    """Nothing overlaps, nothing is missing that was not, and the lengths add up."""
    rows: dict[Kind, list[TrackFacts]] = {"audio": [], "video": []}
    for kind in rows:
        runs = [r for s in sender.fragments() for f in read_fragments(s.data) for r in f.runs if r.kind == kind]
        for before, after in pairwise(runs):
            assert after.decode_time >= before.decode_time + before.duration
    for fragment in sender.fragments():
        for kind, facts in fragment.tracks.items():
            rows[kind].append(facts)
    for kind, facts in rows.items():
        gaps = sum(g.end_s - g.start_s for g in sender.gaps() if g.kind == kind)
        spanned = (facts[-1].last_rtp - facts[0].first_rtp) / TIMESCALE[kind] + facts[-1].last_s
        assert abs(sum(f.seconds for f in facts) - (spanned - gaps)) < 0.06
    if not sender.loss:
        assert sender.gaps() == []


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    seed=st.integers(0, 999), ppm=st.integers(-200, 200), jitter_s=st.sampled_from([0.0, 0.005, 0.02]),
    loss=st.sampled_from([0.0, 0.02]), reports_from=st.sampled_from([0.0, 12.0]),
    step=st.sampled_from([0.0, -3.0, 0.3, 3600.0]),
)  # fmt: skip
def test_sound_and_picture_stay_in_step_and_in_place(seed, ppm, jitter_s, loss, reports_from, step):
    sender = Sender(
        seed, ppm=ppm, jitter_s=jitter_s, loss=loss, reports_from=reports_from, step_at=41.0, step_s=step
    ).sends(65)
    is_whole(sender)
    skews = [skew for at, skew in sender.skews() if at > reports_from + SETTLED_S]
    assert max(map(abs, skews)) < 0.015
    for kind in ("audio", "video"):
        late = [late - ROUTE_S for at, late in sender.errors(kind) if at > reports_from + SETTLED_S]
        assert max(map(abs, late)) < 0.02


@pytest.mark.parametrize("ppm", [100, pytest.param(-100, marks=pytest.mark.long)])
def test_ten_minutes_with_a_drifting_clock(ppm):
    sender = Sender(3, ppm=ppm, jitter_s=0.01).sends(600)
    is_whole(sender)
    assert max(abs(skew) for at, skew in sender.skews() if at > SETTLED_S) < 0.01
    for kind in ("audio", "video"):
        assert max(abs(late - ROUTE_S) for _, late in sender.errors(kind)[20:]) < 0.02


def test_without_reports_each_track_goes_by_its_arrival():
    sender = Sender(4, ppm=150, jitter_s=0.01, reports_from=None).sends(120)
    is_whole(sender)
    for kind, extra in (("audio", 0.0), ("video", ENCODING_S)):
        assert max(abs(late - ROUTE_S - extra) for _, late in sender.errors(kind)[15:]) < 0.015


def test_a_slower_route_is_not_taken_for_a_clock_and_a_faster_one_is():
    slower = Sender(5, route=lambda at: ROUTE_S + (0.15 if at > 60 else 0.0), jitter_s=0.005).sends(180)
    assert max(late - ROUTE_S for _, late in slower.errors("audio")) < 0.02
    faster = Sender(5, route=lambda at: ROUTE_S + (0.15 if at < 60 else 0.0), jitter_s=0.005).sends(240)
    assert abs(faster.errors("audio")[-1][1] - ROUTE_S) < 0.02
    for sender in (slower, faster):
        is_whole(sender)
        assert max(abs(skew) for at, skew in sender.skews() if at > SETTLED_S) < 0.02


def test_a_full_queue_is_not_taken_for_a_clock_that_stood_still():
    """For ten seconds everything comes 0.8 s late: the sender's reports say that its clock ran on."""
    sender = Sender(6, route=lambda at: ROUTE_S + (0.8 if 40 < at < 50 else 0.0)).sends(70)
    is_whole(sender)
    assert max(abs(late - ROUTE_S) for at, late in sender.errors("audio") if at > SETTLED_S) < 0.02


@given(
    ppm=st.integers(-300, 300), noise=st.sampled_from([0.001, 0.01, 0.03]),
    gap=st.tuples(st.integers(30, 200), st.integers(0, 60)), seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_floor_follows_the_drift_through_noise_and_silence(ppm, noise, gap, seed):
    dice, floor = random.Random(seed), DelayFloor()
    worst = 0.0
    for number in range(300 * 30):
        at = number / 30
        if gap[0] < at < gap[0] + gap[1]:
            continue
        true = 7.0 + at * ppm / 1e6
        floor.observe(at, true + dice.expovariate(1 / noise))
        if at > 10:
            worst = max(worst, abs(floor.offset(at) - true))
    assert worst < 0.012
