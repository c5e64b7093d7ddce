"""The rule table: what each tier may do, how long a standing stays fresh, and an item's own terms.

Frozen once loaded. The digest is SHA-256 over the RFC 8785 (JCS) form of the content, so comments and layout of the
file do not change it and every rule does.
"""

import tomllib
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, assert_never

import msgspec
import rfc8785
from msgspec import Meta, Struct

from credit_gate.tier import Tier, capped
from credit_gate.toml_lines import explained

Grant = Literal["yes", "item", "no"]
Way = Literal["live", "upload_only", "tolerance", "commitment", "pre_siting"]
WAYS: tuple[Way, ...] = ("live", "upload_only", "tolerance", "commitment", "pre_siting")
_OPENNESS: tuple[Grant, ...] = ("no", "item", "yes")
Kind = Literal["remote_survey", "pre_siting", "joint_inspection", "re_survey"]
Words = Annotated[str, Meta(min_length=1, pattern=r"\S")]


class BadPolicy(ValueError):
    """The policy file cannot be used; the message names the file, the line, the field and what was expected."""


class SeverityRule(Struct, frozen=True, forbid_unknown_fields=True):
    """What an event of one severity does: the tier it caps at, and for how many years at most."""

    publicity_years: Annotated[int, Meta(ge=1, le=3)]
    cap: Tier

    def __post_init__(self) -> None:
        """A cap lowers: neither red nor unknown does."""
        if self.cap in {Tier.RED, Tier.UNKNOWN}:
            msg = f"cap: it is orange, blue or black, not {self.cap}"
            raise ValueError(msg)


