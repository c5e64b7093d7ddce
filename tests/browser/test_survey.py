"""A whole survey in four real Chromium pages; then an auditor plays it.

The applicant's camera shows a moving code. Every page logs, for each picture it displays, the code and the time, on the
machine's one clock; how old a picture is when another page shows it follows without trusting anybody's statistics.
"""

import asyncio
import contextlib
import re
from pathlib import Path

from playwright.async_api import Page, expect

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from tests.browser.codes import COUNT, READ_JS, codes_of
from tests.browser.conftest import Browsers
from tests.flows.bundles import check_lengths, play_silently, unpack
from tests.nodes import ServedNode, application

SHOWN_AT_MOST_S = 1.0
WATCH = (
    """(selector) => {
  const read = """
    + READ_JS
    + """;
  const video = document.querySelector(selector);
  const log = (window.__shown = []);
  const each = () => {
    const code = read(video);
    if (code !== null) log.push([performance.timeOrigin + performance.now(), code]);
    video.requestVideoFrameCallback(each);
  };
  video.requestVideoFrameCallback(each);
}"""
)
Shown = list[tuple[float, int]]


async def enter(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_test_id("start").click()
    await page.get_by_test_id("consent-agree").click()
    await page.get_by_test_id("devices-continue").click()
    await page.get_by_test_id("join").click()


async def has_picture_of(page: Page, selector: str) -> None:
    await page.wait_for_function(
        "(wanted) => { const v = document.querySelector(wanted); return v && v.readyState >= 2 && v.videoWidth > 0; }",
        arg=selector,
    )


def unrolled(codes: list[int]) -> list[int]:
    """The camera file plays in a loop: count on across its seam."""
    out: list[int] = []
    for code in codes:
        turns = out[-1] // COUNT if out else 0
        value = turns * COUNT + code
        out.append(value + COUNT if out and value < out[-1] - COUNT // 2 else value)
    return out


def ages_s(shown_here: Shown, shown_there: Shown) -> list[float]:
    """For each picture shown here: how long ago the camera's own page showed it, or the last one before it.

    Codes count in a circle of COUNT; the age is never less than the true one.
    """
    ages: list[float] = []
    for at, code in shown_here:
        earlier = [then for then, other in shown_there if then <= at and (code - other) % COUNT < COUNT // 2]
        if earlier:
            ages.append((at - max(earlier)) / 1000)
    return ages


async def gives_an_opinion(expert: Page) -> None:
    await expert.get_by_test_id("tab-conclusion").click()
    await expert.get_by_test_id("opinion-approve").click()
    await expert.get_by_test_id("give-opinion").click()
    await expect(expert.get_by_test_id("expert")).to_have_attribute("data-given", "true")


async def test_a_survey_in_four_pages_and_its_replay(
    browsers: Browsers, node: ServedNode, camera: Path, tmp_path: Path
) -> None:
    small = {"viewport": {"width": 800, "height": 560}}
    async with node.client() as client:
        view = await client.apply(application())
        links = [link.link for link in await client.invite(view.survey, list(PEOPLE))]
        auditor_link = (await client.invite_auditor("审计员")).link
        applicant = await browsers.page(camera=camera, phone=True, device_scale_factor=1)
        desks = [await browsers.page(**small) for _ in range(3)]
        for page, link in zip([applicant, *desks], links, strict=True):
            await enter(page, link)
        for desk in desks:
            await has_picture_of(desk, 'video[data-participant="p1"]')

        own = "body[data-screen=call] video"
        await applicant.evaluate(WATCH, own)
        for desk in desks:
            await desk.evaluate(WATCH, 'video[data-participant="p1"]')
        await asyncio.sleep(6)
        there: Shown = await applicant.evaluate("window.__shown")
        assert len(there) > 30, "the applicant's page shows the moving code"
        for desk in desks:
            here: Shown = await desk.evaluate("window.__shown")
            ages = ages_s(here, there)
            assert len(ages) >= 10, "its pictures move"
            half, most = (sorted(ages)[int(len(ages) * share)] for share in (0.5, 0.9))
            print(f"pictures' age: half at most {half:.2f} s, 90 % at most {most:.2f} s")
            assert half <= SHOWN_AT_MOST_S
            assert most <= 3 * SHOWN_AT_MOST_S, "two cores draw and encode all the pages, but not that slowly"

        reviewer, second = desks[0], desks[1]
        await reviewer.get_by_test_id("ask-still").click()
        with contextlib.suppress(AssertionError):
            await expect(reviewer.get_by_test_id("still-send")).to_be_visible(timeout=3000)
            await reviewer.get_by_test_id("still-send").click()
        await applicant.get_by_test_id("still-request").wait_for()
        await applicant.get_by_test_id("shutter").click()
        await reviewer.get_by_test_id("tab-photos").click()
        await expect(reviewer.get_by_test_id("photo-item")).to_have_count(1)
        await still_is_accepted(client, view.survey)
        await reviewer.get_by_test_id("tab-checklist").click()
        for point in points_of(await client.items()):
            await reviewer.get_by_test_id(f"point-{point}-ok").click()

        await reviewer.get_by_test_id("end-session").click()
        await reviewer.get_by_test_id("end-confirm").click()
        await gives_an_opinion(desks[2])
        for desk in (reviewer, second):
            await desk.get_by_test_id("tab-conclusion").click()
            await expect(desk.get_by_test_id("recorded")).to_contain_text("% recorded")
            await desk.get_by_test_id("result-pass").click()
            await desk.get_by_test_id("conclude").click()
            await desk.get_by_test_id("conclude-confirm").click()
        await expect(second.get_by_test_id("concluded")).to_be_visible()

        auditor = await browsers.page(**small)
        await replay_plays(auditor, auditor_link, view.survey)
        with_export = await client.start(await client.invite_auditor("a"))
        await client.bundle(view.survey, with_export.session, tmp_path / "out.zip")

    bundle = unpack(tmp_path / "out.zip", tmp_path / "bag")
    assert play_silently(bundle, tmp_path) >= 4
    check_lengths(bundle)
    lane = next(lane for lane in bundle.manifest["recording"]["lanes"] if lane["participant"] == "p1")
    codes: list[int] = []
    for number, epoch in enumerate(lane["epochs"]):
        joined = tmp_path / f"codes-{number}.mp4"
        parts = [epoch["init"], *epoch["parts"]]
        joined.write_bytes(b"".join(bundle.path(part["key"]).read_bytes() for part in parts))
        codes += [code for code in codes_of(joined) if code is not None]
    assert len(codes) > 60
    in_order = unrolled(codes)
    assert in_order == sorted(in_order), "the recording holds the codes in order"
    assert in_order[-1] - in_order[0] > 120
    recorded = set(codes)
    kept = sum(code in recorded for _, code in there)
    assert kept > 0.2 * len(there), "two cores encode fewer pictures than the camera's own page shows, not so few"


async def still_is_accepted(client: NodeClient, survey: str) -> None:
    """Taken inside the call, inside the fence, by its nonce: accepted without anybody's help."""
    auditor = await client.start(await client.invite_auditor("a"))
    for _ in range(200):
        (photo,) = (await client.survey(survey, auditor.session)).photos
        if photo.result is not None:
            break
        await asyncio.sleep(0.1)
    not_passed = [(one.id, one.result, one.reason.en) for one in photo.findings if one.result in ("flag", "fail")]
    assert photo.result == "accepted", not_passed


def points_of(items: list) -> list[str]:
    return [point.id for point in next(item for item in items if item.code == "food-business").points]


async def replay_plays(page: Page, link: str, survey: str) -> None:
    """The auditor opens the survey, plays it, and sees the applicant's codes go by; the browser checks every hash."""
    await page.goto(link)
    await page.get_by_test_id("start").click()
    await page.get_by_test_id(f"audit-row-{survey}").click()
    await page.get_by_test_id("play").click()
    video = '[data-testid="lane-p1"] video, video[data-participant="p1"]'
    await has_picture_of(page, video)
    await page.evaluate(WATCH, video)
    await asyncio.sleep(4)
    shown: Shown = await page.evaluate("window.__shown")
    codes = unrolled([code for _, code in shown])
    assert len(set(codes)) > 20, "the replay moves"
    assert codes == sorted(codes)
    ready = await page.evaluate("[...document.querySelectorAll('video')].filter((v) => v.readyState >= 2).length")
    assert ready >= 4, "all participants replay in step"
    verify = page.get_by_test_id("verify")
    if await verify.count():
        await verify.first.click()
    await expect(page.get_by_test_id("integrity")).to_have_attribute("data-state", re.compile("ok|whole|verified"))
