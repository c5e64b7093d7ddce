"""A survey played as HLS: over HTTP, by ffmpeg and by Chromium, from the objects as they were stored."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import async_playwright

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.simulated import prepare
from survey_server.wire.admission import SessionView
from survey_server.wire.from_person import EndSession
from survey_server.wire.replay import ReplayView
from tests.browser.conftest import FLAGS
from tests.flows.clips import clip
from tests.nodes import ServedNode, application, serving
from tests.servers import require

SECONDS = 22.0


@dataclass
class Streamed:
    """A finished survey, what its playlist said while it was live, and an address to play it at."""

    node: ServedNode
    survey: str
    auditor: SessionView
    live: str
    url: str
    replay: ReplayView


async def text(client: NodeClient, url: str) -> str:
    async with client.http.get(url) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "application/vnd.apple.mpegurl"
        return await response.text()


async def watched(client: NodeClient, url: str, seconds: float) -> str:
    """Ask for a growing playlist again and again, so that some answer is made while a part arrives; the last one."""
    ends = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends:
        async with client.http.get(url) as response:
            assert response.status in (200, 404), await response.text()
        await asyncio.sleep(0.01)
    return await text(client, url)


async def a_survey(client: NodeClient, node: ServedNode, folder: Path) -> Streamed:
    media = await asyncio.to_thread(lambda: prepare(clip(folder / "clip.mp4"), folder))
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE[:2]))
    people = [await Person.arrive(client, link, media) for link in links]
    await asyncio.gather(*(one.in_call() for one in people))
    auditor = await client.start(await client.invite_auditor("审计员"))
    url = (await client.stream(view.survey, auditor.session)).url
    live = await watched(client, url.replace("master", "p1"), SECONDS)
    await text(client, url)
    await people[1].send(EndSession())
    await people[1].until(lambda: bool(people[1].survey and people[1].survey.seals), "the seal", 60)
    for one in people:
        await one.leave()
    replay = await client.replay(view.survey, auditor.session)
    return Streamed(node, view.survey, auditor, live, url, replay)


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> Streamed:
    with serving(tmp_path_factory.mktemp("node")) as node:

        async def make() -> Streamed:
            async with node.client() as client:
                return await a_survey(client, node, tmp_path_factory.mktemp("clip"))

        yield asyncio.run(make())


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def recorded_s(streamed: Streamed, participant: str = "p1") -> float:
    (lane,) = (lane for lane in streamed.replay.lanes if lane.participant == participant)
    return sum(part.end_s - part.start_s for epoch in lane.epochs for part in epoch.parts)


async def test_a_live_playlist_grows_into_the_whole_one(streamed: Streamed, http: aiohttp.ClientSession) -> None:
    async with http.get(streamed.url.replace("master", "p1")) as response:
        whole = (await response.text()).splitlines()
    live = streamed.live.splitlines()
    assert whole[: len(live)] == live
    assert "#EXT-X-ENDLIST" not in live
    assert whole[-1] == "#EXT-X-ENDLIST"
    assert len([line for line in whole if not line.startswith("#")]) >= 2
    assert len(whole) > len(live) > 7


@pytest.mark.parametrize("list_name", ["master", "p2"])
def test_ffmpeg_plays_it_silently_to_its_end(streamed: Streamed, list_name: str) -> None:
    url = streamed.url.replace("master", list_name)
    probe = [require("ffmpeg").with_name("ffprobe"), "-v", "error", "-show_streams", "-show_format", "-of", "json", url]
    probed = subprocess.run(probe, capture_output=True, text=True, check=True)
    facts = json.loads(probed.stdout)
    assert probed.stderr == ""
    assert {stream["codec_name"] for stream in facts["streams"]} == {"h264", "opus"}
    expected = recorded_s(streamed, "p1" if list_name == "master" else list_name)
    assert expected > SECONDS - 3
    assert abs(float(facts["format"]["duration"]) - expected) < 0.5
    play = [require("ffmpeg"), "-v", "error", "-xerror", "-i", url, "-f", "null", "-progress", "-", "-"]
    done = subprocess.run(play, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = [line.partition("=")[2] for line in done.stdout.splitlines() if line.startswith("out_time_us=")]
    played_us = max(int(one) for one in told if one.isdigit())
    assert abs(played_us / 1e6 - expected) < 1.0


async def test_chromium_plays_it(streamed: Streamed) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(require("chromium")), args=FLAGS)
        page = await browser.new_page()
        await page.goto(streamed.node.url)  # the page's own origin and its content security policy
        can = await page.evaluate("document.createElement('video').canPlayType('application/vnd.apple.mpegurl')")
        if not can:
            await browser.close()
            pytest.skip("this Chromium plays no HLS by itself")
        await page.evaluate(
            """(url) => new Promise((resolve, reject) => {
              const video = document.createElement('video');
              document.body.append(video);
              video.muted = true;
              video.playbackRate = 4;
              video.src = url;
              video.onended = resolve;
              video.onerror = () => reject(new Error(video.error.message));
              video.play();
              setTimeout(() => reject(new Error(`stopped at ${video.currentTime} of ${video.duration}`)), 30000);
            })""",
            streamed.url,
        )
        duration, width = await page.evaluate("(v => [v.duration, v.videoWidth])(document.querySelector('video'))")
        await browser.close()
    assert abs(duration - recorded_s(streamed)) < 0.5
    assert width == 640


async def test_a_ticket_opens_its_own_survey_only(streamed: Streamed, http: aiohttp.ClientSession) -> None:
    base = streamed.url.rpartition("/")[0]
    async with http.get(f"{base}/p1.m3u8") as response:
        name = next(line for line in (await response.text()).splitlines() if line.startswith("objects/"))
    async with http.get(f"{base}/{name}") as response:
        assert response.status == 200
        whole = await response.read()
    for asked, told, piece in (
        ("bytes=100-199", f"bytes 100-199/{len(whole)}", whole[100:200]),
        ("bytes=-50", f"bytes {len(whole) - 50}-{len(whole) - 1}/{len(whole)}", whole[-50:]),
        (f"bytes={len(whole) - 1}-", f"bytes {len(whole) - 1}-{len(whole) - 1}/{len(whole)}", whole[-1:]),
    ):
        async with http.get(f"{base}/{name}", headers={"Range": asked}) as response:
            assert (response.status, response.headers["Content-Range"]) == (206, told)
            assert await response.read() == piece
    async with http.get(f"{base}/{name}", headers={"Range": f"bytes={len(whole)}-"}) as response:
        assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")

    async with streamed.node.client() as client:
        auditor = streamed.auditor.session
        others = await client.apply(application())
        other = (await client.stream(others.survey, auditor)).url.rpartition("/")[0]
        for path, status in (("master.m3u8", 404), ("p1.m3u8", 404), (name, 404)):
            async with http.get(f"{other}/{path}") as response:
                assert response.status == status, path
        async with http.get(f"{base[:-4]}AAAA/{name}") as response:
            assert response.status == 403
            assert (await response.json(content_type=None))["detail"]["zh"]
        applicant = await client.start((await client.invite(others.survey, list(PEOPLE[:1])))[0])
        with pytest.raises(NodeRefused, match="403"):
            await client.stream(others.survey, applicant.session)
        events = [event.kind for event in (await client.replay(streamed.survey, auditor)).events]
    assert events.count("replayed") >= 3, "given out, opened, replayed"


async def test_no_object_but_the_recording_lies_under_a_ticket(streamed: Streamed, http: aiohttp.ClientSession) -> None:
    base = streamed.url.rpartition("/")[0]
    media = {
        part.object for lane in streamed.replay.lanes for epoch in lane.epochs for part in (epoch.init, *epoch.parts)
    }
    statuses: dict[str, int] = {}
    for number in range(1, 40):
        async with http.get(f"{base}/objects/{number}.m4s") as response:
            statuses[str(number)] = response.status
    assert {number for number, status in statuses.items() if status == 200} == media
    assert set(statuses.values()) == {200, 404}
