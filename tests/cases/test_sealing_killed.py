"""A node killed before and after every step of sealing: each survey ends with one manifest, one entry, one event."""

import asyncio
import json
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.flows.client import NodeClient
from survey_server.wire.from_person import Conclude, EndSession
from tests.flows.test_order import advised, gathered, state
from tests.nodes import ServedNode, serving
from tests.postgres import Postgres

RECORDING = ("manifest", "journal", "upload", "index", "checkpoint", "book")
CASE = (*RECORDING, "report", "reported", "locks", "extended")
KINDS = ("recording", "case", "addendum")
POINTS = [
    f"{moment}:{step}:{kind}"
    for kind, steps in zip(KINDS, (RECORDING, CASE, RECORDING), strict=True)
    for step in steps
    for moment in ("before", "after")
]
SOON = {"TAKAN_ADDENDUM_AFTER_S": "0.2"}
DYING = (sys.executable, "-m", "tests.flows.dying", "serve")


async def die_at(node: ServedNode, point: str, orders: Path) -> str:
    """A survey whose sealing is cut at this point, up to the node's death. Its id."""
    async with node.client() as client:
        survey, people = await gathered(client, f"琼-{point}")
        orders.write_text(f"{point}:{survey}")
        await people[1].send(EndSession())
        if not point.endswith(":recording"):
            await state(client, survey, "ended")
            await advised(people)
            for person in people[1:3]:
                await person.send(Conclude("pass"))
        if point.endswith(":addendum"):
            await sealed(client, survey, ["recording", "case"])
            auditor = await client.start(await client.invite_auditor("a"))
            await client.replay(survey, auditor.session)
        await dead(node, point)
        for person in people:
            await person.leave()
    return survey


async def dead(node: ServedNode, point: str) -> None:
    assert node.process is not None
    ends = time.monotonic() + 30
    while node.process.poll() is None:
        assert time.monotonic() < ends, f"{point} was never reached"
        await asyncio.sleep(0.05)


def kinds_of(point: str) -> list[str]:
    """The seals that a survey has in the end whose sealing was cut at this point."""
    return list(KINDS[: KINDS.index(point.rpartition(":")[2]) + 1])


async def sealed(client: NodeClient, survey: str, kinds: list[str]) -> None:
    auditor = await client.start(await client.invite_auditor("a"))
    ends = time.monotonic() + 60
    while True:
        view = await client.survey(survey, auditor.session)
        if [seal.kind for seal in view.seals] == kinds and all(seal.kept for seal in view.seals):
            return
        assert time.monotonic() < ends, f"{survey} is never sealed: {view.seals}"
        await asyncio.sleep(0.2)


async def killed_at_each(node: ServedNode, points: list[str], query: Callable[[str], list[Any]], folder: Path) -> None:
    orders = Path(node.environment["TAKAN_DIES"])
    surveys: dict[str, str] = {}
    for point in points:
        surveys[await die_at(node, point, orders)] = point
        await asyncio.to_thread(node.start)
    async with node.client() as client:
        for survey, point in surveys.items():
            await sealed(client, survey, kinds_of(point))
    await asyncio.to_thread(node.stop)
    node.environment = {**node.environment, "TAKAN_ADDENDUM_AFTER_S": "600"}  # none for what the test itself looks at
    await asyncio.to_thread(node.start)
    async with node.client() as client:
        vkeys = [VerifierKey.parse(vkey) for vkey in (await client.ledger()).vkeys]
        auditor = await client.start(await client.invite_auditor("a"))
        for survey, point in surveys.items():
            kinds = kinds_of(point)
            extended = f"select seq from event where survey = '{survey}' and kind = 'locks_extended'"
            ends = time.monotonic() + 60
            while len(query(extended)) != ("case" in kinds):
                assert time.monotonic() < ends, f"the locks of {survey} are never extended"
                await asyncio.sleep(0.2)
            await client.bundle(survey, auditor.session, folder / "out.zip")
            report = await asyncio.to_thread(verify, folder / "out.zip", vkeys)
            assert report.result == "verified", (point, report)
            keys = Counter(row[0] for row in query(f"select key from stored_object where survey = '{survey}'"))
            assert [key for key in keys if "/seals/" in key] == [key for key in keys if "/manifest-" in key]
            assert sum("/seals/" in key for key in keys) == len(kinds), (point, "one manifest a seal")
            assert sum("/report/" in key for key in keys) == 2 * ("case" in kinds), (point, "one record a language")
            told = query(f"select body from outbox where survey = '{survey}' and kind = 'sealed' order by seq")
            assert [json.loads(row[0])["seal"] for row in told] == kinds, (point, "one event a seal")
            with sqlite3.connect(f"file:{node.data}/ledger.db?mode=ro", uri=True) as book:
                entered = Counter(row[0] for row in book.execute("select key from entry where survey = ?", (survey,)))
            assert entered == keys, (point, "one entry an object")
            if "case" in kinds:
                until = [row[0] for row in query(f"select locked_until from stored_object where survey = '{survey}'")]
                assert min(map(datetime.fromisoformat, until)) > datetime.now(UTC) + timedelta(days=9 * 365), point


@pytest.mark.parametrize("points", [POINTS[::13], pytest.param(POINTS, marks=pytest.mark.long)], ids=["some", "all"])
async def test_sqlite(points: list[str], tmp_path: Path) -> None:
    with serving(tmp_path / "node", command=DYING, TAKAN_DIES=str(tmp_path / "dies"), **SOON) as node:

        def query(sql: str) -> list[Any]:
            with sqlite3.connect(f"file:{node.data}/takan.db?mode=ro", uri=True) as db:
                return db.execute(sql).fetchall()

        await killed_at_each(node, points, query, tmp_path)


@pytest.mark.parametrize("points", [POINTS[11::13], pytest.param(POINTS, marks=pytest.mark.long)], ids=["some", "all"])
async def test_postgresql(points: list[str], postgres: Postgres, tmp_path: Path) -> None:
    address = postgres.database()
    orders = str(tmp_path / "dies")
    with serving(tmp_path / "node", command=DYING, TAKAN_DIES=orders, TAKAN_DATABASE=address, **SOON) as node:

        def query(sql: str) -> list[Any]:
            with psycopg.connect(address) as db:
                return db.execute(sql.encode()).fetchall()

        await killed_at_each(node, points, query, tmp_path)
