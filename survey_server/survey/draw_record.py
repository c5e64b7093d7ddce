"""What is preserved of a draw: three canonical documents (RFC 8785), each made of the journal alone, so that making one
again after a restart gives the same bytes.
"""

from typing import Any

import msgspec
import rfc8785

from evidence_store.ledger.notes import split_note
from survey_server.survey.draw import RULE, draw_seed, drawn_order, number_hash
from survey_server.survey.draw_events import Candidate
from survey_server.survey.draws import Draw
from survey_server.survey.events import Applied

VERSION = 1


def commitment(survey: str, application: Applied, draw: Draw) -> bytes:
    """Case, list and both sides' hashes. Raises ValueError while the applicant's page has not committed."""
    opened, page = draw.opened, draw.committed
    if page is None:
        raise ValueError(f"draw {draw.number} has no number of the applicant's page yet")
    return rfc8785.dumps(
        {
            **_head("draw_commitment", survey, draw),
            "role": opened.role,
            "seats": opened.seats,
            "opened_at": msgspec.to_builtins(draw.opened_at),
            "case": case_of(application),
            "candidates": [listed(candidate) for candidate in opened.candidates],
            "left_out": [
                {"id": one.id, "name": one.name, "cause": one.cause, "reason": one.reason} for one in opened.left_out
            ],
            "applicant": {"participant": page.participant, "number_sha256": page.sha256, "key": page.key},
            "office": {"number_sha256": number_hash(bytes.fromhex(opened.office_number))},
        }
    )


def anchor(survey: str, draw: Draw) -> bytes:
    """Which checkpoint covers the commitment. Raises ValueError while none does."""
    covered = draw.covered
    if covered is None:
        raise ValueError(f"the commitment of draw {draw.number} is covered by no checkpoint yet")
    return rfc8785.dumps(
        {
            **_head("draw_anchor", survey, draw),
            "commitment": covered.sha256,
            "checkpoint": covered.note,
            "proof": {"index": covered.proof.index, "path": covered.proof.path},
        }
    )


def result(survey: str, application: Applied, draw: Draw) -> tuple[list[str], bytes]:
    """The drawn order and the document about it. Raises ValueError while the applicant's number is not there."""
    covered, seeded, revealed, opened = draw.covered, draw.seeded, draw.revealed, draw.opened
    if covered is None or seeded is None or revealed is None:
        raise ValueError(f"draw {draw.number} can't be made yet")
    body, _ = split_note(seeded.note)
    page, office = bytes.fromhex(revealed.number), bytes.fromhex(opened.office_number)
    seed = draw_seed(commitment(survey, application, draw), body, page, office)
    order = drawn_order(seed, [candidate.id for candidate in opened.candidates])
    return order, rfc8785.dumps(
        {
            **_head("draw_result", survey, draw),
            "commitment": covered.sha256,
            "anchor": seeded.sha256,
            "checkpoint": seeded.note,
            "proofs": {
                "commitment": {"index": seeded.commitment.index, "path": seeded.commitment.path},
                "anchor": {"index": seeded.anchor.index, "path": seeded.anchor.path},
            },
            "applicant": {"number": revealed.number, "signature": revealed.signature},
            "office": {"number": opened.office_number},
            "order": order,
            "drawn": order[: opened.seats],
        }
    )


def in_seal(draw: Draw, seated: list[dict[str, Any]]) -> dict[str, Any]:
    """What a seal's manifest says of it; `seated` as `{"member", "participant"}`."""
    return {
        "draw": draw.number,
        "role": draw.role,
        "seats": draw.opened.seats,
        "state": draw.state,
        "opened_at": draw.opened_at,
        "until": draw.opened.until,
        "documents": {name: {"key": key, "sha256": sha256} for name, (key, sha256) in draw.keys.items()},
        "lapsed": draw.lapsed.cause if draw.lapsed is not None else None,
        "seated": seated,
        "replaced": [{"member": one.member, "cause": one.cause, "reason": one.reason} for one in draw.replaced],
        "refused": list(draw.refused),
    }


def case_of(application: Applied) -> dict[str, Any]:
    """The case as a commitment names it; a seal's manifest has the same in its own words."""
    return {
        "case_no": application.case_no,
        "subject": {"ref": application.subject, "name": application.subject_name},
        "item": application.item.view.code,
        "address": application.site.address,
    }


def listed(candidate: Candidate) -> dict[str, Any]:
    """A candidate as a commitment names them."""
    told: dict[str, Any] = {"id": candidate.id, "name": candidate.name, "employer": candidate.employer}
    if candidate.department is not None:
        told["department"] = {"zh": candidate.department.zh, "en": candidate.department.en}
    return told


def _head(kind: str, survey: str, draw: Draw) -> dict[str, Any]:
    return {"v": VERSION, "type": kind, "rule": RULE, "survey": survey, "draw": draw.number}
