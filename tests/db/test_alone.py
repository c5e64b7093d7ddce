"""One node to a database, on a real PostgreSQL server."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from survey_server.db import alone
from survey_server.db.alone import node_database
from survey_server.db.errors import DatabaseUnfit
from survey_server.db.transactions import transaction
from tests.postgres import Postgres


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "_PATIENCE_S", 1.0)
    monkeypatch.setattr(alone, "_BETWEEN_S", 0.1)
    monkeypatch.setattr(alone, "_LOOKS_S", 0.2)


def nothing() -> None:
    raise AssertionError("it was never taken")


async def holds(address: str) -> bool:
    """Does some session hold the lock?"""
    async with await psycopg.AsyncConnection.connect(address) as db:
        answer = await (await db.execute("select count(*) from pg_locks where locktype = 'advisory'")).fetchone()
    return answer == (1,)


async def test_a_second_node_is_refused_and_begins_once_the_first_has_ended(postgres: Postgres) -> None:
    address = postgres.database()
    async with node_database(address, nothing):
        with pytest.raises(DatabaseUnfit, match="another node is running on it"):
            async with node_database(address, nothing):
                pass
        async with node_database(postgres.database(), nothing):
            pass
        waiting = asyncio.create_task(entered(address))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert await waiting == 1
    assert not await holds(address)


async def entered(address: str) -> int:
    async with node_database(address, nothing) as engine:
        return await transaction(engine, lambda db: db.run_sync(lambda one: one.exec_driver_sql("select 1").scalar()))


async def test_after_a_restart_of_the_server_it_is_held_again(postgres: Postgres) -> None:
    address = postgres.database()
    async with node_database(address, nothing):
        await asyncio.to_thread(postgres.crash)
        await asyncio.sleep(1)
        await asyncio.to_thread(postgres.start)
        async with asyncio.timeout(20):
            while not await holds(address):
                await asyncio.sleep(0.1)
        with pytest.raises(DatabaseUnfit, match="another node"):
            async with node_database(address, nothing):
                pass


async def test_who_lost_it_to_another_node_is_told(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    address, taken = postgres.database(), asyncio.Event()
    async with node_database(address, taken.set):
        monkeypatch.setattr(alone, "_BETWEEN_S", 3.0)
        await asyncio.to_thread(postgres.crash)
        await asyncio.to_thread(postgres.start)
        async with node_database(address, nothing), asyncio.timeout(20):
            await taken.wait()


async def test_a_file_needs_no_lock(tmp_path: Path) -> None:
    async with node_database(tmp_path / "takan.db", nothing) as engine:
        assert engine.dialect.name == "sqlite"
