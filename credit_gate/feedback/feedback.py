"""A feedback as a value; `step`, the one function that changes it; and `take`, which judges an act.

Besides the table (`life`), four rules hold who may act and when:

1. **Another person**: who confirms or decides is neither who recorded the finding nor one of those who signed the
   survey's conclusion; who decides an appeal had no part in it at all. Two are one person if their names are the same:
   somebody who holds two links is nobody else.
2. **The subject is heard**: nothing is decided before the subject has answered or the period has passed.
3. **One appeal**: a deduction that was upheld is not appealed again here; the courts are open.
4. **What was seen**: an officer decides about what they saw (`seen`, the last line): not past an answer that just came.
"""

import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from credit_gate.feedback import words
from credit_gate.feedback.events import (
    Answered,
    AnyEvent,
    Appealed,
    Confirmed,
    Deducted,
    Delivered,
    Dismissed,
    Dropped,
    Entry,
    Lapsed,
    Notified,
    Officer,
    Recorded,
    RepairAsked,
    Repaired,
    RepairRefused,
    Reversed,
    Upheld,
)
from credit_gate.feedback.life import COUNTING, ENDED, State, leads
from credit_gate.reason import Reason
from credit_gate.standing import Event

MOST_ANSWERS = 20
"""So many answers of a subject are kept for one decision; what one person sends fills no journal."""


class OutOfOrder(Exception):
    """An event came in a state that does not allow it: a fault of this program or an altered journal."""


class Feedback(Struct, frozen=True):
    """Everything its journal says. Built by `step` only."""

    id: str
    seq: int
    state: State
    recorded: Recorded
    recorded_at: datetime
    confirmed: Confirmed | None = None
    notified: Notified | None = None
    notified_at: datetime | None = None
    answers: tuple[str, ...] = ()
    deducted: Deducted | None = None
    deducted_at: datetime | None = None
    appealed: Appealed | None = None
    repair: RepairAsked | None = None
    """The application under way."""
    repair_at: datetime | None = None
    """When it was made."""
    over_at: datetime | None = None
    """When it was repaired or reversed: from then on the deduction counts nowhere."""
    delivered: tuple[str, ...] = ()
    """Messages that the platform acknowledged."""

    @property
    def open(self) -> bool:
        """May anything still happen to it but a delivery?"""
        return self.state not in ENDED

    @property
    def counts(self) -> bool:
        """Does its deduction lower the standing now?"""
        return self.state in COUNTING

    @property
    def event(self) -> Event | None:
        """The credit event it made, as the standing takes it; with its end once it was repaired or reversed."""
        made, at = self.deducted, self.deducted_at
        if made is None or at is None:
            return None
        return Event(
            id=made.event,
            kind_zh=made.kind_zh,
            kind_en=made.kind_en,
            severity=made.severity,
            at=at,
            rule=made.rule,
            confirmed_by=made.confirmed_by,
            repaired_at=self.over_at if self.state is State.REPAIRED else None,
            reversed_at=self.over_at if self.state is State.REVERSED else None,
        )


def step(feedback: Feedback | None, entry: Entry) -> Feedback:
    """The feedback after one more line. Raises OutOfOrder."""
    event = entry.event
    seq = 0 if feedback is None else feedback.seq
    to = leads(type(event), None if feedback is None else feedback.state)
    if to is None or entry.seq != seq + 1:
        where = "nothing" if feedback is None else f"{feedback.state.value}, line {feedback.seq}"
        raise OutOfOrder(f"{entry.feedback}: {type(event).__name__} as line {entry.seq} after {where}")
    if feedback is None:
        assert isinstance(event, Recorded)
        return Feedback(entry.feedback, entry.seq, to, event, entry.at)
    return _with(replace(feedback, seq=entry.seq, state=to), event, entry.at)


def _with(after: Feedback, event: AnyEvent, at: datetime) -> Feedback:
    """What the event leaves behind besides its state."""
    match event:
        case Confirmed():
            return replace(after, confirmed=event)
        case Notified():
            return replace(after, notified=event, notified_at=at)
        case Answered(words=said):
            return replace(after, answers=(*after.answers, said))
        case Deducted():
            return replace(after, deducted=event, deducted_at=at)
        case Delivered(message=message):
            return replace(after, delivered=(*after.delivered, message))
        case Appealed():
            return replace(after, appealed=event)
        case RepairAsked():
            return replace(after, repair=event, repair_at=at)
        case RepairRefused():
            return replace(after, repair=None, repair_at=None)
        case Repaired() | Reversed():
            return replace(after, over_at=at)
        case _:
            return after


