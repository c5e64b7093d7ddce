"""What a subject sees of the decisions about itself, and the person whom it may ask to look at one."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import ConclusionResult, Mode, ShortText, SurveyState, Text, Wire
from survey_server.wire.feedback import DueView, FeedbackView
from survey_server.wire.life import AppealView

Said = Annotated[str, Meta(pattern=r"\S", max_length=2000)]
ReviewGround = Literal["other_subject", "record_lifted", "standing_proven", "representative"]
"""Why a person decides otherwise: the record is another subject's; its authority has corrected, withdrawn or repaired
it; a credit report was checked; the legal representative authorised the use of their own standing."""


class AskPersonForm(Wire, frozen=True):
    """The applicant asks that a person look at the gate's decision; `words` say what is wrong with it."""

    words: Said


class UpholdForm(Wire, frozen=True, tag_field="answer", tag="uphold"):
    """An officer upholds the decision."""

    words: Said


class CorrectForm(Wire, frozen=True, tag_field="answer", tag="correct"):
    """An officer found another tier; the policy says what follows. `seen` names what was seen, with its date."""

    words: Said
    ground: ReviewGround
    tier: Literal["red", "orange", "blue"]
    seen: Annotated[str, Meta(pattern=r"\S", max_length=300)]


ReviewForm = UpholdForm | CorrectForm


class SecondLookView(Wire, frozen=True):
    """What the applicant asked a person, and the answer; `result` null while there is none. `due` is null then."""

    words: str
    asked_at: datetime
    by: str
    due: DueView | None
    result: Literal["upheld", "admitted", "on_site"] | None
    ground: Text | None
    seen: str
    reason: str
    officer: str
    answered_at: datetime | None


class CountedView(Wire, frozen=True):
    """A record that counted, by its source's number; `until` is when its publicity ends."""

    id: str
    kind: Text
    rule: str
    until: datetime


class LookView(Wire, frozen=True):
    """Somebody looked at the recording or took the record."""

    at: datetime
    text: Text


class WayView(Wire, frozen=True):
    """What can be done about a decision, and until when (`until` null: at any time)."""

    what: Literal["ask_person", "appeal", "repair", "object"]
    text: Text
    until: datetime | None


class OwnDecisionView(Wire, frozen=True):
    """A decision of the gate about the subject, and what became of the application.

    `whose` is null in records of earlier versions. `outcome`, `tier` and `reasons` are the gate's own; what a person
    made of it is in `second_look`.
    """

    survey: str
    case_no: str
    item: Text
    decided_at: datetime
    outcome: Literal["admitted", "on_site", "refused"]
    mode: Mode
    tier: str
    whose: Text | None
    source: ShortText
    as_of: datetime | None
    reasons: list[Text]
    counted: list[CountedView]
    policy_digest: str
    state: SurveyState
    conclusion: ConclusionResult | None
    conclusion_reasons: list[str]
    appeal: AppealView | None
    second_look: SecondLookView | None
    looks: list[LookView]
    ways: list[WayView]
    restricted: Text | None = None
    """Why the case is only kept and protected now."""


class OwnView(Wire, frozen=True):
    """Everything that was decided here about one subject, newest first, and what was found against it.

    Findings are answered by whoever holds the notice's link; for others `open` is empty.
    """

    name: str
    decisions: list[OwnDecisionView]
    findings: list[FeedbackView]


class AskedView(Wire, frozen=True):
    """An application that waits for an officer, or waited: a person was asked to look at the gate's decision, or there
    is an appeal against the conclusion.
    """

    name: str
    decision: OwnDecisionView
