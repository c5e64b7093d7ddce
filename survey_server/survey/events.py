"""Everything that can happen to a survey. The journal is a list of these and nothing else.

An event is written before its effect is carried out; replaying a journal through `survey.step` gives the survey.
"""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from survey_server.survey.decision_events import Decided, DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.draw_events import (
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawRefused,
    DrawReplaced,
    DrawSeeded,
    NumberCommitted,
    NumberRevealed,
)
from survey_server.survey.event import Event
from survey_server.survey.panel_events import ErrandGiven, ExpertOpinion, Recused
from survey_server.survey.restriction_events import Restricted, RestrictionLifted
from survey_server.wire.admission import Department
from survey_server.wire.basics import (
    AppealResult,
    CheckValue,
    ConclusionResult,
    EndCause,
    Interruption,
    Kind,
    Language,
    OpinionValue,
    Position,
    ReferralCause,
    Role,
    Side,
    Site,
    Text,
    Window,
)
from survey_server.wire.items import ItemView
from survey_server.wire.photos import Finding
from survey_server.wire.survey import SealKind


class ItemRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """The item as it stood when the application came: what was to be looked at, on what basis, kept how long.

    `retention` is in years. A later change of the items file changes no case.
    """

    view: ItemView
    statutory_basis: Text
    retention: Literal["permanent"] | int


class EarlierCase(Struct, frozen=True, forbid_unknown_fields=True):
    """What a re-survey goes back to: the case, its newest seal, and the points that were to be put right."""

    survey: str
    case_no: str
    seal_sha256: str
    points: list[str]
    days: int | None


class Applied(Event, frozen=True, tag="applied"):
    """An application arrived. `subject` is the keyed reference, never the raw number of a person."""

    case_no: str
    item: ItemRecord
    subject: str
    subject_name: str
    site: Site
    window: Window
    earlier: EarlierCase | None = None
    """Of a re-survey."""


class Invited(Event, frozen=True, tag="invited"):
    """A person got a one-time link."""

    participant: str
    role: Role
    name: str
    department: Department | None = None
    drawn: str | None = None
    """Who they are in the register, if they were drawn by lot."""
    credential: str = ""
    """The number on their credential, as the office entered it."""


class Scheduled(Event, frozen=True, tag="scheduled"):
    """An appointment stands; `number` counts from 1, each replaces the one before. Who made it: a participant, or the
    bureau's `officer`.
    """

    number: int
    start: datetime
    end: datetime
    participant: str | None
    officer: str = ""


class Missed(Event, frozen=True, tag="missed"):
    """Nobody of this side came to the appointment; said by a participant or the bureau's `officer`."""

    number: int
    side: Side
    participant: str | None
    officer: str = ""


class Referred(Event, frozen=True, tag="referred"):
    """The remote way is left: the application goes on with a visit on the spot. It weighs against nobody."""

    cause: ReferralCause
    reason: str
    participant: str | None
    officer: str = ""


class Cancelled(Event, frozen=True, tag="cancelled"):
    """The applicant withdrew the application, or the approvals platform did."""

    reason: str
    participant: str | None
    officer: str = ""


class LinkOpened(Event, frozen=True, tag="link_opened"):
    """The link was spent: bound to one browser's key."""

    participant: str


class Joined(Event, frozen=True, tag="joined"):
    """A person's page connected. `clock_offset_ms` is their clock minus the server's."""

    participant: str
    clock_offset_ms: int
    device: str


class Left(Event, frozen=True, tag="left"):
    """A person's page went away."""

    participant: str
    cause: Literal["closed", "lost", "replaced", "ended", "server_restart"]


class Consented(Event, frozen=True, tag="consented"):
    """The person agreed to the notice of this version."""

    participant: str
    notice: str


class DeviceChecked(Event, frozen=True, tag="device_checked"):
    """What the device check found."""

    participant: str
    camera: str
    microphone: str
    location: str


class Started(Event, frozen=True, tag="started"):
    """The first person's media began: second 0 of the recording."""


class MediaConnected(Event, frozen=True, tag="media_connected"):
    """Sound and picture flow between this person and the node."""

    participant: str


class MediaLost(Event, frozen=True, tag="media_lost"):
    """They stopped flowing."""

    participant: str


class Muted(Event, frozen=True, tag="muted"):
    """The owner switched a track off or on."""

    participant: str
    track: Kind
    muted: bool


class Interrupted(Event, frozen=True, tag="interrupted"):
    """Something came between the person and their device, or is over.

    Leaving and a restart of the server end it too; so does joining, until the page says it again.
    """

    participant: str
    what: Interruption
    over: bool


