"""The phone's "back" in the call: it asks, and who leaves all the same comes back with one press."""

from playwright.async_api import Page, expect

from survey_server.wire.admission import InvitationOrder
from tests.browser.conftest import Browsers
from tests.browser.test_survey import enter
from tests.nodes import ServedNode, application


async def back(phone: Page) -> None:
    await phone.evaluate("history.back()")


async def test_back_asks_and_leaves_nothing_behind(browsers: Browsers, node: ServedNode) -> None:
    async with node.client() as client:
        view = await client.apply(application())
        (link,) = await client.invite(view.survey, [InvitationOrder("applicant", "申请人")])
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
    await phone.get_by_test_id("finish-confirm").click()
    await phone.locator("body[data-screen=finish]").wait_for()
    await phone.wait_for_function("history.state === null")
