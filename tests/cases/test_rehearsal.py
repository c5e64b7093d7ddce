"""A whole survey with simulated people, against the embedded store and a real MinIO; the record is then taken apart."""

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from minio import Minio
from minio.error import S3Error

from tests.flows.bundles import check_lengths, play_silently, unpack
from tests.nodes import ServedNode, serving, takan, takan_json
from tests.servers import Server, free_port, minio

PHOTO = Path(__file__).parent.parent / "data" / "photos" / "DSCN0010.jpg"
WINDOW = "2008-10-22T00:00+02:00/2008-10-23T00:00+02:00"


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    shutil.copy(PHOTO, folder)
    return folder


def rehearse(
    node: ServedNode, video: Path, photos: Path, *, site: str = "43.4674,11.8851", seconds: int = 6, export: Path
) -> dict[str, Any]:
    status, report = takan_json(
        "rehearse", "--server", node.url, "--key", node.key, "--video", str(video), "--photos", str(photos),
        "--site", site, "--radius", "1000", "--window", WINDOW, "--seconds", str(seconds), "--export", str(export),
    )  # fmt: skip
    assert status == 0
    return report


def finding(report: dict[str, Any], name: str) -> list[str]:
    uploads = [photo for photo in report["photos"] if photo["channel"] == "upload"]
    return [one["result"] for photo in uploads for one in photo["findings"] if one["id"] == name]


@contextlib.contextmanager
def minio_node(folder: Path, server: Server, bucket: str = "evidence") -> Iterator[ServedNode]:
    environment = {
        "TAKAN_STORE_ENDPOINT": server.endpoint,
        "TAKAN_STORE_ACCESS_KEY": server.access_key,
        "TAKAN_STORE_SECRET_KEY": server.secret_key,
        "TAKAN_STORE_BUCKET": bucket,
        "TAKAN_STORE_UNCHECKED": "true",
    }
    with serving(folder, arguments=(), **environment) as node:
        yield node


def check_record(report: dict[str, Any], exported: Path, work: Path) -> dict[str, Any]:
    """What every rehearsal's record must hold."""
    assert [person["role"] for person in report["participants"]] == ["applicant", "reviewer", "reviewer", "expert"]
    assert all(person["join_ms"] > 0 and person["first_frame_ms"] > 0 for person in report["participants"])
    assert report["loop_lag_p99_ms"] > 0
    assert len(report["tracks"]) == 8
    for track in report["tracks"]:
        missing = sum(gap["end_s"] - gap["start_s"] for gap in track["gaps"])
        assert track["seconds"] > 4 > 2 * missing, track  # a busy machine may stall the simulated people
    bundle = unpack(exported, work / "bag")
    assert [manifest["kind"] for manifest in bundle.manifests] == ["recording", "case"]
    assert play_silently(bundle, work) >= 4
    check_lengths(bundle)
    manifest = bundle.manifest
    assert manifest["conclusion"] == "pass"
    assert {person["role"] for person in manifest["people"]} == {"applicant", "reviewer", "expert"}
    assert all(person["consent"] and person["presence"] for person in manifest["people"])
    assert manifest["decision"]["outcome"] == "admitted"
    assert len(manifest["photos"]) == 2
    still = next(photo for photo in report["photos"] if photo["channel"] == "still")
    by_id = {one["id"]: one["result"] for one in still["findings"]}
    assert (by_id["live_capture"], by_id["geofence"]) == ("pass", "pass")
    return manifest


def test_a_whole_survey_on_the_embedded_store(video: Path, photos: Path, tmp_path: Path, served: ServedNode) -> None:
    report = rehearse(served, video, photos, export=tmp_path / "out.zip")
    assert report["store"]["kind"] == "embedded"
    assert set(finding(report, "geofence") + finding(report, "time_window")) == {"pass"}
    check_record(report, tmp_path / "out.zip", tmp_path)


def test_from_two_commands_with_its_own_node_and_far_from_the_site(video: Path, photos: Path) -> None:
    status, report = takan_json(
        "rehearse", "--video", str(video), "--photos", str(photos), "--site", "20.03,110.35", "--radius", "1000",
        "--window", WINDOW, "--seconds", "3",
    )  # fmt: skip
    assert status == 0, "a failed photo is a finding, not a failed rehearsal"
    assert finding(report, "geofence") == ["fail"]
    assert report["export"] is None
    assert report["sealed_ms"] > 0


