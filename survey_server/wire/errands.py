"""Errands (亮码): who looks, for which department, item and case, valid when; and what a check of one answers."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import Role, Text, Wire

ErrandState = Literal["valid", "expired", "taken_off", "over", "forged"]
"""`over`: the survey is. `forged`: it was never given, or not in these words."""


class ErrandView(Wire, frozen=True):
    """A reviewer's or expert's errand as the survey's people see it; whoever opens `address` can check it."""

    participant: str
    credential: str
    department: Text
    code: str
    address: str
    valid_from: datetime
    valid_until: datetime


class ErrandFacts(Wire, frozen=True):
    """What the node signed. Of the applicant it says the case number and nothing else."""

    name: str
    role: Role
    credential: str
    department: Text
    item: Text
    case_no: str
    valid_from: datetime
    valid_until: datetime


class ErrandCheck(Wire, frozen=True):
    """How an errand stands at `at`; `words` say what to do. `document` is the signed note, `vkeys` whose it is."""

    state: ErrandState
    words: Text
    at: datetime
    errand: ErrandFacts | None = None
    document: str = ""
    vkeys: list[str] = []


class ErrandForm(Wire, frozen=True):
    """An errand's document that somebody was given, to be compared with what was signed."""

    document: Annotated[str, Meta(min_length=1, max_length=8000)]
