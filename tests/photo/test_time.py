"""The time: zones stated, inferred and assumed; the window; clocks that disagree."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest

from survey_server import photo
from survey_server.photo.timing import _BROKEN_ZONES
from survey_server.wire.basics import Site

from .forge import Tiff, context, found, noise, result, window, with_exif


def check(tiff: Tiff, **given):
    return photo.check(with_exif(tiff.blob()), context(**given))


def taken(local: str, offset: str | None = None) -> Tiff:
    return Tiff().taken(local, offset)


def window_of(report):
    return found(report, "time_window")


def test_a_stated_offset_is_used():
    inside = window_of(check(taken("2026:07:01 03:30:00", "+01:30")))
    assert inside.result == "pass" and inside.evidence["zone_source"] == "offset_tag"
    assert window_of(check(taken("2026:07:01 10:00:00", "-05:00"))).result == "flag"


@pytest.mark.parametrize(
    ("ahead", "where"),
    [
        (480, (20.03, 110.35)),
        (480, (39.5, 76.0)),
        (480, (22.3, 114.17)),
        (420, (21.03, 105.83)),
        (345, (27.7, 85.3)),
        (330, (28.6, 77.2)),
        (525, (-31.7, 128.9)),
        (-150, (47.6, -52.7)),
        (825, (-43.95, -176.55)),
        (840, (1.87, -157.4)),
        (-60, (37.74, -25.67)),
        (120, (42.88, -8.54)),
    ],
    ids=[
        "Haikou", "Kashgar", "Hong Kong", "Hanoi", "Kathmandu", "Delhi", "Eucla", "Newfoundland", "Chatham",
        "Kiritimati", "Azores", "Galicia in summer",
    ],
)  # fmt: skip
def test_the_zone_is_inferred_from_the_satellites(ahead, where):
    """Fifty seconds off, as clocks are."""
    utc = datetime(2026, 7, 1, 4, 0, 40, tzinfo=UTC)
    local = utc + timedelta(minutes=ahead, seconds=50)
    tiff = taken(f"{local:%Y:%m:%d %H:%M:%S}").satellites("2026:07:01", 4, 0, 40)
    report = check(tiff, site=Site(*where, radius_m=100))
    finding = window_of(report)
    assert finding.evidence["zone_source"] == "gps"
    assert datetime.fromisoformat(finding.evidence["taken_at"]).utcoffset() == timedelta(minutes=ahead)
    assert result(report, "time_consistent") == "pass"


@pytest.mark.parametrize("minutes", [one for one in (*range(-300, 300, 15), 20, 47, 7) if one % 60])
@pytest.mark.parametrize("site", [Site(20.03, 110.35, radius_m=100), Site(25.03, 121.56, radius_m=100)])
def test_a_wrong_clock_in_china_is_no_other_zone(minutes, site):
    """Neither where the photo says it was taken there, nor where only the site is known."""
    local = datetime(2026, 7, 1, 12, 0) + timedelta(minutes=minutes)
    for tiff in (taken(f"{local:%Y:%m:%d %H:%M:%S}"), taken(f"{local:%Y:%m:%d %H:%M:%S}").place()):
        report = check(tiff.satellites("2026:07:01", 4, 0, 0), site=site)
        assert result(report, "time_consistent") == "flag" and report.result == "needs_review"
        assert window_of(report).evidence["taken_at"].endswith("+08:00")
        assert window_of(report).evidence["zone_assumed"] is True


def test_a_camera_that_kept_its_zone_is_understood():
    report = check(taken("2026:07:01 13:00:00").satellites("2026:07:01", 4, 0, 0).place())
    assert window_of(report).evidence["taken_at"] == "2026-07-01T13:00:00+09:00"
    assert result(report, "time_consistent") == "pass"


def test_the_photos_own_place_decides_on_a_broken_zone():
    tiff = taken("2026:07:01 09:45:00").satellites("2026:07:01", 4, 0, 0)
    tiff.place(dms=(((27, 1), (42, 1), (0, 1)), ((85, 1), (18, 1), (0, 1))))
    assert window_of(check(tiff)).evidence["taken_at"] == "2026-07-01T09:45:00+05:45"


def test_broken_zones_are_those_of_the_tz_database():
    """What it grows, the table must too."""
    known = {hours for hours, _, _ in _BROKEN_ZONES}
    kept = {
        offset.total_seconds() / 3600
        for name in zoneinfo.available_timezones()
        for month in (1, 7)
        if (offset := datetime(2026, month, 1, tzinfo=zoneinfo.ZoneInfo(name)).utcoffset())
    }
    assert {hours for hours in kept if hours % 1} <= known
    assert all(-12 <= hours <= 14 for hours in kept)


def test_an_assumed_zone_is_said_not_flagged():
    finding = window_of(check(taken("2026:07:01 10:00:00")))
    assert finding.result == "pass" and finding.evidence["zone_assumed"] is True
    assert "UTC+08:00" in finding.reason.en and "UTC+08:00" in finding.reason.zh


def test_a_window_given_in_utc_does_not_move_the_photo_by_eight_hours():
    utc = window("2026-07-01T01:00+00:00", "2026-07-01T10:00+00:00")
    finding = window_of(check(taken("2026:07:01 17:30:00"), window=utc))
    assert finding.result == "pass" and finding.evidence["taken_at"].endswith("+08:00")
    arezzo = window_of(check(taken("2026:07:01 10:00:00"), window=utc, site=Site(43.4674, 11.8851, radius_m=100)))
    assert arezzo.evidence["taken_at"].endswith("+01:00")


def test_a_phone_whose_clock_is_known_to_be_fast_is_put_right():
    """Ten past six by its own clock, which is a quarter of an hour fast: five to six by the server's."""
    tiff = taken("2026:07:01 18:10:00", "+08:00")
    finding = window_of(check(tiff, source="capture", clock_ahead_s=900.0))
    assert finding.result == "pass" and finding.evidence["clock_corrected_s"] == 900
    assert "15 minutes fast" in finding.reason.en and "快 15 分钟" in finding.reason.zh
    assert window_of(check(tiff, source="library", clock_ahead_s=900.0)).result == "flag", (
        "another day's clock is unknown"
    )
    still = check(taken("2026:07:01 12:15:30", "+08:00"), channel="still", nonce="ok", clock_ahead_s=900.0)
    assert result(still, "time_consistent") == "pass"


