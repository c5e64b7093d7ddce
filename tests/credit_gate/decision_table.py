"""Reads decisions.txt: each row becomes a register, an item and a question, and the answer that is expected."""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from credit_gate import policy
from credit_gate.decision import Admitted, Decision
from credit_gate.policy import Policy
from credit_gate.standing import CHINA

HERE = Path(__file__).parent
TABLE, ITEMS = HERE / "decisions.txt", HERE / "items.toml"
FIRM, PERSON, REPRESENTATIVE = "91350100M000100Y43", "11010519491231002X", "440524188001010014"
TAILS = {"+repair": ["way_back_repair", "way_back_appeal"], "+known": ["way_back_known"]}
TIME = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\dZ| \d\d:\d\d(?::\d\d)?)?"
RECORD = re.compile(
    rf"(?P<whose>representative's )?(?P<severity>minor|general|serious) (?P<at>{TIME})"
    rf"(?: until (?P<until>{TIME}))?(?: repaired (?P<repaired_at>{TIME}))?(?: reversed (?P<reversed_at>{TIME}))?"
)
TIER = "red|orange|blue|black|unrated|unlisted"
SUBJECT = re.compile(
    rf"(?P<who>firm|person) (?P<tier>{TIER})(?: since (?P<since>{TIME}))?"
    rf"(?:, represented by (?P<theirs>{TIER})(?: from (?P<authorised>{TIME}))?)?"
)
SOURCE = re.compile(rf"(?P<days>\d+) days?(?: (?P<s>\d+) s)? (?P<way>old|ahead)|as of (?P<as_of>{TIME})")


@dataclass(frozen=True)
class Row:
    """One line of the table, as written, with the rules of its section."""

    case: str
    subject: str
    records: str
    source: str
    asked: str
    item: str
    wish: str
    outcome: str
    terms: str
    counted: str
    because: str
    rules: tuple[str, ...]

    @property
    def at(self) -> datetime:
        return time(self.asked)

    @property
    def code(self) -> str:
        return FIRM if self.subject.startswith("firm") else PERSON

    @property
    def mode(self) -> str:
        return {"live": "live", "photos": "upload_only"}[self.wish]

    @property
    def policy(self) -> Policy:
        return changed(self.rules)

    @property
    def register(self) -> str:
        """The register's text; one that cannot be read for "broken". Not for "missing"."""
        if self.source == "broken":
            return "name = "
        told = matched(SUBJECT, self.subject)
        lines = ['name = "register"', f"as_of = {self.as_of.isoformat()}", *entry(self.code, told["tier"])]
        if told["since"]:
            lines.append(f"tier_since = {time(told['since']).isoformat()}")
        if told["theirs"]:
            lines.append(f'representative = "{REPRESENTATIVE}"')
        if told["authorised"]:
            lines.append(f"authorised_at = {time(told['authorised']).isoformat()}")
        records = [matched(RECORD, one) for one in self.records.split("; ") if one != "-"]
        lines += [line for one in records if not one["whose"] for line in event(one)]
        if told["theirs"] and told["theirs"] != "unlisted":
            lines += entry(REPRESENTATIVE, told["theirs"])
            lines += [line for one in records if one["whose"] for line in event(one)]
        return "\n".join(lines)

    @property
    def as_of(self) -> datetime:
        if self.source in {"fresh", "missing"}:
            return self.at
        told = matched(SOURCE, self.source)
        if told["as_of"]:
            return time(told["as_of"])
        away = timedelta(days=int(told["days"]), seconds=int(told["s"] or 0))
        return self.at - away if told["way"] == "old" else self.at + away

    def expected(self) -> dict[str, Any]:
        """What `said` must make of the decision."""
        reasons = [code for word in self.because.split() for code in TAILS.get(word, [word])]
        tier, _, whose = self.counted.partition(" ")
        own = "enterprise" if self.code == FIRM else "person"
        return {
            "outcome": self.outcome,
            "terms": self.terms,
            "tier": tier,
            "whose": whose.strip("()") or own,
            "reasons": reasons + (["application_goes_on"] if self.outcome == "on-site" else []),
        }


def said(decision: Decision) -> dict[str, Any]:
    """A decision in the table's words."""
    outcome, terms = {"on_site": "on-site"}.get(decision.outcome, decision.outcome), "-"
    if isinstance(decision, Admitted):
        days = decision.time_limit_days
        outcome += {"live": " live", "upload_only": " photos"}[decision.mode]
        terms = f"{days} day{'s' if days > 1 else ''}"
        terms += (", tolerance" if decision.tolerance else "") + (", commitment" if decision.commitment else "")
    return {
        "outcome": outcome,
        "terms": terms,
        "tier": decision.tier.value,
        "whose": decision.whose,
        "reasons": [reason.code for reason in decision.reasons],
    }


def rows() -> list[Row]:
    """Every row of the table."""
    found: list[Row] = []
    rules: tuple[str, ...] = ()
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("== "):
            rules = ()
        elif line.startswith("rules: "):
            rules = (*rules, line.removeprefix("rules: "))
        elif "|" in line and not line.startswith("case "):
            found.append(Row(*(cell.strip() for cell in line.split("|")), rules=rules))
    return found


@cache
def changed(rules: tuple[str, ...]) -> Policy:
    """The packaged policy with lines such as `standing.max_age_days = 30` put in force."""
    plain = tomllib.loads(policy.packaged())
    for rule in rules:
        path, value = rule.split(" = ")
        *tables, name = path.split(".")
        place = plain
        for table in tables:
            place = place[table]
        assert name in place, rule
        place[name] = {"standing.whose": [value], "tiers.black.refuse_on_negative_list": False}.get(path, value)
    return msgspec.convert(plain, Policy, strict=False)


def time(text: str) -> datetime:
    if text.endswith("Z"):
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def matched(pattern: re.Pattern[str], text: str) -> dict[str, str | None]:
    found = pattern.fullmatch(text)
    assert found, f"the table can't be read here: {text!r}"
    return found.groupdict()


def entry(code: str, tier: str | None) -> list[str]:
    if tier == "unlisted":
        return ["[[subject]]", 'code = "91110000710925462X"', 'name = "somebody else"', 'tier = "red"']
    lines = ["[[subject]]", f'code = "{code}"', 'name = "somebody"']
    return lines if tier == "unrated" else [*lines, f'tier = "{tier}"']


def event(told: dict[str, str | None]) -> list[str]:
    lines = [
        "[[subject.event]]",
        f'id = "{told["severity"]} {told["at"]}"',
        'kind = { zh = "虚假材料", en = "false material" }',
        f'severity = "{told["severity"]}"',
        'rule = "《法》第一条"',
        'confirmed_by = "某局"',
    ]
    times = ("at", "until", "repaired_at", "reversed_at")
    return lines + [f"{name} = {time(when).isoformat()}" for name in times if (when := told[name])]
