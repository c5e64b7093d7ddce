"""Site videos: what the container says of place, time and device, and what tells a cut from one take."""

import contextlib
import os
import random
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from survey_server.photo import Context
from survey_server.photo.boxes import NoMovie, read_movie
from survey_server.photo.footage import VIDEO_FINDING_IDS, VideoReport, check_video, frame_of
from survey_server.photo.picture import Undecodable
from survey_server.photo.video import place_in, read_film
from survey_server.photo.worker import PhotoWorker
from survey_server.wire.basics import Site, Window
from tests.flows.clips import clip
from tests.nodes import SHARED
from tests.servers import require

SAMPLES = SHARED / "data" / "video"
HAIKOU = (20.0440, 110.1999)
TAKEN = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


def context(name: str = "walk.mp4", lat: float = HAIKOU[0], lon: float = HAIKOU[1], **more: object) -> Context:
    window = Window(TAKEN - timedelta(hours=1), TAKEN + timedelta(hours=3))
    site = Site(lat, lon, 300)
    received = TAKEN + timedelta(hours=1)
    return Context(name=name, channel="upload", site=site, window=window, received_at=received, **more)  # type: ignore[arg-type]


def results(report: VideoReport) -> dict[str, str]:
    assert tuple(one.id for one in report.findings) == VIDEO_FINDING_IDS
    for one in report.findings:
        assert one.reason.zh, one
        assert one.reason.en, one
        if one.id != "file_safe":  # which may say that a file is a photo
            said = (one.reason, *filter(None, [one.advice]))
            assert not any("照片" in words.zh or "hoto" in words.en for words in said), one
    return {one.id: one.result for one in report.findings}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("clip") / "walk.mp4", 4)


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run([str(require("ffmpeg")), "-v", "error", "-y", *map(str, arguments)], check=True)


# ---------------------------------------------------------------- phones' files


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample videos are not beside the repository")
def test_a_phones_place_time_and_device() -> None:
    android, iphone = read_film(SAMPLES / "android_location.mp4"), read_film(SAMPLES / "iphone_location.mov")
    assert (android.place, iphone.place) == ((27.2939, 112.6932), (27.1281, 100.2508))
    assert android.written_at == datetime(2024, 2, 3, 7, 5, 38, tzinfo=UTC)
    assert iphone.taken_at is not None
    assert iphone.taken_at.isoformat() == "2019-02-12T15:27:12+08:00"
    assert (iphone.make, iphone.model, iphone.software) == ("Apple", "iPhone X", "12.1.2")
    assert (iphone.kind.media_type, android.kind.media_type) == ("video/quicktime", "video/mp4")
    report = check_video(SAMPLES / "iphone_location.mov", context("a.mov", 27.1281, 100.2508))
    found = results(report)
    assert (found["geofence"], found["one_take"], found["edit_traces"]) == ("pass", "pass", "pass")
    assert found["time_consistent"] == "flag", "it was written anew five years after it was taken"
    for name in ("android_location.mp4", "iphone_location.mov", "walk_outdoors_1080p.mp4"):
        assert frame_of(SAMPLES / name).startswith(b"\xff\xd8")


def tagged(walk: Path, target: Path, place: str = "+20.0440+110.1999/") -> Path:
    moment = TAKEN.strftime("%Y-%m-%dT%H:%M:%SZ")
    ffmpeg("-i", walk, "-c", "copy", "-metadata", f"location={place}", "-metadata", f"creation_time={moment}",
           "-fflags", "+bitexact", "-metadata:s:v", "encoder=", target)  # fmt: skip
    return target


def test_a_video_from_the_site_within_its_hours_is_accepted(walk: Path, tmp_path: Path) -> None:
    film = tagged(walk, tmp_path / "walk.mp4")
    report = check_video(film, context())
    assert (report.result, report.facts["lat"], report.facts["seconds"]) == (
        "accepted",
        20.044,
        pytest.approx(4, abs=0.1),
    )
    assert report.policy == context().policy.digest
    far = check_video(film, context(lat=39.9, lon=116.4))
    assert (far.result, results(far)["geofence"]) == ("needs_review", "fail")
    hours_late = check_video(
        film,
        Context(**{**as_dict(context()), "window": Window(TAKEN + timedelta(hours=1), TAKEN + timedelta(hours=2))}),
    )
    assert results(hours_late)["time_window"] == "flag"


