"""Made-up photos for tests of re-use: distinct scenes with structure at every scale, and what is done to them."""

import random

import cv2
import numpy as np


def scene(number: int, size: tuple[int, int] = (960, 1280)) -> np.ndarray:
    """A street, more or less: a gradient for the sky, clouds of noise, walls with windows."""
    chance = np.random.default_rng(number)
    height, width = size
    picture = np.zeros((height, width, 3), np.float32)
    for scale in (4, 8, 16, 32, 64, 128):
        noise = chance.normal(0, 40 / np.sqrt(scale), (scale * height // width + 2, scale, 3)).astype(np.float32)
        picture += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    picture += np.linspace(150, 90, height, dtype=np.float32)[:, None, None]
    for _ in range(25):
        x, y = int(chance.integers(0, width - 60)), int(chance.integers(height // 4, height - 60))
        w, h = (int(n) for n in chance.integers(50, 260, 2))
        colour = [int(n) for n in chance.integers(20, 235, 3)]
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1)
        for _ in range(8):
            at = int(chance.integers(x, x + w)), int(chance.integers(y, y + h))
            cv2.rectangle(picture, at, (at[0] + int(chance.integers(6, 30)), at[1] + 18), [255 - c for c in colour], -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int = 92) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def stamped(pixels: np.ndarray) -> np.ndarray:
    """With the bar that a watermark camera lays over the foot of every photo."""
    picture = pixels.copy()
    bar = picture.shape[0] // 10
    picture[-bar:] //= 4
    cv2.putText(
        picture, "2026-07-01 11:02 Haikou Meilan", (bar // 3, picture.shape[0] - bar // 3), 0, bar / 40, (255,) * 3, 3
    )
    return picture


def cropped(pixels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Four fifths of either side, anywhere."""
    chance = random.Random(seed)
    height, width = (side * 4 // 5 for side in pixels.shape[:2])
    top, left = chance.randint(0, pixels.shape[0] - height), chance.randint(0, pixels.shape[1] - width)
    return pixels[top : top + height, left : left + width]
