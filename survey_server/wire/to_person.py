"""WebSocket messages to a person."""

from datetime import datetime

from survey_server.wire.basics import Kind, Message, Role, ShortText, Text, Wire
from survey_server.wire.draws import NumberWanted, RevealWanted
from survey_server.wire.survey import SurveyView


class Welcome(Message, frozen=True, tag="welcome"):
    """Answer to `hello`. `clock_offset_ms` is device minus server."""

    you: str
    role: Role
    now: datetime
    clock_offset_ms: int
    notice: ShortText
    survey: SurveyView


class SurveyChanged(Message, frozen=True, tag="survey"):
    """The survey as it stands now."""

    survey: SurveyView


class OfferedTrack(Wire, frozen=True):
    """Which participant and kind an m-line of the offer carries; `own` marks the person's own send lines."""

    mid: str
    participant: str
    kind: Kind
    own: bool


class IceServer(Wire, frozen=True):
    """A TURN server (RFC 8656) and credentials that expire; in the shape of RTCIceServer."""

    urls: list[str]
    username: str
    credential: str


class SdpOffer(Message, frozen=True, tag="sdp_offer"):
    """An offer to answer. `tracks` names every live m-line; `ice_servers` are for a connection it begins."""

    revision: int
    sdp: str
    tracks: list[OfferedTrack]
    ice_servers: list[IceServer] = []


class StillRequested(Message, frozen=True, tag="still_requested"):
    """To the applicant: take a still now; the nonce is good once and until `expires_at`."""

    nonce: str
    by: str
    note: str
    expires_at: datetime
    point: str | None = None
    outside: bool = False
    """It was asked for outside the checklist."""


class RecordingProgress(Wire, frozen=True):
    """One participant's bytes on this node's disk or beyond, the time they cover, and how long ago the last came."""

    participant: str
    bytes: int
    seconds: float
    age_s: float


class RecordingLight(Message, frozen=True, tag="recording"):
    """Once a second while recording: what is on disk. The light shows this and nothing else.

    `seconds` is where the recording's line stands now. While `archiving_pending` the archive can't be reached, or has
    fallen behind: what is recorded is safe on this server's disk and is archived later.
    """

    bytes: int
    archived_bytes: int
    archiving_pending: bool
    seconds: float
    participants: list[RecordingProgress]


class PicturesRest(Message, frozen=True, tag="pictures_rest"):
    """The way to this person is too narrow for everything: these people's pictures rest, so that sound gets through.

    Sent at each change; an empty list when all are back.
    """

    participants: list[str]


class Fault(Message, frozen=True, tag="fault"):
    """A message was refused; the connection goes on unless `fatal`."""

    code: str
    text: Text
    fatal: bool = False


class Pong(Message, frozen=True, tag="pong"):
    """Answer to `ping`."""

    n: int


ToPerson = (
    Welcome | SurveyChanged | SdpOffer | StillRequested | RecordingLight | PicturesRest | NumberWanted | RevealWanted
    | Fault | Pong
)  # fmt: skip
