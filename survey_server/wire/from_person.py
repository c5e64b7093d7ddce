"""WebSocket messages from a person."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import (
    CheckValue,
    ConclusionResult,
    Interruption,
    Kind,
    LongText,
    Message,
    OpinionValue,
    Position,
    Sha256,
    ShortText,
)
from survey_server.wire.draws import CommitNumber, RevealNumber
from survey_server.wire.panel import StandAside


class Hello(Message, frozen=True, tag="hello"):
    """First message of every connection; `clock` is the device's own time now."""

    session: str
    clock: Annotated[datetime, Meta(tz=True)]
    language: Literal["zh", "en"] = "zh"
    device: ShortText = ""


class Consent(Message, frozen=True, tag="consent"):
    """The person read the notice of this version and agrees to being recorded."""

    notice: ShortText


class DeviceReport(Message, frozen=True, tag="device_report"):
    """The device check's outcome; a recorded fact, never a reason to refuse."""

    camera: Literal["ok", "denied", "missing"]
    microphone: Literal["ok", "denied", "missing"]
    location: Literal["ok", "denied", "missing"]


class JoinMedia(Message, frozen=True, tag="join_media"):
    """Ready for a peer connection. The server makes every offer.

    `peer` is the ICE user name (server's half) of the connection the page still holds: if the server hears that one, it
    offers on it again instead of making a new one. Empty asks for a new one.
    """

    peer: ShortText = ""


class SdpAnswer(Message, frozen=True, tag="sdp_answer"):
    """Answer to the offer of this revision. The first two m-lines carry the person's own sound and picture."""

    revision: int
    sdp: Annotated[str, Meta(max_length=200_000)]


class Mute(Message, frozen=True, tag="mute"):
    """A track was switched off or on by its owner."""

    kind: Kind
    muted: bool


class Interrupted(Message, frozen=True, tag="interrupted"):
    """Something came between the person and their device, or is over."""

    what: Interruption
    over: bool


class DeviceTurned(Message, frozen=True, tag="device_turned"):
    """The camera was switched or the device turned: how the picture is now."""

    facing: Literal["environment", "user"]
    orientation: Literal["portrait", "landscape"]


class AskStill(Message, frozen=True, tag="ask_still"):
    """A reviewer or expert asks the applicant for a still: of a checklist point, or null, which is marked as a request
    outside the checklist.
    """

    note: ShortText = ""
    point: ShortText | None = None


class AskQuestion(Message, frozen=True, tag="ask_question"):
    """A reviewer or expert asks the applicant something in writing, to be answered in the call: about a point of the
    checklist, or null, which is marked as outside it.
    """

    text: Annotated[str, Meta(min_length=1, max_length=200)]
    point: ShortText | None = None


class StillTaken(Message, frozen=True, tag="still_taken"):
    """Sent the moment a still is taken, before its bytes: commits the hash."""

    nonce: Annotated[str, Meta(max_length=64)]
    sha256: Sha256
    size: int
    position: Position | None = None
    taken_at: datetime | None = None


class AnswerPoint(Message, frozen=True, tag="answer_point"):
    """A reviewer's answer to a checklist point; pinned to the moment it arrives."""

    point: ShortText
    value: CheckValue
    note: ShortText = ""


class EndSession(Message, frozen=True, tag="end_session"):
    """A reviewer ends the live session, or the applicant says they are finished."""


class Conclude(Message, frozen=True, tag="conclude"):
    """A reviewer's signature under a conclusion; in a joint inspection under their department's.

    `rectify` names the points to be put right and the limit for it in working days.
    """

    result: ConclusionResult
    reason: LongText = ""
    points: Annotated[list[ShortText], Meta(max_length=40)] = []
    days: Annotated[int, Meta(ge=1, le=250)] | None = None


class ExplainShot(Message, frozen=True, tag="explain_shot"):
    """The applicant of an upload-only survey can't show a point, and says why."""

    point: ShortText
    reason: Annotated[str, Meta(max_length=500)]


class SubmitMaterial(Message, frozen=True, tag="submit_material"):
    """The applicant hands their photos in: the departments may review them."""


class AskShot(Message, frozen=True, tag="ask_shot"):
    """A reviewer of an upload-only survey needs another photo of a point; `reason` says what it must show."""

    point: ShortText
    reason: Annotated[str, Meta(max_length=500)]


class GiveOpinion(Message, frozen=True, tag="give_opinion"):
    """A reviewer's opinion for their department, an expert's in a live survey: before they see the others'."""

    value: OpinionValue
    reason: LongText = ""


class AcknowledgeRecord(Message, frozen=True, tag="acknowledge_record"):
    """The applicant has read the conclusion and the survey's record. It is no signature.

    The digests are those their page showed them: of the record's files in their order, of the first seal's manifest.
    """

    reports: Annotated[list[Sha256], Meta(max_length=10)]
    seal: Sha256


class Ping(Message, frozen=True, tag="ping"):
    """Keeps the connection; `n` comes back."""

    n: int


FromPerson = (
    Hello | Consent | DeviceReport | JoinMedia | SdpAnswer | Mute | Interrupted | DeviceTurned | AskStill
    | AskQuestion | StillTaken | AnswerPoint | EndSession | Conclude | ExplainShot | SubmitMaterial | AskShot
    | GiveOpinion | AcknowledgeRecord | CommitNumber | RevealNumber | StandAside | Ping
)  # fmt: skip
