"""The copy people look at: small, upright, bare."""

import io

import numpy as np
import pytest
from PIL import Image

from survey_server import photo

from .forge import Tiff, encoded, noise, with_exif

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(photo.preview(data)))


def corners(picture: Image.Image) -> list[str]:
    """Top left, top right, bottom left, bottom right, by name."""
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    width, height = picture.size
    spots = [(8, 8), (width - 9, 8), (8, height - 9), (width - 9, height - 9)]
    seen = [np.array(picture.getpixel(spot), float) for spot in spots]
    return [min(names, key=lambda name: float(np.abs(colour - names[name]).sum())) for colour in seen]


def quarters() -> Image.Image:
    picture = Image.new("RGB", (400, 200))
    for colour, box in zip((RED, GREEN, BLUE, WHITE), ((0, 0), (200, 0), (0, 100), (200, 100)), strict=True):
        picture.paste(colour, (*box, box[0] + 200, box[1] + 100))
    return picture


UPRIGHT = ["red", "green", "blue", "white"]
STORED = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip
"""How the camera stored an upright picture under each EXIF orientation."""


@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_comes_out_upright(orientation):
    stored = quarters() if STORED[orientation] is None else quarters().transpose(STORED[orientation])
    data = with_exif(Tiff().short("ifd0", 0x112, orientation).blob(), encoded(stored, quality=95))
    picture = shown(data)
    assert picture.size == (400, 200) and corners(picture) == UPRIGHT


def test_a_rotated_sample_is_landscape(samples):
    original = Image.open(samples / "landscape_6.jpg")
    assert original.size == (450, 600)
    assert shown((samples / "landscape_6.jpg").read_bytes()).size == (600, 450)


def test_it_is_small_and_carries_nothing_along(samples):
    made = photo.preview((samples / "DSCN0010.jpg").read_bytes())
    assert max(Image.open(io.BytesIO(made)).size) == 640
    assert b"Exif" not in made and b"NIKON" not in made and photo.inspect(made)["exif_blocks"] == 0
    assert max(shown(noise(4000, 3000)).size) == 640
    assert shown(noise(300, 200)).size == (300, 200), "never enlarged"


def test_a_tail_does_not_come_along():
    assert b"<script" not in photo.preview(noise() + b"<script>alert(1)</script>")


@pytest.mark.parametrize("data", [b"", b"<html>", noise()[:150], b"\0\0\0\x18ftypheic" + b"\0" * 50])
def test_without_a_picture_there_is_no_preview(data):
    with pytest.raises(photo.Undecodable):
        photo.preview(data)
