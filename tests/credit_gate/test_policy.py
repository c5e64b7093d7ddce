"""The rule table: the default is GOVERNANCE's, the digest follows the content, what must not be cannot be loaded."""

import re
from pathlib import Path

import msgspec
import pytest

from credit_gate import policy
from credit_gate.policy import BadPolicy, Condition, ItemTerms
from credit_gate.tier import Tier

TEXT = policy.packaged()


def test_the_default_table() -> None:
    tiers = policy.load().tiers
    table = {tier: [tiers.of(tier).grant(way) for way in policy.WAYS] for tier in Tier}
    assert table == {
        Tier.RED: ["yes", "yes", "yes", "yes", "yes"],
        Tier.ORANGE: ["yes", "item", "item", "item", "yes"],
        Tier.BLUE: ["item", "no", "no", "no", "no"],
        Tier.BLACK: ["no", "no", "no", "no", "no"],
        Tier.UNKNOWN: ["no", "no", "no", "no", "no"],
    }
    assert tiers.red.time_limit_percent == 70
    assert [tier for tier in Tier if tiers.of(tier).refuse_on_negative_list] == [Tier.BLACK]


def test_the_digest_ignores_layout_and_follows_every_rule(tmp_path: Path) -> None:
    digest = policy.load().digest
    assert re.fullmatch("[0-9a-f]{64}", digest)
    stripped = re.sub(r"\s*#.*", "", TEXT).replace(" = ", "=")
    (tmp_path / "policy.toml").write_text("# a comment\n" + stripped, "utf-8")
    assert policy.load(tmp_path / "policy.toml").digest == digest
    changes = [
        ("max_age_days = 7", "max_age_days = 8"),
        ('version = "2026-11-01"', 'version = "2026-11-02"'),
        ('cap = "blue"', 'cap = "black"'),
        ("time_limit_percent = 70", "time_limit_percent = 71"),
        ('upload_only = "item"', 'upload_only = "no"'),
        ('whose = ["enterprise", "representative"]', 'whose = ["enterprise"]'),
    ]
    digests = {policy.parse(_changed(old, new), "test").digest for old, new in changes}
    assert len(digests - {digest}) == len(changes)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            '[tiers.unknown]\nlive = "no"',
            '[tiers.unknown]\nlive = "yes"',
            'tiers.unknown.live: every way must be "no": nobody is admitted because a source was down',
        ),
        ('[tiers.unknown]\nlive = "no"', '[tiers.unknown]\nlive = "item"', "tiers.unknown.live: every"),
        (
            '[tiers.black]\nlive = "no"',
            '[tiers.black]\nlive = "item"',
            'tiers.black.live: every way must be "no": a black standing is surveyed on-site',
        ),
        (
            "[tiers.blue]",
            "[tiers.blue]\nrefuse_on_negative_list = true",
            "tiers.blue.refuse_on_negative_list: it is for black alone",
        ),
        ('live = "item"', 'live = "maybe"', "tiers.blue.live"),
        ("max_age_days = 7", "max_age_days = 0", "standing.max_age_days"),
        ("publicity_years = 3", "publicity_years = 4", "standing.serious.publicity_years"),
        ('cap = "black"', 'cap = "unknown"', "standing.serious.cap: it is orange, blue or black"),
        ('cap = "black"', 'cap = "green"', "standing.serious.cap"),
        ("time_limit_percent = 70", "time_limit_percent = 140", "tiers.red.time_limit_percent"),
        ('["enterprise", "representative"]', '["representative"]', "standing.whose: it is"),
        ('cap = "black"', 'cap = "orange"', "standing.serious.cap: it is orange; make it as low as general.cap"),
        ('live = "yes"', 'live = "item"', "tiers.red.live: it is"),
        ('pre_siting = "yes"  ', 'pre_siting = "no"  ', "tiers.red.pre_siting: it is"),
        (
            "time_limit_percent = 100\n\n[tiers.blue]",
            "time_limit_percent = 60\n\n[tiers.blue]",
            "tiers.red.time_limit_percent: it is above",
        ),
        ("[standing]", "[standing]\nsurprise = 1", "standing.surprise"),
        ("[tiers.unknown]", "[tiers.unknwn]", "unknwn"),
        ("version = ", "version == ", "not TOML"),
    ],
)
def test_a_wrong_policy_is_not_loaded_and_says_where(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(_changed(old, new), "utf-8")
    with pytest.raises(BadPolicy) as caught:
        policy.load(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)
    line = re.search(r"line (\d+)", str(caught.value))
    assert line
    written = path.read_text("utf-8").splitlines()
    field = re.search(r"line \d+: [\w.]*?(\w+): ", str(caught.value))
    assert (field[1] if field else "version ==") in written[int(line[1]) - 1]


def test_a_missing_policy_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="check the path"):
        policy.load(tmp_path / "absent.toml")


def test_a_policy_is_frozen() -> None:
    loaded = policy.load()
    with pytest.raises(AttributeError):
        loaded.version = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        loaded.tiers.black.live = "yes"  # type: ignore[misc]


def test_an_items_terms_let_blue_in_with_conditions_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="go together"):
        ItemTerms("x", "remote_survey", 5, allows={Tier.BLUE: ("live",)})
    with pytest.raises(ValueError, match="go together"):
        ItemTerms("x", "remote_survey", 5, blue_conditions=(Condition("甲", "a"),))
    with pytest.raises(ValueError, match="orange and blue"):
        ItemTerms("x", "remote_survey", 5, allows={Tier.UNKNOWN: ("live",)})


def test_an_items_digest_follows_its_terms() -> None:
    terms = ItemTerms("x", "remote_survey", 5)
    assert terms.digest == ItemTerms("x", "remote_survey", 5).digest
    assert terms.digest != msgspec.structs.replace(terms, time_limit_days=6).digest


def _changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)
