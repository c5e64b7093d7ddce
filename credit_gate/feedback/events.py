"""Everything that can happen to a feedback. Its journal is a list of these and nothing else."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from credit_gate.standing import Severity

Words = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]


class Officer(Struct, frozen=True, forbid_unknown_fields=True):
    """Who acts for the authority: a reviewer of the survey or an officer. `id` is the session's, `name` a person's."""

    id: str
    name: str


class OfObject(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="object"):
    """Evidence: a preserved object of the survey, by key and SHA-256 (hex)."""

    key: str
    sha256: str


class OfPhoto(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="photo"):
    """Evidence: a photo of the survey, by its number there; key and digest are its original's."""

    photo: str
    key: str
    sha256: str


class OfRecording(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="recording"):
    """Evidence: a stretch of the recording, seconds on its line; `seal` is the recording seal's SHA-256 (hex)."""

    start_s: float
    end_s: float
    seal: str


Evidence = OfObject | OfPhoto | OfRecording


class Event(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every event has in common."""


class Recorded(Event, frozen=True, tag="recorded"):
    """A reviewer found false material. `subject` is the keyed reference, `rule` the catalogue's number they propose."""

    by: Officer
    survey: str
    case_no: str
    subject: str
    subject_name: str
    rule: str
    words: Words
    evidence: Annotated[tuple[Evidence, ...], Meta(min_length=1, max_length=100)]


class Confirmed(Event, frozen=True, tag="confirmed"):
    """A second officer looked at the evidence and agrees."""

    by: Officer
    words: Words


class Dismissed(Event, frozen=True, tag="dismissed"):
    """A second officer does not agree. Nothing further comes of it."""

    by: Officer
    words: Words


class Notified(Event, frozen=True, tag="notified"):
    """The notice to the subject was given out. They may answer until `due` (a moment, too late), `days` working days.

    `weekends_only`: years in between whose holidays are not known (see `working_days.Due`).
    """

    by: Officer
    days: int
    due: datetime
    weekends_only: tuple[int, ...] = ()


class Linked(Event, frozen=True, tag="linked"):
    """The subject got a further link to see it and to answer."""

    by: Officer


class Answered(Event, frozen=True, tag="answered"):
    """The subject answered; every answer until the decision is heard."""

    words: Words


class Lapsed(Event, frozen=True, tag="lapsed"):
    """The period passed without an answer. Noted when an officer goes on."""


class Dropped(Event, frozen=True, tag="dropped"):
    """An officer decided that the subject is not charged with anything."""

    by: Officer
    words: Words


class Deducted(Event, frozen=True, tag="deducted"):
    """An officer decided on a credit event: everything `standing.Event` needs, as the catalogue had it that day.

    `number` is the rule's published number, `rule` its official name with the article.
    """

    by: Officer
    words: Words
    event: str
    number: str
    rule: str
    kind_zh: str
    kind_en: str
    severity: Severity
    confirmed_by: str
    repair_days: int
    """Working days in which an application for its repair is answered."""


class Delivered(Event, frozen=True, tag="delivered"):
    """The credit platform acknowledged a message: the event, its repair or its reversal."""

    message: str


class Appealed(Event, frozen=True, tag="appealed"):
    """The subject objects to the deduction, once."""

    words: Words


class Upheld(Event, frozen=True, tag="upheld"):
    """An officer who had no part in it upheld the deduction."""

    by: Officer
    words: Words


class Reversed(Event, frozen=True, tag="reversed"):
    """An officer who had no part in it took the deduction back: it counts no more, from now on."""

    by: Officer
    words: Words


class RepairAsked(Event, frozen=True, tag="repair_asked"):
    """The subject applied for repair. All records of one submission carry its `application` and are due together."""

    application: str
    words: Words
    due: datetime
    weekends_only: tuple[int, ...] = ()


class Repaired(Event, frozen=True, tag="repaired"):
    """An officer granted the repair: the record stops counting now."""

    by: Officer
    application: str
    words: Words


class RepairRefused(Event, frozen=True, tag="repair_refused"):
    """An officer did not grant it, and said what is missing. It may be asked for again."""

    by: Officer
    application: str
    words: Words


AnyEvent = (
    Recorded | Confirmed | Dismissed | Notified | Linked | Answered | Lapsed | Dropped | Deducted | Delivered
    | Appealed | Upheld | Reversed | RepairAsked | Repaired | RepairRefused
)  # fmt: skip


class Entry(Struct, frozen=True):
    """One line of a feedback's journal: which event, in which place, when (server time)."""

    feedback: str
    seq: int
    at: datetime
    event: AnyEvent
