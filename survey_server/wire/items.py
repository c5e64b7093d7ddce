"""Survey items, their checklists, and answers to a checklist's points."""

from datetime import datetime
from typing import Literal

from survey_server.wire.admission import Department
from survey_server.wire.basics import CheckValue, Text, Wire


class CheckPoint(Wire, frozen=True):
    """One point of a checklist."""

    id: str
    title: Text
    hint: Text
    shot: Text | None = None
    """What a photo of it must show, where the survey is held by photos alone; null: as `hint` says."""
    example: Text | None = None
    """What a good photo of it looks like, in words."""
    department: Department | None = None
    """In a joint inspection: whose it is. Null: every reviewer may answer it."""


class ItemView(Wire, frozen=True):
    """A survey item (事项): what is looked at and under which terms."""

    code: str
    name: Text
    kind: Literal["remote_survey", "pre_siting", "joint_inspection", "re_survey"]
    department: Text
    points: list[CheckPoint]
    departments: list[Department] = []
    """In a joint inspection: those that take part, each with points and a conclusion of its own."""


class EarlierAnswerView(Wire, frozen=True):
    """What another person had answered, and a later answer differs from."""

    value: CheckValue
    note: str
    by: str
    at: datetime
    moment_s: float | None


class AnswerView(Wire, frozen=True):
    """The latest answer to one checklist point and the moment of the recording it was pinned to. `others` are earlier
    answers of other people that differ from it.
    """

    point: str
    value: CheckValue
    note: str
    by: str
    at: datetime
    moment_s: float | None
    others: list[EarlierAnswerView] = []
