"""Makes the draws of a bundle again, from what is in it, and says what does not fit. Pure.

**Nothing is believed that can be computed:** the order comes out of seed, list and rule anew; that the list came before
the checkpoint comes out of the log's own numbers. The bundle itself (`evidence_store.verify`) shows that the documents
are those that were entered and sealed; this shows that they are a draw.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.ledger.merkle import leaf_hash, verify_inclusion
from evidence_store.ledger.notes import BadNote, Checkpoint, VerifierKey, open_note
from survey_server.survey.draw import RULE, draw_seed, drawn_order, number_hash, page_says, page_signed
from survey_server.survey.draw_documents import Anchor, Commitment, InSeal, PersonInSeal, ProofOf, Result

FOLDER = "draws/"
_NAME = re.compile(r"draws/([0-9]{3})-(commitment|anchor|result)-[0-9a-f]{16}\.json")
_KINDS: dict[str, type[Commitment | Anchor | Result]] = {"commitment": Commitment, "anchor": Anchor, "result": Result}


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry of the log about a document: which log, which number, its leaf, and what that says."""

    origin: str
    index: int
    leaf: bytes
    says: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Material:
    """What a bundle holds of draws. `manifest` is the newest seal's; `keys` are those that may sign checkpoints."""

    survey: str
    documents: Mapping[str, bytes]
    entries: Mapping[str, Entered]
    manifest: Mapping[str, Any]
    keys: Sequence[VerifierKey]


@dataclass(frozen=True, slots=True)
class DrawProblem:
    """One thing that does not fit, as a sentence about a draw; 0: about all of them."""

    draw: int
    problem: str


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """A draw as it came out when it was made again. An attempt that lapsed has neither order nor drawn."""

    draw: int
    role: str
    state: str
    candidates: int
    seats: int
    checkpoint: int
    """Size of the log at the draw's checkpoint."""
    order: tuple[str, ...]
    seated: tuple[str, ...]


@dataclass(slots=True)
class _Findings:
    problems: list[DrawProblem] = field(default_factory=list[DrawProblem])
    draw: int = 0

    def add(self, problem: str) -> None:
        self.problems.append(DrawProblem(self.draw, problem))


@dataclass(slots=True)
class _Found:
    """What was found of one attempt: documents as read and as bytes, and their entries."""

    commitment: Commitment | None = None
    anchor: Anchor | None = None
    result: Result | None = None
    data: dict[str, bytes] = field(default_factory=dict[str, bytes])
    entries: dict[str, Entered] = field(default_factory=dict[str, Entered])


def tells_of_draws(material: Material) -> bool:
    """Is there anything about a draw in the bundle: documents, a line of the newest seal, a person who was drawn?"""
    people: Any = material.manifest.get("people")
    drawn = isinstance(people, list) and any(isinstance(one, dict) and "drawn" in one for one in people)
    return bool(material.documents or material.manifest.get("draws") or drawn)


def check_draws(material: Material) -> tuple[list[MadeAgain], list[DrawProblem]]:
    """Every draw made again, and everything that does not fit. A bundle without a finished draw has a problem too."""
    findings = _Findings()
    found = _read(material, findings)
    sealed = _sealed(material, findings)
    numbers = sorted({*found, *sealed})
    if not any(number in found and found[number].result is not None for number in numbers):
        findings.add("the bundle holds no draw that was finished")
    if numbers != list(range(1, len(numbers) + 1)):
        findings.add(f"draws do not count from 1 without a gap: {', '.join(map(str, numbers))}")
    _check_once(sealed, found, findings)
    made: list[MadeAgain] = []
    for number in numbers:
        findings.draw = number
        one = found.get(number, _Found())
        if number not in sealed:
            findings.add("is in the bundle, and the newest seal does not tell of it")
            continue
        _check_in_seal(sealed[number], one, findings)
        made.append(_check_one(material, sealed[number], one, findings))
    findings.draw = 0
    _check_people(material, sealed, findings)
    return made, findings.problems


