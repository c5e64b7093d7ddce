"""Files made to hurt: every one is a list of findings, soon, and within bounds."""

import io
import struct
import time
from pathlib import Path

import pytest
from PIL import Image

from survey_server import photo
from survey_server.photo.container import MAX_BYTES, open_container
from survey_server.photo.finding import FINDING_IDS
from survey_server.photo.worker import PhotoWorker

from .forge import Tiff, app1, context, encoded, found, many_scans, noise, png_bomb, resized_header, result, with_exif


def check(data: bytes, name: str = "photo.jpg"):
    started = time.perf_counter()
    report = photo.check(data, context(name=name))
    assert time.perf_counter() - started < 10
    assert [finding.id for finding in report.findings] == list(FINDING_IDS)
    return report


async def test_every_hostile_file_of_the_corpus_in_a_limited_process(corpus):
    worker = PhotoWorker(processes=1)
    files = [path for path in sorted((corpus / "synthetic").iterdir()) if path.suffix != ".py"]
    assert len(files) > 30
    try:
        for path in files:
            started = time.perf_counter()
            report = await worker.check(path.read_bytes(), context(name=path.name))
            assert time.perf_counter() - started < 10, path.name
            assert [finding.id for finding in report.findings] == list(FINDING_IDS), path.name
            bound = found(report, "file_safe").evidence.get("bound")
            assert bound not in ("cpu or memory", "time", "internal"), path.name
        (pid,) = worker.pids
        peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmPeak"))
        assert int(peak.split()[1]) < 1024 * 1024
    finally:
        await worker.close()


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        (b"<html><script>alert(1)</script></html>", "网页", "web page"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML><p>", "网页", "web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG", "SVG"),
        (b"%PDF-1.4 ...", "PDF", "PDF"),
        (b"PK\x03\x04" + b"\0" * 40, "压缩包", "zip archive"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript", "PostScript"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 40, "视频", "video"),
        (b"", "空文件", "empty file"),
        (b"\xff\xd8", "无法识别", "unknown kind"),
    ],
)
def test_what_is_no_photo_is_rejected_by_name(data, zh, en):
    report = check(data)
    assert report.result == "rejected" and result(report, "file_safe") == "fail"
    assert zh in found(report, "file_safe").reason.zh and en in found(report, "file_safe").reason.en
    assert "JPEG" in found(report, "file_safe").advice.en


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0\0\0\x18ftypavif" + b"\0" * 40, "AVIF"),
        (encoded(Image.new("L", (64, 64)), "GIF"), "GIF"),
        (encoded(Image.new("L", (64, 64)), "TIFF"), "TIFF"),
        (encoded(Image.new("L", (64, 64)), "BMP"), "BMP"),
    ],
)
def test_a_picture_of_another_kind_is_asked_for_as_jpeg(data, kind):
    report = check(data)
    assert report.result == "rejected"
    assert (result(report, "file_safe"), result(report, "format_ok")) == ("pass", "fail")
    assert kind in found(report, "format_ok").reason.zh and "JPEG" in found(report, "format_ok").advice.zh


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("WEBP", ".webp")])
def test_png_and_webp_are_examined_too(kind, suffix):
    blob = Tiff().place().taken("2026:07:01 11:00:00", "+08:00").blob()
    picture = Image.open(io.BytesIO(noise()))
    report = check(encoded(picture, kind, exif=b"Exif\0\0" + blob), name="photo" + suffix)
    assert report.result == "accepted" and report.suffix == suffix


@pytest.mark.parametrize(
    ("data", "bound"),
    [
        (resized_header(noise(64, 64), 65000, 65000), "pixels"),
        (png_bomb(9000, 9000), "pixels"),
        (many_scans(3000), "scans"),
        (many_scans(63, 7000, 6000), "scan_pixels"),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "bytes"),
        (b"\xff\xd8" + b"\xff\xe2\x00\x04ab" * 3000 + noise(64, 64)[2:], "segments"),
    ],
    ids=["header of 4 gigapixels", "PNG of zeros", "3000 scans", "63 large scans", "too many bytes", "segments"],
)
def test_a_bomb_is_never_decoded(data, bound):
    started = time.perf_counter()
    report = check(data)
    assert time.perf_counter() - started < 2
    assert report.result == "rejected" and found(report, "file_safe").evidence["bound"] == bound
    with pytest.raises(photo.Undecodable):
        photo.preview(data)


