"""`takan store check` on real servers: what passes, what is refused, and with which reason."""

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin
from typer.testing import CliRunner

from evidence_store import Embedded, Objects
from evidence_store.conformance import KeyPair, Verdict, examine
from evidence_store.conformance.caller import Caller, refused
from evidence_store.conformance.check import Check
from evidence_store.conformance.examination import ids, judged
from evidence_store.conformance.locks import remove_version
from evidence_store.conformance.scratch import Scratch
from evidence_store.conformance.standing import standing
from evidence_store.embedded_profile import credentials_of
from evidence_store.errors import StoreRefused, StoreUnreachable
from survey_server.cli import app
from tests.evidence_store.conftest import client
from tests.evidence_store.wire import Wire
from tests.servers import Server, free_port, minio, require

WEED = Path(sys.executable).with_name("weed")
LOCK_S = 2.0
NODE = KeyPair("node-key-of-the-tests", "node-secret-of-the-tests")

APPEND_ONLY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "s3:CreateBucket",
                "s3:GetBucketLocation",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetBucketVersioning",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:GetObjectRetention",
                "s3:PutObjectRetention",
            ],
            "Resource": ["arn:aws:s3:::takan-evidence*"],
        }
    ],
}
"""What a node's key needs on MinIO, and nothing besides."""


