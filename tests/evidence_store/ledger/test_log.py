"""A node's log in a real bucket: no fork, nothing entered twice, whatever is interrupted and whoever else writes."""

import base64
import hashlib
import itertools
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import Objects
from evidence_store.errors import StoreUnreachable
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import Entry
from evidence_store.ledger.log import LedgerFault, Log
from evidence_store.ledger.merkle import leaf_hash, root, verify_inclusion
from evidence_store.ledger.notes import Checkpoint, Signer, VerifierKey, open_note
from evidence_store.ledger.tiles import TiledTree, entries_in, hashes_in
from tests.evidence_store.conftest import S3
from tests.evidence_store.ledger.conftest import naive_root

PREFIX = "log/n1"
SIGNER = Signer("log.example/n1", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def about(number: int, survey: str = "S1") -> Entry:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return Entry("segment", survey, AT, {"key": f"v1/{survey}/{number}", "sha256": digest, "size": number})


class Logs:
    """Opens logs on one bucket; each `machine` is a book of its own."""

    def __init__(self, objects: Objects, directory: Path) -> None:
        self.objects, self._directory = objects, directory

    def open(self, machine: str = "a", signer: Signer = SIGNER, objects: Objects | None = None) -> Log:
        return Log(objects or self.objects, Book(self._directory / f"{machine}.db"), signer, PREFIX)

    def told(self) -> list[dict[str, object]]:
        """Every leaf, read from the bucket as a stranger would, each checkpoint verified on the way."""
        leaves: list[bytes] = []
        tree = TiledTree(lambda level, index: b"")
        for number in itertools.count(1):
            note = self.objects.first(f"{PREFIX}/checkpoint/{number:09}")
            if note is None:
                return [json.loads(leaf) for leaf in leaves]
            checkpoint = Checkpoint.parse(open_note(note.decode(), [SIGNER.verifier])[0])
            fitting = 0
            for name in self.objects.names(f"{PREFIX}/batch/{number:09}-"):
                more = (self.objects.first(name) or b"").split(b"\n")[:-1]
                grown = tree.copy()
                for leaf in more:
                    list(grown.append(leaf_hash(leaf)))
                if (grown.size, root(grown, grown.size)) == (checkpoint.size, checkpoint.root):
                    tree, fitting = grown, fitting + 1
                    leaves += more
            assert fitting == 1, f"{fitting} batches give checkpoint {number}"
        raise AssertionError

    def check(self, keys: set[str]) -> None:
        """Every one of these objects is entered once, and each survey's entries are a chain."""
        told = self.told()
        assert sorted(str(leaf["key"]) for leaf in told) == sorted(keys)
        for survey in {leaf["survey"] for leaf in told}:
            assert [leaf["seq"] for leaf in told if leaf["survey"] == survey] == list(
                range(1, sum(leaf["survey"] == survey for leaf in told) + 1)
            )


@pytest.fixture
def logs(objects: Objects, tmp_path: Path) -> Logs:
    return Logs(objects, tmp_path)


def keys(*numbers: int, survey: str = "S1") -> set[str]:
    return {f"v1/{survey}/{number}" for number in numbers}


def test_what_is_entered_is_proven(logs: Logs) -> None:
    log = logs.open()
    log.append([about(1), about(1, "S2"), about(2)])
    log.append([about(2), about(3)])
    logs.check(keys(1, 2, 3) | keys(1, survey="S2"))
    proven = log.proven("S1")
    assert proven.vkey == str(SIGNER.verifier)
    checkpoint = Checkpoint.parse(open_note(proven.note, [VerifierKey.parse(proven.vkey)])[0])
    assert (checkpoint.origin, checkpoint.size) == ("log.example/n1", 4)
    assert [entry.index for entry in proven.entries] == [0, 2, 3]
    previous = None
    for entry in proven.entries:
        assert verify_inclusion(entry.index, 4, leaf_hash(entry.leaf), entry.path, checkpoint.root)
        assert json.loads(entry.leaf)["prev"] == previous
        previous = leaf_hash(entry.leaf).hex()


def test_nothing_new_makes_no_checkpoint(logs: Logs) -> None:
    log = logs.open()
    log.append([about(1)])
    log.append([about(1)])
    log.append([])
    assert logs.objects.names(f"{PREFIX}/checkpoint/") == [f"{PREFIX}/checkpoint/000000001"]


def test_full_tiles_are_in_the_bucket(logs: Logs) -> None:
    log = logs.open()
    log.append([about(number) for number in range(200)])
    log.append([about(number) for number in range(200, 600)])
    for index in (0, 1):
        tile = logs.objects.first(f"{PREFIX}/tile/0/00{index}")
        leaves = entries_in(logs.objects.first(f"{PREFIX}/tile/entries/00{index}") or b"")
        assert len(leaves) == 256
        assert hashes_in(tile or b"") == [leaf_hash(leaf) for leaf in leaves]
        assert [json.loads(leaf)["size"] for leaf in leaves] == list(range(256 * index, 256 * index + 256))
    assert logs.objects.first(f"{PREFIX}/tile/0/002") is None
    logs.check(keys(*range(600)))
    again = logs.open()
    checkpoint = Checkpoint.parse(open_note(again.proven("S1").note, [SIGNER.verifier])[0])
    for entry in again.proven("S1").entries[::37]:
        assert verify_inclusion(entry.index, 600, leaf_hash(entry.leaf), entry.path, checkpoint.root)


class Cut(Objects):
    """A connection that breaks at the nth write: before the store has it, or after, when only the answer is lost."""

    def __init__(self, real: Objects, writes: int, *, arrives: bool) -> None:
        self.__dict__ = real.__dict__
        self._left, self._arrives, self._healed = writes, arrives, False

    def heal(self) -> None:
        self._healed = True

    def put(self, key: str, data: bytes, sha256_hex: str, media_type: str, locked_until: datetime) -> str:
        self._left -= 1
        if self._left > 0 or self._arrives or self._healed:
            version = super().put(key, data, sha256_hex, media_type, locked_until)
            if self._left > 0 or self._healed:
                return version
        raise StoreUnreachable("here", "cut")


@pytest.mark.parametrize("arrives", [False, True], ids=["unsent", "unanswered"])
@pytest.mark.parametrize("goes_on", ["again", "killed", "book lost"])
def test_an_interruption_at_any_write_changes_nothing(
    logs: Logs, s3_server: S3, bucket: str, goes_on: str, arrives: bool
) -> None:
    logs.open("start").append([about(number) for number in range(250)])
    expected = set(range(250))
    for writes in range(1, 7):
        machine = f"{goes_on}-{writes}"
        fresh = range(1000 * writes, 1000 * writes + 260)  # fills a tile: key, batch, checkpoint, two a tile
        way = Cut(s3_server.objects(bucket), writes, arrives=arrives)
        cut = logs.open(machine, objects=way)
        try:
            cut.append([about(number) for number in fresh])
        except StoreUnreachable:
            pass
        else:
            assert writes > 5, "nothing was cut"
        expected |= set(fresh)
        after = {"again": cut, "killed": logs.open(machine), "book lost": logs.open(f"{machine}-new")}[goes_on]
        way.heal()
        after.append([about(number) for number in fresh])
    logs.check(keys(*expected))


def test_two_processes_of_one_name_can_not_fork_the_log(logs: Logs, s3_server: S3, bucket: str) -> None:
    faults: list[BaseException] = []

    def work(machine: int) -> None:
        try:
            log = logs.open(f"m{machine}", objects=s3_server.objects(bucket))
            for batch in range(6):
                log.append([about(1000 * machine + 10 * batch + at, f"S{at % 2}") for at in range(5)])
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(machine,)) for machine in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    told = {(1000 * m + 10 * b + at, f"S{at % 2}") for m in range(3) for b in range(6) for at in range(5)}
    logs.check({f"v1/{survey}/{number}" for number, survey in told})


