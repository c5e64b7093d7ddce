"""Who may be drawn: qualified, not in conflict, and whoever is left out is named with the cause."""

from pathlib import Path

import pytest

from survey_server.survey.items import load_items
from survey_server.survey.panel import BadPanel, Member, candidates, load_panel, read_panel
from survey_server.wire.admission import Department
from tests.nodes import ROOT

ITEM = load_items()["outdoor-advert"].view()
JOINT = next(item.view() for item in load_items().values() if item.kind == "joint_inspection")
CSV = """id,name,employer,role,items,departments,conflicts,department_zh,department_en
E2,王二,设计院,expert,outdoor-advert; childcare,,甲公司 ;91460108TAKAN0017C,,
R1,郑,市场监督管理局,reviewer,*,,,市场监督管理局,Market Regulation Bureau

E1,符一,大学,,*,,,,
"""


def none(_written: str) -> bool:
    return False


def test_toml_and_csv_say_the_same() -> None:
    members = read_panel(CSV, "panel.csv")
    assert [one.id for one in members] == ["E1", "E2", "R1"], "by id, whatever the file's order"
    assert members[1].items == ("outdoor-advert", "childcare")
    assert members[1].conflicts == ("甲公司", "91460108TAKAN0017C")
    department = members[2].department
    assert department
    assert (department.zh, members[0].role) == ("市场监督管理局", "expert")
    toml = '[[member]]\nid="E1"\nname="符一"\nemployer="大学"\nitems=["*"]\n'
    assert read_panel(toml, "panel.toml") == members[:1]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        (CSV + "E1,x,y,,*,,,,\n", "p.csv", "E1 is there twice"),
        ("id,name,employer,role\nE1,x,y,boss\n", "p.csv", "line 2: Invalid enum value"),
        ("id,name,employer\nE1,x\n", "p.csv", "line 2: Object missing required field `employer`"),
        ("id,name,employer\nE1,x,y,z\n", "p.csv", "line 2 has more fields"),
        ("id,name,employer,shoe\nE1,x,y,z\n", "p.csv", "unknown field `shoe`"),
        ("member = 1", "p.toml", "p.toml: Expected `array`"),
        ("member = [", "p.toml", "p.toml: "),
        ('[[member]]\nid="a b"\nname="x"\nemployer="y"\n', "p.toml", "matching regex"),
    ],
)
def test_a_wrong_register_is_named_with_its_place(text: str, where: str, words: str) -> None:
    with pytest.raises(BadPanel, match=words.replace("(", r"\(")):
        read_panel(text, where)


def test_a_register_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadPanel, match="cannot be read"):
        load_panel(tmp_path / "none.toml")
    (tmp_path / "p.csv").write_bytes("id,name,employer,items\nE1,x,y,*\n".encode("utf-8-sig"))
    assert load_panel(tmp_path / "p.csv")[0].id == "E1", "spreadsheets write a byte order mark"


def test_who_is_left_out_is_named_with_the_cause() -> None:
    members = load_panel(ROOT / "tests" / "data" / "panel.toml")
    listed, left_out = candidates(
        members, "expert", ITEM, is_subject=lambda written: written in ("测试单位", "91460108TAKAN0017C"),
        declared={"E07": "亲属", "E06": "不计"}, taking_part=frozenset({"E02"}),
    )  # fmt: skip
    assert [one.id for one in listed] == ["E01", "E03"]
    assert [(one.id, one.cause, one.reason) for one in left_out] == [
        ("E02", "takes_part", ""), ("E04", "employer", ""), ("E05", "conflict", ""), ("E06", "not_qualified", ""),
        ("E07", "declared", "亲属"),
    ]  # fmt: skip


def test_qualified_is_who_has_the_item_or_one_of_its_departments() -> None:
    names = JOINT.department.zh.split("、")
    assert len(names) > 1
    members = [
        Member("A", "a", "x", departments=(names[-1],)),
        Member("B", "b", "x", departments=("别的局",)),
        Member("C", "c", "x", items=(JOINT.code,)),
        Member("D", "d", "x"),
        Member("E", "e", "x", role="reviewer", items=("*",)),
    ]
    listed, left_out = candidates(members, "expert", JOINT, is_subject=none, declared={})
    assert ([one.id for one in listed], [one.id for one in left_out]) == (["A", "C"], ["B", "D"])
    reviewers = [
        Member("F", "f", "x", role="reviewer", items=("*",), department=JOINT.departments[0]),
        Member("G", "g", "x", role="reviewer", items=("*",), department=Department("别的局", "Another")),
    ]
    listed, left_out = candidates(reviewers, "reviewer", JOINT, is_subject=none, declared={})
    assert ([one.id for one in listed], [one.id for one in left_out]) == (["F"], ["G"])
