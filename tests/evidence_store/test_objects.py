"""What is asked of an S3 server, of the embedded one and of MinIO alike."""

import hashlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error
from minio.retention import Retention

from evidence_store import Objects
from evidence_store.errors import (
    ChecksumRefused,
    KeyTaken,
    NotFound,
    StoreRefused,
    StoreUnreachable,
    UnlockedBucket,
)
from tests.evidence_store.conftest import S3
from tests.evidence_store.wire import Wire


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def in_days(days: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


def put(objects: Objects, key: str, data: bytes, until: datetime | None = None) -> str:
    return objects.put(key, data, sha256(data), "application/octet-stream", until or in_days(2))


@pytest.mark.parametrize("size", [0, 1, 6 * 2**20], ids=["empty", "a-byte", "6-MiB"])
def test_what_is_put_is_there_as_one_locked_version(objects: Objects, s3_server: S3, bucket: str, size: int) -> None:
    data = b"\xa5" * size
    until = in_days(180)
    version = put(objects, "v1/2026/踏勘/photo.jpg", data, until)
    stat = objects.stat("v1/2026/踏勘/photo.jpg", version)
    assert objects.get("v1/2026/踏勘/photo.jpg", version) == data
    assert (stat.size, stat.sha256, stat.locked_until) == (size, sha256(data), until)
    assert s3_server.versions(bucket, "v1/2026/踏勘/photo.jpg") == [version]


def test_a_locked_version_cannot_be_removed_nor_its_lock_shortened(
    objects: Objects, s3_server: S3, bucket: str
) -> None:
    until = in_days(10)
    version = put(objects, "a", b"evidence", until)
    with pytest.raises(S3Error) as refused:
        s3_server.keeper.remove_object(bucket_name=bucket, object_name="a", version_id=version)
    assert refused.value.code in {
        "AccessDenied",
        "InvalidRequest",
    }  # InvalidRequest: MinIO's "Object is WORM protected"
    with pytest.raises(S3Error):
        shorter = Retention(COMPLIANCE, in_days(5))
        s3_server.keeper.set_object_retention(bucket_name=bucket, object_name="a", version_id=version, config=shorter)
    s3_server.keeper.remove_object(bucket_name=bucket, object_name="a")  # hides the key, and no more
    assert objects.get("a", version) == b"evidence"
    assert objects.stat("a", version).locked_until == until


def test_extending_lengthens_and_never_shortens(objects: Objects) -> None:
    version = put(objects, "a", b"evidence", in_days(10))
    longer = in_days(365 * 30)
    assert objects.extend("a", version, longer) == longer
    assert objects.extend("a", version, in_days(20)) == longer
    assert objects.stat("a", version).locked_until == longer


def test_a_bucket_without_object_lock_is_refused(s3_server: S3, bucket: str) -> None:
    s3_server.keeper.make_bucket(bucket_name=bucket)
    with pytest.raises(UnlockedBucket, match="without object lock"):
        s3_server.objects(bucket).prepare()


def test_preparing_twice_and_at_once_is_fine(s3_server: S3, bucket: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: s3_server.objects(bucket).prepare(), range(4)))
    put(s3_server.objects(bucket), "a", b"evidence")


def test_the_same_bytes_again_are_the_same_version(objects: Objects, s3_server: S3, bucket: str) -> None:
    first = put(objects, "a", b"evidence", in_days(2))
    longer = in_days(3)
    assert put(objects, "a", b"evidence", longer) == first
    assert objects.stat("a", first).locked_until == longer
    assert s3_server.versions(bucket, "a") == [first]


def test_other_bytes_under_a_taken_key_are_refused(objects: Objects, s3_server: S3, bucket: str) -> None:
    first = put(objects, "a", b"evidence")
    with pytest.raises(KeyTaken):
        put(objects, "a", b"other")
    assert s3_server.versions(bucket, "a") == [first]


def test_a_key_that_begins_like_another_is_not_taken_for_it(objects: Objects) -> None:
    longer = put(objects, "a.json", b"evidence")
    assert put(objects, "a", b"evidence") != longer
    assert objects.find("a.js", 8, sha256(b"evidence")) is None


