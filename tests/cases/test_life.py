"""A survey's life outside of its session on a real node: appointments, two officers at once, leaving the remote way,
rating and appeal after the seal.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from survey_server.app import running
from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.life import decide_appeal, move
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble
from survey_server.flows.views import survey_view
from survey_server.survey.events import Invited
from survey_server.survey.locks import retention
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.life import AppealAnswerForm, Arrange, MakeAppeal, Rate, Refer, Withdraw
from tests.cases.test_addenda import addenda, exported
from tests.cases.test_addenda import settings as hasty_addenda
from tests.cases.test_locks import TEN_YEARS_ITEM, admitted, become, sealed
from tests.flows import ageing
from tests.nodes import application


async def test_two_officers_change_an_appointment_at_once_and_one_is_told(client: NodeClient) -> None:
    form = application()
    admission = await client.apply(form)
    begin = utc_now() + timedelta(minutes=20)
    orders = [Arrange(begin + timedelta(minutes=n), officer=f"officer {n}") for n in range(5)]
    answers = await asyncio.gather(*(client.move(admission.survey, order) for order in orders), return_exceptions=True)
    told = [str(answer) for answer in answers if isinstance(answer, NodeRefused)]
    won = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert (len(won), len(told)) == (1, 4)
    (view,) = won
    assert view.state == "scheduled"
    assert view.life.appointment is not None
    assert view.life.due_at is not None, "the item's limit in working days is shown"
    winner = view.life.appointment.by
    assert all("409" in one and f"{winner} changed the appointment" in one for one in told), told
    again = await client.move(admission.survey, Arrange(begin + timedelta(minutes=30), replaces=1, officer="王"))
    assert again.life.appointment is not None
    assert (again.life.appointment.number, again.life.appointment.by) == (2, "王")


async def test_people_of_the_survey_move_it_and_strangers_do_not(client: NodeClient) -> None:
    admission = await client.apply(application())
    links = await client.invite(
        admission.survey,
        [InvitationOrder("applicant", "王"), InvitationOrder("reviewer", "林"), InvitationOrder("expert", "符")],
    )
    applicant, reviewer, expert = [(await client.start(link)).session for link in links]
    view = await client.move(admission.survey, Arrange(utc_now() + timedelta(minutes=20)), applicant)
    assert view.life.appointment is not None
    assert view.life.appointment.by == "王"
    with pytest.raises(NodeRefused, match="role"):
        await client.move(admission.survey, Refer("officer", "x"), expert)
    with pytest.raises(NodeRefused, match="401"):
        await client.move(admission.survey, Refer("officer", "x"), "nobody")
    with pytest.raises(NodeRefused, match="409"):
        await client.move(admission.survey, Refer("location_declined"), reviewer)
    view = await client.move(admission.survey, Refer("location_declined"), applicant)
    assert view.state == "on_site", "declining to be located leads to a visit"
    assert view.life.closing is not None
    with pytest.raises(NodeRefused, match="referred to a visit or withdrawn"):
        await client.move(admission.survey, Withdraw("x"), applicant)


async def closed(node: Node) -> str:
    case = await admitted(node, TEN_YEARS_ITEM)
    await case.record(Invited("p1", "applicant", "王"))
    await move(node, case, None, Refer("officer", "须现场核实管线", officer="周"))
    return case.id


async def test_what_was_admitted_and_then_referred_is_sealed_and_kept_like_any_other(tmp_path: Path) -> None:
    async with running(ageing.settings(tmp_path / "node")) as node:
        survey = await closed(node)
        case = await node.case(survey)
        await become(lambda: case.survey.locked_until is not None)
        assert [seal.kind for seal in case.survey.seals] == ["recording", "case"]
        assert case.survey.state == "on_site"
        until = case.survey.seals[1].at + retention(case.survey)
        objects = await node.index.of_survey(survey)
        assert min(stored.locked_until for stored in objects) >= until - timedelta(seconds=1)
        bundle = await exported(node, case, tmp_path / "out", "trent")
        assert bundle.manifest["closing"]["cause"] == "officer"
        assert bundle.manifest["closing"]["by"] == "周"


async def test_a_referral_whose_seal_was_cut_off_is_sealed_by_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "node"
    async with running(ageing.settings(data)) as node:
        survey = await closed(node)
        sealed_before = len((await node.case(survey)).survey.seals)
    async with running(ageing.settings(data)) as node:
        case = await node.case(survey)
        await become(lambda: case.survey.locked_until is not None)
        assert sealed_before <= len(case.survey.seals) == 2
        assert not case.survey.open


async def test_rating_and_appeal_after_the_seal_are_sealed_in_an_addendum(tmp_path: Path) -> None:
    async with running(hasty_addenda(tmp_path / "node", 0.5)) as node:
        case = await sealed(node, TEN_YEARS_ITEM)
        await move(node, case, "p3", Rate(4, "很快"))
        await move(node, case, "p3", MakeAppeal("面积量错了"))
        assert case.survey.state == "appealed"
        with pytest.raises(Trouble, match="took part in the case"):
            await decide_appeal(case, "林 ", AppealAnswerForm("stands", "x"))
        await addenda(node, case, 1)
        await decide_appeal(case, "周", AppealAnswerForm("survey_again", "确有误差"))
        await addenda(node, case, 2)
        view = await survey_view(node, case)
        assert view.state == "concluded"
        assert view.life.stars == 4
        assert view.life.appeal is not None
        assert view.life.appeal.result == "survey_again"
        assert view.life.appeal.due > view.life.appeal.at + timedelta(days=20), "working days"
        bundle = await exported(node, case, tmp_path / "out", "trent")
        assert bundle.manifest["appeal"]["result"] == "survey_again"
        assert bundle.manifest["rating"]["stars"] == 4
