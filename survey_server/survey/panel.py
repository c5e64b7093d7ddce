"""The register of those who may sit on a panel, and who of them may be drawn for a case.

Data, read whole and checked, from TOML or CSV. Qualified is who has the item's code among `items`, or one of its
departments (by Chinese name) among `departments`; `*` stands for all. In conflict is who is employed by the subject,
has declared it in the register, is declared so for this case, or takes part in it already. Whoever has the role and is
not on the list is named beside it with the cause: an office can't leave somebody out unseen.
"""

import csv
import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from survey_server.survey.draw_events import Candidate, LeftOut
from survey_server.wire.admission import Department
from survey_server.wire.draws import DrawnRole
from survey_server.wire.items import ItemView

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
Words = Annotated[str, Meta(pattern=r"\S", max_length=200)]
Mail = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$", max_length=254)
]
ANY = "*"
_LISTS = ("items", "departments", "conflicts")
_DIVIDER = ";"


class BadPanel(ValueError):
    """The register of the panel can't be used; the message names the file, the place and what was expected."""


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may sit on a panel.

    `employer` and `conflicts` are names or credit codes. `department` is who a reviewer reviews for, `mail` where they
    read reminders: it stays in the register.
    """

    id: Id
    name: Words
    employer: Words
    role: DrawnRole = "expert"
    items: tuple[Words, ...] = ()
    departments: tuple[Words, ...] = ()
    conflicts: tuple[Words, ...] = ()
    department: Department | None = None
    mail: Mail | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    member: tuple[Member, ...]


def read_panel(text: str, where: str) -> tuple[Member, ...]:
    """The register in a text, in the order of ids; CSV where the name ends so, else TOML. Raises BadPanel."""
    try:
        members = _of_csv(text, where) if where.endswith(".csv") else msgspec.convert(tomllib.loads(text), _File).member
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise BadPanel(f"{where}: {fault}") from fault
    seen = set[str]()
    for member in members:
        if member.id in seen:
            raise BadPanel(f"{where}: {member.id} is there twice; keep one entry")
        seen.add(member.id)
    return tuple(sorted(members, key=lambda member: member.id))


def load_panel(path: Path) -> tuple[Member, ...]:
    """The register in a file. Raises BadPanel."""
    try:
        return read_panel(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as fault:
        raise BadPanel(f"{path}: cannot be read ({fault}); check the path and that it is UTF-8") from fault


def _of_csv(text: str, where: str) -> tuple[Member, ...]:
    """One row a member; items, departments and conflicts divided by semicolons."""
    rows = csv.DictReader(io.StringIO(text))
    members: list[Member] = []
    for line, row in enumerate(rows, start=2):
        given: dict[str, Any] = {name: value.strip() for name, value in row.items() if name and value and value.strip()}
        if row.get(None) is not None:  # pyright: ignore[reportArgumentType] - csv's name for what has no column
            raise BadPanel(f"{where}: line {line} has more fields than the first line names")
        for name in _LISTS:
            given[name] = [part.strip() for part in given.get(name, "").split(_DIVIDER) if part.strip()]
        zh, en = given.pop("department_zh", None), given.pop("department_en", None)
        if zh or en:
            given["department"] = {"zh": zh or en, "en": en or zh}
        try:
            members.append(msgspec.convert(given, Member))
        except msgspec.ValidationError as fault:
            raise BadPanel(f"{where}: line {line}: {fault}") from fault
    return tuple(members)


def candidates(
    members: Sequence[Member],
    role: DrawnRole,
    item: ItemView,
    *,
    is_subject: Callable[[str], bool],
    declared: Mapping[str, str],
    taking_part: frozenset[str] = frozenset(),
) -> tuple[list[Candidate], list[LeftOut]]:
    """Who may be drawn, by id, and who of this role may not, and why.

    `is_subject` says whether a name or code is the applicant's; `declared` are conflicts declared for this case by id;
    `taking_part` are ids that sit in this survey already.
    """
    listed: list[Candidate] = []
    left_out: list[LeftOut] = []
    for member in members:
        if member.role != role:
            continue
        reason = ""
        if not _qualified(member, item):
            cause = "not_qualified"
        elif is_subject(member.employer):
            cause = "employer"
        elif any(map(is_subject, member.conflicts)):
            cause = "conflict"
        elif member.id in declared:
            cause, reason = "declared", declared[member.id]
        elif member.id in taking_part:
            cause = "takes_part"
        else:
            listed.append(Candidate(member.id, member.name, member.employer, member.department))
            continue
        left_out.append(LeftOut(member.id, member.name, cause, reason))
    return listed, left_out


def _qualified(member: Member, item: ItemView) -> bool:
    """In a joint inspection a reviewer is of one of its departments besides."""
    own = None if member.department is None else member.department.zh.strip()
    if member.role == "reviewer" and item.departments and own not in {one.zh.strip() for one in item.departments}:
        return False
    if item.code in member.items or ANY in member.items:
        return True
    return bool({ANY, *item.department.zh.split("、")} & set(member.departments))
