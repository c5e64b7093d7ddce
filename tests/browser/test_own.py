"""In a real browser: a subject sees the decision and asks for a person, an officer answers at the desk."""

from playwright.async_api import expect

from survey_server.wire.admission import InvitationOrder
from tests.browser.conftest import Browsers
from tests.browser.test_life import shot
from tests.nodes import BLACK, ServedNode, application


async def test_a_refused_subject_asks_for_a_person_and_is_admitted(node: ServedNode, browsers: Browsers) -> None:
    async with node.client() as client:
        view = await client.apply(application(BLACK, "training-centre"))
        (mine,) = await client.invite(view.survey, [InvitationOrder("subject", "王校长")])
        theirs = await client.invite_officer("周科长")
    phone = await browsers.page(phone=True)
    await phone.goto(mine.link)
    await phone.get_by_test_id("start").click()
    decision = phone.locator(f"[data-survey='{view.survey}']")
    await decision.locator("details:not([data-testid]) > summary").click()
    await expect(decision).to_contain_text("DEMO-2026-0041")
    await decision.get_by_test_id("ask-person").locator("summary").click()
    await expect(decision.get_by_test_id("ask-person-send")).to_be_disabled()
    await decision.get_by_test_id("ask-person-words").fill("这条记录上月已经撤销，附撤销通知。")
    await shot(phone, "own-ask")
    await decision.get_by_test_id("ask-person-send").click()
    await expect(decision.get_by_test_id("second-look")).to_have_attribute("data-result", "waiting")
    wide = await phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "nothing is cut off on a phone"

    desk = await browsers.page()
    await desk.goto(theirs.link)
    await desk.get_by_test_id("start").click()
    asked = desk.get_by_test_id("asked-item").filter(has=desk.locator(f"[data-survey='{view.survey}']"))
    await asked.locator("> summary").click()
    await asked.get_by_test_id("answer-correct").check()
    await asked.get_by_test_id("answer-words").fill("已向认定单位核实撤销。")
    await expect(asked.get_by_test_id("answer-send")).to_be_disabled()
    await asked.get_by_test_id("answer-seen").fill("撤销通知 2026-11 号，2026-11-20")
    await shot(desk, "asked")
    await asked.get_by_test_id("answer-send").click()
    await expect(asked).to_have_attribute("data-result", "admitted")
    await phone.reload()
    await expect(decision.get_by_test_id("second-look")).to_have_attribute("data-result", "admitted")
    await shot(phone, "own-answered")
    for page in (phone, desk):
        await page.context.close()
