"""A survey as an auditor replays it."""

from datetime import datetime

from survey_server.wire.admission import AdmissionView
from survey_server.wire.basics import Kind, Role, Text, Wire
from survey_server.wire.survey import SurveyView


class ReplayPart(Wire, frozen=True):
    """One stored object of media: fetch `/api/objects/{object}`; append it to the source buffer as it is."""

    object: str
    sha256: str
    size: int
    start_s: float
    end_s: float


class ReplayEpoch(Wire, frozen=True):
    """A run of media under one init segment. `mime` is what MediaSource.isTypeSupported takes.

    Decode times inside the parts are already on the recording's line: no timestamp offset is needed.
    """

    number: int
    mime: str
    kinds: list[Kind]
    width: int
    height: int
    init: ReplayPart
    parts: list[ReplayPart]


class Gap(Wire, frozen=True):
    """A stretch without media, and why."""

    start_s: float
    end_s: float
    kind: Kind | None
    cause: str


class ReplayTrack(Wire, frozen=True):
    """One participant's sound or picture as a whole. `seconds` is what is recorded: first to last, without gaps.

    `coverage` is the percentage recorded of the time in which the person was there and had not switched it off.
    """

    kind: Kind
    codec: str
    seconds: float
    gaps: list[Gap]
    coverage: float


class RecordedTrack(Wire, frozen=True):
    """What is recorded of one participant's sound or picture: for those who sign on the strength of it.

    `coverage` as in `ReplayTrack`; `missing_s` is how long the `gaps` last that they did not mean themselves.
    """

    participant: str
    kind: Kind
    seconds: float
    coverage: float
    gaps: int
    missing_s: float


class ReplayLane(Wire, frozen=True):
    """Everything one participant's recording holds."""

    participant: str
    name: str
    role: Role
    tracks: list[ReplayTrack]
    epochs: list[ReplayEpoch]
    gaps: list[Gap]


class ReplayEvent(Wire, frozen=True):
    """A journal event on the time line. `moment_s` may lie after the recording (conclusion, seal)."""

    seq: int
    at: datetime
    moment_s: float | None
    kind: str
    participant: str | None
    text: Text
    photo: str | None = None


class ReplayView(Wire, frozen=True):
    """What the auditor's page needs to replay a survey with every participant in step."""

    survey: SurveyView
    seconds: float
    lanes: list[ReplayLane]
    events: list[ReplayEvent]
    admission: AdmissionView


class StreamView(Wire, frozen=True):
    """A survey as HLS (RFC 8216): `url` is the master playlist, good without a session until `expires_at`."""

    url: str
    expires_at: datetime
