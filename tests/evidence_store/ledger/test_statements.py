"""What a node states beside its log can be neither changed nor taken for something else that it signed."""

import pytest

from evidence_store.ledger.notes import BadNote, Checkpoint, open_note
from evidence_store.ledger.statements import read_statement, statement
from tests.evidence_store.ledger.test_notes import TEXT, signer

KIND = "takan errand v1"
SAYS = {"name": "林静\n\u2028x", "case_no": "A 1", "number": 1}


def note(kind: str = KIND) -> str:
    return signer().sign(statement(kind, SAYS))


def test_what_is_stated_is_read_again_with_who_signed_it() -> None:
    assert read_statement(note(), KIND, [signer(seed=2).verifier, signer().verifier]) == (SAYS, [signer().verifier])
    assert statement(KIND, SAYS).count("\n") == 2, "a line feed in a value is no line of the text"


@pytest.mark.parametrize("at", [0, 20, 40, -3])
def test_a_changed_character_is_refused(at: int) -> None:
    said = note()
    changed = said[:at] + ("x" if said[at] != "x" else "y") + (said[at:][1:])
    with pytest.raises(BadNote):
        read_statement(changed, KIND, [signer().verifier])


def test_another_key_another_kind_and_a_checkpoint_are_refused() -> None:
    with pytest.raises(BadNote, match="by none of the given keys"):
        read_statement(note(), KIND, [signer(seed=2).verifier])
    with pytest.raises(BadNote, match="it is no takan errand v1"):
        read_statement(note("takan other v1"), KIND, [signer().verifier])
    with pytest.raises(BadNote, match="it is no takan errand v1"):
        read_statement(signer().sign(TEXT), KIND, [signer().verifier])


def test_a_statement_is_no_checkpoint() -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(open_note(note(), [signer().verifier])[0])
    for kind in ("log.example/n1", "two\nlines of it"):
        with pytest.raises(ValueError, match="can't begin a statement"):
            statement(kind, SAYS)


def test_what_is_signed_in_another_form_of_json_is_refused() -> None:
    with pytest.raises(BadNote, match="canonical"):
        read_statement(signer().sign(f'{KIND}\n{{"b": 1}}\n'), KIND, [signer().verifier])
