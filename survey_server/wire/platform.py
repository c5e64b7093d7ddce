"""What the approvals platform (审批平台) sends and is told. Documented for its developers in docs/platform.md."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from survey_server.wire.admission import Department, SubjectForm
from survey_server.wire.basics import (
    AppealResult,
    ConclusionResult,
    EndCause,
    LongText,
    Mode,
    ReferralCause,
    Sha256,
    ShortText,
    Side,
    Site,
    SurveyState,
    Text,
    Window,
    Wire,
)
from survey_server.wire.survey import SealKind

CaseNumber = Annotated[str, Meta(pattern=r"^[^\x00-\x20/\\\x7f](?:[^\x00-\x1f/\\\x7f]{0,198}[^\x00-\x20/\\\x7f])?$")]
"""The platform's own number, which stands in addresses: 1 to 200 characters without slashes and control characters,
no blank at either end."""


class CaseForm(Wire, frozen=True):
    """A case that the platform files: what is applied for, by whom, where and when, under its own number."""

    case_no: CaseNumber
    subject: SubjectForm
    item: ShortText
    site: Site
    window: Window
    mode: Mode = "live"
    """The way the applicant wishes; the gate decides."""
    earlier_case_no: ShortText = ""
    """Of a re-survey: the number of the case that was concluded `rectify`; `item` is the same."""


class CancelForm(Wire, frozen=True):
    """Why the case is withdrawn, in a sentence that its people may read."""

    reason: Annotated[str, Meta(pattern=r"\S", max_length=500)]


class FileLink(Wire, frozen=True):
    """A file of the case, to be fetched without further credentials until `expires_at`. Compare its SHA-256."""

    kind: Literal["manifest", "report"]
    language: Literal["", "zh", "en"]
    """Of a report; a manifest has none."""
    url: str
    sha256: Sha256
    size: int
    media_type: str
    expires_at: datetime


class SignedBy(Wire, frozen=True):
    """One reviewer's signed conclusion."""

    name: str
    result: ConclusionResult
    reason: LongText
    at: datetime
    department: Department | None


class CaseView(Wire, frozen=True):
    """A case as it stands. `outcome` is the decision that holds: the gate's, or that of the person who overruled it
    (`by_a_person`); `result` the reviewers', null before they conclude; `line` is the number of its newest line: a
    message with a greater one tells of something later.
    """

    case_no: str
    survey: str
    line: int
    state: SurveyState
    outcome: Literal["admitted", "on_site", "refused"]
    mode: Mode
    tier: str
    reasons: list[Text]
    filed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: ConclusionResult | None
    signatures: list[SignedBy]
    files: list[FileLink]
    by_a_person: bool = False
    restricted: bool = False
    """The case is only kept and protected now: `files` is empty, and links given out before are refused."""


class Tiding(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """What every message to the platform has in common: which case, what happened when, and where it then stood.

    `line` grows within a case; messages of a case come in its order.
    """

    timestamp: datetime
    case_no: str
    survey: str
    line: int
    state: SurveyState


class CaseDecided(Tiding, frozen=True, kw_only=True, tag="case.decided"):
    """The credit gate decided, with every reason."""

    outcome: Literal["admitted", "on_site", "refused"]
    mode: Mode
    tier: str
    reasons: list[Text]
    policy_digest: str


class SurveyStarted(Tiding, frozen=True, kw_only=True, tag="survey.started"):
    """The live session began."""


class SurveyEnded(Tiding, frozen=True, kw_only=True, tag="survey.ended"):
    """The live session, or the collecting of photos, is over; `cause` says who or what ended it."""

    cause: EndCause


class MaterialHandedIn(Tiding, frozen=True, kw_only=True, tag="material.submitted"):
    """The applicant handed in photos and explanations, for the `round`-th time."""

    round: int


class CaseConcluded(Tiding, frozen=True, kw_only=True, tag="case.concluded"):
    """Two reviewers signed the same result; in a joint inspection all departments concluded, `result` is the strictest.

    With `rectify`, checklist points to be put right within `days` working days.
    """

    result: ConclusionResult
    signatures: list[SignedBy]
    points: list[str]
    days: int | None


class CaseSealed(Tiding, frozen=True, kw_only=True, tag="case.sealed"):
    """A seal was set and is in the archive; the `case` seal is the one with the result. `files` belong to it; of a
    `restricted` case there are none.
    """

    number: int
    seal: SealKind
    result: ConclusionResult | None
    files: list[FileLink]
    restricted: bool = False


class AppointmentMade(Tiding, frozen=True, kw_only=True, tag="appointment.made"):
    """An appointment stands, the `number`-th; it replaces the one before."""

    number: int
    start: datetime
    end: datetime


class AppointmentMissed(Tiding, frozen=True, kw_only=True, tag="appointment.missed"):
    """Nobody of this side came to it."""

    number: int
    side: Side


class CaseReferred(Tiding, frozen=True, kw_only=True, tag="case.referred"):
    """The remote way is left; the application goes on with a visit on the spot."""

    cause: ReferralCause
    reason: str


class CaseCancelled(Tiding, frozen=True, kw_only=True, tag="case.cancelled"):
    """The application was withdrawn, by the applicant or by the platform."""

    reason: str


class CaseAppealed(Tiding, frozen=True, kw_only=True, tag="case.appealed"):
    """The applicant appeals against the conclusion."""

    reason: str


class AppealAnswered(Tiding, frozen=True, kw_only=True, tag="appeal.decided"):
    """The appeal was decided."""

    result: AppealResult
    reason: str


ReminderOf = Literal[
    "appointment",
    "case",
    "person",
    "begin",
    "material",
    "opinion",
    "signature",
    "rectify",
    "appeal",
    "notice",
    "repair",
]
"""An appointment to keep; the case to be concluded within the item's limit; a person asked to look at the gate's
decision; a survey to begin before it goes over to a
visit; photos to go on with before their collecting is closed; an expert's or department's opinion; a reviewer's
signature; points to put right; an appeal, a notice, an application for credit repair to answer."""
Reminded = Literal["applicant", "reviewer", "expert", "officer"]


class ReminderDue(Tiding, frozen=True, kw_only=True, tag="reminder.due"):
    """Something is to be done by `until`, the first moment too late (null: people only wait). Pass `words` on to those
    of `to`: the platform knows how to reach them, the node does not. `line` is the case's newest when it was due.
    """

    of: ReminderOf
    to: list[Reminded]
    until: datetime | None
    words: Text


class CaseQuestioned(Tiding, frozen=True, kw_only=True, tag="case.questioned"):
    """The applicant asks that a person look at the gate's decision; answered before `due`."""

    reason: str
    due: datetime


class CaseReviewed(Tiding, frozen=True, kw_only=True, tag="case.reviewed"):
    """A person looked at the gate's decision: it is `upheld`, or the application is `admitted`, or, once refused, goes
    on `on_site`. `outcome`, `mode`, `tier` and `reasons` are those of the decision that holds now.
    """

    result: Literal["upheld", "admitted", "on_site"]
    reason: str
    officer: str
    outcome: Literal["admitted", "on_site", "refused"]
    mode: Mode
    tier: str
    reasons: list[Text]


AnyTiding = (
    CaseDecided | AppointmentMade | AppointmentMissed | SurveyStarted | SurveyEnded | MaterialHandedIn | CaseConcluded
    | CaseSealed | CaseReferred | CaseCancelled | CaseAppealed | AppealAnswered | ReminderDue | CaseQuestioned
    | CaseReviewed
)  # fmt: skip
