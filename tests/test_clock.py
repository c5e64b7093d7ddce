"""Beats: who waits for the same one wakes with the others."""

import asyncio

import pytest

from survey_server.clock import beat

EVERY_S = 0.2


@pytest.mark.parametrize("apart_s", [0.0, 0.03, 0.09])
async def test_who_waits_for_a_beat_wakes_with_the_others_half_of_it_later_at_least(apart_s):
    loop = asyncio.get_running_loop()
    slept: list[float] = []
    woke: list[float] = []

    async def wait(after_s: float) -> None:
        await asyncio.sleep(after_s)
        began = loop.time()
        await beat(EVERY_S)
        slept.append(loop.time() - began)
        woke.append(loop.time())

    await beat(EVERY_S)
    await asyncio.gather(*(wait(number * apart_s) for number in range(2)))
    assert min(slept) > 0.49 * EVERY_S
    assert max(woke) - min(woke) < EVERY_S / 4
