"""The gate's decision, and the person who looks at it again when somebody asks for one."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from survey_server.survey.event import Event
from survey_server.wire.basics import Mode, Text
from survey_server.wire.own import ReviewGround


class Counted(Struct, frozen=True, forbid_unknown_fields=True):
    """A record that lowered the tier, by its source's own number, and when it drops out by itself."""

    id: str
    kind: Text
    rule: str
    until: datetime


class Weighed(Struct, frozen=True, forbid_unknown_fields=True):
    """What the gate weighed beside the tier: enough to say what another policy would make of it.

    `wish` is the way asked for, `whose` the standing's that counted, `as_of` when its `source` last knew, `records` how
    many lowered it. Older lines name neither the source nor the records themselves (`counted`).
    """

    wish: Mode
    whose: Literal["enterprise", "representative", "person"]
    as_of: datetime | None
    records: int
    source: str = ""
    counted: list[Counted] = []


class Decided(Event, frozen=True, tag="decided"):
    """The credit gate's decision; `key` and `sha256` name its preserved record. Older lines have no `weighed`."""

    outcome: Literal["admitted", "on_site", "refused"]
    tier: str
    reasons: list[Text]
    policy_digest: str
    key: str
    sha256: str
    mode: Mode = "live"
    time_limit_days: int = 0
    """Working days in which an admitted application is to be concluded; 0: none was set."""
    weighed: Weighed | None = None


class PersonAsked(Event, frozen=True, tag="person_asked"):
    """The applicant asks that a person look at the decision. They are answered until `due` (a moment, too late).

    `participant` is None where they came by the subject's link; `weekends_only` as in the calendar's `Due`; `key` and
    `sha256` name the preserved request.
    """

    words: str
    due: datetime
    weekends_only: list[int]
    participant: str | None
    name: str
    key: str
    sha256: str


class DecisionUpheld(Event, frozen=True, tag="decision_upheld"):
    """An officer looked at it and upholds it."""

    officer: str
    reason: str
    key: str
    sha256: str


class Redecided(Event, frozen=True):
    """An officer corrected a fact, and this follows from it under the policy in force. `seen`: what it rests on."""

    decision: Decided
    ground: ReviewGround
    seen: str
    officer: str
    reason: str


class Overruled(Redecided, frozen=True, tag="overruled"):
    """The application is admitted after all."""


class RefusalLifted(Redecided, frozen=True, tag="refusal_lifted"):
    """It was refused, and goes on with a visit on the spot."""


DecisionEvent = PersonAsked | DecisionUpheld | Overruled | RefusalLifted
"""Of the second look; `Decided` begins every journal."""
