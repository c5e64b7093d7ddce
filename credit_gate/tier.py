"""The credit tiers: red > orange > blue > black, and `unknown`, which is no tier at all.

Enterprises get theirs from the public credit evaluation, persons from a personal score such as Haikou's Golden
Coconut score (金椰分).
"""

from enum import StrEnum
from typing import assert_never


class Tier(StrEnum):
    """A credit tier. `UNKNOWN` says that nobody could tell: it is neither good nor bad."""

    RED = "red"
    ORANGE = "orange"
    BLUE = "blue"
    BLACK = "black"
    UNKNOWN = "unknown"

    @property
    def zh(self) -> str:
        """The tier's name in Chinese."""
        match self:
            case Tier.RED:
                return "红"
            case Tier.ORANGE:
                return "橙"
            case Tier.BLUE:
                return "蓝"
            case Tier.BLACK:
                return "黑"
            case Tier.UNKNOWN:
                return "未知"
            case _:
                assert_never(self)

    @property
    def en(self) -> str:
        """The tier's name in English."""
        return self.value


_BEST_FIRST = (Tier.RED, Tier.ORANGE, Tier.BLUE, Tier.BLACK)


def capped(tier: Tier, cap: Tier) -> Tier:
    """`tier`, lowered to `cap` where it stands above it.

    An unknown tier can only be lowered to black: a lesser cap must not turn "nobody knows" into a tier that an item
    could admit.
    """
    if tier is Tier.UNKNOWN:
        return Tier.BLACK if cap is Tier.BLACK else Tier.UNKNOWN
    return max(tier, cap, key=_BEST_FIRST.index)
