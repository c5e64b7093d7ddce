"""Cameras with something to see, at a real camera's cost in bits.

A picture of plain blocks costs a packet; congestion control then knows a tenth of what it knows in a real call. A code
that flips half of the picture makes Chromium's encoder begin anew a hundred times a minute, which no real scene does.
"""

from pathlib import Path

import cv2
import numpy as np

from tests.browser.codes import COUNT, HEIGHT, WIDTH, draw

_TEXTURES, _GRAIN = 8, 4
_DARK, _BRIGHT, _DEPTH = 45, 210, 40
_SHAPES = ((80, 60), (16, 28))
_NOISE = 3.0
_ACROSS, _DOWN, _PAN_PICTURES = 100, 20, 600


def write_scene(path: Path) -> Path:
    """The moving code over a texture that moves: an MJPEG file for Chromium's fake camera, a loop of COUNT pictures."""
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


def write_walk(path: Path) -> Path:
    """Twenty seconds of slow pan over soft shapes, with a sensor's noise; it ends where it began."""
    chance = np.random.default_rng(1)
    wide, high = WIDTH + 2 * _ACROSS, HEIGHT + 4 * _DOWN
    ground = np.full((high, wide), 120, np.float32)
    for grain, depth in _SHAPES:
        coarse = chance.integers(-depth, depth, (high // grain + 2, wide // grain + 2)).astype(np.float32)
        ground += cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
    with path.open("wb") as out:
        for turn in np.linspace(0, 2 * np.pi, _PAN_PICTURES, endpoint=False):
            way = np.array([[1, 0, _ACROSS * (np.cos(turn) - 1)], [0, 1, _DOWN * (np.sin(3 * turn) - 2)]], np.float32)
            picture = cv2.warpAffine(ground, way, (WIDTH, HEIGHT)) + chance.normal(0, _NOISE, (HEIGHT, WIDTH))
            coded = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
            out.write(coded[1].tobytes())
    return path
