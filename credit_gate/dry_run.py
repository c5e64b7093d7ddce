"""What a new policy would decide differently, before it is put in force.

An application is foreseen from what was kept of its decision: the tier that counted, not the records behind it. Where
the new rules could have led to another tier, nobody can say without asking the source again, and that is said.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from credit_gate import words
from credit_gate.decision import Admitted, Decision, Mode, Outcome, Whose
from credit_gate.gate import Judged, settle
from credit_gate.policy import ItemTerms, Policy, StandingRules
from credit_gate.reason import Reason
from credit_gate.standing import CHINA
from credit_gate.tier import Tier


@dataclass(frozen=True, slots=True)
class Pending:
    """An application that was decided and has not been surveyed yet, as its journal tells."""

    case: str
    item: str
    at: datetime
    outcome: Outcome
    mode: Mode
    tier: Tier
    wish: Mode
    whose: Whose
    as_of: datetime | None
    records: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the new policy makes of one application: another answer, or why nobody can say without asking the source.

    `was` and `would` are outcome and, where admitted, mode: "admitted live". `would` is empty where it is unclear.
    """

    case: str
    item: str
    was: str
    would: str
    reasons: tuple[Reason, ...]
    unclear: Reason | None = None

    @property
    def differs(self) -> bool:
        """Should somebody look at it?"""
        return self.was != self.would


ITEM_GONE = Reason(
    "item_gone", "新的事项清单中没有该事项，请核对。", "The new items have no such item: check the file."
)
NOT_KEPT = Reason(
    "not_kept",
    "该申请决定较早，当时的依据未记入日志，须重新查询信用信息。",
    "It was decided before its grounds were journaled: ask the credit source again.",
)
POLICY_NOT_AT_HAND = Reason(
    "policy_not_at_hand",
    "当时所用的政策不在手边，请用 --current 指明其文件。",
    "The policy it was decided under is not at hand: name its file with --current.",
)
RECORDS_WEIGH_OTHERWISE = Reason(
    "records_weigh_otherwise",
    "新政策改变了信用记录的效力或公示期，须重新查询信用信息。",
    "The new policy changes what records do or how long they count: ask the credit source again.",
)
MAY_BE_KNOWN = Reason(
    "may_be_known",
    "当时未采用的信用信息按新政策可能有效，须重新查询。",
    "Credit information that was not taken then may count under the new policy: ask the credit source again.",
)


def foresee(one: Pending, item: ItemTerms | None, before: StandingRules | None, policy: Policy) -> Foreseen:
    """What `policy` makes of an application; `before` are the standing rules it was decided under, if at hand."""
    was = _in_a_word(one.outcome, one.mode)
    if item is None:
        return Foreseen(one.case, one.item, was, "", (), ITEM_GONE)
    unclear = POLICY_NOT_AT_HAND if before is None else _unclear(one, before, policy.standing)
    if unclear is not None:
        return Foreseen(one.case, one.item, was, "", (), unclear)
    decision = settle(_judged(one, policy.standing), item, policy, one.at, one.wish)
    return Foreseen(one.case, one.item, was, in_a_word(decision), decision.reasons)


def unforeseen(case: str, item: str, outcome: Outcome, mode: Mode) -> Foreseen:
    """An application of which too little was kept."""
    return Foreseen(case, item, _in_a_word(outcome, mode), "", (), NOT_KEPT)


def compared(case: str, was: Decision, would: Decision) -> Foreseen:
    """The same where both decisions could be made whole, from a source that answers."""
    return Foreseen(case, was.item, in_a_word(was), in_a_word(would), would.reasons)


def in_a_word(decision: Decision) -> str:
    """Outcome and, where admitted, mode."""
    return _in_a_word(decision.outcome, decision.mode if isinstance(decision, Admitted) else "live")


def _in_a_word(outcome: Outcome, mode: Mode) -> str:
    return f"{outcome} {mode}" if outcome == "admitted" else outcome


def _unclear(one: Pending, before: StandingRules, after: StandingRules) -> Reason | None:
    if one.tier is Tier.UNKNOWN:
        longer = after.max_age_days > before.max_age_days
        if longer and one.as_of is not None and _age(one) <= timedelta(days=after.max_age_days):
            return MAY_BE_KNOWN
        stands_in = "representative" in after.whose and "representative" not in before.whose
        if stands_in and one.whose == "enterprise" and one.as_of is not None:
            return MAY_BE_KNOWN
    if one.records and (before.general, before.serious) != (after.general, after.serious):
        return RECORDS_WEIGH_OTHERWISE
    counts_longer = (
        after.general.publicity_years > before.general.publicity_years
        or after.serious.publicity_years > before.serious.publicity_years
    )
    return RECORDS_WEIGH_OTHERWISE if counts_longer and one.as_of is not None else None


def _judged(one: Pending, rules: StandingRules) -> Judged:
    if one.tier is not Tier.UNKNOWN:
        if one.as_of is not None and _age(one) > timedelta(days=rules.max_age_days):
            old = words.out_of_date(one.as_of.astimezone(CHINA), rules.max_age_days)
            return Judged(Tier.UNKNOWN, one.whose, "", one.as_of, (), (old,))
        if one.whose == "representative" and "representative" not in rules.whose:
            return Judged(Tier.UNKNOWN, "enterprise", "", one.as_of, (), (words.NO_RECORD,))
    return Judged(one.tier, one.whose, "", one.as_of, (), ())


def _age(one: Pending) -> timedelta:
    return timedelta() if one.as_of is None else one.at - one.as_of
