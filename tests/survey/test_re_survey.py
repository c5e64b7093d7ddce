"""A re-survey looks at what was to be put right, and at nothing else but the address."""

from datetime import UTC, datetime, timedelta

import pytest

from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Decided,
    Ended,
    Entry,
    Exported,
    Invited,
    ItemRecord,
    LocksExtended,
    PhotoReceived,
    ReSurveyed,
    Sealed,
    Signed,
    Started,
)
from survey_server.survey.items import load_items
from survey_server.survey.rectification import goes_back_to, looked_at_again, may_re_survey, may_see
from survey_server.survey.step import Effect, OutOfOrder, rebuild, step
from survey_server.survey.survey import Photo, Survey
from survey_server.wire.basics import Site, Text, Window

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
SEALED = (Sealed(1, "recording", "k", "h1", 9), Sealed(2, "case", "k", "h2", 12))


def item(code: str) -> ItemRecord:
    return ItemRecord(load_items()[code].view(), Text("法", "law"), 10)


def concluded(
    *points: str, of: str = "food-business", result: str = "rectify", then: tuple[AnyEvent, ...] = SEALED
) -> Survey:
    lines = [
        Applied("TK-1", item(of), "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + timedelta(hours=8))),
        Decided("admitted", "red", [], "d", "k", "h"),
        *(Invited(f"p{n}", "reviewer", "林") for n in (1, 2)), Started(), Ended("p1", "reviewer"),
        Signed("p1", result, ""), Signed("p2", result, ""),  # type: ignore[arg-type]
        Concluded(result, ["p1", "p2"], list(points), 10 if points else None), *then,  # type: ignore[arg-type]
    ]  # fmt: skip
    return rebuild([Entry("s1", n + 1, T0 + timedelta(seconds=n), event) for n, event in enumerate(lines)])


def ids(record: ItemRecord) -> list[str]:
    return [point.id for point in record.view.points]


def test_it_has_the_points_to_put_right_after_the_address() -> None:
    again = looked_at_again(concluded("storage", "pests"))
    assert ids(again) == ["frontage", "storage", "pests"]
    assert ids(looked_at_again(concluded("frontage", "pests"))) == ["frontage", "pests"]
    assert (again.view.kind, again.view.code) == ("re_survey", "food-business")
    assert again.view.name == Text(
        "食品经营许可（餐饮服务）（整改复验）", "Food business licence (catering): check after rectification"
    )
    assert (again.statutory_basis, again.retention) == (Text("法", "law"), 10)


def test_a_case_of_an_earlier_version_that_named_no_points_is_looked_at_whole() -> None:
    assert ids(looked_at_again(concluded())) == ids(item("food-business"))


def test_of_a_joint_inspection_only_the_departments_with_something_to_put_right_take_part() -> None:
    view = looked_at_again(concluded("exits", "cups", of="hotel-joint")).view
    assert [one.en for one in view.departments] == ["Fire and Rescue Brigade", "Health Commission"]
    assert [point.id for point in view.points] == ["frontage", "exits", "cups"]
    assert view.points[0].department is None, "the police has no part in it: whoever has may answer"
    assert looked_at_again(concluded("registration", of="hotel-joint")).view.points[0].department is not None


def test_it_names_the_case_its_newest_seal_and_the_points() -> None:
    named = goes_back_to(concluded("pests"))
    assert (named.survey, named.case_no, named.seal_sha256, named.points, named.days) == (
        "s1",
        "TK-1",
        "h2",
        ["pests"],
        10,
    )


@pytest.mark.parametrize(
    ("earlier", "subject", "code", "refused"),
    [
        (concluded("pests"), "ref", "food-business", None),
        (concluded("pests"), "other", "food-business", "other_subject"),
        (concluded("pests"), "ref", "drug-retail", "other_item"),
        (concluded(result="pass"), "ref", "food-business", "nothing_to_rectify"),
        (concluded("pests", then=()), "ref", "food-business", "not_sealed_yet"),
    ],
)
def test_who_may_apply_for_one(earlier: Survey, subject: str, code: str, refused: str | None) -> None:
    said = may_re_survey(earlier, subject, code)
    assert (said.code if said else None) == refused


def test_the_earlier_case_tells_of_it_and_gets_an_addendum() -> None:
    before = concluded("pests", then=(*SEALED, LocksExtended(T0 + timedelta(days=3650))))
    assert not before.unsealed
    after, effects = step(before, Entry("s1", before.seq + 1, T0, ReSurveyed("s2", "TK-2")))
    assert effects == (Effect.SEAL_ADDENDUM,)
    assert after.unsealed
    assert after.re_surveys == ("s2",)
    assert step(before, Entry("s1", before.seq + 1, T0, Exported("a", "h")))[0].re_surveys == ()


def test_only_a_concluded_case_has_one() -> None:
    value = concluded("pests", then=())
    lines = [Entry("s9", 1, T0, value.application), Entry("s9", 2, T0, Decided("admitted", "red", [], "d", "k", "h"))]
    with pytest.raises(OutOfOrder):
        rebuild([*lines, Entry("s9", 3, T0, ReSurveyed("s2", "TK-2"))])


def test_its_people_see_the_earlier_photos_of_its_points_and_of_none() -> None:
    earlier = concluded("pests")
    applied = Applied(
        "TK-2", looked_at_again(earlier), "ref", "某公司", Site(20, 110, 100), Window(T0, T0), goes_back_to(earlier)
    )
    again = rebuild([Entry("s2", 1, T0, applied)])

    def photo(point: str | None) -> Photo:
        return Photo(
            PhotoReceived("1", "p", "a", "upload", "k", "h", 1, "image/jpeg", None, None, None, point=point), T0
        )

    assert [may_see(again, "s1", photo(point)) for point in ("pests", "frontage", None, "staff")] == [
        True,
        True,
        True,
        False,
    ]
    assert not may_see(again, "s3", photo("pests"))
    assert not may_see(earlier, "s1", photo("pests")), "an ordinary survey goes back to none"
