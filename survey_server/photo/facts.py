"""What a photo's file says of itself, as JSON values: the form `takan photo inspect` prints and verdicts keep."""

import hashlib
import math
from typing import Any

from survey_server.photo import timing, whereabouts
from survey_server.photo.camera import xmp_tools
from survey_server.photo.container import Container, sniff
from survey_server.photo.exif import Exif, Number


def facts_of(data: bytes, container: Container, seen: Exif) -> dict[str, Any]:
    """Position (degrees, WGS-84), times as EXIF writes them, camera, container. What is absent or blank is None."""
    return {
        "position": position_of(seen),
        "datetime_original": seen.datetime_original if timing.wall_clock(seen) else None,
        "offset_original": _unless_blank(seen.offset_original),
        "datetime_modified": seen.datetime_modified if timing.stated_moment(seen.datetime_modified) else None,
        "gps_utc": moment.isoformat() if (moment := timing.satellite_time(seen.gps)) else None,
        "make": seen.make,
        "model": seen.model,
        "orientation": seen.orientation,
        "software": seen.software,
        "xmp_tools": xmp_tools(container.xmp),
        "c2pa": container.c2pa,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": container.kind.media_type,
        "width": container.width,
        "height": container.height,
        "scans": container.scans,
        "complete": container.complete,
        "trailing": container.trailing,
        "trailing_bytes": container.trailing_bytes,
        "exif_blocks": container.exif_blocks,
        "exif_readable": seen.readable if container.exif else None,
    }


def facts_unread(data: bytes, bound: str) -> dict[str, Any]:
    """The same form for a file that broke a bound before it could be read: all but size and kind is None."""
    nothing = facts_of(b"", Container(sniff(data)), Exif())
    return nothing | {"sha256": None, "size": len(data), "complete": None, "over_budget": bound}


def position_of(seen: Exif) -> dict[str, Any]:
    """`status` is valid, missing, redacted, zero (0,0) or invalid; coordinates are there for valid only."""
    reading = whereabouts.read_gps(seen.gps)
    place, valid = reading.place, reading.state == "valid"
    return {
        "status": "invalid" if reading.state == "impossible" else reading.state,
        "lat": place.lat if place else None,
        "lon": place.lon if place else None,
        "datum": "wgs84" if valid else None,
        "accuracy_m": place.error_m if place else None,
        "altitude_m": _finite(seen.gps.altitude_m) if valid else None,
        "direction_deg": _finite(seen.gps.direction_deg) if valid else None,
        "map_datum": seen.gps.map_datum,
        "flaws": list(reading.flaws),
    }


def _unless_blank(value: str | None) -> str | None:
    """A field that only has its separators is unset (CIPA DC-008, 4.6.4)."""
    return value if value and any(char.isalnum() for char in value) else None


def _finite(value: Number) -> Number:
    return value if value is not None and math.isfinite(value) else None
