"""Advice for a retake, on a real photo made worse."""

import io

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from survey_server import photo

from .forge import context, encoded, found


def advice(picture: Image.Image):
    return found(photo.check(encoded(picture, quality=92), context()), "quality")


@pytest.fixture
def good(samples) -> Image.Image:
    return Image.open(io.BytesIO((samples / "DSCN0010.jpg").read_bytes())).convert("RGB")


def test_a_good_photo_needs_no_advice(good):
    assert advice(good).result == "pass"


def test_blurred_dark_and_tiny_photos_are_told_apart(good):
    assert advice(good.filter(ImageFilter.GaussianBlur(5))).evidence["faults"] == ["blur"]
    assert advice(ImageEnhance.Brightness(good).enhance(0.15)).evidence["faults"] == ["dark"]
    assert advice(good.resize((320, 240))).evidence["faults"] == ["tiny"]


def test_advice_is_in_words_and_never_rejects(good):
    worst = good.filter(ImageFilter.GaussianBlur(9)).resize((160, 120))
    finding = advice(worst)
    assert finding.result == "flag" and "again" in finding.advice.en and "重新拍" in finding.advice.zh
    assert photo.check(encoded(worst), context()).result == "needs_review", "no place and no time; not for the blur"
