"""The catalogue of rules that a deduction may cite, as data. Frozen once loaded."""

import tomllib
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
import rfc8785
from msgspec import Meta, Struct

from credit_gate.policy import Words
from credit_gate.standing import Severity

Days = Annotated[int, Meta(ge=1, le=90)]


class BadRules(ValueError):
    """The catalogue cannot be used; the message names the file, the place in it and what was expected."""


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """Words in both languages."""

    zh: Words
    en: Words


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: its published number, its official name with the article, how severe, and what the record says."""

    number: Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9.-]{0,31}$")]
    rule: Words
    severity: Severity
    kind: Named


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole catalogue, with the periods in working days."""

    version: Words
    answer_days: Days
    repair_days: Days
    authority: Named
    rule: Annotated[tuple[Rule, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        """A number names one rule."""
        numbers = [rule.number for rule in self.rule]
        twice = next((number for number in numbers if numbers.count(number) > 1), None)
        if twice is not None:
            msg = f"rule number {twice} appears twice"
            raise ValueError(msg)

    def of(self, number: str) -> Rule | None:
        """The rule with this number."""
        return next((rule for rule in self.rule if rule.number == number), None)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the content in RFC 8785 form."""
        return sha256(rfc8785.dumps(msgspec.to_builtins(self))).hexdigest()


def load_rules(path: Path | None = None) -> Rules:
    """The catalogue in a file, or the packaged one. Raises `BadRules`."""
    where = str(path) if path is not None else "the packaged rules.toml"
    try:
        packaged = files("credit_gate.feedback").joinpath("rules.toml")
        text = (path if path is not None else packaged).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{where}: cannot be read ({error}); check the path and its permissions"
        raise BadRules(msg) from error
    return parse_rules(text, where)


def parse_rules(text: str, where: str) -> Rules:
    """The catalogue in a TOML text; `where` names it in errors. Raises `BadRules`."""
    try:
        return msgspec.convert(tomllib.loads(text), Rules)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: not TOML: {error}"
        raise BadRules(msg) from error
    except msgspec.ValidationError as error:
        msg = f"{where}: {error}"
        raise BadRules(msg) from error
