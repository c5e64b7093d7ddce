"""What a picture is recognised by when it comes back: a hash of the whole, and corners that outlast a crop.

A copy that was recompressed, shrunk, mirrored or turned keeps the 256-bit hash within a few bits (a DCT hash after
Zauner 2010, with sixteen frequencies each way as in PDQ). A crop does not: there corners of the picture (ORB, Rublee
2011) are found again. Both are computed on the upright picture.
"""

from typing import Final, cast

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from survey_server.photo.picture import Pixels

FEATURE: Final = np.dtype([("x", "<u2"), ("y", "<u2"), ("bits", "u1", 32)])
"""One corner: its place in units of 1/65535 of the picture's longer side, and its 256 bits."""
KEPT: Final = 192
"""Corners of a photo that are kept, 36 bytes each."""
_ASKED: Final = 250
"""Corners at each size that a new photo asks with."""
_SIDES: Final = (512, 420, 344)
"""Longer sides at which corners are sought: a crop enlarges what it leaves, so a new photo asks at smaller ones too."""
_GRID: Final = 8
_FLAT: Final = 4.0
"""Deviation of grey values (of 255) below which a picture is of one colour: its hash would be noise."""

Grey = NDArray[np.uint8]


class Fingerprint(Struct, frozen=True):
    """`whole` is None for a picture of nearly one colour: it would be like every other, so only its bytes are compared.

    `corners` are FEATUREs, the most telling first, spread over the picture. `asked` are those a search goes out with,
    of the picture at several sizes; `mirrored` the same of its mirror image. The latter two are not kept.
    """

    whole: bytes | None
    corners: bytes
    asked: bytes
    mirrored: bytes


def fingerprint(pixels: Pixels) -> Fingerprint:
    """Of an upright picture in colour, of any size and shape."""
    grey = cast("Grey", cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
    whole = _whole(grey)
    if whole is None:
        return Fingerprint(None, b"", b"", b"")
    sizes = [_sized(grey, side) for side in _SIDES]
    asked = b"".join(_corners(each, _ASKED) for each in sizes)
    mirrored = b"".join(_corners(cast("Grey", cv2.flip(each, 1)), _ASKED) for each in sizes)
    return Fingerprint(whole, asked[: KEPT * FEATURE.itemsize], asked, mirrored)


def orientations(whole: bytes) -> NDArray[np.uint8]:
    """The hashes, 8 rows of 32 bytes, of the picture turned and mirrored in every way, out of its hash alone.

    Mirroring changes the sign of every odd frequency across it, transposing transposes them. Row names: ORIENTATIONS.
    """
    bits = np.unpackbits(np.frombuffer(whole, np.uint8)).reshape(16, 16)
    odd = (np.arange(1, 17) % 2).astype(np.uint8)
    even = np.zeros(16, np.uint8)
    turned = [
        plane ^ down[:, None] ^ across[None, :]
        for plane in (bits, bits.T)
        for down, across in ((even, even), (even, odd), (odd, even), (odd, odd))
    ]
    return np.packbits(np.array(turned).reshape(8, 256), axis=1)


ORIENTATIONS: Final = (
    "upright", "mirrored", "mirrored_turned_180", "turned_180",
    "mirrored_turned_270", "turned_270", "turned_90", "mirrored_turned_90",
)  # fmt: skip
MIRRORED: Final = (False, True, True, False, True, False, False, True)


def _whole(grey: Grey) -> bytes | None:
    """Signs of the 16 x 16 lowest frequencies but the constant ones, row by row."""
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    if float(small.std()) < _FLAT:
        return None
    return np.packbits(cv2.dct(small)[1:17, 1:17] > 0).tobytes()


def _sized(grey: Grey, side: int) -> Grey:
    """With this longer side; the shorter is at least 64, so that there is room for a corner."""
    height, width = grey.shape
    scale = side / max(height, width)
    size = max(64, round(width * scale)), max(64, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cast("Grey", cv2.resize(grey, size, interpolation=method))


def _corners(grey: Grey, count: int) -> bytes:
    """The strongest of each cell of a grid first, then the second of each: every part of the picture has its share."""
    orb = cv2.ORB.create(nfeatures=1500, scaleFactor=1.2, nlevels=8, edgeThreshold=16, patchSize=31, fastThreshold=10)
    points, bits = orb.detectAndCompute(grey, None)
    if not points:
        return b""
    place = np.array([point.pt for point in points])
    strength = np.array([point.response for point in points])
    cells = np.floor(place / (np.array(grey.shape[::-1]) / _GRID)).astype(int)
    cell = cells[:, 0] * _GRID + cells[:, 1]
    order = np.lexsort((-strength, cell))
    begins = np.concatenate(([0], np.flatnonzero(np.diff(cell[order])) + 1))
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    best = np.lexsort((-strength, rank))[:count]
    found = np.empty(len(best), FEATURE)
    found["x"], found["y"] = np.clip(np.round(place[best] / max(grey.shape) * 65535), 0, 65535).T
    found["bits"] = bits[best]
    return found.tobytes()
