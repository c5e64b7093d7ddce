"""The applicant's phone shows who looks; any phone reads the code, and the page it opens answers without a login."""

import asyncio

import cv2
import numpy as np
from playwright.async_api import Locator, expect

from survey_server.flows.invited import TWO_DEPARTMENTS
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.panel import RecusalOrder
from tests.browser.conftest import Browsers
from tests.cases.test_material import wish
from tests.nodes import ServedNode


async def read(code: Locator) -> str:
    """As a phone's camera does: frame after frame, until one is read; the sheet is still rising in the first."""
    for _ in range(25):
        frame = cv2.imdecode(np.frombuffer(await code.screenshot(), np.uint8), cv2.IMREAD_COLOR)
        address = "" if frame is None else cv2.QRCodeDetector().detectAndDecode(frame)[0]
        if address:
            return address
        await asyncio.sleep(0.2)
    raise AssertionError("nobody can read this code")


async def test_a_code_on_the_phone_is_read_and_checked_by_anybody(node: ServedNode, browsers: Browsers) -> None:
    orders = [
        InvitationOrder("applicant", "王经办"),
        *(InvitationOrder("reviewer", "林静", one, "琼46-0042") for one in TWO_DEPARTMENTS),
    ]
    async with node.client() as client:
        survey = (await client.apply(wish())).survey
        links = await client.invite(survey, orders)
        phone = await browsers.page(phone=True)
        await phone.goto(links[0].link)
        await phone.get_by_test_id("start").click()
        await phone.get_by_test_id("consent-agree").wait_for()
        await expect(phone.get_by_test_id("looking")).to_have_count(0)
        people = [await Person.arrive(client, link, None, call=False) for link in links[1:]]
        await phone.get_by_test_id("looking-p2").click()
        await expect(phone.get_by_test_id("errand-p2")).to_contain_text("琼46-0042")
        code = phone.get_by_test_id("errand-p2").get_by_test_id("errand-qr")
        await code.evaluate("one => one.decode()")
        address = await read(code)
        assert address.startswith(f"{node.url}/errand#")

        anybody = await browsers.page()
        await anybody.goto(address)
        answer = anybody.get_by_test_id("errand-answer")
        await expect(answer).to_have_attribute("data-state", "valid")
        await expect(answer).to_contain_text("林静")
        await expect(answer).not_to_contain_text("测试单位")
        await client.take_off(survey, RecusalOrder("p2", "conflict", "亲属", "王科长"))
        await expect(phone.get_by_test_id("errand-p2")).to_have_attribute("data-state", "taken_off")
        await anybody.reload()
        await expect(answer).to_have_attribute("data-state", "taken_off")
        await anybody.get_by_test_id("errand-written").fill("0000 1111")
        await anybody.get_by_test_id("errand-send").click()
        await expect(answer).to_have_attribute("data-state", "forged")
        for person in people:
            await person.leave()
        await phone.context.close()
        await anybody.context.close()
