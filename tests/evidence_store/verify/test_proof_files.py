"""The list of proofs is read back as it was written, and in no other form."""

import json
import random

import pytest
import rfc8785

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.ledger.merkle import leaf_hash, verify_inclusion
from evidence_store.ledger.notes import Checkpoint
from evidence_store.ledger.proofs import BadProofs, ProvenEntry, entry_name, log_folder, proof_files, read_proofs
from tests.evidence_store.verify.maker import NODE, ORIGIN, Log


@pytest.fixture(scope="module")
def log() -> Log:
    made = Log(NODE)
    for number in range(300):
        made.append(f"{number}".encode())
    return made


def test_what_is_written_is_read_back_and_proves(log: Log) -> None:
    indices = [0, 7, 255, 256, 299]
    files = dict(proof_files(log.note(), str(NODE.verifier), log.proven(indices)))
    assert list(files) == sorted(files)
    proofs = read_proofs(files["ledger/proofs.json"])
    assert (proofs.origin, proofs.size, list(proofs.paths)) == (ORIGIN, 300, indices)
    root = Checkpoint.parse(log.text()).root
    for index, path in proofs.paths.items():
        leaf = files[f"ledger/{entry_name(index)}"]
        assert verify_inclusion(index, 300, leaf_hash(leaf), path, root)


def test_a_further_log_has_a_folder_by_its_name(log: Log) -> None:
    files = dict(proof_files(log.note(), str(NODE.verifier), log.proven([1]), further=True))
    assert {path.rpartition("/")[0] for path in files} == {
        "ledger/logs/takan.example_node1",
        "ledger/logs/takan.example_node1/entries",
    }
    assert log_folder("区 1/a-b.c") == "__1_a-b.c"


@pytest.mark.parametrize("indices", [[1, 0], [1, 1], [-1, 0], [300]])
def test_entries_out_of_order_are_not_written(log: Log, indices: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        list(proof_files(log.note(), "", [ProvenEntry(index, b"", []) for index in indices]))


def test_any_other_form_is_refused(log: Log) -> None:
    whole = json.loads(dict(proof_files(log.note(), "", log.proven([3, 9])))["ledger/proofs.json"])
    entries = whole["entries"]
    hash_ = entries[0]["path"][0]
    wrong = [
        [], 1, None, {}, whole | {"v": 2}, whole | {"v": True}, whole | {"size": True}, whole | {"more": 1},
        whole | {"entries": entries[::-1]}, whole | {"entries": [entries[0]] * 2}, whole | {"entries": {}},
        whole | {"entries": [{"index": 1}]}, whole | {"entries": [entries[0] | {"index": -1}]},
        whole | {"entries": [entries[0] | {"index": True}]}, whole | {"entries": [entries[0] | {"path": [hash_] * 64}]},
        whole | {"entries": [entries[0] | {"path": [hash_[:-4]]}]},
        whole | {"entries": [entries[0] | {"path": [f"{hash_[:-2]}B="]}]},
        whole | {"entries": [entries[0] | {"path": [7]}]},
    ]  # fmt: skip
    for value in wrong:
        with pytest.raises(BadProofs):
            read_proofs(rfc8785.dumps(value))


def test_what_is_not_canonical_json_is_refused() -> None:
    for text in (
        '{"a":1}', '["\u20ac",1.5,-0.25,null,true]', '{"a":{},"b":[[]]}',
    ):  # fmt: skip
        value = json.loads(text)
        assert read_canonical(rfc8785.dumps(value)) == value
    for text in (
        '{ "a":1}', '{"b":1,"a":1}', '{"a":1,"a":1}', '{"a":1}\n', "1.0", "1e3", "NaN", "[Infinity]", "-0", '"\\u0041"',
        "9007199254740993", "[" * 100_000, "", "{", "\ufeff1", "1" * 5000,
    ):  # fmt: skip
        with pytest.raises(NotCanonical):
            read_canonical(text.encode())
    with pytest.raises(NotCanonical):
        read_canonical(random.Random(1).randbytes(40))