def _read(material: Material, findings: _Findings) -> dict[int, _Found]:
    found: dict[int, _Found] = {}
    for path, data in sorted(material.documents.items()):
        match = _NAME.fullmatch(path)
        findings.draw = 0
        if match is None:
            findings.add(f"{path} is no document of a draw")
            continue
        number, kind = int(match[1]), match[2]
        findings.draw = number
        one = found.setdefault(number, _Found())
        if kind in one.data:
            findings.add(f"has a second {kind}, {path}: what was drawn once was drawn again")
            continue
        entry = material.entries.get(path)
        if entry is None or entry.says.get("type") != "draw":
            findings.add(f"its {kind} has no entry of type draw in the ledger")
            continue
        one.data[kind], one.entries[kind] = data, entry
        if entry.says.get("sha256") != hashlib.sha256(data).hexdigest():
            findings.add(f"its {kind} is not the one that was entered in the ledger: the SHA-256 differs")
        try:
            document = msgspec.convert(read_canonical(data), _KINDS[kind])
        except (NotCanonical, msgspec.ValidationError) as fault:
            findings.add(f"its {kind} can't be read: {fault}")
            continue
        setattr(one, kind, document)
        if (document.survey, document.draw, document.rule, document.v) != (material.survey, number, RULE, 1):
            findings.add(f"its {kind} is about draw {document.draw} of {document.survey} by {document.rule}")
    return found


def _sealed(material: Material, findings: _Findings) -> dict[int, InSeal]:
    try:
        listed = msgspec.convert(material.manifest.get("draws", []), list[InSeal])
    except msgspec.ValidationError as fault:
        findings.draw = 0
        findings.add(f"the newest seal does not tell of draws as it should: {fault}")
        return {}
    return {one.draw: one for one in listed}


def _check_once(sealed: Mapping[int, InSeal], found: Mapping[int, _Found], findings: _Findings) -> None:
    """Seats of one role are drawn once: after a draw that did not lapse there is no other."""
    stands: dict[str, int] = {}
    for number in sorted(sealed):
        findings.draw = number
        role = sealed[number].role
        if role in stands:
            findings.add(f"is a second draw of role {role}: draw {stands[role]} stands, and seats are drawn once")
        if sealed[number].state != "lapsed" or (number in found and found[number].result is not None):
            stands[role] = number
    findings.draw = 0


def _check_in_seal(told: InSeal, one: _Found, findings: _Findings) -> None:
    """Does the seal name these documents, and does its state go with them?"""
    for kind, data in one.data.items():
        named = told.documents.get(kind)
        if named is None or named.sha256 != hashlib.sha256(data).hexdigest():
            findings.add(f"the newest seal names another {kind} or none")
    for kind in told.documents.keys() - one.data.keys():
        findings.add(f"its {kind} is missing, and the newest seal names it")
    if told.state == "lapsed" and one.result is not None:
        findings.add("is said to have lapsed and has a result")
    if told.state == "lapsed" and told.lapsed is None:
        findings.add("is said to have lapsed without a cause")
    if told.state == "drawn" and one.result is None:
        findings.add("is said to be done and has no result")
    if told.state not in ("drawn", "lapsed"):
        findings.add(f"is not finished ({told.state}): it was opened and nobody was drawn")


def _check_one(material: Material, told: InSeal, one: _Found, findings: _Findings) -> MadeAgain:
    commitment, anchor, result = one.commitment, one.anchor, one.result
    if commitment is not None:
        _check_commitment(material, told, commitment, findings)
    if commitment is not None and anchor is not None and len(one.data.keys() & {"commitment", "anchor"}) == 2:
        _check_anchor(material, anchor, one, findings)
    size, order = 0, list[str]()
    if result is not None:
        if commitment is None or anchor is None:
            findings.add("has a result without commitment and anchor")
        else:
            size, order = _check_result(material, commitment, anchor, result, one, findings)
    gone = {replaced.member for replaced in told.replaced}
    seated = [member for member in order if member not in gone][: told.seats]
    if [seat.member for seat in told.seated] != seated:
        findings.add("the seats are not those of the drawn order, with the next for each who was replaced")
    listed = len(commitment.candidates) if commitment is not None else 0
    return MadeAgain(told.draw, told.role, told.state, listed, told.seats, size, tuple(order), tuple(seated))


