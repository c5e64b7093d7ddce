"""False material in a real browser: the officer's page and, on a phone, the subject's."""

from playwright.async_api import Page, expect

from tests.browser.conftest import Browsers
from tests.cases.feedbacks import matter
from tests.nodes import ORANGE, ServedNode


async def test_an_officer_and_the_subject_go_through_it_on_their_pages(node: ServedNode, browsers: Browsers) -> None:
    async with node.client() as client:
        case = await matter(client, ORANGE)
        found = await case.record()
        links = [(await client.invite_officer(name)).link for name in ("何科长", "林科长")]
    officer = await opened(await browsers.page(), links[0])
    await officer.locator(f"a[href='#{found.feedback}']").click()
    await say(officer, "confirmed", "与现场录像不符")
    await expect(officer.get_by_test_id("feedback-record")).to_have_attribute("data-state", "confirmed")
    await officer.get_by_test_id("give-notice").click()
    link = await officer.get_by_test_id("notice-link").text_content()
    assert link is not None

    subject = await opened(await browsers.page(phone=True), link.strip())
    await subject.get_by_test_id("feedback-item").click()
    await expect(subject.get_by_test_id("feedback-notice")).to_have_attribute("data-what", "hearing")
    await say(subject, "answered", "照片拿错了，已更换")
    await expect(subject.get_by_test_id("feedback-record")).to_have_attribute("data-state", "answered")
    wide = await subject.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "nothing is cut off on a phone"

    second = await opened(await browsers.page(), links[1])
    await second.locator(f"a[href='#{found.feedback}']").click()
    await say(second, "dropped", "已当场更正")  # nobody else's survey ends on site for it
    await expect(second.get_by_test_id("feedback-record")).to_have_attribute("data-state", "dropped")
    await officer.reload()
    await expect(officer.get_by_test_id("feedback-record")).to_have_attribute("data-state", "dropped")


async def opened(page: Page, link: str) -> Page:
    await page.goto(link)
    await page.get_by_test_id("start").click()
    await expect(page.get_by_test_id("feedback")).to_be_visible()
    return page


async def say(page: Page, act: str, words: str) -> None:
    await page.get_by_test_id(f"act-{act}").check()
    await page.get_by_test_id("act-words").fill(words)
    await page.get_by_test_id("act-send").click()
