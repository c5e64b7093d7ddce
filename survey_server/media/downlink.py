"""What a person's way from the server can bear: when it is too narrow, pictures rest so that sound gets through. Pure.

A server that only forwards can't send a smaller picture, but it can send fewer. The signs are the person's own receiver
reports over seconds: loss, or a round trip grown by more than half a second (a queue somewhere fills) beyond the
fastest of the last minute: a person who changed to a longer way is measured by that one. One bad report is none: a
network that was dead for a moment tells of it once. If resting a picture doesn't help, the loss is not ours (a bad
radio, not a narrow one) and the picture goes on.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from survey_server.media.publication import Source

_LOSS = 0.12
_SCATTERED, _SCATTERED_MOST = 0.01, 0.3
_SCATTERED_OF_S = 5.0
_SLOWER_S = 0.6
_FASTEST_OF_S = 30.0
_SIGN_S = 3.5
_SIGNS = 3
_LASTS_S = 1.5
_SIGNS_KEPT = 256
"""Many tracks report many times a second: those of the last seconds have room."""
_SETTLE_S = 2.0
_CALM_S = 10.0
_LONGEST_CALM_S = 80.0
_NOT_OURS_S = 60.0


@dataclass(frozen=True)
class Flow:
    """A picture on its way to this person. Those of the lowest rank rest first, and come back last."""

    source: Source
    rank: int
    bits_per_s: float


@dataclass(frozen=True)
class _Sign:
    at: float
    loss: float
    slower: bool


class Downlink:
    """Decides for one person. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._resting: list[Source] = []
        self._signs: deque[_Sign] = deque(maxlen=_SIGNS_KEPT)
        self._fastest_s = self._fastest_before_s = float("inf")
        self._fastest_since = float("-inf")
        self._changed_at = float("-inf")
        self._calm_s = _CALM_S
        self._not_ours_until = float("-inf")
        self.scattered = False
        """Are packets lost here and there, without a queue that overflows? Then repeating some costs nobody's room."""

    @property
    def resting(self) -> tuple[Source, ...]:
        """Pictures that are not sent now, in the order in which they were laid down."""
        return tuple(self._resting)

    def report(self, at: float, loss: float, round_trip_s: float | None) -> None:
        """A receiver report of this person about one of their tracks: the share lost since the last one."""
        slower = round_trip_s is not None and round_trip_s > self._fastest(at, round_trip_s) + _SLOWER_S
        self._signs.append(_Sign(at, loss, slower))
        recent = [sign for sign in self._signs if at - sign.at < _SCATTERED_OF_S]
        mean = sum(sign.loss for sign in recent) / len(recent)
        self.scattered = _SCATTERED <= mean <= _SCATTERED_MOST and not any(sign.slower for sign in recent)

    def decide(self, at: float, flows: Iterable[Flow]) -> tuple[Source, ...]:
        """The pictures that shall rest from now on, given those there are."""
        there = {flow.source: flow for flow in flows}
        self._resting = [source for source in self._resting if source in there]
        if at - self._changed_at < _SETTLE_S:
            return self.resting
        awake = [flow for flow in there.values() if flow.source not in self._resting]
        if self._narrow(at):
            if not awake:
                self._give_up(at)
            elif at >= self._not_ours_until:
                self._rest(at, awake)
        elif self._resting and at - self._changed_at > self._calm_s:
            self._wake_one(at)
        return self.resting

    def _fastest(self, at: float, round_trip_s: float) -> float:
        """The fastest round trip of the last 30 to 60 seconds, this one included: the way without a queue."""
        age = at - self._fastest_since
        if age > _FASTEST_OF_S:
            self._fastest_before_s = self._fastest_s if age <= 2 * _FASTEST_OF_S else float("inf")
            self._fastest_s, self._fastest_since = round_trip_s, at
        self._fastest_s = min(self._fastest_s, round_trip_s)
        return min(self._fastest_s, self._fastest_before_s)

    def _narrow(self, at: float) -> bool:
        since = max(at - _SIGN_S, self._changed_at)
        signs = [sign for sign in self._signs if sign.at > since]
        bad = [sign for sign in signs if sign.loss > _LOSS or sign.slower]
        lasted = bool(bad) and bad[-1].at - bad[0].at >= _LASTS_S
        return lasted and len(bad) >= _SIGNS and 3 * len(bad) > 2 * len(signs)

    def _rest(self, at: float, awake: list[Flow]) -> None:
        lowest = min(flow.rank for flow in awake)
        laid_down = sorted((f for f in awake if f.rank == lowest), key=lambda flow: -flow.bits_per_s)
        if self._resting or at - self._changed_at < self._calm_s:  # not enough, or waking one was too early
            self._calm_s = min(2 * self._calm_s, _LONGEST_CALM_S)
        else:
            self._calm_s = _CALM_S
        self._resting += [flow.source for flow in laid_down]
        self._changed_at = at

    def _wake_one(self, at: float) -> None:
        self._resting.pop()
        self._changed_at = at

    def _give_up(self, at: float) -> None:
        """Nothing is left to rest and it is no better."""
        self._resting.clear()
        self._changed_at = at
        self._not_ours_until = at + _NOT_OURS_S
