"""What the credit platform is told: the deduction as an event, later its end. The subject's code is not in it: whoever
sends it puts the code in, and keeps it nowhere else.
"""

from typing import Any

import msgspec
from msgspec import Struct

from credit_gate.feedback.events import Deducted, Entry, Repaired, Reversed
from credit_gate.feedback.feedback import Feedback
from credit_gate.feedback.notices import notices


class PlatformMessage(Struct, frozen=True):
    """One request to the platform, put to `path` under its own address; the same path and content make it one."""

    path: str
    content: dict[str, Any]
    named: bool
    """Does the content need the subject's code?"""


def message(entry: Entry, after: Feedback) -> PlatformMessage | None:
    """What this step tells the platform, if anything."""
    made = after.deducted
    if made is None:
        return None
    match entry.event:
        case Deducted():
            content = {
                "kind": {"zh": made.kind_zh, "en": made.kind_en},
                "severity": made.severity,
                "at": entry.at.isoformat(),
                "rule": made.rule,
                "rule_number": made.number,
                "confirmed_by": made.confirmed_by,
                "case_no": after.recorded.case_no,
                "evidence": msgspec.to_builtins(after.recorded.evidence),
                "notices": msgspec.to_builtins(notices(entry, after)),
            }
            return PlatformMessage(f"events/{made.event}", content, named=True)
        case Repaired() | Reversed():
            ground = "repaired" if isinstance(entry.event, Repaired) else "reversed"
            content = {"repaired_at": entry.at.isoformat(), "ground": ground}
            return PlatformMessage(f"repairs/{made.event}", content, named=False)
        case _:
            return None
