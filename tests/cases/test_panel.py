"""Experts of a live survey on a real node: sealed opinions, standing aside, the drawn order, what the bundle says."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from survey_server.cli import app
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.draws import DrawOrder
from survey_server.wire.from_person import Conclude, EndSession, GiveOpinion
from survey_server.wire.panel import RecusalOrder, StandAside
from tests.cases.test_draw import until
from tests.cases.test_material import told, view
from tests.flows.bundles import unpack
from tests.flows.test_order import sealed_case
from tests.nodes import application

ORDERS = [InvitationOrder("applicant", "王"), InvitationOrder("reviewer", "林"), InvitationOrder("reviewer", "陈")]


def given(person: Person) -> list[bool]:
    return [one.given for one in view(person).experts]


def seen(person: Person) -> list[str | None]:
    return [one.opinion and one.opinion.value for one in view(person).experts]


async def in_call(client: NodeClient, *links: object) -> list[Person]:
    people = [await Person.arrive(client, link, None) for link in links]  # pyright: ignore[reportArgumentType]
    await asyncio.gather(*(person.in_call() for person in people))
    return people


async def test_experts_of_a_live_survey_think_for_themselves(client: NodeClient, tmp_path: Path) -> None:
    survey = (await client.apply(application())).survey
    people = await in_call(client, *await client.invite(survey, ORDERS))
    applicant, first, second = people
    await client.order_draw(survey, DrawOrder(2))
    draw = await until(client, survey, "drawn")
    one, two = await in_call(client, *await client.invite_drawn(survey, 1))
    people += [one, two]
    await one.send(GiveOpinion("approve"))
    await told(one, "not_ended")

    await two.send(StandAside("conflict", "与申请人相识"))
    gone = view(two).participants[-1].id
    await first.until(lambda: any(who.recused for who in view(first).participants), "word of who stood aside")
    await two.send(GiveOpinion("approve"))
    await told(two, "recused")
    after = (await client.draws(survey))[0]
    assert after.seated[0].member == draw.seated[0].member
    assert after.seated[1].member not in {seat.member for seat in draw.seated}
    (three,) = await in_call(client, *await client.invite_drawn(survey, 1))
    people.append(three)

    await first.send(EndSession())
    await one.until(lambda: view(one).state == "ended", "the end")
    await one.send(GiveOpinion("rectify", "疏散通道堆物"))
    await one.until(lambda: given(one) == [True, False], "the own opinion")
    for who in (three, first, applicant):
        other = await client.survey(survey, who.session.session)
        assert "疏散通道堆物" not in msgspec.json.encode(other).decode()
    await first.send(Conclude("rectify", "x"))
    await told(first, "opinions_missing")
    await three.send(GiveOpinion("approve"))
    for who in (one, three, first, second):
        await who.until(lambda who=who: view(who).experts_open, "the opening")
        assert seen(who) == ["rectify", "approve"]
    assert seen(applicant) == [None, None]
    assert seen(two) == [None, None]
    for reviewer in (first, second):
        await reviewer.send(Conclude("not_pass", "疏散通道堆物"))
    await sealed_case(client, survey)
    with pytest.raises(NodeRefused, match="nobody can stand aside now"):
        await client.take_off(survey, RecusalOrder("p2", "conflict", "x", "王科长"))
    for person in people:
        await person.leave()
    auditor = await client.start(await client.invite_auditor("审计"))
    bundle = tmp_path / "bundle.zip"
    await client.bundle(survey, auditor.session, bundle)
    key = (await client.ledger()).vkeys[0]
    manifest = unpack(bundle, tmp_path / "bag").manifest
    assert [opinion["value"] for opinion in manifest["opinions"]] == ["rectify", "approve"]
    assert [(out["participant"], out["cause"]) for out in manifest["recused"]] == [(gone, "conflict")]
    verify = ["draw", "verify", str(bundle), "--key", key, "--json"]
    told_ = await asyncio.to_thread(CliRunner().invoke, app, verify)
    assert json.loads(told_.stdout)["problems"] == []


async def test_the_bureau_takes_somebody_off_who_gives_no_opinion(client: NodeClient) -> None:
    survey = (await client.apply(application())).survey
    orders = [*ORDERS, InvitationOrder("expert", "符")]
    people = await in_call(client, *await client.invite(survey, orders))
    first, expert = people[1], people[3]
    with pytest.raises(NodeRefused, match="no such person"):
        await client.take_off(survey, RecusalOrder("p9", "conflict", "x", "王科长"))
    with pytest.raises(NodeRefused, match="role"):
        await client.take_off(survey, RecusalOrder("p1", "conflict", "x", "王科长"))
    await first.send(EndSession())
    await first.until(lambda: view(first).state == "ended", "the end")
    await first.send(Conclude("not_pass", "x"))
    await told(first, "opinions_missing")
    await client.take_off(survey, RecusalOrder("p4", "no_opinion", "三日未提出", "王科长"))
    with pytest.raises(NodeRefused, match="take no further part"):
        await client.take_off(survey, RecusalOrder("p4", "no_opinion", "x", "王科长"))
    await expert.until(lambda: any(one.recused for one in view(expert).participants), "word of it")
    for reviewer in people[1:3]:
        await reviewer.send(Conclude("not_pass", "x"))
    await first.until(lambda: view(first).state == "concluded", "the conclusion")
    for person in people:
        await person.leave()
