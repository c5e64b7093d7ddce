"""Where a standing comes from. **A source that cannot answer says so: it never guesses a tier.**"""

from datetime import datetime
from typing import Protocol

from credit_gate.standing import Standing
from credit_gate.subject import Subject

__all__ = ["Source"]


class Source(Protocol):
    """What the server asks; a register file and a credit platform are ones."""

    async def ask(self, subject: Subject, at: datetime) -> Standing:
        """What it says about `subject`, at once or within its own time limit, without blocking the loop.

        Never raises for anything on the other side: then the standing is the last known one or unknown, with `fault`
        for the operator's log. May be asked by many at the same time.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and files; nothing is asked afterwards."""
        ...
