"""What happens in a draw by lot (`survey.draw` says why in this order)."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from survey_server.survey.event import Event
from survey_server.wire.admission import Department
from survey_server.wire.draws import DrawnRole, ReplacementCause


class Candidate(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may be drawn. `id` is theirs in the register."""

    id: str
    name: str
    employer: str
    department: Department | None = None


class LeftOut(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody of the register who has the role and is not on the list, and why."""

    id: str
    name: str
    cause: Literal["not_qualified", "employer", "conflict", "declared", "takes_part"]
    reason: str = ""
    """Of a declared conflict: as it was declared."""


class Proof(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an entry lies in the log, and its inclusion proof (RFC 6962) under a checkpoint: hashes in base64."""

    index: int
    path: list[str]


class DrawOpened(Event, frozen=True, tag="draw_opened"):
    """A draw for these seats was ordered. `office_number` is the office's random number, hex: nobody is told of it
    before the applicant's page has revealed its own.
    """

    draw: int
    role: DrawnRole
    seats: int
    candidates: list[Candidate]
    left_out: list[LeftOut]
    office_number: str
    until: datetime


class NumberCommitted(Event, frozen=True, tag="number_committed"):
    """The applicant's page committed a number by its SHA-256, and the key it will sign the checkpoint with."""

    draw: int
    participant: str
    sha256: str
    key: str


class DrawCovered(Event, frozen=True, tag="draw_covered"):
    """The commitment is preserved under `key`, and this checkpoint covers its entry."""

    draw: int
    key: str
    sha256: str
    note: str
    proof: Proof


class DrawSeeded(Event, frozen=True, tag="draw_seeded"):
    """The anchor is preserved under `key`, and this later checkpoint covers its entry: it is the draw's for good.

    `leaf` is the commitment's entry, for the applicant's page to look at; the proofs are under this checkpoint.
    """

    draw: int
    key: str
    sha256: str
    note: str
    leaf: str
    commitment: Proof
    anchor: Proof


class NumberRevealed(Event, frozen=True, tag="number_revealed"):
    """The applicant's page signed the checkpoint and revealed its number, hex."""

    draw: int
    participant: str
    number: str
    signature: str


class Drawn(Event, frozen=True, tag="drawn"):
    """All candidates in the drawn order; `key` and `sha256` name the preserved result."""

    draw: int
    order: list[str]
    key: str
    sha256: str


class DrawLapsed(Event, frozen=True, tag="draw_lapsed"):
    """The attempt ended before a number was revealed: nobody knows whom it would have drawn."""

    draw: int
    cause: Literal["no_number", "moved"]


class DrawRefused(Event, frozen=True, tag="draw_refused"):
    """Another draw for seats that a draw stands for was ordered, and not carried out."""

    draw: int
    role: DrawnRole


class DrawReplaced(Event, frozen=True, tag="draw_replaced"):
    """A drawn person does not take part; the next in the drawn order does."""

    draw: int
    member: str
    cause: ReplacementCause
    reason: str
