"""The draws of a survey as a value, and `after`, the one function that changes it.

**Seats of one role are drawn once.** An attempt that lapsed revealed nothing and may be made again; a draw with a
result stands, and whoever can't come is replaced by the next in its order.
"""

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from survey_server.survey.draw import MOST_ATTEMPTS
from survey_server.survey.draw_events import (
    Candidate,
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawRefused,
    DrawReplaced,
    DrawSeeded,
    NumberCommitted,
    NumberRevealed,
)
from survey_server.wire.draws import DrawnRole, DrawState

DrawEvent = (
    DrawOpened | NumberCommitted | DrawCovered | DrawSeeded | NumberRevealed | Drawn | DrawLapsed | DrawRefused
    | DrawReplaced
)  # fmt: skip


class Draw(Struct, frozen=True):
    """One draw, or one attempt at it."""

    opened: DrawOpened
    opened_at: datetime
    committed: NumberCommitted | None = None
    covered: DrawCovered | None = None
    seeded: DrawSeeded | None = None
    revealed: NumberRevealed | None = None
    drawn: Drawn | None = None
    lapsed: DrawLapsed | None = None
    replaced: tuple[DrawReplaced, ...] = ()
    refused: tuple[datetime, ...] = ()
    """When somebody wanted to draw again."""

    @property
    def number(self) -> int:
        """Draws of a survey count from 1."""
        return self.opened.draw

    @property
    def role(self) -> DrawnRole:
        """What the drawn are in the survey."""
        return self.opened.role

    @property
    def state(self) -> DrawState:
        """How far it is."""
        if self.lapsed is not None:
            return "lapsed"
        if self.drawn is not None:
            return "drawn"
        if self.revealed is not None:
            return "drawing"
        if self.seeded is not None:
            return "revealing"
        return "waiting" if self.committed is None else "committed"

    @property
    def seated(self) -> list[Candidate]:
        """Whose the seats are: the first of the order who were not replaced; fewer where the list is used up."""
        if self.drawn is None:
            return []
        by_id = {candidate.id: candidate for candidate in self.opened.candidates}
        gone = {one.member for one in self.replaced}
        return [by_id[member] for member in self.drawn.order if member not in gone][: self.opened.seats]

    @property
    def keys(self) -> dict[str, tuple[str, str]]:
        """Key and SHA-256 of what is preserved of it so far."""
        parts = {"commitment": self.covered, "anchor": self.seeded, "result": self.drawn}
        return {name: (part.key, part.sha256) for name, part in parts.items() if part is not None}


Draws = tuple[Draw, ...]
"""A survey's, in the order they were opened."""


def standing(draws: Draws, role: DrawnRole) -> Draw | None:
    """The draw that stands for this role: has its result, or is on its way to it."""
    return next((draw for draw in reversed(draws) if draw.role == role and draw.lapsed is None), None)


def lapsed_attempts(draws: Draws, role: DrawnRole) -> int:
    """How many attempts for this role lapsed; after `MOST_ATTEMPTS` there is no other."""
    return sum(draw.role == role and draw.lapsed is not None for draw in draws)


def under_way(draws: Draws) -> Draw | None:
    """The draw that is neither done nor lapsed. There is one at a time."""
    return next((draw for draw in draws if draw.state not in ("drawn", "lapsed")), None)


def fits(draws: Draws, event: DrawEvent) -> bool:  # noqa: C901 - one arm for each event
    """May this come next?"""
    if isinstance(event, DrawOpened):
        fresh = event.draw == len(draws) + 1 and under_way(draws) is None
        return fresh and standing(draws, event.role) is None and lapsed_attempts(draws, event.role) < MOST_ATTEMPTS
    draw = _of(draws, event.draw)
    if draw is None:
        return False
    match event:
        case NumberCommitted():
            return draw.state == "waiting"
        case DrawCovered():
            return draw.state == "committed" and draw.covered is None
        case DrawSeeded():
            return draw.state == "committed" and draw.covered is not None
        case NumberRevealed():
            return draw.state == "revealing"
        case Drawn():
            return draw.state == "drawing" and sorted(event.order) == [one.id for one in draw.opened.candidates]
        case DrawLapsed():
            return draw.state in ("waiting", "committed", "revealing")
        case DrawRefused():
            return event.role == draw.role
        case DrawReplaced():
            return event.member in {candidate.id for candidate in draw.seated}
        case _:
            assert_never(event)


def after(draws: Draws, event: DrawEvent, at: datetime) -> Draws:
    """The draws after one more event that fits."""
    if isinstance(event, DrawOpened):
        return (*draws, Draw(event, at))
    return tuple(_changed(draw, event, at) if draw.number == event.draw else draw for draw in draws)


def _changed(draw: Draw, event: DrawEvent, at: datetime) -> Draw:
    match event:
        case DrawOpened():
            return draw
        case NumberCommitted():
            return replace(draw, committed=event)
        case DrawCovered():
            return replace(draw, covered=event)
        case DrawSeeded():
            return replace(draw, seeded=event)
        case NumberRevealed():
            return replace(draw, revealed=event)
        case Drawn():
            return replace(draw, drawn=event)
        case DrawLapsed():
            return replace(draw, lapsed=event)
        case DrawRefused():
            return replace(draw, refused=(*draw.refused, at))
        case DrawReplaced():
            return replace(draw, replaced=(*draw.replaced, event))


def _of(draws: Draws, number: int) -> Draw | None:
    return next((draw for draw in draws if draw.number == number), None)
