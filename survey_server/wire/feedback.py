"""False material: findings with their evidence, the officers' and the subject's acts, deductions, repairs."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from survey_server.wire.basics import ShortText, Text, Wire

Reasons = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]
"""What somebody says for their act, in their own words; never empty."""
FeedbackState = Literal[
    "recorded", "dismissed", "confirmed", "notified", "answered", "unanswered", "dropped", "deducted", "appealed",
    "repairing", "reversed", "repaired",
]  # fmt: skip
OfficerAct = Literal["confirm", "dismiss", "drop", "uphold", "reverse"]
SubjectAct = Literal["answer", "appeal"]


class PhotoEvidence(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="photo"):
    """A photo of the survey, by its number."""

    photo: ShortText


class ObjectEvidence(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="object"):
    """Any preserved object of the survey, by its key."""

    key: Annotated[str, Meta(max_length=1024)]


class RecordingEvidence(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="recording"):
    """A stretch of the sealed recording: seconds on its line."""

    start_s: Annotated[float, Meta(ge=0)]
    end_s: Annotated[float, Meta(ge=0)]


EvidenceForm = PhotoEvidence | ObjectEvidence | RecordingEvidence


class FeedbackForm(Wire, frozen=True):
    """A reviewer's finding of false material: the rule they propose, what is false, and what that rests on."""

    rule: ShortText
    words: Reasons
    evidence: Annotated[list[EvidenceForm], Meta(min_length=1, max_length=100)]


class ActForm(Wire, frozen=True):
    """One act of an officer or of the subject. `seen` is the last line that was on the officer's page (`seq`)."""

    act: OfficerAct | SubjectAct
    words: Reasons
    seen: int | None = None


class DeductionForm(Wire, frozen=True):
    """The decision to deduct. `code` is the subject's code out of the case file: it is compared, sent, and not kept."""

    rule: ShortText
    code: Annotated[str, Meta(min_length=1, max_length=40)]
    words: Reasons
    seen: int


class RepairForm(Wire, frozen=True):
    """An application for repair: every record that is to be repaired, in one submission."""

    feedback: Annotated[list[ShortText], Meta(min_length=1, max_length=100)]
    words: Reasons


class RecordAnswer(Wire, frozen=True):
    """What is answered about one record of an application."""

    feedback: ShortText
    granted: bool
    words: Reasons


class RepairAnswer(Wire, frozen=True):
    """The answer to an application: about every record of it, at once."""

    records: Annotated[list[RecordAnswer], Meta(min_length=1, max_length=100)]


class RuleView(Wire, frozen=True):
    """A rule that a deduction may cite: its published number, official name, severity, and what the record says."""

    number: str
    rule: str
    severity: Literal["minor", "general", "serious"]
    kind: Text


class RulesView(Wire, frozen=True):
    """The published catalogue, with the periods in working days."""

    version: str
    digest: str
    answer_days: int
    repair_days: int
    authority: Text
    rules: list[RuleView]


class DueView(Wire, frozen=True):
    """When a period ends: with `day` in China; `at` is the first moment too late. `left` counts working days."""

    day: str
    at: datetime
    left: int
    note: Text | None


class EvidenceView(Wire, frozen=True):
    """One thing that a finding rests on, in words, with its SHA-256 (of a stretch of the recording: its seal's)."""

    what: Text
    sha256: str
    photo: str | None = None


class NoticeView(Wire, frozen=True):
    """A document for the subject."""

    what: str
    text: Text
    at: datetime


class FeedbackLine(Wire, frozen=True):
    """One step that was taken. `by` is a person's name, empty for the node; `kept`: the archive has its record."""

    at: datetime
    act: Text
    by: str
    words: str
    kept: bool


class DeliveryView(Wire, frozen=True):
    """How far the credit platform was told. `trouble` is the last attempt's, in the platform's own words."""

    what: Text
    delivered_at: datetime | None
    attempts: int
    trouble: str


class FeedbackView(Wire, frozen=True):
    """A finding of false material and what became of it, as far as its viewer may see it.

    `open` are the acts that are open to the viewer now; `application` is the repair under way.
    """

    feedback: str
    seq: int
    state: FeedbackState
    stands: Text
    survey: str
    case_no: str
    subject_name: str
    rule: str
    words: str
    recorded_at: datetime
    evidence: list[EvidenceView]
    steps: list[FeedbackLine]
    notices: list[NoticeView]
    open: list[str]
    due: DueView | None
    event: str
    application: str
    deliveries: list[DeliveryView]


class NoticeLink(Wire, frozen=True):
    """The notice is given: a link for the subject, to be read this one time, and how it stands now."""

    link: str
    expires_at: datetime
    feedback: FeedbackView
