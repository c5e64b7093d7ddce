"""The place: what a GPS block amounts to, the fence, and mixed-up map datums."""

import math

import pytest

from survey_server import photo
from survey_server.photo.datum import bd_from_gcj, gcj_from_wgs, on_mainland, to_wgs
from survey_server.photo.whereabouts import distance_m
from survey_server.wire.basics import Position, Site

from .forge import DMS_HAIKOU, HAIKOU, Tiff, context, found, noise, result, with_exif

LON = DMS_HAIKOU[1]


def placed(**given):
    return with_exif(Tiff().place(**given).blob())


def check(data, **given):
    return photo.check(data, context(**given))


BLANK = ((0, 0),) * 3


@pytest.mark.parametrize(
    ("data", "present", "valid", "fence"),
    [
        (placed(), "pass", "pass", "pass"),
        (noise(), "na", "na", "na"),
        (placed(dms=(BLANK, BLANK), refs=("", "")), "na", "na", "na"),
        (placed(dms=(((20, 0), (1, 0), (48, 0)), LON)), "na", "na", "na"),
        (placed(dms=(((20, 1), (1, 1), (0, 0)), LON)), "na", "na", "na"),
        (placed(refs=("", "E")), "na", "na", "na"),
        (placed(dms=(((0, 1),) * 3, ((0, 1),) * 3)), "na", "na", "na"),
        (placed(refs=(None, "E")), "pass", "flag", "na"),
        (placed(refs=("X", "E")), "pass", "flag", "na"),
        (placed(dms=(((20, 1), (75, 1), (0, 1)), LON)), "pass", "flag", "na"),
        (placed(dms=(((2003, 100),), ((11035, 100),))), "pass", "flag", "na"),
        (placed(dms=(((999, 1), (0, 1), (0, 1)), LON)), "pass", "fail", "na"),
        (placed(dms=(((4294967295, 1),) * 3, LON)), "pass", "fail", "na"),
        (
            with_exif(
                Tiff()
                .text("gps", 1, "N").doubles("gps", 2, [math.nan, math.inf, 0.0])
                .text("gps", 3, "E").doubles("gps", 4, [110.0, 21.0, 0.0])
                .blob()
            ),
            "pass", "fail", "na",
        ),
        (
            with_exif(
                Tiff()
                .text("gps", 1, "S").rationals("gps", 2, [(-20, 1), (1, 1), (48, 1)], signed=True)
                .text("gps", 3, "E").rationals("gps", 4, LON)
                .blob()
            ),
            "pass", "flag", "na",
        ),
    ],
    ids=[
        "sound", "none", "blanked", "zero denominators", "one blank part", "blank reference", "null island",
        "reference missing", "reference X", "75 minutes", "one value", "latitude 999", "huge", "not a number",
        "negative degrees",
    ],
)  # fmt: skip
def test_what_a_gps_block_amounts_to(data, present, valid, fence):
    report = check(data)
    assert (result(report, "gps_present"), result(report, "gps_valid"), result(report, "geofence")) == (
        present,
        valid,
        fence,
    )
    assert result(report, "exif_agree") != "flag"


def at(metres_north: float):
    """A site so that the photo at Haikou lies this far south of it."""
    return Site(HAIKOU[0] + metres_north / 110_700, HAIKOU[1], radius_m=200)


def test_inside_and_outside_the_fence():
    assert result(check(placed(), site=at(150)), "geofence") == "pass"
    outside = found(check(placed(), site=at(600)), "geofence")
    assert outside.result == "flag" and outside.evidence["cause"] == "outside"
    assert outside.evidence["distance_m"] == pytest.approx(600, abs=2) and outside.evidence["radius_m"] == 200
    assert result(check(placed(), site=at(49_000)), "geofence") == "flag"
    assert result(check(placed(), site=at(51_000)), "geofence") == "fail"


def test_uncertainty_never_turns_outside_into_inside():
    report = check(placed(error=(500, 1)), site=at(600))
    assert found(report, "geofence").evidence["cause"] == "within_error"
    assert result(report, "geofence") == "flag"
    coarse = found(check(placed(error=(500, 1)), site=at(100)), "geofence")
    assert (coarse.result, coarse.evidence["cause"]) == ("flag", "too_coarse")
    assert result(check(placed(error=(30, 1)), site=at(100)), "geofence") == "pass"


def position(metres_north: float, accuracy: float) -> Position:
    return Position(HAIKOU[0] + metres_north / 110_700, HAIKOU[1], accuracy, context().received_at)


