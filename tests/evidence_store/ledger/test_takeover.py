"""A node under another name takes over bucket and spool: each object is entered in one of the two logs, and once."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import EvidenceStore, Facts, Kept, Objects, Spool
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import object_entry
from evidence_store.ledger.log import LedgerFault, Log
from evidence_store.ledger.notes import Signer
from evidence_store.ledger.other_book import OtherBook
from evidence_store.ledger.other_logs import OtherLogs
from evidence_store.ledger.writer import LedgerWriter
from tests.evidence_store.conftest import S3
from tests.evidence_store.test_store import spooled, until
from tests.evidence_store.wire import Wire


class Node:
    """A store with its ledger, wired as the survey server does it."""

    def __init__(self, store: EvidenceStore, ledger: LedgerWriter) -> None:
        self.store, self.ledger = store, ledger

    async def keep(self, word: str) -> str:
        held = await self.store.preserve(
            word.encode(), Facts(f"v1/t/2026/11/S1/{word}", ".jpg", "image/jpeg", kind="photo")
        )
        return held.key


@asynccontextmanager
async def node(
    name: str, objects: Objects, directory: Path, *, to_log: Objects | None = None, lets_go: bool = True
) -> AsyncGenerator[Node]:
    """`lets_go` false: as if killed each time before the spool's copy of what is covered goes."""
    logs = to_log or objects
    signer = Signer(f"log.example/{name}", Ed25519PrivateKey.from_private_bytes(name.encode() * 32))
    book, prefix = directory / f"{name}.db", f"log/{name}"
    others = OtherLogs(logs, OtherBook(book), prefix)
    ledger = LedgerWriter(Log(logs, Book(book), signer, prefix), 0.05, others)

    async def on_kept(facts: Facts, kept: Kept) -> None:
        ledger.note(object_entry(facts.kind, "S1", kept))

    store = EvidenceStore(objects, Spool(directory / "spool"), on_kept, until_covered=True)
    ledger.on_covered = store.covered if lets_go else None
    await store.start()
    ledger.inherited(held.key for _, held in store.held(""))
    ledger.start()
    try:
        yield Node(store, ledger)
    finally:
        await ledger.close()
        await store.close()


async def covered(here: Node, *keys: str) -> None:
    async with asyncio.timeout(30):
        for key in keys:
            await here.ledger.covered(key)


async def entered(here: Node) -> list[str]:
    return [json.loads(entry.leaf)["key"] for entry in (await here.ledger.proven("S1")).entries]


async def test_what_the_first_log_covers_is_not_entered_again(objects: Objects, tmp_path: Path) -> None:
    async with node("a", objects, tmp_path, lets_go=False) as a:
        first = [await a.keep(word) for word in ("one", "two")]
        await covered(a, *first)
    assert len(spooled(tmp_path / "spool")) == 2
    async with node("b", objects, tmp_path) as b:
        later = await b.keep("three")
        await covered(b, *first, later)
        await until(lambda: not spooled(tmp_path / "spool"), 30)
        assert b.ledger.waiting == 0
        assert await entered(b) == [later]
        whole = await b.ledger.whole("S1", later, {later, *first}, [later, *first])
        assert [part.vkey.partition("+")[0] for part in whole] == ["log.example/b", "log.example/a"]
        turned = await b.ledger.whole("S1", first[0], {first[0]}, [later, *first])
        assert [part.vkey.partition("+")[0] for part in turned] == ["log.example/a", "log.example/b"]
    async with node("a", objects, tmp_path) as a:  # and back: its own log goes on
        again = await a.keep("four")
        await covered(a, again, later)
        assert sorted(await entered(a)) == sorted([*first, again])
        assert len(await a.ledger.whole("S1", again, {again, later, *first}, [again, later, *first])) == 2


async def test_what_the_first_log_does_not_cover_is_entered_in_the_second(
    objects: Objects, s3_server: S3, bucket: str, tmp_path: Path
) -> None:
    with Wire(s3_server.server.endpoint) as wire:  # the store takes objects, and no log
        async with node("a", objects, tmp_path, to_log=s3_server.objects(bucket, wire.endpoint)) as a:
            first = [await a.keep(word) for word in ("one", "two")]
            await until(lambda: a.store.backlog.objects == 0)
    async with node("b", objects, tmp_path) as b:
        await covered(b, *first)
        await until(lambda: not spooled(tmp_path / "spool"), 30)
        assert sorted(await entered(b)) == sorted(first)
        assert len(await b.ledger.whole("S1", first[0], set(first), first)) == 1


async def test_as_long_as_the_other_log_can_not_be_read_what_is_inherited_waits_and_nothing_else(
    objects: Objects, tmp_path: Path
) -> None:
    class Unlisted(Objects):
        """A store that fails to list, for a while."""

        healed = False

        def folders(self, prefix: str) -> list[str]:
            if not self.healed:
                raise OSError("no listing today")
            return super().folders(prefix)

    async with node("a", objects, tmp_path, lets_go=False) as a:
        first = await a.keep("one")
        await covered(a, first)
    way = Unlisted.__new__(Unlisted)
    way.__dict__ = dict(objects.__dict__)
    async with node("b", objects, tmp_path, to_log=way) as b:
        later = await b.keep("two")
        await covered(b, later)
        assert b.ledger.waiting == 1
        assert await entered(b) == [later]
        way.healed = True
        await until(lambda: not spooled(tmp_path / "spool"), 30)
        assert await entered(b) == [later]


async def test_what_no_log_proves_is_refused_in_words(objects: Objects, s3_server: S3, tmp_path: Path) -> None:
    async with node("a", objects, tmp_path) as a:
        first = await a.keep("one")
        await covered(a, first)
    s3_server.forge(objects.bucket, "log/a/checkpoint/000000002", b"forged")
    async with node("b", objects, tmp_path) as b:
        seal = await b.keep("two")
        await covered(b, seal)
        assert len(await b.ledger.whole("S1", seal, {seal, first}, [seal, first])) == 2
        with pytest.raises(LedgerFault, match=r"No log in the bucket proves v1/t/nowhere by now.*not a signed note"):
            await b.ledger.whole("S1", seal, {seal, first, "v1/t/nowhere"}, [seal, first])
