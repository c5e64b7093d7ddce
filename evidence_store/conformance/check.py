"""One thing that is asked of a store."""

from collections.abc import Callable
from dataclasses import dataclass

from evidence_store.conformance.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Check:
    """What is asked, why, and how it is tried."""

    id: str
    asked: str
    """A sentence that is true of a store that passes."""
    unsafe: str
    """What could happen where it is not true."""
    run: Callable[[Scratch], str]
    """Tries it; returns what was seen, in a few words or none. Raises Unmet. Puts right what it put wrong."""
    critical: bool = True