def test_outside_the_window_is_a_question_with_the_measure():
    early = window_of(check(taken("2026:07:01 08:00:00", "+08:00")))
    assert (early.result, early.evidence["outside_s"]) == ("flag", 3600)
    assert "before" in early.reason.en and "早于" in early.reason.zh
    assert "after" in window_of(check(taken("2026:07:01 19:00:00", "+08:00"))).reason.en


def test_only_a_time_more_than_a_day_after_receipt_fails():
    assert window_of(check(taken("2026:07:02 13:00:00", "+08:00"))).result == "fail"
    assert window_of(check(taken("2026:07:02 11:00:00", "+08:00"))).result == "flag"
    years_later = datetime(2031, 1, 1, tzinfo=UTC)
    assert window_of(check(taken("2026:07:01 10:00:00", "+08:00"), received_at=years_later)).result == "pass"


@pytest.mark.parametrize(
    "local", ["", "0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:40 99:00:00", "\x00\x00", "yesterday"]
)
def test_a_blank_or_impossible_time_is_no_time(local):
    assert window_of(check(taken(local))).result == "na"


@pytest.mark.parametrize(
    ("local", "at"),
    [
        ("2026: 7: 1  9: 5: 3", "09:05:03"),
        ("2026:7:1 9:5:3", "09:05:03"),
        ("2026:07:01 11:00", "11:00:00"),
        ("2026:07:01 10:59:60", "11:00:00"),
        ("2026.07.01 11:00:00", "11:00:00"),
        ("2026/07/01 11:00:00", "11:00:00"),
        ("2026-07-01T11:00:00", "11:00:00"),
        ("2026:07:01  11:00:00", "11:00:00"),
        ("2026:07:01 11:00:00.123", "11:00:00"),
    ],
)
def test_other_ways_of_writing_the_same_time(local, at):
    report = check(taken(local))
    assert window_of(report).evidence["taken_at"] == f"2026-07-01T{at}+08:00"
    assert report.facts["datetime_original"] == local


@pytest.mark.parametrize(
    "local", ["2026:07:01 03:05 PM", "2026:07:01 03:05:00 PM", "2026:07:01 3:05:00 p.m.", "2026:07:01 11:00:61",
              "2026:07:01", "2026:07:011 11:00:00", "20260701 110000"],
)  # fmt: skip
def test_what_may_mean_two_times_is_none(local):
    assert window_of(check(taken(local))).result == "na"


