"""On the phone: another appointment, a visit instead, and afterwards the rating and an appeal."""

import os
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.from_person import Conclude, EndSession
from survey_server.wire.life import Arrange
from tests.browser.conftest import Browsers
from tests.nodes import ServedNode, application


async def shot(page: Page, name: str) -> None:
    """A picture to look at, where TAKAN_SHOTS names a folder."""
    if folder := os.environ.get("TAKAN_SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_another_time_then_a_visit_without_a_mark(node: ServedNode, browsers: Browsers) -> None:
    async with node.client() as client:
        survey = (await client.apply(application())).survey
        (link,) = await client.invite(survey, [InvitationOrder("applicant", "王经办")])
        begin = utc_now() + timedelta(minutes=40)
        await client.move(survey, Arrange(begin, officer="周"))
        phone = await browsers.page(phone=True)
        await phone.goto(link.link)
        await phone.get_by_test_id("start").click()
        await expect(phone.get_by_test_id("appointment")).to_be_visible()
        await expect(phone.get_by_test_id("limit-begin")).to_contain_text("working days left")
        await expect(phone.get_by_test_id("limit-case")).to_have_attribute("data-state", "ahead")
        await shot(phone, "plans")
        await phone.get_by_test_id("plans-open").click()
        await shot(phone, "plans-sheet")
        await phone.get_by_test_id("plans-time").click()
        await expect(phone.get_by_test_id("plans-time")).to_have_count(0)
        view = await client.move(survey, Arrange(begin, replaces=2, officer="周"))
        assert view.life.appointment is not None
        assert view.life.appointment.number == 3, "the phone's own was the second"
        await phone.get_by_test_id("plans-open").click()
        await phone.get_by_test_id("plans-visit").click()
        await expect(phone.locator("body")).to_have_attribute("data-screen", "finish")
        await expect(phone.get_by_test_id("plans-open")).to_have_count(0)
        await shot(phone, "visit")
        await phone.context.close()


async def test_a_reviewer_refers_the_survey_and_the_applicant_reads_why(node: ServedNode, browsers: Browsers) -> None:
    async with node.client() as client:
        survey = (await client.apply(application())).survey
        mine, theirs = await client.invite(
            survey, [InvitationOrder("applicant", "王经办"), InvitationOrder("reviewer", "林审查员")]
        )
        await client.move(survey, Arrange(utc_now() + timedelta(minutes=40), officer="周"))
        phone, desk = await browsers.page(phone=True), await browsers.page(viewport={"width": 1280, "height": 800})
        await phone.goto(mine.link)
        await phone.get_by_test_id("start").click()
        await expect(phone.get_by_test_id("appointment")).to_be_visible()
        await desk.goto(theirs.link)
        for step in ("start", "consent-agree", "devices-continue"):
            await desk.get_by_test_id(step).click()
        await expect(desk.get_by_test_id("agreed")).to_be_visible()
        await expect(desk.get_by_test_id("missed")).to_have_count(0)
        await expect(desk.get_by_test_id("agreed").get_by_test_id("limit-case")).to_contain_text("Conclusion by ")
        await shot(desk, "agreed")
        await desk.get_by_test_id("refer").click()
        await expect(desk.get_by_test_id("refer-send")).to_be_disabled()
        await desk.get_by_test_id("refer-reason").fill("燃气管线要在现场测压。")
        await shot(desk, "refer")
        await desk.get_by_test_id("refer-send").click()
        await expect(phone.locator("blockquote")).to_have_text("燃气管线要在现场测压。")
        await shot(phone, "referred")
        for page in (phone, desk):
            await page.context.close()


async def test_a_rating_and_an_appeal_with_its_answer(node: ServedNode, browsers: Browsers) -> None:
    async with node.client() as client:
        survey = (await client.apply(application())).survey
        people = [("applicant", "王经办"), ("reviewer", "林"), ("reviewer", "陈")]
        mine, *theirs = await client.invite(survey, [InvitationOrder(role, name) for role, name in people])
        reviewers = [await Person.arrive(client, link, None) for link in theirs]
        for reviewer in reviewers:
            await reviewer.in_call()
        await reviewers[0].send(EndSession())
        await reviewers[0].until(lambda: reviewers[0].survey.state == "ended", "the end")
        for reviewer in reviewers:
            await reviewer.send(Conclude("not_pass", "通道被占用"))
        await reviewers[0].until(lambda: reviewers[0].survey.state == "concluded", "the conclusion")
        phone = await browsers.page(phone=True)
        await phone.goto(mine.link)
        await phone.get_by_test_id("start").click()
        await phone.get_by_test_id("star-4").click()
        await shot(phone, "rating")
        await phone.get_by_test_id("rate").click()
        await expect(phone.get_by_test_id("rated")).to_contain_text("4 of 5")
        await phone.get_by_test_id("appeal").locator("summary").click()
        await expect(phone.get_by_test_id("appeal-send")).to_be_disabled()
        await phone.get_by_test_id("appeal-reason").fill("当天通道已经清理，照片可以证明。")
        await shot(phone, "appeal")
        await phone.get_by_test_id("appeal-send").click()
        await expect(phone.get_by_test_id("appealed")).to_be_visible()
        await decided_at_the_desk(client, browsers, survey)
        await expect(phone.get_by_test_id("appeal-answer")).to_contain_text("held again")
        await expect(phone.get_by_test_id("appeal-next")).to_contain_text("send you a new link")
        await expect(phone.get_by_test_id("conclusion")).not_to_contain_text("you can appeal")
        await shot(phone, "answer")
        for reviewer in reviewers:
            await reviewer.leave()
        await phone.context.close()


async def decided_at_the_desk(client: NodeClient, browsers: Browsers, survey: str) -> None:
    """An officer who took no part opens their page, reads the appeal and answers it."""
    link = await client.invite_officer("周科长")
    desk = await browsers.page()
    await desk.goto(link.link)
    await desk.get_by_test_id("start").click()
    appeal = desk.get_by_test_id("appeal-item").filter(has=desk.locator(f"[data-survey='{survey}']"))
    await appeal.locator("> summary").click()
    await expect(appeal.get_by_test_id("own-appeal")).to_contain_text("当天通道已经清理")
    await expect(appeal.get_by_test_id("own-appeal")).to_contain_text("通道被占用")
    await appeal.get_by_test_id("case-file-open").click()
    await expect(appeal.get_by_test_id("case-file")).to_contain_text("通道被占用")
    await shot(desk, "appeal-file")
    await appeal.get_by_test_id("appeal-survey_again").check()
    await expect(appeal.get_by_test_id("appeal-answer-send")).to_be_disabled()
    await appeal.get_by_test_id("appeal-answer-reason").fill("请重新踏勘一次。")
    await shot(desk, "appeal-desk")
    await appeal.get_by_test_id("appeal-answer-send").click()
    await expect(appeal).to_have_attribute("data-result", "survey_again")
    await desk.context.close()
