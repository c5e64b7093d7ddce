"""What keeping evidence costs: `Kept` beside bare puts of the minio SDK on the same store, and a ledger of a million.

The baseline is the least that a program can do with the SDK: bytes of the same size, under the same lock, from as many
threads as there are pieces in flight here. It syncs nothing, checks nothing and remembers nothing.
"""

import asyncio
import io
import os
import resource
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.retention import Retention
from msgspec import Struct

from evidence_store import Access, Embedded, EvidenceStore, Facts, Kept, Objects, Spool
from evidence_store.ledger.merkle import inclusion, leaf_hash, root, verify_inclusion
from evidence_store.ledger.tiles import TiledTree

_IN_FLIGHT = 64
_PROOFS = 2000
_BUCKET = "takan-bench"


class Throughput(Struct, frozen=True):
    """One size of piece: how many a second were kept, and put bare, in turns in the same run."""

    size: int
    kept_per_s: float
    bare_per_s: float
    ratio: float


class LedgerCost(Struct, frozen=True):
    """A log of so many entries. Times in microseconds; memory is what the process grew by, in MB."""

    entries: int
    append_us: float
    proof_us_p50: float
    proof_us_p99: float
    proof_hashes: int
    memory_mb: float


async def throughput(sizes: tuple[int, ...], seconds: float, rounds: int = 3) -> list[Throughput]:
    """Kept and bare in turns on an embedded store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = Embedded(Path(folder) / "store")
        access = await asyncio.to_thread(embedded.start)
        try:
            found: list[Throughput] = []
            for size in sizes:
                kept: list[float] = []
                bare: list[float] = []
                for number in range(rounds):
                    spool = Path(folder) / f"spool-{size}-{number}"
                    kept.append(await _kept_per_s(access, spool, size, seconds))
                    bare.append(await asyncio.to_thread(_bare_per_s, access, size, seconds))
                ours, theirs = statistics.median(kept), statistics.median(bare)
                found.append(Throughput(size, round(ours, 1), round(theirs, 1), round(ours / theirs, 2)))
            return found
        finally:
            await asyncio.to_thread(embedded.stop)


async def _kept_per_s(access: Access, spool: Path, size: int, seconds: float) -> float:
    async def noted(facts: Facts, kept: Kept) -> None:
        pass

    objects = Objects(access.endpoint, access.access_key, access.secret_key, _BUCKET)
    store = EvidenceStore(objects, await asyncio.to_thread(Spool, spool), noted)
    await store.start()
    done, pieces = 0, _pieces(size)
    ends = time.monotonic() + seconds

    async def one() -> None:
        nonlocal done
        while time.monotonic() < ends:
            facts = Facts(f"bench/{secrets.token_hex(8)}", ".bin", "application/octet-stream", lock_days=1)
            await store.settle(await store.preserve(next(pieces), facts), 60)
            done += 1

    began = time.monotonic()
    try:
        await asyncio.gather(*(one() for _ in range(_IN_FLIGHT)))
        return done / (time.monotonic() - began)
    finally:
        await store.close()


def _bare_per_s(access: Access, size: int, seconds: float) -> float:
    pool = urllib3.PoolManager(maxsize=_IN_FLIGHT, retries=False)
    client = Minio(
        endpoint=access.endpoint, access_key=access.access_key, secret_key=access.secret_key, secure=False,
        region="us-east-1", http_client=pool,
    )  # fmt: skip
    ends = time.monotonic() + seconds

    def one(_: int) -> int:
        done, pieces = 0, _pieces(size)
        while time.monotonic() < ends:
            until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
            client.put_object(
                bucket_name=_BUCKET, object_name=f"bare/{secrets.token_hex(8)}", data=io.BytesIO(next(pieces)),
                length=size, retention=Retention(COMPLIANCE, until),
            )  # fmt: skip
            done += 1
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(_IN_FLIGHT) as threads:
        done = sum(threads.map(one, range(_IN_FLIGHT)))
    return done / (time.monotonic() - began)


def _pieces(size: int) -> Iterator[bytes]:
    """Pieces no two of which are alike, at next to no cost: what is measured is not the making of random bytes."""
    rest = os.urandom(size - 16)
    while True:
        yield secrets.token_bytes(16) + rest


def ledger_cost(entries: int) -> LedgerCost:
    """Append so many, with the full tiles on disk; then prove some, spread over the log, twice: the second is timed."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Path(folder)

        def fetch(level: int, index: int) -> bytes:
            return (shelf / f"{level}-{index}").read_bytes()

        before = _memory_mb()
        tree = TiledTree(fetch)
        began = time.perf_counter()
        for leaf in _leaves(entries):
            for level, index, tile in tree.append(leaf_hash(leaf)):
                (shelf / f"{level}-{index}").write_bytes(tile)
        append_us = (time.perf_counter() - began) / entries * 1e6
        top = root(tree, entries)
        numbers = [number * entries // 100 for number in range(100)]
        paths = {number: inclusion(tree, number, entries) for number in numbers}
        assert all(verify_inclusion(n, entries, leaf_hash(_leaf(n)), paths[n], top) for n in numbers)
        took: list[float] = []
        for turn in range(_PROOFS):
            began = time.perf_counter()
            inclusion(tree, numbers[turn % len(numbers)], entries)
            took.append((time.perf_counter() - began) * 1e6)
        took.sort()
        return LedgerCost(
            entries, round(append_us, 1), round(took[len(took) // 2], 1), round(took[len(took) * 99 // 100], 1),
            max(map(len, paths.values())), round(_memory_mb() - before, 1),
        )  # fmt: skip


def _leaf(number: int) -> bytes:
    return b'{"key":"v1/demo/2026/11/s%d/media/p1/0/000001","seq":%d,"v":1}' % (number // 50, number)


def _leaves(count: int) -> Iterator[bytes]:
    return map(_leaf, range(count))


def _memory_mb() -> float:
    """Highest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
