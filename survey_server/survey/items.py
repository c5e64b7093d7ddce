"""The survey items (事项): what is looked at, by whom, on what legal basis and on which terms.

Items come from one TOML file, read whole and checked before anything else happens: a wrong one stops the start.
A re-survey (复验) is no item: it looks at what an earlier survey named for rectification (`survey.rectification`).
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from credit_gate.policy import Condition, Ground, ItemTerms, Way, Words
from credit_gate.tier import Tier
from credit_gate.toml_lines import explained, located
from survey_server.wire import admission
from survey_server.wire.basics import Text
from survey_server.wire.items import CheckPoint, ItemView

Code = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
ItemKind = Literal["remote_survey", "pre_siting", "joint_inspection"]
Retention = Literal["permanent"] | Annotated[int, Meta(ge=1, le=100)]
"""How long the records are kept: for ever, or so many years."""


class BadItems(ValueError):
    """The items file cannot be used; the message names file, item, line and field, and what was expected."""


class Bilingual(Struct, frozen=True, forbid_unknown_fields=True):
    """Words in both languages, neither empty."""

    zh: Words
    en: Words

    def text(self) -> Text:
        """The same for the wire."""
        return Text(zh=self.zh, en=self.en)


class Department(Struct, frozen=True, forbid_unknown_fields=True):
    """A department that takes part; `code` is what the points refer to."""

    code: Code
    zh: Words
    en: Words

    def view(self) -> admission.Department:
        """Its name for the wire."""
        return admission.Department(self.zh, self.en)


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A point of the checklist: what must be seen, and how to show it. `department` where several take part.

    `shot` says what one photo must show of it, `example` what a good one looks like, where a survey is held by photos
    alone; without them `hint` is what the applicant reads.
    """

    id: Code
    title: Bilingual
    hint: Bilingual
    department: Code | None = None
    shot: Bilingual | None = None
    example: Bilingual | None = None


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """A survey item.

    `radius_m` is the default fence round the premises in metres; `time_limit_days` counts working days; `basis` is
    the law the survey rests on; `hours_note` says when nobody may be in view who must not be. `allows`,
    `blue_conditions`, `always_on_site` and `negative_list` are its terms for the credit gate. The first point shows the
    street front with the address.
    """

    code: Code
    kind: ItemKind
    name: Bilingual
    departments: Annotated[tuple[Department, ...], Meta(min_length=1)]
    basis: Bilingual
    radius_m: Annotated[int, Meta(ge=10, le=50_000)]
    retention: Retention
    time_limit_days: Annotated[int, Meta(ge=1, le=250)]
    points: Annotated[tuple[Point, ...], Meta(min_length=1, max_length=40)]
    hours_note: Bilingual | None = None
    allows: dict[Tier, Annotated[tuple[Way, ...], Meta(min_length=1)]] = {}
    blue_conditions: tuple[Condition, ...] = ()
    always_on_site: Ground | None = None
    negative_list: Ground | None = None

    def __post_init__(self) -> None:
        """Hold the item together: ids unique, departments named, terms that the gate accepts."""
        _require_unique(self.code, "point", [point.id for point in self.points])
        _require_unique(self.code, "department", [department.code for department in self.departments])
        several = len(self.departments) > 1
        if several is not (self.kind == "joint_inspection"):
            msg = f"{self.code}: a joint inspection has several departments, every other kind has one"
            raise ValueError(msg)
        known = [department.code for department in self.departments]
        for point in self.points:
            if point.department not in (known if several else (None,)):
                said = f"names none of its departments: {', '.join(known)}" if several else "needs no department"
                msg = f"{self.code}: point {point.id} {said}"
                raise ValueError(msg)
        if several and [department for department, _ in groupby(point.department for point in self.points)] != known:
            msg = f"{self.code}: points stand together by department, in the order {', '.join(known)}; none without one"
            raise ValueError(msg)
        self.terms()

    @property
    def department(self) -> Text:
        """The department, or all of them in the file's order."""
        return Text(
            zh="、".join(department.zh for department in self.departments),
            en=", ".join(department.en for department in self.departments),
        )

    @property
    def statutory_basis(self) -> Text:
        """The law the survey rests on."""
        return self.basis.text()

    def checklist(self) -> tuple[CheckPoint, ...]:
        """The points as people see them; where several departments take part, each says whose it is."""
        whose = {one.code: one.view() for one in self.departments}
        return tuple(
            CheckPoint(
                id=point.id,
                title=point.title.text(),
                hint=point.hint.text(),
                shot=point.shot and point.shot.text(),
                example=point.example and point.example.text(),
                department=None if point.department is None else whose[point.department],
            )
            for point in self.points
        )

    def view(self) -> ItemView:
        """The item for the wire."""
        return ItemView(
            code=self.code,
            name=self.name.text(),
            kind=self.kind,
            department=self.department,
            points=list(self.checklist()),
            departments=[one.view() for one in self.departments] if len(self.departments) > 1 else [],
        )

    def terms(self) -> ItemTerms:
        """The item's terms for the credit gate."""
        return ItemTerms(
            code=self.code,
            kind=self.kind,
            time_limit_days=self.time_limit_days,
            allows=self.allows,
            blue_conditions=self.blue_conditions,
            always_on_site=self.always_on_site,
            negative_list=self.negative_list,
        )


class ItemsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    version: Words
    item: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    where: str


def load_items(path: Path | None = None) -> dict[str, Item]:
    """The items of a file, or the packaged ones, by code in the file's order. Raises `BadItems`."""
    source = _packaged() if path is None else _from_file(path)
    try:
        whole = msgspec.convert(tomllib.loads(source.text), ItemsFile)
    except tomllib.TOMLDecodeError as error:
        msg = f"{source.where}: not TOML: {error}"
        raise BadItems(msg) from error
    except msgspec.ValidationError as error:
        msg = f"{source.where}, {explained(error, source.text)}"
        raise BadItems(msg) from error
    items: dict[str, Item] = {}
    for number, one in enumerate(whole.item, 1):
        code = one.get("code", f"item {number} of the file")
        try:
            item = msgspec.convert(one, Item)
        except msgspec.ValidationError as error:
            msg = f"{source.where}, {code}, {explained(error, source.text, ('item', number - 1))}"
            raise BadItems(msg) from error
        if item.code in items:
            msg = f"{source.where}, {located(f'{code} appears twice', source.text, ('item', number - 1, 'code'))}"
            raise BadItems(msg)
        items[item.code] = item
    return items


def _packaged() -> _Source:
    return _Source(files("survey_server.survey").joinpath("items.toml").read_text("utf-8"), "the packaged items.toml")


def _from_file(path: Path) -> _Source:
    try:
        return _Source(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error}); check the path, its permissions and that it is UTF-8"
        raise BadItems(msg) from error


def _require_unique(code: str, what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"{code}: {what} {', '.join(twice)} appears twice"
        raise ValueError(msg)