def test_a_still_is_where_the_browser_says():
    report = check(noise(), channel="still", nonce="ok", position=position(50, 20))
    fence = found(report, "geofence")
    assert fence.result == "pass" and fence.evidence["source"] == "browser"
    assert result(check(noise(), channel="still", nonce="ok", position=position(50, 900)), "geofence") == "flag"
    assert result(check(noise(), channel="still", nonce="ok", position=position(900, 20)), "geofence") == "flag"
    assert result(check(noise(), channel="still", nonce="ok"), "geofence") == "na"


def test_an_upload_is_not_where_its_sender_stands():
    assert result(check(noise(), position=position(0, 5)), "geofence") == "na"


def test_a_still_whose_file_names_another_place_is_looked_at():
    elsewhere = placed(dms=(((20, 1), (30, 1), (0, 1)), LON))
    fence = found(check(elsewhere, channel="still", nonce="ok", position=position(0, 5)), "geofence")
    assert (fence.result, fence.evidence["cause"]) == ("flag", "file_disagrees")


# ---------------------------------------------------------------- datums

WGS, GCJ, BD = (20.0440, 110.1999), (20.041886, 110.204192), (20.047663, 110.210735)


def test_datum_vectors():
    assert gcj_from_wgs(WGS) == pytest.approx(GCJ, abs=1e-6)
    assert bd_from_gcj(GCJ) == pytest.approx(BD, abs=1e-6)
    assert 506 <= distance_m(WGS, gcj_from_wgs(WGS)) <= 514
    assert 932 <= distance_m(GCJ, BD) <= 952


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_the_inverse_is_good_to_a_millimetre(datum):
    for lat in range(20, 50, 3):
        for lon in range(99, 121, 3):
            if not on_mainland((lat, lon)):
                continue
            shifted = gcj_from_wgs((lat, lon))
            shifted = bd_from_gcj(shifted) if datum == "bd09" else shifted
            assert distance_m(to_wgs(shifted, datum), (lat, lon)) < 0.001


@pytest.mark.parametrize(
    ("place", "mainland"),
    [
        ((20.03, 110.35), True), ((18.25, 109.5), True), ((39.9, 116.4), True), ((43.8, 87.6), True),
        ((22.543, 114.057), True), ((22.27, 113.576), True), ((22.302, 114.177), False), ((22.503, 114.128), False),
        ((22.19, 113.545), False), ((25.03, 121.56), False), ((21.03, 105.85), False), ((43.46, 11.88), False),
    ],
    ids=[
        "Haikou", "Sanya", "Beijing", "Urumqi", "Shenzhen", "Zhuhai", "Hong Kong", "Sheung Shui", "Macau", "Taipei",
        "Hanoi", "Arezzo",
    ],
)  # fmt: skip
def test_gcj_is_used_on_the_mainland_only(place, mainland):
    assert on_mainland(place) is mainland
    assert (gcj_from_wgs(place) == place) is not mainland


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_site_given_in_a_map_datum_is_converted_once(datum):
    raw = gcj_from_wgs(HAIKOU)
    raw = bd_from_gcj(raw) if datum == "bd09" else raw
    report = check(placed(), site=Site(*raw, radius_m=50, datum=datum))
    assert result(report, "geofence") == "pass" and result(report, "datum") == "pass"
    assert found(report, "geofence").evidence["distance_m"] < 0.1


@pytest.mark.parametrize(("shift", "reading"), [(gcj_from_wgs, "site_as_gcj02"), (None, "site_as_bd09")])
def test_a_mixed_up_datum_is_named_and_never_passes(shift, reading):
    raw = shift(HAIKOU) if shift else bd_from_gcj(gcj_from_wgs(HAIKOU))
    report = check(placed(), site=Site(*raw, radius_m=100))
    mixed = found(report, "datum")
    assert (mixed.result, mixed.evidence["reading"]) == ("flag", reading)
    assert "mix-up" in mixed.reason.en and "坐标系" in mixed.reason.zh
    assert result(report, "geofence") == "flag" and report.result == "needs_review"


def test_plainly_elsewhere_is_no_mix_up():
    assert result(check(placed(), site=at(5_000)), "datum") == "pass"


@pytest.mark.parametrize("degrees", [90, 89.95, 89.9])
@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_a_photo_or_a_site_near_a_pole_is_judged(degrees, datum):
    for ref in ("N", "S"):
        pole = placed(dms=(((round(degrees * 100), 100), (0, 1), (0, 1)), LON), refs=(ref, "E"))
        assert result(check(pole), "geofence") == "fail"
        site = Site(degrees if ref == "N" else -degrees, 110.35, radius_m=200, datum=datum)
        assert result(check(placed(), site=site), "geofence") == "fail"
