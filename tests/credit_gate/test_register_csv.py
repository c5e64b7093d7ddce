"""A register from a spreadsheet: what Excel makes of it is read or told, row by row; nothing is lost in silence."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from credit_gate import policy
from credit_gate.gate import decide
from credit_gate.policy import ItemTerms
from credit_gate.sources.register import EventEntry, Naming, RegisterEntry, RegisterFile, SubjectEntry, read, written
from credit_gate.sources.register_csv import COLUMNS, Imported, NotATable, imported
from credit_gate.standing import CHINA
from credit_gate.subject import parse
from credit_gate.tier import Tier
from survey_server.cli import app

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
FIRM, OTHER, PERSON = "91350100M000100Y43", "91110000710925462X", "11010519491231002X"
HEADER = "统一社会信用代码,企业名称,信用等级,评定日期,记录编号,失信行为,"
HEADER += "严重程度,认定日期,公示截止日期,修复日期,依据,认定单位"
CHINESE = f"""{HEADER}
{FIRM},海口某餐饮有限公司,红,2026年3月1日,,,,,,,,
{OTHER},"某物流,有限公司",橙色,2026/3/1,R-1,提交虚假材料,严重,2026-02-09,2026-12-31,2026-06-15 10:30,《法》第一条,某局
{OTHER},"某物流,有限公司",橙色,2026/3/1,R-2,未按规定公示年报,一般失信,20260301,,,《条例》第八条,某局
{PERSON.lower()},虚构甲,未评价,,,,,,,,,
"""


def good(text: str) -> Imported:
    told = imported(text.encode())
    assert told.faults == ()
    return told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(encoding: str, delimiter: str) -> None:
    text = CHINESE.replace('"某物流,有限公司"', "某物流有限公司").replace(",", delimiter).replace("\n", "\r\n")
    told = imported(text.encode(encoding))
    assert (told.rows, told.faults, told.left_out) == (4, (), 0)
    firm, other, person = told.subjects
    assert (firm.code, firm.tier, firm.tier_since) == (FIRM, Tier.RED, datetime(2026, 3, 1, tzinfo=CHINA))
    assert (person.code, person.tier) == (PERSON, None)
    first, second = other.event
    assert (first.severity, second.severity) == ("serious", "general")
    assert first.until == datetime(2027, 1, 1, tzinfo=CHINA)  # published to the end of that day
    assert first.repaired_at == datetime(2026, 6, 15, 10, 30, tzinfo=CHINA)
    assert second.at == datetime(2026, 3, 1, tzinfo=CHINA)


def test_english_names_and_any_order_are_read() -> None:
    told = good(f"tier,name,code\nblue,x,'{FIRM}\n,y,{OTHER}\n\n,,\n")
    assert [(one.code, one.tier) for one in told.subjects] == [(FIRM, Tier.BLUE), (OTHER, None)]


def test_every_column_has_a_name_in_both_languages_of_its_own() -> None:
    every = [name for ours, others in COLUMNS.items() for name in (ours, *others)]
    assert len(set(every)) == len(every)
    assert all(others for others in COLUMNS.values())


EVENT = "记录编号,失信行为,严重程度,认定日期,公示截止日期,修复日期,依据,认定单位"
HEAD = f"代码,名称,等级,法定代表人身份证号,{EVENT}"
RECORD = "R-1,虚假材料,严重,2026-02-09,,,《法》第一条,某局"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (f"{FIRM[:-1]}4,甲,红,,,,,,,,,", "代码", "check_digit"),
        ("1.10105E+17,甲,红,,,,,,,,,", "代码", "rounded"),
        (",甲,红,,,,,,,,,", "代码", "missing"),
        (f"{FIRM},,红,,,,,,,,,", "名称", "missing"),
        (f"{FIRM},甲,绿,,,,,,,,,", "等级", "no_tier"),
        (f"{FIRM},甲,unknown,,,,,,,,,", "等级", "no_tier"),
        (f"{FIRM},甲,红,{OTHER},,,,,,,,", "法定代表人身份证号", "no_person"),
        (f"{FIRM},甲,红,,{RECORD.replace('严重', '很坏')}", "严重程度", "no_severity"),
        (f"{FIRM},甲,红,,{RECORD.replace('严重', '')}", "严重程度", "missing"),
        (f"{FIRM},甲,红,,{RECORD.replace('2026-02-09', '2026-02-30')}", "认定日期", "no_time"),
        (f"{FIRM},甲,红,,{RECORD.replace('2026-02-09', '46062')}", "认定日期", "no_time"),
        (f"{FIRM},甲,红,,{RECORD.replace('2026-02-09', '2026111')}", "认定日期", "no_time"),
        (f"{FIRM},甲,红,,{RECORD.replace('《法》第一条', '')}", "依据", "missing"),
        (f"{FIRM},甲,红,,{RECORD.replace(',,,《法》', ',,2026-02-08,《法》')}", "修复日期", "before_it_begins"),
        (f"{FIRM},甲,红,,{RECORD.replace(',,,《法》', ',2026-01-01,,《法》')}", "公示截止日期", "before_it_begins"),
        (f"{FIRM},甲,红,,,,,,,,,,多", "代码", "too_many_cells"),
        (f"{OTHER},乙,红,,,,,,,,,", "代码", "subject_twice"),
        (f"{OTHER},乙,橙,,{RECORD}", "等级", "contradicts"),
        (f"{OTHER},乙,红,,{RECORD}\n{OTHER},乙,红,,{RECORD}", "记录编号", "event_twice"),
    ],
)
def test_a_wrong_cell_is_told_with_row_column_and_what_to_do(row: str, column: str, code: str) -> None:
    told = imported(f"{HEAD}\n{OTHER},乙,红,,,,,,,,,\n{row}\n{PERSON},丙,橙,,,,,,,,,\n".encode())
    (fault,) = told.faults
    assert (fault.row, fault.column, fault.what.code) == (3 + row.count("\n"), column, code)
    assert PERSON in [one.code for one in told.subjects]
    assert FIRM not in [one.code for one in told.subjects]
    for words in (fault.what.zh, fault.what.en):
        assert not any(subject in words for subject in (FIRM, OTHER, PERSON))
    assert told.left_out + sum(max(1, len(one.event)) for one in told.subjects) == told.rows


def test_a_subject_does_not_come_out_better_by_what_is_wrong_with_its_rows() -> None:
    wrong = RECORD.replace("2026-02-09", "soon")
    told = imported(f"{HEAD}\n{FIRM},甲,红,,,,,,,,,\n{FIRM},甲,红,,{wrong}\n{OTHER},乙,红,,,,,,,,,\n".encode())
    assert [one.code for one in told.subjects] == [OTHER]
    slip = imported(f"{HEAD}\n{FIRM},甲,红,,,,,,,,,\n{FIRM[:-1]}4,甲,红,,{RECORD}\n{OTHER},乙,红,,,,,,,,,\n".encode())
    assert [one.code for one in slip.subjects] == [OTHER]
    assert (slip.rows, slip.left_out) == (3, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "names no column code"),
        (b"a,b\n1,2\n", "names no column code"),
        ("代码,名称,等级,备注\n".encode(), "备注"),
        ("代码,名称,等级,信用等级\n".encode(), "appears twice"),
        (b"code,name,tier\n\xff\xff\xff", "CSV UTF-8"),
        ("code,name,tier\n".encode("utf-16"), "CSV UTF-8"),
        (b'code,name,tier\n"x,y\n', "line"),
    ],
)
def test_what_is_no_table_is_said(content: bytes, says: str) -> None:
    with pytest.raises(NotATable, match=says):
        imported(content)


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]) | st.sampled_from('"\\\x7f '), min_size=1).filter(
    str.strip
)
times = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)).map(lambda time: time.replace(tzinfo=CHINA))


@settings(deadline=None)
@given(words, words, st.none() | times, st.sampled_from([None, Tier.RED, Tier.BLACK]), times)
def test_what_is_written_is_read_back(
    name: str, rule: str, since: datetime | None, tier: Tier | None, at: datetime
) -> None:
    event = EventEntry("R-1", Naming(rule, name), "general", at, rule, name, reversed_at=at)
    subject = SubjectEntry(FIRM, name, tier, since if tier else None, PERSON, at, (event,))
    told = read(written(RegisterEntry(name, (subject,), AT)), "test").standing(parse(FIRM), AT)
    assert (told.source, told.tier, told.since) == (name, tier or Tier.UNKNOWN, subject.tier_since)
    assert [(one.kind_zh, one.kind_en, one.at, one.rule, one.reversed_at) for one in told.events] == [
        (rule, name, at, rule, at)
    ]


def run(folder: Path, text: str, *arguments: str) -> tuple[int, str]:
    (folder / "table.csv").write_text(text, "utf-8-sig")
    given = ["--out", str(folder / "register.toml"), "--name", "某区信用档案", "--as-of", AT.isoformat()]
    done = CliRunner().invoke(app, ["gate", "import-register", str(folder / "table.csv"), *given, *arguments])
    return done.exit_code, done.output


def test_the_command_writes_a_register_that_the_gate_reads(tmp_path: Path) -> None:
    status, out = run(tmp_path, CHINESE)
    assert (status, "3 subjects written" in out) == (0, True)
    source, item = RegisterFile(tmp_path / "register.toml"), ItemTerms("plain", "remote_survey", 10)
    told = {
        code: decide(parse(code), source.standing(parse(code), AT), item, policy.load(), AT)
        for code in (FIRM, OTHER, PERSON)
    }
    assert [one.outcome for one in told.values()] == ["admitted", "on_site", "on_site"]
    assert (told[OTHER].tier, told[OTHER].events, told[OTHER].source) == (Tier.BLUE, ("R-2",), "某区信用档案")


def test_nothing_is_written_over_a_fault_unless_it_is_asked_for(tmp_path: Path) -> None:
    wrong = CHINESE.replace("20260301", "2026-13-01")
    out = tmp_path / "register.toml"
    out.write_text("what was there", "utf-8")
    status, told = run(tmp_path, wrong, "--json")
    report = json.loads(told)
    assert (status, report["written"], out.read_text()) == (1, False, "what was there")
    (fault,) = report["faults"]
    assert (fault["row"], fault["column"], fault["code"]) == (4, "认定日期", "no_time")
    status, told = run(tmp_path, wrong, "--keep-good")
    assert status == 1
    assert "row 4, 认定日期" in told
    assert "2 subjects written" in told
    assert set(RegisterFile(out).read().records) == {parse(FIRM), parse(PERSON)}
    assert (out.stat().st_mode & 0o777) == 0o600
    assert run(tmp_path, "a,b\n")[0] == 2
