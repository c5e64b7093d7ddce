"""docker/minio-proxy/nginx.conf in a real nginx before a real MinIO: what it lets through, and what it does not."""

import contextlib
import hashlib
import http.client
import io
import os
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error
from minio.retention import Retention

from evidence_store import Objects
from evidence_store.conformance import KeyPair, examine
from evidence_store.conformance.caller import Caller
from evidence_store.conformance.doors import _forge, _in_chunks
from evidence_store.conformance.examination import ids
from evidence_store.conformance.rewriting import REPLICA, archive
from evidence_store.conformance.scratch import Scratch
from evidence_store.errors import StoreUnreachable
from tests.evidence_store.conftest import client
from tests.evidence_store.test_conformance import NODE, minio_server  # noqa: F401
from tests.servers import Server, free_port, require

CONFIG = Path(__file__).parents[2] / "docker" / "minio-proxy" / "nginx.conf"
SENTENCE = "The proxy in front of the store refused this."
BYPASS = {"x-amz-bypass-governance-retention": "true"}
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
MINIOS_OWN = (
    "X-Minio-Source-Replication-Request", "X-Minio-Source-Mtime", "X-Minio-Source-Etag", "X-Minio-Force-Delete",
    "X-Minio-Force-Create", "X-Minio-Source-Deletemarker", "X-Minio-Source-Deletemarker-Delete", "X-Minio-From-Peer",
    "X-Minio-Source-Proxy-Request", "X-Minio-Source-Replication-Check", "X-Minio-Replication-Reset-Status",
    "X-Minio-Source-Replication-Retention-Timestamp", "X-Minio-Source-Replication-LegalHold-Timestamp",
    "X-Minio-Replication-Server-Side-Encryption-Sealed-Key", "X-Minio-Replication-Actual-Object-Size",
    "X-Minio-Meta-Anything", "X-Minio-Internal-Anything", "X-Minio-Not-Invented-Yet",
)  # fmt: skip


@contextmanager
def nginx(directory: Path, upstream: str) -> Generator[str]:
    """nginx with the configuration as it is shipped, but for its addresses and its directory. Yields host:port."""
    program = require("nginx", shutil.which("nginx") or "/usr/sbin/nginx")  # not on every PATH
    endpoint = f"127.0.0.1:{free_port()}"
    text = CONFIG.read_text()
    for shipped, ours in (
        ("listen 9000;", f"listen {endpoint};"),
        ("server minio:9000;", f"server {upstream};"),
        ("/tmp/nginx/", f"{directory}/"),
        ("worker_processes auto;", "worker_processes 1;"),
    ):
        assert shipped in text
        text = text.replace(shipped, ours)
    if os.geteuid() == 0:
        text = "user root;\n" + text  # else its worker would be nobody, who may not write into the tests' directory
    directory.mkdir(parents=True)
    (directory / "nginx.conf").write_text(text)
    log = directory / "log"
    with log.open("wb") as file:
        command = [program, "-c", directory / "nginx.conf", "-p", directory, "-g", "daemon off;"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 20
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(endpoint.split(":")[1]))):
                break
            time.sleep(0.05)
        yield endpoint
    finally:
        process.terminate()
        process.wait()


class Witness:
    """An upstream that writes down what reaches it, byte for byte, and answers 200."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        data = b""
        with contextlib.suppress(OSError):
            while more := connection.recv(1 << 16):
                data += more
                if data.endswith(b"\r\n\r\n"):
                    self.seen.append(data)
                    data = b""
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Witness]]:
    witness = Witness()
    with nginx(tmp_path_factory.mktemp("nginx") / "witnessed", witness.endpoint) as endpoint:
        yield endpoint, witness
    witness.listener.close()


@pytest.fixture(scope="module")
def proxy(minio_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:  # noqa: F811
    with nginx(tmp_path_factory.mktemp("nginx") / "proxy", minio_server.endpoint) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def root(proxy: str, minio_server: Server) -> Minio:  # noqa: F811
    """MinIO's operator, through the proxy."""
    return client(proxy, minio_server.access_key, minio_server.secret_key)


