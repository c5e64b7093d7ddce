"""What happens when things happen at once or out of order: nothing is lost, nothing sealed halfway."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.from_person import AnswerPoint, Conclude, Consent, EndSession, GiveOpinion, Hello, JoinMedia
from survey_server.wire.survey import SurveyView
from tests.cases.test_links import faults, talk
from tests.nodes import ServedNode, application, serving


async def gathered(client: NodeClient, case_no: str = "") -> tuple[str, list[Person]]:
    """Four people connected, none sending media."""
    view = await client.apply(replace(application(), case_no=case_no))
    links = await client.invite(view.survey, list(PEOPLE))
    people = [await Person.arrive(client, link, None) for link in links]
    await asyncio.gather(*(person.in_call() for person in people))
    return view.survey, people


async def state(client: NodeClient, survey: str, until: str) -> SurveyView:
    return await looking(client, survey, lambda view: view.state == until, until)


async def looking(client: NodeClient, survey: str, done: Callable[[SurveyView], bool], what: str) -> SurveyView:
    """One auditor looks again and again: a link for each look would keep the node's disk busy."""
    auditor = await client.start(await client.invite_auditor("a"))
    for _ in range(150):
        view = await client.survey(survey, auditor.session)
        if done(view):
            return view
        await asyncio.sleep(0.1)
    raise AssertionError(f"never {what}: {view.state}")


async def advised(people: list[Person]) -> None:
    """The expert's opinion is in, and with it open, and every point is answered: the reviewers can sign."""
    await people[3].send(GiveOpinion("approve"))
    await answered(people[1:3])
    for person in people[1:3]:
        await person.until(lambda one=person: one.survey is not None and one.survey.experts_open, "the opinion")


async def answered(reviewers: list[Person]) -> None:
    """The first of them answered every point; a pass needs that, and all of them know."""
    survey = reviewers[0].survey
    assert survey is not None
    for point in survey.item.points:
        await reviewers[0].send(AnswerPoint(point.id, "ok"))
    for person in reviewers:
        await person.until(
            lambda one=person: one.survey is not None and len(one.survey.answers) == len(survey.item.points), "answers"
        )


async def sealed_case(client: NodeClient, survey: str) -> SurveyView:
    def sealed(view: SurveyView) -> bool:
        return view.state == "concluded" and len(view.seals) == 2 and all(seal.kept for seal in view.seals)

    return await looking(client, survey, sealed, "sealed")


def locks(node: ServedNode, survey: str) -> dict[str, datetime]:
    with sqlite3.connect(f"file:{node.data}/takan.db?mode=ro", uri=True) as db:
        rows = db.execute("select key, locked_until from stored_object where survey = ?", (survey,)).fetchall()
    return {key: datetime.fromisoformat(until) for key, until in rows}


async def test_both_reviewers_sign_at_once_and_every_lock_is_extended(client: NodeClient, served: ServedNode) -> None:
    survey, people = await gathered(client)
    await people[1].send(EndSession())
    await state(client, survey, "ended")
    await advised(people)
    await asyncio.gather(*(person.send(Conclude("pass")) for person in people[1:3]))
    view = await sealed_case(client, survey)
    assert view.conclusion == "pass"
    assert {signature.result for signature in view.signatures} == {"pass"}
    long_enough = datetime.now(UTC) + timedelta(days=9 * 365)
    for _ in range(100):
        short = [key for key, until in locks(served, survey).items() if until < long_enough]
        if not short:
            break
        await asyncio.sleep(0.1)
    assert short == [], "the case seal's own manifest too"
    for person in people:
        await person.leave()


async def test_joining_while_the_session_ends_records_nobody_after_it(client: NodeClient) -> None:
    survey, people = await gathered(client)
    await asyncio.gather(people[1].send(EndSession()), *(person.send(JoinMedia()) for person in people[2:] * 3))
    await state(client, survey, "ended")
    await asyncio.sleep(1)
    for person in people:
        assert [fault.code for fault in person.faults if fault.code != "not_open"] == []
        await person.leave()
    assert not any(person.audio or person.video for person in (await state(client, survey, "ended")).participants)


