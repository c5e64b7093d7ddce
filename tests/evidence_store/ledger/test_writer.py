"""From the hand-over to a checkpoint: nothing leaves the spool before the ledger covers it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import EvidenceStore, Facts, Kept, Objects, Spool
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import object_entry
from evidence_store.ledger.log import Log
from evidence_store.ledger.notes import Signer
from evidence_store.ledger.writer import LedgerWriter
from tests.evidence_store.conftest import S3
from tests.evidence_store.test_store import spooled, until
from tests.evidence_store.wire import Wire

SIGNER = Signer("log.example/n1", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))


class Node:
    """A store with its ledger, wired as the survey server does it."""

    def __init__(self, store: EvidenceStore, ledger: LedgerWriter) -> None:
        self.store, self.ledger = store, ledger

    async def keep(self, number: int) -> str:
        held = await self.store.preserve(
            b"evidence %d" % number, Facts("v1/S1/photo", ".jpg", "image/jpeg", kind="photo")
        )
        return held.key


@asynccontextmanager
async def node(
    objects: Objects, directory: Path, *, to_log: Objects | None = None, gather_s: float = 0.1
) -> AsyncGenerator[Node]:
    ledger = LedgerWriter(Log(to_log or objects, Book(directory / "ledger.db"), SIGNER, "log/n1"), gather_s)

    async def on_kept(facts: Facts, kept: Kept) -> None:
        ledger.note(object_entry(facts.kind, "S1", kept))

    store = EvidenceStore(objects, Spool(directory / "spool"), on_kept, until_covered=True)
    ledger.on_covered = store.covered
    await store.start()
    ledger.start()
    try:
        yield Node(store, ledger)
    finally:
        await ledger.close()
        await store.close()


async def entered(here: Node) -> list[str]:
    return sorted(entry.leaf.decode() for entry in (await here.ledger.proven("S1")).entries)


async def test_the_spool_lets_go_when_a_checkpoint_covers(
    objects: Objects, s3_server: S3, bucket: str, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    with Wire(s3_server.server.endpoint) as wire:  # the store answers, but not to the ledger
        async with node(objects, tmp_path, to_log=s3_server.objects(bucket, wire.endpoint)) as here:
            keys = [await here.keep(number) for number in range(5)]
            await until(lambda: here.store.backlog.objects == 0)
            await until(lambda: "does not answer" in here.ledger.trouble)
            assert len(spooled(spool)) == 5
            wire.up()
            async with asyncio.timeout(20):
                for key in keys:
                    await here.ledger.covered(key)
            await until(lambda: not spooled(spool))
            assert here.ledger.trouble == ""
            assert len(await entered(here)) == 5


async def test_what_was_not_covered_is_entered_after_a_restart(
    objects: Objects, s3_server: S3, bucket: str, tmp_path: Path
) -> None:
    with Wire(s3_server.server.endpoint) as wire:
        async with node(objects, tmp_path, to_log=s3_server.objects(bucket, wire.endpoint)) as here:
            keys = [await here.keep(number) for number in range(3)]
            await until(lambda: here.store.backlog.objects == 0)
    async with node(objects, tmp_path) as here:
        async with asyncio.timeout(20):
            for key in keys:
                await here.ledger.covered(key)
        await until(lambda: not spooled(tmp_path / "spool"))
        assert len(await entered(here)) == 3


async def test_a_seal_is_entered_at_once_and_so_is_what_waits_with_it(objects: Objects, tmp_path: Path) -> None:
    manifest = Facts("v1/S1/seals/1-recording/manifest", ".json", "application/json", kind="seal")
    async with node(objects, tmp_path, gather_s=60) as here:
        photo = await here.keep(1)
        await until(lambda: here.ledger.waiting == 1)
        seal = await here.store.preserve(b"{}", manifest)
        await until(lambda: here.store.backlog.objects == 0 and here.ledger.waiting == 0)
        assert await here.ledger.has(photo)
        assert await here.ledger.has(seal.key)


async def test_what_is_covered_already_is_not_entered_again(objects: Objects, tmp_path: Path) -> None:
    async with node(objects, tmp_path) as here:
        key = await here.keep(1)
        await here.ledger.covered(key)
        assert await here.keep(1) == key
        await until(lambda: here.store.backlog.objects == 0 and not spooled(tmp_path / "spool"))
        assert len(await entered(here)) == 1


async def test_who_waits_for_an_entry_does_not_wait_for_others(objects: Objects, tmp_path: Path) -> None:
    async with node(objects, tmp_path, gather_s=600) as here:
        async with asyncio.timeout(20):
            await here.ledger.covered(await here.keep(1))
            await here.ledger.covered(await here.keep(2))


async def test_one_checkpoint_covers_many(objects: Objects, tmp_path: Path) -> None:
    async with node(objects, tmp_path, gather_s=2) as here:
        for number in range(40):
            await here.keep(number)
        await until(lambda: not spooled(tmp_path / "spool"), 20)
        assert len(objects.names("log/n1/checkpoint/")) <= 20
        assert len(await entered(here)) == 40


async def test_the_same_piece_twice_at_once_is_entered_once_and_stops_nobody(objects: Objects, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    facts = Facts("v1/S1/photo", ".jpg", "image/jpeg", kind="photo")
    for number in (1, 1, 1, 2, 2, 2, 3, 3, 3):  # as a killed node may leave them
        spool.put(b"evidence %d" % number, facts)
    spool.close()
    async with node(objects, tmp_path) as here:
        await until(lambda: here.store.backlog.objects == 0 and not spooled(tmp_path / "spool"), 20)
        assert len(await entered(here)) == 3
        async with asyncio.timeout(20):
            for number in range(10, 20):
                await here.ledger.covered(await here.keep(number))
