"""The catalogue goes to a spreadsheet and comes back as it was; what is wrong in a table is told cell by cell."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from credit_gate.policy import WAYS, Condition, Ground
from credit_gate.tier import Tier
from survey_server.cli import app
from survey_server.survey.items import Bilingual, Department, Item, Point, Retention, load_items
from survey_server.survey.items_columns import COLUMNS
from survey_server.survey.items_csv import NotATable, bare, read_table, shielded, write_items
from survey_server.survey.items_import import Fault, items_of
from survey_server.survey.items_toml import to_toml

NAMES = [column.name for column in COLUMNS]
TRICKY = st.sampled_from(
    ["=1+1", "+cmd", "-2", "@x", "'=1", "''", "\t=1", "＝1", " =1", '"', "a\nb", "a\r\nb", "，;,", "\x00"]
)
words = (st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | TRICKY).filter(
    lambda text: text.strip() != ""
)
bilingual = st.builds(Bilingual, zh=words, en=words)
grounds = st.builds(Ground, zh=words, en=words, rule=words)
codes = st.from_regex(r"\A[a-z0-9]{1,6}(-[a-z0-9]{1,4})?\Z")


@st.composite
def items(draw: st.DrawFn, code: str) -> Item:
    several = draw(st.booleans())
    count = draw(st.integers(2, 3)) if several else 1
    departments = draw(
        st.lists(
            st.builds(Department, codes, words, words), min_size=count, max_size=count, unique_by=lambda one: one.code
        )
    )
    points = draw(
        st.lists(
            st.builds(Point, codes, bilingual, bilingual, shot=st.none() | bilingual, example=st.none() | bilingual),
            min_size=count, max_size=6, unique_by=lambda one: one.id,
        )
    )  # fmt: skip
    whose = sorted([*range(count), *draw(st.lists(st.integers(0, count - 1), min_size=6, max_size=6))][: len(points)])
    blue = draw(st.lists(st.builds(Condition, words, words), max_size=8))
    ways = st.lists(st.sampled_from(WAYS), min_size=1, max_size=3).map(tuple)
    allows = draw(st.dictionaries(st.just(Tier.ORANGE), ways))
    if blue:
        allows[Tier.BLUE] = ("live", *draw(ways))
    return Item(
        code=code,
        kind="joint_inspection" if several else draw(st.sampled_from(["remote_survey", "pre_siting"])),
        name=draw(bilingual),
        departments=tuple(departments),
        basis=draw(bilingual),
        radius_m=draw(st.integers(10, 50_000)),
        retention=cast("Retention", draw(st.integers(1, 100) | st.just("permanent"))),
        time_limit_days=draw(st.integers(1, 250)),
        points=tuple(
            Point(one.id, one.title, one.hint, departments[place].code if several else None, one.shot, one.example)
            for place, one in zip(whose, points, strict=True)
        ),
        hours_note=draw(st.none() | bilingual),
        allows=allows,
        blue_conditions=tuple(blue),
        always_on_site=draw(st.none() | grounds),
        negative_list=draw(st.none() | grounds),
    )


catalogues = st.lists(codes, min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.tuples(*(items(name) for name in names))
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(catalogues)
def test_what_is_exported_is_imported_equal(catalogue: tuple[Item, ...]) -> None:
    read, faults = items_of(read_table(write_items(catalogue)))
    assert faults == []
    assert read == list(catalogue)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(catalogue=catalogues)
def test_the_items_file_written_from_a_table_holds_the_same_items(
    tmp_path_factory: pytest.TempPathFactory, catalogue: tuple[Item, ...]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.toml"
    path.write_bytes(to_toml(catalogue, "v\x7f1").encode())
    assert list(load_items(path).values()) == list(catalogue)


@given(st.text(max_size=6) | TRICKY)
def test_no_written_cell_is_a_formula_and_each_comes_back(cell: str) -> None:
    written = shielded(cell)
    assert not written.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not written.startswith(("\t", "\r"))
    assert bare(written) == cell


def test_a_formula_in_somebody_elses_table_is_text() -> None:
    assert bare("=HYPERLINK(1)") == "=HYPERLINK(1)"
    assert bare("'tis") == "'tis"


def test_the_packaged_catalogue_goes_round_by_the_commands(tmp_path: Path) -> None:
    table, again = tmp_path / "items.csv", tmp_path / "items.toml"
    assert CliRunner().invoke(app, ["items", "export", str(table)]).exit_code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbfitem ")
    assert CliRunner().invoke(app, ["items", "import", str(table), "--out", str(again)]).exit_code == 0
    assert load_items(again) == load_items()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_table_is_read_as_spreadsheets_save_it(encoding: str, comma: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=comma).writerows(read_table(write_items(list(load_items().values()))))
    read, faults = items_of(read_table(out.getvalue().encode(encoding)))
    assert (read, faults) == (list(load_items().values()), [])


Row = dict[str, str]


def hotel() -> list[Row]:
    rows = read_table(write_items([load_items()["hotel-joint"]]))[1:]
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def faults_after(change: Callable[[list[Row]], object]) -> list[Fault]:
    rows = hotel()
    change(rows)
    items, faults = items_of([NAMES, *([row.get(name, "") for name in NAMES] for row in rows)])
    assert items == []
    return faults


WRONG: list[tuple[Callable[[list[Row]], object], int, str, str]] = [
    (lambda rows: rows[0].update(kind="visit"), 2, "kind", "“visit” can't be used"),
    (lambda rows: rows[0].update(kind="re_survey"), 2, "kind", "can't be used"),
    (lambda rows: rows[0].update(radius_m="far"), 2, "radius_m", "“far”"),
    (lambda rows: rows[0].update(radius_m="5"), 2, "radius_m", ">= 10"),
    (lambda rows: rows[0].update(retention="ever"), 2, "retention", "does not hold together"),
    (lambda rows: rows[0].update(name_en=""), 2, "name_en", "empty"),
    (lambda rows: rows[3].update(hint_en=" "), 5, "hint_en", "empty"),
    (lambda rows: rows[3].update(shot_zh="拍"), 5, "shot_en", "other language"),
    (lambda rows: rows[4].update(point="exits"), 6, "point", "row 5 already"),
    (lambda rows: rows[4].update(point="Exit!"), 6, "point", "“Exit!”"),
    (lambda rows: rows[4].update(department_zh="消防局"), 6, "department_zh", "Row 5 calls"),
    (lambda rows: rows[2].update(department="fire"), 5, "department_zh", "otherwise"),
    (lambda rows: rows[4].update(time_limit_days="9"), 6, "time_limit_days", "differs from row 2"),
    (lambda rows: rows[0].update(allows_orange="by-plane"), 2, "allows_orange", "“by-plane”"),
    (lambda rows: rows.insert(3, rows.pop()), 9, "department", "begins in row 5"),
    (lambda rows: rows.insert(3, {"item": "other"}), 5, "point", "no checklist point"),
    (lambda rows: rows.insert(3, {**rows[0], "item": "other"}), 6, "item", "another item lies between"),
    (lambda rows: rows.clear(), 2, "", "no item"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "row", "column", "says"), WRONG)
def test_what_is_wrong_is_told_by_row_and_column(
    change: Callable[[list[Row]], object], row: int, column: str, says: str
) -> None:
    faults = faults_after(change)
    fault = next((fault for fault in faults if fault.row == row and fault.column == column), None)
    assert fault is not None, faults
    assert says in fault.what.en
    assert fault.what.zh
    assert fault.do.zh
    assert fault.do.en


def test_everything_wrong_is_told_at_once() -> None:
    def spoil(rows: list[Row]) -> None:
        rows[0].update(kind="visit", name_zh="")
        rows[5].update(hint_zh="")
        rows[8].update(point="frontage")

    assert [(fault.row, fault.column) for fault in faults_after(spoil)] == [
        (2, "kind"), (2, "name_zh"), (7, "hint_zh"), (10, "point"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "column", "says"),
    [
        (NAMES[1:], "", "lacks these columns: item"),
        ([*NAMES, "colour"], "colour", "no such column"),
        ([*NAMES, "point"], "point", "twice"),
        ([], "", "lacks"),
    ],
)
def test_a_wrong_heading_is_told(heading: list[str], column: str, says: str) -> None:
    items, faults = items_of([heading] if heading else [])
    assert items == []
    assert [fault.column for fault in faults] == [column]
    assert says in faults[0].what.en


def test_moved_cells_and_other_files_are_told(tmp_path: Path) -> None:
    rows = read_table(write_items(list(load_items().values())))
    assert [(fault.row, fault.column) for fault in items_of([*rows[:2], [*rows[2], "more"], *rows[3:]])[1]] == [(3, "")]
    with pytest.raises(NotATable, match="CSV UTF-8"):
        read_table(b"\xff\xfe\xff\xff")
    table = tmp_path / "bad.csv"
    table.write_bytes(write_items([load_items()["hotel-joint"]]).replace(b"joint_inspection", b"visit"))
    out = tmp_path / "items.toml"
    told = CliRunner().invoke(app, ["items", "import", str(table), "--out", str(out)])
    assert told.exit_code == 1
    assert "row 2, kind" in told.output
    assert not out.exists()
