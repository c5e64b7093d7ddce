"""The life of a feedback: the table exhaustively, who may act, periods, and what it does to a standing."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_gate import policy
from credit_gate.feedback import words
from credit_gate.feedback.events import (
    Answered,
    AnyEvent,
    Appealed,
    Confirmed,
    Deducted,
    Delivered,
    Dismissed,
    Dropped,
    Entry,
    Lapsed,
    Linked,
    Notified,
    Officer,
    OfPhoto,
    Recorded,
    RepairAsked,
    Repaired,
    RepairRefused,
    Reversed,
    Upheld,
)
from credit_gate.feedback.feedback import MOST_ANSWERS, Feedback, OutOfOrder, rebuild, step, take
from credit_gate.feedback.life import COUNTING, ENDED, LIFE, State, leads, possible
from credit_gate.feedback.local import with_local
from credit_gate.feedback.messages import message
from credit_gate.feedback.notices import notices
from credit_gate.feedback.rules import BadRules, load_rules, parse_rules
from credit_gate.reason import Reason
from credit_gate.standing import Event, Standing
from credit_gate.tier import Tier

T0 = datetime(2026, 11, 2, 2, tzinfo=UTC)
DUE = datetime(2026, 11, 9, 16, tzinfo=UTC)
LI, HE, LIN, SHEN = (
    Officer("s1/p2", "李审查"),
    Officer("o1", "何科长"),
    Officer("o2", "林科长"),
    Officer("o3", "沈科长"),
)
RULES = policy.load().standing
FOUND = Recorded(LI, "s1", "琼-1", "ref", "某公司", "XK-78", "消防照片不是本店", (OfPhoto("3", "k", "0" * 64),))


def deducted(by: Officer = HE, severity: Any = "serious") -> Deducted:
    return Deducted(by, "属实", "TK-f1", "XK-78", "《法》第一条", "虚假材料", "false material", severity, "某局", 5)


EVENTS: dict[type[AnyEvent], AnyEvent] = {
    Recorded: FOUND,
    Confirmed: Confirmed(HE, "同意"),
    Dismissed: Dismissed(HE, "证据不足"),
    Notified: Notified(HE, 5, DUE),
    Linked: Linked(HE),
    Answered: Answered("照片拿错了"),
    Lapsed: Lapsed(),
    Dropped: Dropped(HE, "情有可原"),
    Deducted: deducted(),
    Delivered: Delivered("f1/5"),
    Appealed: Appealed("不服"),
    Upheld: Upheld(SHEN, "维持"),
    Reversed: Reversed(SHEN, "撤销"),
    RepairAsked: RepairAsked("r1", "已改正", DUE),
    Repaired: Repaired(HE, "r1", "已核实"),
    RepairRefused: RepairRefused(HE, "r1", "缺证明"),
}
WAYS: dict[State, list[type[AnyEvent]]] = {
    State.RECORDED: [],
    State.DISMISSED: [Dismissed],
    State.CONFIRMED: [Confirmed],
    State.NOTIFIED: [Confirmed, Notified],
    State.ANSWERED: [Confirmed, Notified, Answered],
    State.UNANSWERED: [Confirmed, Notified, Lapsed],
    State.DROPPED: [Confirmed, Notified, Answered, Dropped],
    State.DEDUCTED: [Confirmed, Notified, Answered, Deducted],
    State.APPEALED: [Confirmed, Notified, Answered, Deducted, Appealed],
    State.REPAIRING: [Confirmed, Notified, Answered, Deducted, RepairAsked],
    State.REVERSED: [Confirmed, Notified, Answered, Deducted, Appealed, Reversed],
    State.REPAIRED: [Confirmed, Notified, Answered, Deducted, RepairAsked, Repaired],
}


def after(*kinds: type[AnyEvent]) -> Feedback:
    events = [EVENTS[kind] for kind in (Recorded, *kinds)]
    return rebuild(Entry("f1", seq, T0 + timedelta(hours=seq), one) for seq, one in enumerate(events, 1))


def in_state(state: State) -> Feedback:
    feedback = after(*WAYS[state])
    assert feedback.state is state
    return feedback


def test_every_event_and_every_state_is_in_the_table_and_in_words() -> None:
    assert set(LIFE) == set(get_args(AnyEvent)) == set(EVENTS) == set(words.ACTS)
    assert set(words.STATES) == set(State) == set(WAYS)
    assert not set(COUNTING) & set(ENDED)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_what_the_table_does_not_allow_is_refused_with_words(kind: type[AnyEvent], state: State) -> None:
    feedback, event = in_state(state), EVENTS[kind]
    taken = take(feedback, event, T0 + timedelta(days=1))
    to = leads(kind, state)
    if to is not None:
        assert not isinstance(taken, Reason), taken
        assert taken[-1].after.state is to
        return
    assert isinstance(taken, Reason)
    assert taken.code == ("answer_period" if state is State.NOTIFIED and kind in (Dropped, Deducted) else "not_now")
    assert words.STATES[state][0] in taken.zh or taken.code == "answer_period"
    assert words.STATES[state][1] in taken.en or taken.code == "answer_period"
    with pytest.raises(OutOfOrder):
        step(feedback, Entry("f1", feedback.seq + 1, T0, event))


def test_nothing_begins_but_with_a_finding() -> None:
    for kind, event in EVENTS.items():
        if kind is not Recorded:
            with pytest.raises(OutOfOrder):
                step(None, Entry("f1", 1, T0, event))
    with pytest.raises(OutOfOrder):
        rebuild([])


def test_a_line_of_the_wrong_number_is_an_altered_journal() -> None:
    with pytest.raises(OutOfOrder):
        step(in_state(State.RECORDED), Entry("f1", 3, T0, EVENTS[Confirmed]))


@given(st.lists(st.sampled_from(list(EVENTS)), max_size=30), st.integers(0, 400))
def test_whatever_is_tried_no_deduction_comes_without_a_second_officer_and_a_hearing(
    tried: list[type[AnyEvent]], hours: int
) -> None:
    feedback, seen = in_state(State.RECORDED), list[type[AnyEvent]]()
    for number, kind in enumerate(tried):
        taken = take(feedback, EVENTS[kind], T0 + timedelta(hours=hours * number))
        if not isinstance(taken, Reason):
            feedback = taken[-1].after
            seen += [type(stage.entry.event) for stage in taken]
    if feedback.deducted is not None:
        before = seen[: seen.index(Deducted)]
        assert before.index(Confirmed) < before.index(Notified)
        assert Answered in before or Lapsed in before
    assert (feedback.event is None) == (Deducted not in seen)
    assert feedback.counts == (feedback.state in COUNTING)


@pytest.mark.parametrize("name", ["李审查", " 李 审查 "])
@pytest.mark.parametrize("kind", [Confirmed, Dismissed])
def test_who_recorded_it_is_no_second_officer_under_any_link(kind: Any, name: str) -> None:
    taken = take(in_state(State.RECORDED), kind(Officer("other-link", name), "同意"), T0)
    assert taken == words.SECOND_OFFICER


def test_who_signed_the_surveys_conclusion_is_no_second_officer_either() -> None:
    recorded = in_state(State.RECORDED)
    assert take(recorded, EVENTS[Confirmed], T0, signed=["李审查", "何科长"]) == words.SECOND_OFFICER
    assert take(in_state(State.ANSWERED), deducted(HE), T0, signed=["何科长"]) == words.SECOND_OFFICER
    assert not isinstance(take(recorded, EVENTS[Confirmed], T0, signed=["李审查", "王审查"]), Reason)


@pytest.mark.parametrize("by", [LI, HE])
@pytest.mark.parametrize("kind", [Upheld, Reversed])
def test_an_appeal_is_decided_by_somebody_who_had_no_part_in_it(kind: Any, by: Officer) -> None:
    assert take(in_state(State.APPEALED), kind(by, "…"), T0) == words.IN_APPEAL
    assert not isinstance(take(in_state(State.APPEALED), kind(SHEN, "…"), T0), Reason)


def test_nothing_is_decided_while_the_subject_may_still_answer() -> None:
    notified = in_state(State.NOTIFIED)
    early = take(notified, deducted(), DUE - timedelta(microseconds=1))
    assert isinstance(early, Reason)
    assert early.code == "answer_period"
    assert "2026-11-09" in early.zh
    late = take(notified, deducted(), DUE)
    assert not isinstance(late, Reason)
    assert [type(stage.entry.event) for stage in late] == [Lapsed, Deducted]
    answered = take(notified, EVENTS[Answered], DUE + timedelta(days=3))  # late, and heard all the same
    assert not isinstance(answered, Reason)


def test_an_officer_decides_about_what_they_saw() -> None:
    notified = in_state(State.NOTIFIED)
    answered = take(notified, EVENTS[Answered], T0)
    assert not isinstance(answered, Reason)
    assert take(answered[-1].after, deducted(), T0, seen=notified.seq) == words.CHANGED
    assert not isinstance(take(answered[-1].after, deducted(), T0, seen=notified.seq + 1), Reason)
    lapsed = take(notified, deducted(), DUE, seen=notified.seq)
    assert not isinstance(lapsed, Reason)
    assert lapsed[-1].after.state is State.DEDUCTED


def test_a_flood_of_answers_ends_in_words() -> None:
    answered = after(Confirmed, Notified, *[Answered] * MOST_ANSWERS)
    assert take(answered, EVENTS[Answered], T0) == words.HEARD
    assert not isinstance(take(answered, deducted(), T0), Reason)


def test_one_appeal() -> None:
    again = take(after(Confirmed, Notified, Answered, Deducted, Appealed, Upheld), EVENTS[Appealed], T0)
    assert again == words.APPEALED_ONCE


def test_a_refused_repair_may_be_asked_for_again_and_another_application_is_not_answered() -> None:
    refused = after(Confirmed, Notified, Answered, Deducted, RepairAsked, RepairRefused)
    assert refused.state is State.DEDUCTED
    again = take(refused, RepairAsked("r2", "补正", DUE), T0)
    assert not isinstance(again, Reason)
    assert take(again[-1].after, EVENTS[Repaired], T0) == words.OTHER_APPLICATION


def test_an_acknowledgement_is_noted_once() -> None:
    told = after(Confirmed, Notified, Answered, Deducted, Delivered)
    assert take(told, EVENTS[Delivered], T0) == words.TOLD_ALREADY


@pytest.mark.parametrize("state", State)
def test_what_is_open_to_a_side_is_what_the_table_allows_it(state: State) -> None:
    for side in ("reviewer", "officer", "subject", "node"):
        for kind in possible(state, side):
            assert leads(kind, state) is not None
    assert not possible(state, "reviewer")  # after the finding it is out of the reviewer's hands


# ---------------------------------------------------------------- what it does to a standing


def standing(tier: Tier, *events: Event) -> Standing:
    return Standing(tier, T0, events, "register")


def test_a_deduction_counts_at_once_and_a_repair_ends_it_at_once() -> None:
    charged = in_state(State.DEDUCTED)
    at = charged.deducted_at
    assert at is not None
    assert charged.event is not None
    lowered = with_local(standing(Tier.RED), [charged.event])
    assert lowered.tier_at(at - timedelta(seconds=1), RULES) is Tier.RED
    assert lowered.tier_at(at, RULES) is Tier.BLACK
    repaired = in_state(State.REPAIRED)
    assert repaired.event is not None
    assert repaired.over_at is not None
    lifted = with_local(standing(Tier.RED), [repaired.event])
    assert lifted.tier_at(repaired.over_at - timedelta(seconds=1), RULES) is Tier.BLACK
    assert lifted.tier_at(repaired.over_at, RULES) is Tier.RED


@pytest.mark.parametrize("state", [State.REPAIRED, State.REVERSED])
def test_a_source_that_has_not_caught_up_does_not_hold_a_subject_down(state: State) -> None:
    charged, over = in_state(State.DEDUCTED).event, in_state(state)
    assert charged is not None
    assert over.event is not None
    assert over.over_at is not None
    both = with_local(standing(Tier.RED, charged), [over.event])
    assert both.tier_at(over.over_at, RULES) is Tier.RED
    assert len(both.events) == 1


def test_a_repair_at_the_source_counts_here_too() -> None:
    charged = in_state(State.DEDUCTED).event
    assert charged is not None
    at_source = Event(**{**_fields(charged), "repaired_at": charged.at + timedelta(hours=1)})
    both = with_local(standing(Tier.RED, at_source), [charged])
    assert both.tier_at(charged.at + timedelta(hours=1), RULES) is Tier.RED


@given(st.sampled_from(list(State)), st.sampled_from(["minor", "general", "serious"]), st.integers(0, 2000))
def test_our_own_events_never_raise_a_tier(state: State, severity: str, hours: int) -> None:
    event = in_state(state).event
    own = [] if event is None else [Event(**{**_fields(event), "severity": severity})]
    at = T0 + timedelta(hours=hours)
    order = [Tier.BLACK, Tier.BLUE, Tier.ORANGE, Tier.RED]
    for tier in order:
        plain = standing(tier)
        assert order.index(with_local(plain, own).tier_at(at, RULES)) <= order.index(plain.tier_at(at, RULES))


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


# ---------------------------------------------------------------- notices, messages, rules


def test_the_decision_comes_with_the_repair_notice_beside_it() -> None:
    charged = in_state(State.DEDUCTED)
    entry = Entry("f1", charged.seq, T0, deducted())
    assert [one.what for one in notices(entry, charged)] == ["decision", "repair"]
    for one in notices(entry, charged):
        assert one.zh
        assert one.en
    told = message(entry, charged)
    assert told is not None
    assert told.path == "events/TK-f1"
    assert [one["what"] for one in told.content["notices"]] == ["decision", "repair"]
    assert told.content["evidence"][0]["sha256"] == "0" * 64
    assert "XK-78" in str(told.content)
    assert "subject" not in told.content


def test_only_a_deduction_and_its_end_reach_the_platform() -> None:
    told = {}
    for state, way in WAYS.items():
        feedback = in_state(state)
        entry = Entry("f1", feedback.seq, T0, EVENTS[way[-1]] if way else FOUND)
        one = message(entry, feedback)
        if one is not None:
            told[state] = one.path
    assert told == {
        State.DEDUCTED: "events/TK-f1",
        State.REPAIRED: "repairs/TK-f1",
        State.REVERSED: "repairs/TK-f1",
    }


def test_the_packaged_rules() -> None:
    rules = load_rules()
    assert (rules.answer_days, rules.repair_days) == (5, 5)
    assert {rule.severity for rule in rules.rule} == {"minor", "general", "serious"}
    assert rules.of("XK-79") is not None
    assert rules.of("nothing") is None
    assert len(rules.digest) == 64


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("severity =", "weight ="), "weight"),
        (('severity = "serious"', 'severity = "grave"'), "grave"),
        (("answer_days = 5", "answer_days = 0"), "answer_days"),
        (('number = "XK-79"', 'number = "XK-78"'), "XK-78 appears twice"),
        (("[authority]", "[authority"), "not TOML"),
    ],
)
def test_a_bad_catalogue_is_refused_with_its_place(change: tuple[str, str], told: str) -> None:
    text = files("credit_gate.feedback").joinpath("rules.toml").read_text("utf-8").replace(*change)
    with pytest.raises(BadRules, match=told) as refused:
        parse_rules(text, "rules.toml")
    assert "rules.toml" in str(refused.value)
