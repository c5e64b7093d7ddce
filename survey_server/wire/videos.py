"""Site videos."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import Position, Sha256, ShortText, Wire
from survey_server.wire.photos import Finding


class VideoForm(Wire, frozen=True):
    """What the phone says of a site video. `sha256` is of the whole file, computed there; `point` is the checklist
    point it was chosen for, if it was.
    """

    name: ShortText
    sha256: Sha256
    position: Position | None = None
    taken_at: datetime | None = None
    point: Annotated[str, Meta(max_length=60)] | None = None


class VideoView(Wire, frozen=True):
    """A site video as phone, desk and auditor see it. While checks run `result` is null; `seconds` is its length."""

    id: str
    name: str
    sha256: str
    size: int
    media_type: str
    seconds: float | None
    received_at: datetime
    result: Literal["accepted", "needs_review", "rejected"] | None
    findings: list[Finding]
    position: Position | None
    archived: bool
    moment_s: float | None
    point: str | None = None


class VideoLink(Wire, frozen=True):
    """Where a browser can fetch or play a video without a session, until `expires_at`; byte ranges are served."""

    url: str
    expires_at: datetime
