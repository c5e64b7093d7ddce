"""The record of a survey: written at its conclusion, sealed with the case, read by its people, acknowledged."""

import asyncio
import hashlib
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.app import running
from survey_server.flows.case import Case
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.demo import PEOPLE
from survey_server.flows.export import export
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import receive
from survey_server.flows.written_record import made_of
from survey_server.report.typesetting import NotTypeset
from survey_server.settings import Settings
from survey_server.survey.events import (
    Acknowledged,
    Consented,
    Ended,
    Invited,
    Joined,
    PointAnswered,
    Reported,
    ReportFailed,
    Started,
)
from survey_server.wire.from_person import AcknowledgeRecord, Conclude, EndSession
from survey_server.wire.photos import PhotoForm
from tests.cases.test_locks import TEN_YEARS_ITEM, admitted, become, concluded, journaled
from tests.flows import ageing
from tests.flows.bundles import unpack
from tests.flows.test_order import advised, gathered, sealed_case, state
from tests.nodes import application

SAMPLES = sorted((Path(__file__).parent.parent / "data" / "photos").glob("*.jpg"))
NOTE = "后厨洗消池三个，标识清楚 #panic(1)"


def settings(data: Path) -> Settings:
    return msgspec.structs.replace(ageing.settings(data), addendum_after_s=0.5)


async def surveyed(node: Node) -> Case:
    """A survey with a note, a photo and a hostile file; over, and its recording sealed."""
    case = await admitted(node, TEN_YEARS_ITEM)
    point = case.survey.application.item.view.points[0].id
    await case.record(
        Invited("p0", "applicant", "吴申请"), Invited("p1", "reviewer", "林"), Invited("p2", "reviewer", "陈"),
        Joined("p0", 0, ""), Consented("p0", "recording-2026-11b"), Started(), PointAnswered("p1", point, "ok", NOTE),
    )  # fmt: skip
    for name, data in (("门头.jpg", SAMPLES[0].read_bytes()), ("x.jpg", b"<!doctype html>" * 20)):
        form = PhotoForm(name, "upload", hashlib.sha256(data).hexdigest())
        await receive(node, case, case.survey.participants["p0"], form, data)
    await case.record(Ended("p1", "reviewer"))
    await become(lambda: len(case.survey.seals) == 1)
    return case


async def done(node: Node, case: Case, seals: int) -> None:
    await become(lambda: len(case.survey.seals) == seals and not case.survey.open)
    await become(lambda: node.store.waiting(node.prefix(case)).objects == 0)


