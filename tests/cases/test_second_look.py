"""A subject sees every decision about itself over the API, and asks for a person; an officer answers, once."""

import asyncio
from typing import Any

import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.wire.admission import AdmissionView, InvitationOrder, SessionView
from survey_server.wire.own import AskedView, AskPersonForm, CorrectForm, OwnDecisionView, OwnView, UpholdForm
from tests.nodes import BLACK, RED, UNKNOWN, application

LIFTED = CorrectForm("已核对撤销通知", "record_lifted", "red", "海口市监局撤销通知 2026-11 号，2026-11-20")


async def subject(client: NodeClient, survey: str, name: str = "法定代表人王某") -> SessionView:
    (link,) = await client.invite(survey, [InvitationOrder("subject", name)])
    return await client.start(link)


async def officer(client: NodeClient, name: str = "周科长") -> SessionView:
    return await client.start(await client.invite_officer(name))


async def own(client: NodeClient, who: SessionView) -> OwnView:
    return await client._json("GET", "/api/own", OwnView, who.session)


async def shown(client: NodeClient, who: SessionView, survey: str) -> OwnDecisionView:
    return next(one for one in (await own(client, who)).decisions if one.survey == survey)


async def ask(client: NodeClient, who: SessionView, survey: str, words: str = "该记录已经撤销") -> OwnView:
    return await client._json("POST", f"/api/own/{survey}/person", OwnView, who.session, AskPersonForm(words))


async def answer(client: NodeClient, who: SessionView, survey: str, form: Any) -> AskedView:
    return await client._json("POST", f"/api/asked/{survey}", AskedView, who.session, form)


async def refused(client: NodeClient) -> AdmissionView:
    view = await client.apply(application(BLACK, "training-centre"))
    assert view.outcome == "refused"
    return view


async def test_a_subject_that_was_never_admitted_sees_what_it_rests_on_and_gets_its_answer(client: NodeClient) -> None:
    view = await refused(client)
    me = await subject(client, view.survey)
    told = await shown(client, me, view.survey)
    assert told.reasons == view.reasons
    assert told.whose is not None
    assert (told.whose.en, told.source) == ("the enterprise's own", "demonstration register")
    assert [(one.id, f"{one.until:%Y-%m}") for one in told.counted] == [("DEMO-2026-0041", "2029-03")]
    assert [way.what for way in told.ways] == ["ask_person", "repair", "object"]
    assert told.ways[0].until is not None

    asked = next(one for one in (await ask(client, me, view.survey)).decisions if one.survey == view.survey)
    assert asked.second_look is not None
    assert asked.second_look.due is not None
    assert asked.second_look.due.left in range(4, 6)
    with pytest.raises(NodeRefused, match="409 A person was asked about this decision already"):
        await ask(client, me, view.survey)

    zhou = await officer(client)
    listed = await client._json("GET", "/api/asked", list[AskedView], zhou.session)
    assert view.survey in [one.decision.survey for one in listed]
    with pytest.raises(NodeRefused, match="409 This ground does not fit"):
        await answer(client, zhou, view.survey, CorrectForm("x", "representative", "red", "x"))
    both = await asyncio.gather(
        answer(client, zhou, view.survey, LIFTED),
        answer(client, await officer(client, "何科长"), view.survey, UpholdForm("记录仍在公示期")),
        return_exceptions=True,
    )
    lost = [one for one in both if isinstance(one, BaseException)]
    assert len(lost) == 1
    assert "has answered this already" in str(lost[0])


async def test_who_is_admitted_by_a_person_is_surveyed_like_anybody_and_it_is_seen(client: NodeClient) -> None:
    view = await refused(client)
    with pytest.raises(NodeRefused, match="not admitted"):
        await client.invite(view.survey, [InvitationOrder("reviewer", "林")])
    me = await subject(client, view.survey)
    await ask(client, me, view.survey)
    done = await answer(client, await officer(client), view.survey, LIFTED)
    look = done.decision.second_look
    assert look is not None
    assert (look.result, look.officer, done.decision.state, done.decision.outcome) == (
        "admitted", "周科长", "admitted", "refused",
    )  # fmt: skip
    mine, theirs = await client.invite(
        view.survey, [InvitationOrder("applicant", "王经办"), InvitationOrder("reviewer", "林")]
    )
    applicant = await client.start(mine)
    survey = await client.survey(view.survey, (await client.start(theirs)).session)
    assert (survey.state, survey.tier) == ("admitted", "red")
    assert survey.life.due_at is not None, "the limit of the person's decision runs"
    told = await shown(client, applicant, view.survey)
    assert told.second_look is not None
    assert told.second_look.seen == LIFTED.seen
    auditor = await client.start(await client.invite_auditor("审计员"))
    replay = await client.replay(view.survey, auditor.session)
    assert "周科长 overruled the gate" in " ".join(one.text.en for one in replay.events)
    assert [one.text.en for one in (await shown(client, me, view.survey)).looks] == ["Replayed by 审计员"]


async def test_a_silent_source_is_proven_by_a_report_and_never_by_itself(client: NodeClient) -> None:
    view = await client.apply(application(UNKNOWN))
    assert view.outcome == "on_site"
    me = await subject(client, view.survey)
    await ask(client, me, view.survey, "附信用报告")
    zhou = await officer(client)
    with pytest.raises(NodeRefused, match="changes nothing for this item"):
        await answer(client, zhou, view.survey, CorrectForm("x", "standing_proven", "blue", "报告 1 号"))
    done = await answer(client, zhou, view.survey, CorrectForm("已核验", "standing_proven", "orange", "报告 1 号"))
    assert done.decision.state == "admitted"
    other = await client.apply(application(UNKNOWN))
    assert other.outcome == "on_site", "one answer is about one application"


async def test_strangers_see_and_ask_nothing(client: NodeClient) -> None:
    view, other = await refused(client), await client.apply(application(RED))
    stranger = await subject(client, other.survey, "别家")
    assert view.survey not in [one.survey for one in (await own(client, stranger)).decisions]
    with pytest.raises(NodeRefused, match="404"):
        await ask(client, stranger, view.survey)
    with pytest.raises(NodeRefused, match="403"):
        await own(client, await officer(client))
    with pytest.raises(NodeRefused, match="403"):
        await client._json("GET", "/api/asked", list[AskedView], stranger.session)
    (link,) = await client.invite(other.survey, [InvitationOrder("reviewer", "林")])
    with pytest.raises(NodeRefused, match="403"):
        await own(client, await client.start(link))
    namesake = await officer(client, "法定代表人王某")
    await ask(client, await subject(client, view.survey), view.survey)
    with pytest.raises(NodeRefused, match="no part in the case"):
        await answer(client, namesake, view.survey, UpholdForm("x"))
