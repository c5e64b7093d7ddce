"""Draws by lot: who is to be drawn, how far it is, and what the applicant's page does in it by itself."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import Message, Sha256, ShortText, Wire

DrawnRole = Literal["expert", "reviewer"]
ReplacementCause = Literal["recused", "no_show", "conflict"]
DrawState = Literal["waiting", "committed", "revealing", "drawing", "drawn", "lapsed"]
"""For the page's committed number; for the ledger; for the page to reveal; for the result; done; ended without."""
Reason = Annotated[str, Meta(pattern=r"\S", max_length=500)]
Number = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
PublicPoint = Annotated[str, Meta(pattern="^04[0-9a-f]{128}$")]
Signature = Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]


class DeclaredConflict(Wire, frozen=True):
    """Somebody of the register is not to be drawn for this case, and why. Both are on record."""

    member: ShortText
    reason: Reason


class DrawOrder(Wire, frozen=True):
    """Draw so many people of this role out of the register for a survey."""

    seats: Annotated[int, Meta(ge=1, le=20)]
    role: DrawnRole = "expert"
    conflicts: list[DeclaredConflict] = []


class ReplacementOrder(Wire, frozen=True):
    """A drawn person does not take part: the next in the drawn order does."""

    member: ShortText
    cause: ReplacementCause
    reason: Reason


class SeatView(Wire, frozen=True):
    """A drawn person; `participant` once they have their link."""

    member: str
    name: str
    participant: str | None


class DrawView(Wire, frozen=True):
    """A draw as far as it is. `until`: from then on it may be opened anew if the applicant's page is not done."""

    number: int
    role: DrawnRole
    seats: int
    state: DrawState
    candidates: int
    opened_at: datetime
    until: datetime
    seated: list[SeatView]


class CommitNumber(Message, frozen=True, tag="commit_number"):
    """The applicant's page commits a random number by its SHA-256, and the P-256 key it will sign with (a point)."""

    draw: int
    sha256: Sha256
    key: PublicPoint


class RevealNumber(Message, frozen=True, tag="reveal_number"):
    """The applicant's page has seen the draw's checkpoint, signed it and reveals its number."""

    draw: int
    number: Number
    signature: Signature


class NumberWanted(Message, frozen=True, tag="number_wanted"):
    """To the applicant's page: a draw is open; commit a number. Repeated on each line until it came."""

    draw: int
    role: DrawnRole


class RevealWanted(Message, frozen=True, tag="reveal_wanted"):
    """To the applicant's page: list and case are in the ledger. If `leaf`, the entry of the commitment with this
    SHA-256, is number `index` of the checkpoint in `note` by `path` (base64), sign and reveal.
    """

    draw: int
    role: DrawnRole
    commitment: Sha256
    leaf: str
    index: int
    path: list[str]
    note: str
