"""A survey by photos alone: collected, submitted, reviewed by each department for itself, concluded by both."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from survey_server.survey.concluding import agreed_conclusion, signing
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Consented,
    Decided,
    Ended,
    Entry,
    Invited,
    ItemRecord,
    MaterialSubmitted,
    MediaConnected,
    Muted,
    OpinionGiven,
    PhotoChecked,
    PhotoReceived,
    PointAnswered,
    ShotAsked,
    ShotExplained,
    Signed,
    Started,
    StillAsked,
)
from survey_server.survey.items import load_items
from survey_server.survey.material_rules import said_before
from survey_server.survey.rules import may_invite, may_show, may_upload, refusal
from survey_server.survey.step import Effect, OutOfOrder, rebuild, step
from survey_server.survey.survey import Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import ConclusionResult, OpinionValue, Site, Text, Window
from survey_server.wire.from_person import (
    AnswerPoint,
    AskShot,
    AskStill,
    Conclude,
    DeviceTurned,
    EndSession,
    ExplainShot,
    GiveOpinion,
    Interrupted,
    JoinMedia,
    Mute,
    SdpAnswer,
    StillTaken,
    SubmitMaterial,
)

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
ITEM = ItemRecord(load_items()["outdoor-advert"].view(), Text("法", "law"), 10)
OLD_ITEM = ItemRecord(load_items()["drug-retail"].view(), Text("法", "law"), 10)
"""Without words for photos."""
POINTS = [point.id for point in ITEM.view.points]
CITY, FIRE = Department("综合行政执法局", "Urban Management Bureau"), Department("消防救援局", "Fire and Rescue Bureau")
PEOPLE = [
    Invited("p1", "applicant", "王"), Consented("p1", "n"), Invited("p2", "reviewer", "林", CITY),
    Invited("p3", "reviewer", "陈", FIRE), Invited("p4", "expert", "符"), Invited("p5", "reviewer", "郑", CITY),
]  # fmt: skip
SUBMITTED = MaterialSubmitted("p1")


def photo(point: str | None, number: int = 0) -> PhotoReceived:
    return PhotoReceived(
        f"{point}-{number}", "p1", "a.jpg", "upload", "k", "h", 1, "image/jpeg", None, None, None, point=point
    )


def rejected(point: str, number: int = 0) -> PhotoChecked:
    return PhotoChecked(f"{point}-{number}", "rejected", [], {}, "k", "h")


SHOTS: list[AnyEvent] = [*(photo(point) for point in POINTS[1:]), ShotExplained("p1", POINTS[0], "正在装修")]


def answers(who: str) -> list[AnyEvent]:
    return [PointAnswered(who, point, "ok", "") for point in POINTS]


def opinion(who: str, value: OpinionValue = "approve") -> OpinionGiven:
    return OpinionGiven(who, value, "")


REVIEWED = [*SHOTS, SUBMITTED, *answers("p2"), *answers("p3")]
OPEN = [*REVIEWED, opinion("p2"), opinion("p3")]


def journal(*events: AnyEvent, mode: str = "upload_only") -> list[Entry]:
    item = ITEM if mode == "upload_only" else OLD_ITEM
    applied = Applied("TK-1", item, "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + timedelta(hours=8)))
    decided = Decided("admitted", "red", [], "d", "k", "h", "upload_only" if mode == "upload_only" else "live")
    people = PEOPLE if mode == "upload_only" else [*PEOPLE[:2], Invited("p2", "reviewer", "林")]
    told = [applied, decided, *people, *events]
    return [Entry("s1", n + 1, T0 + timedelta(seconds=n), event) for n, event in enumerate(told)]


def survey(*events: AnyEvent, mode: str = "upload_only") -> Survey:
    return rebuild(journal(*events, mode=mode))


def code(value: Survey, person: str, message: object) -> str | None:
    refused = refusal(value, value.participants[person], message, POINTS)
    return refused.code if refused else None


def test_the_whole_life() -> None:
    value = survey(*OPEN, Signed("p2", "pass", ""), Signed("p3", "pass", ""), Concluded("pass", ["p2", "p3"]))
    assert (value.state, value.conclusion, value.mode) == ("concluded", "pass", "upload_only")
    assert value.started_at is None
    assert value.ended_at is not None
    assert value.answers == {}, "each department's answers are its own"
    assert {name: len(review.answers) for name, review in value.material.reviews.items()} == {
        CITY.zh: len(POINTS), FIRE.zh: len(POINTS)
    }  # fmt: skip


def test_each_submission_asks_for_a_seal() -> None:
    value = survey(*SHOTS)
    after, effects = step(value, Entry("s1", value.seq + 1, T0, SUBMITTED))
    assert (after.state, effects) == ("ended", (Effect.SEAL_RECORDING,))


def test_a_journal_of_an_earlier_version_is_a_live_survey() -> None:
    def earlier(value: object) -> object:
        match value:
            case dict():
                fresh = ("mode", "department", "point", "shot", "example")
                return {
                    key: earlier(one) for key, one in value.items() if key not in fresh or one not in (None, "live")
                }
            case list():
                return [earlier(one) for one in value]
            case _:
                return value

    value = survey(Started(), photo(None), mode="live")
    told = [msgspec.json.decode(msgspec.json.encode(entry)) for entry in journal(Started(), photo(None), mode="live")]
    lines = msgspec.json.encode([earlier(line) for line in told])
    assert b'"mode"' not in lines
    assert b"example" not in lines
    again = rebuild(msgspec.json.decode(lines, type=list[Entry]))
    assert (again.mode, again.state, again) == ("live", "in_session", value)


@pytest.mark.parametrize(
    "message",
    [JoinMedia(), SdpAnswer(1, ""), Mute("audio", muted=True), Interrupted("hidden", over=False),
     DeviceTurned("user", "portrait"), AskStill(), StillTaken("n", "a" * 64, 1), EndSession()],
    ids=lambda message: type(message).__name__,
)  # fmt: skip
def test_what_belongs_to_a_call_is_refused_in_words(message: object) -> None:
    for person in ("p1", "p2"):
        assert code(survey(), person, message) == "no_call"


@pytest.mark.parametrize("message", [ExplainShot("size", "x"), SubmitMaterial(), AskShot("size", "x")])
def test_a_live_survey_has_no_such_steps(message: object) -> None:
    assert code(survey(mode="live"), "p1", message) == "live_survey"


@pytest.mark.parametrize(
    "event", [Started(), MediaConnected("p1"), Muted("p1", "audio", muted=True), StillAsked("p2", "n", "", T0)]
)
def test_no_event_of_a_call_enters_its_journal(event: AnyEvent) -> None:
    with pytest.raises(OutOfOrder):
        survey(event)


@pytest.mark.parametrize(
    "event", [SUBMITTED, ShotExplained("p1", "size", "x"), ShotAsked("p2", "size", "x"), opinion("p2")]
)
def test_no_event_of_material_enters_a_live_journal(event: AnyEvent) -> None:
    with pytest.raises(OutOfOrder):
        survey(event, mode="live")


def test_the_applicant_submits_when_each_point_has_a_photo_or_an_explanation() -> None:
    assert code(survey(*SHOTS[1:]), "p1", SubmitMaterial()) == "incomplete"
    refused = refusal(survey(*SHOTS[1:]), survey().participants["p1"], SubmitMaterial(), POINTS)
    assert refused
    assert ITEM.view.points[1].title.zh in refused.text.zh
    assert code(survey(*SHOTS), "p1", SubmitMaterial()) is None
    assert code(survey(*SHOTS), "p2", SubmitMaterial()) == "wrong_role"
    with pytest.raises(OutOfOrder):
        survey(*SHOTS[1:], SUBMITTED)


def test_an_explanation_says_why_and_of_which_point() -> None:
    assert code(survey(), "p1", ExplainShot("size", "太高")) is None
    assert code(survey(), "p1", ExplainShot("size", "  ")) == "no_reason"
    assert code(survey(), "p1", ExplainShot("roof", "太高")) == "unknown_point"
    assert code(survey(), "p2", ExplainShot("size", "太高")) == "wrong_role"
    assert code(survey(*SHOTS, SUBMITTED), "p1", ExplainShot("size", "太高")) == "submitted"


def test_photos_come_while_the_material_is_the_applicants() -> None:
    def refused(value: Survey) -> str | None:
        found = may_upload(value, value.participants["p1"])
        return found.code if found else None

    assert refused(survey()) is None
    assert refused(survey(*SHOTS, SUBMITTED)) == "submitted"
    assert refused(survey(*SHOTS, SUBMITTED, ShotAsked("p2", "size", "x"))) is None
    with pytest.raises(OutOfOrder):
        survey(*SHOTS, SUBMITTED, photo("size", 2))
    assert may_show(survey(), "size") is None
    assert may_show(survey(), None) is None
    assert may_show(survey(), "roof")


def test_nobody_reviews_before_it_is_submitted() -> None:
    for message in (AnswerPoint("size", "ok"), AskShot("size", "x"), GiveOpinion("approve"), Conclude("pass")):
        assert code(survey(*SHOTS), "p2", message) == "not_submitted"
        assert code(survey(*SHOTS, SUBMITTED), "p4", message) == "wrong_role"
        assert code(survey(*SHOTS, SUBMITTED), "p1", message) == "wrong_role"


def test_an_opinion_follows_the_answers_and_gives_its_reason() -> None:
    begun = survey(*SHOTS, SUBMITTED, *answers("p2")[1:])
    assert code(begun, "p2", GiveOpinion("approve")) == "unanswered"
    reviewed = survey(*SHOTS, SUBMITTED, *answers("p2"))
    assert code(reviewed, "p2", GiveOpinion("approve")) is None
    assert code(reviewed, "p5", GiveOpinion("approve")) is None, "a colleague goes on where the department is"
    assert code(reviewed, "p3", GiveOpinion("approve")) == "unanswered", "another department's answers are not its own"
    assert code(reviewed, "p2", GiveOpinion("rectify")) == "no_reason"
    assert code(reviewed, "p2", GiveOpinion("rectify", "少一个灭火器")) is None
    assert code(reviewed, "p2", AnswerPoint("roof", "ok")) == "unknown_point"


def test_opinions_open_together_and_stand() -> None:
    one = survey(*REVIEWED, opinion("p2"))
    assert not one.material.opened
    assert code(one, "p2", GiveOpinion("rectify", "x")) is None, "until then it may be given anew"
    assert code(one, "p2", Conclude("pass")) == "opinions_missing"
    assert not survey(*REVIEWED, opinion("p2"), opinion("p5")).material.opened, "two of one department are one opinion"
    both = survey(*OPEN)
    assert both.material.opened
    for message in (GiveOpinion("rectify", "x"), AnswerPoint("size", "not_ok")):
        assert code(both, "p2", message) == "opinions_open"
    assert code(both, "p2", Conclude("pass")) is None
    for event in (opinion("p2"), PointAnswered("p2", "size", "not_ok", "")):
        with pytest.raises(OutOfOrder):
            survey(*OPEN, event)


def test_one_department_alone_concludes_nothing() -> None:
    applied = Applied("TK-1", ITEM, "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + timedelta(hours=8)))
    told = [applied, Decided("admitted", "red", [], "d", "k", "h", "upload_only"), *PEOPLE[:3], PEOPLE[5], *SHOTS,
            SUBMITTED, *answers("p2"), opinion("p2"), opinion("p5")]  # fmt: skip
    value = rebuild(Entry("s1", n + 1, T0, event) for n, event in enumerate(told))
    assert code(value, "p2", Conclude("pass")) == "one_department"
    assert not value.material.opened


def test_another_shot_gives_the_material_back() -> None:
    asked = [*REVIEWED, opinion("p2"), ShotAsked("p3", "size", "看不清读数")]
    value = survey(*asked)
    assert value.material.with_applicant
    assert value.lacking == ["size"]
    assert code(value, "p1", SubmitMaterial()) == "incomplete"
    assert code(value, "p3", GiveOpinion("approve")) == "waiting_for_applicant"
    assert code(value, "p3", GiveOpinion("on_site", "等不到")) is None, "nobody is stuck where the applicant is silent"
    assert code(value, "p3", AskShot("size", " ")) == "no_reason"
    assert code(value, "p3", AskShot("roof", "x")) == "unknown_point"
    assert survey(*asked, ShotExplained("p1", "size", "卷尺坏了")).lacking == []
    again = survey(*asked, photo("size", 2), SUBMITTED)
    assert not again.material.with_applicant
    assert again.material.pending(again.departments) == [CITY, FIRE], "an opinion is about the material as it was"
    assert again.ended_at == value.ended_at
    assert survey(*asked, photo("size", 2), SUBMITTED, opinion("p3"), opinion("p2")).material.opened


def test_a_photo_that_cannot_be_used_shows_nothing() -> None:
    size = POINTS[1]
    value = survey(*SHOTS, rejected(size))
    assert value.lacking == [size]
    assert code(value, "p1", SubmitMaterial()) == "incomplete"
    assert code(survey(*SHOTS), "p1", SubmitMaterial()) is None, "while it is unchecked it counts"
    for mended in (photo(size, 2), ShotExplained("p1", size, "正在装修")):
        assert survey(*SHOTS, rejected(size), mended).lacking == []
    asked = [*REVIEWED, ShotAsked("p3", size, "看不清读数"), photo(size, 2)]
    assert survey(*asked).lacking == []
    assert survey(*asked, rejected(size, 2)).lacking == [size], "the earlier photo is no answer"


def test_a_journal_that_was_submitted_with_an_unusable_photo_is_still_read() -> None:
    value = survey(*SHOTS, rejected(POINTS[1]), SUBMITTED)
    assert (value.state, value.material.round, value.lacking) == ("ended", 1, [POINTS[1]])


def test_a_shot_asked_for_after_the_opening_keeps_it_open_and_asks_for_signatures_anew() -> None:
    asked = [*OPEN, Signed("p2", "pass", ""), ShotAsked("p3", "size", "看不清")]
    value = survey(*asked)
    assert code(value, "p3", Conclude("pass")) == "waiting_for_applicant"
    assert signing(value, Signed("p3", "pass", ""), T0) == []
    assert code(value, "p3", Conclude("refer_on_site", "看不清")) is None
    again = survey(*asked, photo("size", 2), SUBMITTED)
    assert again.material.opened
    assert again.signatures == {}


def test_the_conclusion_takes_two_departments() -> None:
    def signed(value: Survey, who: str, result: ConclusionResult = "pass") -> list[str]:
        return [type(event).__name__ for event in signing(value, Signed(who, result, ""), T0)]

    assert signed(survey(*REVIEWED), "p2") == []
    first = survey(*OPEN, Signed("p2", "pass", ""))
    assert signed(first, "p5") == ["Signed"], "a colleague of the same department"
    assert signed(first, "p3", "rectify") == ["Signed"]
    assert signed(first, "p3") == ["Signed", "Concluded"]
    assert agreed_conclusion(survey(*OPEN, Signed("p2", "pass", ""), Signed("p3", "pass", ""))) == Concluded(
        "pass", ["p2", "p3"]
    )
    with pytest.raises(OutOfOrder):
        survey(*REVIEWED, Concluded("pass", ["p2", "p3"]))


def test_after_the_conclusion_nothing_is_added() -> None:
    value = survey(*OPEN, Signed("p2", "pass", ""), Signed("p3", "pass", ""), Concluded("pass", ["p2", "p3"]))
    for message in (AskShot("size", "x"), GiveOpinion("approve"), AnswerPoint("size", "ok"), Conclude("pass")):
        assert code(value, "p2", message) == "closed"
    assert code(value, "p1", SubmitMaterial()) == "closed"
    assert may_upload(value, value.participants["p1"])


def test_closed_for_want_of_going_on_it_can_still_be_handed_in_and_never_passes_as_it_is() -> None:
    value = survey(photo("size"), Ended(None, "idle"))
    assert value.state == "ended"
    assert code(value, "p2", AnswerPoint("size", "unsure")) is None
    reviewed = survey(photo("size"), Ended(None, "idle"), *answers("p2"))
    assert code(reviewed, "p2", GiveOpinion("approve")) == "waiting_for_applicant"
    assert code(reviewed, "p2", GiveOpinion("on_site", "没有提交")) is None
    assert survey(Ended(None, "idle"), *SHOTS, SUBMITTED).material.round == 1
    with pytest.raises(OutOfOrder):
        survey(*SHOTS, SUBMITTED, Ended(None, "idle"))


def test_a_reviewer_is_invited_with_a_department_and_no_new_one_after_the_opening() -> None:
    def refused(value: Survey, department: Department | None) -> str | None:
        found = may_invite(value, "reviewer", department)
        return found.code if found else None

    third = Department("生态环境局", "Ecology Bureau")
    assert refused(survey(), None) == "no_department"
    assert refused(survey(), third) is None
    assert refused(survey(*REVIEWED), third) is None, "somebody falls ill during the review"
    assert refused(survey(*OPEN), third) == "opinions_open"
    assert refused(survey(*OPEN), Department(" 消防救援局 ", "Fire")) is None
    assert refused(survey(mode="live"), None) is None
    assert may_invite(survey(), "applicant", None)


def test_what_a_page_says_again_after_a_lost_line_is_said_once() -> None:
    def again(value: Survey, who: str, message: object) -> bool:
        return said_before(value, value.participants[who], message)

    collected, asked = survey(*SHOTS), survey(*REVIEWED, ShotAsked("p3", "size", "看不清"))
    assert not again(collected, "p1", SubmitMaterial())
    assert again(survey(*SHOTS, SUBMITTED), "p1", SubmitMaterial())
    assert not again(asked, "p1", SubmitMaterial())
    assert again(collected, "p1", ExplainShot(POINTS[0], "正在装修 "))
    assert not again(collected, "p1", ExplainShot(POINTS[0], "另一个原因"))
    assert again(asked, "p3", AskShot("size", "看不清"))
    assert not again(asked, "p2", AskShot("size", "看不清"))
    assert again(survey(*OPEN), "p2", AnswerPoint("size", "ok")), "though nothing can be answered any more"
    assert not again(survey(*OPEN), "p2", AnswerPoint("size", "not_ok"))
    assert again(survey(*OPEN), "p2", GiveOpinion("approve"))
    assert not again(survey(*OPEN), "p5", GiveOpinion("approve"))
    assert not again(survey(*REVIEWED, opinion("p2"), ShotAsked("p3", "size", "x"), photo("size", 2), SUBMITTED), "p2",
                     GiveOpinion("approve")), "of the earlier material"  # fmt: skip
    assert not again(survey(mode="live"), "p2", AnswerPoint("size", "ok"))
