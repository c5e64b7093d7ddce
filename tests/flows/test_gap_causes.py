"""The journal names what the recorder can't know: a silent gap while the page was hidden is a hidden page's gap."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_server.flows.interruptions import Stretch, named, stretches
from survey_server.flows.lanes import coverage
from survey_server.recording import Gap
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Decided,
    Ended,
    Entry,
    Interrupted,
    Invited,
    ItemRecord,
    Joined,
    Left,
    ServerRestarted,
    Started,
)
from survey_server.survey.items import load_items
from survey_server.survey.step import rebuild
from survey_server.wire.basics import Interruption, Kind, Site, Text, Window

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
ITEM = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), 10)
BEFORE: tuple[AnyEvent, ...] = (
    Applied("TK-1", ITEM, "ref", "某公司", Site(20, 110, 100), Window(T0, T0 + timedelta(hours=8))),
    Decided("admitted", "red", [], "d", "k", "h"),
    Invited("p1", "applicant", "王"),
    Invited("p2", "reviewer", "林"),
)


def known(*events: tuple[float, AnyEvent]) -> dict[str, list[tuple[str, float, float]]]:
    """Stretches by a journal whose recording began at 0; times are seconds."""
    lines: list[tuple[float, AnyEvent]] = [(-10.0, one) for one in BEFORE] + list(events)
    entries = [Entry("s1", n, T0 + timedelta(seconds=at), event) for n, (at, event) in enumerate(lines, 1)]
    found = stretches(rebuild(entries), entries)
    return {who: [(s.what, s.start_s, s.end_s) for s in mine] for who, mine in found.items()}


def on(who: str = "p1", what: Interruption = "hidden") -> Interrupted:
    return Interrupted(who, what, over=False)


def off(who: str = "p1", what: Interruption = "hidden") -> Interrupted:
    return Interrupted(who, what, over=True)


def test_a_stretch_lasts_from_its_word_to_its_end() -> None:
    assert known((0, Started()), (5, on()), (9, off())) == {"p1": [("hidden", 5, 9)]}
    assert known((-3, on()), (0, Started()), (9, off())) == {"p1": [("hidden", 0, 9)]}
    assert known((-3, on()), (-2, off()), (0, Started())) == {}
    assert known((0, Started()), (5, on()), (6, on("p2")), (7, off()), (8, Joined("p2", 0, ""))) == {
        "p1": [("hidden", 5, 7)], "p2": [("hidden", 6, 8)],
    }  # fmt: skip


@pytest.mark.parametrize("end", [Left("p1", "lost"), ServerRestarted(), Ended(None, "idle"), Joined("p1", 0, "")])
def test_what_ends_it_without_a_word(end: AnyEvent) -> None:
    assert known((0, Started()), (5, on()), (9, end), (20, Joined("p2", 0, ""))) == {"p1": [("hidden", 5, 9)]}


def test_a_page_that_came_back_and_says_it_again_was_hidden_all_along() -> None:
    back = (9, Joined("p1", 0, ""))
    assert known((0, Started()), (5, on()), back, (9.3, on()), (30, off())) == {"p1": [("hidden", 5, 30)]}
    assert known((0, Started()), (5, on()), back, (20, on()), (30, off())) == {
        "p1": [("hidden", 5, 9), ("hidden", 20, 30)]
    }
    assert known((0, Started()), (5, on()), back, (9.3, on("p2")), (30, Left("p2", "closed"))) == {
        "p1": [("hidden", 5, 9)], "p2": [("hidden", 9.3, 30)],
    }  # fmt: skip


def test_what_still_goes_on_lasts_to_the_journals_end() -> None:
    assert known((0, Started()), (5, on()), (12, Joined("p2", 0, ""))) == {"p1": [("hidden", 5, 12)]}


def pieces(gap: Gap, *interrupted: Stretch) -> list[tuple[float, float, str]]:
    return [(one.start_s, one.end_s, one.cause) for one in named(gap, interrupted)]


def silent(start_s: float, end_s: float, kind: Kind = "video") -> Gap:
    return Gap(start_s, end_s, kind, "silent")


def test_a_gap_is_cut_where_the_journal_knows() -> None:
    hidden = Stretch("hidden", 10.1, 20.0)
    assert pieces(silent(12, 18), hidden) == [(12, 18, "hidden")]
    assert pieces(silent(10, 21), hidden) == [(10, 10.1, "silent"), (10.1, 20.0, "hidden"), (20.0, 21, "silent")]
    assert pieces(silent(1, 5), hidden) == [(1, 5, "silent")]
    assert pieces(silent(12, 18, "audio"), hidden) == [(12, 18, "hidden")]


def test_a_phone_call_is_the_reason_rather_than_the_page_it_hides() -> None:
    call = (Stretch("hidden", 10, 20), Stretch("camera_taken", 12, 18), Stretch("microphone_taken", 11, 18))
    assert pieces(silent(9, 20), *call) == [
        (9, 10, "silent"), (10, 12, "hidden"), (12, 18, "camera_taken"), (18, 20, "hidden"),
    ]  # fmt: skip
    assert pieces(silent(11, 20, "audio"), *call) == [(11, 18, "microphone_taken"), (18, 20, "hidden")]
    assert pieces(silent(11, 18, "audio"), call[1]) == [(11, 18, "silent")], "the camera is no reason for silence"


@pytest.mark.parametrize("cause", ["mute", "left", "ended", "loss", "disconnected", "network", "server_restart"])
def test_what_the_recorder_knows_stands(cause: str) -> None:
    gap = Gap(10, 20, "video", cause)
    assert list(named(gap, [Stretch("hidden", 0, 30)])) == [gap]


times = st.floats(0, 100, allow_nan=False).map(lambda t: round(t, 4))
whats = st.sampled_from(["hidden", "camera_taken", "microphone_taken"])
known_stretches = st.lists(st.builds(lambda w, a, b: Stretch(w, min(a, b), max(a, b)), whats, times, times), max_size=6)


@given(times, times, st.sampled_from(["audio", "video"]), known_stretches)
def test_the_pieces_are_the_gap_and_no_cause_is_stretched(
    a: float, b: float, kind: Kind, interrupted: Sequence[Stretch]
) -> None:
    gap = silent(min(a, b), max(a, b), kind)
    out = list(named(gap, interrupted))
    assert (out[0].start_s, out[-1].end_s) == (gap.start_s, gap.end_s)
    for one, other in pairwise(out):
        assert one.end_s == other.start_s
        assert one.cause != other.cause
    for piece in out:
        if piece.cause != "silent":
            covering = [s for s in interrupted if s.what == piece.cause]
            steps = sorted({piece.start_s, piece.end_s, *(t for s in covering for t in (s.start_s, s.end_s))})
            inside = [(x + y) / 2 for x, y in pairwise(steps) if piece.start_s <= x and y <= piece.end_s]
            assert all(any(s.start_s <= t <= s.end_s for s in covering) for t in inside)


def test_coverage_counts_what_was_to_be_seen() -> None:
    assert coverage(90.0, []) == 100.0
    assert coverage(90.0, [silent(0, 10)]) == 90.0
    assert coverage(90.0, [Gap(0, 10, "video", "hidden")]) == 90.0
    assert coverage(90.0, [Gap(0, 10, "video", c) for c in ("mute", "left", "ended")]) == 100.0
    assert coverage(0.0, []) == 0.0
    assert coverage(0.0, [silent(0, 10)]) == 0.0
