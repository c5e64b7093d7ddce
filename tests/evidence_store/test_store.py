"""From the hand-over to the permanent record."""

import asyncio
import hashlib
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import EvidenceStore, Facts, Held, Kept, Objects, Spool
from evidence_store.errors import NotFound, NotYetKept, SpoolDamaged, Tampered, UnlockedBucket
from tests.evidence_store.conftest import S3, Owner, running
from tests.evidence_store.wire import Wire

FACTS = Facts("v1/2026/survey/photo", ".jpg", "image/jpeg", about={"photo": 7})


def spooled(directory: Path) -> list[Path]:
    return [each for each in directory.iterdir() if each.name != "lock"]


async def until(condition, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_is_preserved_is_held_then_kept(objects: Objects, tmp_path: Path) -> None:
    owner, seen = Owner(), []

    async def look(facts: Facts, kept: Kept) -> None:
        seen.append(len(spooled(tmp_path)))

    owner.first = look
    async with running(objects, tmp_path, owner) as store:
        before = datetime.now(UTC)
        held = await store.preserve(b"evidence", FACTS)
        assert isinstance(held, Held)
        kept = await store.settle(held, 10)
        assert (kept.key, kept.sha256, kept.size) == (held.key, held.sha256, 8)
        assert timedelta(days=180) <= kept.locked_until - before < timedelta(days=180, seconds=20)
        assert objects.stat(kept.key, kept.version_id).locked_until == kept.locked_until
        assert await store.read(kept.key, kept.version_id, kept.sha256) == b"evidence"
        assert await store.settle(kept, 0) == kept
        assert await store.settle(held, 0) == kept
        await until(lambda: not spooled(tmp_path))
        assert seen == [1]  # the spool still had it while the owner took note
        assert owner.noted == [(FACTS, kept)]
        assert store.backlog.objects == 0


async def test_a_closed_segment_is_kept(objects: Objects, tmp_path: Path) -> None:
    async with running(objects, tmp_path) as store:

        def record() -> Held:
            segment = store.open_segment(Facts("v1/seg", ".m4s", "video/mp4"))
            for _ in range(15):
                segment.append(b"fragment" * 1000)
            return segment.close({"seconds": 15})

        kept = await store.settle(await asyncio.to_thread(record), 10)
        assert await store.read(kept.key, kept.version_id, kept.sha256) == b"fragment" * 15_000


async def test_a_store_that_is_down_holds_up_nothing(s3_server: S3, bucket: str, tmp_path: Path) -> None:
    owner = Owner()
    with Wire(s3_server.server.endpoint) as wire:
        async with running(s3_server.objects(bucket, wire.endpoint), tmp_path, owner) as store:
            started = time.monotonic()
            receipts = [await store.preserve(b"%d" % n, FACTS) for n in range(20)]
            assert time.monotonic() - started < 2
            with pytest.raises(NotYetKept, match="local spool"):
                await store.settle(receipts[0], 0.2)
            backlog = store.backlog
            assert (backlog.objects, backlog.bytes) == (20, 30)
            assert backlog.oldest == receipts[0].held_at  # type: ignore[union-attr]
            assert "does not answer" in backlog.trouble
            wire.up()
            kept = [await store.settle(each, 10) for each in receipts]
            assert len({each.version_id for each in kept}) == 20
            wire.down()
            late = await store.preserve(b"late", FACTS)
            await asyncio.sleep(0.2)
            wire.up()
            await store.settle(late, 10)
            await until(lambda: store.backlog.objects == 0)
            assert store.backlog.trouble == ""
    assert len(owner.noted) == 21


async def test_what_was_not_kept_is_kept_after_a_restart(s3_server: S3, bucket: str, tmp_path: Path) -> None:
    owner = Owner()
    with Wire(s3_server.server.endpoint) as wire:
        async with running(s3_server.objects(bucket, wire.endpoint), tmp_path, owner) as store:
            first = await store.preserve(b"before the restart", FACTS)
            await asyncio.to_thread(lambda: store.open_segment(FACTS).append(b"cut off"))
    async with running(s3_server.objects(bucket), tmp_path, owner) as store:
        kept = await store.settle(first, 10)
        assert owner.noted == [(FACTS, kept)]
        [abandoned] = await asyncio.to_thread(store.abandoned)
        held = await asyncio.to_thread(abandoned.finish, b"cut", {"cut": True})
        kept = await store.settle(held, 10)
        assert await store.read(kept.key, kept.version_id, kept.sha256) == b"cut"
        assert owner.noted[1][0].about == {"photo": 7, "cut": True}


async def test_a_receipt_of_an_earlier_run_is_settled_by_the_store(objects: Objects, tmp_path: Path) -> None:
    async with running(objects, tmp_path) as store:
        held = await store.preserve(b"evidence", FACTS)
        kept = await store.settle(held, 10)
        await until(lambda: not spooled(tmp_path))
    async with running(objects, tmp_path) as store:
        again = await store.settle(held, 10)
        assert (again.version_id, again.locked_until) == (kept.version_id, kept.locked_until)
        with pytest.raises(NotFound, match="neither does this spool"):
            await store.settle(Held("v1/lost-0000000000000000.jpg", "0" * 64, 4, datetime.now(UTC)), 10)


async def test_settling_wakes_as_soon_as_the_owner_knows(objects: Objects, tmp_path: Path) -> None:
    owner, noted = Owner(), []

    async def note(facts: Facts, kept: Kept) -> None:
        await asyncio.sleep(0.5)
        noted.append(time.monotonic())

    owner.first = note
    async with running(objects, tmp_path, owner) as store:
        held = await store.preserve(b"evidence", FACTS)
        both = await asyncio.gather(store.settle(held, 10), store.settle(held, 10))
        assert time.monotonic() - noted[0] < 0.1
        assert both[0] == both[1]


async def test_an_owner_who_cannot_take_note_is_told_again(objects: Objects, tmp_path: Path) -> None:
    owner, calls = Owner(), []

    async def fail_twice(facts: Facts, kept: Kept) -> None:
        calls.append(kept)
        if len(calls) < 3:
            raise OSError("the database is locked")

    owner.first = fail_twice
    async with running(objects, tmp_path, owner) as store:
        kept = await store.settle(await store.preserve(b"evidence", FACTS), 10)
    assert len(calls) == 3
    assert {each.version_id for each in calls} == {kept.version_id}
    assert len(owner.noted) == 1


async def test_one_piece_that_is_refused_holds_up_no_other(
    objects: Objects, s3_server: S3, bucket: str, tmp_path: Path
) -> None:
    taken = [b"piece %d" % n for n in range(6)]
    for data in taken:
        s3_server.forge(bucket, FACTS.key(hashlib.sha256(data).hexdigest()), b"somebody else was here first")
    async with running(objects, tmp_path) as store:
        refused = [await store.preserve(data, FACTS) for data in taken]
        fine = [await store.preserve(b"fine %d" % n, FACTS) for n in range(6)]
        for each in fine:
            await store.settle(each, 10)
        with pytest.raises(NotYetKept):
            await store.settle(refused[0], 0.1)
        assert store.backlog.objects == 6
        assert len(spooled(tmp_path)) >= 6


async def test_a_damaged_piece_is_reported_and_holds_up_no_other(s3_server: S3, bucket: str, tmp_path: Path) -> None:
    with Wire(s3_server.server.endpoint) as wire:
        async with running(s3_server.objects(bucket, wire.endpoint), tmp_path) as store:
            damaged = await store.preserve(b"damaged", FACTS)
            [path] = spooled(tmp_path)
            path.write_bytes(path.read_bytes().replace(b"damaged", b"DAMAGED"))
            settling = asyncio.create_task(store.settle(damaged, 10))
            fine = await store.preserve(b"fine", FACTS)
            wire.up()
            with pytest.raises(SpoolDamaged):
                await settling
            await store.settle(fine, 10)
    assert [each.suffix for each in spooled(tmp_path)] == [".damaged"]


async def test_reading_is_pinned_and_checked(objects: Objects, s3_server: S3, bucket: str, tmp_path: Path) -> None:
    async with running(objects, tmp_path) as store:
        kept = await store.settle(await store.preserve(b"evidence", FACTS), 10)
        forged = s3_server.forge(bucket, kept.key, b"forgery!")
        assert await store.read(kept.key, kept.version_id, kept.sha256) == b"evidence"
        with pytest.raises(Tampered, match="Do not use it"):
            await store.read(kept.key, forged, kept.sha256)


async def test_a_lock_is_extended_and_never_shortened(objects: Objects, tmp_path: Path) -> None:
    async with running(objects, tmp_path) as store:
        kept = await store.settle(await store.preserve(b"evidence", FACTS), 10)
        longer = kept.locked_until + timedelta(days=3650)
        assert await store.extend(kept.key, kept.version_id, longer) == longer
        assert await store.extend(kept.key, kept.version_id, kept.locked_until) == longer
        assert objects.stat(kept.key, kept.version_id).locked_until == longer


async def test_an_unlocked_bucket_stops_the_start(s3_server: S3, bucket: str, tmp_path: Path) -> None:
    s3_server.keeper.make_bucket(bucket_name=bucket)
    spool = Spool(tmp_path)
    with pytest.raises(UnlockedBucket):
        await EvidenceStore(s3_server.objects(bucket), spool, Owner().on_kept).start()


async def test_a_bucket_that_turns_out_unlocked_gets_nothing(s3_server: S3, bucket: str, tmp_path: Path) -> None:
    s3_server.keeper.make_bucket(bucket_name=bucket)
    with Wire(s3_server.server.endpoint) as wire:
        async with running(s3_server.objects(bucket, wire.endpoint), tmp_path) as store:
            held = await store.preserve(b"evidence", FACTS)
            wire.up()
            await until(lambda: "without object lock" in store.backlog.trouble)
            with pytest.raises(NotYetKept):
                await store.settle(held, 0.1)
    assert list(s3_server.keeper.list_objects(bucket_name=bucket)) == []
    assert len(spooled(tmp_path)) == 1


async def test_closing_answers_who_waits(s3_server: S3, bucket: str, tmp_path: Path) -> None:
    with Wire(s3_server.server.endpoint) as wire:
        async with running(s3_server.objects(bucket, wire.endpoint), tmp_path) as store:
            settling = asyncio.create_task(store.settle(await store.preserve(b"evidence", FACTS), 30))
            await asyncio.sleep(0.05)
        with pytest.raises(NotYetKept):
            await settling


async def test_preserving_small_pieces_is_fast(objects: Objects, tmp_path: Path) -> None:
    async with running(objects, tmp_path) as store:
        took = []
        for n in range(50):
            started = time.monotonic()
            await store.preserve(b'{"event": %d}' % n, Facts("v1/event", ".json", "application/json"))
            took.append(time.monotonic() - started)
        print(f"preserve: median {statistics.median(took) * 1000:.1f} ms, longest {max(took) * 1000:.1f} ms")
        assert statistics.median(took) < 0.05
        await until(lambda: store.backlog.objects == 0)


async def test_closing_in_the_middle_of_uploads_loses_nothing(objects: Objects, tmp_path: Path) -> None:
    owner = Owner()
    async with running(objects, tmp_path, owner) as store:
        receipts = [await store.preserve(b"%d" % n * 100_000, FACTS) for n in range(10)]
    async with running(objects, tmp_path, owner) as store:
        for each in receipts:
            await store.settle(each, 10)
    assert {kept.key for _, kept in owner.noted} == {each.key for each in receipts}
