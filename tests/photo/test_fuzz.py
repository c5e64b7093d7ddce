"""Whatever the bytes: findings, never an exception."""

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from survey_server import photo
from survey_server.photo import exif, whereabouts
from survey_server.photo.finding import FINDING_IDS

from .forge import Tiff, context, encoded, noise, with_exif

CALM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TIFF = (
    Tiff().short("ifd0", 0x112, 6).text("ifd0", 0x10F, "Maker").place(error=(5, 1))
    .taken("2026:07:01 11:00:00", "+08:00").satellites("2026:07:01", 3, 0, 0).blob()
)  # fmt: skip
WHOLE = with_exif(TIFF, noise(96, 64, quality=40))
HEADS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"II*\0", b"\0\0\0\x18ftypheic", b"<html"]
OTHERS = [encoded(Image.new("L", (9, 9)), kind) for kind in ("PNG", "WEBP")]


def survives(data: bytes) -> None:
    report = photo.check(data, context())
    assert [finding.id for finding in report.findings] == list(FINDING_IDS)
    assert photo.inspect(data)["size"] == len(data)
    with contextlib.suppress(photo.Undecodable):
        assert photo.preview(data).startswith(b"\xff\xd8")


@CALM
@given(head=st.sampled_from([b"", *HEADS]), body=st.binary(max_size=3000))
def test_random_bytes(head, body):
    survives(head + body)


@st.composite
def mutated(draw, whole: bytes) -> bytes:
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["set", "cut", "insert", "repeat"])):
            case "set":
                data[at] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xD8, 0xD9, 0xDA, 0xE1, 0xFE, 0xFF]))
            case "cut":
                del data[at : at + draw(st.integers(1, 40))]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=20))
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 60))]
        if not data:
            break
    return bytes(data)


@CALM
@given(mutated(WHOLE))
def test_mutated_photos(data):
    survives(data)


@settings(CALM, max_examples=40)
@given(st.one_of([mutated(other) for other in OTHERS]))
def test_mutated_pngs_and_webps(data):
    survives(data)


@settings(max_examples=400, deadline=None)
@given(mutated(TIFF))
def test_mutated_exif(blob):
    one, other = exif.read(blob), exif.read_again(blob)
    exif.differences(one, other)
    for seen in (one, other):
        reading = whereabouts.read_gps(seen.gps)
        if reading.place is not None:
            assert abs(reading.place.lat) <= 90 and abs(reading.place.lon) <= 180
