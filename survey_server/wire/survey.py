"""A survey as its participants see it."""

from datetime import date, datetime
from typing import Literal

from survey_server.wire.admission import Department
from survey_server.wire.basics import (
    ConclusionResult,
    EndCause,
    Interruption,
    Language,
    Mode,
    Role,
    Site,
    SurveyState,
    Text,
    Window,
    Wire,
)
from survey_server.wire.draws import DrawView
from survey_server.wire.errands import ErrandView
from survey_server.wire.items import AnswerView, ItemView
from survey_server.wire.life import LifeView, LimitView
from survey_server.wire.material import MaterialView, ReviewView
from survey_server.wire.panel import ExpertView
from survey_server.wire.photos import PhotoView
from survey_server.wire.uploads import ComingView
from survey_server.wire.videos import VideoView


class ParticipantView(Wire, frozen=True):
    """A person of this survey, present or not; `audio`/`video` say what they send now.

    Present without `connected`: their sound and picture are away and being brought back.
    """

    id: str
    role: Role
    name: str
    present: bool
    consented: bool
    connected: bool
    audio: bool
    video: bool
    interruptions: list[Interruption]
    department: Department | None = None
    recused: bool = False
    """They stood aside and take no further part."""


class SignatureView(Wire, frozen=True):
    """One reviewer's signed conclusion; two distinct reviewers with the same result conclude.

    With `rectify`: which points are to be put right, within how many working days.
    """

    participant: str
    name: str
    result: ConclusionResult
    reason: str
    at: datetime
    points: list[str] = []
    days: int | None = None


class DepartmentConclusionView(Wire, frozen=True):
    """A department of a joint inspection and what it concluded; null until its reviewers signed alike.

    `signed` counts its signatures.
    """

    department: Department
    result: ConclusionResult | None
    signed: int


class RectificationView(Wire, frozen=True):
    """What is to be put right, by point, and until when: `due` is the last day (in China) of `days` working days."""

    points: list[str]
    days: int | None
    due: date | None
    due_note: Text | None = None
    """What to know about that day: of a year without data only weekends are left out."""


class EarlierView(Wire, frozen=True):
    """The survey that a re-survey goes back to: what was found and photographed of the points looked at again."""

    survey: str
    case_no: str
    concluded_at: datetime
    rectification: RectificationView
    answers: list[AnswerView]
    photos: list[PhotoView]


SealKind = Literal["recording", "case", "addendum"]
"""The first seal is the recording's; of an upload-only survey it is the material's."""


class RequestView(Wire, frozen=True):
    """What the applicant was asked for in the call, a still or an answer; of no point it is `outside` the checklist."""

    kind: Literal["still", "question"]
    by: str
    text: str
    point: str | None
    outside: bool
    at: datetime
    moment_s: float | None


class SealView(Wire, frozen=True):
    """A seal: the manifest's object and digest. Kept false: saved here, archiving pending."""

    number: int
    kind: SealKind
    sha256: str
    key: str
    version_id: str | None
    sealed_at: datetime
    kept: bool


class ReportView(Wire, frozen=True):
    """The survey's record (踏勘笔录) in one language, a PDF/A: `GET /api/surveys/{survey}/report/{language}`."""

    language: Language
    sha256: str
    size: int
    kept: bool


class RecordingView(Wire, frozen=True):
    """The recording as a whole: from the first join to the end, in server time. `site_seen` and `site_heard`: did the
    applicant's picture and sound ever come? `attended`: has a reviewer been in the call, without whom an applicant ends
    nothing?
    """

    started_at: datetime
    ended_at: datetime | None
    end: EndCause | None = None
    site_seen: bool = True
    site_heard: bool = True
    attended: bool = True


class SurveyView(Wire, frozen=True):
    """Everything a participant may know of the survey. Sent whole whenever it changes: it is small."""

    id: str
    case_no: str
    state: SurveyState
    item: ItemView
    subject_name: str
    tier: str
    site: Site
    window: Window
    participants: list[ParticipantView]
    photos: list[PhotoView]
    videos: list[VideoView]
    coming: list[ComingView]
    answers: list[AnswerView]
    signatures: list[SignatureView]
    conclusion: ConclusionResult | None
    recording: RecordingView | None
    seals: list[SealView]
    mode: Mode = "live"
    material: MaterialView | None = None
    """Of an upload-only survey only."""
    reviews: list[ReviewView] = []
    reviews_open: bool = False
    """Every department's opinion is in, and everybody at the desks sees them all."""
    life: LifeView = LifeView()
    experts: list[ExpertView] = []
    """Of a live survey: the experts whose opinion is due or given."""
    experts_open: bool = False
    """Every expert's opinion is in, and everybody at the desks sees them all."""
    draws: list[DrawView] = []
    """By lot: who sits here because nobody could choose them."""
    requests: list[RequestView] = []
    """What reviewers and experts asked the applicant for, in order."""
    conclusions: list[DepartmentConclusionView] = []
    """Of a joint inspection: one for each department."""
    rectification: RectificationView | None = None
    """After the conclusion `rectify`."""
    re_surveys: list[str] = []
    """The re-surveys that go back to this one."""
    earlier: EarlierView | None = None
    """Of a re-survey: what it goes back to."""
    reports: list[ReportView] = []
    """Empty until the record is made, right after the conclusion."""
    acknowledged_at: datetime | None = None
    """When the applicant confirmed having read the record."""
    errands: list[ErrandView] = []
    """The newest of each reviewer and expert who came."""
    restricted: Text | None = None
    """Why the case is only kept and protected now; null: it is not restricted."""


class SurveyCard(Wire, frozen=True):
    """A line of the auditor's list. Of a `restricted` case it has the number, the item and the state only."""

    id: str
    case_no: str
    state: SurveyState
    item: Text
    subject_name: str
    tier: str
    created_at: datetime
    seconds: float | None
    participants: int
    photos: int
    conclusion: ConclusionResult | None
    sealed: bool
    mode: Mode = "live"
    limit: LimitView | None = None
    """Of the limits that run, the next to end."""
    restricted: bool = False
