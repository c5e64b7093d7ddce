"""An errand says who was sent, by whom, for what and until when; who is sent no more is shown as such."""

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from evidence_store.ledger.notes import BadNote
from evidence_store.ledger.statements import statement
from survey_server.survey import events as e
from survey_server.survey.errand_check import check_errands
from survey_server.survey.errands import (
    KIND,
    Errand,
    code_of,
    due,
    errand_for,
    in_fours,
    read_errand,
    says,
    state_of,
    survey_of,
    with_code,
)
from survey_server.survey.step import OutOfOrder, step
from survey_server.survey.survey import Survey
from survey_server.wire.admission import Department
from survey_server.wire.basics import Text
from tests.evidence_store.ledger.test_notes import signer
from tests.survey.test_life import T0, survey

FIRE = Department("消防救援局", "Fire and Rescue Bureau")
KEYS = [signer().verifier]


def given(errand: Errand) -> e.ErrandGiven:
    note = signer().sign(statement(KIND, says(errand)))
    digest = hashlib.sha256(note.encode()).hexdigest()
    key = f"v1/t/2026/11/{errand.survey}/errands/{errand.person}-{errand.number}-{digest[:16]}.txt"
    return e.ErrandGiven(errand.person, errand.number, note, key, digest, errand.valid_from, errand.valid_until)


def after(value: Survey, event: e.AnyEvent) -> Survey:
    return step(value, e.Entry(value.id, value.seq + 1, T0, event))[0]


def sent(value: Survey, who: str, hours: float = 2) -> Survey:
    return after(value, given(errand_for(value, value.participants[who], T0, hours)))


def test_it_says_who_for_which_department_item_and_case_and_nothing_of_the_applicant() -> None:
    value = survey(
        e.Invited("p5", "reviewer", "郑", FIRE, credential="琼-42"), e.Invited("p6", "expert", "吴", drawn="E07")
    )
    one = errand_for(value, value.participants["p5"], T0 + timedelta(microseconds=5), 2)
    assert (one.name, one.role, one.credential, one.department) == ("郑", "reviewer", "琼-42", Text(FIRE.zh, FIRE.en))
    assert (one.case_no, one.item.code, one.survey) == ("TK-1", "food-business", "s1")
    assert (one.valid_from, one.valid_until) == (T0, T0 + timedelta(hours=2))
    assert "某公司" not in str(says(one))
    drawn = errand_for(value, value.participants["p6"], T0, 2)
    assert drawn.credential == "E07", "the register's number"
    assert drawn.department == value.application.item.view.department
    assert read_errand(given(one).note, KEYS) == (one, KEYS)


def test_it_lasts_to_the_end_of_a_later_appointment() -> None:
    ends = T0 + timedelta(hours=30)
    value = survey(e.Scheduled(1, T0 + timedelta(hours=29), ends, None, "王"))
    assert errand_for(value, value.participants["p2"], T0, 2).valid_until == ends
    assert errand_for(value, value.participants["p2"], T0, 40).valid_until == T0 + timedelta(hours=40)


def test_who_comes_gets_one_and_another_only_when_it_has_expired() -> None:
    value, late = survey(), T0 + timedelta(hours=2)
    assert [due(value, one, T0) for one in value.participants.values()] == [False, True, True, True]
    value = sent(value, "p2")
    assert not due(value, value.participants["p2"], late - timedelta(seconds=1))
    assert due(value, value.participants["p2"], late)
    assert errand_for(value, value.participants["p2"], late, 2).number == 2
    with pytest.raises(OutOfOrder):
        sent(replace(value, errands=()), "p2") and after(value, value.errands[0])
    gone = after(value, e.Recused("p3", "conflict", "x"))
    assert not due(gone, gone.participants["p3"], T0)
    with pytest.raises(OutOfOrder):
        sent(gone, "p3")
    assert not due(replace(value, state="concluded"), value.participants["p3"], T0)


