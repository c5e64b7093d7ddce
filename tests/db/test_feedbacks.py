"""Journals of false material and the outbox's lanes: alike in a file and on a server."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from credit_gate.feedback.events import Confirmed, Dismissed, Entry, Officer, OfPhoto, Recorded
from credit_gate.feedback.feedback import rebuild
from credit_gate.feedback.life import State
from survey_server.clock import utc_now
from survey_server.db.database import MIGRATIONS, open_database
from survey_server.db.errors import LineTaken
from survey_server.db.feedbacks import Feedbacks, Lines, Telling, Told
from survey_server.db.journal import Journal
from survey_server.db.objects import ObjectIndex, StoredObject
from survey_server.db.outbox import Outbox
from survey_server.flows.delivery import Deliveries
from survey_server.net.webhook import NotTaken
from tests.db.lives import T0, application, with_lines

LATER = T0 + timedelta(days=1)


def recorded(feedback: str, subject: str = "ref", at: datetime = LATER) -> Entry:
    found = Recorded(
        Officer("s1/p2", "李"), "s1", "琼-1", subject, "某公司", "XK-78", "假 \x00'", (OfPhoto("1", "k", "0"),)
    )
    return Entry(feedback, 1, at, found)


def lines(*entries: Entry, before: tuple[Entry, ...] = ()) -> Lines:
    return Lines(entries, rebuild([*before, *entries]))


def telling(entry: Entry, lane: str) -> Telling:
    return Telling(f"{entry.feedback}/{entry.seq}", "credit", lane, entry, "s1", '{"path":"x"}')


@pytest.fixture
async def feedbacks(engine: AsyncEngine) -> Feedbacks:
    await Journal(engine).append(application(), with_lines())
    return Feedbacks(engine)


async def test_what_was_appended_is_read_and_found(feedbacks: Feedbacks) -> None:
    first, second = recorded("f1"), recorded("f2", "another", LATER + timedelta(hours=1))
    await feedbacks.append([lines(first)])
    await feedbacks.append([lines(second)])
    confirmed = Entry("f1", 2, LATER, Confirmed(Officer("o1", "何"), "同意"))
    await feedbacks.append([lines(confirmed, before=(first,))])
    assert await feedbacks.read("f1") == [first, confirmed]
    assert (await feedbacks.get("f1")) == rebuild([first, confirmed])
    assert await feedbacks.get("nobody") is None
    assert [one.id for one in await feedbacks.of_subject("ref")] == ["f1"]
    assert [one.id for one in await feedbacks.of_survey("s1")] == ["f1", "f2"]
    assert [one.id for one in await feedbacks.in_state(State.CONFIRMED)] == ["f1"]
    assert [one.id for one in await feedbacks.all()] == ["f2", "f1"]
    assert [one.id for one in await feedbacks.all(limit=1)] == ["f2"]


async def test_lines_of_several_are_written_together_or_not_at_all(feedbacks: Feedbacks, engine: AsyncEngine) -> None:
    await feedbacks.append([lines(recorded("f1")), lines(recorded("f2"))])
    ok = lines(Entry("f1", 2, LATER, Confirmed(Officer("o1", "何"), "是")), before=(recorded("f1"),))
    taken = Lines([recorded("f2")], rebuild([recorded("f2")]))
    with pytest.raises(LineTaken):
        await feedbacks.append([ok, taken], [telling(ok.entries[0], "ref")])
    assert [one.state for one in await feedbacks.all()] == [State.RECORDED, State.RECORDED]
    assert await Outbox(engine).get(["f1/2"]) == []


async def test_of_two_nodes_one_wins(place: Path | str) -> None:
    engines = [await open_database(place), await open_database(place)]
    await Journal(engines[0]).append(application(), with_lines())
    writers = [Feedbacks(engine) for engine in engines]
    await writers[0].append([lines(recorded("f1"))])
    acts = (Confirmed(Officer("o1", "何"), "是"), Dismissed(Officer("o2", "林"), "否"))
    attempts = [
        writer.append([lines(Entry("f1", 2, LATER, act), before=(recorded("f1"),))])
        for writer, act in zip(writers, acts, strict=True)
    ]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["LineTaken", "NoneType"]
    for engine in engines:
        await engine.dispose()


@pytest.mark.parametrize("deed", ["UPDATE feedback_event SET body = '{}'", "DELETE FROM feedback_event"])
async def test_no_line_is_changed_or_removed(deed: str, feedbacks: Feedbacks, engine: AsyncEngine) -> None:
    await feedbacks.append([lines(recorded("f1"))])
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as db:
            await db.execute(sa.text(deed))


async def test_steps_without_a_record_are_found_after_a_restart(feedbacks: Feedbacks, engine: AsyncEngine) -> None:
    await feedbacks.append([lines(recorded("f1"))])
    assert await feedbacks.unrecorded() == ["f1"]
    await ObjectIndex(engine).add(StoredObject("f1", "k", "v", "0", 1, "application/json", {"step": 1}, T0, T0))
    assert await feedbacks.unrecorded() == []


async def test_a_lane_goes_in_order_and_waits_for_its_first(feedbacks: Feedbacks, engine: AsyncEngine) -> None:
    outbox = Outbox(engine)
    for number, lane in (("f1", "a"), ("f2", "a"), ("f3", "b")):
        await feedbacks.append([lines(recorded(number, lane))], [telling(recorded(number), lane)])
    now = datetime.now(UTC)
    first = await outbox.next("credit", now)
    assert [row.id for row in first] == ["f1/1", "f3/1"]
    assert [row.id for row in await outbox.next("approvals", now)] == ["s1/2"]
    await outbox.put_off(first[0], now + timedelta(seconds=30), "HTTP 500")
    assert [row.id for row in await outbox.next("credit", now)] == ["f3/1"]  # f2 waits for f1, which is of its lane
    assert await outbox.next_at("credit", now) == now + timedelta(seconds=30)
    again = await outbox.next("credit", now + timedelta(seconds=31))
    assert [(row.id, row.attempts, row.trouble) for row in again] == [("f1/1", 1, "HTTP 500"), ("f3/1", 0, "")]
    act = Entry("f1", 2, LATER, Confirmed(Officer("o1", "何"), "是"))
    await feedbacks.append([lines(act, before=(recorded("f1", "a"),))], told=Told("f1/1", now, "{}"))
    assert [row.id for row in await outbox.next("credit", now)] == ["f2/1", "f3/1"]
    done = (await outbox.get(["f1/1"]))[0]
    assert (done.body, done.delivered_at) == ("{}", now)


async def test_a_worker_goes_on_while_one_lane_fails(feedbacks: Feedbacks, engine: AsyncEngine) -> None:
    outbox, sent = Outbox(engine), list[str]()
    for number, lane in (("f1", "a"), ("f2", "a"), ("f3", "b")):
        await feedbacks.append([lines(recorded(number, lane))], [telling(recorded(number), lane)])
    failures = iter(["HTTP 500", "HTTP 500"])

    async def send(row: object) -> None:
        number = getattr(row, "id", "")
        sent.append(number)
        if number == "f1/1" and (trouble := next(failures, "")):
            raise NotTaken(trouble)
        if number == "f3/1" and sent.count(number) == 1:
            raise ValueError("a fault of this program")
        feedback = number.partition("/")[0]
        seen = await feedbacks.read(feedback)
        act = Entry(feedback, 2, LATER, Confirmed(Officer("o1", "何"), "是"))
        await feedbacks.append([lines(act, before=tuple(seen))], told=Told(number, LATER, "{}"))

    worker = Deliveries(outbox, {"credit": send}, utc_now, timedelta(days=1))
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        while sum(row.delivered_at is not None for row in await outbox.get(["f1/1", "f2/1", "f3/1"])) < 3:
            await asyncio.sleep(0.05)
    task.cancel()
    assert [number for number in sent if number != "f3/1"] == ["f1/1", "f1/1", "f1/1", "f2/1"]
    assert sent.count("f3/1") == 2


async def test_rows_of_earlier_versions_stay_in_their_order(tmp_path: Path) -> None:
    """The outbox was made again by migration 0005: a file of before it keeps its rows."""
    path, old = tmp_path / "old.db", sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with old.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "0004")
        db.execute(sa.text("INSERT INTO survey VALUES ('s1', 'c', 'ended', '2026', 1)"))
        for seq in (9, 10):
            db.execute(
                sa.text(f"INSERT INTO outbox VALUES ('s1/{seq}', 's1', {seq}, 'sealed', '{{}}', '2026-11-22', NULL)")
            )
    old.dispose()
    engine = await open_database(path)
    rows = await Outbox(engine).next("approvals", T0)
    assert [row.id for row in rows] == ["s1/9"]
    assert [row.id for row in await Outbox(engine).of_survey("s1")] == ["s1/9", "s1/10"]
    await engine.dispose()
    with sqlite3.connect(path) as db:
        assert db.execute("select count(*) from sqlite_master where name = 'outbox_before'").fetchone() == (0,)
