"""A joint inspection: each department answers its own points and concludes for itself; the case follows from them."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from survey_server.survey.concluding import (
    OF_THE_CASE,
    agreed_conclusion,
    by_department,
    of_case,
    own_points,
    signature_of,
    signing,
)
from survey_server.survey.draw_rules import may_draw
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Decided,
    Ended,
    Entry,
    Invited,
    ItemRecord,
    MaterialSubmitted,
    OpinionGiven,
    PhotoReceived,
    PointAnswered,
    QuestionAsked,
    Signed,
    Started,
    StillAsked,
)
from survey_server.survey.items import load_items
from survey_server.survey.rules import may_invite, refusal
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import ConclusionResult, Mode, Site, Text, Window
from survey_server.wire.from_person import AnswerPoint, AskQuestion, AskStill, Conclude, FromPerson, GiveOpinion

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
ITEM = ItemRecord(load_items()["hotel-joint"].view(), Text("法", "law"), 10)
POLICE, FIRE, HEALTH = ITEM.view.departments
PEOPLE = [
    Invited("p1", "applicant", "王"), Invited("p2", "reviewer", "林", POLICE), Invited("p3", "reviewer", "陈", FIRE),
    Invited("p4", "reviewer", "郑", HEALTH), Invited("p5", "expert", "符"), Invited("p6", "reviewer", "吴", FIRE),
]  # fmt: skip
BY = {"p2": POLICE, "p3": FIRE, "p4": HEALTH}
POINTS = [point.id for point in ITEM.view.points]
ANSWERED = [
    PointAnswered(who, point.id, "ok", "")
    for who, of in BY.items()
    for point in ITEM.view.points
    if point.department == of
]
OVER: list[AnyEvent] = [Started(), *ANSWERED, Ended("p2", "reviewer")]


APPLIED = Applied("TK-1", ITEM, "ref", "某旅馆", Site(20, 110, 100), Window(T0, T0 + timedelta(hours=8)))


def survey(*events: AnyEvent, mode: Mode = "live") -> Survey:
    lines = [APPLIED, Decided("admitted", "red", [], "d", "k", "h", mode), *PEOPLE, *events]
    return rebuild([Entry("s1", n + 1, T0 + timedelta(seconds=n), event) for n, event in enumerate(lines)])


def code(value: Survey, who: str, message: FromPerson) -> str | None:
    refused = refusal(value, value.participants[who], message, set(POINTS))
    return refused.code if refused else None


@pytest.mark.parametrize("results", [*product(OF_THE_CASE, repeat=3)])
def test_the_case_follows_from_the_departments(results: tuple[ConclusionResult, ...]) -> None:
    """The whole table: 64 rows of three departments."""
    expected: ConclusionResult = "pass"
    if "not_pass" in results:
        expected = "not_pass"
    elif "refer_on_site" in results:
        expected = "refer_on_site"
    elif "rectify" in results:
        expected = "rectify"
    assert of_case(results) == expected
    signed = [Signed(who, result, "") for who, result in zip(BY, results, strict=True)]
    agreed = agreed_conclusion(survey(*OVER, *signed))
    assert agreed is not None
    assert (agreed.result, agreed.by) == (expected, ["p2", "p3", "p4"])


def test_a_point_is_answered_by_its_own_department_only() -> None:
    value = survey(Started())
    for point in ITEM.view.points:
        for who, of in BY.items():
            expected = None if point.department == of else "other_department"
            assert code(value, who, AnswerPoint(point.id, "ok")) == expected
    assert own_points(value, value.participants["p3"]) == {"exits", "equipment", "plan"}


def test_two_that_agree_do_not_conclude_while_the_third_is_silent() -> None:
    value = survey(*OVER, Signed("p2", "pass", ""), Signed("p3", "pass", ""))
    assert agreed_conclusion(value) is None
    assert [one.result for one in by_department(value)] == ["pass", "pass", None]
    assert signing(value, Signed("p6", "pass", ""), T0) == [Signed("p6", "pass", "")], "a colleague is no department"
    last = Signed("p4", "pass", "")
    assert signing(value, last, T0) == [last, Concluded("pass", ["p2", "p3", "p4"])]


def test_a_department_that_is_of_two_minds_has_not_concluded() -> None:
    signed = [
        Signed("p2", "pass", ""),
        Signed("p3", "pass", ""),
        Signed("p6", "not_pass", ""),
        Signed("p4", "pass", ""),
    ]
    value = survey(*OVER, *signed)
    assert [one.result for one in by_department(value)] == ["pass", None, "pass"]
    assert agreed_conclusion(value) is None
    agreed = agreed_conclusion(survey(*OVER, *signed, Signed("p6", "pass", "")))
    assert agreed == Concluded("pass", ["p2", "p3", "p4", "p6"])


def test_rectify_gathers_the_points_in_their_order_and_the_longest_limit() -> None:
    signed = [
        Signed("p4", "rectify", "", ["cups"], 15),
        Signed("p3", "rectify", "", ["plan", "exits"], 5),
        Signed("p2", "pass", ""),
    ]
    agreed = agreed_conclusion(survey(*OVER, *signed))
    assert agreed == Concluded("rectify", ["p2", "p3", "p4"], ["exits", "plan", "cups"], 15)
    assert agreed is not None
    after = survey(*OVER, *signed, agreed)
    assert (after.rectify, after.rectify_days) == (("exits", "plan", "cups"), 15)


def test_a_pass_waits_for_the_departments_own_answers() -> None:
    value = survey(Started(), *(one for one in ANSWERED if one.participant != "p3"), Ended("p2", "reviewer"))
    assert code(value, "p3", Conclude("pass")) == "unanswered"
    assert code(value, "p3", Conclude("refer_on_site", "看不清")) is None
    assert code(value, "p2", Conclude("pass")) is None


def test_rectify_names_own_points_and_a_limit() -> None:
    value = survey(*OVER)
    assert code(value, "p3", Conclude("rectify", "堆物")) == "no_points"
    assert code(value, "p3", Conclude("rectify", "堆物", ["cups"], 5)) == "no_points", "another department's"
    assert code(value, "p3", Conclude("rectify", "堆物", ["exits"])) == "no_limit"
    assert code(value, "p3", Conclude("rectify", "堆物", ["exits"], 5)) is None
    assert signature_of("p3", Conclude("pass", "", ["exits"], 5)) == Signed("p3", "pass", "")


def test_reviewers_are_of_the_items_departments() -> None:
    value = survey()
    stranger = Department("教育局", "Education Bureau")
    for of, refused in ((None, "not_of_inspection"), (stranger, "not_of_inspection"), (HEALTH, None)):
        said = may_invite(value, "reviewer", of)
        assert (said.code if said else None) == refused
    assert may_invite(value, "expert", None) is None


def test_its_reviewers_are_not_drawn_out_of_one_list() -> None:
    value = rebuild([Entry("s1", 1, T0, APPLIED), Entry("s1", 2, T0, Decided("admitted", "red", [], "d", "k", "h"))])
    refused = may_draw(value, "reviewer", 2, 9, T0)
    assert refused is not None
    assert refused.code == "departments_name_them"
    assert may_draw(value, "expert", 2, 9, T0) is None


def photo(point: str) -> PhotoReceived:
    return PhotoReceived(point, "p1", "a.jpg", "upload", "k", "h", 1, "image/jpeg", None, None, None, point=point)


def test_by_photos_alone_every_department_answers_its_own_points_and_concludes() -> None:
    reviewed = [*(photo(point) for point in POINTS), MaterialSubmitted("p1"), *ANSWERED]
    value = survey(*reviewed, mode="upload_only")
    assert code(value, "p3", AnswerPoint("cups", "ok")) == "other_department"
    assert code(value, "p3", GiveOpinion("approve")) is None, "its own three points are answered"
    two = [OpinionGiven("p2", "approve", ""), OpinionGiven("p3", "approve", "")]
    assert code(survey(*reviewed, *two, mode="upload_only"), "p2", Conclude("pass")) == "opinions_missing"
    opened = [*reviewed, *two, OpinionGiven("p4", "approve", "")]
    value = survey(*opened, Signed("p2", "pass", ""), Signed("p3", "pass", ""), mode="upload_only")
    assert code(value, "p4", Conclude("pass")) is None
    assert agreed_conclusion(value) is None
    last = Signed("p4", "refer_on_site", "")
    assert signing(value, last, T0) == [last, Concluded("refer_on_site", ["p2", "p3", "p4"])]


def test_a_request_outside_the_checklist_is_marked_as_such() -> None:
    value = survey(Started(), StillAsked("p2", "a", "", T0, "exits"), StillAsked("p2", "b", "", T0, None, outside=True))
    assert [(still.point, still.outside) for still in value.stills.values()] == [("exits", False), (None, True)]
    assert code(value, "p2", AskStill("x", "nowhere")) == "unknown_point"
    assert code(value, "p2", AskStill("x")) is None
    value = survey(
        Started(), QuestionAsked("p2", "谁值夜班", None, outside=True), QuestionAsked("p3", "门朝哪开", "exits")
    )
    assert [(one.text, one.outside) for one in value.questions] == [("谁值夜班", True), ("门朝哪开", False)]
    assert code(value, "p5", AskQuestion("x")) is None, "experts ask too"
    assert code(value, "p1", AskQuestion("x")) == "wrong_role"
    assert code(value, "p2", AskQuestion(" ")) == "nothing_asked"
    assert code(value, "p2", AskQuestion("x", "nowhere")) == "unknown_point"
    assert code(survey(*OVER), "p2", AskQuestion("x")) == "not_live"
