"""Takes the README's pictures: `python -m tests.browser.pictures VIDEO OUT`. A real survey and its replay."""

import asyncio
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from survey_server.flows.client import NodeClient
from survey_server.flows.demo import RED_SUBJECT
from survey_server.flows.invited import PEOPLE
from survey_server.wire.admission import ApplicationForm, InvitationOrder, SubjectForm
from survey_server.wire.basics import Site, Window
from tests.browser.conftest import Browsers, opened_browsers
from tests.browser.test_survey import enter, gives_an_opinion, has_picture_of
from tests.nodes import BLACK, serving

SITE = Site(20.0440, 110.1999, 300, "wgs84", "海口市美兰区虚构路 12 号")
SMALL = {"viewport": {"width": 560, "height": 400}}  # two cores draw four pages
DESK = {"viewport": {"width": 1440, "height": 900}}
HERE = {"latitude": 20.0441, "longitude": 110.2, "accuracy": 12}


async def shoot(page: Page, out: Path, name: str) -> None:
    await page.screenshot(path=out / f"{name}.jpg", type="jpeg", quality=82)


async def both_languages(page: Page, out: Path, name: str) -> None:
    await shoot(page, out, f"{name}-en")
    await page.get_by_test_id("lang").first.click()
    await asyncio.sleep(0.4)
    await shoot(page, out, f"{name}-zh")
    await page.get_by_test_id("lang").first.click()


async def pictures(video: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "node") as node:
        camera = Path(folder) / "camera.mjpeg"
        command = ["ffmpeg", "-v", "error", "-i", str(video), "-vf", "scale=640:-2,fps=15", "-q:v", "4", str(camera)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        async with node.client() as client, opened_browsers() as browsers:
            now = datetime.now(UTC)
            window = Window(now - timedelta(hours=1), now + timedelta(hours=8))
            view = await client.apply(ApplicationForm(RED_SUBJECT, "food-business", SITE, window))
            links = [link.link for link in await client.invite(view.survey, list(PEOPLE))]
            auditor_link = (await client.invite_auditor("审计员")).link
            phone = await browsers.page(camera=camera, phone=True, geolocation=HERE, device_scale_factor=2)
            reviewer = await browsers.page(geolocation=HERE, **DESK)
            second, expert = [await browsers.page(geolocation=HERE, **SMALL) for _ in range(2)]
            desks = [reviewer, second, expert]
            await phone.goto(links[0])
            await phone.get_by_test_id("start").wait_for()
            await both_languages(phone, out, "phone-start")
            for page, link in zip([phone, *desks], links, strict=True):
                await enter(page, link)
            for desk in desks:
                await has_picture_of(desk, 'video[data-participant="p1"]')
            await reviewer.get_by_test_id("ask-still").click()
            await reviewer.get_by_test_id("still-note").fill("请拍下门头招牌 / the shop sign, please")
            await reviewer.get_by_test_id("still-send").click()
            await phone.get_by_test_id("still-request").wait_for()
            await asyncio.sleep(3)
            await both_languages(phone, out, "phone-call")
            await phone.locator("[data-testid=looking-open], [data-testid=looking-news]").first.click()
            await phone.get_by_test_id("errand-p2").get_by_test_id("errand-qr").wait_for()
            await asyncio.sleep(0.5)
            await shoot(phone, out, "phone-who-en")
            await phone.keyboard.press("Escape")
            await phone.get_by_test_id("shutter").click()
            points = next(item for item in await client.items() if item.code == "food-business").points
            for point, value in zip(points[:3], ("ok", "ok", "unsure"), strict=True):
                await reviewer.get_by_test_id(f"point-{point.id}-{value}").click()
                await asyncio.sleep(1.5)
            await both_languages(reviewer, out, "desk")
            await reviewer.get_by_test_id("tab-photos").click()
            await expect(reviewer.get_by_test_id("photo-item")).to_have_count(1)
            await asyncio.sleep(3)
            await shoot(reviewer, out, "desk-photos-en")
            await reviewer.evaluate("document.documentElement.dataset.theme = 'dark'")
            await asyncio.sleep(0.5)
            await shoot(reviewer, out, "desk-dark-en")
            await reviewer.evaluate("document.documentElement.dataset.theme = 'light'")
            await second.set_viewport_size({"width": 390, "height": 844})
            await asyncio.sleep(1)
            await shoot(second, out, "desk-on-phone-en")
            await second.set_viewport_size(DESK["viewport"])
            await reviewer.get_by_test_id("tab-checklist").click()
            for point in points[3:]:
                await reviewer.get_by_test_id(f"point-{point.id}-ok").click()
            await reviewer.get_by_test_id("end-session").click()
            await reviewer.get_by_test_id("end-confirm").click()
            await gives_an_opinion(expert)
            for desk in (reviewer, second):
                await desk.get_by_test_id("tab-conclusion").click()
                await desk.get_by_test_id("result-pass").click()
                await desk.get_by_test_id("conclude").click()
                await desk.get_by_test_id("conclude-confirm").click()
            await expect(second.get_by_test_id("concluded")).to_be_visible()
            await asyncio.sleep(1)
            await both_languages(second, out, "conclusion")
            await both_languages(phone, out, "phone-finish")
            auditor = await browsers.page(**DESK)
            await auditor.goto(auditor_link)
            await auditor.get_by_test_id("start").click()
            await auditor.get_by_test_id(f"audit-row-{view.survey}").wait_for()
            await shoot(auditor, out, "audit-list-en")
            await auditor.get_by_test_id(f"audit-row-{view.survey}").click()
            await auditor.get_by_test_id("play").click()
            await asyncio.sleep(6)
            verify = auditor.get_by_test_id("verify")
            if await verify.count():
                await verify.first.click()
            await asyncio.sleep(3)
            await both_languages(auditor, out, "audit")
            await auditor.set_viewport_size({"width": 390, "height": 844})
            await asyncio.sleep(1)
            await shoot(auditor, out, "audit-on-phone-en")
            await refused(client, browsers, out)


async def refused(client: NodeClient, browsers: Browsers, out: Path) -> None:
    """What a subject reads whom the gate turned down."""
    now = datetime.now(UTC)
    window = Window(now - timedelta(hours=1), now + timedelta(hours=8))
    view = await client.apply(ApplicationForm(SubjectForm(BLACK, "海口虚构培训学校"), "training-centre", SITE, window))
    (link,) = await client.invite(view.survey, [InvitationOrder("subject", "王校长")])
    page = await browsers.page(phone=True, device_scale_factor=2)
    await page.goto(link.link)
    await page.get_by_test_id("start").click()
    await page.locator(f"[data-survey='{view.survey}']").wait_for()
    await both_languages(page, out, "subject")


if __name__ == "__main__":
    asyncio.run(pictures(Path(sys.argv[1]), Path(sys.argv[2])))
