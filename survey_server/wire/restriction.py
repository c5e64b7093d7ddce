"""A restricted case: kept and protected, and not processed otherwise (PIPL art. 47 para. 2)."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import SurveyState, Text, Wire

RestrictionGround = Literal["retention", "erasure_hard", "minors", "trade_secret", "state_secret_suspected"]
"""The subject asked for erasure and the law's retention period has not ended; erasure is technically hard (both PIPL
art. 47 para. 2); minors are in view (art. 28, 31); commercial secrets; what may be a state secret, until that is
settled.
"""
RestrictionReason = Annotated[str, Meta(pattern=r"\S", max_length=1000)]


class RestrictForm(Wire, frozen=True, tag_field="order", tag="restrict"):
    """An officer restricts the case with this number: every survey of it, re-surveys among them."""

    case_no: Annotated[str, Meta(min_length=1, max_length=200)]
    ground: RestrictionGround
    reason: RestrictionReason


class LiftForm(Wire, frozen=True, tag_field="order", tag="lift"):
    """An officer who has no part in the case lifts it."""

    case_no: Annotated[str, Meta(min_length=1, max_length=200)]
    reason: RestrictionReason


RestrictionOrder = RestrictForm | LiftForm


class RestrictionView(Wire, frozen=True):
    """A restricted case as an officer sees it; `ground_words` say why. Lifted ones are not listed."""

    survey: str
    case_no: str
    state: SurveyState
    officer: str
    ground: RestrictionGround
    ground_words: Text
    reason: str
    since: datetime
