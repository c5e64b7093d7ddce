"""The catalogue as a table and back (RFC 4180): what a bureau edits in a spreadsheet.

**Writing and reading gives equal items.** A cell that a spreadsheet would take for a formula is written with an
apostrophe before it, and exactly that apostrophe is taken away again, so no content changes either way. Read is UTF-8
with or without its mark, and GB18030; separated by commas, semicolons or tabs, as spreadsheets write them.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from survey_server.survey.items import Bilingual, Item
from survey_server.survey.items_columns import COLUMNS

_FORMULA = re.compile(r"'*(?:[\t\r]|\s*[=+\-@＝＋－＠])")
"""What Excel and LibreOffice may run (OWASP, CSV injection), behind any number of apostrophes."""


class NotATable(ValueError):
    """The bytes hold no table; the message says in both languages what to do."""


def write_items(items: Sequence[Item]) -> bytes:
    """The items as CSV in UTF-8 with a byte order mark, by which Excel knows the encoding."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow([column.header for column in COLUMNS])
    for item in items:
        for row in _rows(item):
            table.writerow([shielded(row.get(column.name, "")) for column in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def read_table(content: bytes) -> list[list[str]]:
    """The cells, without the shield against formulas. Raises NotATable."""
    text = _text(content)
    first = text.partition("\n")[0]
    comma = max(",;\t", key=first.count)
    try:
        return [[bare(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=comma)]
    except csv.Error as fault:
        raise NotATable(
            f"这不是 CSV 表格（{fault}）；请在表格软件里另存为“CSV UTF-8”。 / "
            f"This is no CSV table ({fault}); save it as “CSV UTF-8” in your spreadsheet."
        ) from None


def shielded(cell: str) -> str:
    """The cell as it is written: never a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def bare(cell: str) -> str:
    """The cell as it was meant: the inverse of `shielded`; a formula that stands there unshielded is just text."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotATable(
        "文字编码不是 UTF-8，也不是 GB18030；请在表格软件里另存为“CSV UTF-8”。 / "
        "The text is neither UTF-8 nor GB18030; save it as “CSV UTF-8” in your spreadsheet."
    )


def _rows(item: Item) -> Iterator[dict[str, str]]:
    """One row a point, and more if there are more conditions than points."""
    departments = {one.code: one for one in item.departments}
    only = item.departments[0]
    for number in range(max(len(item.points), len(item.blue_conditions))):
        row = {"item": item.code} if number else _of_item(item)
        if number < len(item.blue_conditions):
            condition = item.blue_conditions[number]
            row |= {"condition_zh": condition.zh, "condition_en": condition.en}
        if number < len(item.points):
            point = item.points[number]
            whose = only if point.department is None else departments[point.department]
            row |= {"department": whose.code, "department_zh": whose.zh, "department_en": whose.en, "point": point.id}
            row |= _words({"title": point.title, "hint": point.hint, "shot": point.shot, "example": point.example})
        yield row


def _of_item(item: Item) -> dict[str, str]:
    row = {
        "item": item.code,
        "kind": item.kind,
        "radius_m": str(item.radius_m),
        "retention": str(item.retention),
        "time_limit_days": str(item.time_limit_days),
        **{f"allows_{tier.value}": " ".join(ways) for tier, ways in item.allows.items()},
    }
    row |= _words({"name": item.name, "basis": item.basis, "hours_note": item.hours_note})
    for name, ground in (("on_site", item.always_on_site), ("negative_list", item.negative_list)):
        if ground is not None:
            row |= {f"{name}_zh": ground.zh, f"{name}_en": ground.en, f"{name}_rule": ground.rule}
    return row


def _words(named: Mapping[str, Bilingual | None]) -> dict[str, str]:
    told = {f"{name}_zh": words.zh for name, words in named.items() if words is not None}
    return told | {f"{name}_en": words.en for name, words in named.items() if words is not None}