class DeviceTurned(Event, frozen=True, tag="device_turned"):
    """The person switched the camera or turned the device."""

    participant: str
    facing: Literal["environment", "user"]
    orientation: Literal["portrait", "landscape"]


class Condensed(Event, frozen=True, tag="condensed"):
    """A flood: so many reports of one sort (the tag of their event) came within these seconds that they were not
    written one by one. Where they ended is written right after this, if that is news and their page still there.
    """

    participant: str
    reports: str
    count: int
    seconds: float


class StillAsked(Event, frozen=True, tag="still_asked"):
    """A still was asked for; the nonce answers once."""

    participant: str
    nonce: str
    note: str
    expires_at: datetime
    point: str | None = None
    outside: bool = False
    """It belongs to no point of the checklist; false in journals of earlier versions, which did not ask."""


class QuestionAsked(Event, frozen=True, tag="question_asked"):
    """The applicant was asked something in writing; the answer is in the recording."""

    participant: str
    text: str
    point: str | None = None
    outside: bool = False


class StillCommitted(Event, frozen=True, tag="still_committed"):
    """The phone committed a still's hash the moment it was taken."""

    participant: str
    nonce: str
    sha256: str
    size: int
    position: Position | None
    taken_at: datetime | None
    nonce_state: Literal["ok", "late", "wrong"]


class PhotoReceived(Event, frozen=True, tag="photo_received"):
    """A photo's original bytes are preserved under `key`; no check has run yet."""

    photo: str
    participant: str
    name: str
    channel: Literal["still", "upload"]
    key: str
    sha256: str
    size: int
    media_type: str
    position: Position | None
    taken_at: datetime | None
    nonce_state: Literal["ok", "late", "wrong"] | None
    source: Literal["capture", "library"] | None = None
    user_agent: str = ""
    """The sending browser's own name (RFC 9110, 10.1.5), cut to 300."""
    device_model: str = ""
    """The phone's model where the browser tells it (Sec-CH-UA-Model)."""
    point: str | None = None
    outside: bool = False
    """A still that was asked for outside the checklist."""


class PhotoChecked(Event, frozen=True, tag="photo_checked"):
    """The verdict; `key` and `sha256` name its preserved record."""

    photo: str
    result: Literal["accepted", "needs_review", "rejected"]
    findings: list[Finding]
    facts: dict[str, Any]
    key: str
    sha256: str


class VideoReceived(Event, frozen=True, tag="video_received"):
    """A site video is whole on the node's disk and has the SHA-256 that the phone announced; no archive has it yet."""

    video: str
    participant: str
    name: str
    sha256: str
    size: int
    media_type: str
    position: Position | None
    taken_at: datetime | None
    user_agent: str = ""
    device_model: str = ""
    point: str | None = None


class VideoKept(Event, frozen=True, tag="video_kept"):
    """Every part of a video is preserved, and under `key` the list of them with the digests of the whole."""

    video: str
    parts: int
    key: str
    sha256: str


class VideoChecked(Event, frozen=True, tag="video_checked"):
    """The verdict on a video; `key` and `sha256` name its preserved record."""

    video: str
    result: Literal["accepted", "needs_review", "rejected"]
    findings: list[Finding]
    facts: dict[str, Any]
    key: str
    sha256: str


class PointAnswered(Event, frozen=True, tag="point_answered"):
    """A reviewer answered a checklist point, now."""

    participant: str
    point: str
    value: CheckValue
    note: str


class ShotExplained(Event, frozen=True, tag="shot_explained"):
    """The applicant can't show a point, and said why."""

    participant: str
    point: str
    reason: str


class MaterialSubmitted(Event, frozen=True, tag="material_submitted"):
    """The applicant handed in their photos and explanations."""

    participant: str


class ShotAsked(Event, frozen=True, tag="shot_asked"):
    """A reviewer needs another shot of a point: the material is with the applicant again."""

    participant: str
    point: str
    reason: str


class OpinionGiven(Event, frozen=True, tag="opinion_given"):
    """A reviewer gave their department's opinion of the material as it was then."""

    participant: str
    value: OpinionValue
    reason: str


class Ended(Event, frozen=True, tag="ended"):
    """The live session is over; in an upload-only survey: nobody went on collecting photos."""

    participant: str | None
    cause: EndCause


class Signed(Event, frozen=True, tag="signed"):
    """A reviewer signed a conclusion. `points` are to be put right within `days` working days."""

    participant: str
    result: ConclusionResult
    reason: str
    points: list[str] = []  # noqa: RUF012 - msgspec makes each its own
    days: int | None = None