def as_dict(one: Context) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


def test_a_place_that_cannot_be_is_none(walk: Path, tmp_path: Path) -> None:
    for number, (written, gps_valid, gps_present) in enumerate((
        ("+00.0000+000.0000/", "na", "na"), ("+99.0000+110.0000/", "fail", "pass"),
    )):  # fmt: skip
        report = check_video(tagged(walk, tmp_path / f"{number}.mp4", written), context())
        found = results(report)
        assert (found["gps_valid"], found["geofence"], report.result) == (gps_valid, "na", "needs_review"), written
        assert found["gps_present"] == gps_present
    assert place_in("somewhere") is None
    assert place_in("-33.8568+151.2153+012.000/") == (-33.8568, 151.2153)
    assert place_in("+20.0440+110.1999CRSWGS_84/") == (20.044, 110.1999)


def test_webm_and_matroska_are_read_too(walk: Path, tmp_path: Path) -> None:
    for suffix, codecs in (("webm", ("-c:v", "libvpx", "-c:a", "libopus", "-s", "160x90")), ("mkv", ("-c", "copy"))):
        film = tmp_path / f"walk.{suffix}"
        ffmpeg("-i", walk, *codecs, film)
        report = check_video(film, context(film.name))
        assert report.facts["seconds"] == pytest.approx(4, abs=0.2)
        found = results(report)
        assert (found["file_safe"], found["format_ok"], found["one_take"], found["edit_traces"]) == (
            "pass", "pass", "pass", "flag",
        )  # fmt: skip
        assert frame_of(film).startswith(b"\xff\xd8")


# ---------------------------------------------------------------- one take


def signs(film: Path) -> list[str]:
    one_take = next(one for one in check_video(film, context(film.name)).findings if one.id == "one_take")
    assert one_take.result == ("flag" if one_take.evidence["signs"] else "pass")
    return one_take.evidence["signs"]


def test_signs_of_a_cut_are_told_and_never_reject(walk: Path, tmp_path: Path) -> None:
    assert signs(walk) == []
    trimmed = tmp_path / "trimmed.mp4"  # from the last second before a key picture: the rest stays in the file, unshown
    ffmpeg("-ss", "1.7", "-i", walk, "-c", "copy", "-t", "1", trimmed)
    assert "hidden" in signs(trimmed)
    paused = tmp_path / "paused.mp4"
    ffmpeg("-i", walk, "-vf", "setpts=PTS+gt(T\\,2)*3/TB", "-fps_mode", "passthrough", "-an", "-c:v", "libx264", paused)
    assert signs(paused) == ["gap"]
    matroska = tmp_path / "paused.mkv"
    ffmpeg("-i", paused, "-c", "copy", matroska)
    assert "gap" in signs(matroska), "where no table tells of it, the packets do"
    shortened = tmp_path / "shortened.mp4"
    ffmpeg("-i", walk, "-i", walk, "-map", "0:v", "-map", "1:a", "-c", "copy", "-t", "4", tmp_path / "both.mp4")
    ffmpeg("-i", walk, "-t", "1.5", "-vn", "-c", "copy", tmp_path / "sound.m4a")
    ffmpeg("-i", walk, "-i", tmp_path / "sound.m4a", "-map", "0:v", "-map", "1:a", "-c", "copy", shortened)
    assert signs(shortened) == ["lengths"]


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4) + kind + body


