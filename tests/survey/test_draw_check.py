"""Whatever is changed in a draw is found, and the sentence says what; also when the log's own key signed the change."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.ledger.notes import Signer
from survey_server.survey.draw import draw_seed, drawn_order, number_hash
from survey_server.survey.draw_check import Material, check_draws
from tests.survey.drawing import Drawing, a_drawing

DRAWING = a_drawing()


def problems(material: Material) -> list[str]:
    return [one.problem for one in check_draws(material)[1]]


def copied(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    match value:
        case dict():
            for name, one in value.items():
                yield from leaves(one, (*path, name))
        case list() if value:
            for at, one in enumerate(value):
                yield from leaves(one, (*path, at))
        case _:
            yield path


def changed(value: Any) -> Any:
    match value:
        case int():
            return value + 1
        case str():
            return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"
        case _:
            return "something"


def with_change(says: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    other = copied(says)
    at = other
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = changed(at[path[-1]])
    return other


def fields() -> Iterator[Any]:
    for kind in ("commitment", "anchor", "result"):
        for path in leaves(DRAWING.says(kind)):
            yield pytest.param(kind, path, id=f"{kind}-{'.'.join(map(str, path))}")


def test_an_honest_draw_fits() -> None:
    made, wrong = check_draws(DRAWING.material)
    assert (wrong, made[0].state, len(made[0].order)) == ([], "drawn", 7)


@pytest.mark.parametrize(("kind", "path"), list(fields()))
def test_no_field_can_be_changed_even_by_who_signs_for_the_log(kind: str, path: tuple[Any, ...]) -> None:
    """The entry and the seal say the changed document's digest; only the draw itself can tell."""
    assert problems(DRAWING.forged(kind, with_change(DRAWING.says(kind), path)))


@pytest.mark.parametrize("kind", ["commitment", "anchor", "result"])
def test_no_member_can_be_added_or_left_out(kind: str) -> None:
    says = DRAWING.says(kind)
    assert any("unknown field" in one for one in problems(DRAWING.forged(kind, {**says, "more": 1})))
    for name in says:
        assert problems(DRAWING.forged(kind, {key: value for key, value in says.items() if key != name})), name


@pytest.mark.parametrize("kind", ["commitment", "anchor", "result"])
def test_a_document_that_is_missing_or_other_than_the_seal_says_is_found(kind: str) -> None:
    path = DRAWING.path(kind)
    less = replace(DRAWING.material, documents={k: v for k, v in DRAWING.documents.items() if k != path})
    assert f"its {kind} is missing, and the newest seal names it" in problems(less)
    unentered = replace(DRAWING.material, entries={k: v for k, v in DRAWING.entries.items() if k != path})
    assert f"its {kind} has no entry of type draw in the ledger" in problems(unentered)
    unsealed = DRAWING.forged(kind, with_change(DRAWING.says(kind), ("survey",)), resealed=False)
    assert f"the newest seal names another {kind} or none" in problems(unsealed)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda says: says["candidates"].pop(), "list or case were changed"),
        (lambda says: says["candidates"].append({"id": "E99", "name": "熟人", "employer": "x"}), "list or case"),
        (lambda says: says["case"].update(case_no="TK-2"), "is not the case of the seal"),
        (lambda says: says["candidates"].reverse(), "not in the order of ids"),
        (lambda says: says.update(seats=9), "can't be drawn from a list of 7"),
        (lambda says: says["left_out"].append({**says["left_out"][0], "id": "E01"}), "on the list and left out"),
        (lambda says: says["applicant"].update(participant="p2"), "not of the applicant's page"),
        (lambda says: says["applicant"].update(number_sha256="0" * 64), "applicant's page is not the one it committed"),
        (lambda says: says["office"].update(number_sha256="0" * 64), "of the office is not the one it committed"),
    ],
)
def test_a_changed_commitment_is_named(change: Any, words: str) -> None:
    says = DRAWING.says("commitment")
    change(says)
    assert any(words in one for one in problems(DRAWING.forged("commitment", says))), problems


