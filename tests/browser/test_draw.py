"""The applicant's phone does its part in a draw by lot: nobody presses anything, and one sentence says so."""

import asyncio

import msgspec
from playwright.async_api import expect

from survey_server.wire.admission import InvitationOrder
from survey_server.wire.draws import DrawOrder
from tests.browser.conftest import Browsers
from tests.nodes import ServedNode, application


async def test_a_phone_commits_and_reveals_by_itself(node: ServedNode, browsers: Browsers) -> None:
    wish = msgspec.structs.replace(application(item="outdoor-advert"), mode="upload_only")
    async with node.client() as client:
        survey = (await client.apply(wish)).survey
        (link,) = await client.invite(survey, [InvitationOrder("applicant", "王经办")])
        phone = await browsers.page(phone=True)
        await phone.goto(link.link)
        await phone.get_by_test_id("start").click()
        await phone.get_by_test_id("consent-agree").wait_for()
        await expect(phone.get_by_test_id("lot")).to_have_count(0)
        await client.order_draw(survey, DrawOrder(2))
        async with asyncio.timeout(40):
            while (draw := (await client.draws(survey))[0]).state != "drawn":
                await asyncio.sleep(0.1)
        assert len(draw.seated) == 2
        await expect(phone.get_by_test_id("lot")).to_contain_text("nobody can choose")
        await expect(phone.get_by_test_id("lot-doubtful")).to_have_count(0)
        await phone.context.close()
