"""The packaged items are complete and real enough to use; a wrong items file stops with a word on where."""

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from credit_gate.gate import decide
from credit_gate.policy import load
from credit_gate.sources.register import DEMO_REGISTER, RegisterFile
from credit_gate.subject import parse
from credit_gate.tier import Tier
from survey_server.clock import utc_now
from survey_server.survey.items import BadItems, Item, load_items
from survey_server.wire.basics import Text
from survey_server.wire.items import ItemView

ITEMS = load_items()
TEXT = (Path(__file__).parents[2] / "survey_server/survey/items.toml").read_text("utf-8")


def test_more_than_a_dozen_items_of_three_kinds_the_fourth_is_of_an_earlier_survey() -> None:
    assert len(ITEMS) >= 14
    kinds = Counter(item.kind for item in ITEMS.values())
    assert set(kinds) == {"remote_survey", "pre_siting", "joint_inspection"}
    assert kinds["pre_siting"] == 3


def test_every_joint_inspection_is_of_three_departments_and_rests_on_a_law_of_each() -> None:
    joint = [item for item in ITEMS.values() if item.kind == "joint_inspection"]
    assert len(joint) >= 2
    for item in joint:
        assert len(item.departments) == 3
        assert len(re.findall(r"《[^》]+》第[一二三四五六七八九十百]+条", item.basis.zh)) == 3
        assert min(Counter(point.department for point in item.points).values()) >= 2


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
def test_the_first_point_shows_where_it_is(item: Item) -> None:
    first = item.points[0]
    assert re.search("门牌|立面|站址", first.title.zh + first.hint.zh)


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
def test_an_item_has_a_usable_checklist_in_both_languages(item: Item) -> None:
    assert 5 <= len(item.points) <= 9
    words = [item.department, item.name.text(), item.statutory_basis]
    for point in item.checklist():
        words += [point.title, point.hint]
        assert len(point.title.en) <= 120
        assert len(point.hint.zh) <= 60
        assert len(point.hint.en) <= 140
        assert (point.shot is None) is (point.example is None)
        words += [text for text in (point.shot, point.example) if text is not None]
    for text in words:
        assert re.search(r"[\u4e00-\u9fff]", text.zh)
        assert not re.search(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", text.zh), text.zh
        assert not re.search(r"[\u4e00-\u9fff\ufffd]", text.en), text.en


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
def test_an_item_rests_on_a_named_law(item: Item) -> None:
    assert re.search(r"《.+》(第[一二三四五六七八九十百]+条|（国办发〔\d{4}〕\d+号）)", item.basis.zh)
    assert re.search(r"\b(arts?\.|No\.) ", item.basis.en)


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
def test_an_item_that_opens_the_upload_only_way_says_what_each_photo_must_show(item: Item) -> None:
    if any("upload_only" in ways for ways in item.allows.values()):
        assert all(point.shot and point.example for point in item.checklist())


def test_hints_and_titles_are_not_repeated_filler() -> None:
    hints = Counter(point.hint.zh for item in ITEMS.values() for point in item.points)
    assert max(hints.values()) <= 2


def test_where_minors_patients_or_guests_may_be_in_view_the_hours_are_noted() -> None:
    assert {code for code, item in ITEMS.items() if item.hours_note} == {
        "childcare-siting",
        "training-centre",
        "clinic-filing",
        "hotel-joint",
    }


def test_a_view_goes_over_the_wire_and_back() -> None:
    for item in ITEMS.values():
        view = item.view()
        assert msgspec.json.decode(msgspec.json.encode(view), type=ItemView) == view


def test_a_joint_inspections_points_say_whose_they_are() -> None:
    view = ITEMS["restaurant-joint"].view()
    assert view.department == Text(
        "市场监督管理局、消防救援大队、综合行政执法局",
        "Market Regulation Bureau, Fire and Rescue Brigade, Urban Management Bureau",
    )
    whose = [point.department for point in view.points]
    assert list(dict.fromkeys(whose)) == view.departments
    assert [one.zh for one in view.departments] == view.department.zh.split("、")


def test_with_one_department_no_point_says_whose_it_is() -> None:
    for item in ITEMS.values():
        if len(item.departments) == 1:
            assert item.view().departments == []
            assert {point.department for point in item.checklist()} == {None}


def test_the_demonstration_shows_every_outcome_on_the_packaged_items() -> None:
    """One black enterprise refused by the negative list alone, one red seen on the spot for public safety alone."""
    register, policy, now = RegisterFile(DEMO_REGISTER), load(), utc_now()
    black, red, blue = (parse(f"91460108TAKAN00{end}") for end in ("41W", "17C", "332"))

    def outcomes(subject: object) -> dict[str, str]:
        standing = register.standing(subject, now)  # type: ignore[arg-type]
        return {
            code: decide(subject, standing, item.terms(), policy, now).outcome  # type: ignore[arg-type]
            for code, item in ITEMS.items()
        }

    assert {code for code, outcome in outcomes(black).items() if outcome == "refused"} == {"training-centre"}
    assert "admitted" not in outcomes(black).values()
    assert {code for code, outcome in outcomes(red).items() if outcome != "admitted"} == {"cylinder-filling"}
    assert {code for code, outcome in outcomes(blue).items() if outcome == "admitted"} == {
        "hr-agency",
        "outdoor-advert",
    }


def test_a_negative_list_item_cites_its_rule() -> None:
    terms = [item.terms() for item in ITEMS.values() if item.negative_list]
    assert terms
    for one in terms:
        assert one.negative_list is not None
        assert re.search(r"《.+》第.+条", one.negative_list.rule)
    assert all(Tier.BLACK not in item.allows for item in ITEMS.values())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'kind = "pre_siting"',
            'kind = "visit"',
            "internet-premises-siting, line 18: item[0].kind: Invalid enum value 'visit'",
        ),
        ("radius_m = 250", "radius_m = 1", "line 22: item[0].radius_m: "),
        ('id = "schools"', 'id = "address"', "point address appears twice"),
        ('code = "entertainment-siting"', 'code = "internet-premises-siting"', "appears twice"),
        ('id = "licence"\ndepartment = "market"', 'id = "licence"\ndepartment = "police"', "licence names none"),
        ('id = "licence"\ndepartment = "market"', 'id = "licence"', "licence names none"),
        ('id = "licence"\ndepartment = "market"', 'id = "licence"\ndepartment = "fire"', "points stand together"),
        ('id = "schools"', 'id = "schools"\ndepartment = "culture"', "schools needs no department"),
        ('kind = "pre_siting"', 'kind = "re_survey"', "Invalid enum value 're_survey'"),
        ('retention = "permanent"', 'retention = "forever"', "training-centre"),
        ("retention = 10", "retention = 10\nsurprise = 1", "surprise"),
        ('blue = ["live"] }', 'blue = ["drive-by"] }', "hr-agency"),
        ('allows = { orange = ["tolerance"] }', 'allows = { black = ["live"] }', "orange and blue"),
        ('version = "2026-11-23"', "version = ", "Invalid"),
        ('{ zh = "门牌与楼宇外观", en = "Street number and building" }', '{ zh = "门牌" }', "points[0].title"),
    ],
)
def test_a_wrong_items_file_says_where(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    path = tmp_path / "items.toml"
    path.write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(BadItems) as caught:
        load_items(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_an_items_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "items.toml"
    path.write_text(TEXT.split("# ====", 1)[0] + "[[item]]" + TEXT.split("[[item]]")[4], "utf-8")
    assert list(load_items(path)) == ["food-business"]
    with pytest.raises(BadItems, match="check the path"):
        load_items(tmp_path / "absent.toml")
