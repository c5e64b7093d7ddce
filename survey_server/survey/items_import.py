"""A table of items read back, with everything that is wrong told by row and column, all at once.

Rows count as a spreadsheet shows them: the heading is row 1.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, get_origin

import msgspec
from msgspec import Struct

from survey_server.survey.items import Item
from survey_server.survey.items_columns import BY_NAME, COLUMNS, PAIRS, Column
from survey_server.wire.basics import Text

_ROW = Text("改正这一格后再导入。", "Correct this cell and import again.")


class Fault(Struct, frozen=True):
    """One thing wrong: in which row and column (empty: the row as a whole), what it is, and what to do."""

    row: int
    column: str
    what: Text
    do: Text


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: Mapping[str, str]


def items_of(table: Sequence[Sequence[str]]) -> tuple[list[Item], list[Fault]]:
    """The items of a table as `items_csv.read_table` gives it, and what is wrong. With a fault there are no items."""
    if not table:
        return [], [_missing_heading([column.name for column in COLUMNS if column.required])]
    names = [cell.split()[0] if cell.split() else "" for cell in table[0]]
    faults = list(_heading(names))
    if faults:
        return [], faults
    rows = [
        _Row(number, dict(zip(names, cells, strict=False)))
        for number, cells in enumerate(table[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    faults += chain.from_iterable(_too_long(number, cells, names) for number, cells in enumerate(table[1:], 2))
    faults += chain.from_iterable(_cells(row) for row in rows)
    items = list[Item]()
    for code, of_item in _grouped(rows, faults).items():
        item, more = _item(code, of_item, sound=not faults)
        faults += more
        items += [] if item is None else [item]
    if not rows:
        faults.append(
            Fault(
                2,
                "",
                Text("表里没有事项。", "The table holds no item."),
                Text("从第 2 行起填写事项。", "Enter items from row 2."),
            )
        )
    faults.sort(key=lambda fault: fault.row)
    return ([], faults) if faults else (items, [])


def _heading(names: Sequence[str]) -> Iterator[Fault]:
    lacking = [column.name for column in COLUMNS if column.required and column.name not in names]
    if lacking:
        yield _missing_heading(lacking)
    for name in dict.fromkeys(names):
        if name and name not in BY_NAME:
            what = Text("没有这一列。", "There is no such column.")
            yield Fault(1, name, what, Text("改正列名或删去这一列。", "Correct its name or remove the column."))
        elif name and names.count(name) > 1:
            what = Text("这一列出现两次。", "This column appears twice.")
            yield Fault(1, name, what, Text("删去一列。", "Remove one of them."))


def _missing_heading(lacking: Sequence[str]) -> Fault:
    names = ", ".join(lacking)
    return Fault(
        1, "",
        Text(f"第 1 行缺少列名：{names}。", f"Row 1 lacks these columns: {names}."),
        Text("请在 takan items export 导出的表里填写。", "Begin with the table that takan items export writes."),
    )  # fmt: skip


def _too_long(number: int, cells: Sequence[str], names: Sequence[str]) -> Iterator[Fault]:
    beyond = [cell for cell in cells[len(names) :] if cell.strip()]
    unnamed = [cell for name, cell in zip(names, cells, strict=False) if not name and cell.strip()]
    if beyond or unnamed:
        what = Text("这一行有内容在没有列名的格里。", "This row has content in a cell that no heading names.")
        do = Text("检查是否有多出的逗号或移位的格。", "Look for an extra comma or cells that moved.")
        yield Fault(number, "", what, do)


def _cells(row: _Row) -> Iterator[Fault]:
    """What can be said of a row by itself."""
    cells = row.cells
    has_point = any(_filled(cells, column.name) for column in COLUMNS if column.of == "point")
    has_condition = _filled(cells, "condition_zh") or _filled(cells, "condition_en")
    if not has_point and not has_condition:
        what = Text("这一行没有要点。", "This row holds no checklist point.")
        yield Fault(row.number, "point", what, Text("填写要点，或删去这一行。", "Enter the point or remove the row."))
        return
    for column in COLUMNS:
        needed = column.required and (column.name == "item" or (has_point and column.of in ("point", "department")))
        if _filled(cells, column.name):
            yield from _of_type(row, column)
        elif needed:
            yield Fault(row.number, column.name, Text("没有填写。", "It is empty."), column.expects)
    for zh, en in PAIRS:
        if _filled(cells, zh) is not _filled(cells, en):
            empty = en if _filled(cells, zh) else zh
            what = Text("另一种语言填写了，这一格没有。", "The other language is filled in, this one is not.")
            yield Fault(row.number, empty, what, BY_NAME[empty].expects)


def _of_type(row: _Row, column: Column) -> Iterator[Fault]:
    if column.type is str:
        return
    said = row.cells[column.name].strip()
    try:
        msgspec.convert(said.split() if get_origin(column.type) is list else said, column.type, strict=False)
    except msgspec.ValidationError:
        yield Fault(row.number, column.name, Text(f"“{said}”不能用。", f"“{said}” can't be used."), column.expects)


def _grouped(rows: Sequence[_Row], faults: list[Fault]) -> dict[str, list[_Row]]:
    """Rows by item, in the order of the table. An item's rows stand together."""
    by_item = defaultdict[str, list[_Row]](list)
    for row in rows:
        code = row.cells.get("item", "").strip()
        of_item = by_item[code]
        if of_item and code and _between(rows, of_item[-1].number, row.number):
            first = of_item[0].number
            what = Text(
                f"事项 {code} 从第 {first} 行开始，中间隔着别的事项。",
                f"Item {code} begins in row {first}; another item lies between.",
            )
            faults.append(
                Fault(row.number, "item", what, Text("把同一事项的行放在一起。", "Put the rows of an item together."))
            )
        of_item.append(row)
    by_item.pop("", None)
    return by_item


