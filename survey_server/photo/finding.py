"""How a check says what it found."""

import math
from datetime import datetime
from typing import Any, cast

from msgspec.structs import replace

from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding, FindingResult

FINDING_IDS = (
    "file_safe",
    "format_ok",
    "exif_agree",
    "gps_present",
    "gps_valid",
    "geofence",
    "datum",
    "time_window",
    "time_consistent",
    "camera_identity",
    "edit_traces",
    "c2pa",
    "duplicate_exact",
    "duplicate_near",
    "live_match",
    "quality",
    "live_capture",
)
"""Every report holds exactly these, in this order."""

VERSIONS = {
    "file_safe": 2,
    "format_ok": 3,
    "exif_agree": 2,
    "gps_present": 2,
    "gps_valid": 3,
    "geofence": 3,
    "time_window": 2,
    "time_consistent": 2,
    "edit_traces": 2,
}
"""A check whose meaning changed counts up; the rest are version 1.

- file_safe 2: a PNG's picture data may come in as many chunks as libpng writes; EXIF is what begins as a TIFF file and
  stands in front of a JPEG's picture; trailers of vivo, OnePlus and Google's container are known;
  what is missing from a HEIC is nothing attached.
- format_ok 2: HEIC is read; 3: it is known by its compatible brands as well.
- exif_agree 2: a damaged tag costs that tag alone; text and orientation of another type are read.
- gps_valid and geofence 2: a position with minutes beyond 60 counts as none. geofence 3: where the phone was when the
  page took the picture is told.
- gps_present 2 and gps_valid 3: coordinates written in letters are oddly written, not removed.
- time_window and time_consistent 2: only a zone that exists is inferred from the satellites;
  more ways of writing a date or a zone are understood.
- edit_traces 2: more ways of writing a date are understood.
"""


def finding(
    check: str, result: FindingResult, zh: str, en: str, advice: Text | None = None, /, **evidence: Any
) -> Finding:
    """One check's answer. `zh` and `en` say what was found; `advice` tells whoever took the photo what becomes of it
    and what to do.

    Evidence becomes JSON values: times as RFC 3339 with their zone, a float that is no number as null.
    """
    return Finding(
        id=check,
        result=result,
        reason=Text(zh=zh, en=en),
        evidence={name: _plain(value) for name, value in evidence.items()},
        version=VERSIONS.get(check, 1),
        advice=advice,
    )


def without_advice(found: Finding) -> Finding:
    """The finding for everybody but whoever took the photo."""
    return found if found.advice is None else replace(found, advice=None)


def as_table_row(finding: Finding) -> dict[str, Any]:
    """A finding as the command line prints it."""
    return {
        "id": finding.id,
        "result": finding.result,
        "evidence": finding.evidence,
        "reason_zh": finding.reason.zh,
        "reason_en": finding.reason.en,
        "advice_zh": finding.advice.zh if finding.advice is not None else "",
        "advice_en": finding.advice.en if finding.advice is not None else "",
        "version": finding.version,
    }


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case float():
            return value if math.isfinite(value) else None
        case tuple() | list():
            return [_plain(item) for item in cast("list[Any]", value)]
        case _:
            return value