def movie(*, edits: int = 1, descriptions: int = 1, deltas: tuple[tuple[int, int], ...] = ((30, 100),)) -> bytes:
    """A film's index of one track, 1000 ticks a second."""
    full = bytes(4)
    elst = box(b"elst", full, edits.to_bytes(4), struct.pack(">IiI", 3000 // edits, 0, 1 << 16) * edits)
    stts = box(b"stts", full, len(deltas).to_bytes(4), *(struct.pack(">II", *each) for each in deltas))
    stsd = box(b"stsd", full, descriptions.to_bytes(4))
    header = full + struct.pack(">IIII", 3_900_000_000, 0, 1000, 3000)
    media = box(
        b"mdia", box(b"mdhd", header), box(b"hdlr", full, bytes(4), b"vide"), box(b"minf", box(b"stbl", stsd, stts))
    )
    return box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", header), box(b"trak", box(b"edts", elst), media))


def test_the_structure_is_read_from_the_boxes_themselves(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    for data, edits, descriptions, longest in (
        (movie(), 1, 1, 0.1),
        (movie(edits=3), 3, 1, 0.1),
        (movie(descriptions=2), 1, 2, 0.1),
        (movie(deltas=((15, 100), (1, 2500), (14, 100))), 1, 1, 2.5),
        (movie(deltas=((30, 100), (1, 9000))), 1, 1, 0.1),  # the last one may stand for as long as it likes
    ):
        path.write_bytes(data)
        with path.open("rb") as file:
            (track,) = read_movie(file, len(data)).tracks
        assert (track.kind, track.edits, track.descriptions, track.longest_s) == ("vide", edits, descriptions, longest)


# ---------------------------------------------------------------- files that should not be


def test_files_that_are_no_videos_are_rejected_in_words(walk: Path, tmp_path: Path) -> None:
    whole = walk.read_bytes()
    at = whole.index(b"moov") - 4
    hostile = {
        "page.mp4": b"<!doctype html><script>alert(1)</script>",
        "picture.mp4": (Path(__file__).parent.parent / "data" / "photos" / "DSCN0010.jpg").read_bytes(),
        "list.mp4": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.mp4\n",
        "concat.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "torn.mp4": whole[: len(whole) // 2] if at > len(whole) // 2 else whole[:at],
        "empty.mp4": b"\0\0\0\x18ftypisom",
        "loop.mp4": box(b"ftyp", b"isom") + b"\0\0\0\0free",
        "huge.mp4": box(b"ftyp", b"isom") + b"\0\0\0\1moov" + (1 << 62).to_bytes(8),
        "many.mp4": box(b"ftyp", b"isom") + box(b"free") * 100_001,
    }
    for name, data in hostile.items():
        path = tmp_path / name
        path.write_bytes(data)
        report = check_video(path, context(name))
        assert report.result == "rejected", name
        results(report)
        with pytest.raises(Undecodable):
            frame_of(path)


def test_what_hangs_behind_and_what_is_missing_is_told(walk: Path, tmp_path: Path) -> None:
    path = tmp_path / "walk.mp4"
    path.write_bytes(walk.read_bytes() + b"\0\1\2\3not a box at all")
    assert results(check_video(path, context()))["file_safe"] == "flag"
    path.write_bytes(walk.read_bytes() + (1 << 20).to_bytes(4) + b"mdat")
    assert results(check_video(path, context()))["format_ok"] == "flag"
    path = tmp_path / "walk.webm"
    path.write_bytes(walk.read_bytes())
    assert results(check_video(path, context("walk.webm")))["format_ok"] == "flag"


async def test_mangled_files_cost_a_bounded_time_and_no_process_of_ours(walk: Path, tmp_path: Path) -> None:
    whole, chance = walk.read_bytes(), random.Random(7)
    worker = PhotoWorker(processes=1)
    try:
        for number in range(40):
            data = bytearray(whole)
            for _ in range(chance.randrange(1, 200)):
                data[chance.randrange(len(data) - 20_000, len(data)) if number % 2 else chance.randrange(len(data))] = (
                    chance.randrange(256)
                )
            path = tmp_path / "mangled.mp4"
            path.write_bytes(data[: chance.randrange(1000, len(data) + 1)] if number % 5 == 0 else data)
            report = await worker.check_video(path, context())
            assert report.findings[0].id == "file_safe"
            with contextlib.suppress(Undecodable):
                assert (await worker.frame(path)).startswith(b"\xff\xd8")
    finally:
        await worker.close()


def test_an_index_out_of_all_proportion_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as file:
        file.write(box(b"ftyp", b"isom") + (200 << 20).to_bytes(4) + b"moov")
        file.truncate(300 << 20)
    with path.open("rb") as file, pytest.raises(NoMovie) as why:
        read_movie(file, os.fstat(file.fileno()).st_size)
    assert why.value.bound == "movie_box"
    assert check_video(path, context()).result == "rejected"
