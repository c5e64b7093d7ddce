"""`takan locks` over a database: what is due, what runs out, what can't be judged, and what the last round left."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from typer.testing import CliRunner

from survey_server.cli import app
from survey_server.db.database import open_database
from survey_server.db.journal import Journal
from survey_server.db.objects import ObjectIndex, StoredObject
from survey_server.flows.lock_report import Failure, LockReport, write_report
from survey_server.survey.events import AnyEvent, Applied, Decided, Ended, Entry, ItemRecord, Started
from survey_server.survey.items import load_items
from survey_server.survey.step import rebuild
from survey_server.wire.basics import Site, Text, Window

NOW, DAY = datetime.now(UTC), timedelta(days=1)
ADMITTED = Decided("admitted", "red", [], "d", "k", "h")
SOON = NOW + 10 * DAY


async def fill(where: Path | str, cases: dict[str, tuple[AnyEvent, ...]]) -> None:
    engine = await open_database(where)
    for survey, events in cases.items():
        item = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), 10)
        filed_at = NOW - 170 * DAY
        applied = Applied(survey, item, "ref", "某公司", Site(20, 110, 100), Window(filed_at, filed_at + DAY))
        lines = [Entry(survey, seq, filed_at, event) for seq, event in enumerate((applied, *events), 1)]
        await Journal(engine).append(lines, rebuild(lines))
        for number in range(3):
            until = SOON + number * 15 * DAY
            key = f"v1/t/2026/06/{survey}/{number}"
            await ObjectIndex(engine).add(StoredObject(survey, key, "v", "00", 1, "x/y", {}, filed_at, until))
    async with engine.begin() as db:
        if "broken" in cases:
            await db.execute(sa.text("INSERT INTO event VALUES ('broken', 9, '2026-06-01T00:00:00+00:00', '?', '{}')"))
    await engine.dispose()


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["locks", *arguments])
    return done.exit_code, done.output


def test_what_people_should_look_at(tmp_path: Path, place: Path | str) -> None:
    ended = (ADMITTED, Started(), Ended("p1", "reviewer"))
    asyncio.run(fill(place, {"waits": ended, "missed": (ADMITTED,), "broken": (ADMITTED,)}))
    given = ("--data", str(tmp_path), *(("--database", place) if isinstance(place, str) else ()))
    status, words = run(*given)
    assert status == 1
    for line in (
        f"due      waits  2 objects, the first lock ends {SOON:%Y-%m-%d}",
        f"ending   missed  nobody goes on with it; its locks run out from {SOON:%Y-%m-%d} on",
        "broken   broken  its journal can't be read",
        "2 locks of 1 cases are due; 1 cases run out",
        "has not been through its locks yet",
    ):
        assert line in words
    failures = [Failure("v1/t/2026/06/other/1", "The store would not.")]
    report = LockReport(NOW, 3, 7, 5, 1, failures, ["other"], [], NOW + 200 * DAY)
    write_report(tmp_path / "locks.json", report)
    _, words = run(*given)
    for line in (
        "open     other  its locks were about to end",
        "failed   v1/t/2026/06/other/1  The store would not.",
        f"7 lengthened, 5 of the log looked at, 1 failed; next due: {NOW + 200 * DAY:%Y-%m-%d}",
    ):
        assert line in words


def test_due_locks_are_no_trouble_and_failed_ones_are(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "takan.db", {"waits": (ADMITTED, Started(), Ended("p1", "reviewer"))}))
    status, words = run("--data", str(tmp_path), "--json")
    assert (status, [due["objects"] for due in json.loads(words)["due"]]) == (0, [2])
    status, words = run("--data", str(tmp_path), "--json", "--lock-days", "10")
    assert (status, [due["objects"] for due in json.loads(words)["due"]]) == (0, [])
    for failed, kept_open, expected in ((0, [], 0), (1, [], 1), (0, ["s"], 1)):
        write_report(tmp_path / "locks.json", LockReport(NOW, 1, 1, 1, failed, [], kept_open, [], None))
        assert run("--data", str(tmp_path))[0] == expected


def test_where_there_is_no_node(tmp_path: Path) -> None:
    assert run("--data", str(tmp_path))[0] == 2
    assert not (tmp_path / "takan.db").exists()
    assert run("--data", str(tmp_path), "--database", "mysql://x")[0] == 2