def _check_commitment(material: Material, told: InSeal, commitment: Commitment, findings: _Findings) -> None:
    manifest = material.manifest
    if (commitment.role, commitment.seats) != (told.role, told.seats):
        findings.add("role or seats differ between commitment and seal")
    if commitment.opened_at != told.opened_at:
        findings.add("was opened at another time than the seal says")
    subject, item, site = manifest.get("subject"), manifest.get("item"), manifest.get("site")
    of_seal = {
        "case_no": manifest.get("case_no"),
        "subject": subject,
        "item": item.get("code") if isinstance(item, dict) else None,
        "address": site.get("address", "") if isinstance(site, dict) else None,
    }
    if msgspec.to_builtins(commitment.case) != of_seal:
        findings.add("the case committed to is not the case of the seal")
    ids = [candidate.id for candidate in commitment.candidates]
    if ids != sorted(set(ids)):
        findings.add("the list is not in the order of ids, each once")
    if set(ids) & {left_out.id for left_out in commitment.left_out}:
        findings.add("somebody is on the list and left out of it")
    if not 1 <= commitment.seats <= len(ids):
        findings.add(f"{commitment.seats} seats can't be drawn from a list of {len(ids)}")
    roles = {person.id: person.role for person in _people(material)}
    if roles.get(commitment.applicant.participant) != "applicant":
        findings.add("the committed number is not of the applicant's page")


def _check_anchor(material: Material, anchor: Anchor, one: _Found, findings: _Findings) -> None:
    if anchor.commitment != hashlib.sha256(one.data["commitment"]).hexdigest():
        findings.add("the anchor is about another commitment: list or case were changed")
    entry = one.entries["commitment"]
    checkpoint = _checkpoint("the anchor's", anchor.checkpoint, material, entry, findings)
    if checkpoint is None:
        return
    _check_proof("the anchor's", "commitment", anchor.proof, entry, checkpoint, findings)
    if not checkpoint.size <= one.entries["anchor"].index:
        findings.add(
            f"the anchor is entry {one.entries['anchor'].index} and names a checkpoint of {checkpoint.size} entries, "
            "which is later than itself"
        )


def _check_result(
    material: Material, commitment: Commitment, anchor: Anchor, result: Result, one: _Found, findings: _Findings
) -> tuple[int, list[str]]:
    """Size of the log at the draw's checkpoint, and the order made again; empty if it can't be."""
    digest = hashlib.sha256(one.data["commitment"]).hexdigest()
    if result.commitment != digest:
        findings.add("the result is about another commitment: list or case were changed")
    if result.anchor != hashlib.sha256(one.data["anchor"]).hexdigest():
        findings.add("the result is about another anchor")
    checkpoint = _checkpoint("the draw's", result.checkpoint, material, one.entries["anchor"], findings)
    if checkpoint is None:
        return 0, []
    _check_order(anchor, checkpoint, one, findings)
    _check_proof("the draw's", "commitment", result.proofs.commitment, one.entries["commitment"], checkpoint, findings)
    _check_proof("the draw's", "anchor", result.proofs.anchor, one.entries["anchor"], checkpoint, findings)
    page, office = result.applicant.number, result.office.number
    numbers = [
        _number("the applicant's page", page, commitment.applicant.number_sha256, findings),
        _number("the office", office, commitment.office.number_sha256, findings),
    ]
    said = page_says(material.survey, result.draw, digest, checkpoint.text())
    if not page_signed(commitment.applicant.key, result.applicant.signature, said):
        findings.add(
            "the applicant's page did not sign this checkpoint for this commitment: it may have been chosen when the "
            "number was known"
        )
    try:
        seed = draw_seed(one.data["commitment"], checkpoint.text(), numbers[0], numbers[1])
    except ValueError as fault:
        findings.add(str(fault))
        return checkpoint.size, []
    order = drawn_order(seed, [candidate.id for candidate in commitment.candidates])
    if result.order != order:
        findings.add("the order is not the one that seed and list give")
    if result.drawn != order[: commitment.seats]:
        findings.add("those drawn are not the first of the order that seed and list give")
    return checkpoint.size, order


