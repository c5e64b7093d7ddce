"""Answers to a checklist's points: the last one stands, and what others had answered differently is kept."""

from survey_server.survey.events import PointAnswered, Started
from survey_server.survey.panel_events import Recused
from tests.survey import test_material as photos
from tests.survey.test_life import survey


def said(*answers: PointAnswered) -> list[tuple[str, str, str]]:
    """Who had answered what and how, that the standing answer differs from."""
    answer = survey(Started(), *answers).answers["door"]
    return [(one.by, one.value, one.note) for one in answer.others]


def test_another_persons_differing_answer_is_kept() -> None:
    first = PointAnswered("p2", "door", "not_ok", "招牌被遮挡")
    assert said(first, PointAnswered("p3", "door", "ok", "")) == [("p2", "not_ok", "招牌被遮挡")]
    assert said(first, PointAnswered("p3", "door", "not_ok", "")) == [], "they agree"
    assert said(first, PointAnswered("p2", "door", "ok", "")) == [], "their own second thought"
    third = PointAnswered("p2", "door", "unsure", "")
    assert said(first, PointAnswered("p3", "door", "ok", ""), third) == [("p3", "ok", "")]
    assert said(first, third, PointAnswered("p3", "door", "ok", "")) == [
        ("p2", "not_ok", "招牌被遮挡"),
        ("p2", "unsure", ""),
    ]


def test_a_note_added_to_ones_answer_keeps_its_moment() -> None:
    plain = PointAnswered("p2", "door", "not_ok", "")
    after = survey(Started(), plain).answers["door"]
    noted = survey(Started(), plain, PointAnswered("p2", "door", "not_ok", "招牌被遮挡")).answers["door"]
    assert (noted.at, noted.note, noted.before) == (after.at, "招牌被遮挡", ())
    assert survey(Started(), plain, plain).answers["door"].at > after.at, "pinned anew"


def test_what_another_answered_stands_again_when_its_changer_stands_aside() -> None:
    changed = PointAnswered("p2", "door", "not_ok", "x"), PointAnswered("p3", "door", "ok", "")
    left = survey(Started(), *changed, Recused("p3", "conflict", "亲属")).answers["door"]
    assert (left.by, left.value, left.before) == ("p2", "not_ok", ())


def test_in_a_department_two_colleagues_differ() -> None:
    point = photos.survey().application.item.view.points[0].id
    made = photos.survey(
        *photos.REVIEWED, PointAnswered("p2", point, "not_ok", ""), PointAnswered("p5", point, "ok", "")
    )
    answer = made.material.review(photos.CITY).answers[point]
    assert [(one.by, one.value) for one in answer.others] == [("p2", "not_ok")]
