"""A survey by photos alone on a phone and at two desks, one of them on a phone too; then an auditor looks at it."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from playwright.async_api import Page, expect

from survey_server.flows.invited import PHOTO_PEOPLE as PEOPLE
from tests.browser.conftest import Browsers
from tests.browser.test_survey import has_picture_of
from tests.nodes import ServedNode, application

PHOTO = Path(__file__).parent.parent / "data" / "photos" / "DSCN0010.jpg"
POINTS = ("position", "size", "traffic", "windows", "structure", "light")
"""Of the item outdoor-advert."""
Look = Callable[[Page, str], Awaitable[None]]


async def nobody_looks(_page: Page, _name: str) -> None:
    """Pictures of the pages are taken by hand."""


async def enter(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_test_id("start").click()
    await page.get_by_test_id("consent-agree").click()


async def read_and_confirm(phone: Page, desk: Page, look: Look) -> None:
    """The applicant saves the record, which is what its digest says, and confirms; the desk is told."""
    await expect(desk.get_by_test_id("record")).to_be_visible()
    async with phone.expect_download() as saving:
        await phone.get_by_test_id("record-zh").click()
    saved = Path(await (await saving.value).path()).read_bytes()
    await phone.locator(".record summary").click()
    digest = await phone.locator(".record code").first.text_content()
    assert hashlib.sha256(saved).hexdigest() == digest
    await look(phone, "record")
    await phone.get_by_test_id("acknowledge").click()
    await expect(phone.get_by_test_id("acknowledged")).to_be_visible()
    await expect(phone.get_by_test_id("acknowledge")).to_have_count(0)
    await expect(desk.get_by_test_id("record")).to_contain_text(re.compile("confirmed having read|确认已阅知"))
    await look(phone, "record-read")
    await look(desk, "desk-record")


async def shoot(phone: Page, look: Look) -> None:
    """One through the camera in the page, one chosen while the network is away, the rest explained."""
    await look(phone, "shot")
    await phone.get_by_test_id("shot-take").click()
    await has_picture_of(phone, ".shot-camera video")
    await look(phone, "camera")
    await phone.get_by_test_id("shot-shutter").click()
    item = phone.get_by_test_id("photo-item")
    await expect(item).to_have_attribute("data-state", "received")
    paper = await phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper != "rgb(0, 0, 0)", "the camera's dark page is gone with it"
    await look(phone, "taken")
    await phone.get_by_test_id("shot-next").click()
    await phone.context.set_offline(True)
    await phone.get_by_test_id("shot-input").set_input_files(PHOTO)
    await expect(item).not_to_have_attribute("data-state", "received")
    await look(phone, "offline")
    await phone.context.set_offline(False)
    await expect(item).to_have_attribute("data-state", "received")
    await phone.get_by_test_id("shot-next").click()
    for point in POINTS[2:]:
        await expect(phone.get_by_test_id(f"shot-{point}")).to_be_visible()
        await phone.get_by_test_id("shot-cannot").click()
        await phone.get_by_test_id("explain-reason").fill("夜里才能拍")
        if point == POINTS[2]:
            await look(phone, "explain")
        await phone.get_by_test_id("explain-send").click()
        await phone.get_by_test_id("shot-next").click()
    await look(phone, "overview")
    await phone.get_by_test_id("submit-material").click()
    await phone.get_by_test_id("submitted").wait_for()


async def review(desk: Page) -> None:
    for point in POINTS:
        choice = desk.get_by_test_id(f"point-{point}-ok")
        await choice.click()
        await expect(choice).to_have_attribute("aria-pressed", "true")


async def give_opinion(desk: Page, value: str) -> None:
    await desk.get_by_test_id("tab-opinion").click()
    await desk.get_by_test_id(f"opinion-{value}").click()
    await desk.get_by_test_id("give-opinion").click()


async def by_photos(browsers: Browsers, node: ServedNode, look: Look, locale: str = "en-GB") -> None:
    """The whole of it."""
    async with node.client() as client:
        wish = msgspec.structs.replace(application(item="outdoor-advert"), mode="upload_only")
        survey = (await client.apply(wish)).survey
        links = [link.link for link in await client.invite(survey, list(PEOPLE))]
        auditor_link = (await client.invite_auditor("审计员")).link
    phone = await browsers.page(phone=True, viewport={"width": 390, "height": 844}, locale=locale)
    first = await browsers.page(locale=locale)
    second = await browsers.page(phone=True, viewport={"width": 390, "height": 844}, locale=locale)
    await phone.goto(links[0])
    await look(phone, "start")
    for page, link in zip((phone, first, second), links, strict=True):
        await enter(page, link)
    await look(first, "desk-waits")
    await shoot(phone, look)
    await look(phone, "submitted")

    await review(first)
    await look(first, "desk")
    await give_opinion(first, "approve")
    given = first.get_by_test_id("opinion-standing")
    await expect(given).to_have_attribute("data-standing", "given")
    await look(first, "desk-opinion")
    await second.get_by_test_id("tab-opinion").click()
    await expect(second.locator('[data-testid="review"][data-given="true"]')).to_have_count(1)
    await expect(second.get_by_test_id("review").get_by_text("Approve")).to_have_count(0)

    await second.get_by_test_id(f"ask-shot-{POINTS[0]}").click()
    await second.get_by_test_id("ask-shot-reason").fill("看不清四角，请退后再拍")
    await look(second, "ask")
    await second.get_by_test_id("ask-shot-send").click()
    await phone.get_by_test_id("shot-asked").wait_for()
    await look(phone, "asked")
    await phone.get_by_test_id("shot-input").set_input_files(PHOTO)
    await phone.get_by_test_id("shot-next").click()
    await phone.get_by_test_id("submit-material").click()
    await phone.get_by_test_id("submitted").wait_for()

    await expect(given).to_have_attribute("data-standing", "lapsed")
    await first.get_by_test_id("give-opinion").click()
    await second.get_by_test_id("tab-checklist").click()
    await review(second)
    await look(second, "desk-on-phone")
    await give_opinion(second, "approve")
    await expect(second.get_by_test_id("opinion-standing")).to_have_attribute("data-standing", "open")
    await look(first, "desk-open")
    for desk in (first, second):
        await desk.get_by_test_id("tab-conclusion").click()
        await desk.get_by_test_id("result-pass").click()
        await desk.get_by_test_id("conclude").click()
        await desk.get_by_test_id("conclude-confirm").click()
    await expect(first.get_by_test_id("concluded")).to_be_visible()
    await look(first, "desk-concluded")
    await expect(phone.get_by_test_id("conclusion")).to_have_attribute("data-result", "pass")
    await look(phone, "outcome")
    await read_and_confirm(phone, first, look)

    auditor = await browsers.page(locale=locale)
    await auditor.goto(auditor_link)
    await auditor.get_by_test_id("start").click()
    await auditor.get_by_test_id(f"audit-row-{survey}").click()
    await expect(auditor.get_by_test_id(f"material-{POINTS[0]}").get_by_test_id("photo-item")).to_have_count(2)
    await expect(auditor.get_by_test_id("review")).to_have_count(2)
    await look(auditor, "audit")


async def test_a_survey_by_photos_alone_on_phone_and_desks(browsers: Browsers, node: ServedNode) -> None:
    await by_photos(browsers, node, nobody_looks)