def _number(whose: str, number: str, committed: str, findings: _Findings) -> bytes:
    try:
        raw = bytes.fromhex(number)
    except ValueError:
        raw = b""
    if raw.hex() != number or number_hash(raw) != committed:
        findings.add(f"the number of {whose} is not the one it committed")
    return raw


def _check_order(anchor: Anchor, checkpoint: Checkpoint, one: _Found, findings: _Findings) -> None:
    """Commitment, its checkpoint, anchor, the draw's checkpoint, result: each after the one before."""
    try:
        earlier = Checkpoint.parse(anchor.checkpoint.partition("\n\n")[0] + "\n")
    except BadNote:
        return  # said of the anchor already
    if not checkpoint.size > earlier.size:
        findings.add(
            f"the draw's checkpoint ({checkpoint.size} entries) is not later than the one that covers the commitment "
            f"({earlier.size})"
        )
    at = one.entries["result"].index
    if not checkpoint.size <= at:
        findings.add(f"the result is entry {at}, before the draw's checkpoint of {checkpoint.size} entries")


def _checkpoint(whose: str, note: str, material: Material, entry: Entered, findings: _Findings) -> Checkpoint | None:
    try:
        text, _ = open_note(note, material.keys)
        checkpoint = Checkpoint.parse(text)
    except BadNote as fault:
        findings.add(f"{whose} checkpoint is not signed as it should be: {fault}")
        return None
    if checkpoint.origin != entry.origin:
        findings.add(f"{whose} checkpoint is of the log {checkpoint.origin}, the entries are in {entry.origin}")
    return checkpoint


def _check_proof(
    whose: str, what: str, proof: ProofOf, entry: Entered, checkpoint: Checkpoint, findings: _Findings
) -> None:
    try:
        path = [base64.b64decode(step, validate=True) for step in proof.path]
    except binascii.Error:
        path = []
    if proof.index != entry.index:
        findings.add(f"{whose} checkpoint is said to have the {what} as entry {proof.index}; it is entry {entry.index}")
    if not verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry.leaf), path, checkpoint.root):
        findings.add(f"the {what} is not in {whose} checkpoint by the proof given")


def _check_people(material: Material, sealed: Mapping[int, InSeal], findings: _Findings) -> None:
    """Whoever takes part in a drawn role was drawn, and sits where the draw says."""
    drawn_roles = {one.role for one in sealed.values() if one.state == "drawn"}
    members = {(one.role, seat.member): seat.participant for one in sealed.values() for seat in one.seated}
    replaced = {(one.role, gone.member) for one in sealed.values() for gone in one.replaced}
    for person in _people(material):
        if person.role not in drawn_roles:
            if person.drawn is not None:
                findings.add(f"{person.id} is said to be drawn, and nobody of role {person.role} was")
            continue
        seat = (person.role, person.drawn or "")
        if seat not in replaced and (seat not in members or members[seat] != person.id):
            findings.add(f"{person.id} takes part as {person.role}, and was not drawn")


def _people(material: Material) -> Iterator[PersonInSeal]:
    people = material.manifest.get("people")
    for person in people if isinstance(people, list) else []:
        try:
            yield msgspec.convert(person, PersonInSeal)
        except msgspec.ValidationError:
            continue
