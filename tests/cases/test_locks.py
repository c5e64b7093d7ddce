"""Locks years later, in a real store: what must last is lengthened; what nobody goes on with runs out, and is told."""

import asyncio
import logging
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import Objects
from evidence_store.audit import Plan, Report, audit
from evidence_store.ledger.locks import LogLocks
from evidence_store.ledger.log import LOCK
from evidence_store.ledger.notes import VerifierKey
from survey_server.app import running
from survey_server.clock import utc_now
from survey_server.commands.locks import _outlook
from survey_server.flows import locks as rounds
from survey_server.flows.admission import admit
from survey_server.flows.case import Case
from survey_server.flows.locks import Locks
from survey_server.flows.node import Node
from survey_server.survey.events import Concluded, Ended, Invited, LocksEnding, LocksRenewed, Signed, Started
from survey_server.survey.locks import PERMANENT
from tests.flows.ageing import settings
from tests.nodes import ROOT, application

PERMANENT_ITEM, TEN_YEARS_ITEM = "training-centre", "food-business"
YEARS_ON = timedelta(days=2 * 365.25 + 5)


async def become(done: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not done():
        assert time.monotonic() < ends
        await asyncio.sleep(0.05)


async def admitted(node: Node, item: str) -> Case:
    view = await admit(node, application(item=item))
    case = await node.case(view.survey)
    assert case.survey.state == "admitted"
    await become(lambda: node.store.waiting(node.prefix(case)).objects == 0)
    return case


async def ended(node: Node, item: str) -> Case:
    case = await admitted(node, item)
    people = [Invited("p1", "reviewer", "林"), Invited("p2", "reviewer", "陈"), Invited("p3", "applicant", "王")]
    await case.record(*people, Started())
    await case.record(Ended("p1", "reviewer"))
    await become(lambda: len(case.survey.seals) == 1 and node.store.waiting(node.prefix(case)).objects == 0)
    return case


async def concluded(case: Case) -> None:
    await case.record(Signed("p1", "pass", ""), Signed("p2", "pass", ""), Concluded("pass", ["p1", "p2"]))


async def sealed(node: Node, item: str) -> Case:
    case = await ended(node, item)
    await concluded(case)
    await become(lambda: case.survey.locked_until is not None)
    return case


async def entered(node: Node) -> None:
    for survey in await node.journal.ids():
        for stored in await node.index.of_survey(survey):
            await node.ledger.covered(stored.key)


def store(node: Node) -> Objects:
    return node.store._objects


async def rest(_: float) -> None:
    await asyncio.sleep(0)


def hasty(node: Node) -> Locks:
    node.locks._rest = rest
    return node.locks


async def in_store(node: Node, *cases: Case) -> dict[str, datetime | None]:
    """The locks as the store has them, which must be those of the index."""
    found: dict[str, datetime | None] = {}
    for case in cases:
        for stored in await node.index.of_survey(case.id):
            stat = await asyncio.to_thread(store(node).stat, stored.key, stored.version_id)
            assert stat.locked_until is not None
            assert abs(stat.locked_until - stored.locked_until) < timedelta(seconds=2), stored.key
            found[stored.key] = stat.locked_until
    return found


async def journaled(node: Node, case: Case, kind: type) -> list[object]:
    return [entry.event for entry in await node.journal.read(case.id) if isinstance(entry.event, kind)]


async def audited(node: Node, now: datetime) -> Report:
    plan = Plan(keys=[VerifierKey.parse(node.ledger.vkey)], threads=2)
    return await asyncio.to_thread(audit, store(node), plan, seed="s", now=lambda: now)


def bend(node: Node, key: str, version: str) -> None:
    """In the index, this object has another version now."""
    with sqlite3.connect(node.data_dir / "takan.db") as db:
        assert db.execute("update stored_object set version_id = ? where key = ?", (version, key)).rowcount == 1


def log_locks(node: Node) -> Iterable[datetime | None]:
    for each in store(node).versions("log/"):
        yield store(node).stat(each.key, each.version_id).locked_until


async def a_pass_that_is_cut_off_goes_on(node: Node, tmp_path: Path, now: datetime) -> None:
    """Over the log's own locks."""
    note = tmp_path / "pass.json"

    def cut_off() -> None:
        locks = LogLocks(store(node), "log/node-1", note)
        until = locks.begin(now)
        for block in locks.blocks():
            locks.extend(block.versions[0], until) if block.versions else None
            if block.name.startswith("checkpoint/"):
                return
            locks.finish(block)

    def gone_on() -> tuple[list[str], datetime | None]:
        locks = LogLocks(store(node), "log/node-1", note)
        until = locks.begin(now + timedelta(days=3))
        assert until == now + LOCK, "the same pass"
        names: list[str] = []
        for block in locks.blocks():
            names.append(block.name)
            for version in block.versions:
                locks.extend(version, until)
            locks.finish(block)
        locks.end()
        return names, locks.next_at

    await asyncio.to_thread(cut_off)
    names, next_at = await asyncio.to_thread(gone_on)
    assert names == ["checkpoint/000000", "batch/000000"]
    assert next_at == now + timedelta(days=365)
    rested = LogLocks(store(node), "log/node-1", note)
    assert (list(rested.blocks()), rested.begin(now + timedelta(days=364))) == ([], now + LOCK)
    assert rested.begin(now + timedelta(days=365)) == now + timedelta(days=365) + LOCK
    assert [block.name for block in rested.blocks()][-2:] == ["checkpoint/000000", "batch/000000"]


async def test_a_permanent_case_two_years_on(tmp_path: Path) -> None:
    async with running(settings(tmp_path)) as node:
        permanent, ten_years = await sealed(node, PERMANENT_ITEM), await sealed(node, TEN_YEARS_ITEM)
        await entered(node)
        before = await in_store(node, permanent, ten_years)
        now = utc_now()
        at_once = await hasty(node).round(now)
        assert (at_once.extended, at_once.failed, at_once.surveys) == (0, 0, 1), "only the ten years lie below thirty"
        assert at_once.next_at is not None
        assert timedelta(days=364) < at_once.next_at - now <= timedelta(days=365)
        later = now + YEARS_ON
        found = await audited(node, later)
        kept = [stored.key for stored in await node.index.of_survey(permanent.id)]
        assert {each.key for each in found.findings} == set(kept)
        assert {each.kind for each in found.findings} == {"short-lock"}

        report = await node.locks.round(later)
        assert (report.extended, report.failed, report.kept_open, report.ending) == (len(kept), 0, [], [])
        assert (await audited(node, later)).findings == ()
        after = await in_store(node, permanent, ten_years)
        assert all(after[key] == before[key] for key in after if key not in kept)
        assert {after[key] for key in kept} == {permanent.survey.locked_until}
        assert permanent.survey.locked_until >= later + PERMANENT
        (line,) = await journaled(node, permanent, LocksRenewed)
        assert line == LocksRenewed(permanent.survey.locked_until, len(kept), 0)
        locks = [until for until in log_locks(node) if until is not None]
        assert report.log_extended == len(locks) >= 4
        assert min(locks) >= later + LOCK - timedelta(seconds=1), "the whole log, whatever lies in it"

        again = await node.locks.round(later + timedelta(days=1))
        assert (again.extended, again.log_extended, again.failed) == (0, 0, 0)
        assert len(await journaled(node, permanent, LocksRenewed)) == 1
        assert again.next_at == later + timedelta(days=365)
        await a_pass_that_is_cut_off_goes_on(node, tmp_path, later)


async def test_open_cases_within_the_margin(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "survey_server.flows.locks")
    async with running(settings(tmp_path)) as node:
        waits, missed = await ended(node, PERMANENT_ITEM), await admitted(node, PERMANENT_ITEM)
        before = await in_store(node, waits, missed)
        now = utc_now()
        early = await hasty(node).round(now + timedelta(days=149))
        assert (early.extended, early.kept_open, early.ending, caplog.messages) == (0, [], [], [])
        assert await in_store(node, waits, missed) == before

        late = now + timedelta(days=151)
        outlook = await _outlook(settings(tmp_path), late)
        assert [(due.survey, due.objects) for due in outlook.due] == [
            (waits.id, len(await node.index.of_survey(waits.id)))
        ]
        (missed_lock,) = (await in_store(node, missed)).values()
        assert outlook.ending == [(missed.id, missed_lock)]
        assert outlook.last_round == early
        for times in (1, 2):
            report = await node.locks.round(late)
            assert report.kept_open == [waits.id], times
            assert [(each.survey, each.first) for each in report.ending] == [(missed.id, missed_lock)]
            assert len(await journaled(node, waits, LocksRenewed)) == 1
            assert await journaled(node, missed, LocksEnding) == [LocksEnding(report.ending[0].first)]
            assert len(caplog.messages) == 2, "each told once"
        after = await in_store(node, waits, missed)
        mine = {stored.key for stored in await node.index.of_survey(waits.id)}
        assert all(after[key] >= late + timedelta(days=180) for key in mine)
        assert all(after[key] == before[key] for key in before if key not in mine), "nobody comes: it runs out"
        assert waits.survey.open
        assert missed.survey.open

        abandoned = await node.locks.round(now + timedelta(days=500))
        assert (abandoned.extended, abandoned.kept_open) == (0, [])
        assert {each.survey for each in abandoned.ending} == {waits.id, missed.id}
        await concluded(waits)
        await become(lambda: waits.survey.locked_until is not None)
        assert min((await in_store(node, waits)).values()) > now + timedelta(days=29 * 365), "concluded all the same"
        await entered(node)
        (notice,) = [stored for stored in await node.index.of_survey(missed.id) if "/lapse/" in stored.key]
        assert notice.locked_until > now + timedelta(days=29 * 365), "that it may go is kept"
        gone = now + timedelta(days=400)
        assert not [found for found in (await audited(node, gone)).findings if missed.id in found.key]
        again = await node.locks.round(now + timedelta(days=501))
        assert [each.survey for each in again.ending] == [missed.id]
    with sqlite3.connect(tmp_path / "takan.db") as db:
        assert db.execute("select count(*) from event where kind = 'locks_ending'").fetchone() == (2,)


async def test_an_object_whose_lock_is_refused_stops_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "survey_server.flows.locks")
    async with running(settings(tmp_path)) as node:
        first, second = await ended(node, PERMANENT_ITEM), await sealed(node, PERMANENT_ITEM)
        lost, *_ = await node.index.of_survey(first.id)
        bend(node, lost.key, "0" * 32)
        await concluded(first)
        short = utc_now() + timedelta(days=365)
        while await node.index.count_before(first.id, short) > 1 or len(first.survey.seals) < 2:
            await asyncio.sleep(0.05)
        assert first.survey.locked_until is None, "the seal extended all others, and goes on trying"

        for days in (400, 401):
            report = await hasty(node).round(utc_now() + timedelta(days=days))
            assert (report.failed, [each.what for each in report.failures]) == (1, [lost.key])
            assert "does not have" in report.failures[0].words
        assert len([message for message in caplog.messages if lost.key in message]) == 1, "told once"
        counts = {case.id: len(await node.index.of_survey(case.id)) for case in (first, second)}
        assert [(line.objects, line.failed) for line in await journaled(node, first, LocksRenewed)] == [
            (counts[first.id] - 1, 1)
        ]
        assert [line.objects for line in await journaled(node, second, LocksRenewed)] == [counts[second.id]]

        bend(node, lost.key, lost.version_id)
        assert (await node.locks.round(utc_now() + timedelta(days=402))).extended == 1
        await become(lambda: first.survey.locked_until is not None)
        assert min((await in_store(node, first, second)).values()) > utc_now() + timedelta(days=399) + PERMANENT


