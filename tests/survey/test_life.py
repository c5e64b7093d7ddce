"""A survey is what its journal says, and nothing the table of its life does not allow ever gets in."""

from datetime import UTC, datetime, timedelta

import pytest

from survey_server.survey.concluding import agreed_conclusion, signing
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Decided,
    Ended,
    Entry,
    Interrupted,
    Invited,
    ItemRecord,
    Joined,
    Left,
    MediaConnected,
    MediaLost,
    Muted,
    PhotoReceived,
    PointAnswered,
    Sealed,
    ServerRestarted,
    Signed,
    Started,
    StillAsked,
    StillCommitted,
)
from survey_server.survey.items import load_items
from survey_server.survey.rules import may_upload, nonce_state, refusal
from survey_server.survey.step import Effect, OutOfOrder, begin, rebuild, step
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Site, Text, Window
from survey_server.wire.from_person import AnswerPoint, AskStill, Conclude, EndSession, JoinMedia

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
ITEM = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), 10)
PEOPLE = [Invited("p1", "applicant", "王"), Invited("p2", "reviewer", "林"), Invited("p3", "reviewer", "陈"),
          Invited("p4", "expert", "符")]  # fmt: skip


def journal(*events: AnyEvent) -> list[Entry]:
    applied = Applied("TK-1", ITEM, "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + timedelta(hours=8)))
    return [Entry("s1", n + 1, T0 + timedelta(seconds=n), event) for n, event in enumerate([applied, *events])]


def survey(*events: AnyEvent) -> Survey:
    return rebuild(journal(Decided("admitted", "red", [], "d", "k", "h"), *PEOPLE, *events))


def test_a_phones_clock_is_kept_as_measured_when_its_page_came_last():
    assert survey(Joined("p1", 900_000, ""), Joined("p1", 850_000, "")).participants["p1"].clock_offset_ms == 850_000


def test_what_ever_came_from_a_phone_is_known_afterwards() -> None:
    def came(*events: AnyEvent) -> tuple[bool, bool]:
        person = survey(Started(), *events, MediaLost("p1"), Ended("p2", "reviewer")).participants["p1"]
        return person.seen, person.heard

    no_camera, no_microphone = Muted("p1", "video", muted=True), Muted("p1", "audio", muted=True)
    assert came(MediaConnected("p1")) == (True, True)
    assert came(no_camera, MediaConnected("p1")) == (False, True)
    assert came(no_camera, no_microphone, MediaConnected("p1")) == (False, False)
    assert came(no_camera, no_microphone, MediaConnected("p1"), Muted("p1", "video", muted=False)) == (True, False)


def code(value: Survey, person: str, message: object) -> str | None:
    refused = refusal(value, value.participants[person], message, {"door"})
    return refused.code if refused else None


def test_the_whole_life() -> None:
    value = survey(
        Started(), Ended("p2", "reviewer"), Sealed(1, "recording", "k", "h"), Signed("p2", "pass", ""),
        Signed("p3", "pass", ""), Concluded("pass", ["p2", "p3"]), Sealed(2, "case", "k", "h"),
    )  # fmt: skip
    assert (value.state, value.conclusion, [seal.kind for seal in value.seals]) == (
        "concluded", "pass", ["recording", "case"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "events",
    [
        (Ended("p2", "reviewer"),),
        (Started(), Started()),
        (Started(), Ended(None, "idle"), Started()),
        (Started(), Concluded("pass", ["p2", "p3"])),
        (Started(), Ended(None, "idle"), Ended(None, "idle")),
    ],
)
def test_what_the_table_does_not_allow_is_out_of_order(events: tuple[AnyEvent, ...]) -> None:
    with pytest.raises(OutOfOrder):
        survey(*events)


@pytest.mark.parametrize("outcome", ["on_site", "refused"])
def test_a_survey_that_was_not_admitted_never_starts(outcome: str) -> None:
    value = rebuild(journal(Decided(outcome, "black", [], "d", "k", "h")))
    with pytest.raises(OutOfOrder):
        step(value, Entry("s1", 3, T0, Started()))


def test_a_missing_doubled_or_foreign_line_is_noticed() -> None:
    lines = journal(Decided("admitted", "red", [], "d", "k", "h"), *PEOPLE)
    for broken in (lines[1:], lines[:2] + lines[3:], lines[:2] + lines[1:], []):
        with pytest.raises(OutOfOrder):
            rebuild(broken)
    with pytest.raises(OutOfOrder):
        step(begin(lines[0]), Entry("s2", 2, T0, Started()))


def test_effects_come_with_their_event_only() -> None:
    value, effects = step(survey(), Entry("s1", 7, T0, Started()))
    assert effects == ()
    value, effects = step(value, Entry("s1", 8, T0, Ended(None, "idle")))
    assert effects == (Effect.SEAL_RECORDING,)
    assert step(value, Entry("s1", 9, T0, Concluded("pass", [])))[1] == (Effect.SEAL_CASE,)


def test_two_distinct_reviewers_must_agree() -> None:
    ended = (Started(), Ended("p2", "reviewer"))
    assert agreed_conclusion(survey(*ended, Signed("p2", "pass", ""))) is None
    assert agreed_conclusion(survey(*ended, Signed("p2", "pass", ""), Signed("p2", "pass", "again"))) is None
    assert agreed_conclusion(survey(*ended, Signed("p2", "pass", ""), Signed("p3", "rectify", ""))) is None
    assert agreed_conclusion(survey(*ended, Signed("p2", "pass", ""), Signed("p4", "pass", ""))) is None
    changed = survey(*ended, Signed("p2", "pass", ""), Signed("p3", "rectify", ""), Signed("p2", "rectify", ""))
    assert agreed_conclusion(changed) == Concluded("rectify", ["p2", "p3"])


def test_a_signature_that_makes_them_agree_concludes_with_it() -> None:
    one = survey(Started(), Ended("p2", "reviewer"), Signed("p2", "pass", "a"))
    assert signing(one, Signed("p2", "pass", "a"), T0) == [], "said twice is said once"
    other = Signed("p3", "not_pass", "")
    assert signing(one, other, T0) == [other]
    same = Signed("p3", "pass", "")
    assert signing(one, same, T0) == [same, Concluded("pass", ["p2", "p3"])]
    assert signing(survey(Started()), same, T0) == [], "nothing is concluded while the session lives"


@pytest.mark.parametrize(
    "event",
    [
        PointAnswered("p2", "door", "ok", ""),
        Signed("p2", "not_pass", ""),
        Invited("p5", "expert", "x"),
        StillAsked("p2", "n", "", T0),
        PhotoReceived("1", "p1", "a", "upload", "k", "h", 1, "image/jpeg", None, None, None),
    ],
)
def test_nothing_enters_a_concluded_case(event: AnyEvent) -> None:
    ended = (Started(), Ended("p2", "reviewer"), Signed("p2", "pass", ""), Signed("p3", "pass", ""))
    with pytest.raises(OutOfOrder):
        survey(*ended, Concluded("pass", ["p2", "p3"]), event)


def test_two_people_never_share_a_place() -> None:
    with pytest.raises(OutOfOrder):
        survey(Invited("p1", "reviewer", "x"))


def test_an_undecided_case_is_admitted_to_nothing() -> None:
    value = rebuild(journal())
    assert (value.state, value.open) == ("on_site", True)
    with pytest.raises(OutOfOrder):
        rebuild(journal(PEOPLE[0]))


def answered(value: Survey) -> list[AnyEvent]:
    return [PointAnswered("p2", point.id, "ok", "") for point in value.application.item.view.points]


def test_an_applicant_ends_only_what_a_reviewer_has_seen() -> None:
    alone = survey(Started(), MediaConnected("p1"))
    assert code(alone, "p1", EndSession()) == "nobody_came"
    assert code(alone, "p2", EndSession()) is None
    met = survey(Started(), MediaConnected("p1"), MediaConnected("p2"), MediaLost("p2"))
    assert code(met, "p1", EndSession()) is None


def test_who_may_do_what() -> None:
    live = survey(Started())
    assert code(live, "p1", JoinMedia()) == "consent_needed"
    assert code(live, "p1", AskStill()) == "wrong_role"
    assert code(live, "p4", AskStill()) is None
    assert code(live, "p4", AnswerPoint("door", "ok")) == "wrong_role"
    assert code(live, "p2", AnswerPoint("door", "ok")) is None
    assert code(live, "p2", AnswerPoint("roof", "ok")) == "unknown_point"
    assert code(live, "p4", EndSession()) == "wrong_role"
    assert code(live, "p2", Conclude("pass")) == "not_ended"
    over = survey(Started(), Ended("p2", "reviewer"))
    assert code(over, "p4", Conclude("pass")) == "wrong_role"
    assert code(over, "p2", Conclude("pass")) == "unanswered"
    assert code(survey(Started(), *answered(over), Ended("p2", "reviewer")), "p2", Conclude("pass")) is None
    assert code(over, "p2", Conclude("not_pass", " ")) == "no_reason"
    assert code(over, "p2", Conclude("refer_on_site", "看不清")) is None
    assert code(over, "p2", JoinMedia()) == "not_open"
    assert code(over, "p2", AskStill()) == "not_live"
    refused = may_upload(live, live.participants["p2"])
    assert refused is not None
    assert refused.code == "wrong_role"


def test_a_nonce_answers_once_and_in_time() -> None:
    asked = StillAsked("p2", "n1", "", T0 + timedelta(seconds=120))
    value = survey(Started(), asked)
    assert nonce_state(value, "n1", T0 + timedelta(seconds=120)) == "ok"
    assert nonce_state(value, "n1", T0 + timedelta(seconds=121)) == "late"
    assert nonce_state(value, "n2", T0) == "wrong"
    used = survey(Started(), asked, StillCommitted("p1", "n1", "a" * 64, 1, None, None, "ok"))
    assert nonce_state(used, "n1", T0) == "wrong"


def test_a_restart_finds_nobody_present() -> None:
    value = survey(Joined("p1", 0, ""), Joined("p2", 0, ""), Left("p2", "closed"), Started(), ServerRestarted())
    assert not any(person.present for person in value.participants.values())
    assert value.state == "in_session"


def test_interruptions_come_go_and_end_with_what_ends_them() -> None:
    hidden, taken = Interrupted("p1", "hidden", over=False), Interrupted("p1", "camera_taken", over=False)
    here = (Joined("p1", 0, ""), Joined("p2", 0, ""), Started(), hidden, taken, Interrupted("p2", "hidden", over=False))

    def left_of(*events: AnyEvent) -> tuple[str, ...]:
        return survey(*here, *events).participants["p1"].interruptions

    assert left_of() == ("hidden", "camera_taken")
    assert left_of(hidden) == ("camera_taken", "hidden"), "said twice it is there once"
    assert left_of(Interrupted("p1", "hidden", over=True)) == ("camera_taken",)
    assert left_of(Interrupted("p1", "microphone_taken", over=True)) == ("hidden", "camera_taken")
    for end in (Left("p1", "lost"), Joined("p1", 0, ""), ServerRestarted(), Ended("p2", "reviewer")):
        assert left_of(end) == (), end
    assert survey(*here, Left("p1", "lost")).participants["p2"].interruptions == ("hidden",)


def test_the_first_commitment_of_a_still_stands() -> None:
    def committed(sha256: str, state: str) -> StillCommitted:
        return StillCommitted("p1", "n1", sha256, 1, None, None, state)

    asked = StillAsked("p2", "n1", "", T0 + timedelta(seconds=120))
    value = survey(Started(), asked, committed("a" * 64, "ok"), committed("b" * 64, "wrong"))
    still = value.stills["n1"].committed
    assert still is not None
    assert (still.sha256, still.nonce_state) == ("a" * 64, "ok")