def test_another_node_under_the_same_name_is_noticed(logs: Logs) -> None:
    logs.open().append([about(1)])
    other = logs.open("b", Signer("log.example/n1", Ed25519PrivateKey.from_private_bytes(b"\2" * 32)))
    with pytest.raises(LedgerFault, match="this node has another"):
        other.append([about(2)])
    logs.check(keys(1))


def test_a_bucket_that_was_exchanged_is_noticed(logs: Logs, s3_server: S3, bucket: str) -> None:
    logs.open().append([about(1)])
    another = s3_server.objects(f"{bucket}-b")
    another.prepare()
    with pytest.raises(LedgerFault, match="does not have it"):
        logs.open(objects=another).append([about(2)])


def test_a_checkpoint_without_its_batch_stops_the_log(logs: Logs, s3_server: S3) -> None:
    logs.open().append([about(1)])
    text = Checkpoint("log.example/n1", 9, b"\7" * 32).text()
    s3_server.forge(logs.objects.bucket, f"{PREFIX}/checkpoint/000000002", SIGNER.sign(text).encode())
    with pytest.raises(LedgerFault, match="none of the 0 batches"):
        logs.open().append([about(2)])


def test_later_versions_of_a_checkpoint_are_not_read(logs: Logs, s3_server: S3) -> None:
    logs.open().append([about(1)])
    s3_server.forge(logs.objects.bucket, f"{PREFIX}/checkpoint/000000001", b"forged")
    logs.open().append([about(2)])
    logs.check(keys(1, 2))


def test_the_root_is_the_one_of_the_entries(logs: Logs) -> None:
    log = logs.open()
    log.append([about(number) for number in range(5)])
    proven = log.proven("S1")
    encoded = proven.note.splitlines()[2]
    assert base64.b64decode(encoded) == naive_root([entry.leaf for entry in proven.entries])
