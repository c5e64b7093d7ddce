"""Place, time and camera of real photos, against what exiftool says of them."""

import json
from datetime import UTC, datetime

import pytest

from survey_server import photo
from survey_server.wire.basics import Site

from .forge import context, found, result, window

AREZZO = Site(43.4674, 11.8851, radius_m=1000)
THAT_DAY = window("2008-10-22T00:00+02:00", "2008-10-23T00:00+02:00")


def test_every_file_of_the_corpus(corpus):
    compared = 0
    for truth in json.loads((corpus / "expected.json").read_text())["files"]:
        facts = photo.inspect((corpus / truth["file"]).read_bytes())
        name = truth["file"]
        nowhere = truth["lat"] is None or (truth["lat"], truth["lon"]) == (0, 0)
        place = facts["position"]
        assert place["lat"] == (None if nowhere else pytest.approx(truth["lat"], abs=1e-7)), name
        assert place["lon"] == (None if nowhere else pytest.approx(truth["lon"], abs=1e-7)), name
        assert (place["status"] == "redacted") == truth["gps_redacted"], name
        if place["lat"] is not None and truth["alt"] is not None:
            assert place["altitude_m"] == pytest.approx(truth["alt"], abs=1e-6), name
        for field in ("datetime_original", "offset_original", "orientation", "make", "model"):
            assert facts[field] == truth[field], (name, field)
        software = truth["software"]  # exiftool writes a number where the text looks like one
        assert facts["software"] == (software if software is None else str(software)), name
        compared += 1
    assert compared == 66


def arezzo(folder):
    photos = sorted(folder.glob("DSCN*.jpg"))
    assert photos
    return photos


def check_arezzo(path, site):
    facts = context(name=path.name, site=site, window=THAT_DAY, received_at=datetime.now(UTC))
    return photo.check(path.read_bytes(), facts)


@pytest.mark.parametrize("place", ["samples", "corpus"])
def test_photos_of_arezzo_are_inside_their_fence_and_day(place, request):
    folder = request.getfixturevalue(place)
    folder = folder if place == "samples" else folder / "ianare_exif-samples" / "jpg" / "gps"
    for path in arezzo(folder):
        report = check_arezzo(path, AREZZO)
        assert result(report, "geofence") == "pass", path.name
        assert found(report, "geofence").evidence["distance_m"] < 1000
        assert result(report, "time_window") == "pass", path.name
        assert result(report, "time_consistent") == "flag", "this camera's GPS date runs a day ahead of its clock"
        assert result(report, "exif_agree") == "pass"
        assert report.result == "needs_review"
        far = check_arezzo(path, Site(20.03, 110.35, radius_m=1000))
        assert result(far, "geofence") == "fail"
        assert found(far, "geofence").evidence["distance_m"] > 9_000_000
        assert far.result == "needs_review", "a person decides on a wrong place"


def test_a_photo_from_the_southern_hemisphere(samples):
    facts = photo.inspect((samples / "Kodak_CX7530.jpg").read_bytes())
    place = facts["position"]
    assert (place["lat"], place["lon"]) == (pytest.approx(-0.3713), pytest.approx(36.0564166667))


def test_a_phone_photo_with_a_date_but_no_satellite_time(samples):
    facts = photo.inspect((samples / "Issue_508.jpg").read_bytes())
    place = facts["position"]
    assert (place["lat"], place["lon"]) == (pytest.approx(43.8594694444), pytest.approx(15.5032833333))
    assert facts["datetime_original"] == "2020:09:02 18:52:42" and facts["gps_utc"] is None
