"""An appeal against a conclusion over the API: an officer who took no part decides, once; the intake key can't."""

import asyncio
import contextlib

import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder, SessionView
from survey_server.wire.basics import AppealResult
from survey_server.wire.from_person import Conclude, EndSession
from survey_server.wire.life import AppealAnswerForm, MakeAppeal
from survey_server.wire.own import AskedView
from tests.cases.test_restricted import purpose, restrict
from tests.cases.test_second_look import officer
from tests.nodes import application


async def appealed(client: NodeClient) -> str:
    """A survey that two reviewers concluded, and an appeal against it."""
    survey = (await client.apply(application())).survey
    people = [
        InvitationOrder("applicant", "王经办"),
        InvitationOrder("reviewer", "林"),
        InvitationOrder("reviewer", "陈"),
    ]
    async with contextlib.AsyncExitStack() as leaving:
        arrived = [await Person.arrive(client, link, None) for link in await client.invite(survey, people)]
        for one in arrived:
            leaving.push_async_callback(one.leave)
            await one.in_call()
        applicant, first, second = arrived
        await first.send(EndSession())
        await first.until(lambda: first.survey.state == "ended", "the end")
        for reviewer in (first, second):
            await reviewer.send(Conclude("not_pass", "通道被占用"))
        await first.until(lambda: first.survey.state == "concluded", "the conclusion")
        await client._json(
            "POST", f"/api/surveys/{survey}/life", object, applicant.session.session, MakeAppeal("量错了")
        )
    return survey


async def listed(client: NodeClient, who: SessionView) -> list[AskedView]:
    return await client._json("GET", "/api/appeals", list[AskedView], who.session)


async def answer(client: NodeClient, who: SessionView, survey: str, result: AppealResult = "stands") -> AskedView:
    form = AppealAnswerForm(result, "照片与录像相符")
    return await client._json("POST", f"/api/appeals/{survey}", AskedView, who.session, form)


async def test_of_two_officers_one_decides_and_who_took_part_can_not(client: NodeClient) -> None:
    survey, zhou = await appealed(client), await officer(client)
    (view,) = [one for one in await listed(client, zhou) if one.decision.survey == survey]
    assert view.decision.appeal is not None
    assert (view.decision.appeal.reason, view.decision.appeal.result) == ("量错了", None)
    with pytest.raises(NodeRefused, match="409 Who took part in the case can't decide"):
        await answer(client, await officer(client, " 林"), survey)
    both = await asyncio.gather(
        answer(client, zhou, survey, "survey_again"),
        answer(client, await officer(client, "何科长"), survey, "on_site"),
        return_exceptions=True,
    )
    (won,) = [one for one in both if isinstance(one, AskedView)]
    (lost,) = [one for one in both if isinstance(one, NodeRefused)]
    assert won.decision.appeal is not None
    assert won.decision.appeal.result in {"survey_again", "on_site"}
    assert won.decision.appeal.officer in str(lost)
    waiting = await appealed(client)
    order = [one.decision.survey for one in await listed(client, zhou)]
    assert order.index(waiting) < order.index(survey)


async def test_the_intake_key_and_others_decide_nothing(client: NodeClient) -> None:
    survey = await appealed(client)
    old = {"order": "decide_appeal", "result": "stands", "reason": "x", "officer": "周"}
    with pytest.raises(NodeRefused, match="422"):
        await client._json("POST", f"/api/surveys/{survey}/life", object, client._intake_key, old)
    auditor = await client.start(await client.invite_auditor("审计员"))
    assert survey in [one.decision.survey for one in await listed(client, auditor)]
    with pytest.raises(NodeRefused, match="403"):
        await answer(client, auditor, survey)
    (link,) = await client.invite(survey, [InvitationOrder("subject", "王某")])
    with pytest.raises(NodeRefused, match="403"):
        await listed(client, await client.start(link))
    with pytest.raises(NodeRefused, match="409 There is no appeal"):
        await answer(client, await officer(client), (await client.apply(application())).survey)


async def status(client: NodeClient, who: SessionView, path: str, **headers: str) -> int:
    said = {"Authorization": f"Bearer {who.session}", **headers}
    async with client.http.get(f"{client.url}/api/surveys/{path}", headers=said) as got:
        return got.status


async def test_the_officer_who_is_to_decide_reads_the_case_file_and_that_is_journaled(client: NodeClient) -> None:
    survey, zhou = await appealed(client), await officer(client)
    file = await client.survey(survey, zhou.session)
    assert {(one.name, one.result, one.reason) for one in file.signatures} == {
        ("林", "not_pass", "通道被占用"),
        ("陈", "not_pass", "通道被占用"),
    }
    for _ in range(300):
        if await status(client, zhou, f"{survey}/report/zh") == 200:
            break
        await asyncio.sleep(0.1)
    assert await status(client, zhou, f"{survey}/report/en") == 200
    auditor = await client.start(await client.invite_auditor("审计员"))
    assert await status(client, auditor, f"{survey}/replay") == 200
    (view,) = [one for one in await listed(client, zhou) if one.decision.survey == survey]
    looks = [one.text.en for one in view.decision.looks]
    assert "周科长, who is to decide, read the case file" in looks
    assert {"Record downloaded by 周科长", "Replayed by 审计员"} <= set(looks), "an officer sees who looked"
    for path in ("replay", "export", "feedback"):
        assert await status(client, zhou, f"{survey}/{path}") == 403
    await answer(client, zhou, survey)
    assert await status(client, zhou, survey) == 403, "decided: there is nothing left to read it for"


async def test_who_took_part_or_has_nothing_to_decide_reads_no_case_file(client: NodeClient) -> None:
    survey, zhou = await appealed(client), await officer(client)
    took_part = await officer(client, "陈 ")
    for path in (survey, f"{survey}/report/zh"):
        assert await status(client, took_part, path) == 403
    other = (await client.apply(application())).survey
    with pytest.raises(NodeRefused, match="403 There is no appeal and no finding"):
        await client.survey(other, zhou.session)
    case_no = (await client.survey(survey, zhou.session)).case_no
    await restrict(client, case_no, name="何科长")
    assert await status(client, zhou, survey) == 403, "restricted: no purpose was stated"
    assert await status(client, zhou, survey, **purpose("处理对结论的申诉，核对照片与笔录")) == 200
    (view,) = [one for one in await listed(client, zhou) if one.decision.survey == survey]
    assert view.decision.looks[-1].text.zh.endswith("用途：处理对结论的申诉，核对照片与笔录")