def test_the_office_cannot_choose_another_checkpoint_once_it_knows_the_number() -> None:
    """It waits until a checkpoint draws whom it wants. Everything else it makes again as it should be."""
    drawing = a_drawing()
    says, commitment = drawing.says("result"), drawing.documents[drawing.path("commitment")]
    log, size = drawing.log, drawing.entries[drawing.path("anchor")].index + 1
    note = log.note(size)
    assert note != says["checkpoint"]
    body = note.partition("\n\n")[0] + "\n"
    page, office = bytes.fromhex(says["applicant"]["number"]), bytes.fromhex(says["office"]["number"])
    order = drawn_order(draw_seed(commitment, body, page, office), sorted(says["order"]))
    says.update(checkpoint=note, order=order, drawn=order[:2])
    for kind in ("commitment", "anchor"):
        index = drawing.entries[drawing.path(kind)].index
        says["proofs"][kind] = msgspec.to_builtins(log.proof(index, size))
    forged = drawing.forged("result", says)
    forged.manifest["draws"][0]["seated"] = [{"member": one, "participant": None} for one in order[:2]]
    forged.manifest["people"] = forged.manifest["people"][:1]
    (only,) = problems(forged)
    assert "did not sign this checkpoint for this commitment" in only


def test_a_number_put_in_the_place_of_the_pages_does_not_fit() -> None:
    says = DRAWING.says("result")
    says["applicant"]["number"] = "00" * 32
    assert "the number of the applicant's page is not the one it committed" in problems(DRAWING.forged("result", says))


def test_the_seeds_checkpoint_must_be_later_than_the_commitments() -> None:
    says = DRAWING.says("result")
    says["checkpoint"] = DRAWING.says("anchor")["checkpoint"]
    found = problems(DRAWING.forged("result", says))
    assert any("is not later than the one that covers the commitment" in one for one in found)
    assert any("the anchor is not in the draw's checkpoint" in one for one in found)


def test_an_anchor_can_not_name_a_checkpoint_from_after_itself() -> None:
    says = DRAWING.says("anchor")
    index = DRAWING.entries[DRAWING.path("commitment")].index
    says.update(checkpoint=DRAWING.log.note(), proof=msgspec.to_builtins(DRAWING.log.proof(index)))
    assert any("which is later than itself" in one for one in problems(DRAWING.forged("anchor", says)))


def test_a_result_can_not_come_before_its_checkpoint() -> None:
    path = DRAWING.path("result")
    early = {**DRAWING.entries, path: replace(DRAWING.entries[path], index=2)}
    assert any("before the draw's checkpoint" in one for one in problems(replace(DRAWING.material, entries=early)))


def test_a_checkpoint_by_another_key_or_of_another_log_does_not_count() -> None:
    other = Signer(DRAWING.log.signer.verifier.name, Ed25519PrivateKey.generate())
    for kind in ("anchor", "result"):
        says = DRAWING.says(kind)
        says["checkpoint"] = other.sign(says["checkpoint"].partition("\n\n")[0] + "\n")
        found = problems(DRAWING.forged(kind, says))
        assert any("checkpoint is not signed as it should be" in one for one in found), kind
    elsewhere = {path: replace(entry, origin="test.example/node-2") for path, entry in DRAWING.entries.items()}
    assert any("is of the log" in one for one in problems(replace(DRAWING.material, entries=elsewhere)))


def second(drawing: Drawing, *, lapsed: bool) -> Material:
    """The same office draws once more, with numbers as they should be."""
    more = a_drawing()
    manifest = copied(drawing.manifest)
    documents, entries = dict(drawing.documents), dict(drawing.entries)
    for kind in ("commitment", "anchor", "result"):
        path = more.path(kind)
        new = path.replace("001-", "002-")
        documents[new], entries[new] = more.documents[path], more.entries[path]
    manifest["draws"].append({**copied(more.manifest["draws"][0]), "draw": 2})
    if lapsed:
        manifest["draws"][0].update(state="lapsed", lapsed="no_number")
    return replace(drawing.material, documents=documents, entries=entries, manifest=manifest)


