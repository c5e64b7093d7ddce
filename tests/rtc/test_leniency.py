"""What a bandwidth estimate is told: queues that stand, and nothing that merely flickers."""

import random

import pytest

from survey_server.rtc.leniency import Leniency

STEP_US = 1_000_000 / (1 << 18)


def told(delays_ms, *, clock_ahead_s: float = 0.0, every_ms: float = 5.0) -> list[float]:
    """Packets sent at an even pace with these delays, judged ten times a second: by how much each is told later than
    the least delayed, in ms.
    """
    leniency, least = Leniency(), min(delays_ms)
    lefts = [63.0 + number * every_ms / 1000 for number in range(len(delays_ms))]
    batches: dict[int, list[int]] = {}
    for number, delay in enumerate(delays_ms):
        batches.setdefault(int((lefts[number] + delay / 1000) * 10), []).append(number)
    late = [0.0] * len(delays_ms)
    for _, batch in sorted(batches.items()):
        packets = [
            (int((lefts[n] + clock_ahead_s) * (1 << 18)) % (1 << 24), round((lefts[n] + delays_ms[n] / 1000) * 1e6))
            for n in batch
        ]
        for n, at in zip(batch, leniency.arrivals(packets), strict=True):
            late[n] = at / 1000 - lefts[n] * 1000 - least
    return late


@pytest.mark.parametrize("clock_ahead_s", [0.0, 17.3, -400.0])
def test_delay_that_comes_and_goes_is_not_told(clock_ahead_s):
    dice = random.Random(1)
    delays = [20 + (dice.uniform(0, 150) if dice.random() < 0.7 else dice.uniform(0, 3)) for _ in range(4000)]
    late = told(delays, clock_ahead_s=clock_ahead_s)
    assert max(late[200:]) < 5
    assert max(late[200:]) - min(late[200:]) < 5


def test_a_server_that_stood_still_blames_nobody():
    """Everything of half a second is read at its end."""
    delays = [20.0] * 400 + [520.0 - 5 * n for n in range(100)] + [20.0] * 400
    late = told(delays)
    assert max(late) < 5


def test_a_queue_that_stands_is_told_within_a_third_of_a_second():
    filling = [20 + min(280.0, n * 2.0) for n in range(600)]
    late = told([20.0] * 400 + filling)
    first = next(n for n, lateness in enumerate(late[400:]) if lateness > 50)
    assert first * 5 <= 30 / 2.0 * 5 + 330
    assert late[-1] == pytest.approx(280, abs=1)


def test_a_slower_way_becomes_the_new_rule():
    late = told([20.0] * 400 + [140.0] * 8000)
    assert late[600] > 100
    assert late[-1] == pytest.approx(120, abs=1), "told at an even pace again: nothing changes any more"
    assert max(late[-500:]) - min(late[-500:]) < 1
