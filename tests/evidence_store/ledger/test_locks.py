"""A log's own locks, in real stores: block by block, the version that counts, and one that is refused."""

import hashlib
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import Objects
from evidence_store.errors import LockRefused, NotFound
from evidence_store.ledger.locks import LogLocks, given_up
from evidence_store.ledger.log import LOCK
from evidence_store.objects import Version
from tests.evidence_store.conftest import S3, _embedded, _minio

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = (
    "vkey", "tsa/0.pem", "tile/0/000", "tile/entries/000", "checkpoint/000000001", "checkpoint/000000001.tsr",
    "batch/000000001-0.jsonl", "checkpoint/000000999", "batch/000000999-0.jsonl", "checkpoint/000001000",
    "batch/000001000-0.jsonl",
)  # fmt: skip
BLOCKS = ["vkey", "tsa/", "tile/", "checkpoint/000000", "batch/000000", "checkpoint/000001", "batch/000001"]


def put(objects: Objects, key: str, data: bytes) -> str:
    return objects.put(key, data, hashlib.sha256(data).hexdigest(), "text/plain", NOW + timedelta(hours=1))


@pytest.fixture(
    scope="module",
    params=[pytest.param(_embedded, id="embedded"), pytest.param(_minio, id="minio", marks=pytest.mark.long)],
)
def s3_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[S3]:
    with request.param(tmp_path_factory.mktemp("s3") / "data") as server:
        yield server


@pytest.fixture
def log(objects: Objects) -> dict[str, str]:
    """Keys with their versions; another node's log beside it has a name that begins alike."""
    put(objects, "log/n10/checkpoint/000000001", b"of another")
    return {key: put(objects, key, key.encode()) for key in (f"log/n1/{name}" for name in NAMES)}


def through(locks: LogLocks, now: datetime, refused: str = "") -> list[str]:
    """One pass, as the node goes through it. The names of the blocks that were to be done."""
    until, names, whole = locks.begin(now), [], True
    for block in locks.blocks():
        names.append(block.name)
        if any(each.key == refused for each in block.versions):
            whole = False
            continue
        for version in block.versions:
            assert locks.extend(version, until) == until
        locks.finish(block)
    if whole:
        locks.end()
    return names


def test_everything_of_the_log_and_nothing_else(
    objects: Objects, log: dict[str, str], s3_server: S3, bucket: str, tmp_path: Path
) -> None:
    checkpoint, batch = "log/n1/checkpoint/000000001", "log/n1/batch/000000999-0.jsonl"
    forged = s3_server.forge(bucket, checkpoint, b"something else")
    s3_server.keeper.remove_object(bucket_name=bucket, object_name=batch)  # a marker hides it, and removes nothing
    locks = LogLocks(objects, "log/n1", tmp_path / "note.json")
    assert through(locks, NOW) == BLOCKS
    assert {objects.stat(key, version).locked_until for key, version in log.items()} == {NOW + LOCK}
    assert objects.stat(checkpoint, forged).locked_until is None
    (other,) = objects.versions("log/n10/")
    assert objects.stat(other.key, other.version_id).locked_until == NOW + timedelta(hours=1)
    assert locks.next_at == NOW + timedelta(days=365)
    assert through(locks, NOW + timedelta(days=364)) == []
    assert through(LogLocks(objects, "log/n1", tmp_path / "note.json"), NOW + timedelta(days=365)) == BLOCKS
    assert objects.stat(checkpoint, log[checkpoint]).locked_until == NOW + timedelta(days=365) + LOCK


def test_a_block_with_a_refusal_is_done_again_and_no_other(
    objects: Objects, log: dict[str, str], tmp_path: Path
) -> None:
    locks = LogLocks(objects, "log/n1", tmp_path / "note.json")
    assert through(locks, NOW, refused="log/n1/tile/0/000") == BLOCKS
    assert locks.next_at is None
    again = LogLocks(objects, "log/n1", tmp_path / "note.json")
    assert through(again, NOW + timedelta(days=1)) == ["tile/"]
    assert again.next_at == NOW + timedelta(days=365)
    with pytest.raises((NotFound, LockRefused)):
        again.extend(Version("log/n1/vkey", "0" * 32, 0, NOW, is_marker=False), NOW + LOCK)


def test_an_empty_log_and_a_note_that_is_broken(objects: Objects, tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    assert through(LogLocks(objects, "log/n1", note), NOW)[-1] == "tile/"
    note.write_bytes(b"{")
    assert LogLocks(objects, "log/n1", note).next_at is None


def test_a_log_that_nobody_looks_after_is_taken_on(objects: Objects, tmp_path: Path) -> None:
    def found(now: datetime) -> list[str]:
        return [locks.prefix for locks in given_up(objects, "log/own", tmp_path, now)]

    written = NOW - timedelta(days=1)
    for node in ("own", "gone", "there"):
        key = f"log/{node}/vkey"
        objects.put(key, b"k", hashlib.sha256(b"k").hexdigest(), "text/plain", written + LOCK)
    put(objects, "log/strange/other", b"no log")
    assert found(NOW) == []
    there = next(iter(objects.versions("log/there/vkey")))
    objects.extend(there.key, there.version_id, NOW + timedelta(days=365) + LOCK)
    late = NOW + timedelta(days=365 + 182)
    assert found(late) == ["log/gone"]
    (locks,) = given_up(objects, "log/own", tmp_path, late)
    assert through(locks, late)[0] == "vkey"
    gone = next(iter(objects.versions("log/gone/vkey")))
    assert objects.stat(gone.key, gone.version_id).locked_until == late + LOCK
    assert found(late) == ["log/gone"], "and looked after from now on"
    (locks,) = given_up(objects, "log/own", tmp_path, late + timedelta(days=1))
    assert through(locks, late + timedelta(days=1)) == [], "once a year"