async def test_invitations_at_once_give_everybody_their_own_place(client: NodeClient) -> None:
    view = await client.apply(application())
    reviewers = [[InvitationOrder("reviewer", f"r{number}")] for number in range(5)]
    links = await asyncio.gather(*(client.invite(view.survey, order) for order in reviewers))
    sessions = [await client.start(link) for (link,) in links]
    assert len({session.participant for session in sessions}) == 5


async def test_one_applicant_and_a_name_for_everybody(client: NodeClient) -> None:
    view = await client.apply(application())
    await client.invite(view.survey, [InvitationOrder("applicant", "王")])
    for order, status in ((InvitationOrder("applicant", "李"), "409"), (InvitationOrder("reviewer", "  "), "422")):
        try:
            await client.invite(view.survey, [order])
        except NodeRefused as refused:
            assert status in str(refused)
        else:
            raise AssertionError(order)


async def test_who_is_gone_right_after_hello_is_not_present(client: NodeClient) -> None:
    view = await client.apply(application())
    (link,) = await client.invite(view.survey, [InvitationOrder("applicant", "王")])
    session = (await client.start(link)).session
    for _ in range(5):
        socket = await client.socket()
        await socket.send_str(msgspec.json.encode(Hello(session, datetime.now(UTC))).decode())
        transport = socket._response.connection.transport  # type: ignore[union-attr]
        transport.abort()
    auditor = await client.start(await client.invite_auditor("a"))
    for _ in range(50):
        if not (await client.survey(view.survey, auditor.session)).participants[0].present:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("still present")


async def test_an_old_notice_and_a_flood_are_refused(client: NodeClient) -> None:
    view = await client.apply(application())
    (link,) = await client.invite(view.survey, [InvitationOrder("applicant", "王")])
    session = (await client.start(link)).session
    hello = Hello(session, datetime.now(UTC))
    assert faults(await talk(client, hello, Consent("anything at all"))) == ["old_notice"]
    heard = faults(await talk(client, hello, *[Consent("recording-2026-11b")] * 400))
    assert "too_many" in heard


async def test_coming_and_going_does_not_end_a_survey_that_is_used(tmp_path: Path) -> None:
    """Idle time counts from the last departure, and a planned stop ends nothing."""
    with serving(tmp_path / "node", TAKAN_IDLE_SEAL_S="3") as node:
        async with node.client() as client:
            survey, people = await gathered(client)
            for person in people[1:]:
                await person.leave()
            for _ in range(3):
                await people[0].leave()
                await asyncio.sleep(1.5)
                await people[0].connect()
            await asyncio.sleep(0.5)
            assert (await state(client, survey, "in_session")).state == "in_session"
            await people[0].leave()
        node.stop()
        node.start()
        async with node.client() as client:
            assert (await state(client, survey, "ended")).state == "ended", "nobody came back: ended by itself"


async def test_a_kill_at_the_conclusion_loses_neither_seal_nor_locks(tmp_path: Path) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            survey, people = await gathered(client)
            await people[1].send(EndSession())
            await state(client, survey, "ended")
            await advised(people)
            for person in people[1:3]:
                await person.send(Conclude("rectify", "堆物", ["frontage"], 5))
            await state(client, survey, "concluded")
            node.kill()
            for person in people:
                await person.leave()
        node.start()
        async with node.client() as client:
            view = await sealed_case(client, survey)
            assert view.conclusion == "rectify"
            assert [seal.kind for seal in view.seals] == ["recording", "case"]
        long_enough = datetime.now(UTC) + timedelta(days=9 * 365)
        for _ in range(100):
            if all(until > long_enough for until in locks(node, survey).values()):
                break
            await asyncio.sleep(0.1)
        manifests = [key for key in locks(node, survey) if "/seals/" in key]
        assert len(manifests) == 2, "no seal is written twice"
        assert all(until > long_enough for until in locks(node, survey).values())
