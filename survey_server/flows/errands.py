"""Errands: made when a reviewer or expert comes in, and checked by whoever has the code or the document."""

import hashlib
import io
import json
from functools import partial

import msgspec
import segno

from evidence_store import Facts
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import not_found
from survey_server.survey.errand_words import STANDS
from survey_server.survey.errands import (
    FOLDER,
    KIND,
    Errand,
    code_of,
    due,
    errand_for,
    newest_of,
    says,
    state_of,
    survey_of,
    with_code,
)
from survey_server.survey.panel_events import ErrandGiven
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text
from survey_server.wire.errands import ErrandCheck, ErrandFacts, ErrandView


def came_in(node: Node, case: Case, participant: str) -> None:
    """Somebody's page connected: if they come on an errand and have none that is valid, they get one beside it."""
    person, now = case.survey.participants[participant], node.clock()
    if (case.id, participant) in node.giving or not due(case.survey, person, now):
        return
    node.giving.add((case.id, participant))
    errand = errand_for(case.survey, person, now, node.settings.errand_hours)
    note = node.ledger.signed(KIND, says(errand))
    node.persist(f"errand of {participant} in {case.id}", partial(_give, node, case, errand, note))


async def _give(node: Node, case: Case, errand: Errand, note: str) -> None:
    """Preserve it, then journal it, unless they were taken off meanwhile. The same again changes nothing."""
    data = note.encode()
    facts = Facts(
        name=f"{node.prefix(case)}/{FOLDER}{errand.person}-{errand.number}",
        suffix=".txt",
        media_type="text/plain; charset=utf-8",
        lock_days=node.lock_days(case),
        kind="errand",
        about={"errand": errand.person, "number": errand.number},
    )
    key, digest = await node.preserve_once(data, facts), hashlib.sha256(data).hexdigest()
    given = ErrandGiven(errand.person, errand.number, note, key, digest, errand.valid_from, errand.valid_until)

    def stands(survey: Survey) -> list[ErrandGiven]:
        return [given] if due(survey, survey.participants[errand.person], errand.valid_from) else []

    await case.decide(stands)
    node.giving.discard((case.id, errand.person))


def errand_views(node: Node, survey: Survey) -> list[ErrandView]:
    """The newest errand of each who has one."""
    newest = [newest_of(survey, person) for person in survey.participants]
    return [_view(node, survey, one) for one in newest if one is not None]


def _view(node: Node, survey: Survey, given: ErrandGiven) -> ErrandView:
    errand, code = _said(given), code_of(survey.id, given.sha256)
    return ErrandView(
        participant=given.participant,
        credential=errand.credential,
        department=errand.department,
        code=code,
        address=_address(node, code),
        valid_from=given.valid_from,
        valid_until=given.valid_until,
    )


async def check_code(node: Node, written: str) -> ErrandCheck:
    """How the errand of this code stands."""
    found = await _find(node, written)
    return _forged(node) if found is None else _checked(node, *found)


async def check_document(node: Node, document: str) -> ErrandCheck:
    """How the errand that this document is stands: it must be what was signed, byte by byte."""
    code = _code_in(document)
    found = None if code is None else await _find(node, code)
    if found is None or found[1].note != document:
        return _forged(node)
    return _checked(node, *found)


async def picture(node: Node, written: str) -> bytes:
    """The QR code of an errand as SVG: the address where it can be checked, and nothing else. Raises a 404 in words."""
    found = await _find(node, written)
    if found is None:
        raise not_found(Text("没有这个码。", "There is no such code."))
    drawn = io.BytesIO()
    address = _address(node, code_of(found[0].id, found[1].sha256))
    segno.make_qr(address, error="m").save(drawn, kind="svg", xmldecl=False, omitsize=True, light="#fff", border=4)
    return drawn.getvalue()


async def _find(node: Node, written: str) -> tuple[Survey, ErrandGiven] | None:
    named = survey_of(written)
    case = None if named is None else await node.docket.case(named[0])
    if named is None or case is None:
        return None
    given = with_code(case.survey, named[1])
    return None if given is None else (case.survey, given)


def _checked(node: Node, survey: Survey, given: ErrandGiven) -> ErrandCheck:
    errand, now = _said(given), node.clock()
    state = state_of(survey, given, now)
    facts = ErrandFacts(
        name=errand.name,
        role=errand.role,
        credential=errand.credential,
        department=errand.department,
        item=Text(errand.item.zh, errand.item.en),
        case_no=errand.case_no,
        valid_from=errand.valid_from,
        valid_until=errand.valid_until,
    )
    return ErrandCheck(state, STANDS[state], now, facts, given.note, node.ledger.vkeys)


def _forged(node: Node) -> ErrandCheck:
    return ErrandCheck("forged", STANDS["forged"], node.clock())


def _said(given: ErrandGiven) -> Errand:
    """What this node signed itself."""
    return msgspec.json.decode(given.note.split("\n")[1], type=Errand)


def _code_in(document: str) -> str | None:
    """The code that a document would have if it were one of ours."""
    lines = document.split("\n")
    try:
        survey = json.loads(lines[1])["survey"]
    except (LookupError, ValueError, TypeError, RecursionError):
        return None
    return code_of(survey, hashlib.sha256(document.encode()).hexdigest()) if isinstance(survey, str) else None


def _address(node: Node, code: str) -> str:
    return f"{node.public_url}/errand#{code}"
