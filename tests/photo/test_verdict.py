"""The table of PHOTOS.md: what the findings add up to."""

import pytest

from survey_server import photo
from survey_server.photo.finding import FINDING_IDS, finding
from survey_server.photo.verdict import verdict
from survey_server.wire.basics import Position

from .forge import HAIKOU, Tiff, context, noise, result, with_exif


def verdict_with(**changed):
    """The verdict over a good upload's findings, some changed."""
    results = dict.fromkeys(FINDING_IDS, "pass") | {"live_capture": "na"} | changed
    return verdict(finding(check, outcome, "。", ".") for check, outcome in results.items())


def test_a_good_photo_is_accepted():
    assert verdict_with() == "accepted"


@pytest.mark.parametrize("check", FINDING_IDS)
def test_only_a_broken_or_unsupported_file_is_rejected(check):
    rejected = verdict_with(**{check: "fail"}) == "rejected"
    assert rejected is (check in ("file_safe", "format_ok"))


@pytest.mark.parametrize("check", FINDING_IDS)
def test_any_flag_but_quality_goes_to_a_person(check):
    assert verdict_with(**{check: "flag"}) == ("accepted" if check == "quality" else "needs_review")


@pytest.mark.parametrize("check", ["geofence", "time_window"])
def test_without_place_or_time_a_person_looks(check):
    assert verdict_with(**{check: "na"}) == "needs_review"


@pytest.mark.parametrize("check", ["exif_agree", "gps_present", "gps_valid", "datum", "time_consistent"])
def test_what_is_absent_weighs_nothing(check):
    assert verdict_with(**{check: "na"}) == "accepted"


def good_upload() -> bytes:
    return with_exif(Tiff().place().taken("2026:07:01 11:00:00", "+08:00").satellites("2026:07:01", 3, 0, 0).blob())


def test_an_upload_with_place_and_time_is_accepted():
    report = photo.check(good_upload(), context())
    assert report.result == "accepted"
    assert (report.media_type, report.suffix) == ("image/jpeg", ".jpg")
    assert {found.result for found in report.findings} == {"pass", "na"}


def test_an_upload_without_metadata_goes_to_a_person_and_is_not_blamed():
    report = photo.check(noise(), context())
    assert report.result == "needs_review"
    assert {found.result for found in report.findings} == {"pass", "na"}


def still(nonce, accuracy=20.0, lat=HAIKOU[0]):
    here = Position(lat, HAIKOU[1], accuracy, context().received_at)
    return photo.check(noise(), context(channel="still", nonce=nonce, position=here))


def test_a_live_capture_on_site_is_accepted():
    report = still("ok")
    assert report.result == "accepted" and result(report, "live_capture") == "pass"


def test_a_live_capture_that_does_not_prove_enough_goes_to_a_person():
    assert still("ok", accuracy=500).result == "needs_review"
    assert still("ok", lat=HAIKOU[0] + 0.1).result == "needs_review"
    assert still("late").result == "needs_review" and result(still("late"), "live_capture") == "flag"
    assert still("wrong").result == "needs_review" and result(still("wrong"), "live_capture") == "fail"
    no_place = photo.check(noise(), context(channel="still", nonce="ok"))
    assert no_place.result == "needs_review"


def test_where_the_phone_was_is_told_of_a_picture_taken_in_the_page_and_decides_nothing():
    here = Position(HAIKOU[0], HAIKOU[1], 12.0, context().received_at)
    found = {one.id: one for one in photo.check(noise(), context(source="capture", position=here)).findings}
    assert found["geofence"].result == "na"
    assert found["geofence"].evidence["phone_distance_m"] < 100
    assert "take it again" in found["geofence"].advice.en and "请打开定位" not in found["geofence"].advice.zh
    chosen = {one.id: one for one in photo.check(noise(), context(source="library", position=here)).findings}
    assert "phone_distance_m" not in chosen["geofence"].evidence, "the library's pictures were taken elsewhere"


def test_an_upload_cannot_claim_to_be_live():
    assert result(photo.check(noise(), context(nonce="ok")), "live_capture") == "na"
