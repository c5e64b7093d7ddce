"""What is to be done, and who is reminded of it when: each at most once, never too early, never of what was done."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from credit_gate.feedback import events as f
from credit_gate.feedback.feedback import rebuild as rebuilt
from credit_gate.working_days import CHINA, day_of, load
from survey_server.flows.agenda import Agenda
from survey_server.flows.reminding import Book
from survey_server.survey import events as e
from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked
from survey_server.survey.obligations import APPLICANT, OFFICER, Obligation, Party, Terms, of_feedback, of_survey
from survey_server.survey.panel_events import ExpertOpinion, Recused
from survey_server.survey.reminder_words import SUBJECT, reminder_words, subject_of
from survey_server.survey.reminders import BadReminders, Rule, Rules, due_now, load_reminders, next_at
from survey_server.survey.step import NOBODYS, rebuild, step
from survey_server.survey.survey import Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import Text
from tests.survey.test_life import PEOPLE, T0, journal

CALENDAR, RULES = load(), load_reminders(None)
TERMS = Terms(10, timedelta(days=14))
DECIDED = e.Decided("admitted", "red", [], "d", "k", "h", time_limit_days=10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEETING = e.Scheduled(1, T0 + 2 * DAY, T0 + 2 * DAY + HOUR, "p2")


def survey(*events: e.AnyEvent, decided: e.Decided = DECIDED) -> Survey:
    return rebuild(journal(decided, *PEOPLE, *events))


def owed(value: Survey) -> dict[str, Obligation]:
    return {one.of: one for one in of_survey(value, CALENDAR, TERMS)}


def reminded(value: Survey, now: datetime) -> list[str]:
    return [one.key for one in due_now(of_survey(value, CALENDAR, TERMS), RULES, CALENDAR, now)]


# ---------------------------------------------------------------- what is to be done


def test_a_survey_is_to_be_begun_and_concluded_in_working_days() -> None:
    """Admitted on Sunday 22 November; its window ends that evening."""
    found = owed(survey())
    assert set(found) == {"begin", "case"}
    assert found["case"].until == datetime(2026, 12, 5, tzinfo=CHINA), "ten working days, until the end of Friday 4"
    assert found["begin"].until == datetime(2026, 12, 5, tzinfo=CHINA)
    assert found["begin"].by == (APPLICANT,)
    assert "begin" not in {one.of for one in of_survey(survey(), CALENDAR, replace(TERMS, begin_days=0))}


def test_who_could_not_be_reminded_loses_nothing_to_it(tmp_path: Path) -> None:
    """A node that did not know the limit before, or was away, gives three working days, and no more at each restart."""

    def start(now: datetime) -> Agenda:
        agenda = Agenda(tmp_path / "dues.json")
        agenda.come_back(now, CALENDAR)
        return agenda

    first = T0 + 60 * DAY  # Thursday 21 January 2027
    spared = start(first).spared_until
    assert spared == datetime(2027, 1, 27, tzinfo=CHINA)
    (begin,) = [one for one in of_survey(survey(), CALENDAR, replace(TERMS, spared_until=spared)) if one.of == "begin"]
    assert begin.until == spared
    (told,) = due_now([begin], RULES, CALENDAR, first + DAY)
    assert told.at == datetime(2027, 1, 22, 9, tzinfo=CHINA)
    assert start(first + DAY).spared_until == spared
    agenda = start(first + 2 * DAY)
    agenda.go_on(first + 2 * DAY + timedelta(minutes=5))
    agenda.go_on(first + 9 * DAY)
    assert start(first + 9 * DAY + HOUR).spared_until == spared
    assert start(first + 30 * DAY).spared_until == CALENDAR.due(first + 30 * DAY, 3).at
    (tmp_path / "dues.json").write_bytes(b"torn")
    assert start(first).spared_until == spared


def test_what_somebody_does_puts_the_end_off_and_what_the_program_does_does_not() -> None:
    def until(event: e.AnyEvent) -> datetime:
        value = survey()
        found = owed(step(value, e.Entry("s1", value.seq + 1, T0 + 7 * DAY, event))[0])["begin"].until
        assert found is not None
        return found

    assert until(e.Joined("p1", 0, "")) == datetime(2026, 12, 12, tzinfo=CHINA)
    assert until(e.ServerRestarted()) == until(e.Replayed("eve")) == datetime(2026, 12, 5, tzinfo=CHINA)
    assert e.Joined not in NOBODYS


ENDED = (e.Started(), e.Ended("p2", "reviewer"))
CONCLUDED = (*ENDED, e.Signed("p2", "rectify", "", ["frontage"], 5), e.Signed("p3", "rectify", "", ["frontage"], 5),
             e.Concluded("rectify", ["p2", "p3"], ["frontage"], 5))  # fmt: skip


def test_the_conclusion_waits_for_opinions_then_for_signatures() -> None:
    here = e.Consented("p4", "1")
    waiting = owed(survey(here, *ENDED))
    assert [one.name for one in waiting["opinion"].by] == ["符"]
    assert "signature" not in waiting
    heard = owed(survey(here, *ENDED, ExpertOpinion("p4", "approve", "")))
    assert [one.name for one in heard["signature"].by] == ["林", "陈"]
    signed = owed(survey(*ENDED, e.Signed("p2", "pass", "")))
    assert [one.name for one in signed["signature"].by] == ["陈"]
    differ = owed(survey(*ENDED, e.Signed("p2", "pass", ""), e.Signed("p3", "not_pass", "")))
    assert [one.name for one in differ["signature"].by] == ["林", "陈"], "both have to look again"
    aside = owed(survey(*ENDED, Recused("p3", "conflict", "x"), Recused("p2", "conflict", "x")))
    assert aside["signature"].by == (OFFICER,), "nobody is left: the officers have to find somebody"
    assert "signature" not in owed(survey(*CONCLUDED))


def test_of_photos_alone_each_department_owes_its_opinion_until_it_is_the_applicants_turn() -> None:
    decided = replace(DECIDED, mode="upload_only")
    people = [
        e.Invited("p1", "applicant", "王"),
        e.Invited("p2", "reviewer", "林", Department("甲", "A")),
        e.Invited("p3", "reviewer", "陈", Department("乙", "B")),
    ]
    points = [point.id for point in journal()[0].event.item.view.points]
    shown = [e.ShotExplained("p1", point, "x") for point in points]

    def value(*events: e.AnyEvent) -> Survey:
        return rebuild(journal(decided, *people, *events))

    collecting = owed(value(*shown))
    assert collecting["material"].until == value(*shown).acted_at + 14 * DAY
    handed_in = value(*shown, e.MaterialSubmitted("p1"))
    assert [one.name for one in owed(handed_in)["opinion"].by] == ["林", "陈"]
    one = value(*shown, e.MaterialSubmitted("p1"), e.OpinionGiven("p2", "approve", ""))
    assert [one.name for one in owed(one)["opinion"].by] == ["陈"]
    asked = value(*shown, e.MaterialSubmitted("p1"), e.ShotAsked("p2", points[0], "x"))
    assert "opinion" not in owed(asked)
    both = (e.OpinionGiven("p2", "approve", ""), e.OpinionGiven("p3", "approve", ""))
    assert "signature" in owed(value(*shown, e.MaterialSubmitted("p1"), *both))


def test_points_are_put_right_unless_an_appeal_changed_that() -> None:
    until = owed(survey(*CONCLUDED))["rectify"].until
    assert until == datetime(2026, 11, 28, tzinfo=CHINA)
    appealed = (*CONCLUDED, e.Appealed("p1", "x"))
    assert set(owed(survey(*appealed))) == {"appeal"}
    assert owed(survey(*appealed))["appeal"].by == (OFFICER,)
    assert set(owed(survey(*appealed, e.AppealDecided("stands", "x", "周")))) == {"rectify"}
    assert owed(survey(*appealed, e.AppealDecided("on_site", "x", "周"))) == {}
    assert owed(survey(*CONCLUDED, e.ReSurveyed("s2", "TK-2"))) == {}


@pytest.mark.parametrize("outcome", ["on_site", "refused"])
def test_a_person_who_was_asked_owes_an_answer_until_it_is_there(outcome: Literal["on_site", "refused"]) -> None:
    due = CALENDAR.due(T0, 5)
    asked = PersonAsked("不是我公司", due.at, [2026], None, "王", "k", "h")
    turned_down = e.Decided(outcome, "black", [], "d", "k", "h")
    value = rebuild(journal(turned_down, asked))
    assert list(owed(value)) == ["person"]
    one = owed(value)["person"]
    assert (one.key, one.by, one.since) == ("person", (OFFICER,), T0 + timedelta(seconds=2))
    assert (one.until, one.weekends_only) == (due.at, (2026,))
    assert reminded(value, due.at - 4 * DAY) == []
    assert reminded(value, due.at - 3 * HOUR) == ["person.0d"]
    assert reminded(value, due.at) == []
    assert owed(rebuild(journal(turned_down, asked, DecisionUpheld("周", "x", "k", "h")))) == {}
    overruled = Overruled(replace(DECIDED, key="k2"), "record_lifted", "x", "周", "x")
    admitted = owed(rebuild(journal(turned_down, asked, overruled, *PEOPLE)))
    assert set(admitted) == {"begin", "case"}
    assert admitted["case"].until == CALENDAR.due(T0, 10).at, "the limit of the decision that holds"


def test_about_false_material_the_subject_and_then_the_bureau_have_a_period() -> None:
    by = f.Officer("o", "周")
    found = f.Recorded(by, "s1", "TK-1", "ref", "某公司", "XK-78", "假的", (f.OfPhoto("1", "k", "h"),))
    due = CALENDAR.due(T0 + HOUR, 5)
    deducted = f.Deducted(by, "x", "e1", "XK-78", "法", "假", "false", "general", "局", 5)
    asked = f.RepairAsked("r1", "x", due.at)
    lines = [found, f.Confirmed(by, "x"), f.Notified(by, 5, due.at), f.Answered("x"), deducted, asked]
    entries = [f.Entry("f1", n + 1, T0 + n * HOUR, one) for n, one in enumerate(lines)]

    def of(count: int) -> list[tuple[str, datetime]]:
        return [(one.key, one.since) for one in of_feedback(rebuilt(entries[:count]))]

    assert [of(n) for n in range(1, 6)] == [[], [], [("notice", T0 + 2 * HOUR)], [], []]
    assert of(6) == [("repair.r1", T0 + 5 * HOUR)]
    notice = of_feedback(rebuilt(entries[:3]))
    (one,) = due_now(notice, RULES, CALENDAR, due.at - 3 * HOUR)
    assert day_of(one.at) == CALENDAR.add(day_of(due.at) - DAY, -2), "two working days before its end"
    assert not due_now(notice, RULES, CALENDAR, due.at)


# ---------------------------------------------------------------- reminders


def test_an_appointment_is_reminded_of_a_day_and_an_hour_before_and_anew_when_it_changes() -> None:
    value = survey(MEETING)
    start = MEETING.start
    of = due_now(of_survey(value, CALENDAR, TERMS), RULES, CALENDAR, start - 24 * HOUR)
    assert [(one.key, len(one.to)) for one in of] == [("appointment.1.24h", 4)], "applicant, two reviewers, an expert"
    assert reminded(value, start - 24 * HOUR - timedelta(seconds=1)) == []
    assert reminded(value, start - HOUR) == ["appointment.1.1h"], "the last whose time has come stands"
    assert reminded(value, start) == []
    other = survey(MEETING, e.Scheduled(2, start + DAY, start + DAY + HOUR, "p1"))
    assert reminded(other, start) == ["appointment.2.24h"]
    assert reminded(survey(MEETING, e.Started()), start - HOUR) == []
    assert reminded(survey(MEETING, e.Missed(1, "applicant", "p2")), start - HOUR) == []
    assert reminded(survey(MEETING, e.Cancelled("x", "p1")), start - HOUR) == []


def test_what_was_agreed_a_moment_before_needs_no_reminder() -> None:
    soon = e.Scheduled(1, T0 + timedelta(minutes=50), T0 + 2 * HOUR, "p2")
    assert reminded(survey(soon), T0 + timedelta(minutes=40)) == []
    tomorrow = e.Scheduled(1, T0 + 5 * HOUR, T0 + 6 * HOUR, "p2")
    assert reminded(survey(tomorrow), T0 + 2 * HOUR) == []
    assert reminded(survey(tomorrow), T0 + 4 * HOUR) == ["appointment.1.1h"]


def test_who_waits_is_told_on_the_first_and_third_working_day_with_the_officers() -> None:
    value = survey(*ENDED)
    assert reminded(value, datetime(2026, 11, 23, 8, 59, tzinfo=CHINA)) == []
    (one,) = due_now(of_survey(value, CALENDAR, TERMS), RULES, CALENDAR, datetime(2026, 11, 23, 9, tzinfo=CHINA))
    assert (one.key, one.to[-1]) == ("signature.20261122T010007.1d-on", OFFICER)
    assert reminded(value, datetime(2026, 11, 25, 9, tzinfo=CHINA)) == ["signature.20261122T010007.3d-on"]
    late = datetime(2026, 12, 2, 9, tzinfo=CHINA)
    assert set(reminded(value, late)) == {"signature.20261122T010007.3d-on", "case.2d"}


MOMENTS = st.datetimes(datetime(2026, 1, 5), datetime(2027, 3, 1), timezones=st.just(UTC))


@st.composite
def obligations(draw: st.DrawFn) -> Obligation:
    of = draw(st.sampled_from([rule.of for rule in RULES.remind]))
    since = draw(MOMENTS)
    if of in ("opinion", "signature"):
        until = None
    elif of in ("appointment", "material"):
        until = since + draw(st.timedeltas(timedelta(minutes=10), timedelta(days=60)))
    else:
        until = CALENDAR.due(since, draw(st.integers(0, 30))).at
    return Obligation(of, of, (APPLICANT,), since, until)


@settings(max_examples=200, deadline=None)
@given(obligations(), st.lists(MOMENTS, min_size=1, max_size=12).map(sorted))
def test_each_is_due_at_most_once_and_within_its_obligation(one: Obligation, looks: list[datetime]) -> None:
    seen: dict[str, datetime] = {}
    order: list[str] = []
    for now in looks:
        standing = due_now([one], RULES, CALENDAR, now)
        assert len(standing) <= 1
        for reminder in standing:
            assert one.since < reminder.at <= now
            assert one.until is None or now < one.until
            assert seen.setdefault(reminder.key, reminder.at) == reminder.at, "its moment is the same whenever asked"
            order.append(reminder.key)
    assert order == sorted(order, key=lambda key: seen[key]), "an earlier one never comes back"


@settings(max_examples=200, deadline=None)
@given(obligations(), MOMENTS)
def test_nothing_new_is_due_before_the_next_date_and_something_is_then(one: Obligation, now: datetime) -> None:
    def keys(at: datetime) -> set[str]:
        return {reminder.key for reminder in due_now([one], RULES, CALENDAR, at)}

    then = next_at([one], RULES, CALENDAR, now)
    far = now + 400 * DAY if then is None else then - timedelta(microseconds=1)
    assert keys(far) <= keys(now)
    if then is not None:
        assert then > now
        assert keys(then) - keys(now)


@settings(max_examples=150, deadline=None)
@given(obligations(), MOMENTS)
def test_days_are_working_days_in_the_morning(one: Obligation, now: datetime) -> None:
    for reminder in due_now([one], RULES, CALENDAR, now):
        step_ = reminder.key.rpartition(".")[2]
        if step_.endswith("h"):
            continue
        local = reminder.at.astimezone(CHINA)
        assert local.time() == RULES.morning
        count = int(step_.removesuffix("-on").removesuffix("d"))
        if step_.endswith("-on"):
            assert CALENDAR.between(day_of(one.since), local.date()) == count
        else:
            assert one.until is not None
            assert CALENDAR.between(local.date(), day_of(one.until - timedelta(microseconds=1))) == count
        assert CALENDAR.works(local.date()) or count == 0


def test_where_the_last_day_is_no_working_day_as_many_are_left_as_the_reminder_says() -> None:
    """Material until Saturday, 27 February 2027, reminded two working days before: Thursday and Friday are left."""
    one = Obligation(
        "material", "material", (APPLICANT,), datetime(2027, 2, 4, tzinfo=UTC), datetime(2027, 2, 27, tzinfo=UTC)
    )
    rules = Rules("1", time(9), (Rule("material", days_before=(2,)),))
    (reminder,) = due_now([one], rules, CALENDAR, datetime(2027, 2, 26, tzinfo=UTC))
    assert reminder.at.astimezone(CHINA) == datetime(2027, 2, 24, 9, tzinfo=CHINA)


# ---------------------------------------------------------------- words and data


def test_every_reminder_has_words_in_both_languages_that_name_no_applicant() -> None:
    for of in SUBJECT:
        one = Obligation(of, of, (APPLICANT,), T0, T0 + DAY, (2027,))
        words = reminder_words(one, (*PARTIES, OFFICER), "琼-1", Text("食品经营", "food business"))
        for text in (words.zh, words.en, subject_of(one, "琼-1").zh):
            assert "琼-1" in text
        assert "林" in words.zh
        assert "王" not in words.zh
        assert "2027" in words.en


PARTIES = owed(survey(MEETING))["appointment"].by


LIN, CHEN = Party("reviewer", "林", "r-1"), Party("reviewer", "陈")
MEMBERS = {"r-1": "lin@b.test"}


@pytest.mark.parametrize(
    ("book", "ways"),
    [
        (Book(platform=True), {"": "applicant reviewer reviewer"}),
        (Book(platform=True, officers=["o@b.test"], members=MEMBERS),
         {"": "applicant", "lin@b.test": "reviewer", "o@b.test": "reviewer"}),
        (Book(platform=False, officers=["o@b.test", "p@b.test"]),
         {"o@b.test": "applicant reviewer reviewer", "p@b.test": "applicant reviewer reviewer"}),
        (Book(platform=True, members=MEMBERS), {"": "applicant reviewer", "lin@b.test": "reviewer"}),
        (Book(platform=False), {}),
    ],
)  # fmt: skip
def test_each_is_reminded_one_way_and_an_applicant_by_the_platform_if_it_knows_the_case(
    book: Book, ways: dict[str, str]
) -> None:
    found = book.targets([APPLICANT, LIN, CHEN])
    assert {way.address: " ".join(one.who for one in to) for way, to in found.items()} == ways
    assert all("@" not in way.tag for way in found)
    assert len({(way.destination, way.tag) for way in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 'x'\nmorning = 09:00:00\n[[remind]]\nof = 'lunch'\n", "Invalid enum"),
        ("version = 'x'\nmorning = 09:00:00\n[[remind]]\nof = 'case'\nhours_before = [0]\n", ">= 1"),
        ("version = 'x'\n", "morning"),
        ("version = ", "reminders"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "reminders.toml"
    file.write_text(text)
    with pytest.raises(BadReminders, match=said):
        load_reminders(file)
