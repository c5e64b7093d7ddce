"""When to leave a failing platform alone: a circuit breaker, as a value.

Closed, every question goes out. After `AFTER` failures in a row it is open: nothing goes out for a while, so that
nobody waits for a timeout that is sure to come and the platform can get up again. Then one question goes out as a
probe; its answer closes the breaker, its failure doubles the rest. Seconds are of any clock that only goes forward.
"""

from dataclasses import dataclass, replace

AFTER = 3
FIRST_REST_S = 5.0
LONGEST_REST_S = 120.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """`rests_until` is None while it is closed; `probing` while the one question after a rest is out."""

    failures: int = 0
    rests_until: float | None = None
    first_rest_s: float = FIRST_REST_S
    rest_s: float = 0
    """How long it rests now."""
    probing: bool = False

    def lets_through(self, now: float) -> bool:
        """May a question go out now? If so, `asked` says that it did."""
        return self.rests_until is None or (now >= self.rests_until and not self.probing)

    def asked(self) -> "Breaker":
        """A question went out: after a rest it is the probe."""
        return self if self.rests_until is None else replace(self, probing=True)

    def answered(self) -> "Breaker":
        """An answer that could be used came back."""
        return Breaker(first_rest_s=self.first_rest_s)

    def failed(self, now: float) -> "Breaker":
        """None came. A question that was still out when the rest began does not lengthen it."""
        if self.probing:
            rest_s = min(2 * self.rest_s, LONGEST_REST_S)
            return Breaker(self.failures + 1, now + rest_s, self.first_rest_s, rest_s)
        if self.rests_until is not None or self.failures + 1 < AFTER:
            return replace(self, failures=self.failures + 1)
        rest_s = self.first_rest_s
        return Breaker(self.failures + 1, now + rest_s, rest_s, rest_s)

    def given_up(self) -> "Breaker":
        """The question was called off before anybody could know: the next one may be the probe."""
        return replace(self, probing=False)
