"""A log's key is changed: the old one hands over, and signs nothing that counts from then on."""

import itertools
import json
from pathlib import Path

import pytest

from evidence_store import Objects
from evidence_store.audit import Finding, Plan, audit
from evidence_store.errors import StoreUnreachable
from evidence_store.ledger.batches import leaves_in
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import leaf
from evidence_store.ledger.keys import LEDGER_KEY, NodeKey
from evidence_store.ledger.log import LedgerFault, Log, Succession
from evidence_store.ledger.merkle import leaf_hash, root
from evidence_store.ledger.notes import BadNote, Checkpoint, Signer, VerifierKey, open_note
from evidence_store.ledger.other_book import OtherBook
from evidence_store.ledger.other_logs import OtherLogs
from evidence_store.ledger.rotation import key_at, rotation_entry, rotations
from evidence_store.ledger.tiles import TiledTree
from tests.evidence_store.conftest import S3
from tests.evidence_store.ledger.test_log import AT, PREFIX, Cut, about
from tests.evidence_store.ledger.test_other_logs import holds, put

NAME = "log.example/n1"


class Machine:
    """A node's files, and the log they open."""

    def __init__(self, objects: Objects, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.objects, self.folder = objects, folder
        self.key = NodeKey(folder / LEDGER_KEY, NAME)

    def log(self, objects: Objects | None = None, succession: Succession | None = None) -> Log:
        book = Book(self.folder / "ledger.db")
        return Log(objects or self.objects, book, self.key.signer(), PREFIX, succession=succession or self.key)

    @property
    def verifier(self) -> VerifierKey:
        return self.key.signer().verifier


@pytest.fixture
def machine(objects: Objects, tmp_path: Path) -> Machine:
    return Machine(objects, tmp_path / "node")


def signers(objects: Objects, *keys: VerifierKey) -> list[tuple[int, VerifierKey]]:
    """Size and signer of every checkpoint."""
    found: list[tuple[int, VerifierKey]] = []
    for number in itertools.count(1):
        note = objects.first(f"{PREFIX}/checkpoint/{number:09}")
        if note is None:
            return found
        text, (signer,) = open_note(note.decode(), keys)
        found.append((Checkpoint.parse(text).size, signer))
    raise AssertionError


def test_the_old_key_signs_for_the_change_and_the_new_one_for_the_rest(machine: Machine) -> None:
    log, old = machine.log(), machine.verifier
    log.append([about(1), about(2)])
    before = log.proven("S1")
    new = machine.key.order()
    assert machine.key.order() == new, "ordered twice, made once"
    assert machine.verifier == old, "nothing changes before the log says so"
    log.append([about(3)])
    assert machine.verifier == new
    assert machine.key.successor() is None
    assert log.vkeys == [str(new), str(old)]
    assert signers(machine.objects, old, new) == [(2, old), (3, old), (4, new)]
    (name,) = machine.objects.names(f"{PREFIX}/batch/000000002-")
    (only,) = leaves_in(machine.objects.first(name) or b"")
    told = json.loads(only)
    assert (told["type"], told["survey"], told["old"], told["new"]) == ("key_rotation", "-", str(old), str(new))
    assert before.vkey == str(old), "what the old key signed stays good"
    holds(before, 2, [0, 1])
    for opened in (log, machine.log()):
        opened.append([about(3)])
        assert opened.proven("S1").vkey == str(new)
        holds(opened.proven("S1"), 4, [0, 1, 3])
    with pytest.raises(BadNote):
        open_note(log.proven("S1").note, [old])


def test_it_is_changed_more_than_once(machine: Machine) -> None:
    keys = [machine.verifier]
    for number in range(3):
        machine.log().append([about(number)])
        keys.append(machine.key.order())
    log = machine.log()
    log.append([about(9)])
    assert log.vkeys == [str(key) for key in reversed(keys)]
    assert [signer for _, signer in signers(machine.objects, *keys)] == [
        keys[0], keys[0], keys[1], keys[1], keys[2], keys[2], keys[3],
    ]  # fmt: skip


@pytest.mark.parametrize("arrives", [False, True], ids=["unsent", "unanswered"])
@pytest.mark.parametrize("goes_on", ["again", "killed", "book lost"])
@pytest.mark.parametrize("writes", range(1, 5))
def test_a_change_that_is_cut_off_is_finished(
    machine: Machine, s3_server: S3, bucket: str, writes: int, goes_on: str, arrives: bool
) -> None:
    """Writes: batch and checkpoint of the change, then those of the entry that was wanted."""
    machine.log().append([about(1)])
    old, new = machine.verifier, machine.key.order()
    way = Cut(s3_server.objects(bucket), writes + 1, arrives=arrives)  # one write tells the first key
    log = machine.log(objects=way)
    with pytest.raises(StoreUnreachable):
        log.append([about(2)])
    way.heal()
    if goes_on == "book lost":
        (machine.folder / "ledger.db").unlink()
    if goes_on != "again":
        log = machine.log()
    log.append([about(2)])
    assert machine.verifier == new
    assert signers(machine.objects, old, new) == [(1, old), (2, old), (3, new)]
    holds(log.proven("S1"), 3, [0, 2])


class Cutting:
    """A node that dies just before or after its key file is replaced."""

    def __init__(self, key: NodeKey, *, replaced: bool) -> None:
        self._key, self._replaced = key, replaced

    def successor(self) -> Signer | None:
        return self._key.successor()

    def hand_over(self) -> None:
        if self._replaced:
            self._key.hand_over()
        raise KeyboardInterrupt


@pytest.mark.parametrize("replaced", [False, True])
def test_killed_at_the_change_of_files(machine: Machine, replaced: bool) -> None:
    machine.log().append([about(1)])
    old, new = machine.verifier, machine.key.order()
    with pytest.raises(KeyboardInterrupt):
        machine.log(succession=Cutting(machine.key, replaced=replaced)).append([about(2)])
    assert machine.verifier == (new if replaced else old)
    log = machine.log()
    log.append([about(2)])
    assert machine.verifier == new
    assert signers(machine.objects, old, new) == [(1, old), (2, old), (3, new)]


def test_an_old_copy_of_the_key_is_refused(machine: Machine) -> None:
    copy = (machine.folder / LEDGER_KEY).read_text() if machine.verifier else ""
    machine.log().append([about(1)])
    new = machine.key.order()
    machine.log().append([about(2)])
    (machine.folder / LEDGER_KEY).write_text(copy)
    with pytest.raises(LedgerFault, match="put back the newest copy") as fault:
        machine.log().append([about(3)])
    assert str(new) in str(fault.value)


def checkpoints(objects: Objects, *keys: VerifierKey) -> list[Finding]:
    """What an audit finds wrong with checkpoints and the key."""
    findings = audit(objects, Plan(keys=keys), seed="s").findings
    return [one for one in findings if one.kind == "bad-checkpoint" or one.key.endswith("vkey")]


def stolen(objects: Objects, key: Signer, size: int) -> None:
    """What a thief of the old key writes after the change: the next checkpoint, over an entry of his own."""
    leaves = [
        each
        for number in range(1, size)
        for name in objects.names(f"{PREFIX}/batch/{number:09}-")
        for each in leaves_in(objects.first(name) or b"")
    ]
    more = leaves[-1].replace(b'"seq":', b'"seq":1')
    tree = TiledTree(lambda level, index: b"")
    for each in [*leaves, more]:
        list(tree.append(leaf_hash(each)))
    put(objects, f"{PREFIX}/batch/{size:09}-0123456789abcdef.jsonl", more + b"\n")
    note = key.sign(Checkpoint(NAME, tree.size, root(tree, tree.size)).text())
    put(objects, f"{PREFIX}/checkpoint/{size:09}", note.encode())


def test_what_a_retired_key_signs_counts_for_nothing(machine: Machine, tmp_path: Path) -> None:
    thief = machine.key.signer()
    log = machine.log()
    log.append([about(1)])
    new = machine.key.order()
    log.append([about(2)])
    stolen(machine.objects, thief, 4)
    with pytest.raises(LedgerFault, match="not signed by this node's key"):
        machine.log().append([about(3)])
    others = OtherLogs(machine.objects, OtherBook(tmp_path / "b.db"), "log/b")
    others.catch_up()
    assert "Checkpoint 4" in others.faults[PREFIX]
    proven = others.proven(PREFIX, "S1")
    assert proven.vkey == str(new)
    holds(proven, 3, [0, 2])
    (found,) = checkpoints(machine.objects, thief.verifier, new)
    assert found.key == f"{PREFIX}/checkpoint/000000004"
    assert "for which entry 1 put another" in found.problem


def test_an_audit_asks_for_the_new_key(machine: Machine) -> None:
    log, old = machine.log(), machine.verifier
    log.append([about(1)])
    new = machine.key.order()
    log.append([about(2)])
    assert checkpoints(machine.objects, old, new) == []
    (found,) = checkpoints(machine.objects, old)
    assert f"puts {new} in place of {old}" in found.problem


def test_which_key_is_due() -> None:
    def key(name: str, byte: int) -> VerifierKey:
        return VerifierKey(name, bytes([byte]) * 32)

    first, second, third, stranger = key("n", 1), key("n", 2), key("n", 3), key("m", 4)
    said = [
        (4, first, second),
        (5, first, third),  # the first has nothing to say any more
        (6, second, stranger),  # of another log
        (9, second, third),
    ]
    changes = rotations((number, leaf(rotation_entry(old, new, AT), 1, None)) for number, old, new in said)
    assert [change.number for change in changes] == [4, 5, 6, 9]
    due = [key_at(first, changes, size) for size in (0, 5, 6, 10, 11)]
    assert due == [first, first, second, second, third]
    assert rotations([(0, b"{"), (1, leaf(about(1), 1, None))]) == []
