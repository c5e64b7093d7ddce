"""Photos of every sort, and what PHOTOS.md's table says of each: written from the table, not from the checks.

A combination is one value of each dimension. `photo_of` makes its bytes, `context_of` its circumstances, `expected` the
findings and the result the table asks for.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import product

import numpy as np
import pillow_heif
from PIL import Image

from survey_server.photo.context import Context
from survey_server.photo.datum import bd_from_gcj, gcj_from_wgs
from survey_server.wire.basics import Site

from .forge import HAIKOU, Tiff, context, encoded

BASES = ("jpeg", "png", "webp", "heic")
PLACES = {"inside": (50, None), "within error": (300, 200), "outside": (5_000, None), "far away": (100_000, None)}
"""Metres north of the site, and the error the file states. The fence is 200 m."""
DATUMS = ("wgs84", "gcj02", "bd09", "gcj02 taken for wgs84")
TIMES = {"inside": (1, 11), "before": (1, 7), "after": (1, 19), "two days ahead": (3, 11)}
"""Day and hour of July 2026 in Haikou; the window is the 1st, 9 to 18 o'clock, the photo arrived at noon."""
ZONES = ("stated +08:00", "stated +06:00", "from satellites", "assumed")
EDITS = ("none", "build number", "finished 5 s later", "editor", "changed 2 h later")
REDACTIONS = ("none", "missing", "blanked", "zero")
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Combination:
    base: str
    place: str
    datum: str
    time: str
    zone: str
    edit: str
    redaction: str


def combinations(*, every_base: bool) -> list[Combination]:
    """All of them; without `every_base` the kinds of file take turns over the rest."""
    rest = list(product(PLACES, DATUMS, TIMES, ZONES, EDITS, REDACTIONS))
    if every_base:
        return [Combination(base, *each) for base in BASES for each in rest]
    return [Combination(BASES[number % len(BASES)], *each) for number, each in enumerate(rest)]


@lru_cache
def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(5).integers(0, 255, (48, 64, 3), np.uint8))


def photo_of(one: Combination) -> bytes:
    block = b"Exif\0\0" + exif_of(one)
    if one.base == "heic":
        return heic().replace(SPACE, block.ljust(len(SPACE), b"\0"))
    return encoded(picture(), one.base.upper(), exif=block)


SPACE = b"Exif\0\0II*\0" + b"\x55" * 1014


@lru_cache
def heic() -> bytes:
    """Encoded once, with room for any of the blobs: encoding takes ten times as long as the check."""
    out = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(out, quality=50, exif=SPACE)
    return out.getvalue()


def exif_of(one: Combination) -> bytes:
    tiff = Tiff()
    metres, error = PLACES[one.place]
    lat, lon = HAIKOU[0] + metres / 110_700, HAIKOU[1]
    match one.redaction:
        case "none":
            tiff.place((dms(lat), dms(lon)), error=(error, 1) if error else None)
        case "blanked":
            tiff.place((((0, 0),) * 3,) * 2, refs=("", ""))
        case "zero":
            tiff.place((((0, 1),) * 3,) * 2)
    day, hour = TIMES[one.time]
    at = datetime(2026, 7, day, hour, tzinfo=CHINA)
    local = at.astimezone(timezone(timedelta(hours=6))) if one.zone == "stated +06:00" else at
    tiff.taken(
        f"{local:%Y:%m:%d %H:%M:%S}", one.zone.removeprefix("stated ") if one.zone.startswith("stated") else None
    )
    if one.zone == "from satellites":
        utc = at.astimezone(UTC)
        tiff.satellites(f"{utc:%Y:%m:%d}", utc.hour, utc.minute, 2)
    later = {"finished 5 s later": timedelta(seconds=5), "changed 2 h later": timedelta(hours=2)}.get(one.edit)
    if later is not None:
        tiff.text("ifd0", 0x132, f"{local + later:%Y:%m:%d %H:%M:%S}")
    software = {"build number": "G991BXXU5CVDD", "editor": "Adobe Photoshop 25.1 (Windows)"}.get(one.edit)
    return (tiff.text("ifd0", 0x131, software) if software else tiff).blob()


def dms(degrees: float) -> tuple[tuple[int, int], ...]:
    minutes = degrees % 1 * 60
    return (int(degrees), 1), (int(minutes), 1), (round(minutes % 1 * 60 * 10_000), 10_000)


def context_of(one: Combination) -> Context:
    gcj = gcj_from_wgs(HAIKOU)
    lat, lon = {"wgs84": HAIKOU, "bd09": bd_from_gcj(gcj)}.get(one.datum, gcj)
    datum = "wgs84" if "taken for" in one.datum else one.datum
    suffix = "jpg" if one.base == "jpeg" else one.base
    return context(name=f"photo.{suffix}", site=Site(lat, lon, radius_m=200, datum=datum))


def expected(one: Combination) -> dict[str, str]:
    """By the table: findings this set is about, and the result."""
    located, mixed = one.redaction == "none", "taken for" in one.datum
    fence = {"inside": "pass", "within error": "flag", "outside": "flag", "far away": "fail"}[one.place]
    found = {
        "file_safe": "pass",
        "format_ok": "pass",
        "exif_agree": "pass",
        "gps_present": "pass" if located else "na",
        "gps_valid": "pass" if located else "na",
        "geofence": ("flag" if mixed and fence == "pass" else fence) if located else "na",
        "datum": ("flag" if mixed and one.place == "inside" else "pass") if located else "na",
        "time_window": {"inside": "pass", "two days ahead": "fail"}.get(one.time, "flag"),
        "time_consistent": "pass" if one.zone == "from satellites" else "na",
        "edit_traces": {"none": "na", "editor": "flag", "changed 2 h later": "flag"}.get(one.edit, "pass"),
        "camera_identity": "na",
        "c2pa": "na",
        "live_capture": "na",
    }
    doubted = any(result in ("flag", "fail") for result in found.values())
    proven = found["geofence"] == found["time_window"] == "pass"
    return found | {"result": "accepted" if proven and not doubted else "needs_review"}
