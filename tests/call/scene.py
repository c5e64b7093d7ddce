"""A camera with something to see: the moving code over a texture that moves, at a real camera's cost in bits.

A picture of plain blocks costs a packet; congestion control then knows a tenth of what it knows in a real call.
"""

from pathlib import Path

import cv2
import numpy as np

from tests.browser.codes import COUNT, HEIGHT, WIDTH, draw

_TEXTURES, _GRAIN = 8, 4
_DARK, _BRIGHT, _DEPTH = 45, 210, 40


def write_scene(path: Path) -> Path:
    """An MJPEG file for Chromium's fake camera, in a loop of COUNT pictures."""
    chance = np.random.default_rng(1)
    coarse = chance.integers(-_DEPTH, _DEPTH, (_TEXTURES, HEIGHT // _GRAIN, WIDTH // _GRAIN)).astype(np.float32)
    textures = [cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for one in coarse]
    with path.open("wb") as out:
        for number in range(COUNT):
            moved = np.roll(textures[number // 90 % _TEXTURES], (number * 2 % HEIGHT, number * 3 % WIDTH), (0, 1))
            picture = draw(number).astype(np.float32) / 255 * (_BRIGHT - _DARK) + _DARK + moved
            coded = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
            out.write(coded[1].tobytes())
    return path
