"""Photos, and what the checks found."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from survey_server.wire.basics import Position, Sha256, ShortText, Text, Wire

FindingResult = Literal["pass", "flag", "fail", "na"]


class Finding(Wire, frozen=True):
    """One check's answer about one photo. `evidence` holds the measured facts, JSON values only.

    `advice`, what becomes of the photo and what to do, is for whoever took it; before 0.5 it was the end of `reason`.
    """

    id: str
    result: FindingResult
    reason: Text
    evidence: dict[str, Any] = {}
    version: int = 1
    advice: Text | None = None


class PhotoForm(Wire, frozen=True):
    """The `facts` part of a photo's multipart upload; the `file` part holds the bytes.

    A still carries the nonce it answers; its `sha256` must be the one committed by `still_taken`. `point` is the
    checklist point that the photo shows.
    """

    name: ShortText
    channel: Literal["still", "upload"]
    sha256: Sha256
    nonce: Annotated[str, Meta(max_length=64)] | None = None
    position: Position | None = None
    taken_at: datetime | None = None
    source: Literal["capture", "library"] | None = None
    """Did the page open the camera or the library? Either way the phone may remove what a file says of itself."""
    point: Annotated[str, Meta(max_length=60)] | None = None


class PhotoView(Wire, frozen=True):
    """A photo as phone, desk and auditor see it. While checks run `result` is null."""

    id: str
    name: str
    channel: Literal["still", "upload"]
    sha256: str
    size: int
    media_type: str
    received_at: datetime
    result: Literal["accepted", "needs_review", "rejected"] | None
    findings: list[Finding]
    position: Position | None
    archived: bool
    moment_s: float | None
    point: str | None = None
    outside: bool = False
    """A still that was asked for outside the checklist."""
