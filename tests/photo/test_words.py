"""Every finding speaks to an applicant on a phone, in both languages, and every fail and flag says what to do."""

import json
import re

import msgspec
import pytest

from survey_server import photo
from survey_server.photo.examination import given_up, not_examined
from survey_server.photo.finding import without_advice
from survey_server.wire.basics import Position, Site

from .forge import HAIKOU, Tiff, context, noise, resized_header, with_exif

CJK = re.compile(r"[一-鿿]")
JARGON = re.compile(r"exif|metadata|nonce|parse|null|none|nan\b|exception|datum", re.IGNORECASE)


def reports():
    place, near = Tiff().place(), Position(*HAIKOU, 20, context().received_at)
    yield photo.check(noise(), context())
    yield photo.check(noise() + b"tail", context(name="a.png"))
    yield photo.check(noise()[:9000], context())
    yield photo.check(noise()[:300], context())
    yield photo.check(b"<html>", context())
    yield photo.check(b"\0\0\0\x18ftypheic", context())
    yield photo.check(resized_header(noise(64, 64), 65000, 65000), context())
    yield photo.check(with_exif(place.blob()), context(site=Site(20.5, 110.35, radius_m=100)))
    yield photo.check(with_exif(place.blob()), context(site=Site(*HAIKOU, radius_m=10, datum="gcj02")))
    yield photo.check(with_exif(place.blob()), context(site=Site(43.46, 11.88, radius_m=100)))
    yield photo.check(with_exif(Tiff().place(refs=("X", "E")).blob()), context())
    yield photo.check(with_exif(Tiff().place(refs=("", "E")).blob()), context())
    yield photo.check(with_exif(Tiff().place(error=(900, 1)).blob()), context(site=Site(20.034, 110.35, radius_m=100)))
    yield photo.check(with_exif(Tiff().place(error=(900, 1)).blob()), context())
    yield photo.check(with_exif(Tiff().place(dms=(((999, 1),) * 3,) * 2).blob()), context())
    yield photo.check(with_exif(Tiff().place(dms=(((0, 1),) * 3,) * 2).blob()), context())
    yield photo.check(with_exif(b"II*\0\xff\xff\xff\xff"), context())
    for local in ("2026:07:01 11:00:00", "2026:06:01 11:00:00", "2036:07:01 11:00:00"):
        yield photo.check(with_exif(Tiff().taken(local).blob()), context())
        yield photo.check(with_exif(Tiff().taken(local).satellites("2026:07:01", 4, 7, 30).blob()), context())
        yield photo.check(with_exif(Tiff().taken(local).blob()), context(channel="still", nonce="ok", position=near))
    for nonce in ("ok", "late", "wrong", None):
        yield photo.check(noise(160, 120), context(channel="still", nonce=nonce, position=near))
    yield given_up(noise(), context(), "time")
    yield not_examined(noise(), context())


FINDINGS = [finding for report in reports() for finding in report.findings]


def test_the_reports_show_nearly_every_answer():
    seen = {(finding.id, finding.result) for finding in FINDINGS}
    possible = {
        "file_safe": "pass flag fail na", "format_ok": "pass flag fail na", "exif_agree": "pass na", "gps_present":
        "pass na", "gps_valid": "pass flag fail na", "geofence": "pass flag fail na", "datum": "pass flag na",
        "time_window": "pass flag fail na", "time_consistent": "pass flag na", "quality": "pass flag na",
        "live_capture": "pass flag fail na",
    }  # fmt: skip
    missing = {(check, result) for check, results in possible.items() for result in results.split()} - seen
    assert missing <= {("file_safe", "na"), ("time_consistent", "pass")}


@pytest.mark.parametrize("finding", {finding.reason.en: finding for finding in FINDINGS}.values(), ids=lambda f: f.id)
def test_both_languages_are_whole_sentences(finding):
    for said in filter(None, (finding.reason, finding.advice)):
        whole_sentences(said.zh, said.en)
    if finding.result in ("flag", "fail"):
        assert finding.advice is not None
        assert re.search(
            r"please|if you can|nothing for you to do|wait|may be asked", finding.advice.en, re.IGNORECASE
        ), finding.advice.en
        assert re.search(r"请|无需|会请您", finding.advice.zh), finding.advice.zh


def whole_sentences(zh, en):
    assert CJK.search(zh) and zh.endswith("。") and not re.search(r"[,;!?:]\s*[一-鿿]", zh)
    assert not CJK.search(en) and en.endswith(".") and en[0].isupper() and "  " not in en
    assert not JARGON.search(en), en


def test_evidence_is_json():
    for finding in FINDINGS:
        assert json.loads(msgspec.json.encode(finding.evidence)) == finding.evidence


@pytest.mark.parametrize("finding", {told.reason.en: told for told in FINDINGS}.values(), ids=lambda told: told.id)
def test_the_reason_holds_no_advice(finding):
    assert without_advice(finding).advice is None
    assert not re.search(r"请|您|工作人员", finding.reason.zh), finding.reason.zh
    assert not re.search(r"please|\byour?\b|a person|against", finding.reason.en, re.IGNORECASE), finding.reason.en
