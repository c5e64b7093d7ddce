"""The errands of a bundle, held against its newest seal: from the bundle and the keys alone."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from evidence_store.ledger.notes import BadNote, VerifierKey
from survey_server.survey.errands import Errand, read_errand


class CheckedErrand(Struct, frozen=True):
    """One errand. `sealed`: the newest seal names it; `taken_off`: its bearer stood aside or was taken off."""

    file: str
    errand: Errand
    signed_by: list[str]
    sealed: bool
    taken_off: bool


class ErrandProblem(Struct, frozen=True):
    """What does not fit."""

    file: str
    problem: str


def check_errands(
    documents: Mapping[str, bytes], manifest: Mapping[str, Any], keys: Sequence[VerifierKey]
) -> tuple[list[CheckedErrand], list[ErrandProblem]]:
    """The errands among a bundle's files, by path, and everything that is wrong with them.

    `manifest` is the newest seal's. Every errand that it names must be there, signed by one of the keys, and say of its
    bearer, the item and the case what the seal says.
    """
    checked: list[CheckedErrand] = []
    problems: list[ErrandProblem] = []
    named = {_path(one): one for one in _dicts(manifest.get("errands"))}
    people = {one.get("id"): one for one in _dicts(manifest.get("people"))}
    gone = {one.get("participant") for one in _dicts(manifest.get("recused"))}
    for path, data in sorted(documents.items()):
        try:
            errand, signed = read_errand(data.decode("utf-8", "replace"), keys)
        except BadNote as fault:
            problems.append(ErrandProblem(path, str(fault)))
            continue
        listed = named.get(path)
        wrong = _wrong(errand, data, listed, people.get(errand.person), manifest)
        problems += [ErrandProblem(path, each) for each in wrong]
        off = errand.person in gone
        checked.append(CheckedErrand(path, errand, [str(key) for key in signed], listed is not None, off))
    problems += [ErrandProblem(path, "is missing, and the seal names it") for path in named if path not in documents]
    return checked, problems


def _wrong(
    errand: Errand,
    data: bytes,
    listed: Mapping[str, Any] | None,
    person: Mapping[str, Any] | None,
    of: Mapping[str, Any],
) -> list[str]:
    item = of.get("item")
    pairs: list[tuple[str, Any, Any]] = [
        ("survey", errand.survey, of.get("survey")),
        ("case", errand.case_no, of.get("case_no")),
        ("item", errand.item.code, item.get("code") if isinstance(item, dict) else None),
    ]
    if listed is not None:
        pairs += [
            ("digest", hashlib.sha256(data).hexdigest(), listed.get("sha256")),
            ("person", errand.person, listed.get("participant")),
            ("number", errand.number, listed.get("number")),
            ("beginning", errand.valid_from, _moment(listed.get("valid_from"))),
            ("end", errand.valid_until, _moment(listed.get("valid_until"))),
        ]
        pairs += [
            ("name", errand.name, None if person is None else person.get("name")),
            ("role", errand.role, None if person is None else person.get("role")),
        ]
    return [f"says {one} as its {name}, the seal {other}" for name, one, other in pairs if one != other]


def _path(listed: Mapping[str, Any]) -> str:
    """Where the object of this key lies in a bundle: without the part that all keys of a survey share."""
    return "/".join(str(listed.get("key")).split("/")[5:])


def _moment(written: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(written)
    except (TypeError, ValueError):
        return None


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
