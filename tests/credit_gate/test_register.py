"""The register file: what it says, and that a wrong or absent one is silence, never an admission."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credit_gate import policy
from credit_gate.gate import decide
from credit_gate.policy import ItemTerms
from credit_gate.sources.register import DEMO_REGISTER, BadRegister, RegisterFile
from credit_gate.subject import Enterprise, parse
from credit_gate.tier import Tier

POLICY = policy.load()
AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
ITEM = ItemTerms("plain", "remote_survey", 10)
FIRM = Enterprise("91350100M000100Y43")

GOOD = """
name = "district register"
as_of = 2026-11-21T08:00:00+08:00

[[subject]]
code = "91350100M000100Y43"
name = "甲"
tier = "orange"

[[subject.event]]
id = "E-1"
kind = { zh = "虚假材料", en = "false material" }
severity = "serious"
at = 2026-05-01T00:00:00+08:00
rule = "《法》第一条"
confirmed_by = "某局"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.toml"


def test_a_subject_its_event_and_its_freshness_are_read(path: Path) -> None:
    path.write_text(GOOD, "utf-8")
    standing = RegisterFile(path).standing(FIRM, AT)
    assert (standing.tier, standing.source) == (Tier.ORANGE, "district register")
    assert standing.as_of == datetime(2026, 11, 21, tzinfo=UTC)
    assert [event.id for event in standing.events] == ["E-1"]
    assert standing.tier_at(AT, POLICY.standing) is Tier.BLACK


def test_a_repair_written_into_the_file_counts_at_the_next_question(path: Path) -> None:
    path.write_text(GOOD, "utf-8")
    source = RegisterFile(path)
    assert decide(FIRM, source.standing(FIRM, AT), ITEM, POLICY, AT).outcome == "on_site"
    path.write_text(GOOD + "repaired_at = 2026-11-22T09:00:00+08:00\n", "utf-8")
    assert decide(FIRM, source.standing(FIRM, AT), ITEM, POLICY, AT).outcome == "admitted"


def test_a_register_nobody_kept_up_is_out_of_date(path: Path) -> None:
    path.write_text(GOOD.replace("serious", "minor"), "utf-8")
    source = RegisterFile(path)
    later = AT + timedelta(days=8)
    assert decide(FIRM, source.standing(FIRM, AT), ITEM, POLICY, AT).outcome == "admitted"
    stale = decide(FIRM, source.standing(FIRM, later), ITEM, POLICY, later)
    assert (stale.outcome, stale.tier) == ("on_site", Tier.UNKNOWN)


