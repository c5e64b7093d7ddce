"""The outbox: rows come with their journal line, leave in the order of their case, are tried again when they may."""

import asyncio
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.journal import Journal
from survey_server.db.nonces import Nonces
from survey_server.db.outbox import NOT_NEEDED, Destination, Outbox, Reminding
from survey_server.survey.events import Concluded, Ended, Entry, Sealed, Started
from survey_server.survey.step import rebuild
from survey_server.survey.survey import own_number
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


def reminder(number: str, at: datetime = T0, destination: Destination = "mail") -> Reminding:
    return Reminding(number, destination, number, "s1", 2, "{}", at)


async def test_a_reminder_is_there_once_however_often_it_is_made(engine: AsyncEngine) -> None:
    await written(engine)
    outbox = Outbox(engine)
    for _ in range(2):
        await asyncio.gather(*(outbox.remind([reminder("s1/r/a"), reminder("s1/r/b")]) for _ in range(3)))
    first, second = await outbox.next("mail", T0)
    assert (first.id, second.id, first.kind) == ("s1/r/a", "s1/r/b", "reminder"), "neither waits for the other"
    await outbox.delivered(first, T0)
    await outbox.remind([reminder("s1/r/a")])
    assert [one.id for one in await outbox.waiting("mail")] == ["s1/r/b"]


async def test_what_is_given_up_is_told_of_and_not_sent(engine: AsyncEngine) -> None:
    await written(engine)
    outbox = Outbox(engine)
    await outbox.remind([reminder("s1/r/a"), reminder("s1/r/b"), reminder("s1/r/c")])
    refused, over, fine = await outbox.next("mail", T0)
    await outbox.give_up(refused, T0, "550 nobody")
    await outbox.give_up(over, T0, NOT_NEEDED)
    await outbox.delivered(fine, T0)
    assert await outbox.next("mail", T0 + timedelta(days=9)) == []
    (told,) = await outbox.given_up("mail", T0)
    assert (told.id, told.trouble, told.attempts, told.delivered_at) == ("s1/r/a", "550 nobody", 1, T0)
    assert await outbox.given_up("mail", T0 + timedelta(seconds=1)) == []
    assert await outbox.given_up("approvals", T0) == []
