"""A decision of the gate, and the form in which it is preserved. It holds no code and no name of the subject."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Literal

import rfc8785

from credit_gate.reason import Reason
from credit_gate.tier import Tier

Mode = Literal["live", "upload_only"]
Whose = Literal["enterprise", "representative", "person"]
Outcome = Literal["admitted", "on_site", "refused"]

__all__ = ["Admitted", "Decision", "Mode", "OnSite", "Outcome", "Reason", "Refused", "Whose", "digest", "to_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What every decision records: enough to repeat it from the same policy, terms and standing.

    `wish` is the way that was asked for. `tier` is the one that counted and `whose` it was; `as_of` and `source` say
    where it came from, `events` which records (by the source's own numbers) lowered it.
    """

    item: str
    at: datetime
    wish: Mode
    tier: Tier
    whose: Whose
    source: str
    as_of: datetime | None
    events: tuple[str, ...]
    reasons: tuple[Reason, ...]
    policy_version: str
    policy_digest: str
    terms_digest: str

    def __post_init__(self) -> None:
        """No decision without a reason."""
        if not self.reasons:
            msg = "a decision gives its reasons"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted(Judgement):
    """May be surveyed remotely, in `mode`. `time_limit_days` counts working days, already shortened for red.

    `tolerance` (容缺受理) lets a missing document follow; `commitment` (告知承诺) takes a commitment for a proof.
    """

    outcome: ClassVar[Outcome] = "admitted"
    mode: Mode
    tolerance: bool
    commitment: bool
    time_limit_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSite(Judgement):
    """The application goes on, with a survey on the spot."""

    outcome: ClassVar[Outcome] = "on_site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Judgement):
    """A rule of the negative list bars the item; `rule` is its citation."""

    outcome: ClassVar[Outcome] = "refused"
    rule: str

    def __post_init__(self) -> None:
        """Only a black standing is refused, and only by a cited rule."""
        if self.tier is not Tier.BLACK or not self.rule:
            msg = "only a black standing is refused, and only by a cited rule"
            raise ValueError(msg)


Decision = Admitted | OnSite | Refused


def to_json(decision: Decision, ref: str = "") -> dict[str, Any]:
    """The decision as plain JSON values, to be preserved. `ref` is `subject.ref(key)`, the only trace of who it is."""
    told: dict[str, Any] = {
        "outcome": decision.outcome,
        "subject": ref,
        "item": decision.item,
        "at": decision.at.isoformat(),
        "wish": decision.wish,
        "tier": decision.tier.value,
        "whose": decision.whose,
        "source": decision.source,
        "as_of": decision.as_of.isoformat() if decision.as_of is not None else None,
        "events": list(decision.events),
        "reasons": [{"code": r.code, "zh": r.zh, "en": r.en, "rule": r.rule} for r in decision.reasons],
        "policy_version": decision.policy_version,
        "policy_digest": decision.policy_digest,
        "terms_digest": decision.terms_digest,
    }
    match decision:
        case Admitted():
            told["terms"] = {
                "mode": decision.mode,
                "tolerance": decision.tolerance,
                "commitment": decision.commitment,
                "time_limit_days": decision.time_limit_days,
            }
        case Refused():
            told["rule"] = decision.rule
        case OnSite():
            pass
    return told


def digest(decision: Decision, ref: str = "") -> str:
    """SHA-256 (hex) of the decision in RFC 8785 form: the same inputs give the same, on any machine, in any year."""
    return sha256(rfc8785.dumps(to_json(decision, ref))).hexdigest()
