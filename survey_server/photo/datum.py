"""Map datums of China: WGS-84 (satellites, EXIF, browsers), GCJ-02 (AMap, Tencent, WeChat), BD-09 (Baidu).

A site's coordinates are stored as they were given and converted here, once, when they are compared. GCJ-02 is WGS-84
shifted by some 500 m along a wavy polynomial on the Krasovsky ellipsoid, inside mainland China only; BD-09 is a further
rotation of GCJ-02. Neither has an official description: the formulas are the ones every map client uses.
"""

import math
from collections.abc import Callable
from typing import Final, assert_never

from survey_server.wire.basics import Datum

Point = tuple[float, float]
"""Latitude, longitude in degrees."""

_A: Final = 6378245.0
_E2: Final = 0.00669342162296594323
_BD: Final = math.pi * 3000.0 / 180.0
_MAINLAND: Final[tuple[Point, ...]] = (
    (53.6, 121.0), (53.5, 124.0), (49.6, 128.0), (49.0, 130.5), (47.8, 131.0), (48.5, 135.1), (45.2, 133.1),
    (44.9, 131.2), (42.5, 130.6), (42.9, 129.9), (42.0, 128.0), (41.4, 128.2), (41.8, 126.8), (40.0, 124.3),
    (38.0, 123.5), (31.0, 123.5), (27.5, 122.0), (25.0, 119.9), (24.1, 118.6), (22.4, 116.8), (22.3, 114.75),
    (22.52, 114.30), (22.55, 114.22), (22.54, 114.13), (22.505, 114.05), (22.48, 113.95), (22.30, 113.83),
    (22.225, 113.60), (22.2165, 113.556), (22.2165, 113.541), (22.205, 113.536),
    (22.19, 113.531), (22.17, 113.537), (22.15, 113.541), (22.12, 113.548), (21.9, 113.55), (21.3, 112.5),
    (19.9, 111.6), (18.0, 110.0), (18.0, 108.3), (20.5, 108.0), (21.5, 108.0), (21.7, 107.3), (22.7, 106.6),
    (22.9, 105.4), (22.5, 103.5), (22.4, 102.2), (21.2, 101.7), (21.6, 100.1), (23.2, 98.8), (24.6, 97.6), (27.6, 98.6),
    (28.2, 97.4), (29.0, 95.0), (27.8, 91.6), (27.3, 89.0), (28.1, 86.5), (30.3, 81.2), (32.5, 78.5), (35.5, 77.8),
    (37.2, 74.8), (39.5, 73.5), (40.3, 75.5), (42.0, 80.0), (45.2, 82.4), (47.2, 83.1), (47.0, 85.6), (49.2, 87.4),
    (47.9, 90.5), (45.1, 91.0), (42.7, 96.4), (42.5, 101.8), (41.6, 105.0), (42.4, 109.5), (43.7, 112.0),
    (45.0, 113.6), (46.6, 119.7), (47.7, 119.0), (47.8, 116.0), (49.8, 116.7), (50.0, 119.3),
)  # fmt: skip
"""A coarse outline of the mainland and Hainan, good to some 30 km inland and to a kilometre at Hong Kong and Macau,
which use WGS-84 coordinates, as do Taiwan and the neighbours."""
_SOUTH, _NORTH, _WEST, _EAST = 17.0, 54.6, 72.5, 136.1
"""Degrees round that outline, with one to spare: both shifts stay below 0.04."""

_HAIR: Final = 1e-9
"""Degrees: a tenth of a millimetre."""


def on_mainland(point: Point) -> bool:
    """Is GCJ-02 in use here? Even-odd rule over the outline."""
    lat, lon = point
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(_MAINLAND, (*_MAINLAND[1:], _MAINLAND[0]), strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            inside = not inside
    return inside


def _wave(x: float, *terms: tuple[float, float]) -> float:
    return sum(weight * math.sin(x * turn * math.pi) for weight, turn in terms) * 2.0 / 3.0


def gcj_from_wgs(point: Point) -> Point:
    """WGS-84 to GCJ-02; outside the mainland the point itself."""
    return _shifted(point) if on_mainland(point) else point


def _shifted(point: Point) -> Point:
    lat, lon = point
    x, y = lon - 105.0, lat - 35.0
    common = _wave(x, (20, 6), (20, 2))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += common + _wave(y, (20, 1), (40, 1 / 3)) + _wave(y, (160, 1 / 12), (320, 1 / 30))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += common + _wave(x, (20, 1), (40, 1 / 3)) + _wave(x, (150, 1 / 12), (300, 1 / 30))
    radians = math.radians(lat)
    w = 1 - _E2 * math.sin(radians) ** 2
    lat += math.degrees(north / (_A * (1 - _E2) / (w * math.sqrt(w))))
    lon += math.degrees(east / (_A / math.sqrt(w) * math.cos(radians)))
    return lat, lon


def bd_from_gcj(point: Point) -> Point:
    """GCJ-02 to BD-09."""
    lat, lon = point
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def _undo(shift: Callable[[Point], Point], point: Point) -> Point:
    """The point that `shift` moves onto `point`, by fixed-point iteration to well below a millimetre."""
    guess = point
    for _ in range(30):
        moved = shift(guess)
        miss = (point[0] - moved[0], point[1] - moved[1])
        guess = (guess[0] + miss[0], guess[1] + miss[1])
        if max(abs(miss[0]), abs(miss[1])) < 1e-10:
            break
    return guess


def _wgs_from_gcj(point: Point) -> Point:
    """The mainland's point that is drawn here, if there is one; near the border a point may be its own as well."""
    if not (_SOUTH <= point[0] <= _NORTH and _WEST <= point[1] <= _EAST):
        return point  # far from China the polynomial runs away and can't be undone
    drawn = _undo(_shifted, point)
    lat, lon = drawn
    # a point on the outline itself comes back beside it, by a rounding
    near = (drawn, (lat + _HAIR, lon), (lat - _HAIR, lon), (lat, lon + _HAIR), (lat, lon - _HAIR))
    return drawn if any(map(on_mainland, near)) else point


def _on_earth(point: Point) -> bool:
    return abs(point[0]) <= 90 and abs(point[1]) <= 180


def to_wgs(point: Point, datum: Datum) -> Point:
    """A point given in `datum`, in WGS-84. What is no point on earth stays as it is."""
    if not _on_earth(point):
        return point
    match datum:
        case "wgs84":
            return point
        case "gcj02":
            return _wgs_from_gcj(point)
        case "bd09":
            turned = _undo(bd_from_gcj, point)
            return _wgs_from_gcj(turned if _on_earth(turned) else point)
        case _:
            assert_never(datum)