def rebuild(entries: Iterable[Entry]) -> Feedback:
    """The feedback that a journal tells. Raises OutOfOrder, also for an empty one."""
    feedback: Feedback | None = None
    for entry in entries:
        feedback = step(feedback, entry)
    if feedback is None:
        raise OutOfOrder("an empty journal")
    return feedback


class Stage(Struct, frozen=True):
    """One fresh line, and the feedback after it."""

    entry: Entry
    after: Feedback


def take(
    feedback: Feedback, event: AnyEvent, at: datetime, *, signed: Collection[str] = (), seen: int | None = None
) -> list[Stage] | Reason:
    """The lines that an act makes, or in words why it may not be done now.

    `signed` names who signed the survey's conclusion; `seen` is the last line that an officer saw, where they said so.
    A decision after a period without an answer makes two lines: that there was none, and itself.
    """
    if seen is not None and seen != feedback.seq:
        refused = refusal(feedback, event, signed)
        return words.CHANGED if refused is None else refused
    stages: list[Stage] = []
    stands = feedback
    for one in [Lapsed(), event] if _unanswered(feedback, event, at) else [event]:
        refused = refusal(stands, one, signed)
        if refused is not None:
            return refused
        entry = Entry(feedback.id, stands.seq + 1, at, one)
        stands = step(stands, entry)
        stages.append(Stage(entry, stands))
    return stages


def _unanswered(feedback: Feedback, event: AnyEvent, at: datetime) -> bool:
    passed = feedback.notified is not None and at >= feedback.notified.due
    return passed and feedback.state is State.NOTIFIED and isinstance(event, Dropped | Deducted)


def refusal(feedback: Feedback, event: AnyEvent, signed: Collection[str] = ()) -> Reason | None:
    """Why this may not follow upon the feedback as it stands, in words; None if it may."""
    notified = feedback.notified
    if feedback.state is State.NOTIFIED and notified is not None and isinstance(event, Dropped | Deducted):
        return words.answer_period(notified.due)
    if leads(type(event), feedback.state) is None:
        return words.not_now(event, feedback.state)
    if isinstance(event, Appealed) and feedback.appealed is not None:
        return words.APPEALED_ONCE
    if isinstance(event, Answered) and len(feedback.answers) >= MOST_ANSWERS:
        return words.HEARD
    if isinstance(event, Delivered) and event.message in feedback.delivered:
        return words.TOLD_ALREADY
    by = getattr(event, "by", None)
    if isinstance(by, Officer) and same_person(by.name, _barred(feedback, type(event), signed)):
        return words.IN_APPEAL if isinstance(event, Upheld | Reversed) else words.SECOND_OFFICER
    asked = feedback.repair
    if isinstance(event, Repaired | RepairRefused) and asked is not None and event.application != asked.application:
        return words.OTHER_APPLICATION
    return None


def same_person(name: str, others: Iterable[str]) -> bool:
    """Is it the name of one of these? Width, case and blanks make no other person."""
    return _plain(name) in {_plain(other) for other in others}


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def may_decide(feedback: Feedback, name: str, signed: Collection[str] = ()) -> bool:
    """May an officer of this name decide about it, as it stands or once the subject's period is over?"""
    state = State.UNANSWERED if feedback.state is State.NOTIFIED else feedback.state
    return any(
        leads(kind, state) is not None and not same_person(name, _barred(feedback, kind, signed))
        for kind in (Confirmed, Dropped, Upheld, Repaired)
    )


def _barred(feedback: Feedback, kind: type[AnyEvent], signed: Collection[str]) -> list[str]:
    """Whose act this can't be."""
    if issubclass(kind, Confirmed | Dismissed | Dropped | Deducted):
        return [feedback.recorded.by.name, *signed]
    if issubclass(kind, Upheld | Reversed):
        parts = [feedback.recorded, feedback.confirmed, feedback.notified, feedback.deducted]
        return [*(part.by.name for part in parts if part is not None), *signed]
    if issubclass(kind, Repaired | RepairRefused):
        return [feedback.recorded.by.name]
    return []