def test_nobody_in_the_register_is_unknown_with_a_reason(path: Path) -> None:
    path.write_text(GOOD, "utf-8")
    standing = RegisterFile(path).standing(parse("11010519491231002X"), AT)
    assert standing.tier is Tier.UNKNOWN
    assert standing.unknown_because is not None
    assert standing.unknown_because.code == "no_record"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "district register"', "name = ", "not TOML"),
        ("+08:00\n\n[[subject]]", "\n\n[[subject]]", "as_of"),
        ("as_of = 2026-11-21T08:00:00+08:00", "", "give it (with a zone)"),
        ('tier = "orange"', 'tier = "green"', "line 8: subject[0].tier: Invalid"),
        ('tier = "orange"', 'tier = "unknown"', "line 8: subject[0].tier: unknown is no tier"),
        ("Y43", "Y44", "line 6: subject[0].code: The unified"),
        ('severity = "serious"', 'severity = "grave"', ": subject[0].event[0].severity: Invalid"),
        ("at = 2026-05-01T00:00:00+08:00", "at = 2026-05-01T00:00:00", ": subject[0].event[0].at: "),
        (
            'rule = "《法》第一条"',
            'rule = "《法》第一条"\nrepaired_at = 2026-04-01T00:00:00+08:00',
            ": subject[0].event[0]: event E-1: it is repaired before",
        ),
        (
            'tier = "orange"',
            'tier = "orange"\nrepresentative = "91350100M000100Y43"',
            ": subject[0].representative: a legal representative is a person",
        ),
        ('tier = "orange"', 'tier = "orange"\nsurprise = 1', "line 9: subject[0].surprise: "),
    ],
)
def test_a_wrong_register_is_silence_for_everyone_and_says_where(path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    source = RegisterFile(path)
    with pytest.raises(BadRegister) as caught:
        source.read()
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "91350100M000100Y4" not in str(caught.value)
    standing = source.standing(FIRM, AT)
    assert standing.fault == str(caught.value)
    decision = decide(FIRM, standing, ITEM, POLICY, AT)
    assert decision.outcome == "on_site"
    assert "source_silent" in [reason.code for reason in decision.reasons]
    assert not any(str(path) in reason.zh + reason.en for reason in decision.reasons)


def test_a_subject_written_twice_is_a_mistake(path: Path) -> None:
    path.write_text(GOOD + '\n[[subject]]\ncode = "91350100m000100y43"\nname = "again"\ntier = "red"\n', "utf-8")
    with pytest.raises(BadRegister, match=r"subject\[1\].code: this code appears twice"):
        RegisterFile(path).read()


@pytest.mark.parametrize("what", ["absent", "folder", "binary"])
def test_a_register_that_cannot_be_read_is_silence(path: Path, what: str) -> None:
    if what == "folder":
        path.mkdir()
    if what == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    standing = RegisterFile(path).standing(FIRM, AT)
    assert standing.unknown_because is not None
    assert "check the path" in standing.fault
    assert decide(FIRM, standing, ITEM, POLICY, AT).outcome == "on_site"


def test_a_representative_counts_from_their_authorisation_on(path: Path) -> None:
    path.write_text(
        """
name = "r"
demonstration = true
[[subject]]
code = "91350100M000100Y43"
name = "new"
representative = "11010519491231002X"
authorised_at = 2026-11-22T10:00:00+08:00
[[subject]]
code = "11010519491231002X"
name = "person"
tier = "red"
""",
        "utf-8",
    )
    source = RegisterFile(path)
    before = AT - timedelta(seconds=1)
    assert decide(FIRM, source.standing(FIRM, before), ITEM, POLICY, before).outcome == "on_site"
    decision = decide(FIRM, source.standing(FIRM, AT), ITEM, POLICY, AT)
    assert (decision.outcome, decision.whose) == ("admitted", "representative")


DEMO = {
    "91460108TAKAN0017C": ("admitted", "red"),
    "91460108TAKAN00257": ("admitted", "orange"),
    "91460108TAKAN00332": ("on_site", "blue"),
    "91460108TAKAN0041W": ("on_site", "black"),
    "91460108TAKAN005XL": ("admitted", "red"),
    "91460108TAKAN0068L": ("admitted", "orange"),
    "91460108TAKAN0076F": ("admitted", "red"),
    "91460108TAKAN0084A": ("on_site", "unknown"),
    "460108190001010019": ("admitted", "red"),
    "460108190001010027": ("admitted", "orange"),
    "460108190001010035": ("on_site", "blue"),
    "460108190001010043": ("on_site", "black"),
}


@pytest.mark.parametrize("at", [AT, AT + timedelta(days=3000)])
def test_the_demonstration_register_has_every_tier_now_and_years_later(at: datetime) -> None:
    source = RegisterFile(DEMO_REGISTER)
    assert len(source.read().records) == len(DEMO)
    told = {}
    for code in DEMO:
        subject = parse(code)
        decision = decide(subject, source.standing(subject, at), ITEM, POLICY, at)
        told[code] = (decision.outcome, decision.tier.value)
    assert told == DEMO


def test_the_demonstrations_events_run_out_and_are_repaired() -> None:
    source = RegisterFile(DEMO_REGISTER)
    for code, then, tier_then in [
        ("91460108TAKAN005XL", datetime(2024, 1, 1, tzinfo=UTC), Tier.BLUE),
        ("91460108TAKAN0068L", datetime(2026, 4, 1, tzinfo=UTC), Tier.BLACK),
    ]:
        subject = parse(code)
        assert decide(subject, source.standing(subject, then), ITEM, POLICY, then).tier is tier_then
