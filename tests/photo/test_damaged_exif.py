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


def retyped(kind: int, **values: bytes) -> Tiff:
    """A sound photo's EXIF with these texts in another type."""
    places = {
        "make": ("ifd0", 0x10F), "taken": ("exif", 0x9003), "offset": ("exif", 0x9011),
        "lat_ref": ("gps", 1), "lon_ref": ("gps", 3), "lat": ("gps", 2), "lon": ("gps", 4),
    }  # fmt: skip
    tiff = whole()
    for name, value in values.items():
        where, tag = places[name]
        entries = getattr(tiff, where)
        entries[:] = [entry for entry in entries if entry[0] != tag]
        entries.append((tag, kind, len(value), value))
    return tiff


@pytest.mark.parametrize("kind", [1, 7], ids=["BYTE", "UNDEFINED"])
def test_text_of_another_type_is_text(kind):
    tiff = retyped(
        kind,
        make="华为\0".encode(),
        taken=b"2026:07:01 10:00:00\0",
        offset=b"+07:00\0",
        lat_ref=b"S\0",
        lon_ref=b"W\0",
    )
    report = photo.check(with_exif(tiff.blob()), context())
    assert report.facts["make"] == "华为" and report.facts["datetime_original"] == "2026:07:01 10:00:00"
    assert report.facts["offset_original"] == "+07:00"
    assert (report.facts["position"]["lat"], report.facts["position"]["lon"]) == pytest.approx((-20.03, -110.35))
    assert result(report, "exif_agree") == "pass"


@pytest.mark.parametrize(
    ("lat", "lon", "status"),
    [
        (b"20.03\0", b"110.35\0", "invalid"),
        (b"20 1 48\0", b"110 21 0\0", "invalid"),
        (b"\0", b"\0", "redacted"),
        (b"     \0", b"     \0", "redacted"),
    ],
)
def test_coordinates_in_letters_are_oddly_written_not_removed(lat, lon, status):
    report = photo.check(with_exif(retyped(2, lat=lat, lon=lon).blob()), context())
    assert report.facts["position"]["status"] == status
    assert result(report, "gps_valid") == ("flag" if status == "invalid" else "na")
    assert result(report, "exif_agree") == "pass"


def test_an_orientation_of_another_type_is_seen_by_both_readers():
    for kind, raw in ((1, b"\6"), (3, b"\6\0"), (4, b"\6\0\0\0"), (7, b"\6"), (8, b"\6\0"), (9, b"\6\0\0\0")):
        tiff = whole()
        tiff.ifd0.append((0x112, kind, 1, raw))
        report = photo.check(with_exif(tiff.blob()), context())
        assert report.facts["orientation"] == 6 and report.result == "accepted", kind
