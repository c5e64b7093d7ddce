"""A PostgreSQL server that restarts, or a connection lost at a commit: nothing is lost, nothing written twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db import transactions
from survey_server.db.database import open_database
from survey_server.db.errors import DatabaseUnreachable, LineTaken
from survey_server.db.journal import Journal
from survey_server.db.links import Links
from survey_server.db.objects import ObjectIndex
from survey_server.flows.case import Case, Docket
from survey_server.survey.events import Ended, Started
from survey_server.survey.step import Effect
from tests.db.lives import T0, application, invited, with_lines
from tests.db.relay import Moment, Relay, relayed
from tests.db.test_links import FRESH
from tests.db.test_objects import stored
from tests.postgres import Postgres


@pytest.fixture
async def frail(postgres: Postgres) -> AsyncIterator[tuple[Relay, AsyncEngine]]:
    async with relayed(postgres.database(), postgres.port) as (relay, address):
        engine = await open_database(address)
        yield relay, engine
        await engine.dispose()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_line_whose_commit_got_no_answer_stands_once(frail: tuple[Relay, AsyncEngine], moment: Moment) -> None:
    relay, engine = frail
    journal = Journal(engine)
    relay.armed = moment
    await journal.append(application(), with_lines())
    relay.armed = moment
    await journal.append([invited(3), invited(4)], with_lines(invited(3), invited(4)))
    assert relay.broken == 2
    assert await journal.read("s1") == [*application(), invited(3), invited(4)]


async def test_another_writers_line_is_not_taken_for_the_own_one(
    frail: tuple[Relay, AsyncEngine], postgres: Postgres
) -> None:
    relay, engine = frail
    mine, other = Journal(engine), Journal(await open_database(relay.direct))
    await mine.append(application(), with_lines())

    async def overtake() -> None:
        await other.append([invited(3, "陈")], with_lines(invited(3, "陈")))

    relay.armed, relay.meanwhile = "before", overtake
    with pytest.raises(LineTaken):
        await mine.append([invited(3, "林")], with_lines(invited(3, "林")))
    assert (await mine.read("s1"))[2:] == [invited(3, "陈")]
    await other._engine.dispose()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("cut", ["away", "cancelled"])
async def test_a_case_goes_on_after_an_append_that_was_given_up(
    frail: tuple[Relay, AsyncEngine], moment: Moment, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether its line stands; the next one looks. Effects are carried out for what stands, once."""
    relay, engine = frail
    carried: list[Effect] = []

    async def carry(_case: Case, effect: Effect) -> None:
        carried.append(effect)

    docket = Docket(Journal(engine), lambda: T0, carry)
    lines = application()
    case = await docket.file("s1", T0, lines[0].event, lines[1].event)
    await case.record(Started())
    relay.armed = moment
    if cut == "away":
        monkeypatch.setattr(transactions, "PATIENCE_S", 0.0)
        with pytest.raises(DatabaseUnreachable):
            await case.record(Ended(None, "idle"))
        monkeypatch.undo()
    else:
        released = asyncio.Event()
        relay.meanwhile = released.wait
        ending = asyncio.create_task(case.record(Ended(None, "idle")))
        while not relay.broken:
            await asyncio.sleep(0)
        ending.cancel()
        asyncio.get_running_loop().call_later(0.2, released.set)
        with pytest.raises(asyncio.CancelledError):
            await ending
    ended = await case.record(Ended(None, "idle"), unless=lambda survey: survey.state == "ended")
    assert ended == (moment == "before")
    assert case.survey.state == "ended"
    assert case.survey == await Journal(engine).survey("s1")
    assert carried == [Effect.SEAL_RECORDING]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_links_and_objects_survive_it_too(frail: tuple[Relay, AsyncEngine], moment: Moment) -> None:
    relay, engine = frail
    links, index = Links(engine), ObjectIndex(engine)
    relay.armed = moment
    await links.add(FRESH)
    relay.armed = moment
    assert await links.spend("t1", "key", "session"), "the one who spent it is told so"
    assert not await links.spend("t1", "another", "session 2")
    relay.armed = moment
    await index.add(stored("a"))
    assert relay.broken == 3
    assert [each.key for each in await index.of_survey("s1")] == ["a"]


@pytest.mark.parametrize("end", ["stop", "crash"])
async def test_a_restart_of_the_server_only_delays(end: str, postgres: Postgres) -> None:
    engine = await open_database(postgres.database())
    journal = Journal(engine)
    await journal.append(application(), with_lines())
    await asyncio.gather(*(journal.read("s1") for _ in range(8)))  # several connections, all about to die
    writing = asyncio.create_task(_write_on(journal, 60))
    while len(await journal.read("s1")) < 10:
        await asyncio.sleep(0)
    await asyncio.to_thread(postgres.stop if end == "stop" else postgres.crash)
    await asyncio.sleep(1)
    assert not writing.done()
    await asyncio.to_thread(postgres.start)
    await writing
    assert await journal.read("s1") == [*application(), *(invited(seq) for seq in range(3, 60))]
    await engine.dispose()


async def _write_on(journal: Journal, until: int) -> None:
    for seq in range(3, until):
        await journal.append([invited(seq)], with_lines(*(invited(each) for each in range(3, seq + 1))))


async def test_a_server_that_stays_away_is_told_of(monkeypatch: pytest.MonkeyPatch, postgres: Postgres) -> None:
    monkeypatch.setattr(transactions, "PATIENCE_S", 1.0)
    engine = await open_database(postgres.database())
    postgres.stop()
    with pytest.raises(DatabaseUnreachable, match="refused") as told:
        await Journal(engine).read("s1")
    assert postgres.password not in str(told.value)
    postgres.start()
    assert await Journal(engine).read("s1") == []
    await engine.dispose()
