"""A case is restricted, and the restriction is lifted. Storage and protection go on either way."""

from survey_server.survey.event import Event
from survey_server.wire.restriction import RestrictionGround


class Restricted(Event, frozen=True, tag="restricted"):
    """From here on the case is kept, and read only as `restriction_rules.may_read` allows."""

    officer: str
    ground: RestrictionGround
    reason: str


class RestrictionLifted(Event, frozen=True, tag="restriction_lifted"):
    """The case is processed like any other again."""

    officer: str
    reason: str


RestrictionEvent = Restricted | RestrictionLifted
