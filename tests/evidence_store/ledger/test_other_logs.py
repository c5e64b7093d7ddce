"""Another node's log, read from the bucket: what it covers is proven, what is forged or set back refused in words."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import Objects
from evidence_store.errors import StoreUnreachable
from evidence_store.ledger.authority import Authority
from evidence_store.ledger.batches import grown
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import Entry
from evidence_store.ledger.log import LOCK, LedgerFault, Log, Proven, checkpoint_path
from evidence_store.ledger.merkle import leaf_hash, root, verify_inclusion
from evidence_store.ledger.notes import Checkpoint, Signer, VerifierKey, open_note
from evidence_store.ledger.other_book import OtherBook
from evidence_store.ledger.other_logs import OtherLogs
from evidence_store.ledger.tiles import TiledTree
from evidence_store.ledger.tokens import chain_bytes, check, read_chain
from tests import authority as local
from tests.evidence_store.conftest import S3

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def signer(node: str, seed: bytes = b"\1") -> Signer:
    return Signer(f"log.example/{node}", Ed25519PrivateKey.from_private_bytes(seed * 32))


def about(number: int, survey: str = "S1") -> Entry:
    return Entry("segment", survey, AT, {"key": key(number, survey), "size": number})


def key(number: int, survey: str = "S1") -> str:
    return f"v1/{survey}/{number}"


def put(objects: Objects, path: str, data: bytes) -> None:
    objects.put(path, data, hashlib.sha256(data).hexdigest(), "text/plain", datetime.now(UTC) + LOCK)


class Bucket:
    """Logs of several nodes in one bucket, and what node b knows of the others."""

    def __init__(self, objects: Objects, directory: Path) -> None:
        self.objects, self._directory = objects, directory

    def log(self, node: str, seed: bytes = b"\1", objects: Objects | None = None, machine: str = "") -> Log:
        book = Book(self._directory / f"{node}{machine}.db")
        return Log(objects or self.objects, book, signer(node, seed), f"log/{node}")

    def others(self, objects: Objects | None = None) -> OtherLogs:
        return OtherLogs(objects or self.objects, OtherBook(self._directory / "b.db"), "log/b")

    def caught_up(self, objects: Objects | None = None) -> OtherLogs:
        others = self.others(objects)
        others.catch_up()
        return others


@pytest.fixture
def bucket_of(objects: Objects, tmp_path: Path) -> Bucket:
    return Bucket(objects, tmp_path)


def holds(proven: Proven, size: int, indices: list[int]) -> None:
    checkpoint = Checkpoint.parse(open_note(proven.note, [VerifierKey.parse(proven.vkey)])[0])
    assert checkpoint.size == size
    assert [entry.index for entry in proven.entries] == indices
    for entry in proven.entries:
        assert verify_inclusion(entry.index, size, leaf_hash(entry.leaf), entry.path, checkpoint.root)


def test_what_another_log_covers_is_proven_there(bucket_of: Bucket) -> None:
    a = bucket_of.log("a")
    a.append([about(number, "S2") for number in range(300)])
    a.append([about(1), about(300, "S2"), about(2)])
    bucket_of.log("c").append([about(9)])
    bucket_of.log("b").append([about(3)])
    others = bucket_of.caught_up()
    assert others.faults == {}
    asked = [key(1), key(2), key(3), key(9), key(5, "S2")]
    assert others.covering(asked) == {"log/a": {key(1), key(2), key(5, "S2")}, "log/c": {key(9)}}
    proven = others.proven("log/a", "S1")
    assert proven.vkey == a.vkey
    holds(proven, 303, [300, 302])
    holds(others.proven("log/a", "S2"), 303, [*range(300), 301])
    holds(others.proven("log/c", "S1"), 1, [0])


class Counted(Objects):
    """Tells what is read."""

    def __init__(self, real: Objects) -> None:
        self.__dict__ = dict(real.__dict__)
        self.read: list[str] = []

    def get(self, key: str, version_id: str) -> bytes:
        self.read.append(key)
        return super().get(key, version_id)


def test_what_was_read_is_remembered(bucket_of: Bucket) -> None:
    a = bucket_of.log("a")
    for number in range(5):
        a.append([about(number)])
    bucket_of.caught_up()
    a.append([about(5)])
    counted = Counted(bucket_of.objects)
    others = bucket_of.caught_up(counted)
    batches = [path for path in counted.read if "/batch/" in path]
    assert len(batches) == 1
    assert batches[0].startswith("log/a/batch/000000006-")
    counted.read.clear()
    others.catch_up()
    assert sorted(set(counted.read)) == ["log/a/checkpoint/000000006", "log/a/vkey"]
    holds(others.proven("log/a", "S1"), 6, [*range(6)])


def test_an_interrupted_reading_goes_on_where_it_was(bucket_of: Bucket) -> None:
    class Failing(Counted):
        def get(self, key: str, version_id: str) -> bytes:
            if key.endswith("checkpoint/000000004"):
                raise StoreUnreachable("here", "cut")
            return super().get(key, version_id)

    a = bucket_of.log("a")
    for number in range(6):
        a.append([about(number)])
    with pytest.raises(StoreUnreachable):
        bucket_of.caught_up(Failing(bucket_of.objects))
    counted = Counted(bucket_of.objects)
    others = bucket_of.caught_up(counted)
    assert not any("/batch/000000001" in path for path in counted.read)
    holds(others.proven("log/a", "S1"), 6, [*range(6)])


def test_a_forged_checkpoint_ends_the_log_before_it(bucket_of: Bucket) -> None:
    """Its entries are well-formed and give its root, but it is signed by somebody else."""
    a = bucket_of.log("a")
    a.append([about(1)])
    leaves = [a.proven("S1").entries[0].leaf, b'{"survey":"S1","seq":2,"key":"v1/S1/2"}']
    tree = grown(TiledTree(lambda level, index: b""), leaves).tree
    put(bucket_of.objects, "log/a/batch/000000002-forged.jsonl", leaves[1] + b"\n")
    text = Checkpoint("log.example/a", 2, root(tree, 2)).text()
    put(bucket_of.objects, "log/a/checkpoint/000000002", signer("a", b"\2").sign(text).encode())
    others = bucket_of.caught_up()
    (words,) = others.faults.values()
    assert "Checkpoint 2 of 'log/a' is not one of that log" in words
    assert "by none of the given keys" in words
    assert others.covering([key(1), key(2)]) == {"log/a": {key(1)}}
    holds(others.proven("log/a", "S1"), 1, [0])


def test_a_checkpoint_without_its_entries_ends_it_too(bucket_of: Bucket) -> None:
    bucket_of.log("a").append([about(1)])
    text = Checkpoint("log.example/a", 9, b"\7" * 32).text()
    put(bucket_of.objects, "log/a/checkpoint/000000002", signer("a").sign(text).encode())
    others = bucket_of.caught_up()
    assert "none of the 0 batches under its number gives its root" in others.faults["log/a"]
    holds(others.proven("log/a", "S1"), 1, [0])


def test_a_log_that_lies_in_anothers_folder_is_none(bucket_of: Bucket) -> None:
    a = bucket_of.log("a")
    a.append([about(1)])
    for name in bucket_of.objects.names("log/a/"):
        put(bucket_of.objects, name.replace("log/a/", "log/a2/"), bucket_of.objects.first(name) or b"")
    others = bucket_of.caught_up()
    assert "it is of log.example/a" in others.faults["log/a2"]
    assert list(others.covering([key(1)])) == ["log/a"]


@pytest.mark.parametrize("kind", ["shorter", "another history"])
def test_a_log_that_was_set_back_is_refused(bucket_of: Bucket, s3_server: S3, kind: str) -> None:
    a = bucket_of.log("a")
    a.append([about(1)])
    a.append([about(2)])
    bucket_of.caught_up()
    elsewhere = s3_server.objects(f"{bucket_of.objects.bucket}-b")
    elsewhere.prepare()
    other = bucket_of.log("a", objects=elsewhere, machine="-again")
    other.append([about(1)])
    if kind == "another history":
        other.append([about(7)])
    others = bucket_of.caught_up(elsewhere)
    assert "the log was exchanged or set back since" in others.faults["log/a"]
    assert others.covering([key(2)]) == {"log/a": {key(2)}}, "entered once is entered"
    with pytest.raises(LedgerFault, match="exchanged or set back"):
        others.proven("log/a", "S1")


class Keyless(Objects):
    """What nodes of earlier versions left: no key beside the log."""

    def __init__(self, real: Objects) -> None:
        self.__dict__ = dict(real.__dict__)

    def put(self, key: str, data: bytes, sha256_hex: str, media_type: str, locked_until: datetime) -> str:
        return "" if key.endswith("/vkey") else super().put(key, data, sha256_hex, media_type, locked_until)


def test_a_log_without_its_key_covers_and_can_not_be_proven(bucket_of: Bucket) -> None:
    a = bucket_of.log("a", objects=Keyless(bucket_of.objects))
    a.append([about(1)])
    others = bucket_of.caught_up()
    assert others.covering([key(1)]) == {"log/a": {key(1)}}
    with pytest.raises(LedgerFault, match=r"does not say which key signs it.*log/a/vkey"):
        others.proven("log/a", "S1")
    bucket_of.log("a").append([about(2)])
    others.catch_up()
    holds(others.proven("log/a", "S1"), 2, [0, 1])


@pytest.mark.parametrize("kind", ["another's", "garbage"])
def test_a_log_that_states_a_wrong_key_is_refused(bucket_of: Bucket, kind: str) -> None:
    a = bucket_of.log("a", objects=Keyless(bucket_of.objects))
    a.append([about(1)])
    stated = str(signer("a", b"\2").verifier) if kind == "another's" else "log.example/a+zz"
    put(bucket_of.objects, "log/a/vkey", f"{stated}\n".encode())
    others = bucket_of.caught_up()
    assert "not one of that log" in others.faults["log/a"] or "not the key of a log" in others.faults["log/a"]
    assert others.covering([key(1)]) == {}


def test_the_key_is_in_the_bucket_once_under_the_logs_lock(bucket_of: Bucket, s3_server: S3) -> None:
    for machine in ("", "-restarted"):
        log = bucket_of.log("a", machine=machine)
        log.append([about(len(machine))])
    (version,) = s3_server.versions(bucket_of.objects.bucket, "log/a/vkey")
    assert bucket_of.objects.get("log/a/vkey", version).decode() == f"{log.vkey}\n"
    locked = bucket_of.objects.stat("log/a/vkey", version).locked_until
    assert locked is not None
    assert locked > datetime.now(UTC) + timedelta(days=29 * 365)


def test_another_key_under_this_nodes_name_stops_it_before_it_signs(bucket_of: Bucket) -> None:
    put(bucket_of.objects, "log/a/vkey", f"{signer('a', b'2').verifier}\n".encode())
    with pytest.raises(LedgerFault, match="this node has another"):
        bucket_of.log("a").append([about(1)])
    assert bucket_of.objects.names("log/a/checkpoint/") == []


def test_a_book_of_another_name_is_told_from_a_bucket_that_was_exchanged(bucket_of: Bucket, tmp_path: Path) -> None:
    bucket_of.log("a").append([about(1)])
    renamed = Log(bucket_of.objects, Book(tmp_path / "a.db"), signer("b"), "log/b")
    with pytest.raises(LedgerFault, match=r"is of the log log.example/a, and the node signs as log.example/b now"):
        renamed.append([about(2)])


def test_the_newest_timestamp_that_covers_the_survey_goes_with_it(bucket_of: Bucket, tmp_path: Path) -> None:
    made = local.Authority(tmp_path / "tsa", intermediate=True)

    def stamp(number: int) -> None:
        path = f"log/a/{checkpoint_path(number)}"
        timestamp = client.stamp(bucket_of.objects.first(path) or b"")
        put(bucket_of.objects, f"{path}.tsr", timestamp.token)
        digest = hashlib.sha256(timestamp.chain).hexdigest()
        put(bucket_of.objects, f"log/a/tsa/{digest[:16]}.pem", timestamp.chain)

    a = bucket_of.log("a")
    with made.serving():
        client = Authority(made.url, made.chain, timeout_s=5)
        put(bucket_of.objects, "log/a/tsa/0000000000000000.pem", chain_bytes(made.chain[:1]))
        a.append([about(1)])
        a.append([about(2)])
        stamp(2)
        a.append([about(1, "S2")])
        others = bucket_of.caught_up()
        earlier, without = others.proven("log/a", "S1"), others.proven("log/a", "S2")
        assert without.timestamp is None
        holds(without, 3, [2])
        holds(earlier, 2, [0, 1])
        stamp(3)  # after it was read
        newest = others.proven("log/a", "S1")
        holds(newest, 3, [0, 1])
        for found in (earlier, newest):
            assert found.timestamp is not None
            check(found.timestamp.token, found.note.encode(), made.chain, read_chain(found.timestamp.chain))
