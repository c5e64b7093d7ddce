"""A disk that runs full under the journal: an append is on disk or was refused in words, and goes on by itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.database import open_database
from survey_server.db.errors import DatabaseFull
from survey_server.db.journal import Journal
from survey_server.flows.case import Case, Docket
from survey_server.survey.events import Invited
from survey_server.survey.step import Effect
from tests.db.lives import T0, application, with_lines
from tests.servers import ballast, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 16) as disk:
        yield disk


@pytest.fixture
async def engine(disk: Path) -> AsyncIterator[AsyncEngine]:
    engine = await open_database(disk / "takan.db")
    yield engine
    await engine.dispose()


def long_name(number: int) -> Invited:
    return Invited(f"p{number}", "expert", "王" * 5000)


async def test_what_was_refused_can_be_recorded_again_and_nothing_else_is_lost(engine: AsyncEngine, disk: Path) -> None:
    async def carry(_case: Case, _effect: Effect) -> None: ...

    journal = Journal(engine)
    await journal.append(application(), with_lines())
    docket = Docket(journal, lambda: T0, carry)
    case = await docket.case("s1")
    assert case is not None
    await case.record(long_name(1))
    acknowledged = 1
    with ballast(disk, leave=200 << 10):
        with pytest.raises(DatabaseFull, match="Make room"):
            for number in range(2, 200):
                await case.record(long_name(number))
                acknowledged = number
        for _ in range(2):
            with pytest.raises(DatabaseFull):
                await case.record(long_name(acknowledged + 1))
        assert len(case.survey.participants) == acknowledged
        assert len(await journal.read("s1")) == 2 + acknowledged, "reading goes on"
    await case.record(long_name(acknowledged + 1))
    again = await journal.survey("s1")
    assert again is not None
    assert again == case.survey
    assert len(again.participants) == acknowledged + 1
    async with engine.connect() as db:
        assert (await db.execute(sa.text("PRAGMA integrity_check"))).scalar() == "ok"


async def test_a_database_on_a_full_disk_is_not_opened_and_says_why(disk: Path) -> None:
    engine = await open_database(disk / "takan.db")
    await engine.dispose()
    with ballast(disk), pytest.raises(DatabaseFull, match="has no room"):
        await open_database(disk / "takan.db")
    engine = await open_database(disk / "takan.db")
    await Journal(engine).append(application(), with_lines())
    await engine.dispose()
