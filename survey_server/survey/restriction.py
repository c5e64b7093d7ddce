"""The restriction that a case is under, as the journal has it: one at a time."""

from datetime import datetime

from msgspec import Struct

from survey_server.survey.restriction_events import Restricted, RestrictionEvent


class Restriction(Struct, frozen=True):
    """Who ordered it on what ground, and since when."""

    order: Restricted
    since: datetime


def fits(restriction: Restriction | None, event: RestrictionEvent) -> bool:
    """Not twice; lifted only where there is one."""
    return (restriction is None) is isinstance(event, Restricted)


def after(event: RestrictionEvent, at: datetime) -> Restriction | None:
    """What holds after an event that fits."""
    return Restriction(event, at) if isinstance(event, Restricted) else None
