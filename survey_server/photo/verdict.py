"""From findings to a result. The rules are PHOTOS.md "Findings":

- rejected: only `file_safe` or `format_ok` failed; always with a retry;
- accepted: the place is inside the fence and the time inside the window, and nothing else speaks against it
  (for a live still the time is the server's own, and the place is the browser's, precise to the radius);
- needs_review: everything else. A person decides every other rejection.
"""

from collections.abc import Iterable
from typing import Literal

from survey_server.wire.photos import Finding

Result = Literal["accepted", "needs_review", "rejected"]

REJECTING = frozenset({"file_safe", "format_ok"})
ADVICE = frozenset({"quality"})
"""Findings that ask for a retake and never weigh against anyone."""
PROOF = frozenset({"geofence", "time_window"})


def verdict(findings: Iterable[Finding]) -> Result:
    """The result these findings add up to."""
    results = {finding.id: finding.result for finding in findings}
    if any(results.get(check) == "fail" for check in REJECTING):
        return "rejected"
    if any(result in ("flag", "fail") for check, result in results.items() if check not in ADVICE):
        return "needs_review"
    if all(results.get(check) == "pass" for check in PROOF):
        return "accepted"
    return "needs_review"
