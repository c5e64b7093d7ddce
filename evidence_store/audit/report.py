"""What an audit found, in words."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "missing", "altered", "size", "unlocked", "short-lock", "bad-entry", "bad-checkpoint", "fork", "unentered"
]
WARNINGS: frozenset[Kind] = frozenset({"unentered"})
"""What is worth a look, and no fault of the record."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    kind: Kind
    key: str
    """Of the object in the bucket."""
    version: str
    """The version it is about; empty where it is about all of them, or there is none."""
    problem: str
    """What is wrong with it: what follows the key in a sentence."""

    @property
    def is_fault(self) -> bool:
        return self.kind not in WARNINGS


@dataclass(frozen=True, slots=True)
class LogSummary:
    """One log that was read."""

    origin: str
    size: int
    """How many entries its last checkpoint covers."""
    signed_by: tuple[str, ...]
    """Those of the given keys that signed its checkpoints; none if no key was given: signer unchecked."""


@dataclass(frozen=True, slots=True)
class Report:
    """The answer about one bucket."""

    endpoint: str
    bucket: str
    logs: tuple[LogSummary, ...]
    objects: int
    """Objects that entries are about, each looked at."""
    bytes: int
    """Bytes that were read and hashed."""
    findings: tuple[Finding, ...]
    resumed: bool
    seconds: float
    """Of work, that of the interrupted runs too."""

    @property
    def passed(self) -> bool:
        return not any(finding.is_fault for finding in self.findings)
