"""EXIF with a damaged place in it: what is whole is read, as exiftool and Pillow read it."""

import struct

import pytest

from survey_server import photo
from survey_server.photo import exif

from .forge import Tiff, context, found, noise, result, with_exif


def whole() -> Tiff:
    return Tiff().place().taken("2026:07:01 11:00:00", "+08:00").text("ifd0", 0x10F, "HUAWEI")


def chained(blob: bytes, to: int, behind: bytes = b"") -> bytes:
    """The blob with its first IFD's pointer to a following one set."""
    at = 8 + 2 + 12 * struct.unpack_from("<H", blob, 8)[0]
    return blob[:at] + struct.pack("<I", to) + blob[at + 4 :] + behind


def damaged(blob: bytes, tag: int, kind: int, count: int, value: int) -> bytes:
    """The blob with this tag's entry rewritten."""
    at = blob.find(struct.pack("<H", tag))
    return blob[:at] + struct.pack("<HHII", tag, kind, count, value) + blob[at + 12 :]


BLOB = whole().blob()
SPARE = whole().short("ifd0", 0x100, 1).short("exif", 0x9000, 1).short("gps", 0, 1).blob()


@pytest.mark.parametrize(
    "blob",
    [
        chained(BLOB, len(BLOB), b"\xff" * 500),
        chained(BLOB, len(BLOB), noise()[:3000]),
        chained(BLOB, 0xFFFFFFFF),
        chained(BLOB, 8),
    ],
    ids=["into nothing", "into the thumbnail", "beyond", "to itself"],
)
def test_where_the_next_directory_would_lie_is_no_matter(blob):
    report = photo.check(with_exif(blob), context())
    assert report.facts["position"]["lat"] == pytest.approx(20.03) and report.facts["make"] == "HUAWEI"
    assert report.result == "accepted" and result(report, "exif_agree") == "pass"


@pytest.mark.parametrize(
    "blob",
    [
        damaged(SPARE, 0x100, 12, 1, 0x7FFFFF),
        damaged(SPARE, 0x100, 5, 999, 0xFFFFFFFF),
        damaged(SPARE, 0x9000, 5, 1, 8),
        damaged(SPARE, 0x9000, 12, 1, 0xFFFFFFF0),
    ],
    ids=["double", "rationals", "version", "version far"],
)
def test_a_tag_that_points_nowhere_costs_that_tag_alone(blob):
    facts = photo.inspect(with_exif(blob))
    assert facts["position"]["lat"] == pytest.approx(20.03) and facts["make"] == "HUAWEI"
    assert (facts["datetime_original"], facts["exif_readable"]) == ("2026:07:01 11:00:00", True)


def test_what_one_reader_gives_up_the_other_reads_and_a_person_looks():
    tiff = whole()
    tiff.ifd0 += [(0xC700 + number, 1, 999, struct.pack("<I", 8)) for number in range(120)]
    report = photo.check(with_exif(tiff.blob()), context())
    assert report.facts["position"]["lat"] == pytest.approx(20.03) and report.facts["exif_readable"] is False
    assert report.result == "needs_review" and found(report, "exif_agree").evidence["readable"] == [False, True]


def test_what_neither_reads_is_nothing():
    for blob in (b"", b"II", b"II*\0\xff\xff\xff\xff", b"GIF89a", noise()):
        seen = exif.read(blob)
        assert not seen.readable and seen.make is None and not seen.gps.mentions_place
