"""The outbox: rows come with their journal line, leave in the order of their case, are tried again when they may."""

from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.journal import Journal
from survey_server.db.nonces import Nonces
from survey_server.db.outbox import Outbox
from survey_server.survey.events import Concluded, Ended, Entry, Sealed, Started
from survey_server.survey.survey import own_number, rebuild
from tests.db.lives import T0, application, with_lines


def line(seq: int, event: Started | Ended | Concluded | Sealed, survey: str = "s1") -> Entry:
    return Entry(survey, seq, T0 + timedelta(seconds=seq), event)


async def written(engine: AsyncEngine, survey: str = "s1") -> Journal:
    journal = Journal(engine)
    lines = [*application(survey), line(3, Started(), survey), line(4, Ended("p2", "reviewer"), survey)]
    await journal.append(lines[:2], with_lines(survey=survey))
    await journal.append(lines[2:], rebuild(lines))
    return journal


async def ids(outbox: Outbox, now: datetime = T0) -> list[str]:
    return [message.id for message in await outbox.next("approvals", now)]


async def test_what_is_told_stands_with_its_line(engine: AsyncEngine) -> None:
    told: list[int] = []
    journal = Journal(engine)
    journal.on_told = lambda: told.append(1)
    await journal.append(application(), with_lines())
    assert told == [1]
    assert [(one.id, one.kind) for one in await Outbox(engine).of_survey("s1")] == [("s1/2", "decided")]
    assert await journal.of_case("琼-1") == ["s1"]
    assert await journal.of_case("琼-2") == []


async def test_a_case_without_a_number_from_outside_is_told_to_nobody(engine: AsyncEngine) -> None:
    first, second = application()
    own = [replace(first, event=replace(first.event, case_no=own_number("s1"))), second]
    await Journal(engine).append(own, rebuild(own))
    assert await Outbox(engine).of_survey("s1") == []


async def test_of_each_case_only_the_first_may_go(engine: AsyncEngine) -> None:
    await written(engine, "s1")
    await written(engine, "s2")
    outbox = Outbox(engine)
    assert await ids(outbox) == ["s1/2", "s2/2"]
    first = (await outbox.next("approvals", T0))[0]
    await outbox.delivered(first, T0)
    assert await ids(outbox) == ["s1/3", "s2/2"]
    assert await outbox.count("approvals") == 5
    assert (await outbox.of_survey("s1"))[0].delivered_at == T0
    assert await outbox.next("credit", T0) == []


async def test_what_was_put_off_waits_and_holds_its_case_back(engine: AsyncEngine) -> None:
    await written(engine)
    outbox = Outbox(engine)
    first = (await outbox.next("approvals", T0))[0]
    later = T0 + timedelta(seconds=30)
    await outbox.put_off(first, later, "500 no")
    assert await ids(outbox, T0) == [], "the next line does not overtake it"
    assert await outbox.next_at("approvals", T0) == later
    assert await outbox.next_at("approvals", later) is None
    again = (await outbox.next("approvals", later))[0]
    assert (again.id, again.attempts, again.trouble) == ("s1/2", 1, "500 no")
    await outbox.put_off(again, later, "not in the archive", tried=False)
    assert await outbox.try_now("approvals") == 1
    assert (await outbox.next("approvals", T0))[0].attempts == 1


async def test_a_nonce_is_spent_once_and_forgotten_when_it_is_too_old(engine: AsyncEngine) -> None:
    nonces = Nonces(engine)
    until = T0 + timedelta(minutes=5)
    assert await nonces.spend("k/1", until, T0)
    assert not await nonces.spend("k/1", until, T0)
    assert await nonces.spend("k/2", until, T0)
    assert await nonces.spend("k/1", until + timedelta(minutes=9), until + timedelta(seconds=1))