class Proxy(Wire):
    """What has to stand in front of MinIO: it refuses four kinds of requests and forwards all others as they are."""

    REFUSED = re.compile(
        rb"^x-amz-(meta-snowball-auto-extract|replication-status):"
        rb"|^x-amz-content-sha256: *STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        rb"|^PUT [^\r\n]+\r\n(?:[^\r\n]+\r\n)*?x-amz-bypass-governance-retention:",
        re.IGNORECASE | re.MULTILINE,
    )

    def _forward(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        if answers:
            super()._forward(source, target, answers)
            return
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if self.REFUSED.search(data):
                    source.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    source.shutdown(socket.SHUT_WR)
                    while source.recv(1 << 16):
                        pass
                    break
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A real MinIO with an append-only user, NODE."""
    with minio(tmp_path_factory.mktemp("minio") / "data") as server:
        root = StaticProvider(server.access_key, server.secret_key)
        admin = MinioAdmin(endpoint=server.endpoint, credentials=root, secure=False, region="us-east-1")
        admin.policy_add("append-only", policy=APPEND_ONLY)
        admin.user_add(NODE.access_key, NODE.secret_key)
        admin.policy_set("append-only", user=NODE.access_key)
        yield server


@pytest.fixture(scope="module")
def root(minio_server: Server) -> Minio:
    return client(minio_server.endpoint, minio_server.access_key, minio_server.secret_key)


@pytest.fixture(scope="module")
def proxied(minio_server: Server, root: Minio) -> Generator[Verdict]:
    """What is found on MinIO behind the proxy, with a bucket that has no lock."""
    root.make_bucket(bucket_name="takan-evidence-plain")
    with Proxy(minio_server.endpoint).up() as proxy:
        setup = KeyPair(minio_server.access_key, minio_server.secret_key)
        yield examine(proxy.endpoint, NODE, setup, bucket="takan-evidence-plain", lock_s=LOCK_S)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, KeyPair, KeyPair]]:
    """The embedded store: its endpoint, the writer's key and the keeper's."""
    require("weed", WEED)
    directory = tmp_path_factory.mktemp("embedded")
    store = Embedded(directory)
    access = store.start()
    store.prepare("takan-evidence", 180)
    keys = credentials_of(directory)
    try:
        yield (
            access.endpoint,
            KeyPair(access.access_key, access.secret_key),
            KeyPair(keys.keeper_key, keys.keeper_secret),
        )
    finally:
        store.stop()


@contextmanager
def plain_weed(directory: Path) -> Generator[str]:
    """SeaweedFS as it comes: no credentials, nothing hardened; only the ports are chosen."""
    names = ("master", "volume", "filer", "s3", "admin")
    ports = {name: free_port() for name in names}
    chosen = [f"-{name}.port={port}" for name, port in ports.items()]
    chosen += [f"-{name}.port.grpc={free_port()}" for name in names]
    options = ["-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
    (directory / "data").mkdir()
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [require("weed", WEED), "mini", "-dir=data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *chosen, *options],
            cwd=directory,
            env={"HOME": str(directory), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        endpoint = f"127.0.0.1:{ports['s3']}"
        deadline = time.monotonic() + 30
        while True:
            objects = Objects(endpoint, "anything", "anything-else", "ready")
            try:
                objects.prepare()
                break
            except (StoreUnreachable, StoreRefused):
                assert time.monotonic() < deadline, (directory / "log").read_text()[-500:]
                time.sleep(0.1)
        yield endpoint
    finally:
        process.kill()
        process.wait()


def check(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["store", "check", *arguments])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.output


def refusals(verdict: Verdict) -> set[str]:
    return {line.id for line in verdict.refusals}


def test_every_line_holds_on_the_embedded_store() -> None:
    require("weed", WEED)
    code, output = check("--embedded", "--json", "--bucket", "not-there-yet")
    found: dict[str, Any] = json.loads(output)
    assert [each for each in found["checks"] if not each["passed"]] == []
    assert (code, found["passed"], found["left_over"]) == (0, True, [])
    assert "SeaweedFS" in found["server"]
    assert [each["id"] for each in found["checks"]] == ["bucket-object-lock", *ids()]
    assert {"endpoint", "server", "passed", "at", "checks", "left_over"} == set(found)


def test_every_line_holds_on_minio_behind_a_proxy(proxied: Verdict, root: Minio) -> None:
    of_the_list = [line for line in proxied.lines if line.id in ids()]
    assert [line.said for line in of_the_list if not line.passed] == []
    assert [line.id for line in of_the_list] == ids()
    assert proxied.server == "MinIO"
    assert proxied.left_over == ()
    assert [each.name for each in root.list_buckets() if "-check-" in each.name] == []


def test_a_bucket_without_lock_is_refused(proxied: Verdict) -> None:
    assert refusals(proxied) == {"bucket-object-lock"}
    assert not proxied.passed
    assert "Nothing written there would be locked" in proxied.refusals[0].said


def test_a_bucket_is_looked_at_and_left_alone(embedded: tuple[str, KeyPair, KeyPair]) -> None:
    endpoint, _, keeper = embedded
    caller = Caller(endpoint, keeper, False, urllib3.PoolManager())
    lines = {line.id: line for line in standing(caller, "takan-evidence")}
    assert all(line.passed for line in lines.values())
    assert "180 days" in lines["bucket-default-retention"].said
    caller.client.make_bucket(bucket_name="no-default", object_lock=True)
    [warning] = [line for line in standing(caller, "no-default") if not line.passed]
    assert (warning.id, warning.critical) == ("bucket-default-retention", False)
    assert list(caller.client.list_objects(bucket_name="no-default")) == []


def test_minio_by_itself_is_refused_because_it_rewrites_locked_versions(minio_server: Server) -> None:
    """Its last sources write over locked versions for whoever says he replicates or sends an archive."""
    setup = KeyPair(minio_server.access_key, minio_server.secret_key)
    verdict = examine(minio_server.endpoint, NODE, setup, lock_s=LOCK_S)
    reasons = {line.id: line.reason for line in verdict.refusals}
    assert set(reasons) == {
        "node-cannot-rewrite-version",
        "setup-cannot-rewrite-version",
        "keyless-write-spares-locked",
    }
    for way in ("an archive that names it", "an upload in parts as a replica"):
        assert f"After {way}: Afterwards the version held other bytes." in reasons["node-cannot-rewrite-version"]
    assert "After a removal as a replica" not in reasons["node-cannot-rewrite-version"]
    assert "After a removal as a replica" in reasons["setup-cannot-rewrite-version"]
    assert "Afterwards the version held other bytes" in reasons["keyless-write-spares-locked"]
    assert {line.id for line in verdict.warnings} == {"keyless-write-refused", "node-cannot-shorten-governance"}
    assert all("Put a proxy in front" in line.said or "put a proxy in front" in line.said for line in verdict.refusals)
    assert not verdict.passed


def test_an_operators_key_is_refused_as_the_nodes(embedded: tuple[str, KeyPair, KeyPair]) -> None:
    endpoint, _, keeper = embedded
    verdict = examine(endpoint, keeper, keeper, lock_s=LOCK_S)
    assert refusals(verdict) == {
        "node-cannot-mark-deleted",
        "node-cannot-delete-version",
        "node-cannot-delete-in-bulk",
        "node-cannot-bypass-governance",
        "node-cannot-change-lock-config",
        "node-cannot-change-versioning",
        "node-cannot-delete-bucket",
        "node-cannot-set-policy",
    }
    [removed] = [line for line in verdict.refusals if line.id == "node-cannot-delete-version"]
    assert removed.reason == "A version whose lock is over was removed."
    assert removed.unsafe in removed.said
    assert verdict.left_over == ()


def test_the_embedded_servers_default_profile_is_refused(tmp_path: Path) -> None:
    with plain_weed(tmp_path) as endpoint:
        verdict = examine(endpoint, NODE, KeyPair("somebody", "somebody's secret"), lock_s=LOCK_S)
    assert {
        "anonymous-read",
        "anonymous-write",
        "anonymous-list",
        "wrong-secret-refused",
        "node-cannot-delete-version",
    } <= refusals(verdict)
    [read] = [line for line in verdict.refusals if line.id == "anonymous-read"]
    assert read.reason == "Anybody could read the object."


def test_what_cannot_be_carried_out_is_no_verdict(embedded: tuple[str, KeyPair, KeyPair], tmp_path: Path) -> None:
    endpoint, writer, keeper = embedded

    def options(at: str, setup: KeyPair) -> list[str]:
        node = ["--endpoint", at, "--access-key", writer.access_key, "--secret-key", writer.secret_key]
        return [*node, "--setup-access-key", setup.access_key, "--setup-secret-key", setup.secret_key]

    nobody_there = check(*options(f"127.0.0.1:{free_port()}", keeper))
    wrong_secret = check(*options(endpoint, KeyPair(keeper.access_key, "not the secret")))
    no_rights = check(*options(endpoint, writer))
    no_store = check("--endpoint", endpoint)
    settings = tmp_path / "takan.toml"
    settings.write_text(f'store_endpoint = "127.0.0.1:{free_port()}"\nstore_access_key = "a"\nstore_secret_key = "b"\n')
    of_a_file = check("--config", str(settings), "--setup-access-key", "c", "--setup-secret-key", "d")
    assert [each[0] for each in (nobody_there, wrong_secret, no_rights, no_store, of_a_file)] == [2] * 5
    assert "does not answer" in nobody_there[1]
    assert "does not answer" in of_a_file[1]
    assert "may not make the bucket" in wrong_secret[1]
    assert "prove nothing" in " ".join(no_rights[1].split())
    assert "--setup-access-key" in no_store[1]


def test_a_slow_store_is_not_mistaken_for_an_unsafe_one(embedded: tuple[str, KeyPair, KeyPair]) -> None:
    endpoint, writer, keeper = embedded
    lengths: list[float] = []

    def remove_slowly(scratch: Scratch) -> str:
        lengths.append(scratch.lock_s)
        version = scratch.locked("slow")
        time.sleep(4 if scratch.lock_s < 4 else 0)
        return refused("The locked version was removed", lambda: remove_version(scratch.setup, version))

    scratch = Scratch(endpoint, writer, keeper, False, "takan-evidence", 2.0)
    scratch.open()
    line = judged(Check("slow", "A locked version stays.", "", remove_slowly), scratch)
    assert (line.passed, lengths) == (True, [2.0, 6.0])


def test_a_bucket_the_node_makes_gets_a_default_lock_where_its_key_may_set_one(
    embedded: tuple[str, KeyPair, KeyPair], minio_server: Server, root: Minio, bucket: str
) -> None:
    with_rights = Objects(
        minio_server.endpoint, minio_server.access_key, minio_server.secret_key, bucket, default_lock_days=7
    )
    with_rights.prepare()
    config = root.get_object_lock_config(bucket_name=bucket)
    assert (config.mode, config.duration, config.duration_unit) == (COMPLIANCE, 7, "Days")
    root.delete_object_lock_config(bucket_name=bucket)
    with_rights.prepare()
    assert root.get_object_lock_config(bucket_name=bucket).mode is None, "a bucket that exists is left as it is"

    endpoint, writer, keeper = embedded
    Objects(endpoint, writer.access_key, writer.secret_key, bucket, default_lock_days=7).prepare()
    assert (
        client(endpoint, keeper.access_key, keeper.secret_key).get_object_lock_config(bucket_name=bucket).mode is None
    )
