"""What an examination of a store found: one line for each check, and a verdict over all of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence_store.errors import EvidenceError


class CheckImpossible(EvidenceError):
    """The examination could not be carried out, so nothing is said about the store."""


class Unmet(Exception):
    """A check was carried out and the store did not do what is asked of it. `str` says what it did instead."""


@dataclass(frozen=True, slots=True)
class Line:
    """One check and how it ended."""

    id: str
    """Kebab case; it keeps its meaning from version to version."""
    critical: bool
    """No evidence may be kept where this does not hold."""
    passed: bool
    said: str
    """What is asked of the store, what it did, and, where that falls short, what would be unsafe: whole sentences."""
    reason: str = ""
    """What the store did instead; empty where the check passed."""
    unsafe: str = ""
    """What could happen to evidence kept there; empty where the check passed."""

    @property
    def word(self) -> str:
        """`ok`, `REFUSED` for what rules the store out, `warning` for what does not."""
        if self.passed:
            return "ok"
        return "REFUSED" if self.critical else "warning"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All lines of one examination."""

    endpoint: str
    """host:port."""
    server: str
    """What the server calls itself (the header `Server`), not verified; may be empty."""
    at: datetime
    lines: tuple[Line, ...]
    left_over: tuple[str, ...] = ()
    """What the examination wrote and could not remove again, each with the reason."""

    @property
    def passed(self) -> bool:
        """Every critical line holds."""
        return bool(self.lines) and all(line.passed for line in self.lines if line.critical)

    @property
    def refusals(self) -> list[Line]:
        """The critical lines that do not hold."""
        return [line for line in self.lines if line.critical and not line.passed]

    @property
    def warnings(self) -> list[Line]:
        """The other lines that do not hold."""
        return [line for line in self.lines if not line.critical and not line.passed]

    def to_json(self) -> dict[str, Any]:
        """The document `takan store check --json` prints; it holds no key."""
        return {
            "endpoint": self.endpoint,
            "server": self.server,
            "passed": self.passed,
            "at": self.at.isoformat(timespec="seconds"),
            "checks": [
                {
                    "id": line.id,
                    "critical": line.critical,
                    "passed": line.passed,
                    "said": line.said,
                    "reason": line.reason,
                    "unsafe": line.unsafe,
                }
                for line in self.lines
            ],
            "left_over": list(self.left_over),
        }
