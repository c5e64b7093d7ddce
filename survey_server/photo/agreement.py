"""Does one picture lie on another? Corners of both, matched, under one plausible homography (PHOTOS.md: 25 inliers).

Watermark cameras lay the same bar over every photo, and that bar alone agrees in up to 29 corners (measured). So a
good part of all corners must agree where the two overlap (copies: .42 and more, bars: at most .30), and not in one
stripe.
"""

from typing import Any, Final, cast

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from survey_server.photo.fingerprint import FEATURE

FEWEST: Final = 8
"""Matches below which no homography is looked for."""
_BITS: Final = 64
"""Most bits of 256 in which two views of one corner differ."""
_TOLERANCE: Final = 6.0
"""How far a corner may lie from where the homography puts it, in thousandths of the longer side."""
_STRIPE: Final = 0.15
"""Breadth of that stripe, of the longer side: no bar is broader."""
_BESIDE: Final = 3
"""Fewest corners that must agree outside of it."""


class Agreement(Struct, frozen=True):
    """`inliers` corners in different places agree. `share`: which part does of the earlier picture's corners where the
    other lies, 0 to 1; 0 where they all lie in one stripe.
    """

    inliers: int
    share: float


NONE: Final = Agreement(0, 0.0)


def agreement(asked: bytes, kept: bytes) -> Agreement:
    """Lay one picture's FEATUREs, at one size or several, on another's."""
    a, b = np.frombuffer(asked, FEATURE), np.frombuffer(kept, FEATURE)
    if len(a) < FEWEST or len(b) < FEWEST:
        return NONE
    between = _differing(a["bits"], b["bits"])
    nearest = between.argmin(axis=0)
    good = between[nearest, np.arange(len(b))] <= _BITS
    source, target = _places(a)[nearest[good]], _places(b)[good]
    if len(source) < FEWEST:
        return NONE
    cv2.setRNGSeed(1)
    matrix, inside = cv2.findHomography(source * 1000, target * 1000, cv2.RANSAC, _TOLERANCE)
    if not _plausible(cast("NDArray[Any] | None", matrix)):
        return NONE
    held = inside.ravel().astype(bool)
    share = _share(matrix, _places(a), _places(b), target[held])
    return Agreement(min(_distinct(source[held]), _distinct(target[held])), round(share, 3))


def _distinct(places: NDArray[np.float32]) -> int:
    """Corners found at several sizes lie in one place: within a hundredth of the longer side they count once."""
    return len(np.unique(np.round(places, 2), axis=0))


def _differing(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint16]:
    left, right = (np.ascontiguousarray(rows).view(np.uint64) for rows in (a, b))
    total = np.zeros((len(a), len(b)), np.uint16)
    for word in range(4):
        total += np.bitwise_count(left[:, None, word] ^ right[None, :, word])
    return total


def _plausible(matrix: NDArray[Any] | None) -> bool:
    """A copy is shifted, turned and scaled, hardly stretched or seen aslant. Mirror images ask separately."""
    if matrix is None or not 0.04 < float(np.linalg.det(matrix[:2, :2])) < 25:
        return False
    stretch = np.linalg.svd(matrix[:2, :2], compute_uv=False)
    return bool(stretch[0] < 1.3 * stretch[1] and np.abs(matrix[2, :2]).max() < 0.15e-3)


def _places(corners: NDArray[Any]) -> NDArray[np.float32]:
    return np.stack([corners["x"], corners["y"]], 1).astype(np.float32) / np.float32(65535)


def _share(
    matrix: NDArray[Any], asked: NDArray[np.float32], kept: NDArray[np.float32], held: NDArray[np.float32]
) -> float:
    if min(_beside(held, 0), _beside(held, 1)) < _BESIDE:
        return 0.0
    there = cv2.perspectiveTransform(kept[:, None] * 1000, np.linalg.inv(matrix))[:, 0] / 1000
    covered = ((there >= asked.min(axis=0)) & (there <= asked.max(axis=0))).all(axis=1)
    return min(1.0, len(held) / max(1, int(covered.sum())))


def _beside(places: NDArray[np.float32], axis: int) -> int:
    """How many are outside that stripe across the picture which holds the most of them."""
    ordered = places[np.argsort(places[:, axis])]
    along = ordered[:, axis]
    ends = np.searchsorted(along, along + _STRIPE, "right")
    most = int((ends - np.arange(len(along))).argmax())
    return _distinct(np.concatenate((ordered[:most], ordered[ends[most] :])))
