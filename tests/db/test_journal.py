"""The journal: whole lines in order, each written once, none ever changed; alike in a file and on a server."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.database import open_database
from survey_server.db.errors import LineTaken
from survey_server.db.journal import Journal
from survey_server.survey.events import AnyEvent, Appealed, Cancelled, Concluded, Ended, Entry, Started
from survey_server.survey.step import rebuild
from tests.db.lives import T0, application, invited, with_lines
from tests.postgres import Postgres


async def test_what_was_appended_is_read_in_order(engine: AsyncEngine) -> None:
    journal = Journal(engine)
    lines = [*application(), *(invited(seq) for seq in range(3, 13))]
    await journal.append(lines[:2], with_lines())
    await journal.append(lines[2:], with_lines(*lines[2:]))
    assert await journal.read("s1") == lines
    assert await journal.read("s1", after=10) == lines[10:]
    assert await journal.read("nobody") == []
    assert await journal.survey("s1") == with_lines(*lines[2:])


async def test_any_text_comes_back_as_it_went_in(engine: AsyncEngine) -> None:
    journal = Journal(engine)
    await journal.append(application(), with_lines())
    line = invited(3, "𠮷 \x00 \n ' \\ % : \u202e")
    await journal.append([line], with_lines(line))
    assert (await journal.read("s1"))[2] == line


async def test_of_two_writers_of_one_line_one_is_refused(place: Path | str) -> None:
    """Two processes: each has its own engine."""
    engines = [await open_database(place), await open_database(place)]
    journals = [Journal(engine) for engine in engines]
    await journals[0].append(application(), with_lines())
    for seq in range(3, 13):
        lines = [invited(seq, name) for name in ("林", "陈")]
        attempts = [
            writer.append([line], with_lines(*(invited(n) for n in range(3, seq)), line))
            for writer, line in zip(journals, lines, strict=True)
        ]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        refused = [number for number, outcome in enumerate(outcomes) if outcome is not None]
        assert len(refused) == 1, outcomes
        assert isinstance(outcomes[refused[0]], LineTaken)
        assert (await journals[0].read("s1"))[-1] == lines[1 - refused[0]]
    for engine in engines:
        await engine.dispose()


async def test_the_same_line_twice_is_two_writers(engine: AsyncEngine) -> None:
    journal = Journal(engine)
    await journal.append(application(), with_lines())
    await journal.append([invited(3)], with_lines(invited(3)))
    with pytest.raises(LineTaken, match="s1"):
        await journal.append([invited(3)], with_lines(invited(3)))


async def test_lines_are_written_together_or_not_at_all(engine: AsyncEngine) -> None:
    journal = Journal(engine)
    await journal.append(application(), with_lines())
    before = with_lines()
    with pytest.raises(LineTaken, match="s1"):
        await journal.append([invited(3), invited(2)], with_lines(invited(3)))
    assert await journal.survey("s1") == before
    assert await journal.ids(only_open=True) == ["s1"]


@pytest.mark.parametrize("deed", ["UPDATE event SET body = '{}'", "DELETE FROM event WHERE seq = 1"])
async def test_no_line_is_changed_or_removed(deed: str, engine: AsyncEngine) -> None:
    await Journal(engine).append(application(), with_lines())
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as db:
            await db.execute(sa.text(deed))
    assert await Journal(engine).read("s1") == application()


async def test_the_table_is_not_emptied_either(postgres: Postgres) -> None:
    """SQLite has no TRUNCATE."""
    engine = await open_database(postgres.database())
    await Journal(engine).append(application(), with_lines())
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as db:
            await db.execute(sa.text("TRUNCATE event"))
    assert await Journal(engine).read("s1") == application()
    await engine.dispose()


async def test_surveys_are_listed_newest_first(engine: AsyncEngine) -> None:
    journal = Journal(engine)
    for number, microsecond in enumerate((0, 1, 999_999)):
        name = f"s{number}"
        await journal.append(application(name, T0.replace(microsecond=microsecond)), with_lines(survey=name))
    assert await journal.ids() == ["s2", "s1", "s0"]


async def test_what_somebody_may_still_owe_something_in_is_found_and_every_line_is_told(engine: AsyncEngine) -> None:
    journal, told = Journal(engine), list[str]()
    journal.on_line = told.append
    ends: dict[str, list[AnyEvent]] = {
        "open": [],
        "passed": [Started(), Ended(None, "idle"), Concluded("pass", ["p1"])],
        "rectify": [Started(), Ended(None, "idle"), Concluded("rectify", ["p1"], ["door"], 5)],
        "appealed": [Started(), Ended(None, "idle"), Concluded("pass", ["p1"]), Appealed("p1", '"result":"rectify"')],
        "withdrawn": [Cancelled("x", None, "周")],
    }
    for survey, events in ends.items():
        lines = [*application(survey), *(Entry(survey, n, T0, event) for n, event in enumerate(events, start=3))]
        await journal.append(lines, rebuild(lines))
    assert await journal.awaited() == ["appealed", "open", "rectify"]
    assert told == list(ends)
