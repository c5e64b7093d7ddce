"""Sound and picture of a participant, and participants among each other, are in step in the replay, also after a while
and where one's clock runs 100 millionths too fast (that page runs under libfaketime).
"""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from tests.browser.conftest import Browsers
from tests.call.calls import SMALL, calling
from tests.call.clapper import SCRIPT, beeps, differences, flashes
from tests.call.recorded import started_at
from tests.call.relay import Relay
from tests.servers import require

pytestmark = pytest.mark.usefixtures("built_client")

SOUND_TO_PICTURE_S, AMONG_EACH_OTHER_S = 0.040, 0.080
FAST = 1.0001


async def ahead_s(page: Page) -> float:
    """How far the page's clock is ahead of this machine's, from the quickest of some questions."""
    looks: list[tuple[float, float]] = []
    for _ in range(20):
        asked = time.time()
        there = await page.evaluate("performance.timeOrigin + performance.now()") / 1000
        answered = time.time()
        looks.append((answered - asked, there - (asked + answered) / 2))
    return min(looks)[1]


def hastened(program: Path, folder: Path) -> Path:
    """A browser whose clocks all run fast."""
    faketime = require("faketime")
    wrapper = folder / "chromium-fast"
    wrapper.write_text(f'#!/bin/sh\nexec {faketime} -f "+0 x{FAST}" {program} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


@pytest.mark.parametrize("seconds", [60, pytest.param(600, marks=pytest.mark.long)], ids=["short", "long"])
async def test_flash_and_beep(relay: Relay, browsers: Browsers, tmp_path: Path, seconds: int) -> None:
    program = hastened(require("chromium"), tmp_path)
    async with AsyncExitStack() as stack:
        call = await stack.enter_async_context(calling(relay, browsers, tmp_path))
        playwright = await stack.enter_async_context(async_playwright())
        fast = Browsers(stack, playwright, str(program))
        hasty = await call.join("p1", fast, script=SCRIPT, **SMALL)
        await call.join("p2", script=SCRIPT, **SMALL)
        await call.sees("p2", "p1")
        ahead_first, first_at = await ahead_s(hasty), time.time()
        await asyncio.sleep(seconds)
        ahead_last, last_at = await ahead_s(hasty), time.time()
        bundle = await call.bundle(tmp_path)
    drift = (ahead_last - ahead_first) / (last_at - first_at)
    print(f"p1's clock: {drift * 1e6:.0f} ppm fast, {ahead_last * 1000:.1f} ms ahead at the end")
    assert drift == pytest.approx(FAST - 1, abs=0.00005)
    slack = 1 if seconds > 60 else 2  # the short form runs on machines with other work

    def punctual(at: float) -> float:
        """Where this flash or beep of p1 would lie had its clock been right: it came early by what it was ahead."""
        return at + ahead_first + drift * (at + started_at(bundle) - first_at)

    lit = {"p1": [punctual(at) for at in flashes(bundle, "p1")], "p2": flashes(bundle, "p2")}
    heard = {"p1": [punctual(at) for at in beeps(bundle, "p1")], "p2": beeps(bundle, "p2")}
    for participant in ("p1", "p2"):
        apart = differences(lit[participant], heard[participant])
        assert len(apart) > 0.8 * seconds
        late = [statistics.median(part) for part in (apart[:10], apart[-10:])]
        worst = max(apart, key=abs) * 1000
        print(f"{participant}: sound after picture by {late[0] * 1000:+.1f} ms at first, {late[1] * 1000:+.1f} ms at "
              f"the end; of {len(apart)} the worst {worst:+.1f} ms")  # fmt: skip
        assert max(map(abs, late)) <= SOUND_TO_PICTURE_S * slack
    for name, found in (("flashes", lit), ("beeps", heard)):
        apart = differences(found["p1"], found["p2"])
        assert len(apart) > 0.8 * seconds
        late = [statistics.median(part) for part in (apart[:10], apart[-10:])]
        print(f"{name}: p2 after p1 by {late[0] * 1000:+.1f} ms at first, {late[1] * 1000:+.1f} ms at the end; "
              f"the worst {max(apart, key=abs) * 1000:+.1f} ms")  # fmt: skip
        assert max(map(abs, late)) <= AMONG_EACH_OTHER_S * slack
