"""An upload-only survey: what was handed in, and the departments' reviews of it."""

from datetime import datetime

from survey_server.wire.admission import Department
from survey_server.wire.basics import OpinionValue, Wire
from survey_server.wire.items import AnswerView


class ExplanationView(Wire, frozen=True):
    """Why the applicant can't show a point."""

    point: str
    reason: str
    at: datetime


class AskedShotView(Wire, frozen=True):
    """Another shot of a point that a department asked for; `answered` once a photo or an explanation came after it.

    `open` until the material is submitted again.
    """

    point: str
    department: Department
    reason: str
    at: datetime
    open: bool
    answered: bool


class MaterialView(Wire, frozen=True):
    """What the applicant of an upload-only survey handed in besides photos.

    `submitted_at` is when they last did, `rounds` how often; `with_applicant` is true until the first time, and while
    something is asked for.
    """

    submitted_at: datetime | None
    rounds: int
    with_applicant: bool
    explanations: list[ExplanationView]
    asked: list[AskedShotView]


class OpinionView(Wire, frozen=True):
    """A department's opinion about the whole material."""

    value: OpinionValue
    reason: str
    by: str
    at: datetime


class ReviewView(Wire, frozen=True):
    """What one department found. Others learn of it when every department's opinion is in: until then they see `given`
    only.
    """

    department: Department
    given: bool
    answers: list[AnswerView]
    opinion: OpinionView | None
