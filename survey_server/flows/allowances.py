"""How often one person may have something done: a burst at once, then a few a minute. Kept for the whole node, so that
a new line or another page brings no fresh allowance.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from survey_server.rtc.rtp import Allowance


@dataclass(frozen=True)
class Rate:
    """So many a second, of which `most` may be saved up."""

    per_s: float
    most: float

    @property
    def full_s(self) -> float:
        """Left alone for so long, an allowance is whole again."""
        return self.most / self.per_s

    def allowance(self, at: float) -> Allowance:
        """A whole one, at this time in seconds."""
        return Allowance(self.per_s, at, self.full_s)


JOURNALED = Rate(0.5, 60)
"""What a person says, for each sort of it: four a second for 17 s, or one a second for two minutes, is kept in full."""
MESSAGES = Rate(20, 200)
"""Messages of any sort on one line. A page sends a few a second."""
CONNECTIONS = Rate(1, 60)
"""New peer connections. A page asks for one every three seconds at most while it hears nothing."""
LOOKS = Rate(1 / 60, 1)
"""Looking at the record: a player opens a playlist again whenever it likes."""


class Allowances:
    """Allowances by what they are for. One that is whole again is forgotten: it would be given anew."""

    def __init__(self) -> None:
        self._of: dict[Hashable, tuple[Allowance, float]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def take(self, key: Hashable, rate: Rate, at: float, amount: int = 1) -> bool:
        """May this much be done now? `at` is in seconds and never goes back; the key says whose it is and of what."""
        if key not in self._of:
            self._of = {one: kept for one, kept in self._of.items() if kept[1] > at}
        allowance, _ = self._of.get(key) or (rate.allowance(at), at)
        self._of[key] = allowance, at + rate.full_s
        return allowance.take(at, amount)
