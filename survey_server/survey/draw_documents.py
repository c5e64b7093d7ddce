"""The documents of a draw as a reader takes them: strictly, every member known (`draw_record` writes them)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from survey_server.wire.admission import Department

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class _Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """An unknown member is an error."""


class _Document(_Strict, frozen=True):
    """What all three begin with."""

    v: int
    rule: str
    survey: str
    draw: int


class ListedCandidate(_Strict, frozen=True):
    """Somebody who may be drawn."""

    id: str
    name: str
    employer: str
    department: Department | None = None


class ListedLeftOut(_Strict, frozen=True):
    """Somebody who may not, and why."""

    id: str
    name: str
    cause: str
    reason: str


class Subject(_Strict, frozen=True):
    """Who applied: keyed reference and name."""

    ref: str
    name: str


class Case(_Strict, frozen=True):
    """What the draw is for."""

    case_no: str
    subject: Subject
    item: str
    address: str


class PageCommitted(_Strict, frozen=True):
    """The applicant's page: the SHA-256 of its number, and the key it signs with."""

    participant: str
    number_sha256: Sha256
    key: str


class OfficeCommitted(_Strict, frozen=True):
    """The office: the SHA-256 of its number."""

    number_sha256: Sha256


class Commitment(_Document, frozen=True):
    """What was fixed first."""

    type: Literal["draw_commitment"]
    role: str
    seats: int
    opened_at: str
    case: Case
    candidates: list[ListedCandidate]
    left_out: list[ListedLeftOut]
    applicant: PageCommitted
    office: OfficeCommitted


class ProofOf(_Strict, frozen=True):
    """An entry's number in the log and its inclusion proof, hashes in base64."""

    index: int
    path: list[str]


class Anchor(_Document, frozen=True):
    """Which checkpoint covers the commitment."""

    type: Literal["draw_anchor"]
    commitment: Sha256
    checkpoint: str
    proof: ProofOf


class Proofs(_Strict, frozen=True):
    """Commitment and anchor under the draw's checkpoint."""

    commitment: ProofOf
    anchor: ProofOf


class PageRevealed(_Strict, frozen=True):
    """The applicant's page: its number, and its signature under the checkpoint."""

    number: str
    signature: str


class OfficeRevealed(_Strict, frozen=True):
    """The office's number."""

    number: str


class Result(_Document, frozen=True):
    """What was drawn, and everything it follows from."""

    type: Literal["draw_result"]
    commitment: Sha256
    anchor: Sha256
    checkpoint: str
    proofs: Proofs
    applicant: PageRevealed
    office: OfficeRevealed
    order: list[str]
    drawn: list[str]


class Named(_Strict, frozen=True):
    """A preserved object."""

    key: str
    sha256: Sha256


class Seat(_Strict, frozen=True):
    """Whose a seat is, and as whom they take part."""

    member: str
    participant: str | None


class Replaced(_Strict, frozen=True):
    """Who gave a seat to the next."""

    member: str
    cause: str
    reason: str


class InSeal(_Strict, frozen=True):
    """A draw as the manifest of a seal tells of it."""

    draw: int
    role: str
    seats: int
    state: str
    opened_at: str
    until: str
    documents: dict[str, Named]
    lapsed: str | None
    seated: list[Seat]
    replaced: list[Replaced]
    refused: list[str]


class PersonInSeal(Struct, frozen=True):
    """A person of the survey, as far as a draw is concerned."""

    id: str
    role: str
    drawn: str | None = None
