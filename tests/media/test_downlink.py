"""A way that is too narrow: pictures rest, sound gets through; a bad way that is not too narrow loses no picture."""

import random

import pytest

from survey_server.media.downlink import Downlink, Flow

OTHERS = [Flow(("r1", "video"), 0, 600e3), Flow(("r2", "video"), 0, 900e3)]
SITE = Flow(("applicant", "video"), 1, 2e6)
SOUND = 40e3


def lived(flows, capacity: float, seconds: float, random_loss: float = 0.0, queue_s: float = 0.0, start: float = 0.0):
    """A link of so many bits per second under a Downlink: what rests at each second, and the loss the person met."""
    downlink = Downlink()
    rested, losses = [], []
    dice = random.Random(3)
    downlink.report(start - 10, 0.0, 0.05)
    for second in range(int(seconds)):
        at = start + second
        sent = SOUND + sum(flow.bits_per_s for flow in flows if flow.source not in downlink.resting)
        over = max(0.0, 1 - capacity / sent)
        loss = 1 - (1 - (0 if queue_s else over)) * (1 - random_loss)
        round_trip = 0.05 + (queue_s if over else 0.0)
        for _ in flows:
            downlink.report(at, min(1.0, max(0.0, loss + dice.uniform(-0.02, 0.02))), round_trip)
        downlink.decide(at, flows)
        rested.append(downlink.resting)
        losses.append(loss)
    return rested, losses


def test_a_wide_way_rests_nothing():
    rested, _ = lived([*OTHERS, SITE], 10e6, 120)
    assert not any(rested)


def test_the_premises_rest_last():
    rested, _ = lived([*OTHERS, SITE], 2.3e6, 9)
    assert rested[-1] == (("r2", "video"), ("r1", "video"))


@pytest.mark.parametrize("queue_s", [0.0, 0.9])
def test_a_narrow_way_keeps_its_sound(queue_s):
    """Whether the way drops what is too much or stores it: after seconds the sound flows, and is rarely disturbed."""
    rested, losses = lived([*OTHERS, SITE], 300e3, 300, queue_s=queue_s)
    assert len(rested[8]) == 3
    disturbed = sum(len(now) < 3 for now in rested[8:]) if queue_s else sum(loss > 0.1 for loss in losses[8:])
    assert disturbed / len(rested[8:]) < 0.2


def test_random_loss_costs_no_picture_for_long():
    rested, _ = lived([*OTHERS, SITE], 10e6, 180, random_loss=0.25)
    assert sum(bool(now) for now in rested) / len(rested) < 0.2


def narrow(downlink: Downlink, flows, seconds: range) -> None:
    """So narrow that any picture is too much."""
    for second in seconds:
        for _ in flows:
            downlink.report(second, 0.0 if len(downlink.resting) == len(flows) else 0.5, 0.05)
        downlink.decide(second, flows)


def test_what_rests_comes_back_when_the_way_is_wide_again():
    downlink, flows = Downlink(), [*OTHERS, SITE]
    narrow(downlink, flows, range(8))
    assert len(downlink.resting) == 3
    for second in range(8, 120):
        for _ in flows:
            downlink.report(second, 0.0, 0.05)
        downlink.decide(second, flows)
    assert downlink.resting == ()


def test_who_left_rests_no_more():
    downlink = Downlink()
    narrow(downlink, OTHERS, range(5))
    assert len(downlink.resting) == 2
    assert downlink.decide(6, OTHERS[:1]) == (("r1", "video"),)


def test_a_moment_without_a_network_rests_nothing():
    """The reports after it tell of it once for each track; so does a machine that stood still."""
    downlink, flows = Downlink(), [*OTHERS, SITE]
    for second in range(30):
        for _ in flows:
            downlink.report(second, 0.8 if second == 10 else 0.0, 1.5 if second == 20 else 0.05)
        assert downlink.decide(second, flows) == ()


def test_a_narrow_way_is_seen_however_many_tracks_report():
    downlink = Downlink()
    flows = [Flow((f"r{n}", "video"), 0, 600e3) for n in range(20)]
    for second in range(2):
        for track in range(40):
            downlink.report(second + track / 40, 0.5, None)
    assert len(downlink.decide(2.0, flows)) == 20


def rested_over(downlink: Downlink, seconds: range, round_trip_s: float) -> list[int]:
    """How many pictures rest at each second, with a report of each a second that tells of no loss."""
    flows = [*OTHERS, SITE]
    counts = []
    for second in seconds:
        for _ in flows:
            downlink.report(second, 0.0, round_trip_s)
        counts.append(len(downlink.decide(second, flows)))
    return counts


def test_a_longer_way_is_a_queue_only_until_the_shorter_one_is_forgotten():
    """From Wi-Fi to a satellite: pictures rest once, for seconds, and not again every minute."""
    downlink = Downlink()
    assert not any(rested_over(downlink, range(120), 0.05))
    assert any(rested_over(downlink, range(120, 210), 0.8))
    assert not any(rested_over(downlink, range(210, 900), 0.8))


def test_a_queue_is_told_from_the_longer_way():
    downlink = Downlink()
    rested_over(downlink, range(210), 0.05)
    rested_over(downlink, range(210, 400), 0.8)
    assert rested_over(downlink, range(400, 406), 1.5)[-1]


def test_after_a_silence_the_way_is_measured_anew():
    downlink = Downlink()
    rested_over(downlink, range(50), 0.05)
    assert not any(rested_over(downlink, range(200, 300), 0.8))


@pytest.mark.parametrize(
    ("loss", "round_trip_s", "scattered"),
    [(0.0, 0.05, False), (0.05, 0.05, True), (0.05, 0.9, False), (0.2, 0.05, True), (0.6, 0.05, False)],
)
def test_loss_here_and_there_is_told_from_a_queue_and_from_a_dead_way(loss, round_trip_s, scattered):
    downlink = Downlink()
    downlink.report(0.0, 0.0, 0.05)
    for second in range(1, 7):
        downlink.report(float(second), loss, round_trip_s)
    assert downlink.scattered is scattered
    for second in range(7, 13):
        downlink.report(float(second), 0.0, 0.05)
    assert not downlink.scattered
