"""A new policy before it is in force, and an old decision made again: never another answer than the gate itself."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from typer.testing import CliRunner

from credit_gate import policy
from credit_gate.decision import Admitted, Decision
from credit_gate.dry_run import Pending, foresee, in_a_word
from credit_gate.gate import decide
from credit_gate.policy import ItemTerms, Policy
from credit_gate.replay import CannotReplay, kept, replayed
from credit_gate.standing import Standing
from credit_gate.subject import Subject
from credit_gate.tier import Tier
from survey_server.cli import app
from tests.credit_gate.strategies import AT, FIRM, items, known, modes, policies, standings, subjects

PACKAGED = policy.load()
PLAIN = ItemTerms("plain", "remote_survey", 10)
REGISTER = """
name = "register"
as_of = 2026-11-22T08:00:00+08:00
[[subject]]
code = "91350100M000100Y43"
name = "a"
tier = "red"
[[subject.event]]
id = "E-1"
kind = { zh = "虚假材料", en = "false material" }
severity = "general"
at = 2026-05-01T00:00:00+08:00
rule = "《法》第一条"
confirmed_by = "某局"
[[subject]]
code = "11010519491231002X"
name = "b"
tier = "orange"
"""
APPLICATIONS = (
    "\ufeffcase_no,code,item,mode,at\r\n"
    "A-1,91350100M000100Y43,hr-agency,live,2026-11-22T10:00:00+08:00\r\n"
    "A-2,11010519491231002X,food-business,,2026-11-22T10:00:00+08:00\r\n"
)


def pending(decision: Decision) -> Pending:
    mode = decision.mode if isinstance(decision, Admitted) else "live"
    return Pending(
        "case", decision.item, decision.at, decision.outcome, mode, decision.tier, decision.wish, decision.whose,
        decision.as_of, len(decision.events),
    )  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(subjects, standings(), items(), policies(), policies(), modes)
def test_what_is_foreseen_is_what_the_gate_would_say(
    subject: Subject, standing: Standing, item: ItemTerms, old: Policy, new: Policy, mode: str
) -> None:
    one = pending(decide(subject, standing, item, old, AT, mode))
    told = foresee(one, item, old.standing, new)
    if told.unclear is None:
        assert told.would == in_a_word(decide(subject, standing, item, new, AT, mode))


def changed(old: str, new: str) -> Policy:
    assert old in policy.packaged()
    return policy.parse(policy.packaged().replace(old, new, 1), "test")


def test_what_stays_is_clear_and_what_rests_on_records_is_not() -> None:
    week = known(Tier.RED, AT - timedelta(days=5))
    one = pending(decide(FIRM, week, PLAIN, PACKAGED, AT))
    assert not foresee(one, PLAIN, PACKAGED.standing, PACKAGED).differs
    stricter = foresee(one, PLAIN, PACKAGED.standing, changed("max_age_days = 7", "max_age_days = 4"))
    assert (stricter.was, stricter.would) == ("admitted live", "on_site")
    assert "standing_out_of_date" in [reason.code for reason in stricter.reasons]
    longer = changed("publicity_years = 1", "publicity_years = 2")
    assert foresee(one, PLAIN, PACKAGED.standing, longer).unclear is not None
    assert foresee(one, PLAIN, None, PACKAGED).unclear is not None
    assert foresee(one, None, PACKAGED.standing, PACKAGED).unclear is not None
    black = changed('cap = "blue"', 'cap = "black"')
    assert not foresee(one, PLAIN, PACKAGED.standing, black).differs
    assert foresee(replace(one, records=1), PLAIN, PACKAGED.standing, black).unclear is not None


@settings(deadline=None, max_examples=100)
@given(subjects, standings(), items(), policies(), modes)
def test_a_kept_decision_is_made_again(
    subject: Subject, standing: Standing, item: ItemTerms, rules: Policy, mode: str
) -> None:
    decision = decide(subject, standing, item, rules, AT, mode)
    record = json.loads(rfc8785.dumps({"survey": "s1", **kept(decision, subject.ref(b"key"), item, rules)}))
    assert replayed(record) == []
    assert "kind_zh" not in json.dumps(record)  # no credit report beside it
    other = "on_site" if decision.outcome != "on_site" else "admitted"
    assert any("outcome" in fault for fault in replayed({**record, "outcome": other}))


def test_a_forged_record_does_not_follow(tmp_path: Path) -> None:
    decision = decide(FIRM, known(Tier.ORANGE, AT), PLAIN, PACKAGED, AT)
    record = kept(decision, "ref", PLAIN, PACKAGED)
    other_terms = {**record["item_terms"], "time_limit_days": 3}
    generous = {**record["policy"], "version": "2026-11-02"}
    forgeries = {
        "terms_digest": {**record, "item_terms": other_terms},
        "policy_digest": {**record, "policy": generous},
        "the reasons": {
            **record,
            "reasons": [*record["reasons"][:-1], {**record["reasons"][-1], "code": "upload_only"}],
        },
        "terms is": {**record, "terms": {**record["terms"], "tolerance": True}},
        "outcome is": {**record, "tier": "black"},
    }
    for says, forged in forgeries.items():
        assert any(says in fault for fault in replayed(forged)), says
    with pytest.raises(CannotReplay, match="policy"):
        replayed({name: value for name, value in record.items() if name != "policy"})
    path = tmp_path / "decision.json"
    for what, status in ((record, 0), (forgeries["outcome is"], 1), ({}, 2)):
        path.write_bytes(rfc8785.dumps(what))
        assert CliRunner().invoke(app, ["gate", "replay", str(path)]).exit_code == status


def run(folder: Path, *arguments: str, new: str, applications: str = APPLICATIONS) -> tuple[int, str]:
    for name, text in (("new.toml", new), ("register.toml", REGISTER), ("applications.csv", applications)):
        (folder / name).write_bytes(text.encode())
    given = ["--policy", "new.toml", "--register", "register.toml", "--applications", "applications.csv"]
    paths = [str(folder / word) if "." in word else word for word in given]
    done = CliRunner().invoke(app, ["gate", "dry-run", *paths, *arguments])
    return done.exit_code, done.output


def test_a_file_of_applications_is_decided_under_both_policies(tmp_path: Path) -> None:
    assert run(tmp_path, new=policy.packaged())[0] == 0
    harder = policy.packaged().replace('cap = "blue"', 'cap = "black"')
    status, out = run(tmp_path, "--json", new=harder)
    told = json.loads(out)
    assert status == 1
    assert (told["applications"], told["unclear"]) == (2, 0)
    (one,) = told["differing"]
    assert (one["case"], one["was"], one["would"]) == ("A-1", "admitted live", "on_site")
    assert "record_counts" in [reason["code"] for reason in one["reasons"]]
    assert told["current"]["digest"] == PACKAGED.digest != told["new"]["digest"]
    status, out = run(tmp_path, new=harder)
    assert "A-1  hr-agency  admitted live -> on_site" in out
    assert "1 of 2" in out


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("hr-agency", "no-such", "line 2: there is no item no-such"),
        ("002X", "0021", "line 3: The identity number"),
        (",item,", ",thing,", "column item is missing"),
        (",live,", ",video,", "line 2: mode is live"),
        ("+08:00", "", "line 2: at needs a zone"),
    ],
)
def test_a_wrong_file_of_applications_names_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    status, out = run(tmp_path, new=policy.packaged(), applications=APPLICATIONS.replace(old, new, 1))
    assert status == 2
    assert says in out
    assert "11010519491231002" not in out