def test_how_it_stands() -> None:
    value = sent(survey(), "p2")
    one = value.errands[0]
    assert state_of(value, one, T0) == "valid"
    assert state_of(value, one, one.valid_until) == "expired"
    for state in ("concluded", "appealed", "on_site", "cancelled"):
        assert state_of(replace(value, state=state), one, T0) == "over"
    gone = after(value, e.Recused("p2", "conflict", "亲属"))
    assert state_of(gone, one, T0) == "taken_off"
    assert state_of(replace(gone, state="concluded"), one, T0) == "taken_off"


def test_its_code_leads_to_it_however_it_is_written() -> None:
    value = replace(sent(sent(survey(), "p2"), "p3"), id="s26112201aabbccdd")
    for one in value.errands:
        code = code_of(value.id, one.sha256)
        for written in (code, in_fours(code), in_fours(code).replace(" ", "-")):
            assert survey_of(written) == (value.id, code)
        assert with_code(value, code) == one
    for written in ("", "12", "x" * 20, "../../etc/passwd", "0" * 60, "２６１１２２０１"):
        assert survey_of(written) is None
    assert with_code(value, "26112201aabbccdd00000000") is None


def test_one_that_the_node_did_not_sign_is_refused() -> None:
    one = errand_for(survey(), survey().participants["p2"], T0, 2)
    note = given(one).note
    for changed in (note.replace("林", "假"), note.replace("p2", "p3"), note.replace("T03:00", "T23:00")):
        assert changed != note
        with pytest.raises(BadNote):
            read_errand(changed, KEYS)
    told = signer().sign(statement(KIND, {**says(one), "level": 9}))
    with pytest.raises(BadNote, match="not written as errands are"):
        read_errand(told, KEYS)


def bundled(value: Survey) -> tuple[dict[str, bytes], dict[str, Any]]:
    """As a bundle has them: files by path, and what the seal says."""
    application = value.application
    manifest = {
        "survey": value.id,
        "case_no": application.case_no,
        "item": {"code": application.item.view.code},
        "people": [{"id": one.id, "role": one.role, "name": one.name} for one in value.participants.values()],
        "recused": [{"participant": one} for one in value.opinions.recused],
        "errands": [
            {"participant": one.participant, "number": one.number, "key": one.key, "sha256": one.sha256,
             "valid_from": one.valid_from, "valid_until": one.valid_until}
            for one in value.errands
        ],
    }  # fmt: skip
    files = {"/".join(one.key.split("/")[5:]): one.note.encode() for one in value.errands}
    return files, msgspec.to_builtins(manifest)


def test_a_bundles_errands_are_those_of_its_seal() -> None:
    value = after(sent(sent(survey(), "p2"), "p3"), e.Recused("p3", "conflict", "x"))
    files, manifest = bundled(value)
    checked, problems = check_errands(files, manifest, KEYS)
    assert problems == []
    assert [(one.errand.person, one.sealed, one.taken_off) for one in checked] == [
        ("p2", True, False),
        ("p3", True, True),
    ]
    path = next(iter(files))
    for wrong, words in (
        ({**manifest, "people": [{**one, "name": "别人"} for one in manifest["people"]]}, "as its name"),
        ({**manifest, "case_no": "TK-2"}, "as its case"),
        (
            {**manifest, "errands": [{**one, "valid_until": "2027-01-01T00:00:00Z"} for one in manifest["errands"]]},
            "end",
        ),
    ):
        assert all(words in one.problem for one in check_errands(files, wrong, KEYS)[1])
        assert len(check_errands(files, wrong, KEYS)[1]) == 2
    assert "is missing" in check_errands({path: files[path]}, manifest, KEYS)[1][0].problem
    assert (
        "does not fit"
        in check_errands({path: files[path].replace("林".encode(), "假".encode())}, manifest, KEYS)[1][0].problem
    )
    with_later = {**manifest, "errands": manifest["errands"][:1]}
    assert [one.sealed for one in check_errands(files, with_later, KEYS)[0]] == [True, False]
