"""The errand of a reviewer or expert (亮码): who they are, of which department, for which item and case, valid when.

**Whoever looks at the premises shows an errand that the node signed, and anybody can check it.** It is made when they
come in, bound to survey, person, item and time, journaled and preserved with its signature (`ledger.statements`). Its
code is the survey's number and the beginning of its digest, so that nobody can think of one; what a code opens says
nothing of the applicant but the case number. Whoever comes back after it expired gets another.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from evidence_store.ledger.notes import BadNote, VerifierKey
from evidence_store.ledger.statements import read_statement
from survey_server.survey.life import leads_to
from survey_server.survey.panel_events import ErrandGiven
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Role, Text
from survey_server.wire.errands import ErrandState

KIND: Final = "takan errand v1"
FOLDER: Final = "errands/"
"""Where the documents lie in a survey's folder and in a bundle."""
_DIGEST: Final = 8
"""Figures of the digest in a code: 32 bits beside the 40 random ones of the survey's number."""
_CODE: Final = re.compile(rf"[0-9a-f]{{1,40}}[0-9a-f]{{{_DIGEST}}}")
_OVER: Final = ("concluded", "appealed", "on_site", "refused", "cancelled")


class ErrandItem(Struct, frozen=True, forbid_unknown_fields=True):
    """The item that somebody is sent for."""

    code: str
    zh: str
    en: str


class Errand(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed. `credential` is the register's number of who was drawn, else what the office entered."""

    survey: str
    case_no: str
    item: ErrandItem
    person: str
    number: int
    name: str
    role: Role
    credential: str
    department: Text
    valid_from: datetime
    valid_until: datetime


def due(survey: Survey, person: Participant, now: datetime) -> bool:
    """Has this person come on an errand, and none of theirs is valid?"""
    if person.role not in ("reviewer", "expert") or person.id in survey.opinions.recused:
        return False
    newest = newest_of(survey, person.id)
    going_on = leads_to(survey.mode, survey.state, ErrandGiven) is not None
    return going_on and (newest is None or newest.valid_until <= now)


def errand_for(survey: Survey, person: Participant, now: datetime, hours: float) -> Errand:
    """The errand of somebody who comes in now: valid for so many hours, or to the end of a later appointment."""
    start = now.astimezone(UTC).replace(microsecond=0)
    ends = [start + timedelta(hours=hours)]
    if survey.appointment is not None:
        ends.append(survey.appointment.end.astimezone(UTC))
    view = survey.application.item.view
    of = view.department if person.department is None else Text(person.department.zh, person.department.en)
    return Errand(
        survey=survey.id,
        case_no=survey.application.case_no,
        item=ErrandItem(view.code, view.name.zh, view.name.en),
        person=person.id,
        number=1 + sum(one.participant == person.id for one in survey.errands),
        name=person.name,
        role=person.role,
        credential=credential_of(person),
        department=of,
        valid_from=start,
        valid_until=max(ends),
    )


def credential_of(person: Participant) -> str:
    """Their number: the register's if they were drawn out of it, else what the office entered, which may be nothing."""
    return person.drawn or person.credential


def says(errand: Errand) -> dict[str, Any]:
    """The errand as JSON values, to be signed as a statement of `KIND`."""
    return msgspec.to_builtins(errand)


def read_errand(note: str, keys: Sequence[VerifierKey]) -> tuple[Errand, list[VerifierKey]]:
    """An errand out of its document, and who signed it; at least one of the keys did. Raises BadNote."""
    told, signed = read_statement(note, KIND, keys)
    try:
        return msgspec.convert(told, Errand), signed
    except msgspec.ValidationError as fault:
        raise BadNote(f"the errand is not written as errands are: {fault}") from None


def newest_of(survey: Survey, participant: str) -> ErrandGiven | None:
    """A person's newest errand."""
    return next((one for one in reversed(survey.errands) if one.participant == participant), None)


def with_code(survey: Survey, code: str) -> ErrandGiven | None:
    """The errand of this code."""
    return next((one for one in survey.errands if code_of(survey.id, one.sha256) == code), None)


def state_of(survey: Survey, given: ErrandGiven, now: datetime) -> ErrandState:
    """How an errand stands."""
    if given.participant in survey.opinions.recused:
        return "taken_off"
    if survey.state in _OVER:
        return "over"
    return "valid" if now < given.valid_until else "expired"


def code_of(survey: str, sha256: str) -> str:
    """The code of the errand with this digest, as it stands in addresses."""
    return f"{survey.removeprefix('s')}{sha256[:_DIGEST]}"


def survey_of(written: str) -> tuple[str, str] | None:
    """The survey that a code as somebody wrote it is of, and the code as it is written here; None if it is no code."""
    code = re.sub(r"[\s-]", "", written).lower()
    return (f"s{code[:-_DIGEST]}", code) if _CODE.fullmatch(code) else None


def in_fours(code: str) -> str:
    """A code as people read it."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4)).upper()