def test_against_minio_with_its_objects_locked(video: Path, photos: Path, tmp_path: Path) -> None:
    with minio(tmp_path / "minio") as server, minio_node(tmp_path / "node", server) as node:
        report = rehearse(node, video, photos, export=tmp_path / "out.zip")
        assert report["store"] == {"kind": "s3", "endpoint": server.endpoint, "bucket": "evidence"}
        manifest = check_record(report, tmp_path / "out.zip", tmp_path)
        root = Minio(endpoint=server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=False)
        named = {one["key"]: one["version_id"] for one in manifest["objects"]}
        for key, version in named.items():
            with pytest.raises(S3Error) as refused:
                root.remove_object(bucket_name="evidence", object_name=key, version_id=version)
            assert refused.value.code in ("AccessDenied", "ObjectLocked", "InvalidRequest", "MethodNotAllowed")
        years = manifest["item"]["retention"]
        for key, version in named.items():
            until = locked_until(root, key, version, longer_than=datetime.now(UTC) + timedelta(days=365 * years - 1))
            assert until > datetime.now(UTC) + timedelta(days=365 * years - 1), "the case seal extends every lock"


def locked_until(root: Minio, key: str, version: str, longer_than: datetime) -> datetime:
    """The end of a version's COMPLIANCE lock; the case seal extends locks one by one, so it is given ten seconds."""
    for _ in range(100):
        lock = root.get_object_retention(bucket_name="evidence", object_name=key, version_id=version)
        assert lock is not None
        assert lock.mode == "COMPLIANCE"
        if lock.retain_until_date > longer_than:
            break
        time.sleep(0.1)
    return lock.retain_until_date


def test_a_bucket_without_lock_is_refused_in_words(tmp_path: Path) -> None:
    with minio(tmp_path / "minio") as server:
        root = Minio(endpoint=server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=False)
        root.make_bucket(bucket_name="plain")
        status, _out, words = takan(
            "serve", "--data", str(tmp_path / "node"), "--port", "0", TAKAN_INTAKE_KEY="k" * 20,
            TAKAN_STORE_ENDPOINT=server.endpoint, TAKAN_STORE_ACCESS_KEY=server.access_key,
            TAKAN_STORE_SECRET_KEY=server.secret_key, TAKAN_STORE_BUCKET="plain", TAKAN_STORE_UNCHECKED="true",
        )  # fmt: skip
    assert status == 2
    assert "object lock" in words
    assert "plain" in words


def test_no_store_named_is_refused_in_words(tmp_path: Path) -> None:
    status, _out, words = takan("serve", "--data", str(tmp_path), TAKAN_INTAKE_KEY="k" * 20)
    assert status == 2
    assert "--embedded" in words
    assert "store_endpoint" in words


@pytest.mark.long  # in the short run a store goes away in mid-call instead
def test_a_store_that_is_down_at_start_delays_the_seal_and_loses_nothing(
    video: Path, photos: Path, tmp_path: Path
) -> None:
    port, keys = free_port(), ("access-key-of-test", "secret-key-of-test-0123456789")
    late = Server(f"127.0.0.1:{port}", *keys)
    with minio_node(tmp_path / "node", late) as node, contextlib.ExitStack() as stack:
        health = json.loads(urllib3.request("GET", f"{node.url}/api/health").data)
        assert health["store_reachable"] is False
        started: list[datetime] = []

        def start_late() -> None:
            stack.enter_context(minio(tmp_path / "minio", port, keys))
            started.append(datetime.now(UTC))

        timer = threading.Timer(14.0, start_late)
        timer.start()
        report = rehearse(node, video, photos, seconds=4, export=tmp_path / "out.zip")
        timer.join()
        manifest = check_record_of_late_store(report, tmp_path)
        assert datetime.fromisoformat(manifest["sealed_at"]) > started[0] - timedelta(seconds=2)


def check_record_of_late_store(report: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    bundle = unpack(tmp_path / "out.zip", tmp_path / "bag")
    assert play_silently(bundle, tmp_path) >= 4
    assert report["sealed_ms"] > 0
    return bundle.manifest


def test_bad_arguments_are_answered_in_words(video: Path, photos: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, words in [
        (("--video", "nowhere.mp4", "--photos", str(photos)), "nowhere.mp4"),
        (("--video", str(video), "--photos", str(empty)), "no photo"),
        (("--video", str(video), "--photos", str(photos), "--site", "here"), "LAT,LON"),
        (("--video", str(video), "--photos", str(photos), "--window", "today"), "T1/T2"),
    ]:
        status, _out, said = takan("rehearse", *arguments)
        assert status == 2
        assert words in said
