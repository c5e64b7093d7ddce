"""A person looks at the gate's decision again (Personal Information Protection Law, art. 24).

**A person corrects a fact, the policy draws the conclusion.** An officer says which tier the subject has after all, on
one of four grounds, and what they saw of it; the same table then decides. So nobody is admitted whom the policy
does not admit, and asking never makes it worse: what would not be better is not decided anew but upheld.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from credit_gate.decision import Admitted, Mode, OnSite, Outcome, Whose
from credit_gate.gate import BY_A_PERSON, Judged, settle
from credit_gate.policy import ItemTerms, Policy
from credit_gate.reason import Reason
from credit_gate.tier import Tier, capped

Ground = Literal["other_subject", "record_lifted", "standing_proven", "representative"]
GROUNDS: dict[Ground, tuple[str, str]] = {
    "other_subject": ("据以判断的记录属于其他主体", "the record that counted is another subject's"),
    "record_lifted": ("记录已由认定单位更正、撤销或修复", "its authority corrected, withdrew or repaired the record"),
    "standing_proven": ("已核验当事人提供的信用报告", "a credit report that the subject brought was checked"),
    "representative": ("法定代表人授权使用其个人信用等级", "the representative authorised the use of their standing"),
}  # fmt: skip
RULE = "《中华人民共和国个人信息保护法》第二十四条"
_BETTER: tuple[Outcome, ...] = ("refused", "on_site", "admitted")

NOT_BETTER = Reason(
    "not_better",
    "查明的等级不高于原等级，请维持原决定并说明理由。",
    "The tier found is no better than the one that counted: uphold the decision and say why.",
)
WRONG_GROUND = Reason(
    "wrong_ground",
    "这个理由不适用于本决定：等级未知时请核验信用报告或取得法定代表人授权，其他情形请指明记录错在哪里。",
    "This ground does not fit the decision: where the tier was unknown, check a credit report or have the legal "
    "representative's authorisation; otherwise say what is wrong with the record.",
)


@dataclass(frozen=True, slots=True)
class Before:
    """The decision that is looked at: its outcome, the way that was asked for, the tier that counted and whose."""

    outcome: Outcome
    wish: Mode
    tier: Tier
    whose: Whose


@dataclass(frozen=True, slots=True)
class Found:
    """What the person found: the tier, on which ground."""

    tier: Literal[Tier.RED, Tier.ORANGE, Tier.BLUE]
    ground: Ground


def corrected(
    before: Before, found: Found, item: ItemTerms, policy: Policy, at: datetime
) -> Admitted | OnSite | Reason:
    """The decision that follows from what was found; in words, why none follows that would be better."""
    if not _fits(before, found.ground, policy):
        return WRONG_GROUND
    if before.tier is not Tier.UNKNOWN and capped(before.tier, found.tier) is found.tier:
        return NOT_BETTER
    zh, en = GROUNDS[found.ground]
    told = Reason(
        "by_a_person",
        f"经人工复核（{zh}），按{found.tier.zh}级办理。",
        f"A person looked at it again ({en}): it is decided under tier {found.tier.en}.",
        RULE,
    )
    whose: Whose = "representative" if found.ground == "representative" else before.whose
    decision = settle(Judged(found.tier, whose, BY_A_PERSON, at, (), (told,)), item, policy, at, before.wish)
    if isinstance(decision, Admitted | OnSite) and _BETTER.index(decision.outcome) > _BETTER.index(before.outcome):
        return decision
    return Reason(
        "policy_closed",
        f"按现行规则，{found.tier.zh}级不会改变本事项的决定，请维持原决定并说明理由。",
        f"Under the policy in force tier {found.tier.en} changes nothing for this item: uphold the decision, say why.",
    )


def _fits(before: Before, ground: Ground, policy: Policy) -> bool:
    """Records are wrong where a tier counted; a representative stands in for a firm of which nothing is known."""
    unknown = before.tier is Tier.UNKNOWN
    match ground:
        case "other_subject" | "record_lifted":
            return not unknown
        case "representative":
            return unknown and before.whose == "enterprise" and "representative" in policy.standing.whose
        case "standing_proven":
            return True
