"""The panel: who stands aside, and what the experts of a live survey think."""

from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import Message, ShortText, Wire
from survey_server.wire.draws import Reason
from survey_server.wire.material import OpinionView

RecusalCause = Literal["conflict", "recused", "no_show", "no_opinion"]


class ExpertView(Wire, frozen=True):
    """An expert's opinion of a live survey. Others learn of it when all are in: until then they see `given` only."""

    participant: str
    given: bool
    opinion: OpinionView | None


class StandAside(Message, frozen=True, tag="stand_aside"):
    """A reviewer or expert declares a conflict of interest, or stands aside for another reason; for good."""

    cause: Literal["conflict", "recused"]
    reason: Reason


class RecusalOrder(Wire, frozen=True):
    """The bureau takes a reviewer or expert off the panel; `officer` is who decided it."""

    participant: ShortText
    cause: RecusalCause
    reason: Reason
    officer: Annotated[str, Meta(pattern=r"\S", max_length=200)]
