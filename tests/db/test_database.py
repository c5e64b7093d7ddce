"""Opening: migrations run by themselves, and a database that can't keep the node's promises is refused in words."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.database import open_database
from survey_server.db.errors import DatabaseUnfit, DatabaseUnreachable
from survey_server.db.journal import Journal
from survey_server.db.schema import metadata
from survey_server.settings import BadSettings, load_settings
from tests.db.lives import application, with_lines
from tests.nodes import takan
from tests.postgres import Postgres
from tests.servers import free_port


async def test_migrations_make_the_tables_of_the_schema(engine: AsyncEngine) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with engine.connect() as db:
        assert await db.run_sync(differences) == []


async def test_what_was_written_is_there_when_it_is_opened_again(place: Path | str) -> None:
    engine = await open_database(place)
    await Journal(engine).append(application(), with_lines())
    await engine.dispose()
    again = await open_database(place)
    assert await Journal(again).read("s1") == application()
    await again.dispose()


async def test_opened_by_several_at_once_it_is_made_once(postgres: Postgres) -> None:
    address = postgres.database()
    engines = await asyncio.gather(*(open_database(address) for _ in range(5)))
    await Journal(engines[0]).append(application(), with_lines())
    assert await Journal(engines[4]).read("s1") == application()
    for engine in engines:
        await engine.dispose()


async def test_a_database_of_a_later_version_is_refused(place: Path | str) -> None:
    engine = await open_database(place)
    async with engine.begin() as db:
        await db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(DatabaseUnfit, match="9999"):
        await open_database(place)


async def test_a_commit_waits_for_the_disk_whatever_the_roles_default_is(postgres: Postgres) -> None:
    """By `pg_settings` of the connection that the journal writes with."""
    address = postgres.database()
    name = address.rpartition("/")[2]
    postgres.tell(f"ALTER DATABASE {name} SET synchronous_commit = off")
    postgres.tell(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    engine = await open_database(address)
    for _ in range(2):  # the second time out of the pool
        async with engine.connect() as db:
            assert (await db.execute(sa.text("SHOW synchronous_commit"))).scalar() == "on"
            assert (await db.execute(sa.text("SHOW transaction_isolation"))).scalar() == "read committed"
    await engine.dispose()
    postgres.tell(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    engine = await open_database(address)
    async with engine.connect() as db:
        assert (await db.execute(sa.text("SHOW synchronous_commit"))).scalar() == "remote_apply", "more is left alone"
    await engine.dispose()


async def test_a_server_that_does_not_sync_is_refused(postgres: Postgres) -> None:
    address = postgres.database()
    postgres.stop()
    postgres.start("fsync=off")
    with pytest.raises(DatabaseUnfit, match="fsync = off"):
        await open_database(address)


async def test_another_encoding_is_refused(postgres: Postgres) -> None:
    with pytest.raises(DatabaseUnfit, match="SQL_ASCII"):
        await open_database(postgres.database("SQL_ASCII"))


async def test_who_is_not_let_in_is_told_why_without_the_password(postgres: Postgres) -> None:
    with pytest.raises(DatabaseUnreachable, match="password authentication failed") as told:
        await open_database(postgres.address("postgres", password="wrong-and-secret"))
    assert "wrong-and-secret" not in str(told.value)
    with pytest.raises(DatabaseUnreachable, match='database "nowhere" does not exist') as told:
        await open_database(postgres.address("nowhere"))
    assert postgres.password not in str(told.value)


async def test_a_database_without_rights_in_it_is_refused(postgres: Postgres) -> None:
    address = postgres.database()
    name = address.rpartition("/")[2]
    postgres.tell(f"CREATE ROLE guest_{name} LOGIN PASSWORD 'guest'", "SELECT 1", name="postgres")
    postgres.tell("REVOKE ALL ON SCHEMA public FROM PUBLIC", name=name)
    guest = address.replace(f"//takan:{postgres.password}@", f"//guest_{name}:guest@")
    with pytest.raises(DatabaseUnreachable, match="may log in and make tables"):
        await open_database(guest)


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "takan.db").write_bytes(b"something else entirely" * 1000)
    with pytest.raises(DatabaseUnreachable, match="not a database"):
        await open_database(tmp_path / "takan.db")


def test_a_node_that_finds_no_server_says_so_and_ends(tmp_path: Path) -> None:
    port = free_port()
    status, out, words = takan(
        "serve", "--embedded", "--data", str(tmp_path), "--port", "0", TAKAN_INTAKE_KEY="k" * 20,
        TAKAN_DATABASE=f"postgresql://takan:hush%40hush@127.0.0.1:{port}/takan?sslpassword=hush",
    )  # fmt: skip
    assert (status, out) == (2, "")
    assert f"postgresql://takan:***@127.0.0.1:{port}/takan can't be used" in words
    assert "refused" in words
    assert "hush" not in words
    assert "Traceback" not in words


@pytest.mark.parametrize(
    "address",
    [
        "mysql://u:hush@h/db", "postgres://u:hush@h/db", "postgresql+asyncpg://u:hush@h/db", "postgresql://u:hush@h",
        "postgresql://u:hush@h/", "postgresql:///db", "postgresql://u:hush@h:port/db", "postgresql://u:hush@h:70000/db",
        "postgresql://u:12/hush@h/db", "postgresql://u:hush?hush@h/db", "postgresql://u:12#hush@h/db",
        "postgresql://u:[hush@h/db", "takan.db", "h:5432/db",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadSettings, match="postgresql://USER:PASSWORD@HOST:PORT/NAME") as told:
        load_settings(None, {}, embedded=True, intake_key="k" * 20, database=address)
    assert "hush" not in str(told.value)


async def test_signs_in_a_password_are_percent_encoded(postgres: Postgres) -> None:
    address = postgres.database()
    name = address.rpartition("/")[2]
    postgres.tell(f"CREATE ROLE signs_{name} LOGIN PASSWORD 'a@b/c?d#e%f:g'")
    postgres.tell(f"GRANT ALL ON SCHEMA public TO signs_{name}", name=name)
    signs = address.replace(f"//takan:{postgres.password}@", f"//signs_{name}:a%40b%2Fc%3Fd%23e%25f%3Ag@")
    await (await open_database(signs + "?application_name=elsewhere")).dispose()


async def test_over_a_socket_file(postgres: Postgres) -> None:
    name = postgres.database().rpartition("/")[2]
    address = f"postgresql://takan:{postgres.password}@/{name}?host={postgres.directory}&port={postgres.port}"
    engine = await open_database(address)
    await engine.dispose()