def test_a_photo_cut_off_half_way_is_shown_as_far_as_it_came():
    whole = noise()
    report = check(whole[: len(whole) // 2])
    assert report.result == "needs_review" and result(report, "format_ok") == "flag"
    assert "again" in found(report, "format_ok").advice.en
    header_only = check(whole[:200])
    assert header_only.result == "rejected" and result(header_only, "format_ok") == "fail"


def test_what_hangs_behind_a_photo():
    mp4 = b"\0\0\0\x18ftypmp42" + b"\0" * 1000
    mpf = b"\xff\xe2\x00\x08MPF\0\0\0"
    photo_with_pictures = noise()[:2] + mpf + noise()[2:]
    tails = {
        "none": noise(),
        "padding": noise() + b"\0" * 100,
        "phone": noise() + mp4,
        "unknown": noise() + b"PK\x03\x04" + b"x" * 30 + b"PK\x05\x06" + b"\0" * 18,
    }
    for kind, data in tails.items():
        assert open_container(data).trailing == kind
        assert result(check(data), "file_safe") == ("flag" if kind == "unknown" else "pass")
    assert open_container(photo_with_pictures + noise()).trailing == "phone"
    assert open_container(noise() + noise()).trailing == "unknown", "a second picture nobody declared"
    assert open_container(photo_with_pictures + noise() + b"<?php system('id');").trailing == "unknown"


VIVO = b'vivo{"com.android.camera.takenmodel":"vivo X100 Pro"}' + b"\0\0\1vcameralbum!" + b"17198064000"
VIVO += b"\xff\xff\xff\xff" + bytes(range(0x1B, 0xB2, 15))
ONEPLUS = b'\0\0\1\0[{"name":"private.emptyspace","length":4}]\0jxrs' + struct.pack("<I", 60)
GOOGLE = (
    b"http://ns.adobe.com/xap/1.0/\0"
    b'<x:xmpmeta><rdf:Description xmlns:Container="http://ns.google.com/photos/1.0/container/"'
    b' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"><Container:Directory>'
    b'<Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/>'
    b'<Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg"/></Container:Directory></x:xmpmeta>'
)


def test_trailers_of_phones():
    segment = b"\xff\xe1" + struct.pack(">H", len(GOOGLE) + 2) + GOOGLE
    small, photo_of_google = noise(64, 64), noise()[:2] + segment + noise()[2:]
    for phone in (VIVO, b"streamdata" + small + b"streaminfo\0\0" + VIVO, ONEPLUS):
        assert open_container(noise() + phone).trailing == "phone"
        assert result(check(noise() + phone), "file_safe") == "pass"
        for foreign in (b"<script>", b"PK\x05\x06"):
            assert open_container(noise() + phone[:20] + foreign + phone[20:]).trailing == "unknown"
        assert open_container(noise() + phone + b"more").trailing == "unknown"
    assert open_container(photo_of_google + small).trailing == "phone"
    assert open_container(photo_of_google + b"anything else").trailing == "unknown"
    assert open_container(noise() + b"anything" + VIVO[-15:]).trailing == "unknown"


def test_two_exif_blocks_are_looked_at():
    beijing = Tiff().place(dms=(((39, 1), (54, 1), (0, 1)), ((116, 1), (23, 1), (0, 1)))).blob()
    jpeg = with_exif(Tiff().place().blob())
    report = check(jpeg[:2] + app1(beijing) + jpeg[2:])
    assert result(report, "file_safe") == "flag" and report.result == "needs_review"
    assert found(report, "file_safe").evidence["exif_blocks"] == 2


def test_exif_behind_large_segments_is_found():
    jpeg = with_exif(Tiff().place().blob())
    large = (b"\xff\xeb" + struct.pack(">H", 65000) + b"\0" * 64998) * 3
    assert photo.inspect(jpeg[:2] + large + jpeg[2:])["position"]["status"] == "valid"


def circular(*entries: tuple[int, int, int, int], following: int = 8) -> bytes:
    ifd = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + ifd + struct.pack("<I", following)


@pytest.mark.parametrize(
    "tiff",
    [
        circular((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8)),
        circular(*[(0x8825, 4, 1, 8)] * 5000),
        circular(*[(0x9000 + number, 5, 999, 8) for number in range(5000)]),
        circular(*[(0x9003, 2, 65000, 8)] * 5000),
        circular((0x010F, 2, 0xFFFFFFFF, 8), (0x927C, 7, 0xFFFFFFFF, 8), (0x9003, 2, 0x7FFFFFFF, 8)),
        b"II*\0" + struct.pack("<I", 8) + b"".join(struct.pack("<HI", 0, 14 + 6 * n) for n in range(10_000)),
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*",
        b"\xff\xd8\xff\xe1",
    ],
    ids=["to itself", "5000 to itself", "rationals", "texts", "4 GB", "chain", "nowhere", "header only", "a JPEG"],
)
def test_exif_that_runs_in_circles_is_given_up(tiff):
    started = time.perf_counter()
    report = check(with_exif(tiff))
    assert time.perf_counter() - started < 3
    assert report.result == "needs_review" and result(report, "file_safe") == "pass"


def test_text_from_a_photo_is_cleaned_and_cut():
    evil = b'"><img src=x onerror=alert(1)>\x1b[2J\xff\xfe' + b"A" * 5000
    facts = photo.inspect(with_exif(Tiff().text("ifd0", 0x10F, evil).blob()))
    assert len(facts["make"]) <= 120 and facts["make"].isprintable()


def test_a_name_that_contradicts_its_content_is_looked_at():
    assert result(check(noise(), name="photo.png"), "format_ok") == "flag"
    for name in ("IMG_1.JPG", "photo.jpeg", "no suffix", "微信图片.jpg"):
        assert result(check(noise(), name=name), "format_ok") == "pass"