async def exported(node: Node, case: Case, folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The newest manifest and the record's files, out of a bundle that was verified."""
    folder.mkdir()
    path = await export(node, case, "trent", folder)
    report = await asyncio.to_thread(verify, path, [VerifierKey.parse(node.ledger.vkey)])
    assert report.result == "verified", report
    bundle = await asyncio.to_thread(unpack, path, folder / "bag")
    files = {one["language"]: bundle.path(one["key"]).read_bytes() for one in bundle.manifest["report"]["files"]}
    return bundle.manifest, files


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


async def test_the_record_is_sealed_with_the_case_and_can_be_made_again_to_the_byte(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node")) as node:
        case = await surveyed(node)
        await concluded(case)
        await done(node, case, 2)
        manifest, files = await exported(node, case, tmp_path / "out")
        assert manifest["kind"] == "case"
        keys = {stored["key"] for stored in manifest["objects"]}
        assert {one["key"] for one in manifest["report"]["files"]} <= keys
        assert "/report/zh-" in manifest["report"]["files"][0]["key"]
        zh, en = text_of(files["zh"]), text_of(files["en"])
        said_zh = ["结论：踏勘通过", "吴申请", "".join(NOTE.split()), "门头.jpg", "这个文件不能显示为照片。"]
        for said in (*said_zh, case.survey.seals[0].sha256):
            assert said in zh, said
        assert case.survey.application.case_no in zh
        assert hashlib.sha256(SAMPLES[0].read_bytes()).hexdigest() in zh
        assert "Conclusion:passed" in en
        assert "吴申请" in en
        assert str(node.ledger.vkey) in zh

        report = case.survey.report
        assert report is not None
        for language, pdf in files.items():
            assert await made_of(node, case, report.lines, language) == pdf


async def failing(*_: object) -> bytes:
    raise NotTypeset("no font")


async def test_a_record_that_fails_does_not_keep_the_seal_and_comes_as_an_addendum(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node")) as node:
        case = await surveyed(node)
        survey, node.typesetter.typeset = case.id, failing  # type: ignore[method-assign]
        await concluded(case)
        await become(lambda: case.survey.locked_until is not None)
        assert [seal.kind for seal in case.survey.seals] == ["recording", "case"]
        assert case.survey.report_owed
        assert case.survey.open, "a restart takes it up"
        failed = await journaled(node, case, ReportFailed)
        assert [type(one) for one in failed] == [ReportFailed], "said once, however often it is tried"
        await become(lambda: node.store.waiting(node.prefix(case)).objects == 0)
    async with running(settings(tmp_path / "node")) as node:
        case = await node.case(survey)
        await done(node, case, 3)
        assert case.survey.seals[-1].kind == "addendum"
        manifest, files = await exported(node, case, tmp_path / "out")
        assert set(files) == {"zh", "en"}
        assert manifest["conclusion"] == "pass"
        assert len(await journaled(node, case, Reported)) == 1
        until = case.survey.locked_until
        locks = [one.locked_until for one in await node.index.of_survey(case.id) if "/report/" in one.key]
        assert until is not None
        assert min(locks) >= until - timedelta(seconds=1), "locked as long as the case"


async def test_the_applicants_word_is_sealed_with_the_digests_they_were_shown(tmp_path: Path) -> None:
    async with running(settings(tmp_path / "node")) as node:
        case = await surveyed(node)
        await concluded(case)
        await done(node, case, 2)
        report = case.survey.report
        assert report is not None
        shown = [file.sha256 for file in report.files]
        await case.record(Acknowledged("p0", "pass", shown, case.survey.seals[0].sha256))
        assert case.survey.open, "an addendum is on its way"
        await done(node, case, 3)
        manifest, files = await exported(node, case, tmp_path / "out")
        assert manifest["kind"] == "addendum"
        word = manifest["acknowledged"]["of"]
        assert word["reports"] == [hashlib.sha256(files[language]).hexdigest() for language in ("zh", "en")]
        assert word["seal"] == case.survey.seals[0].sha256


async def test_its_people_may_have_it_and_the_applicant_confirms_what_they_were_shown(client: NodeClient) -> None:
    survey, people = await gathered(client)
    applicant = people[0].session.session
    with pytest.raises(NodeRefused, match="404"):
        await client.report(survey, applicant, "zh")
    await people[1].send(EndSession())
    await state(client, survey, "ended")
    early = AcknowledgeRecord(["0" * 64], "0" * 64)
    await people[0].send(early)
    await advised(people)
    await asyncio.gather(*(person.send(Conclude("pass")) for person in people[1:3]))
    view = await sealed_case(client, survey)
    digests, seal = [one.sha256 for one in view.reports], view.seals[0].sha256
    assert [one.kept for one in view.reports] == [True, True]
    for person in people:
        pdf = await client.report(survey, person.session.session, "zh")
        assert hashlib.sha256(pdf).hexdigest() == digests[0]
    stranger = await client.start((await client.invite((await client.apply(application())).survey, [PEOPLE[0]]))[0])
    for session, status in ((stranger.session, "403"), ("", "401")):
        with pytest.raises(NodeRefused, match=status):
            await client.report(survey, session, "en")
    with pytest.raises(NodeRefused, match="404"):
        await client.report(survey, applicant, "fr")

    await people[1].send(AcknowledgeRecord(digests, seal))
    for wrong in (AcknowledgeRecord(digests[::-1], seal), AcknowledgeRecord(digests, digests[0])):
        await people[0].send(wrong)
    for _ in range(2):
        await people[0].send(AcknowledgeRecord(digests, seal))
    await people[0].until(lambda: people[0].survey is not None and people[0].survey.acknowledged_at, "their word")
    assert [fault.code for fault in people[0].faults] == ["no_record", "other_record", "other_record"]
    assert [fault.code for fault in people[1].faults] == ["wrong_role"]

    auditor = await client.start(await client.invite_auditor("夏审计"))
    await client.report(survey, auditor.session, "en")
    events = (await client.replay(survey, auditor.session)).events
    told = [event.text.zh for event in events if event.kind in ("reported", "acknowledged", "exported")]
    assert told == ["踏勘笔录已生成", f"{people[0].session.name} 确认已阅知", "夏审计 下载踏勘笔录"]
    for person in people:
        await person.leave()
