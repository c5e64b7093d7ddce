"""An archive of 10,000 objects (TAKAN_ARCHIVE_OBJECTS) is copied to another server, where it stands
alone; then damaged on its own store's disk, where each of three faults is found.
"""

import json
import os
import sqlite3
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from evidence_store import Embedded, Kept, Objects
from tests.evidence_store.archive import Archive
from tests.evidence_store.test_replicate import takan
from tests.servers import minio

OBJECTS = int(os.environ.get("TAKAN_ARCHIVE_OBJECTS", "10000"))
A_SURVEY = 100


def _flip_a_bit(directory: Path, data: bytes) -> None:
    for volume in directory.rglob("*.dat"):
        at = volume.read_bytes().find(data)
        if at >= 0:
            with volume.open("r+b") as file:
                file.seek(at + len(data) // 2)
                file.write(bytes([data[len(data) // 2] ^ 4]))
            return
    raise AssertionError("no volume holds these bytes")


def _take_out(directory: Path, bucket: str, kept: Kept) -> None:
    """Take a locked object out of the stopped store's table of names."""
    db = sqlite3.connect(directory / "filer.db")
    folder = f"/{kept.key}.versions"
    with db:
        gone = db.execute(f'DELETE FROM "{bucket}" WHERE directory = ?', (folder,)).rowcount
        gone += db.execute(f"DELETE FROM \"{bucket}\" WHERE directory || '/' || name = ?", (folder,)).rowcount
    db.close()
    assert gone == 2


def _figures(words: str, began: float) -> None:
    print(f"{words}: {time.monotonic() - began:.1f} s")


@pytest.mark.long
def test_three_faults_among_ten_thousand_objects(tmp_path: Path) -> None:
    bucket = "takan-evidence"
    directory = tmp_path / "node" / "store"
    node = ("--embedded", "--data", str(directory.parent), "--bucket", bucket, "--json")
    store = Embedded(directory)
    with ExitStack() as stack:
        access = store.start()
        stack.callback(store.stop)
        objects = Objects(access.endpoint, access.access_key, access.secret_key, bucket)
        objects.prepare()
        archive = Archive(objects, tmp_path)
        began = time.monotonic()
        for number in range(OBJECTS // A_SURVEY):
            archive.survey(f"S{number:03}", A_SURVEY - 2, retention=("permanent", 10)[number % 2], size=16_000)
        _figures(f"{len(archive.kept)} objects, {archive.size()} bytes written", began)
        assert len(archive.kept) == OBJECTS
        vkey = ("--vkey", archive.vkey)
        store.stop()

        copy = stack.enter_context(minio(tmp_path / "minio"))
        there = {"TAKAN_STORE_ENDPOINT": copy.endpoint, "TAKAN_STORE_ACCESS_KEY": copy.access_key,
                 "TAKAN_STORE_SECRET_KEY": copy.secret_key, "TAKAN_STORE_BUCKET": bucket}  # fmt: skip
        to = {name.replace("STORE", "COPY"): value for name, value in there.items()}
        for copied, already in ((True, False), (False, True)):
            code, out, said = takan("replicate", *node, **to)
            summary = json.loads(out)
            print({**summary, "findings": len(summary["findings"])})
            assert (code, summary["findings"]) == (0, []), said
            assert (summary["copied"] >= OBJECTS, summary["already"] >= OBJECTS) == (copied, already)
        code, out, said = takan("audit", "--copy", "--json", *vkey, **there)
        report = json.loads(out)
        print({**report, "logs": len(report["logs"])})
        assert (code, report["findings"], report["objects"], report["bytes"]) == (0, [], OBJECTS, archive.size()), said

        access = store.start()
        archive.objects = Objects(access.endpoint, access.access_key, access.secret_key, bucket)
        flipped, gone = archive.kept[OBJECTS // 3], archive.kept[OBJECTS // 2]
        data = archive.objects.get(flipped.key, flipped.version_id)
        short = archive.put("v1/demo/2026/11/S001/short", b"short", timedelta(days=400))
        log = Archive(archive.objects, tmp_path, "n2")
        log.enter("S001", short)
        store.stop()
        _flip_a_bit(directory, data)
        _take_out(directory, bucket, gone)
        code, out, said = takan("audit", *node, *vkey, "--vkey", log.vkey)
        report = json.loads(out)
        print({**report, "logs": len(report["logs"])})
        assert (code, report["objects"]) == (1, OBJECTS + 1), said
        assert {(each["kind"], each["key"], each["version"]) for each in report["findings"]} == {
            ("altered", flipped.key, flipped.version_id),
            ("missing", gone.key, gone.version_id),
            ("short-lock", short.key, short.version_id),
        }
