"""What moves a survey outside of its session: appointments, leaving the remote way, rating, appeal."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from survey_server.wire.basics import AppealResult, ReferralCause, ShortText, Side, Text, Wire

Reason = Annotated[str, Meta(pattern=r"\S", max_length=1000)]


class Order(Struct, frozen=True, forbid_unknown_fields=True, tag_field="order"):
    """What every order has in common. `officer` names the bureau's officer where the intake desk sends it."""


class Arrange(Order, frozen=True, tag="arrange"):
    """Agree on an appointment, or on another one. `replaces` is the number of the one that its sender saw, 0 for none:
    of two people who change it at once one is told.
    """

    start: Annotated[datetime, Meta(tz=True)]
    minutes: Annotated[int, Meta(ge=10, le=240)] = 30
    replaces: int = 0
    officer: ShortText = ""


class ReportMissed(Order, frozen=True, tag="report_missed"):
    """Nobody of this side came to appointment `number`."""

    number: int
    side: Side
    officer: ShortText = ""


class Refer(Order, frozen=True, tag="refer"):
    """Go on with a visit on the spot instead. An applicant need give no reason."""

    cause: ReferralCause
    reason: Annotated[str, Meta(max_length=1000)] = ""
    officer: ShortText = ""


class Withdraw(Order, frozen=True, tag="withdraw"):
    """Withdraw the application."""

    reason: Reason
    officer: ShortText = ""


class Rate(Order, frozen=True, tag="rate"):
    """The applicant's rating (好差评)."""

    stars: Annotated[int, Meta(ge=1, le=5)]
    words: Annotated[str, Meta(max_length=1000)] = ""


class MakeAppeal(Order, frozen=True, tag="appeal"):
    """The applicant's appeal against the conclusion."""

    reason: Annotated[str, Meta(pattern=r"\S", max_length=4000)]


LifeOrder = Arrange | ReportMissed | Refer | Withdraw | Rate | MakeAppeal


class AppealAnswerForm(Wire, frozen=True):
    """An officer who took no part in the case decides the appeal."""

    result: AppealResult
    reason: Annotated[str, Meta(pattern=r"\S", max_length=4000)]


class AppointmentView(Wire, frozen=True):
    """The appointment that stands, or the last one; `by` is who made it."""

    number: int
    start: datetime
    end: datetime
    by: str
    stands: bool


class ClosingView(Wire, frozen=True):
    """Why no remote survey is held although it was admitted; `cause` null: the application was withdrawn."""

    cause: ReferralCause | None
    reason: str
    at: datetime


class AppealView(Wire, frozen=True):
    """The appeal, and once decided its result."""

    reason: str
    at: datetime
    due: datetime
    result: AppealResult | None
    answer: str
    officer: str
    answered_at: datetime | None


LimitOf = Literal["case", "begin", "material", "rectify", "appeal"]
"""What has a limit: to conclude the case, to begin the survey before it goes over to a visit, to go on collecting
photos, to put points right, to answer the appeal."""


class LimitView(Wire, frozen=True):
    """A limit that runs: until the end of `day` (in China); `at` is the first moment too late.

    `left` counts working days from today, negative once it is over; `note` says what to know about the day.
    """

    of: LimitOf
    side: Side
    day: date
    at: datetime
    left: int
    note: Text | None = None


class LifeView(Wire, frozen=True):
    """What is agreed and due. `due_at` is the end of the item's limit in working days, null where there is none;
    `appeal_until` the last moment for an appeal, null while there is none to make; `missed` counts appointments to
    which nobody of a side came.
    """

    appointment: AppointmentView | None = None
    missed: int = 0
    closing: ClosingView | None = None
    due_at: datetime | None = None
    stars: int | None = None
    appeal: AppealView | None = None
    appeal_until: datetime | None = None
    limits: list[LimitView] = []
    """Those that run now, the next to end first."""
