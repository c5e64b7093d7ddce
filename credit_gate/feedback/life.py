"""The life of a feedback as one table: which event may come in which state, where it leads, and whose act it is."""

from enum import StrEnum
from typing import Literal

from credit_gate.feedback.events import (
    Answered,
    AnyEvent,
    Appealed,
    Confirmed,
    Deducted,
    Delivered,
    Dismissed,
    Dropped,
    Lapsed,
    Linked,
    Notified,
    Recorded,
    RepairAsked,
    Repaired,
    RepairRefused,
    Reversed,
    Upheld,
)

Side = Literal["reviewer", "officer", "subject", "node"]


class State(StrEnum):
    """Where a feedback stands. The value is what is stored."""

    RECORDED = "recorded"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"
    NOTIFIED = "notified"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    DROPPED = "dropped"
    DEDUCTED = "deducted"
    APPEALED = "appealed"
    REPAIRING = "repairing"
    REVERSED = "reversed"
    REPAIRED = "repaired"


S = State
_AFTER_NOTICE = (S.NOTIFIED, S.ANSWERED, S.UNANSWERED, S.DEDUCTED, S.APPEALED, S.REPAIRING)
_AFTER_DEDUCTION = (S.DEDUCTED, S.APPEALED, S.REPAIRING, S.REVERSED, S.REPAIRED)

LIFE: dict[type[AnyEvent], tuple[Side, dict[State | None, State]]] = {
    Recorded: ("reviewer", {None: S.RECORDED}),
    Confirmed: ("officer", {S.RECORDED: S.CONFIRMED}),
    Dismissed: ("officer", {S.RECORDED: S.DISMISSED}),
    Notified: ("officer", {S.CONFIRMED: S.NOTIFIED}),
    Linked: ("officer", {state: state for state in (*_AFTER_NOTICE, S.DROPPED, S.REVERSED, S.REPAIRED)}),
    Answered: ("subject", {S.NOTIFIED: S.ANSWERED, S.ANSWERED: S.ANSWERED, S.UNANSWERED: S.ANSWERED}),
    Lapsed: ("node", {S.NOTIFIED: S.UNANSWERED}),
    Dropped: ("officer", {S.ANSWERED: S.DROPPED, S.UNANSWERED: S.DROPPED}),
    Deducted: ("officer", {S.ANSWERED: S.DEDUCTED, S.UNANSWERED: S.DEDUCTED}),
    Delivered: ("node", {state: state for state in _AFTER_DEDUCTION}),
    Appealed: ("subject", {S.DEDUCTED: S.APPEALED}),
    Upheld: ("officer", {S.APPEALED: S.DEDUCTED}),
    Reversed: ("officer", {S.APPEALED: S.REVERSED}),
    RepairAsked: ("subject", {S.DEDUCTED: S.REPAIRING}),
    Repaired: ("officer", {S.REPAIRING: S.REPAIRED}),
    RepairRefused: ("officer", {S.REPAIRING: S.DEDUCTED}),
}
"""None is a feedback that does not exist yet. What is not in the table is refused."""

COUNTING = (S.DEDUCTED, S.APPEALED, S.REPAIRING)
"""In these states the deduction lowers the standing: neither an appeal nor a request takes it back by itself."""
ENDED = (S.DISMISSED, S.DROPPED, S.REVERSED, S.REPAIRED)


def side(kind: type[AnyEvent]) -> Side:
    """Whose act it is."""
    return LIFE[kind][0]


def leads(kind: type[AnyEvent], state: State | None) -> State | None:
    """Where the event leads from there; None if it may not come."""
    return LIFE[kind][1].get(state)


def possible(state: State, who: Side) -> list[type[AnyEvent]]:
    """What this side may do now."""
    return [kind for kind, (whose, ways) in LIFE.items() if whose == who and state in ways]