def _between(rows: Sequence[_Row], after: int, before: int) -> bool:
    return any(after < row.number < before for row in rows)


def _item(code: str, rows: Sequence[_Row], *, sound: bool) -> tuple[Item | None, list[Fault]]:
    faults = [*_same_in_all(rows), *_departments_agree(rows), *_points_once(rows)]
    first = rows[0]
    faults += [
        Fault(first.number, column.name, Text("没有填写。", "It is empty."), column.expects)
        for column in COLUMNS
        if column.of == "item" and column.required and not _filled(first.cells, column.name)
    ]
    if faults or not sound:
        return None, faults
    try:
        return msgspec.convert(_plain(code, rows), Item, strict=False), []
    except msgspec.ValidationError as fault:
        return None, [_as_fault(rows, str(fault))]


def _same_in_all(rows: Sequence[_Row]) -> Iterator[Fault]:
    """What belongs to the item stands in its first row; further rows may repeat it."""
    first = rows[0]
    for row in rows[1:]:
        for column in (one for one in COLUMNS if one.of == "item" and _filled(row.cells, one.name)):
            if row.cells[column.name].strip() != first.cells.get(column.name, "").strip():
                what = Text(f"与第 {first.number} 行不一致。", f"It differs from row {first.number}.")
                do = Text(
                    "以该事项的第一行为准：改成一样，或留空。",
                    "The item's first row counts: make it the same or leave it empty.",
                )
                yield Fault(row.number, column.name, what, do)


def _departments_agree(rows: Sequence[_Row]) -> Iterator[Fault]:
    """A department is called the same everywhere, and its points stand together."""
    known = dict[str, _Row]()
    before = ""
    for row in rows:
        code = row.cells.get("department", "").strip()
        first = known.setdefault(code, row) if code else row
        if code and first is not row and code != before:
            what = Text(
                f"部门 {code} 的要点从第 {first.number} 行开始，中间隔着别的部门。",
                f"{code} begins in row {first.number}; another department lies between.",
            )
            yield Fault(
                row.number,
                "department",
                what,
                Text("把同一部门的要点放在一起。", "Put a department's points together."),
            )
        before = code or before
        for name in ("department_zh", "department_en"):
            if row.cells.get(name, "") != first.cells.get(name, ""):
                what = Text(
                    f"同一部门在第 {first.number} 行写法不同。", f"Row {first.number} calls this department otherwise."
                )
                yield Fault(row.number, name, what, Text("改成同样的名称。", "Use the same name."))


