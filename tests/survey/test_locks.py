"""The rule about locks, case by case, as a pure function of the journal and the moment."""

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
    LocksEnding,
    LocksExtended,
    LocksRenewed,
    PointAnswered,
    Replayed,
    Sealed,
    ServerRestarted,
    Signed,
    Started,
)
from survey_server.survey.items import load_items
from survey_server.survey.locks import PERMANENT, Lengthen, LetRun, last_act, margin, ruling
from survey_server.survey.step import rebuild
from survey_server.wire.basics import Site, Text, Window

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LOCK, MARGIN = 180 * DAY, 30 * DAY
ADMITTED = Decided("admitted", "red", [], "d", "k", "h")
ENDED = (ADMITTED, Invited("p1", "reviewer", "林"), Started(), Ended("p1", "reviewer"))
CONCLUDED = (*ENDED, Sealed(1, "recording", "k", "h"), Signed("p1", "pass", ""), Concluded("pass", ["p1", "p2"]))
SEALED = (*CONCLUDED, Sealed(2, "case", "k", "h"))


def ruled(
    days: float, *events: AnyEvent, retention: object = "permanent", later: tuple[tuple[float, AnyEvent], ...] = ()
) -> Lengthen | LetRun:
    """The ruling so many days after everything happened; `later` are events with their own days."""
    item = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), retention)
    applied = Applied("TK-1", item, "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + 10 * DAY))
    dated = [*((0.0, event) for event in (applied, *events)), *later]
    entries = [Entry("s1", seq, T0 + day * DAY, event) for seq, (day, event) in enumerate(dated, 1)]
    return ruling(rebuild(entries), last_act(entries), T0 + days * DAY, LOCK)


def test_a_sealed_permanent_case_rolls_for_ever() -> None:
    for days in (0, 366, 731, 30 * 365, 300 * 365):
        now = T0 + days * DAY
        assert ruled(days, *SEALED) == Lengthen(now + PERMANENT - 365 * DAY, now + PERMANENT)
    locked = T0 + PERMANENT
    for days, due in ((364, False), (365.5, True)):
        ruling = ruled(days, *SEALED, LocksExtended(locked))
        assert isinstance(ruling, Lengthen)
        assert (locked < ruling.below) is due, "lengthened once a year"


@pytest.mark.parametrize("years", [1, 10, 30])
def test_a_sealed_case_with_a_period_is_locked_until_it_is_over(years: int) -> None:
    until = T0 + timedelta(days=int(years * 365.25) + 1)
    for days in (0, 200, years * 365):
        assert ruled(days, *SEALED, retention=years) == Lengthen(until, until, lasting=True)
    assert ruled(years * 366, *SEALED, retention=years) == LetRun()


@pytest.mark.parametrize(
    ("days", "events"),
    [
        (150, (ADMITTED, Started())),  # a node that was down in mid-session, for months
        (5000, (ADMITTED, Started())),
        (150, ENDED),
        (365, ENDED),
        (5000, CONCLUDED),  # its seal can't be written
        (9, (ADMITTED,)),
        (39, (ADMITTED,)),
    ],
)
def test_an_open_case_that_is_alive_goes_on_by_short_locks_with_an_alarm(
    days: int, events: tuple[AnyEvent, ...]
) -> None:
    now = T0 + days * DAY
    assert ruled(days, *events) == Lengthen(now + MARGIN, now + LOCK, open=True)


@pytest.mark.parametrize(("days", "events"), [(366, ENDED), (41, (ADMITTED,)), (150, (ADMITTED,))])
def test_an_abandoned_case_runs_out_and_people_are_told_before(days: int, events: tuple[AnyEvent, ...]) -> None:
    assert ruled(days, *events) == LetRun(T0 + days * DAY + MARGIN)


def test_going_on_with_a_case_keeps_it_alive_and_looking_at_it_does_not() -> None:
    answered = ((300, PointAnswered("p1", "door", "ok", "")),)
    assert isinstance(ruled(600, *ENDED, later=answered), Lengthen)
    looked = tuple(
        (300, event)
        for event in (Replayed("a"), Exported("a", "h"), ServerRestarted(), LocksRenewed(T0, 1, 0), LocksEnding(T0))
    )
    assert ruled(600, *ENDED, later=looked) == LetRun(T0 + 600 * DAY + MARGIN)
    late = ((500, Signed("p1", "pass", "")),)
    assert isinstance(ruled(501, *ENDED, later=late), Lengthen), "an abandoned case comes back"


@pytest.mark.parametrize("outcome", ["on_site", "refused"])
def test_a_decision_against_somebody_is_kept_as_the_case_would_have_been(outcome: str) -> None:
    decided = Decided(outcome, "black", [], "d", "k", "h")
    now, until = T0 + 150 * DAY, T0 + timedelta(days=int(10 * 365.25) + 1)
    assert ruled(150, decided) == Lengthen(now + PERMANENT - 365 * DAY, now + PERMANENT)
    assert ruled(150, decided, retention=10) == Lengthen(until, until, lasting=True)
    assert ruled(3700, decided, retention=10) == LetRun()


def test_the_margin_of_very_short_locks() -> None:
    assert [margin(days * DAY) for days in (180, 60, 10, 1)] == [MARGIN, MARGIN, 5 * DAY, DAY / 2]


def test_what_the_journal_says_of_locks() -> None:
    def value(*events: AnyEvent):
        item = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), "permanent")
        applied = Applied("TK-1", item, "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + DAY))
        return rebuild(Entry("s1", seq, T0, event) for seq, event in enumerate((applied, *events), 1))

    told = value(*ENDED, LocksEnding(T0 + LOCK))
    assert (told.locks_end, told.open) == (T0 + LOCK, True)
    renewed = value(*ENDED, LocksEnding(T0 + LOCK), LocksRenewed(T0 + 2 * LOCK, 3, 0))
    assert (renewed.locks_end, renewed.locked_until, renewed.open) == (None, None, True)
    extended = (*SEALED, LocksExtended(T0 + PERMANENT))
    assert value(*extended, LocksRenewed(T0 + 2 * PERMANENT, 3, 0)).locked_until == T0 + 2 * PERMANENT
    assert value(*extended, LocksRenewed(T0 + 2 * PERMANENT, 3, 1)).locked_until == T0 + PERMANENT, "not every object"