@pytest.mark.parametrize("lapsed", [True, False])
def test_a_second_draw_is_found_also_if_the_first_is_called_lapsed(lapsed: bool) -> None:
    found = problems(second(DRAWING, lapsed=lapsed))
    assert any("is a second draw of role expert" in one for one in found)
    assert ("is said to have lapsed and has a result" in found) is lapsed


def test_a_second_result_of_one_draw_is_found() -> None:
    path = DRAWING.path("result")
    twice = {**DRAWING.documents, path.replace(path[-21:-5], "f" * 16): b"{}"}
    assert any("has a second result" in one for one in problems(replace(DRAWING.material, documents=twice)))


def test_seats_go_to_the_next_in_the_order_and_to_nobody_else() -> None:
    manifest = copied(DRAWING.manifest)
    order = DRAWING.says("result")["order"]
    told = manifest["draws"][0]
    gone = order[0]
    told["replaced"] = [{"member": gone, "cause": "no_show", "reason": "没来"}]
    assert "the seats are not those of the drawn order" in problems(replace(DRAWING.material, manifest=manifest))[0]
    told["seated"] = [told["seated"][1], {"member": order[2], "participant": "p9"}]
    manifest["people"].append({"id": "p9", "role": "expert", "drawn": order[2]})
    assert problems(replace(DRAWING.material, manifest=manifest)) == []
    told["seated"][1]["member"] = order[3]
    manifest["people"][-1]["drawn"] = order[3]
    assert any("not those of the drawn order" in one for one in problems(replace(DRAWING.material, manifest=manifest)))


def test_nobody_sits_there_who_was_not_drawn() -> None:
    manifest = copied(DRAWING.manifest)
    manifest["people"].append({"id": "p9", "role": "expert"})
    assert problems(replace(DRAWING.material, manifest=manifest)) == ["p9 takes part as expert, and was not drawn"]
    manifest["people"][-1] = {"id": "p9", "role": "reviewer", "drawn": "E07"}
    assert "nobody of role reviewer was" in problems(replace(DRAWING.material, manifest=manifest))[0]


@pytest.mark.parametrize("name", ["role", "seats", "state", "opened_at", "draw"])
def test_the_seal_can_not_tell_of_another_draw(name: str) -> None:
    manifest = copied(DRAWING.manifest)
    manifest["draws"][0][name] = changed(manifest["draws"][0][name])
    assert problems(replace(DRAWING.material, manifest=manifest))


def test_a_bundle_without_a_finished_draw_says_so() -> None:
    nothing = replace(DRAWING.material, documents={}, entries={}, manifest={"people": []})
    assert problems(nothing) == ["the bundle holds no draw that was finished"]
    manifest = copied(DRAWING.manifest)
    told = manifest["draws"][0]
    told.update(state="revealing", seated=[])
    del told["documents"]["result"]
    manifest["people"] = manifest["people"][:1]
    path = DRAWING.path("result")
    open_ = replace(
        DRAWING.material, manifest=manifest, documents={k: v for k, v in DRAWING.documents.items() if k != path}
    )
    assert "is not finished (revealing): it was opened and nobody was drawn" in problems(open_)


def test_proofs_are_read_strictly() -> None:
    says = DRAWING.says("result")
    says["proofs"]["anchor"]["path"] = ["%"]
    assert any("by the proof given" in one for one in problems(DRAWING.forged("result", says)))
    says = DRAWING.says("result")
    says["proofs"]["anchor"]["path"].append(base64.b64encode(hashlib.sha256(b"").digest()).decode())
    assert any("by the proof given" in one for one in problems(DRAWING.forged("result", says)))
    assert number_hash(b"") != number_hash(b"\0")