def _points_once(rows: Sequence[_Row]) -> Iterator[Fault]:
    known = dict[str, int]()
    for row in rows:
        code = row.cells.get("point", "").strip()
        if code and known.setdefault(code, row.number) != row.number:
            what = Text(f"要点 {code} 在第 {known[code]} 行已有。", f"Point {code} is in row {known[code]} already.")
            yield Fault(
                row.number,
                "point",
                what,
                Text("换一个代码，或删去重复的行。", "Give it another code or remove the row."),
            )


def _plain(code: str, rows: Sequence[_Row]) -> dict[str, Any]:
    """The item as `items.toml` would hold it."""
    first = rows[0].cells
    points = [row for row in rows if _filled(row.cells, "point")]
    departments = {row.cells["department"].strip(): row.cells for row in points}
    plain: dict[str, Any] = {
        "code": code,
        "kind": first["kind"].strip(),
        **{name: _words(first, name) for name in ("name", "basis", "hours_note") if _filled(first, f"{name}_zh")},
        "departments": [
            {"code": one, "zh": cells["department_zh"], "en": cells["department_en"]}
            for one, cells in departments.items()
        ],
        "radius_m": first["radius_m"].strip(),
        "retention": _retention(first["retention"].strip()),
        "time_limit_days": first["time_limit_days"].strip(),
        "points": [_point(row.cells, several=len(departments) > 1) for row in points],
        "allows": {tier: ways for tier in ("orange", "blue") if (ways := first.get(f"allows_{tier}", "").split())},
        "blue_conditions": [_words(row.cells, "condition") for row in rows if _filled(row.cells, "condition_zh")],
    }
    for field, name in (("always_on_site", "on_site"), ("negative_list", "negative_list")):
        if any(_filled(first, f"{name}_{part}") for part in ("zh", "en", "rule")):
            plain[field] = {**_words(first, name), "rule": first.get(f"{name}_rule", "")}
    return plain


def _point(cells: Mapping[str, str], *, several: bool) -> dict[str, Any]:
    names = [name for name in ("title", "hint", "shot", "example") if _filled(cells, f"{name}_zh")]
    point: dict[str, Any] = {"id": cells["point"].strip(), **{name: _words(cells, name) for name in names}}
    return point | {"department": cells["department"].strip()} if several else point


def _words(cells: Mapping[str, str], name: str) -> dict[str, str]:
    return {"zh": cells.get(f"{name}_zh", ""), "en": cells.get(f"{name}_en", "")}


def _retention(said: str) -> str | int:
    return int(said) if re.fullmatch(r"[0-9]{1,3}", said) else said


def _as_fault(rows: Sequence[_Row], said: str) -> Fault:
    """What the item as a whole breaks, in the row and column that it is about, if that can be told."""
    row, column = rows[0].number, ""
    path = re.search(r"\$\.(\w+)(?:\[(\d+)\])?(?:\.(\w+))?(?:\.(\w+))?`?$", said)
    if path is not None:
        field, number, inner, language = path.groups()
        if field == "points" and number is not None:
            row = [one for one in rows if _filled(one.cells, "point")][int(number)].number
        name = {"always_on_site": "on_site", "departments": "department"}.get(
            field, inner if field == "points" else field
        )
        column = next((one for one in (f"{name}_{language or inner}", name) if one in BY_NAME), "")
    expects = BY_NAME[column].expects if column else _ROW
    return Fault(row, column, Text(f"事项不成立：{said}", f"The item does not hold together: {said}"), expects)


def _filled(cells: Mapping[str, str], name: str) -> bool:
    return bool(cells.get(name, "").strip())
