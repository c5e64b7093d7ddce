"""decisions.txt, row by row: through the register and the gate, and a handful through the command."""

import json
from pathlib import Path

import pytest

from credit_gate.gate import decide
from credit_gate.sources.register import RegisterFile
from credit_gate.subject import parse
from survey_server.survey.items import load_items
from tests.credit_gate.decision_table import ITEMS, Row, rows, said
from tests.nodes import takan

ROWS = rows()
TERMS = {code: item.terms() for code, item in load_items(ITEMS).items()}
BY_COMMAND = ("B01", "D21", "E05b", "H14", "I07")


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return tmp_path / "register.toml"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.case)
def test_row(row: Row, register: Path) -> None:
    if row.source != "missing":
        register.write_text(row.register, "utf-8")
    subject = parse(row.code)
    standing = RegisterFile(register).standing(subject, row.at)
    decision = decide(subject, standing, TERMS[row.item], row.policy, row.at, row.mode)
    assert said(decision) == row.expected()


def test_the_table_is_large_and_tells_its_cases_apart() -> None:
    assert len(ROWS) >= 200
    assert len({row.case.split()[0] for row in ROWS}) == len(ROWS)
    assert {row.item for row in ROWS} == set(TERMS)
    assert {row.outcome for row in ROWS} == {"admitted live", "admitted photos", "on-site", "refused"}
    questions = {(row.subject, row.records, row.source, row.at, row.item, row.wish, row.rules) for row in ROWS}
    assert len(questions) > 0.95 * len(ROWS)


@pytest.mark.parametrize("row", [row for row in ROWS if row.case.split()[0] in BY_COMMAND], ids=lambda row: row.case)
def test_row_by_command(row: Row, register: Path) -> None:
    """0 admitted, 1 on site or refused, 2 and a word where the register cannot be read."""
    if row.source != "missing":
        register.write_text(row.register, "utf-8")
    given = {"--subject": row.code, "--item": row.item, "--at": row.at.isoformat(), "--mode": row.mode}
    files = {"--items": str(ITEMS), "--register": str(register)}
    status, out, err = takan("gate", "decide", *(word for pair in (given | files).items() for word in pair), "--json")
    if row.source == "missing":
        assert (status, out) == (2, "")
        assert "check the path" in err
        return
    told, expected = json.loads(out), row.expected()
    assert status == (0 if row.outcome.startswith("admitted") else 1)
    assert told["outcome"].replace("_", "-") == row.outcome.split()[0]
    assert [told["tier"], told["whose"]] == [expected["tier"], expected["whose"]]
    assert [reason["code"] for reason in told["reasons"]] == expected["reasons"]
    assert all(reason["zh"] and reason["en"] for reason in told["reasons"])
    if status == 0:
        assert told["terms"]["mode"] == {"live": "live", "photos": "upload_only"}[row.outcome.split()[1]]