async def test_a_round_that_was_killed_between_two_objects_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings(tmp_path)) as node:
        case = (await sealed(node, PERMANENT_ITEM)).id
        objects = len(await node.index.of_survey(case))
    assert objects > 4
    run = [sys.executable, "-m", "tests.flows.ageing", str(tmp_path), str(YEARS_ON.days), "3"]
    done = await asyncio.to_thread(subprocess.run, run, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    long = utc_now() + timedelta(days=31 * 365)
    with sqlite3.connect(tmp_path / "takan.db") as db:
        short = db.execute("select count(*) from stored_object where locked_until < ?", (long.isoformat(),)).fetchone()
        lines = db.execute("select count(*) from event where kind = 'locks_renewed'").fetchone()
    assert (short, lines) == ((objects - 2,), (0,)), "of three the first is held back for the journal line"

    monkeypatch.setattr(rounds, "FIRST_S", 0)
    async with running(settings(tmp_path), clock=lambda: utc_now() + YEARS_ON) as node:
        await become(lambda: node.locks.report is not None)  # it goes round by itself
        assert node.locks.report is not None
        assert (node.locks.report.extended, node.locks.report.failed) == (objects - 2, 0)
        held = await node.case(case)
        assert await journaled(node, held, LocksRenewed) == [LocksRenewed(held.survey.locked_until, objects - 2, 0)]
        assert min((await in_store(node, held)).values()) > long
