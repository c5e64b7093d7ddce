"""What the people of a panel do besides answering points and signing."""

from datetime import datetime

from survey_server.survey.event import Event
from survey_server.wire.basics import OpinionValue
from survey_server.wire.panel import RecusalCause


class Recused(Event, frozen=True, tag="recused"):
    """A reviewer or expert takes no part any more: by their own word, or by the bureau's `officer`."""

    participant: str
    cause: RecusalCause
    reason: str
    officer: str = ""


class ErrandGiven(Event, frozen=True, tag="errand_given"):
    """A reviewer or expert came in with this errand (`survey.errands`): `note` is signed, and preserved under `key`.

    `number` counts theirs from 1.
    """

    participant: str
    number: int
    note: str
    key: str
    sha256: str
    valid_from: datetime
    valid_until: datetime


class ExpertOpinion(Event, frozen=True, tag="expert_opinion"):
    """An expert's opinion of a live survey; nobody else sees it before all are in."""

    participant: str
    value: OpinionValue
    reason: str
