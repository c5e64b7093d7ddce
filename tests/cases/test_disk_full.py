"""The node's disk runs low, then full: no survey begins, running ones end in order, and nothing is lost or corrupt."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.disk import Disk, NoRoom
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.simulated import PreparedMedia, prepare
from survey_server.wire.from_person import AnswerPoint, EndSession
from survey_server.wire.node import HealthView
from survey_server.wire.survey import SurveyView
from tests.flows.bundles import Bundle, check_lengths, play_silently
from tests.flows.test_server_killed import sealed_bundle
from tests.nodes import application, serving, takan_json
from tests.servers import ballast, small_disk

DISK_MB, RESERVE_MB = 48, 24
FULL_S = 5.0
HOLE_S = 1.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A data directory on a small disk; the archive and the log of the process are elsewhere."""
    with small_disk(tmp_path / "disk", DISK_MB) as disk:
        (tmp_path / "archive").mkdir()
        (disk / "store").symlink_to(tmp_path / "archive")
        (disk / "server.log").symlink_to(tmp_path / "server.log")
        yield disk


@pytest.fixture(scope="session")
def media(video: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedMedia:
    return prepare(video, tmp_path_factory.mktemp("prepared"))


async def health(client: NodeClient) -> HealthView:
    async with client.http.get(client.url + "/api/health") as answer:
        return msgspec.json.decode(await answer.read(), type=HealthView)


async def until_low(client: NodeClient, *, low: bool) -> HealthView:
    async with asyncio.timeout(10):
        while (now := await health(client)).disk_low is not low:
            await asyncio.sleep(0.1)
    return now


def view(person: Person) -> SurveyView:
    assert person.survey is not None
    return person.survey


async def verified(client: NodeClient, bundle: Path) -> None:
    """By the key of the node's own log, as `takan verify` does it."""
    (vkey,) = (await client.ledger()).vkeys
    report = await asyncio.to_thread(verify, bundle, [VerifierKey.parse(vkey)])
    assert report.result == "verified", report


def recorded(bundle: Bundle, person: str) -> float:
    """How far this person's sound and picture were recorded, on the survey's line; every hole on the way is listed."""
    (lane,) = [lane for lane in bundle.manifest["recording"]["lanes"] if lane["participant"] == person]
    parts = sorted((part["start_s"], part["end_s"]) for epoch in lane["epochs"] for part in epoch["parts"])
    for (_, end), (start, _) in pairwise(parts):
        inside = [gap for gap in lane["gaps"] if gap["start_s"] < start and gap["end_s"] > end]
        listed = sum(gap["end_s"] - gap["start_s"] for gap in inside)
        assert start - end <= max(HOLE_S, listed), lane
    return max(end for _, end in parts)


@contextlib.asynccontextmanager
async def people(client: NodeClient, media: PreparedMedia, number: int = 4) -> AsyncGenerator[tuple[str, list[Person]]]:
    survey = (await client.apply(application())).survey
    links = await client.invite(survey, list(PEOPLE[:number]))
    present = [await Person.arrive(client, link, media) for link in links]
    try:
        await asyncio.gather(*(person.in_call() for person in present))
        yield survey, present
    finally:
        for person in present:
            await person.leave()


def test_a_full_disk_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK_MB) as disk:
        room = Disk(disk, RESERVE_MB)
        room.check()
        assert (room.low, room.ending) == (False, False)
        for leave_mb, low, ending in ((RESERVE_MB - 1, True, False), (RESERVE_MB // 4 - 1, True, True)):
            with ballast(disk, leave=leave_mb << 20):
                room.look()
                assert (room.low, room.ending) == (low, ending)
        with ballast(disk), pytest.raises(NoRoom, match="has 0 MB free; a start needs 16 MB"):
            Disk(disk, 0).check()


async def test_low_refuses_new_surveys_and_lower_ends_them(disk: Path, media: PreparedMedia, tmp_path: Path) -> None:
    with serving(disk, TAKAN_DISK_RESERVE_MB=str(RESERVE_MB)) as node:
        async with node.client() as client, people(client, media, 2) as (survey, present):
            other = await client.apply(application())
            early, late = await client.invite(other.survey, list(PEOPLE[:2]))
            waiting = Person(client, await client.start(early), media)
            assert (await health(client)).ok
            with ballast(disk, leave=(RESERVE_MB - 6) << 20):
                told = await until_low(client, low=True)
                assert (told.ok, told.disk_free_bytes < RESERVE_MB << 20) == (False, True)
                with pytest.raises(NodeRefused, match="507 No survey can begin now; your link stays good"):
                    await client.start(late)
                await waiting.connect()
                await waiting.until(lambda: bool(waiting.faults), "a refusal")
                assert [fault.code for fault in waiting.faults] == ["disk_low"]
                assert view(waiting).state == "admitted"
                await waiting.leave()
                assert (await client.apply(application())).outcome == "admitted", "applications are filed"
                assert {view(person).state for person in present} == {"in_session"}, "running ones go on"
                with ballast(disk / "spool", leave=(RESERVE_MB // 4 - 2) << 20):
                    for person in present:
                        await person.until(lambda who=person: view(who).state == "ended", "the end")
                        assert (view(person).recording or pytest.fail()).end == "disk_full"
                    first = present[0]
                    await first.until(lambda: [seal.kept for seal in view(first).seals] == [True], "a seal")
            await until_low(client, low=False)
            assert (await client.start(late)).survey == other.survey, "the link is as good as before"
            bundle = await sealed_bundle(client, survey, tmp_path)
            assert len({lane["participant"] for lane in bundle.manifest["recording"]["lanes"]}) == 2
            check_lengths(bundle)
            await verified(client, tmp_path / "out.zip")


@pytest.mark.long
async def test_full_at_once_for_five_seconds(disk: Path, media: PreparedMedia, tmp_path: Path) -> None:
    with serving(disk, TAKAN_DISK_RESERVE_MB="0") as node:
        async with node.client() as client, people(client, media) as (survey, present):
            await asyncio.sleep(2)
            with ballast(disk):
                await asyncio.sleep(1)
                with pytest.raises(NodeRefused, match="507 This was not kept"):
                    await client.apply(application())
                with pytest.raises(NodeRefused, match="507 This was not kept"):
                    await present[0].upload("big.jpg", b"\xff\xd8\xff" + bytes(100_000))
                await asyncio.sleep(FULL_S - 1)
                assert {view(person).state for person in present} == {"in_session"}
            await asyncio.sleep(3)
            await client.apply(application())
            await present[0].upload("big.jpg", b"\xff\xd8\xff" + bytes(100_000))
            await present[1].send(EndSession())
            bundle = await sealed_bundle(client, survey, tmp_path)
            assert "is tried until it can be" in node.log, "the disk was full for the recording, too"
            end_s = max(recorded(bundle, person) for person in ("p1", "p2", "p3", "p4"))
            assert end_s > 9, "recording went on after it"
            check_lengths(bundle)
            assert play_silently(bundle, tmp_path) >= 4
            (vkey,) = (await client.ledger()).vkeys
            status, report = await asyncio.to_thread(takan_json, "verify", str(tmp_path / "out.zip"), "--vkey", vkey)
            assert (status, report["result"]) == (0, "verified"), report
            assert (await health(client)).ok


@pytest.mark.long
async def test_full_at_once_although_there_was_a_reserve(disk: Path, media: PreparedMedia, tmp_path: Path) -> None:
    """The end can't be written while there is no room; whether it is or not, what follows is in order."""
    with serving(disk, TAKAN_DISK_RESERVE_MB=str(RESERVE_MB)) as node:
        async with node.client() as client, people(client, media) as (survey, present):
            await asyncio.sleep(2)
            with ballast(disk):
                await asyncio.sleep(FULL_S)
                for person in present[2:]:
                    await person.leave()  # nor can that be written
            await until_low(client, low=False)
            await present[1].send(EndSession())
            bundle = await sealed_bundle(client, survey, tmp_path)
            check_lengths(bundle)
            await verified(client, tmp_path / "out.zip")


@pytest.mark.long
async def test_who_leaves_while_nothing_can_be_written_has_left(
    disk: Path, media: PreparedMedia, tmp_path: Path
) -> None:
    """Else they would be present for ever, and the session neither idle nor sealed."""
    with serving(disk, TAKAN_DISK_RESERVE_MB="0", TAKAN_IDLE_SEAL_S="2") as node:
        async with node.client() as client, people(client, media) as (survey, present):
            await asyncio.sleep(2)
            with ballast(disk):
                reviewer = present[1]
                await reviewer.send(AnswerPoint(view(reviewer).item.points[0].id, "ok", "x" * 200))
                await reviewer.until(lambda: bool(reviewer.faults), "a refusal")
                assert reviewer.faults[0].code == "disk_full"
                assert view(reviewer).answers == []
                for person in present:
                    await person.leave()
                await asyncio.sleep(1)
            bundle = await sealed_bundle(client, survey, tmp_path)
            check_lengths(bundle)
            await verified(client, tmp_path / "out.zip")
    assert "leaving of p2 failed; another attempt" in node.log


@pytest.mark.long
async def test_killed_while_the_disk_is_full(disk: Path, media: PreparedMedia, tmp_path: Path) -> None:
    with serving(disk, TAKAN_DISK_RESERVE_MB="0", TAKAN_IDLE_SEAL_S="4") as node:
        async with node.client() as client, people(client, media) as (survey, present):
            await asyncio.sleep(4)
            with ballast(disk):
                await asyncio.sleep(2)
                node.kill()
                before = listing(disk)
                for _ in range(2):
                    with pytest.raises(AssertionError, match="did not start"):
                        await asyncio.to_thread(node.start)
                assert len(re.findall(r"has 0 MB free; a start needs 16 MB", node.log)) == 2
                assert listing(disk) == before, "nothing was touched"
            await asyncio.to_thread(node.start)
            bundle = await sealed_bundle(client, survey, tmp_path)
            assert min(recorded(bundle, person.session.participant) for person in present) > 2
            assert play_silently(bundle, tmp_path) >= 4
            check_lengths(bundle)
            await verified(client, tmp_path / "out.zip")


def listing(disk: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in disk.rglob("*") if path.is_file() and path.name != "server.log"}
