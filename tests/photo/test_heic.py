"""HEIC, PNG's older text form and AVIF: what phones and converters write, beside JPEG."""

import io
import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from survey_server import photo
from survey_server.photo.container import AVIF, HEIF, JPEG, VIDEO, open_container, sniff
from survey_server.photo.picture import LOOK_PX, decode, over_budget

from .forge import Tiff, context, encoded, found, noise, resized_header, result

BLOB = Tiff().place().taken("2026:07:01 11:00:00", "+08:00").text("ifd0", 0x10F, "Apple").blob()


def heic(picture: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=60, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def corners() -> Image.Image:
    """Wide, its upper left corner red, the rest of its upper half grey noise."""
    values = np.random.default_rng(3).integers(60, 200, (480, 640, 1), np.uint8).repeat(3, axis=2)
    values = cv2.resize(values, (1280, 960), interpolation=cv2.INTER_NEAREST)
    values[:200, :200] = (255, 0, 0)
    return Image.fromarray(values)


def test_a_heic_is_examined_like_a_jpeg(corners):
    report = photo.check(heic(corners, exif=b"Exif\0\0" + BLOB), context(name="IMG_0001.HEIC"))
    assert report.result == "accepted" and (report.media_type, report.suffix) == ("image/heic", ".heic")
    assert report.facts["position"]["status"] == "valid" and report.facts["make"] == "Apple"


def red_corner(jpeg: bytes) -> tuple[int, int]:
    """Where the preview shows red: its size's quadrant as (right, lower)."""
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    red = (pixels[:, :, 2].astype(int) - pixels[:, :, 0]) > 100
    rows, columns = np.nonzero(red)
    return int(columns.mean() > pixels.shape[1] / 2), int(rows.mean() > pixels.shape[0] / 2)


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_a_heic_is_turned_once(corners, orientation, corner):
    """pillow-heif writes the orientation as `irot`, as phones do beside their EXIF tag."""
    blob = Tiff().short("ifd0", 0x112, orientation).blob()
    data = heic(corners, exif=b"Exif\0\0" + blob)
    turned = orientation in (6, 8)
    jpeg = photo.preview(data)
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert red_corner(jpeg) == corner
    assert (pixels.shape[0] > pixels.shape[1]) == turned


def test_heics_of_the_corpus_are_shown_upright(corpus: Path):
    shown = 0
    for path in sorted(corpus.glob("*/**/*.[Hh][Ee][Ii][Cc]")):
        data = path.read_bytes()
        if over_budget(data, open_container(data)):
            continue
        if "synthetic" in path.parts:
            continue
        with Image.open(io.BytesIO(photo.preview(data))) as preview:
            assert max(preview.size) <= 640
        shown += 1
    assert shown == 5


def test_a_heic_bomb_is_never_decoded(corpus: Path):
    for name in ("heic_8192.heic", "heic_ispe_60000.heic"):
        report = photo.check((corpus / "synthetic" / name).read_bytes(), context(name=name))
        assert report.result == "rejected" and found(report, "file_safe").evidence["bound"] == "pixels"


def test_a_heic_cut_short_is_asked_for_again(corners):
    data = heic(corners, exif=b"Exif\0\0" + BLOB)
    for end in (16, len(data) // 3, len(data) - 200):
        report = photo.check(data[:end], context(name="IMG_0001.HEIC"))
        assert result(report, "format_ok") in ("fail", "flag") and report.result != "accepted"


def test_what_is_missing_from_a_heic_is_nothing_attached(corners):
    data = heic(corners, exif=b"Exif\0\0" + BLOB)
    mdat = data.find(b"mdat") - 4
    for end in (mdat + 16, len(data) // 2, len(data) - 50, len(data) - 1):
        report = photo.check(data[:end], context(name="IMG_0001.HEIC"))
        assert report.facts["complete"] is False and report.facts["trailing"] == "none"
        assert result(report, "file_safe") != "flag"
    for foreign in (
        b"attached",
        b"\0\0\0\x40junkattached",
        struct.pack(">I", 16) + b"mdat" + b"12345678" + b"attached",
    ):
        assert open_container(data + foreign).trailing == "unknown"
    video = struct.pack(">I", 5000) + b"mpvd" + b"\0\0\0\x18ftypmp42" + b"\0" * 100
    assert open_container(data + video).trailing == "none" and not open_container(data + video).complete


def test_every_cut_and_every_damaged_byte_of_a_heic_is_survived(corners):
    data = heic(corners.resize((64, 48)), exif=b"Exif\0\0" + BLOB)
    head = data.find(b"mdat")
    for at in range(0, head, 3):
        photo.inspect(data[:at])
        photo.inspect(data[:at] + b"\xff" + data[at + 1 :])
        photo.inspect(data[:at] + b"\0\0\0\0" + data[at + 4 :])


def test_a_jpeg_of_200_megapixels_is_decoded_small():
    data = cv2.imencode(".jpg", np.full((12240, 16320), 128, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 30])[1].tobytes()
    container = open_container(data)
    assert container.pixels > 190_000_000 and over_budget(data, container) is None
    pixels = decode(data, container, LOOK_PX)
    assert pixels is not None and max(pixels.shape) == LOOK_PX
    progressive = Image.new("L", (64, 64))
    out = io.BytesIO()
    progressive.save(out, "JPEG", progressive=True)
    large = out.getvalue()
    at = large.find(b"\xff\xc2")
    large = large[: at + 5] + struct.pack(">HH", 12240, 16320) + large[at + 9 :]
    assert over_budget(large, open_container(large)), "its coefficients would have to be held whole"
    assert open_container(resized_header(noise(64, 64), 20000, 20000)).kind is JPEG
    assert over_budget(data, open_container(resized_header(noise(64, 64), 20000, 20000)))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def pieces_of(png: bytes, size: int) -> bytes:
    """The PNG's picture data cut into chunks of this size, as libpng does at 8 KiB."""
    at, body = png.find(b"IDAT"), b""
    while png[at : at + 4] == b"IDAT":
        length = struct.unpack_from(">I", png, at - 4)[0]
        body, at = body + png[at + 4 : at + 4 + length], at + 12 + length
    cut = b"".join(chunk(b"IDAT", body[start : start + size]) for start in range(0, len(body), size))
    return png[: png.find(b"IDAT") - 4] + cut + png[at - 4 :]


def test_a_png_in_thousands_of_pieces_is_a_photo():
    random = np.random.default_rng(1).integers(0, 255, (200, 250, 3), np.uint8)
    png = encoded(Image.fromarray(random), "PNG")
    cut = pieces_of(png, 40)
    assert cut.count(b"IDAT") > 3000
    end = cut.find(b"IEND") - 4
    report = photo.check(cut[:end] + chunk(b"eXIf", BLOB) + cut[end:], context(name="photo.png"))
    assert report.result == "accepted" and report.facts["position"]["status"] == "valid"


@pytest.mark.parametrize(("name", "count"), [(b"IDAT", 2_600_000), (b"tEXt", 3000)])
def test_a_png_of_more_chunks_than_any_writer_makes_is_given_up(name, count):
    png = encoded(Image.new("L", (64, 64)), "PNG")
    at = png.find(b"IDAT") - 4
    data = png[:at] + chunk(name, b"") * count + png[at:]
    started = time.perf_counter()
    report = photo.check(data[: 30 << 20], context(name="photo.png"))
    assert time.perf_counter() - started < 2
    assert report.result == "rejected" and found(report, "file_safe").evidence["bound"] == "segments"


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt"])
@pytest.mark.parametrize("keyword", [b"exif", b"APP1"])
def test_exif_in_a_text_chunk_of_png(name, keyword):
    raw = b"Exif\0\0" + BLOB
    text = b"\n" + keyword + b"\n%8d\n" % len(raw) + raw.hex().encode() + b"\n"
    body = {
        b"tEXt": b"\0" + text,
        b"zTXt": b"\0\0" + zlib.compress(text),
        b"iTXt": b"\0\1\0\0\0" + zlib.compress(text),
    }[name]
    out = io.BytesIO()
    Image.open(io.BytesIO(noise())).save(out, "PNG")
    png = out.getvalue()
    data = png[:33] + chunk(name, b"Raw profile type " + keyword + body) + png[33:]
    assert photo.inspect(data)["position"]["lat"] == pytest.approx(20.03)
    torn = png[:33] + chunk(name, b"Raw profile type " + keyword + body[: len(body) // 2]) + png[33:]
    photo.inspect(torn)


def test_the_largest_size_a_heic_declares_is_what_counts(corners):
    data = heic(corners)
    at = data.find(b"ispe")
    container = open_container(data[: at + 8] + struct.pack(">II", 60000, 60000) + data[at + 16 :])
    assert container.kind is HEIF and container.pixels == 60000 * 60000


def branded(major: bytes, *others: bytes, behind: bytes = b"") -> bytes:
    brands = b"".join(others)
    return struct.pack(">I", 16 + len(brands)) + b"ftyp" + major + b"\0\0\0\0" + brands + behind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (branded(b"heic"), HEIF),
        (branded(b"mif1", b"heic"), HEIF),
        (branded(b"mif1"), HEIF),
        (branded(b"mif1", b"avif", b"miaf"), AVIF),
        (branded(b"miaf", b"mif1", b"heic"), HEIF),
        (branded(b"MiHE", b"mif1", b"heix"), HEIF),
        (branded(b"avif", b"mif1", b"heic"), AVIF),
        (branded(b"isom", b"iso2", b"avc1", b"mp41"), VIDEO),
        (branded(b"mp42", b"isom", b"mp42"), VIDEO),
        (branded(b"qt  ", b"qt  "), VIDEO),
        (branded(b"mp42", b"isom", behind=b"heicmif1"), VIDEO),
        (branded(b"isom")[:12], VIDEO),
        (b"\0\0\0\0ftypisom\0\0\0\0heic", VIDEO),
        (b"\xff\xff\xff\xffftypisom\0\0\0\0", VIDEO),
    ],
)
def test_the_brands_tell_pictures_from_videos(head, kind):
    assert sniff(head) is kind


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"miaf", b"MiHE", b"heix"])
def test_a_heic_of_another_major_brand_is_examined(corners, brand):
    data = heic(corners, exif=b"Exif\0\0" + BLOB)
    assert data[4:12] == b"ftypheic" and b"heic" in data[16:40]
    report = photo.check(data[:8] + brand + data[12:], context(name="IMG_0001.HEIC"))
    assert report.result == "accepted" and report.media_type == "image/heic"
