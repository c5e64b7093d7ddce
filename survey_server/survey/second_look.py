"""The person who looks at the gate's decision again, as the journal has it: asked once, answered once."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from survey_server.survey.decision_events import (
    Decided,
    DecisionEvent,
    DecisionUpheld,
    Overruled,
    PersonAsked,
    RefusalLifted,
)


class SecondLook(Struct, frozen=True):
    """What was asked, and the officer's answer once there is one."""

    asked: PersonAsked
    asked_at: datetime
    answer: DecisionUpheld | Overruled | RefusalLifted | None = None
    answered_at: datetime | None = None

    @property
    def decision(self) -> Decided | None:
        """What holds in place of the gate's decision; None while that holds itself."""
        return self.answer.decision if isinstance(self.answer, Overruled | RefusalLifted) else None

    @property
    def keys(self) -> list[str]:
        """Of the preserved records: the request, and the answer once there is one."""
        match self.answer:
            case None:
                return [self.asked.key]
            case DecisionUpheld(key=key):
                return [self.asked.key, key]
            case Overruled(decision=decision) | RefusalLifted(decision=decision):
                return [self.asked.key, decision.key]


def fits(look: SecondLook | None, event: DecisionEvent) -> bool:
    """Does the event go with what was asked and answered before?"""
    match event:
        case PersonAsked():
            return look is None
        case DecisionUpheld():
            return _open(look)
        case Overruled(decision=decision):
            return _open(look) and decision.outcome == "admitted"
        case RefusalLifted(decision=decision):
            return _open(look) and decision.outcome == "on_site"


def after(look: SecondLook | None, event: DecisionEvent, at: datetime) -> SecondLook:
    """The look after one more event that fits."""
    if isinstance(event, PersonAsked):
        return SecondLook(event, at)
    assert look is not None  # it fits
    return replace(look, answer=event, answered_at=at)


def _open(look: SecondLook | None) -> bool:
    return look is not None and look.answer is None
