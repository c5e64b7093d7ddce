"""A kept decision made again, years later, from what was kept with it.

`kept` puts policy and terms beside the decision, whole: their digests are in it, so every policy that was ever used is
there as long as a decision under it is. What a source had said is not kept, only the tier that counted and its
reasons; so what is made again is everything that follows from the tier.
"""

from datetime import datetime
from typing import Any

import msgspec

from credit_gate.decision import Decision, Mode, Whose, to_json
from credit_gate.gate import Judged, settle
from credit_gate.policy import ItemTerms, Policy
from credit_gate.reason import Reason
from credit_gate.tier import Tier

_SETTLED = frozenset(
    {
        "always_on_site",
        "application_goes_on",
        "condition",
        "live_instead",
        "negative_list",
        "pre_siting_closed",
        "standing_unknown",
        "tier_admitted",
        "tier_on_site",
        "upload_only",
        "way_back_appeal",
        "way_back_known",
        "way_back_repair",
    }
)
"""What `settle` adds of its own; the other reasons came with the tier."""


class CannotReplay(ValueError):
    """The record does not hold what is needed; the message says what is missing."""


def kept(decision: Decision, ref: str, item: ItemTerms, policy: Policy) -> dict[str, Any]:
    """The decision as it is preserved: with the whole policy and the item's terms it was made under."""
    return {**to_json(decision, ref), "policy": policy.content, "item_terms": item.content}


class _Told(msgspec.Struct, frozen=True):
    outcome: str
    at: datetime
    wish: Mode
    tier: Tier
    whose: Whose
    source: str
    as_of: datetime | None
    events: tuple[str, ...]
    reasons: tuple[dict[str, str], ...]
    policy_digest: str
    terms_digest: str
    policy: Policy
    item_terms: ItemTerms


def replayed(record: dict[str, Any]) -> list[str]:
    """What does not follow when the decision is made again, in words; nothing if all of it does.

    `record` is what `kept` gave, with whatever else was written beside it. Sentences may have been reworded since:
    reasons are held together by code and rule. Raises CannotReplay.
    """
    try:
        told = msgspec.convert(record, _Told)
    except msgspec.ValidationError as error:
        msg = f"this is no decision kept with its policy: {error}"
        raise CannotReplay(msg) from error
    faults = [
        f"{name} is {written}, but that of what was kept is {found}"
        for name, written, found in (
            ("policy_digest", told.policy_digest, told.policy.digest),
            ("terms_digest", told.terms_digest, told.item_terms.digest),
        )
        if written != found
    ]
    with_tier = tuple(
        Reason(one["code"], one["zh"], one["en"], one["rule"]) for one in told.reasons if one["code"] not in _SETTLED
    )
    judged = Judged(told.tier, told.whose, told.source, told.as_of, told.events, with_tier)
    again = to_json(settle(judged, told.item_terms, told.policy, told.at, told.wish))
    faults += [
        f"{name} is {record.get(name)}, but {again.get(name)} follows"
        for name in ("outcome", "item", "policy_version", "terms", "rule")
        if record.get(name) != again.get(name)
    ]
    codes, follow = ([(one["code"], one["rule"]) for one in side["reasons"]] for side in (record, again))
    if codes != follow:
        faults.append(f"the reasons are {_listed(codes)}, but {_listed(follow)} follow")
    return faults


def _listed(codes: list[tuple[str, str]]) -> str:
    return ", ".join(code for code, _ in codes)
