"""kill -9 of the server, again and again: everybody comes back by themselves and little is lost each time.

"Lost" is what had reached the server and is not on record: from the last recorded sample to the kill. What nobody could
record while there was no server is a listed gap, not a loss.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from survey_server.rtc.simulated import prepare
from tests.browser.conftest import Browsers
from tests.call.calls import SMALL, Call, calling
from tests.call.pages import shown
from tests.call.people import LastingPerson
from tests.call.recorded import gaps, samples, started_at
from tests.call.relay import Relay
from tests.flows.bundles import Bundle, check_lengths, play_silently
from tests.flows.clips import clip

pytestmark = pytest.mark.usefixtures("built_client")

LOST_AT_MOST_S = 2.0
SHORT_SLACK = 2
"""The short form runs on machines with other work."""
BACK_WITHIN_S = 45.0
"""That they never come back, not how soon: a machine with other work starts a node in 15 s."""
CALM_S = 3.0


@dataclass(frozen=True)
class Round:
    """One kill: when, when the server was there again, and when everybody was in the call again."""

    killed_at: float
    started_at: float
    all_back_at: float


async def kill_once(call: Call, people: list[LastingPerson]) -> Round:
    await asyncio.sleep(CALM_S)
    killed_at = time.time()
    call.node.kill()
    await asyncio.to_thread(call.node.start)
    started = time.time()
    await asyncio.wait_for(everybody_back(call, people, started), BACK_WITHIN_S)
    return Round(killed_at, started, time.time())


async def everybody_back(call: Call, people: list[LastingPerson], since: float) -> None:
    """The pages show each other's pictures again, and the simulated people are connected."""
    while True:
        seen = [await shown(call.pages[a], b) for a, b in (("p1", "p2"), ("p2", "p1"))]
        if all(times and times[-1] > since for times in seen) and all(p.back_at[-1] > since for p in people):
            return
        await asyncio.sleep(0.1)


def lost_s(bundle: Bundle, participant: str, rounds: list[Round]) -> list[float]:
    """For each kill: from the participant's last recorded sample to the kill."""
    zero = started_at(bundle)
    times = [s.at_s + zero for kind in ("audio", "video") for s in samples(bundle, participant, kind)]
    return [one.killed_at - max(at for at in times if at <= one.killed_at) for one in rounds]


@pytest.mark.parametrize("times", [5, pytest.param(20, marks=pytest.mark.long)], ids=["short", "long"])
async def test_everybody_comes_back_and_little_is_lost(
    relay: Relay, browsers: Browsers, camera: Path, tmp_path: Path, times: int
) -> None:
    media = prepare(clip(tmp_path / "clip.mp4"), tmp_path)
    async with calling(relay, browsers, tmp_path, people=4) as call:
        people = [await LastingPerson.stay(call.client, call.links[number], media) for number in (2, 3)]
        await call.join("p1", camera=camera, phone=True, device_scale_factor=1)
        await call.join("p2", **SMALL)
        await call.sees("p2", "p1")
        await call.sees("p1", "p2")
        rounds = [await kill_once(call, people) for _ in range(times)]
        await asyncio.sleep(CALM_S)
        bundle = await call.bundle(tmp_path)
        for person in people:
            await person.go()
    played = play_silently(bundle, tmp_path)
    check_lengths(bundle)
    back = [one.all_back_at - one.started_at for one in rounds]
    print(f"{times} kills, {played} epochs decode; everybody back after "
          + ", ".join(f"{seconds:.1f} s" for seconds in back))  # fmt: skip
    for participant in ("p1", "p2", "p3", "p4"):
        lost = lost_s(bundle, participant, rounds)
        print(f"  {participant} lost at most {max(lost):.2f} s: " + ", ".join(f"{one:.2f}" for one in lost))
        assert max(lost) <= LOST_AT_MOST_S * (1 if times > 5 else SHORT_SLACK)
        for kind in ("audio", "video"):
            restarts = [gap for gap in gaps(bundle, participant, kind) if gap["cause"] == "server_restart"]
            assert len(restarts) == times, (participant, kind, gaps(bundle, participant, kind))
