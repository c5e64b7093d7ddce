"""The time: zones stated, inferred and assumed; the window; clocks that disagree."""

from datetime import UTC, datetime, timedelta

import pytest

from survey_server import photo
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


@pytest.mark.parametrize(("hour", "offset"), [(4, "+08:00"), (5, "+07:00"), (6, "+05:45")])
def test_the_zone_is_inferred_from_the_satellites(hour, offset):
    minute = 15 if offset == "+05:45" else 0
    tiff = taken("2026:07:01 12:01:30").satellites("2026:07:01", hour, minute, 40)
    finding = window_of(check(tiff))
    assert finding.evidence["zone_source"] == "gps" and finding.evidence["taken_at"].endswith(offset)
    assert result(check(tiff), "time_consistent") == "pass"


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
