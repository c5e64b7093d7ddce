"""A second copy on another server: everything arrives locked, once, and verifies from the copy alone."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import Embedded, Objects
from evidence_store.audit import Plan, audit
from evidence_store.embedded_profile import credentials_of
from evidence_store.errors import StoreUnreachable
from evidence_store.replicate import replicate
from tests.evidence_store.archive import Archive, clone, signer
from tests.evidence_store.conftest import S3, client
from tests.nodes import ROOT
from tests.servers import Server, minio

PLAN = Plan(keys=(signer().verifier,), copy=True)


class Way:
    """From an embedded store to a MinIO server, each with a bucket for one test."""

    def __init__(self, embedded: Embedded, source: S3, target: S3) -> None:
        self.embedded, self.source, self.target = embedded, source, target

    def buckets(self, name: str) -> tuple[Objects, Objects]:
        source, target = self.source.objects(name), self.target.objects(name)
        source.prepare()
        return source, target


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Generator[Way]:
    folder = tmp_path_factory.mktemp("way")
    store = Embedded(folder / "node" / "store")
    access = store.start()
    keys = credentials_of(folder / "node" / "store")
    with ExitStack() as stack:
        stack.callback(store.stop)
        server = stack.enter_context(minio(folder / "minio"))
        source = S3(
            Server(access.endpoint, access.access_key, access.secret_key),
            client(access.endpoint, keys.keeper_key, keys.keeper_secret),
            folder / "node" / "store",
        )
        target = S3(server, client(server.endpoint, server.access_key, server.secret_key), folder / "minio")
        yield Way(store, source, target)


def test_a_second_run_copies_only_what_is_new(way: Way, bucket: str, tmp_path: Path) -> None:
    source, target = way.buckets(bucket)
    archive = Archive(source, tmp_path)
    archive.survey("S1")
    short = archive.survey("S2", 8, retention=None)
    keys = len(source.names(""))
    first = replicate(source, target)
    assert (first.copied, first.already, first.extended, first.findings) == (keys, 0, 0, ())
    assert first.bytes == sum(len(source.first(key) or b"") for key in source.names(""))
    again = replicate(source, target)
    assert (again.copied, again.already, again.extended, again.bytes) == (0, keys, 0, 0)
    until = datetime.now(UTC) + timedelta(days=400)
    for each in short[:3]:
        source.extend(each.key, each.version_id, until)
    archive.survey("S3", 2)
    third = replicate(source, target)
    fresh = len(source.names("")) - keys
    assert (third.copied, third.already, third.extended, third.findings) == (fresh, keys, 3, ())
    report = audit(target, PLAN, seed="s")
    assert (report.findings, report.objects, report.bytes) == ((), len(archive.kept), archive.size())


def test_locks_and_media_types_are_those_of_the_source(way: Way, bucket: str) -> None:
    source, target = way.buckets(bucket)
    data = b"evidence"
    digest = hashlib.sha256(data).hexdigest()
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=77)
    source.put("v1/demo/2026/11/S1/a.m4s", data, digest, "video/iso.segment", until)
    replicate(source, target)
    (version,) = target.versions("v1/")
    stat = target.stat(version.key, version.version_id)
    assert (stat.locked_until, stat.media_type, stat.sha256, stat.size) == (until, "video/iso.segment", digest, 8)


class Breaking(Objects):
    """A connection to the copy that breaks for good after so many writes."""

    def __init__(self, real: Objects, writes: int) -> None:
        self.__dict__ = real.__dict__
        self._left = writes

    def put(self, key: str, data: bytes, sha256_hex: str, media_type: str, locked_until: datetime) -> str:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        return super().put(key, data, sha256_hex, media_type, locked_until)


def test_an_interrupted_copy_goes_on(way: Way, bucket: str, tmp_path: Path) -> None:
    source, target = way.buckets(bucket)
    archive = Archive(source, tmp_path)
    archive.survey("S1", 30, size=200)
    keys = len(source.names(""))
    with pytest.raises(KeyboardInterrupt):
        replicate(source, Breaking(target, 17))
    assert len(target.names("")) == 17
    rest = replicate(source, target)
    assert (rest.copied, rest.already, rest.findings) == (keys - 17, 17, ())
    assert audit(target, PLAN, seed="s").findings == ()


def test_what_is_wrong_on_either_side_is_named(way: Way, bucket: str) -> None:
    source, target = way.buckets(bucket)
    target.prepare()
    until = datetime.now(UTC) + timedelta(days=30)

    def put(store: Objects, name: str, data: bytes) -> str:
        return store.put(name, data, hashlib.sha256(data).hexdigest(), "text/plain", until)

    prefix = "v1/demo/2026/11/S1"
    put(source, f"{prefix}/good", b"good")
    put(source, f"{prefix}/taken", b"evidence")
    other = put(target, f"{prefix}/taken", b"planted!")
    loose = way.source.forge(bucket, f"{prefix}/loose", b"loose")
    summary = replicate(source, target)
    assert {(each.kind, each.key, each.version) for each in summary.findings} == {
        ("altered", f"{prefix}/taken", other),
        ("unlocked", f"{prefix}/loose", loose),
    }
    assert summary.copied == 2
    (copied,) = target.versions(f"{prefix}/loose")
    locked = target.stat(copied.key, copied.version_id).locked_until
    assert locked is not None
    assert timedelta(hours=23) < locked - datetime.now(UTC) < timedelta(hours=25)


def test_the_version_whose_digest_the_key_names_is_copied(way: Way, bucket: str, tmp_path: Path) -> None:
    source, target = way.buckets(bucket)
    archive = Archive(source, tmp_path)
    kept = archive.survey("S1", 2)[0]
    way.source.forge(bucket, kept.key, b"written over")
    assert replicate(source, target).findings == ()
    assert hashlib.sha256(target.first(kept.key) or b"").hexdigest() == kept.sha256


def test_a_damaged_copy_is_found_from_the_copy_alone(way: Way, bucket: str, tmp_path: Path) -> None:
    source, target = way.buckets(bucket)
    archive = Archive(source, tmp_path)
    altered, gone = archive.survey("S1")[1:3]
    target.prepare()
    clone(source, target, {altered.key: b"something else", gone.key: None})
    report = audit(target, PLAN, seed="s")
    assert {(each.kind, each.key) for each in report.findings} == {
        ("altered", altered.key),
        ("size", altered.key),
        ("missing", gone.key),
    }
    # Without being told that it is a copy, no version is taken for another.
    original = audit(target, Plan(keys=PLAN.keys), seed="s")
    assert {each.kind for each in original.findings} == {"missing"}
    assert len(original.findings) == len(archive.kept)


def takan(*arguments: str, **variables: str) -> tuple[int, str, str]:
    run = subprocess.run(
        [sys.executable, "-m", "survey_server.cli", *arguments],
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("TAKAN_")}, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout, run.stderr


def test_the_commands_and_a_copy_that_stands_alone(way: Way, bucket: str, tmp_path: Path) -> None:
    """Last here: it stops the source."""
    source, _ = way.buckets(bucket)
    archive = Archive(source, tmp_path)
    for number in range(10):
        archive.survey(f"S{number}")
    here = {"TAKAN_STORE_ENDPOINT": source.endpoint, "TAKAN_STORE_BUCKET": bucket,
            "TAKAN_STORE_ACCESS_KEY": way.source.server.access_key,
            "TAKAN_STORE_SECRET_KEY": way.source.server.secret_key}  # fmt: skip
    to = way.target.server
    keys = tmp_path / "vkeys"
    keys.write_text(f"{archive.vkey}\n")

    code, out, said = takan("audit", "--vkey-file", str(keys), "--json", "--state", str(tmp_path / "s.json"), **here)
    found = json.loads(out)
    assert (code, found["findings"], found["objects"], found["resumed"]) == (0, [], len(archive.kept), False), said
    assert found["logs"] == [{"origin": "log.example/n1", "size": archive.log.size, "signed_by": [archive.vkey]}]
    assert found.keys() >= {"endpoint", "bucket", "bytes", "seconds"}
    assert "listing" in said

    copying = ["replicate", "--to-endpoint", to.endpoint, "--to-access-key", to.access_key,
               "--to-secret-key", to.secret_key, "--to-bucket", bucket, "--json"]  # fmt: skip
    code, out, said = takan(*copying, **here)
    assert (code, json.loads(out)["copied"]) == (0, len(source.names(""))), said

    way.embedded.stop()
    with pytest.raises(StoreUnreachable):
        source.ping()
    code, _, said = takan("audit", **here)
    assert (code, "does not answer" in said) == (2, True)

    there = [
        "--endpoint",
        to.endpoint,
        "--access-key",
        to.access_key,
        "--secret-key",
        to.secret_key,
        "--bucket",
        bucket,
    ]
    code, out, said = takan("audit", "--copy", "--vkey", archive.vkey, *there)
    assert code == 0, out + said
    assert f"{len(archive.kept)} objects" in out
    assert "nothing wrong" in out
    code, out, _ = takan("audit", "--copy", "--margin", "9000", "--sample", "5%", *there)
    assert code == 0  # nearly 25 years, and all of it is locked for 30
    assert "signer unchecked" in out
    code, out, _ = takan("audit", *there, "--json")
    assert (code, {each["kind"] for each in json.loads(out)["findings"]}) == (1, {"missing"})

    code, out, said = takan("audit", "--embedded", "--data", str(way.source.directory.parent), "--bucket", bucket)
    assert code == 0, out + said
    code, _, said = takan("audit", "--sample", "105%", *there)
    assert (code, "--sample" in said) == (2, True)
