"""The object store is killed in mid-survey and stays away: nobody notices in the call, and all is archived after.

The long form leaves it down for ten minutes.
"""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import expect

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.simulated import prepare
from survey_server.wire.from_person import EndSession
from survey_server.wire.node import HealthView
from survey_server.wire.to_person import RecordingLight
from tests.browser.conftest import Browsers
from tests.browser.test_survey import enter
from tests.cases.test_rehearsal import minio_node
from tests.flows.bundles import check_lengths, play_silently
from tests.flows.clips import clip
from tests.flows.test_server_killed import sealed_bundle
from tests.media.people import Lateness
from tests.nodes import application, takan_json
from tests.servers import free_port, minio

KEYS = ("store-down-access", "store-down-secret-key-of-the-tests")
BEFORE_S, AFTER_S = 6.0, 4.0
PAUSE_S = 1.5
"""A busy machine stands still now and then; a call that waited for the store would stand as long as that is away."""
TOLD_S = 40.0
ARCHIVED_S = 90.0


class Watch:
    """What one person receives of another: the longest time without a new picture, or sound, in seconds."""

    def __init__(self, person: Person, other: str) -> None:
        assert person.media is not None
        self._media, self._other = person.media, other
        self.longest_s = {"picture": 0.0, "sound": 0.0}

    async def run(self) -> None:
        seen = {name: (0, time.monotonic()) for name in self.longest_s}
        while True:
            for name, counts in (("picture", self._media.frames), ("sound", self._media.sounds)):
                count, since = seen[name]
                now, new = time.monotonic(), counts.get(self._other, 0)
                self.longest_s[name] = max(self.longest_s[name], now - since)
                if new != count:
                    seen[name] = new, now
            await asyncio.sleep(0.05)


async def health(client: NodeClient) -> HealthView:
    async with client.http.get(f"{client.url}/api/health") as answer:
        return msgspec.json.decode(await answer.read(), type=HealthView)


async def told(person: Person, pending: bool, within_s: float) -> RecordingLight:
    """The first recording light that says whether the archive has to wait."""

    def says() -> bool:
        return person.light is not None and person.light.archiving_pending == pending

    await person.until(says, f"a light with archiving_pending {pending}", within_s)
    assert person.light is not None
    return person.light


@pytest.mark.parametrize("away_s", [20.0, pytest.param(600.0, marks=pytest.mark.long)], ids=["short", "long"])
@pytest.mark.usefixtures("built_client")
async def test_nobody_notices_and_everything_is_archived_after(
    away_s: float, browsers: Browsers, tmp_path: Path
) -> None:
    """Three people are simulated, a reviewer sits at a real desk in Chromium."""
    media = prepare(clip(tmp_path / "clip.mp4"), tmp_path)
    port = free_port()
    with ExitStack() as store:
        server = store.enter_context(minio(tmp_path / "store", port, KEYS))
        with minio_node(tmp_path / "node", server) as node:
            async with node.client() as client:
                survey = (await client.apply(application())).survey
                links = await client.invite(survey, list(PEOPLE))
                people = [await Person.arrive(client, links[who], media) for who in (0, 1, 3)]
                await asyncio.gather(*(person.in_call() for person in people))
                reviewer, desk = people[1], await browsers.page()
                await enter(desk, links[2].link)
                await asyncio.sleep(BEFORE_S)
                before = await told(reviewer, False, TOLD_S)
                watch, late = Watch(reviewer, "p1"), Lateness()
                watching = [asyncio.create_task(watch.run()), asyncio.create_task(late.watch())]
                down_at = time.monotonic()
                store.close()  # kill -9
                during = await told(reviewer, True, TOLD_S)
                told_s = time.monotonic() - down_at
                await expect(desk.get_by_test_id("archiving-pending")).to_be_visible(timeout=5000)
                await desk.screenshot(path=tmp_path / "pending.png")
                await asyncio.sleep(max(0.0, away_s - told_s))
                waiting, last = await health(client), reviewer.light
                assert last is not None
                store.enter_context(minio(tmp_path / "store", port, KEYS))
                back_at = time.monotonic()
                await told(reviewer, False, ARCHIVED_S)
                archived_s = time.monotonic() - back_at
                await expect(desk.get_by_test_id("archiving-pending")).to_be_hidden(timeout=5000)
                await asyncio.sleep(AFTER_S)
                for task in watching:
                    task.cancel()
                await reviewer.send(EndSession())
                bundle = await sealed_bundle(client, survey, tmp_path)
                (vkey,) = (await client.ledger()).vkeys
                after = await health(client)
                for person in people:
                    await person.leave()
    print(f"away {away_s:.0f} s: told after {told_s:.1f} s, {waiting.backlog_objects} objects waited, archived "
          f"{archived_s:.1f} s after the return; longest pauses {watch.longest_s}, "
          f"this machine's {late.longest_s:.2f} s; the node's loop {waiting.loop_lag_ms:.0f} ms late")  # fmt: skip
    assert not waiting.ok
    assert waiting.backlog_bytes > 0
    assert during.bytes >= before.bytes
    assert last.bytes - before.bytes > away_s * 20_000, "the recording went on"
    pause_s = PAUSE_S + 2 * late.longest_s  # sender and receiver both live in this process
    assert all(pause < pause_s for pause in watch.longest_s.values()), watch.longest_s
    assert after.ok
    for lane in bundle.manifest["recording"]["lanes"]:
        assert not [gap for gap in lane["gaps"] if gap["end_s"] - gap["start_s"] > pause_s], lane["gaps"]
    assert play_silently(bundle, tmp_path) == 4, "nobody's recording began anew"
    check_lengths(bundle)
    status, verdict = takan_json("verify", str(tmp_path / "out.zip"), "--vkey", vkey)
    assert status == 0, verdict
