"""What holds for every policy that can be loaded, every item and every standing."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from credit_gate import words
from credit_gate.decision import Admitted, Decision, OnSite, Refused, digest
from credit_gate.gate import decide
from credit_gate.policy import ItemTerms, Policy
from credit_gate.sources.register import read, silent
from credit_gate.standing import CHINA, Event, Standing
from credit_gate.subject import Subject, parse
from credit_gate.tier import Tier
from survey_server.survey.items import load_items
from tests.credit_gate.decision_table import ITEMS, rows
from tests.credit_gate.strategies import (
    AT,
    BEST_FIRST,
    events,
    items,
    known,
    modes,
    moments,
    policies,
    standings,
    subjects,
)
from tests.nodes import ROOT

settings.register_profile("gate", deadline=None, max_examples=120)
settings.load_profile("gate")
OUTCOMES = ["refused", "on_site", "admitted"]


def no_worse(after: Decision, before: Decision) -> bool:
    """Is the one no worse for the applicant than the other, in everything that is decided?"""
    if OUTCOMES.index(after.outcome) != OUTCOMES.index(before.outcome):
        return OUTCOMES.index(after.outcome) > OUTCOMES.index(before.outcome)
    if not (isinstance(after, Admitted) and isinstance(before, Admitted)):
        return True
    return (
        (after.mode == after.wish or before.mode != before.wish)
        and after.tolerance >= before.tolerance
        and after.commitment >= before.commitment
        and after.time_limit_days <= before.time_limit_days
        and conditions(after) <= conditions(before)
    )


def conditions(decision: Decision) -> int:
    return sum(reason.code == "condition" for reason in decision.reasons)


@given(subjects, standings(), items(), policies(), modes, st.data())
def test_a_better_tier_is_never_worse_off(
    subject: Subject, standing: Standing, item: ItemTerms, policy: Policy, mode: str, data: st.DataObject
) -> None:
    better = data.draw(st.integers(0, 2))
    one, other = (replace(standing, tier=BEST_FIRST[n], unknown_because=None) for n in (better, better + 1))
    assert no_worse(decide(subject, one, item, policy, AT, mode), decide(subject, other, item, policy, AT, mode))


@given(subjects, standings(), events(), items(), policies(), modes, moments, st.booleans())
def test_a_repair_and_a_reversal_never_lower(
    subject: Subject,
    standing: Standing,
    event: Event,
    item: ItemTerms,
    policy: Policy,
    mode: str,
    when: datetime,
    behind: bool,
) -> None:
    event = replace(event, repaired_at=None, reversed_at=None)
    before = decide(subject, with_event(standing, event, behind), item, policy, AT, mode)
    for mended in ("repaired_at", "reversed_at"):
        lifted = replace(event, **{mended: max(when, event.at)})
        after = decide(subject, with_event(standing, lifted, behind), item, policy, AT, mode)
        assert no_worse(after, before)


@given(subjects, standings(), events(), items(), policies(), modes, st.booleans())
def test_one_more_event_never_raises(
    subject: Subject, standing: Standing, event: Event, item: ItemTerms, policy: Policy, mode: str, behind: bool
) -> None:
    before = decide(subject, standing, item, policy, AT, mode)
    after = decide(subject, with_event(standing, event, behind), item, policy, AT, mode)
    assert no_worse(before, after)


def with_event(standing: Standing, event: Event, behind: bool) -> Standing:
    stands_in = standing.representative
    if behind and stands_in is not None:
        return replace(standing, representative=replace(stands_in, events=(*stands_in.events, event)))
    return replace(standing, events=(*standing.events, event))


@given(subjects, standings(), standings(behind=False), items(), policies(), modes)
def test_to_authorise_a_representative_costs_nothing(
    subject: Subject, standing: Standing, theirs: Standing, item: ItemTerms, policy: Policy, mode: str
) -> None:
    alone, behind = replace(standing, representative=None), replace(standing, representative=theirs)
    assert no_worse(decide(subject, behind, item, policy, AT, mode), decide(subject, alone, item, policy, AT, mode))


@given(subjects, standings(behind=False), items(), policies(), modes, st.timedeltas(timedelta(seconds=1)))
def test_an_unknown_a_silent_and_an_old_source_never_admit(
    subject: Subject, behind: Standing, item: ItemTerms, policy: Policy, mode: str, late: timedelta
) -> None:
    late = min(late, timedelta(days=9999))
    old = AT - timedelta(days=policy.standing.max_age_days) - late
    behind = replace(behind, tier=Tier.RED, unknown_because=None, as_of=AT, events=())
    unanswered = [
        known(Tier.UNKNOWN, AT),
        silent(words.SOURCE_SILENT, "a path"),
        replace(silent(words.SOURCE_SILENT, "a path"), representative=behind),
        *(known(tier, old, (), behind) for tier in Tier),
    ]
    for standing in unanswered:
        decision = decide(subject, standing, item, policy, AT, mode)
        assert isinstance(decision, OnSite)
        assert decision.tier is Tier.UNKNOWN


@given(subjects, standings(), items(), policies(), modes, moments)
def test_losing_the_remote_way_never_loses_the_application(
    subject: Subject, standing: Standing, item: ItemTerms, policy: Policy, mode: str, at: datetime
) -> None:
    decision = decide(subject, standing, item, policy, at, mode)
    codes = [reason.code for reason in decision.reasons]
    assert ("application_goes_on" in codes) is isinstance(decision, OnSite)
    if isinstance(decision, Refused):
        assert item.negative_list is not None
        assert decision.rule == item.negative_list.rule == decision.reasons[0].rule
        assert (decision.tier, policy.tiers.black.refuse_on_negative_list) == (Tier.BLACK, True)
        assert decision.whose != "representative"


@given(subjects, standings(), items(), policies(), modes, moments)
def test_the_same_question_has_the_same_digest_and_in_any_zone_the_same_answer(
    subject: Subject, standing: Standing, item: ItemTerms, policy: Policy, mode: str, at: datetime
) -> None:
    first = decide(subject, standing, item, policy, at, mode)
    assert digest(decide(subject, standing, item, policy, at, mode)) == digest(first)
    assert replace(decide(subject, standing, item, policy, at.astimezone(CHINA), mode), at=first.at) == first


def test_the_digest_is_the_same_in_another_process() -> None:
    """With another seed for hashes, which orders sets differently."""
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    command = [sys.executable, "-c", "import tests.credit_gate.test_properties as t; print(*t.table_digests())"]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == table_digests()
    assert len(set(table_digests())) > 40


def table_digests() -> list[str]:
    terms = {code: item.terms() for code, item in load_items(ITEMS).items()}
    told = []
    for row in [row for row in rows() if row.source not in {"missing", "broken"}][::5]:
        subject = parse(row.code)
        standing = read(row.register, "the table").standing(subject, row.at)
        decision = decide(subject, standing, terms[row.item], row.policy, row.at, row.mode)
        told.append(digest(decision, subject.ref(b"a key of the node")))
    return told
