"""Do two pictures show the same place? Local features, matched and held to the geometry of one scene. Pure.

RootSIFT (Arandjelovic and Zisserman 2012) of a picture of at most 960 px; nearest neighbours, mutual and by Lowe's
ratio; then the fundamental matrix or the homography that most pairs obey (USAC MAGSAC, Barath 2020). Two views of a
place keep dozens of pairs, two places hardly ever a dozen: figures by `takan bench photo`.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from survey_server.photo.picture import Pixels, shrink

PLAIN: Final = 60
"""A picture with fewer features (a white wall, the dark) can't be told from another."""
LONGEST_PX: Final = 960
FEATURES: Final = 1000
DRAWN: Final = 20
"""Pairs handed on for drawing."""

_RATIO: Final = 0.8
_OFF_PX: Final = 2.0
_SURE: Final = 0.999
_TRIES: Final = 5000
_STRONGEST: Final = 256
_CLOSELY: Final = 12
_WORDS: Final = 128
_GRID: Final = 6
_NEIGHBOURS: Final = 8

_Floats = NDArray[np.float32]
_Numbers = NDArray[np.intp]


class Features(msgspec.Struct, frozen=True):
    """What is remembered of a picture, the strongest feature first.

    `places` holds x and y as little-endian uint16 shares of 65,535 of width and height, `words` 128 bytes a feature:
    the roots of its L1-normed SIFT descriptor times 512.
    """

    width: int
    height: int
    places: bytes
    words: bytes

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.words) // _WORDS


class Match(msgspec.Struct, frozen=True):
    """How many pairs one geometry explains, and a few of them for drawing: x, y in the first and x, y in the second
    picture, as shares of width and height.
    """

    inliers: int
    points: list[tuple[float, float, float, float]]


NOTHING: Final = Match(0, [])


def features(pixels: Pixels) -> Features:
    """The features of a picture in colour; the larger side counts 960 px at most."""
    grey = cv2.cvtColor(shrink(pixels, LONGEST_PX), cv2.COLOR_BGR2GRAY)
    height, width = grey.shape[:2]
    found, words = cast("tuple[Sequence[Any], _Floats | None]", cv2.SIFT.create(FEATURES).detectAndCompute(grey, None))
    if words is None:
        return Features(width, height, b"", b"")
    order = np.argsort([-each.response for each in found], kind="stable")[:FEATURES]
    places = np.array([found[at].pt for at in order]) / (width, height)
    rooted = np.sqrt(words[order] / np.maximum(words[order].sum(1, keepdims=True), 1))
    return Features(
        width,
        height,
        np.clip(np.round(places * 65_535), 0, 65_535).astype("<u2").tobytes(),
        np.minimum(np.round(rooted * 512), 255).astype(np.uint8).tobytes(),
    )


def match(one: Features, other: Features) -> Match:
    """How far two pictures show the same place: at 25 `inliers` (Policy.scene_inliers) they do."""
    pairs = _one_each(_pairs(_words(one), _words(other)), one, other)
    if len(pairs) < 8:  # what a fundamental matrix takes
        return NOTHING
    here, there = _places(one)[pairs[:, 0]], _places(other)[pairs[:, 1]]
    agreeing = _agreeing(_pixels(here, one), _pixels(there, other))
    return Match(int(agreeing.sum()), _drawn(np.hstack([here, there])[agreeing]))


def best_match(one: Features, others: Sequence[Features]) -> tuple[int, Match] | None:
    """Which of the others shows this place best, and how; None if there is none.

    All are compared by their strongest features; the likeliest dozen, the earlier in the sequence first where they are
    even, closely.
    """
    strongest = _words(one, _STRONGEST)
    likeness = [-len(_pairs(strongest, _words(other, _STRONGEST))) for other in others]
    likeliest = sorted(range(len(others)), key=likeness.__getitem__)[:_CLOSELY]
    matches = [(at, match(one, others[at])) for at in likeliest]
    return max(matches, key=lambda found: found[1].inliers, default=None)


