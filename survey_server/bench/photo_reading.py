"""Photos read side by side with exiftool: where they agree, field by field, and what reading and checking cost."""

import json
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from survey_server import photo
from survey_server.clock import utc_now
from survey_server.photo import Context
from survey_server.wire.basics import Site, Window

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"})
_TAGS: Final = (
    "-GPS:GPSLatitude", "-GPS:GPSLatitudeRef", "-GPS:GPSLongitude", "-GPS:GPSLongitudeRef", "-IFD0:Make", "-IFD0:Model",
    "-IFD0:Orientation", "-IFD0:Software", "-ExifIFD:DateTimeOriginal", "-ExifIFD:OffsetTimeOriginal",
)  # fmt: skip
FIELDS: Final = ("lat", "lon", "datetime_original", "offset_original", "make", "model", "orientation", "software")


def pictures(folder: Path) -> list[Path]:
    """The picture files under a folder, by suffix."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def agreement(files: list[Path]) -> list[dict[str, Any]]:
    """A row for each field: in how many files either reader has it, in how many they agree, and where they don't."""
    theirs = _exiftool(files)
    ours = {str(file): _ours(photo.inspect(file.read_bytes())) for file in files}
    rows: list[dict[str, Any]] = []
    for field in FIELDS:
        said = {name: (ours[name][field], theirs.get(name, {}).get(field)) for name in ours}
        either = {name: pair for name, pair in said.items() if pair != (None, None)}
        differing = {name: pair for name, pair in either.items() if not _alike(*pair)}
        rows.append(
            {
                "field": field,
                "files": len(files),
                "either_has": len(either),
                "agree": len(either) - len(differing),
                "differ": [
                    {"file": Path(name).name, "takan": one, "exiftool": two} for name, (one, two) in differing.items()
                ],
            }
        )
    return rows


def costs(files: list[Path], whole: list[Path]) -> dict[str, Any]:
    """Milliseconds for the metadata of each file, and for the whole check of some."""
    metadata = [_ms(partial(photo.inspect, file.read_bytes())) for file in files]
    now = utc_now()
    site, window = Site(20.03, 110.35, radius_m=500), Window(now - timedelta(days=1), now)
    asked = [(file, Context(file.name, "upload", site, window, now)) for file in whole]
    checked = {file.name: _ms(partial(photo.check, file.read_bytes(), context)) for file, context in asked}
    return {
        "metadata_p50_ms": round(float(np.percentile(metadata, 50)), 2),
        "metadata_p99_ms": round(float(np.percentile(metadata, 99)), 2),
        "metadata_worst_ms": round(max(metadata), 2),
        "check_ms": {name: round(value, 1) for name, value in checked.items()},
    }


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _ours(facts: dict[str, Any]) -> dict[str, Any]:
    return {"lat": facts["position"]["lat"], "lon": facts["position"]["lon"]} | {
        name: facts[name] for name in FIELDS[2:]
    }


def _exiftool(files: list[Path]) -> dict[str, dict[str, Any]]:
    command = ["exiftool", "-n", "-j", "-q", "-q", *_TAGS, *map(str, files)]
    printed = subprocess.run(command, capture_output=True, check=False).stdout
    return {told["SourceFile"]: _theirs(told) for told in json.loads(printed or b"[]")}


def _theirs(told: dict[str, Any]) -> dict[str, Any]:
    """What exiftool says, in our words: signs from the references, no place at 0,0, blanks as absent."""
    lat, lon = _signed(told, "GPSLatitude", "NS"), _signed(told, "GPSLongitude", "EW")
    if lat is None or lon is None or (lat, lon) == (0, 0):
        lat = lon = None
    when = _text(told.get("DateTimeOriginal"))
    return {
        "lat": lat,
        "lon": lon,
        "datetime_original": None if when is None or not any(char in "123456789" for char in when) else when,
        "offset_original": _text(told.get("OffsetTimeOriginal")),
        "make": _text(told.get("Make")),
        "model": _text(told.get("Model")),
        "orientation": told.get("Orientation"),
        "software": _text(told.get("Software")),
    }


def _signed(told: dict[str, Any], tag: str, letters: str) -> float | None:
    value, letter = told.get(tag), told.get(f"{tag}Ref")
    if not isinstance(value, int | float) or letter not in tuple(letters):
        return None
    return -value if letter == letters[1] else value


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-6
    return one == other