def test_a_write_whose_answer_was_lost_is_found_again(s3_server: S3, objects: Objects, bucket: str) -> None:
    with Wire(s3_server.server.endpoint).up() as wire:
        far = s3_server.objects(bucket, wire.endpoint)
        far.ping()
        wire.lose_answers = 1
        with pytest.raises(StoreUnreachable):
            put(far, "a", b"evidence")
        deadline = time.monotonic() + 5
        while not s3_server.versions(bucket, "a") and time.monotonic() < deadline:
            time.sleep(0.05)
        [written] = s3_server.versions(bucket, "a")
        assert put(far, "a", b"evidence") == written
    assert s3_server.versions(bucket, "a") == [written]


def test_a_retry_finds_its_version_under_a_forged_newer_one(objects: Objects, s3_server: S3, bucket: str) -> None:
    first = put(objects, "a", b"evidence")
    forged = s3_server.forge(bucket, "a", b"forgery!")
    assert forged != first
    assert put(objects, "a", b"evidence") == first
    assert objects.get("a", first) == b"evidence"


def test_of_sixteen_writers_one_writes(objects: Objects, s3_server: S3, bucket: str) -> None:
    def attempt(number: int) -> str | None:
        try:
            return put(objects, "a", b"writer %d" % number)
        except KeyTaken:
            return None

    with ThreadPoolExecutor(16) as pool:
        won = [each for each in pool.map(attempt, range(16)) if each]
    assert len(won) == 1
    assert s3_server.versions(bucket, "a") == won


def test_writers_of_the_same_bytes_agree(objects: Objects, s3_server: S3, bucket: str) -> None:
    def attempt(_: int) -> str:
        while True:
            try:
                return put(objects, "a", b"evidence")
            except StoreUnreachable:
                time.sleep(0.05)  # the first is not visible yet; the store tries again the same way

    with ThreadPoolExecutor(6) as pool:
        versions = set(pool.map(attempt, range(6)))
    assert len(versions) == 1
    assert s3_server.versions(bucket, "a") == list(versions)


def test_only_the_asking_thread_writes_conditionally(objects: Objects) -> None:
    """Retention is a PUT too: it must pass while other threads write."""
    versions = [put(objects, f"k{n}", b"evidence") for n in range(4)]
    until = in_days(9)
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(put, objects, f"w{n}", b"x") for n in range(16)]
        locks = [pool.submit(objects.extend, f"k{n}", version, until) for n, version in enumerate(versions)]
    assert all(each.result() for each in writes)
    assert [each.result() for each in locks] == [until] * 4


def test_bytes_that_do_not_fit_their_checksum_are_refused(objects: Objects, s3_server: S3, bucket: str) -> None:
    with pytest.raises(ChecksumRefused):
        objects.put("a", b"evidence", sha256(b"something else"), "text/plain", in_days(2))
    assert s3_server.versions(bucket, "a") == []


def test_what_is_not_there_is_not_found(objects: Objects) -> None:
    version = put(objects, "a", b"evidence")
    with pytest.raises(NotFound):
        objects.get("b", version)
    with pytest.raises(NotFound):
        objects.extend("b", version, in_days(9))


def test_wrong_keys_are_refused_in_words(s3_server: S3, bucket: str) -> None:
    wrong = Objects(s3_server.server.endpoint, s3_server.server.access_key, "not the secret key", bucket)
    with pytest.raises(StoreRefused, match="access key"):
        wrong.prepare()


def test_a_lock_needs_a_zone(objects: Objects) -> None:
    with pytest.raises(ValueError, match="zone"):
        put(objects, "a", b"evidence", datetime(2030, 1, 1))


def test_a_store_that_is_down_is_noticed_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(StoreUnreachable):
        Objects("127.0.0.1:9", "key", "secret-secret", "evidence").prepare()
    assert time.monotonic() - started < 1


def test_a_store_that_swallows_connections_is_noticed_in_two_seconds() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        started = time.monotonic()
        with pytest.raises(StoreUnreachable):
            Objects(f"127.0.0.1:{deaf.getsockname()[1]}", "key", "secret-secret", "evidence").prepare()
        assert 1 < time.monotonic() - started < 3.5
        for each in waiting:
            each.close()


def test_a_store_may_take_its_time_to_take_a_body(s3_server: S3, objects: Objects, bucket: str) -> None:
    """Connecting must be quick, sending need not be: the connect timeout does not cut a slow upload."""
    with Wire(s3_server.server.endpoint).up() as wire:
        wire.wait_before_reading = 2.2
        data = b"\x5a" * (8 * 2**20)
        version = put(s3_server.objects(bucket, wire.endpoint), "slow", data)
    assert objects.stat("slow", version).sha256 == sha256(data)
