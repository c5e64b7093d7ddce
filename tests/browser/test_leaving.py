"""Leaving the call by the phone's "back", or by finishing before anybody came: it asks, and one press leads back."""

from playwright.async_api import Page, expect

from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from tests.browser.conftest import Browsers
from tests.browser.test_survey import enter
from tests.nodes import ServedNode, application


async def back(phone: Page) -> None:
    await phone.evaluate("history.back()")


async def test_back_asks_and_leaves_nothing_behind(browsers: Browsers, node: ServedNode) -> None:
    async with node.client() as client:
        view = await client.apply(application())
        orders = [InvitationOrder("applicant", "申请人"), InvitationOrder("reviewer", "林")]
        link, desk = await client.invite(view.survey, orders)
    phone = await browsers.page(phone=True)
    await enter(phone, link.link)
    shutter, stay = phone.get_by_test_id("shutter"), phone.get_by_test_id("leave-stay")
    await shutter.wait_for()
    for _ in range(2):
        await back(phone)
        await stay.click()
        await expect(stay).to_have_count(0)
    await back(phone)
    await phone.get_by_test_id("leave-confirm").click()
    await phone.get_by_test_id("left").wait_for()
    assert await phone.evaluate("history.state") is None
    await phone.get_by_test_id("back-to-call").click()
    await shutter.wait_for()

    long = await phone.evaluate("history.length")
    await phone.reload()
    await phone.get_by_test_id("devices-continue").click()
    await shutter.wait_for()
    assert await phone.evaluate("history.length") == long, "a reload puts nothing more in the way"

    await phone.get_by_test_id("finish").click()
    await stay.click()
    assert await phone.get_by_test_id("finish-confirm").count() == 0, "alone, they can leave and not end it"
    async with node.client() as client:
        reviewer = await Person.arrive(client, desk, None)
        await reviewer.in_call()
        looking = phone.locator("[data-testid=looking-open], [data-testid=looking-news]")
        await expect(looking.first).to_contain_text("林")
        await phone.get_by_test_id("finish").click()
        await phone.get_by_test_id("finish-confirm").click()
        await phone.locator("body[data-screen=finish]").wait_for()
        await reviewer.leave()
    await phone.wait_for_function("history.state === null")