@pytest.mark.parametrize(
    ("offset", "minutes"),
    [
        ("Z", 0), ("+9:00", 540), ("UTC+8", 480), ("GMT+08:00", 480), ("+0800", 480), ("+08", 480), ("UTC", 0),
        ("-03:30", -210), ("\u22123:30", -210), (" +08:00 ", 480), ("+00:00", 0), ("+08:00:00", 480),
    ],
)  # fmt: skip
def test_other_ways_of_writing_the_zone(offset, minutes):
    local = datetime(2026, 7, 1, 4, 0) + timedelta(minutes=minutes)
    finding = window_of(check(taken(f"{local:%Y:%m:%d %H:%M:%S}", offset)))
    assert (finding.result, finding.evidence["zone_source"]) == ("pass", "offset_tag")
    assert datetime.fromisoformat(finding.evidence["taken_at"]).utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("local", "at"),
    [
        ("2026-07-01T04:00:00Z", "2026-07-01T04:00:00+00:00"),
        ("2026-07-01T05:00:00+01:00", "2026-07-01T05:00:00+01:00"),
        ("2026-07-01T05:00:00.25+0100", "2026-07-01T05:00:00+01:00"),
        ("2026-07-01 12:00+08:00", "2026-07-01T12:00:00+08:00"),
        ("2026:06:30 23:00:00-05:00", "2026-06-30T23:00:00-05:00"),
    ],
)
def test_a_zone_behind_the_time_is_its_zone(local, at):
    finding = window_of(check(taken(local)))
    assert (finding.result, finding.evidence["taken_at"]) == ("pass", at)
    assert finding.evidence["zone_assumed"] is False
    assert window_of(check(taken(local, "+08:00"))).evidence["taken_at"].endswith("+08:00"), "its own tag goes first"


@pytest.mark.parametrize("offset", ["   :  ", "+25:00", "+08:75", "08:00", "Zulu time", "?", "+080000"])
def test_what_is_no_zone_is_assumed(offset):
    report = check(taken("2026:07:01 12:00:00", offset))
    assert window_of(report).evidence["zone_assumed"] is True
    assert (report.facts["offset_original"] is None) == (offset in ("   :  ", "?"))


@pytest.mark.parametrize("local", ["0001:01:01 00:00:00", "9999:12:31 23:59:59"])
def test_the_ends_of_the_calendar(local):
    assert window_of(check(taken(local))).result in ("na", "flag", "fail")


def test_satellites_and_camera_that_disagree():
    wrong = check(taken("2026:07:01 12:07:10").satellites("2026:07:01", 4, 0, 0))
    finding = found(wrong, "time_consistent")
    assert finding.result == "flag" and finding.evidence["apart_s"] == 430
    a_day = check(taken("2026:07:01 12:00:00").satellites("2026:07:02", 4, 0, 0))
    assert "24 hours" in found(a_day, "time_consistent").reason.en
    stated = check(taken("2026:07:01 12:00:00", "+08:00").satellites("2026:07:01", 5, 0, 0))
    assert result(stated, "time_consistent") == "flag"


def test_local_time_written_where_utc_belongs_is_no_wrong_clock():
    for offset in (None, "+08:00"):
        report = check(taken("2026:07:01 12:00:00", offset).satellites("2026:07:01", 12, 0, 2))
        assert result(report, "time_consistent") == "pass"
        assert window_of(report).evidence["taken_at"] == "2026-07-01T12:00:00+08:00"


def test_for_a_live_capture_the_servers_clock_counts():
    live = {"channel": "still", "nonce": "ok"}
    finding = window_of(photo.check(noise(), context(**live)))
    assert finding.result == "pass" and finding.evidence["zone_source"] == "server"
    late = context().received_at + timedelta(hours=12)
    assert window_of(photo.check(noise(), context(**live, received_at=late))).result == "flag"
    old = check(taken("2026:06:30 12:00:00", "+08:00"), **live)
    assert result(old, "time_consistent") == "flag" and "another time" in found(old, "time_consistent").reason.en
    assert window_of(photo.check(noise(), context(channel="still", nonce="late"))).result == "na"