@pytest.fixture(scope="module")
def scratch(proxy: str, minio_server: Server) -> Generator[Scratch]:  # noqa: F811
    setup = KeyPair(minio_server.access_key, minio_server.secret_key)
    made = Scratch(proxy, NODE, setup, False, "takan-evidence", 1.0)
    made.open()
    yield made
    made.close()


def raw(endpoint: str, head: str) -> tuple[int, bytes]:
    """Send a request as it is written (lines ended by LF here) and return status and body."""
    host, _, port = endpoint.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.strip("\n").replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def test_every_line_of_the_examination_holds(proxy: str, minio_server: Server) -> None:  # noqa: F811
    setup = KeyPair(minio_server.access_key, minio_server.secret_key)
    Objects(proxy, setup.access_key, setup.secret_key, "takan-evidence", default_lock_days=180).prepare()
    verdict = examine(proxy, NODE, setup, bucket="takan-evidence", lock_s=2.0)
    assert [line.said for line in verdict.lines if not line.passed] == []
    assert {line.id for line in verdict.lines} >= {*ids(), "bucket-object-lock", "bucket-default-retention"}
    assert verdict.passed
    assert verdict.left_over == ()


@pytest.mark.parametrize("headers", [
    {"x-amz-meta-snowball-auto-extract": "true"}, {"X-AMZ-META-SNOWBALL-AUTO-EXTRACT": "false"},
    REPLICA, {"x-amz-replication-status": "PENDING"}, {"x-amz-replication-status": "0"}, BYPASS,
    {"x-amz-bypass-governance-retention": "false"}, {"x-amz-copy-source": "/takan-evidence/a"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("who", ["node", "setup"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_a_dangerous_header_is_refused_though_it_is_signed(
    scratch: Scratch, who: str, method: str, headers: dict[str, str]
) -> None:
    caller: Caller = getattr(scratch, who)
    path = f"{scratch.bucket}/never-there"
    answer = caller.send(method, path, headers=headers, body=b"anything" if method == "PUT" else b"")
    assert (answer.status, answer.code, SENTENCE in answer.data.decode()) == (403, "AccessDenied", True)
    assert scratch.versions("never-there") == []


@pytest.mark.parametrize("in_header", [False, True])
def test_a_write_without_the_secret_is_refused_by_the_proxy(scratch: Scratch, in_header: bool) -> None:
    body, headers = _in_chunks(b"forged")
    answer = _forge(scratch, f"{scratch.bucket}/never-there", body, headers, "", in_header=in_header)
    assert (answer.status, SENTENCE in answer.data.decode()) == (403, True)
    assert "X-Amz-Content-Sha256" in answer.data.decode()
    assert scratch.versions("never-there") == []


REFUSED = {
    "a trailer in lower case": f"PUT /b/k HTTP/1.1\nx-amz-content-sha256: {TRAILER.lower()}",
    "a trailer with spaces": f"PUT /b/k HTTP/1.1\nX-Amz-Content-Sha256:   {TRAILER}   ",
    "a trailer in the query": f"PUT /b/k?X-Amz-Content-Sha256={TRAILER} HTTP/1.1",
    "a trailer in the query, percent-encoded": "PUT /b/k?X-Amz-Content-Sha256=STREAMING%2DUNSIGNED-PAYLOAD-TRAILER "
    "HTTP/1.1",
    "a parameter's name percent-encoded": f"PUT /b/k?X%2DAmz-Content-Sha256={TRAILER} HTTP/1.1",
    "a second parameter of the name": f"PUT /b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Content-Sha256={TRAILER} "
    "HTTP/1.1",
    "a replica in the query": "PUT /b/k?X-Amz-Replication-Status=REPLICA HTTP/1.1",
    "a replica behind a fragment": "PUT /b/k?versionId=1#&X-Amz-Replication-Status=REPLICA HTTP/1.1",
    "a replica behind a fragment of the path": "PUT /b/k#?X-Amz-Replication-Status=REPLICA HTTP/1.1",
    "a replica behind a semicolon": "PUT /b/k?versionId=1;X-Amz-Replication-Status=REPLICA HTTP/1.1",
    "metadata in the query": "PUT /b/k?x-minio-meta-a=b HTTP/1.1",
    "an absolute address": "PUT http://minio/b/k?X-Amz-Replication-Status=REPLICA HTTP/1.1",
    "a value that is folded": "PUT /b/k HTTP/1.1\nX-Amz-Replication-Status:\n REPLICA",
    "a bypass without a value worth one": "DELETE /b/k?versionId=1 HTTP/1.1\nX-AMZ-BYPASS-GOVERNANCE-RETENTION: x",
    "a form": "POST /b?delete HTTP/1.1\nContent-Type: Multipart/Form-Data; boundary=x",
    "a form without a query": "POST /b HTTP/1.1\nContent-Type: multipart/form-data; boundary=x",
    "temporary credentials": "POST / HTTP/1.1\nContent-Type: application/x-www-form-urlencoded",
    "administration": "GET /minio/admin/v3/info HTTP/1.1",
    "administration, percent-encoded": "GET /%6dinio/admin/v3/info HTTP/1.1",
    "administration, with slashes": "GET //minio/admin/v3/info HTTP/1.1",
    "administration, roundabout": "GET /minio/health/../admin/v3/info HTTP/1.1",
    "metrics": "GET /minio/v2/metrics/cluster HTTP/1.1",
    "an old signature": "GET /b/k HTTP/1.1\nAuthorization: AWS somebody:signature",
    "a token of MinIO's": "GET /b/k HTTP/1.1\nAuthorization: Bearer a.b.c",
    "another method": "PATCH /b/k HTTP/1.1",
}


@pytest.mark.parametrize("head", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_never_reaches_the_store(witnessed: tuple[str, Witness], head: str) -> None:
    endpoint, witness = witnessed
    before = len(witness.seen)
    status, body = raw(endpoint, f"{head}\nHost: minio\nContent-Length: 0\nConnection: close")
    assert status in {400, 403}, body
    if status == 403:
        assert SENTENCE in body.decode()
    assert len(witness.seen) == before


REPEATED = {
    "replica after an empty one": "X-Amz-Replication-Status:\nX-Amz-Replication-Status: REPLICA",
    "archive after an empty one": "X-Amz-Meta-Snowball-Auto-Extract:\nx-amz-meta-snowball-auto-extract: true",
    "bypass after an empty one": "X-Amz-Bypass-Governance-Retention:\nX-Amz-Bypass-Governance-Retention: true",
    "trailer after another": f"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\nX-Amz-Content-Sha256: {TRAILER}",
    "trailer after an empty one": f"X-Amz-Content-Sha256:\nX-Amz-Content-Sha256: {TRAILER}",
    "underscores": "X_Amz_Replication_Status: REPLICA",
    "a space before the colon": "X-Amz-Replication-Status : REPLICA",
    **{name: f"{name}: true" for name in MINIOS_OWN},
    "lower case": "x-minio-source-replication-request: true",
}


@pytest.mark.parametrize("lines", REPEATED.values(), ids=REPEATED.keys())
def test_no_header_slips_by(witnessed: tuple[str, Witness], lines: str) -> None:
    endpoint, witness = witnessed
    before = len(witness.seen)
    status, _ = raw(endpoint, f"PUT /b/k HTTP/1.1\nHost: minio\n{lines}\nContent-Length: 0\nConnection: close")
    arrived = witness.seen[before:]
    assert status in {200, 400, 403}
    assert len(arrived) == (status == 200)
    for each in arrived:
        assert not re.search(rb"minio-|replication|snowball|bypass|TRAILER", each.split(b"\r\n", 1)[1], re.IGNORECASE)


def test_what_is_signed_arrives_as_it_was_sent(witnessed: tuple[str, Witness]) -> None:
    endpoint, witness = witnessed
    path = "/b/%E7%85%A7%20%2B//a%2Fb?partNumber=1&uploadId=a%2Bb"
    signed = {
        "Host": "minio.example.gov:9443",
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x-amz-date, Signature=00",
        "X-Amz-Date": "20260101T000000Z",
        "X-Amz-Content-Sha256": hashlib.sha256(b"").hexdigest(),
        "X-Amz-Object-Lock-Mode": "COMPLIANCE",
        "X-Amz-Object-Lock-Retain-Until-Date": "2056-01-01T00:00:00Z",
        "X-Amz-Checksum-Sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "If-None-Match": "*",
        "Content-Type": "video/mp4",
        "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        "Range": "bytes=1-2",
    }
    lines = "\n".join(f"{name}: {value}" for name, value in signed.items())
    assert raw(endpoint, f"PUT {path} HTTP/1.1\n{lines}\nContent-Length: 0\nConnection: close")[0] == 200
    request, *fields = witness.seen[-1].decode().strip().split("\r\n")
    assert request == f"PUT {path} HTTP/1.1"
    arrived = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    assert arrived == {name.lower(): value for name, value in signed.items()} | {"content-length": "0"}


def test_large_objects_ranges_parts_and_listings_pass(root: Minio, bucket: str) -> None:
    root.make_bucket(bucket_name=bucket, object_lock=True)
    data = secrets.token_bytes(12 * 2**20 + 7)
    lock = Retention(COMPLIANCE, datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1))
    whole: dict[str, Any] = {"bucket_name": bucket, "object_name": "照片/a b+c%.mp4"}
    parts: dict[str, Any] = {"bucket_name": bucket, "object_name": "parts"}
    first = root.put_object(**whole, data=io.BytesIO(data), length=len(data), part_size=64 * 2**20, retention=lock)
    root.put_object(**parts, data=io.BytesIO(data), length=-1, part_size=5 * 2**20, retention=lock)
    for where in (whole, parts):
        with contextlib.closing(root.get_object(**where)) as answer:
            assert hashlib.sha256(answer.read()).digest() == hashlib.sha256(data).digest()
    with contextlib.closing(root.get_object(**whole, offset=2**20, length=100, version_id=first.version_id)) as answer:
        assert (answer.status, answer.read()) == (206, data[2**20 : 2**20 + 100])
    assert root.get_object_retention(**whole, version_id=first.version_id).mode == COMPLIANCE
    listed = root.list_objects(bucket_name=bucket, recursive=True, include_version=True, prefix="")
    assert sorted(each.object_name or "" for each in listed) == ["parts", "照片/a b+c%.mp4"]
    link = root.get_presigned_url(method="GET", **whole, response_headers={"response-content-type": "video/mp4"})
    answer = urllib3.request("GET", link, headers={"Range": "bytes=0-9"})
    assert (answer.status, answer.data, answer.headers["content-type"]) == (206, data[:10], "video/mp4")


def test_a_refused_upload_is_answered_though_its_body_is_large(scratch: Scratch) -> None:
    version = scratch.unlocked("large")
    body = archive(version, secrets.token_bytes(8 * 2**20))
    answer = scratch.node.send("PUT", version.path, headers={"x-amz-meta-snowball-auto-extract": "true"}, body=body)
    assert answer.status == 403
    scratch.intact(version)


def test_a_store_that_is_down_counts_as_unreachable(tmp_path: Path) -> None:
    with nginx(tmp_path / "down", f"127.0.0.1:{free_port()}") as endpoint:
        objects = Objects(endpoint, NODE.access_key, NODE.secret_key, "takan-evidence")
        with pytest.raises(StoreUnreachable):
            objects.get("a", "b")


def test_people_who_use_the_sdk_read_why(root: Minio) -> None:
    archived = {"x-amz-meta-snowball-auto-extract": "true"}
    with pytest.raises(S3Error, match=f"{SENTENCE} Archives are not unpacked here") as refusal:
        root.put_object(
            bucket_name="any-bucket", object_name="k", data=io.BytesIO(b"a"), length=1, metadata={**archived}
        )
    assert refusal.value.code == "AccessDenied"
