"""When nothing at all came from somebody. Pure; times are arrivals on the survey's line, in seconds."""

from collections import deque

_LEAST_S = 0.5
_REMEMBERED = 32


class Blackouts:
    """Stretches of more than half a second without a packet of any kind over one connection."""

    def __init__(self) -> None:
        self._heard_at: float | None = None
        self._stretches: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)

    def heard(self, at: float) -> None:
        """Something came."""
        if self._heard_at is not None and at - self._heard_at > _LEAST_S:
            self._stretches.append((self._heard_at, at))
        self._heard_at = at if self._heard_at is None else max(at, self._heard_at)

    def mostly(self, start: float, end: float) -> bool:
        """Was this time, or most of it, spent in such stretches?"""
        shared = sum(max(0.0, min(end, until) - max(start, since)) for since, until in self._stretches)
        return shared > (end - start) / 2