class Concluded(Event, frozen=True, tag="concluded"):
    """Two distinct reviewers signed the same result; in a joint inspection: every department concluded.

    With `rectify`: `points` are to be put right within `days` working days from now.
    """

    result: ConclusionResult
    by: list[str]
    points: list[str] = []  # noqa: RUF012 - msgspec makes each its own
    days: int | None = None


class Rated(Event, frozen=True, tag="rated"):
    """The applicant rated the survey (好差评): 5 very satisfied to 1 very dissatisfied."""

    participant: str
    stars: int
    words: str


class Appealed(Event, frozen=True, tag="appealed"):
    """The applicant appeals against the conclusion."""

    participant: str
    reason: str


class AppealDecided(Event, frozen=True, tag="appeal_decided"):
    """An officer who took no part in the case decided the appeal."""

    result: AppealResult
    reason: str
    officer: str


class ReportFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The survey's record in one language, a PDF/A."""

    language: Language
    key: str
    sha256: str
    size: int


class Reported(Event, frozen=True, tag="reported"):
    """The survey's record is preserved, in both languages. It was made of the journal's first `lines` lines."""

    lines: int
    files: list[ReportFile]


class ReportFailed(Event, frozen=True, tag="report_failed"):
    """The record could not be made now: the case is sealed without it, and an addendum will have it."""

    why: str


class Acknowledged(Event, frozen=True, tag="acknowledged"):
    """The applicant confirmed having read the result and the record; they were shown these digests. No signature.

    `reports` are the record's files in their order, `seal` is the first seal's manifest.
    """

    participant: str
    result: ConclusionResult
    reports: list[str]
    seal: str


class Sealed(Event, frozen=True, tag="sealed"):
    """A seal's manifest is preserved. It covers the journal up to line `lines`; 0 in journals of earlier versions."""

    number: int
    seal: SealKind
    key: str
    sha256: str
    lines: int = 0


class LocksExtended(Event, frozen=True, tag="locks_extended"):
    """Every object of the case is locked until then; the case is done with."""

    until: datetime


class LocksRenewed(Event, frozen=True, tag="locks_renewed"):
    """So many objects of the case were locked for longer, until then; `failed` could not be and are tried daily."""

    until: datetime
    objects: int
    failed: int


class LocksEnding(Event, frozen=True, tag="locks_ending"):
    """Nobody goes on with this case: its locks run out, the first of them then. Said once, ahead of time."""

    first: datetime


class ServerRestarted(Event, frozen=True, tag="server_restarted"):
    """The node came back in mid-survey; what lies between is a gap."""


class Replayed(Event, frozen=True, tag="replayed"):
    """An auditor looked at the record, or an officer read the case `file` to decide about it; of a restricted case it
    says what for.
    """

    auditor: str
    purpose: str = ""
    file: bool = False


class Exported(Event, frozen=True, tag="exported"):
    """An auditor took the bundle, or the record alone: the digest says which."""

    auditor: str
    sha256: str


class ReSurveyed(Event, frozen=True, tag="re_surveyed"):
    """A re-survey of this concluded case was applied for; its people see what was found here."""

    re_survey: str
    case_no: str


AnyEvent = (
    Applied | Decided | Invited | Scheduled | Missed | Referred | Cancelled | LinkOpened | Joined | Left
    | Consented | DeviceChecked | Started | MediaConnected
    | MediaLost | Muted | Interrupted | DeviceTurned | Condensed | QuestionAsked
    | StillAsked | StillCommitted | PhotoReceived | PhotoChecked | VideoReceived | VideoKept | VideoChecked
    | PointAnswered | ShotExplained | MaterialSubmitted | ShotAsked | OpinionGiven | Ended | Signed
    | Concluded | Reported | ReportFailed | Acknowledged | Rated | Appealed | AppealDecided | Sealed | LocksExtended
    | LocksRenewed | LocksEnding | ServerRestarted | Replayed | Exported | ReSurveyed
    | DrawOpened | NumberCommitted | DrawCovered | DrawSeeded | NumberRevealed | Drawn | DrawLapsed | DrawRefused
    | DrawReplaced | Recused | ExpertOpinion | ErrandGiven | PersonAsked | DecisionUpheld | Overruled | RefusalLifted
    | Restricted | RestrictionLifted
)  # fmt: skip


class Entry(Struct, frozen=True):
    """One line of the journal: which event, in which place, when (server time)."""

    survey: str
    seq: int
    at: datetime
    event: AnyEvent
