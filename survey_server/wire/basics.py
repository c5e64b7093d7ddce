"""What every body and message is made of: the base classes, words of the domain, places and times."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Role = Literal["applicant", "reviewer", "expert", "auditor", "officer", "subject"]
"""Auditors and officers (who decide about false material) belong to no survey; a subject answers to a notice."""
Kind = Literal["audio", "video"]
SurveyState = Literal[
    "refused", "on_site", "admitted", "scheduled", "in_session", "ended", "concluded", "appealed", "cancelled"
]
Side = Literal["applicant", "bureau"]
ReferralCause = Literal["applicant_wish", "location_declined", "no_show", "lapsed", "officer"]
"""Why a survey is not held remotely after all. Whoever wishes a visit, or does not want to be located, gets one."""
AppealResult = Literal["stands", "survey_again", "on_site"]
Language = Literal["zh", "en"]
Mode = Literal["live", "upload_only"]
"""How a survey is held: in a call, or by photos alone, which departments then review separately."""
OpinionValue = Literal["approve", "rectify", "on_site"]
CheckValue = Literal["ok", "not_ok", "unsure"]
ConclusionResult = Literal["pass", "rectify", "refer_on_site", "not_pass"]
EndCause = Literal["reviewer", "applicant", "idle", "server_restart", "disk_full"]
"""Who or what ended a session: somebody in it; nobody being connected; the server, whose disk ran full."""
Datum = Literal["wgs84", "gcj02", "bd09"]
Interruption = Literal["hidden", "camera_taken", "microphone_taken"]
"""What keeps a person from showing the place though they did not switch anything off: the page is in the background or
the screen is locked; a phone call or another program has the camera or the microphone."""
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
ShortText = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=4000)]


class Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """What every body and message has in common: immutable, and an unknown field is an error."""


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What every WebSocket message has in common."""


class Text(Wire, frozen=True):
    """One sentence in the interface's two languages."""

    zh: str
    en: str


class Site(Wire, frozen=True):
    """Where the premises are: the point as it was given, with its datum, and the fence round it."""

    lat: Latitude
    lon: Longitude
    radius_m: Annotated[float, Meta(gt=0, le=50_000)]
    datum: Datum = "wgs84"
    address: ShortText = ""


class Window(Wire, frozen=True):
    """When the survey's pictures may have been taken. Both ends carry a zone."""

    start: Annotated[datetime, Meta(tz=True)]
    end: Annotated[datetime, Meta(tz=True)]


class Position(Wire, frozen=True):
    """A device's own position (W3C Geolocation, WGS-84); accuracy is the 95 % radius in metres."""

    lat: Latitude
    lon: Longitude
    accuracy_m: Annotated[float, Meta(ge=0)]
    at: datetime
