"""Which of the blocks in a file that call themselves EXIF count, and what many of them cost."""

import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from survey_server import photo
from survey_server.photo import heif
from survey_server.photo.container import open_container

from .forge import Tiff, app1, context, encoded, found, noise, result
from .test_heic import chunk

BLOB = Tiff().place().taken("2026:07:01 11:00:00", "+08:00").text("ifd0", 0x10F, "HUAWEI").blob()
JPEG = noise()
PICTURE = Image.fromarray(np.random.default_rng(5).integers(0, 255, (480, 640, 3), np.uint8))
PNG, WEBP = encoded(PICTURE, "PNG"), encoded(PICTURE, "WEBP")
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><xmp:CreatorTool>Adobe Photoshop</xmp:CreatorTool></x:xmpmeta>"


def in_jpeg(*segments: bytes) -> bytes:
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def in_png(*chunks: bytes) -> bytes:
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def in_webp(*blobs: bytes) -> bytes:
    body = b"".join(b"EXIF" + struct.pack("<I", len(blob)) + blob + b"\0" * (len(blob) & 1) for blob in blobs)
    return WEBP[:4] + struct.pack("<I", len(WEBP) - 8 + len(body)) + WEBP[8:] + body


def raw_profile(content: bytes, name: bytes = b"APP1") -> bytes:
    text = b"\ngeneric profile\n%8d\n" % len(content) + content.hex().encode() + b"\n"
    return chunk(b"zTXt", b"Raw profile type " + name + b"\0\0" + zlib.compress(text))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (in_jpeg(app1(b""), app1(BLOB)), "photo.jpg"),
        (in_jpeg(app1(b"nothing of the kind"), app1(BLOB)), "photo.jpg"),
        (in_jpeg(app1(b"Exif\0\0" + BLOB)), "photo.jpg"),
        (in_webp(b"", BLOB), "photo.webp"),
        (in_png(chunk(b"eXIf", b""), chunk(b"eXIf", BLOB)), "photo.png"),
        (in_png(raw_profile(b"nothing", b"exif"), chunk(b"eXIf", BLOB)), "photo.png"),
    ],
    ids=["JPEG empty", "JPEG garbage", "JPEG twice headed", "WebP empty", "PNG empty", "PNG garbage"],
)
def test_what_is_no_exif_does_not_stand_before_what_is(data, name):
    report = photo.check(data, context(name=name))
    assert report.result == "accepted" and report.facts["make"] == "HUAWEI"
    assert report.facts["exif_blocks"] == 1


@pytest.mark.parametrize("later", [chunk(b"eXIf", BLOB), raw_profile(b"Exif\0\0" + BLOB, b"exif")])
def test_xmp_in_a_raw_profile_is_xmp(later):
    report = photo.check(in_png(raw_profile(XMP), later), context(name="photo.png"))
    assert report.facts["position"]["status"] == "valid" and report.facts["exif_blocks"] == 1
    assert result(report, "edit_traces") == "flag" and report.facts["xmp_tools"] == ["Adobe Photoshop"]


@pytest.mark.parametrize(
    "data",
    [
        in_jpeg(app1(BLOB), app1(BLOB)),
        in_webp(BLOB, BLOB),
        in_png(chunk(b"eXIf", BLOB), raw_profile(BLOB)),
        in_png(raw_profile(BLOB), raw_profile(BLOB), raw_profile(BLOB)),
    ],
)
def test_two_blocks_of_exif_are_looked_at(data):
    report = photo.check(data, context())
    assert result(report, "file_safe") == "flag" and report.facts["exif_blocks"] == 2 + (data.count(b"zTXt") == 3)


def test_exif_of_two_segments_is_put_together():
    tiff = Tiff().place().taken("2026:07:01 11:00:00", "+08:00")
    tiff.ifd0.append((0xEA1C, 7, 90_000, b"\0" * 90_000))
    blob = tiff.blob()
    report = photo.check(in_jpeg(app1(blob[:65_527]), app1(blob[65_527:])), context())
    assert report.result == "accepted" and report.facts["exif_blocks"] == 1


def test_exif_behind_the_picture_is_none():
    for data in (JPEG[:-2] + app1(BLOB) + JPEG[-2:], JPEG + app1(BLOB)):
        report = photo.check(data, context())
        assert report.facts["exif_blocks"] == 0 and report.facts["position"]["status"] == "missing"
        assert report.result == "needs_review"
    both = photo.check(in_jpeg(app1(BLOB))[:-2] + app1(BLOB) + JPEG[-2:], context())
    assert both.facts["exif_blocks"] == 1


def costs(data: bytes) -> tuple[float, int]:
    """Seconds of CPU and the most memory held at once, beside the file."""
    started = time.process_time()
    open_container(data)
    seconds = time.process_time() - started
    tracemalloc.start()
    open_container(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak


@pytest.mark.parametrize("content", [b"", BLOB, XMP[:29]], ids=["zeros", "EXIF", "XMP"])
def test_thousands_of_packed_profiles_cost_little(content):
    text = b"\nexif\n1\n" + content.hex().encode() + (b"\n" if content == XMP[:29] else b"0") * (2 << 20)
    packed = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text, 9))
    data = in_png(packed * 1900)
    seconds, peak = costs(data)
    assert seconds < 1 and peak < 64 << 20
    assert open_container(data).exif_blocks == (1900 if content == BLOB else 0)


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + name + body


def full(name: bytes, version: int, *content: bytes) -> bytes:
    return box(name, bytes([version, 0, 0, 0]), *content)


def heic_of_items(count: int, item: bytes, *more: bytes) -> bytes:
    """A HEIC of so many Exif items, all the same bytes, behind its meta box."""
    infes = [full(b"infe", 2, struct.pack(">HH", 100 + number, 0), b"Exif\0") for number in range(count)]

    def meta(at: int) -> bytes:
        places = [struct.pack(">HHHII", 100 + number, 0, 1, at, len(item)) for number in range(count)]
        iloc = full(b"iloc", 0, b"\x44\0", struct.pack(">H", count), *places)
        pitm, iinf = full(b"pitm", 0, b"\0\1"), full(b"iinf", 0, struct.pack(">H", count), *infes)
        return full(b"meta", 0, pitm, iinf, iloc, *more)

    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", item)


def test_hundreds_of_exif_items_are_counted_not_read():
    data = heic_of_items(300, struct.pack(">I", 0) + BLOB + b"\0" * (1 << 20))
    seconds, peak = costs(data)
    assert seconds < 1 and peak < 64 << 20
    container = open_container(data)
    assert len(container.exif) == 2 and container.exif_blocks == 300


@pytest.mark.parametrize("references", [0, 2000])
def test_references_without_end_are_given_up(references):
    """A box that claims 65,535 of them and holds none, four thousand times; and one that holds as many as it may."""
    entry = box(b"cdsc", struct.pack(">HH", 100, 0xFFFF) + b"\0\2" * references)
    data = heic_of_items(1, b"\0\0\0\0" + BLOB, full(b"iref", 0, entry * 4000))
    seconds, _ = costs(data)
    assert seconds < 1
    assert heif.walk(data).exif_blocks == 1


def test_the_first_of_two_blocks_counts():
    other = Tiff().text("ifd0", 0x10F, "other").blob()
    report = photo.check(in_jpeg(app1(BLOB), app1(other)), context())
    assert report.facts["make"] == "HUAWEI" and found(report, "file_safe").evidence["exif_blocks"] == 2
