"""A site video is part of the sealed record: in parts, each proven, and the parts one behind the other are the file."""

import asyncio
import hashlib
import json
from datetime import timedelta
from pathlib import Path

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.app import running
from survey_server.flows.case import Case
from survey_server.flows.export import export
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import Sender
from survey_server.flows.video_intake import PART_BYTES, frame, receive
from survey_server.survey.events import Ended, Invited, Started, VideoChecked, VideoKept, VideoReceived
from survey_server.survey.locks import retention
from survey_server.survey.step import rebuild
from survey_server.wire.videos import VideoForm
from tests.cases.test_locks import TEN_YEARS_ITEM, admitted, audited, become, concluded, entered, in_store
from tests.cases.test_uploads import padded
from tests.flows.ageing import settings
from tests.flows.bundles import unpack
from tests.flows.clips import clip


async def taken(node: Node, case: Case, data: bytes, name: str) -> str:
    path = node.data_dir / name
    await asyncio.to_thread(path.write_bytes, data)
    form = VideoForm(name, hashlib.sha256(data).hexdigest())
    return await receive(node, case, case.survey.participants["p0"], form, path, Sender("test"))


async def test_a_video_is_sealed_exported_verified_and_audited(tmp_path: Path) -> None:
    data = padded(clip(tmp_path / "walk.mp4", 2), 2 * PART_BYTES + 12345)
    async with running(settings(tmp_path / "node")) as node:
        case = await admitted(node, TEN_YEARS_ITEM)
        await case.record(
            Invited("p0", "applicant", "王"), Invited("p1", "reviewer", "林"), Invited("p2", "reviewer", "陈")
        )
        await case.record(Started())
        number = await taken(node, case, data, "walk.mp4")
        await case.record(Ended("p1", "reviewer"))  # while it is being archived and checked
        await become(lambda: len(case.survey.seals) == 1)
        assert case.survey.videos[number].settled, "the seal waited for it"
        await concluded(case)
        await become(lambda: case.survey.locked_until is not None)
        folder = tmp_path / "export"
        folder.mkdir()
        path = await export(node, case, "trent", folder)
        report = await asyncio.to_thread(verify, path, [VerifierKey.parse(node.ledger.vkey)])
        assert report.result == "verified", report
        bundle = await asyncio.to_thread(unpack, path, folder / "bag")
        (told,) = bundle.manifest["videos"]
        assert (told["video"]["name"], told["verdict"]["result"]) == ("walk.mp4", "needs_review")
        parts = sorted((bundle.folder / "data" / "videos" / number).glob("*.part"))
        assert len(parts) == told["kept"]["parts"] == 3
        assert b"".join(part.read_bytes() for part in parts) == data
        listed = json.loads(bundle.path(told["kept"]["key"]).read_bytes())
        assert [Path(part["key"]).name for part in listed["parts"]] == [part.name for part in parts]
        assert (listed["sha256"], listed["size"]) == (hashlib.sha256(data).hexdigest(), len(data))
        until = case.survey.seals[1].at + retention(case.survey)
        locks = await in_store(node, case)
        assert min(lock for lock in locks.values() if lock) >= until - timedelta(seconds=1)
        await entered(node)
        assert (await audited(node, node.clock())).findings == ()
        events = [entry.event for entry in await node.journal.read(case.id)]
        assert {VideoReceived, VideoKept, VideoChecked} <= {type(event) for event in events}
        assert rebuild(await node.journal.read(case.id)).videos == case.survey.videos
        # the picture of it is a working copy: lost, it is made again out of the store
        copies = node.data_dir / "working" / case.id
        (copies / f"video-{number}.jpg").unlink()
        assert (await frame(node, case, case.survey.videos[number])).startswith(b"\xff\xd8")
        assert [each.name for each in copies.iterdir()] == [f"video-{number}.jpg"]


async def test_a_stop_in_mid_archiving_is_gone_on_with(tmp_path: Path) -> None:
    data = padded(clip(tmp_path / "walk.mp4", 2), 4 * PART_BYTES)
    async with running(settings(tmp_path / "node")) as node:
        case = await admitted(node, TEN_YEARS_ITEM)
        await case.record(Invited("p0", "applicant", "王"))
        number = await taken(node, case, data, "walk.mp4")
        survey = case.id
        await become(lambda: node.store.waiting(f"{node.prefix(case)}/videos").objects > 0)
        for task in list(node._tasks):
            task.cancel()
        assert case.survey.videos[number].kept is None
        del case
    async with running(settings(tmp_path / "node")) as node:
        case = await node.case(survey)
        await become(lambda: case.survey.videos[number].settled)
        await become(lambda: node.store.waiting(node.prefix(case)).objects == 0)
        parts = [one for one in await node.index.of_survey(survey) if one.key.endswith(".part")]
        assert sum(part.size for part in parts) == len(data)
