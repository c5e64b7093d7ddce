"""Who looks at a sealed case leaves a trace as good as the case itself: an addendum, sealed, entered and locked."""

import asyncio
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.app import running
from survey_server.clock import utc_now
from survey_server.flows.case import Case
from survey_server.flows.export import export
from survey_server.flows.node import Node
from survey_server.flows.platform import case_view
from survey_server.flows.platform_files import case_files, linked_file
from survey_server.flows.trouble import Trouble
from survey_server.settings import Settings
from survey_server.survey.events import Exported, Replayed, Sealed
from survey_server.survey.locks import retention
from survey_server.survey.restriction_events import Restricted, RestrictionLifted
from tests.cases.test_locks import TEN_YEARS_ITEM, become, ended, journaled, sealed
from tests.flows import ageing
from tests.flows.bundles import Bundle, unpack


def settings(data: Path, after_s: float) -> Settings:
    return msgspec.structs.replace(ageing.settings(data), addendum_after_s=after_s)


async def addenda(node: Node, case: Case, count: int) -> None:
    """Wait until the case has so many, all in the store, and nothing left to tell."""
    await become(lambda: [seal.kind for seal in case.survey.seals] == ["recording", "case"] + ["addendum"] * count)
    await become(lambda: node.store.waiting(node.prefix(case)).objects == 0)
    assert not case.survey.open


async def exported(node: Node, case: Case, folder: Path, auditor: str) -> Bundle:
    folder.mkdir()
    path = await export(node, case, auditor, folder)
    report = await asyncio.to_thread(verify, path, [VerifierKey.parse(node.ledger.vkey)])
    assert report.result == "verified", report
    return await asyncio.to_thread(unpack, path, folder / "bag")


async def test_whoever_looked_or_took_the_record_is_sealed_in(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node", 0.5)) as node:
        case = await sealed(node, TEN_YEARS_ITEM)
        await case.record(Replayed("eve"))
        await case.record(Replayed("mallory"))
        await addenda(node, case, 1)
        first = await exported(node, case, tmp_path / "first", "trent")
        assert [(one["event"], one["auditor"]) for one in first.manifest["accesses"]] == [
            ("replayed", "eve"), ("replayed", "mallory"),
        ]  # fmt: skip
        await addenda(node, case, 2)
        second = await exported(node, case, tmp_path / "second", "trent")
        assert [one["auditor"] for one in second.manifest["accesses"]] == ["eve", "mallory", "trent"]
        taken, _ = await journaled(node, case, Exported)
        assert isinstance(taken, Exported)
        assert second.manifest["accesses"][2]["sha256"] == taken.sha256, "which bundle was handed out"
        objects = await node.index.of_survey(case.id)
        until = case.survey.seals[1].at + retention(case.survey)
        assert min(stored.locked_until for stored in objects) >= until - timedelta(seconds=1)
        for stored in objects:
            await node.ledger.covered(stored.key)


async def test_a_restriction_is_sealed_in_and_hands_no_file_to_the_platform(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node", 0.2)) as node:
        case = await sealed(node, TEN_YEARS_ITEM)
        before = await case_files(node, case)
        ticket = before[0].url.rpartition("/")[2]
        assert (await linked_file(node, ticket)).sha256 == before[0].sha256
        await case.record(Restricted("周", "retention", "申请删除"))
        assert await case_files(node, case) == []
        with pytest.raises(Trouble, match="restricted: Restricted: erasure asked for"):
            await linked_file(node, ticket)
        assert (await case_view(node, case)).restricted
        await addenda(node, case, 1)
        await exported(node, case, tmp_path / "bundle", "trent")
        objects = await node.index.of_survey(case.id)
        until = case.survey.seals[1].at + retention(case.survey)
        assert min(stored.locked_until for stored in objects) >= until - timedelta(seconds=1), "kept as long as ever"
        await case.record(RestrictionLifted("何", "期满"))
        assert {one.kind for one in await case_files(node, case)} >= {one.kind for one in before}


async def test_what_is_looked_at_before_the_case_seal_needs_no_addendum(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node", 0.0)) as node:
        case = await ended(node, TEN_YEARS_ITEM)
        await case.record(Replayed("eve"))
        await asyncio.sleep(1)
        assert [seal.kind for seal in case.survey.seals] == ["recording"]
        assert not case.survey.unsealed


async def test_a_stop_before_the_addendum_is_made_up_for_by_the_next_start(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node", 60.0)) as node:
        case = await sealed(node, TEN_YEARS_ITEM)
        await case.record(Replayed("eve"))
        survey, began = case.id, time.monotonic()
    assert time.monotonic() - began < 20, "a stop waits for no addendum"
    async with running(settings(tmp_path / "node", 0.5)) as node:
        case = await node.case(survey)
        await addenda(node, case, 1)
    async with running(settings(tmp_path / "node", 0.0)) as node:
        await asyncio.sleep(1)
        assert len(await journaled(node, await node.case(survey), Sealed)) == 3, "and made once"


async def test_a_journal_of_an_earlier_version_gets_its_addendum(tmp_path: Path) -> None:
    """Its seals do not say how far they reach."""
    async with running(settings(tmp_path / "node", 60.0)) as node:
        case = await sealed(node, TEN_YEARS_ITEM)
        survey = case.id
    with sqlite3.connect(tmp_path / "node" / "takan.db") as db:
        db.execute("drop trigger if exists event_no_update")
        rows = db.execute("select seq, body from event where kind = 'sealed'").fetchall()
        for seq, body in rows:
            old = {name: value for name, value in msgspec.json.decode(body).items() if name != "lines"}
            db.execute("update event set body = ? where seq = ?", (msgspec.json.encode(old).decode(), seq))
    async with running(settings(tmp_path / "node", 0.5)) as node:
        case = await node.case(survey)
        assert not case.survey.open, "nobody looked at it"
        await case.record(Replayed("eve"))
        await addenda(node, case, 1)
        assert case.survey.seals[-1].at < utc_now()