class StandingRules(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose standing counts, how fresh it must be (days), and what events do to it."""

    max_age_days: Annotated[int, Meta(ge=1, le=366)]
    whose: tuple[Literal["enterprise", "representative"], ...]
    general: SeverityRule
    serious: SeverityRule

    def __post_init__(self) -> None:
        """An enterprise's own standing always comes first, and the graver record weighs no less."""
        if self.whose not in {("enterprise",), ("enterprise", "representative")}:
            msg = 'whose: it is ["enterprise"] or ["enterprise", "representative"]'
            raise ValueError(msg)
        if capped(self.general.cap, self.serious.cap) is not self.serious.cap:
            msg = f"serious.cap: it is {self.serious.cap}; make it as low as general.cap, {self.general.cap}, or lower"
            raise ValueError(msg)


class TierTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """One tier's column of the table. `time_limit_percent` is of the item's own limit: 70 is 30 % shorter."""

    live: Grant
    upload_only: Grant
    tolerance: Grant
    commitment: Grant
    pre_siting: Grant
    time_limit_percent: Annotated[int, Meta(ge=10, le=100)]
    refuse_on_negative_list: bool = False

    def grant(self, way: Way) -> Grant:
        """What the table says about one way."""
        match way:
            case "live":
                return self.live
            case "upload_only":
                return self.upload_only
            case "tolerance":
                return self.tolerance
            case "commitment":
                return self.commitment
            case "pre_siting":
                return self.pre_siting
            case _:
                assert_never(way)

    @property
    def open(self) -> tuple[Way, ...]:
        """The ways that are not closed, whatever an item says."""
        return tuple(way for way in WAYS if self.grant(way) != "no")


class Tiers(Struct, frozen=True, forbid_unknown_fields=True):
    """The table's columns."""

    red: TierTerms
    orange: TierTerms
    blue: TierTerms
    black: TierTerms
    unknown: TierTerms

    def __post_init__(self) -> None:
        """Hold what no policy may change."""
        if self.unknown.open:
            msg = (
                f'unknown.{self.unknown.open[0]}: every way must be "no": nobody is admitted because a source was down'
            )
            raise ValueError(msg)
        if self.black.open:
            msg = f'black.{self.black.open[0]}: every way must be "no": a black standing is surveyed on-site'
            raise ValueError(msg)
        for name in ("red", "orange", "blue", "unknown"):
            if self.of(Tier(name)).refuse_on_negative_list:
                msg = f"{name}.refuse_on_negative_list: it is for black alone"
                raise ValueError(msg)
        for better, worse in pairwise((Tier.RED, Tier.ORANGE, Tier.BLUE)):
            self._hold_apart(better, worse)

    def _hold_apart(self, better: Tier, worse: Tier) -> None:
        """A better tier is never worse off."""
        above, below = self.of(better), self.of(worse)
        for way in WAYS:
            if _OPENNESS.index(above.grant(way)) < _OPENNESS.index(below.grant(way)):
                msg = (
                    f'{better}.{way}: it is "{above.grant(way)}" where {worse} has "{below.grant(way)}": '
                    "a better tier is never worse off"
                )
                raise ValueError(msg)
        if above.time_limit_percent > below.time_limit_percent:
            msg = f"{better}.time_limit_percent: it is above {worse}'s: a better tier is never worse off"
            raise ValueError(msg)

    def of(self, tier: Tier) -> TierTerms:
        """One tier's column."""
        match tier:
            case Tier.RED:
                return self.red
            case Tier.ORANGE:
                return self.orange
            case Tier.BLUE:
                return self.blue
            case Tier.BLACK:
                return self.black
            case Tier.UNKNOWN:
                return self.unknown
            case _:
                assert_never(tier)


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole, valid rule table."""

    version: Words
    standing: StandingRules
    tiers: Tiers

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the content in RFC 8785 form."""
        return _digest(self)

    @property
    def content(self) -> dict[str, Any]:
        """The whole table as plain JSON values, to be kept with a decision."""
        return msgspec.to_builtins(self)


class Ground(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an item is special, in words for the applicant, and the rule under its official name and article."""

    zh: Words
    en: Words
    rule: Words


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """Something a blue subject must meet to be surveyed remotely."""

    zh: Words
    en: Words


class ItemTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What an item says to the gate.

    `allows` opens ways the table leaves to the item ("item"), by tier. `time_limit_days` counts working days.
    """

    code: Words
    kind: Kind
    time_limit_days: Annotated[int, Meta(ge=1)]
    allows: dict[Tier, tuple[Way, ...]] = {}
    blue_conditions: tuple[Condition, ...] = ()
    always_on_site: Ground | None = None
    negative_list: Ground | None = None

    def __post_init__(self) -> None:
        """Only orange and blue are left to an item, and blue is let in with conditions or not at all."""
        if not self.allows.keys() <= {Tier.ORANGE, Tier.BLUE}:
            msg = f"{self.code}: allows is for orange and blue; the policy alone speaks for the other tiers"
            raise ValueError(msg)
        if ("live" in self.allows.get(Tier.BLUE, ())) is not bool(self.blue_conditions):
            msg = f"{self.code}: allowing blue and blue_conditions go together"
            raise ValueError(msg)

    def allow(self, tier: Tier, way: Way) -> bool:
        """Does the item open this way to this tier? What it opens to a tier it opens to every better one."""
        opened = [one for one, ways in self.allows.items() if way in ways]
        return tier is not Tier.UNKNOWN and any(capped(tier, one) is one for one in opened)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the terms in RFC 8785 form."""
        return _digest(self)

    @property
    def content(self) -> dict[str, Any]:
        """The terms as plain JSON values, to be kept with a decision."""
        return msgspec.to_builtins(self)


def load(path: Path | None = None) -> Policy:
    """The policy in a file, or the packaged one. Raises `BadPolicy` if it cannot be read or breaks a rule."""
    where = str(path) if path is not None else "the packaged policy.toml"
    try:
        text = path.read_text("utf-8") if path is not None else packaged()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{where}: cannot be read ({error}); check the path and its permissions"
        raise BadPolicy(msg) from error
    return parse(text, where)


def packaged() -> str:
    """The packaged policy's text."""
    return files("credit_gate").joinpath("policy.toml").read_text("utf-8")


def parse(text: str, where: str) -> Policy:
    """The policy in a TOML text; `where` names it in errors. Raises `BadPolicy`."""
    try:
        return msgspec.convert(tomllib.loads(text), Policy)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: not TOML: {error}"
        raise BadPolicy(msg) from error
    except msgspec.ValidationError as error:
        msg = f"{where}, {explained(error, text)}"
        raise BadPolicy(msg) from error


def _digest(content: Policy | ItemTerms) -> str:
    return sha256(rfc8785.dumps(content.content)).hexdigest()