def _words(of: Features, strongest: int = FEATURES) -> _Floats:
    return np.frombuffer(of.words[: strongest * _WORDS], np.uint8).reshape(-1, _WORDS).astype(np.float32)


def _places(of: Features) -> _Floats:
    return (np.frombuffer(of.places, "<u2").reshape(-1, 2) / 65_535).astype(np.float32)


def _pixels(places: _Floats, of: Features) -> _Floats:
    return places * np.array([of.width, of.height], np.float32)


def _pairs(one: _Floats, other: _Floats) -> _Numbers:
    """Numbers of features that are each other's nearest, and clearly nearer than the second nearest."""
    if len(one) < 2 or len(other) < 2:
        return np.zeros((0, 2), np.intp)
    apart = np.square(one).sum(1)[:, None] + np.square(other).sum(1)[None] - 2 * (one @ other.T)
    rows, nearest = np.arange(len(one)), apart.argmin(1)
    mutual = apart.argmin(0)[nearest] == rows
    first = apart[rows, nearest]
    apart[rows, nearest] = np.inf
    kept = np.nonzero(mutual & (first < _RATIO**2 * apart.min(1)))[0]
    return np.stack([kept, nearest[kept]], axis=1)


def _one_each(pairs: _Numbers, one: Features, other: Features) -> _Numbers:
    """One pair a place: SIFT gives a corner several directions, and each would count."""
    for side, of in enumerate((one, other)):
        rounded = np.round(_pixels(_places(of)[pairs[:, side]], of))
        _, first = np.unique(rounded, axis=0, return_index=True)
        pairs = pairs[np.sort(first)]
    return pairs


def _agreeing(here: _Floats, there: _Floats) -> NDArray[np.bool_]:
    """The pairs that the better of two geometries explains: a scene with depth, or a flat one."""
    best = np.zeros(len(here), bool)
    for fit in (cv2.findFundamentalMat, cv2.findHomography):
        arguments: dict[str, Any] = {"ransacReprojThreshold": _OFF_PX, "confidence": _SURE, "maxIters": _TRIES}
        try:
            mask = cast("NDArray[np.uint8] | None", fit(here, there, method=cv2.USAC_MAGSAC, **arguments)[1])
        except cv2.error:  # points that allow no geometry at all
            continue
        agreeing = np.zeros(len(here), bool) if mask is None else mask.ravel().astype(bool)
        best = agreeing if agreeing.sum() > best.sum() else best
    return best


def _drawn(pairs: _Floats) -> list[tuple[float, float, float, float]]:
    """A few of these, spread over the first picture: the strongest of each field of a grid, then the next strongest.

    Where a scene has depth, a pair by chance may obey the geometry: what is shown also has its neighbours about it.
    """
    fields: dict[tuple[int, int], int] = {}
    rank: list[tuple[int, int]] = []
    for at in np.nonzero(_in_company(pairs))[0]:
        field = int(pairs[at, 0] * _GRID), int(pairs[at, 1] * _GRID)
        fields[field] = fields.get(field, -1) + 1
        rank.append((fields[field], int(at)))
    chosen = sorted(at for _, at in sorted(rank)[:DRAWN])
    return [cast("tuple[float, float, float, float]", tuple(round(float(v), 4) for v in pairs[at])) for at in chosen]


def _in_company(pairs: _Floats) -> NDArray[np.bool_]:
    """Which pairs have the same neighbours in both pictures: half or more of the nearest eight."""
    if len(pairs) <= _NEIGHBOURS:
        return np.ones(len(pairs), bool)
    near = [_nearest(side) for side in (pairs[:, :2], pairs[:, 2:])]
    return np.array([2 * len(set(one) & set(other)) >= _NEIGHBOURS for one, other in zip(*near, strict=True)])


def _nearest(points: _Floats) -> list[list[int]]:
    apart = np.square(points[:, None] - points[None]).sum(2)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1)[:, :_NEIGHBOURS].tolist()
