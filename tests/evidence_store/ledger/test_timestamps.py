"""Timestamps by a real authority (`openssl ts`): what is accepted, what is refused, and what an outage changes."""

import asyncio
import hashlib
import logging
import random
import socket
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from evidence_store import Objects
from evidence_store.ledger.authority import Authority, AuthorityRefused, AuthorityUnreachable
from evidence_store.ledger.book import Book
from evidence_store.ledger.cms import granted, parts
from evidence_store.ledger.entries import Entry
from evidence_store.ledger.log import Log
from evidence_store.ledger.merkle import leaf_hash, verify_inclusion
from evidence_store.ledger.notes import Checkpoint, Signer, open_note
from evidence_store.ledger.timestamps import Timestamps
from evidence_store.ledger.tokens import (
    BadToken,
    chain_bytes,
    chain_of,
    check,
    read_certificates,
    read_chain,
    shortest,
)
from evidence_store.ledger.writer import LedgerWriter
from tests import authority as local
from tests.authority import DAY, certificate, openssl_accepts
from tests.evidence_store.conftest import S3
from tests.evidence_store.test_store import until

PREFIX = "log/n1"
SIGNER = Signer("log.example/n1", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
NOTE = b"log.example/n1\n5\n\n"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local.Authority]:
    made = local.Authority(tmp_path_factory.mktemp("tsa"), intermediate=True)
    with made.serving():
        yield made


@pytest.fixture(autouse=True)
def honest(here: local.Authority) -> None:
    here.answer = here.reply


def client(of: local.Authority, timeout_s: float = 10, **more: Callable[[], datetime]) -> Authority:
    return Authority(of.url, read_certificates(of.ca.read_bytes()), timeout_s, **more)


def answer(by: local.Authority, data: bytes = NOTE) -> bytes:
    """A token over these bytes, as it would be kept."""
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    return shortest(by.reply(request.as_bytes())[1])


def test_a_timestamp_is_checked_and_openssl_agrees(here: local.Authority, tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    found = client(here).stamp(NOTE)
    assert before <= found.stamp.at <= datetime.now(UTC)
    assert (found.stamp.authority, found.stamp.trusted) == ("CN=Test Timestamps", True)
    assert read_chain(found.chain) == here.chain
    (tmp_path / "t.tsr").write_bytes(found.token)
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "chain.pem").write_bytes(found.chain)
    assert openssl_accepts(tmp_path / "t.tsr", tmp_path / "note", tmp_path / "chain.pem")
    (tmp_path / "note").write_bytes(NOTE + b"\n")
    assert not openssl_accepts(tmp_path / "t.tsr", tmp_path / "note", tmp_path / "chain.pem")


@pytest.mark.parametrize("rsa", [False, True], ids=["ecdsa", "rsa"])
@pytest.mark.parametrize("talkative", [False, True], ids=["bare", "with its chain"])
def test_whatever_key_and_certificates_an_authority_has(tmp_path: Path, rsa: bool, talkative: bool) -> None:
    there = local.Authority(tmp_path / "tsa", intermediate=True, rsa=rsa, talkative=talkative)
    with there.serving():
        found = client(there).stamp(NOTE)
    assert read_chain(found.chain) == there.chain
    assert check(found.token, NOTE, [there.root], there.chain).trusted
    (tmp_path / "t.tsr").write_bytes(found.token)
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "chain.pem").write_bytes(found.chain)
    assert openssl_accepts(tmp_path / "t.tsr", tmp_path / "note", tmp_path / "chain.pem")
    if talkative:  # then its root alone would do
        assert chain_of(found.token, [there.root]) == there.chain


def test_remarks_are_left_out(here: local.Authority) -> None:
    """Many an authority adds "Operation Okay" to its answers, which nobody signs."""
    request = TimestampRequestBuilder().data(NOTE).hash_algorithm(HashAlgorithm.SHA256).build()
    plain = here.reply(request.as_bytes())[1]
    remark = b"\x30\x15\x02\x01\x00\x30\x10\x0c\x0eOperation Okay"
    content = remark + parts(parts(plain)[0].value)[1].whole
    remarked = b"\x30\x82" + len(content).to_bytes(2) + content
    assert shortest(remarked) == shortest(plain)
    with pytest.raises(BadToken, match="not the shortest"):
        check(remarked, NOTE, None, here.chain)
    refused = b"\x30\x15\x30\x13\x02\x01\x02\x30\x0e\x0c\x0ctoo busy now"
    with pytest.raises(BadToken, match=r"rejection \(too busy now\)"):
        shortest(refused)


def test_who_vouches_for_the_authority(here: local.Authority, tmp_path: Path) -> None:
    token = answer(here)
    chain = chain_of(token, here.chain)
    assert not check(token, NOTE, None, chain).trusted
    assert not check(token, NOTE, [], chain).trusted
    assert check(token, NOTE, [here.root], chain).trusted
    assert check(token, NOTE, [certificate("Another")[0], here.chain[0]], chain).trusted
    with pytest.raises(BadToken, match="no given certificate vouches"):
        check(token, NOTE, [certificate("Test Root")[0]], chain)
    with pytest.raises(BadToken, match="does not end with a root"):
        check(token, NOTE, [here.root], chain[:1])
    with pytest.raises(BadToken, match="where the issuer of CN=Test Timestamps belongs"):
        check(token, NOTE, [here.root], chain[1:])
    with pytest.raises(BadToken, match="where the issuer of"):
        check(token, NOTE, [here.root], [certificate("Test Issuing", certificate("Test Root"))[0], here.root])
    with pytest.raises(BadToken, match="no certificate is at hand that issued CN=Test Timestamps"):
        chain_of(token, [here.root])


def test_a_chain_has_one_form(here: local.Authority) -> None:
    pem = chain_bytes(here.chain)
    assert read_chain(pem) == here.chain
    for other in (b"", pem + b"\n", b"# root\n" + pem, pem.replace(b"\n", b"\r\n"), pem[:-30]):
        with pytest.raises(BadToken):
            read_chain(other)


def test_it_stands_when_its_certificate_has_expired(tmp_path: Path) -> None:
    """The certificate's end lies a moment after the timestamp; checked later, nothing has changed."""
    brief = local.Authority(tmp_path / "tsa", ends=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3))
    token = answer(brief)
    time.sleep(3.2)
    assert datetime.now(UTC) > brief.signer.not_valid_after_utc
    assert check(token, NOTE, brief.chain, chain_of(token, brief.chain)).trusted


@pytest.mark.parametrize(
    ("begins", "ends"),
    [(datetime.now(UTC) - 9 * DAY, datetime.now(UTC) - DAY), (datetime.now(UTC) + DAY, datetime.now(UTC) + 9 * DAY)],
    ids=["expired", "not yet"],
)
def test_an_authority_whose_certificate_is_not_valid_is_refused(
    tmp_path: Path, begins: datetime, ends: datetime
) -> None:
    late = local.Authority(tmp_path / "tsa", begins=begins, ends=ends)
    with late.serving(), pytest.raises(AuthorityRefused, match="was not valid"):
        client(late).stamp(NOTE)


def test_wrong_answers_are_refused_in_words(here: local.Authority, tmp_path: Path) -> None:
    foreign = local.Authority(tmp_path / "foreign")
    earlier = here.reply(TimestampRequestBuilder().data(NOTE).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes())
    other = TimestampRequestBuilder().data(b"other").hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
    unused = TimestampRequestBuilder().data(NOTE).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=False)
    for words, wrong in {
        "another request: its nonce": lambda _: earlier,
        "about other bytes": lambda _: here.reply(other),
        "no certificate is at hand": foreign.reply,
        "does not carry the certificate": lambda _: here.reply(unused.build().as_bytes()),
        "gave none: rejection": lambda query: (200, b"\x30\x05\x30\x03\x02\x01\x02"),
        "not an answer of a timestamp authority": lambda _: (200, b"<html>hello</html>"),
        "HTTP 404": lambda _: (404, b""),
        "HTTP 302": lambda _: (302, b""),
        "larger than a timestamp": lambda _: (200, b"\x30" * 70_000),
    }.items():
        here.answer = wrong
        with pytest.raises(AuthorityRefused, match=words):
            client(here).stamp(NOTE)
    here.answer = here.reply
    with pytest.raises(AuthorityRefused, match="one of them is wrong"):
        client(here, now=lambda: datetime.now(UTC) + timedelta(hours=1)).stamp(NOTE)


def signed_by(folder: Path, token: bytes, signer: local.Signed) -> bytes:
    """The same statement, signed by somebody else with `openssl cms`."""
    signed = parts(parts(parts(parts(parts(token)[0][1])[1][1])[1][1])[0][1])
    statement = parts(parts(signed[2][1])[1][1])[0][1]
    pem, key = signer[0].public_bytes(Encoding.PEM), signer[1]
    (folder / "statement").write_bytes(statement)
    (folder / "signer").write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    kind = "1.2.840.113549.1.9.16.1.4"
    run = ["cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256", "-outform", "DER", "-econtent_type"]
    made = subprocess.run(
        ["openssl", *run, kind, "-in", "statement", "-signer", "signer"], cwd=folder, capture_output=True, check=True
    )
    return granted(made.stdout)


def test_who_signs_must_be_there_for_timestamps(here: local.Authority, tmp_path: Path) -> None:
    """Another certificate of the same CA, say of a web server, says nothing about the time."""
    token, root = answer(here), certificate("Test Root")
    good = signed_by(tmp_path, token, certificate("Clock", root, usage=ExtendedKeyUsageOID.TIME_STAMPING))
    assert check(good, NOTE, [root[0]], [root[0]]).authority == "CN=Clock"
    web = signed_by(tmp_path, token, certificate("Web", root, usage=ExtendedKeyUsageOID.SERVER_AUTH))
    with pytest.raises(BadToken, match="CN=Web is not one for timestamps alone"):
        check(web, NOTE, [root[0]], [root[0]])


def test_an_authority_that_is_not_there_or_slow(here: local.Authority, tmp_path: Path) -> None:
    away = local.Authority(tmp_path / "tsa")
    with pytest.raises(AuthorityUnreachable, match="does not answer"):
        client(away).stamp(NOTE)
    for busy in (503, 500, 429):
        here.answer = lambda _, status=busy: (status, b"come back later")
        with pytest.raises(AuthorityUnreachable, match=f"HTTP {busy}"):
            client(here).stamp(NOTE)
    here.answer = here.slow(3)
    begun = time.monotonic()
    with pytest.raises(AuthorityUnreachable, match="does not answer"):
        client(here, 0.5).stamp(NOTE)
    assert time.monotonic() - begun < 2


def test_an_answer_that_trickles_does_not_hold_anybody_for_long(here: local.Authority) -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
                while not stop.wait(0.1):
                    try:
                        peer.sendall(b"0")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        begun = time.monotonic()
        try:
            with pytest.raises(AuthorityUnreachable):
                Authority(f"http://127.0.0.1:{server.getsockname()[1]}/", here.chain, 1).stamp(NOTE)
            assert time.monotonic() - begun < 3
        finally:
            stop.set()
            thread.join()


def test_no_change_of_a_token_is_accepted(here: local.Authority) -> None:
    """One bit of every byte, then pieces taken out, put in, exchanged; nobody vouches, so only the token speaks."""
    token = answer(here)
    chain = chain_of(token, here.chain)
    check(token, NOTE, None, chain)
    dice = random.Random(20261122)
    changed: list[bytes] = []
    for at in range(len(token)):
        one = bytearray(token)
        one[at] ^= 1 << dice.randrange(8)
        changed.append(bytes(one))
    for _ in range(500):
        one = bytearray(token)
        at, other = sorted(dice.randrange(len(token) + 1) for _ in range(2))
        match dice.randrange(4):
            case 0:
                del one[at:other]
            case 1:
                one[at:at] = dice.randbytes(other - at)
            case 2:
                one[at:other] = dice.randbytes(other - at)
            case _:
                one = one[:at] + one[other:] + one[at:other]
        changed.append(bytes(one))
    for one in changed:
        if one != token:
            with pytest.raises(BadToken):
                check(one, NOTE, None, chain)


class Ledger:
    """A writer with its timestamps, wired as the survey server does it."""

    def __init__(self, writer: LedgerWriter, stamping: Timestamps, objects: Objects) -> None:
        self.writer, self.stamping, self._objects = writer, stamping, objects

    async def enter(self, number: int, kind: str = "segment") -> str:
        key = f"v1/S1/{number}"
        self.writer.note(Entry(kind, "S1", datetime.now(UTC), {"key": key, "size": number}))
        await self.writer.covered(key)
        return key

    def tokens(self) -> list[int]:
        """Numbers of the checkpoints that have one in the bucket."""
        names = self._objects.names(f"{PREFIX}/checkpoint/")
        return [int(Path(name).stem) for name in names if name.endswith(".tsr")]

    async def until_tokens(self, *numbers: int) -> None:
        async with asyncio.timeout(20):
            while self.tokens() != list(numbers):
                await asyncio.sleep(0.05)


@asynccontextmanager
async def ledger(
    objects: Objects, directory: Path, authority: local.Authority, *, every_s: float = 3600, long_s: float = 300
) -> AsyncGenerator[Ledger]:
    writer = LedgerWriter(Log(objects, Book(directory / "ledger.db"), SIGNER, PREFIX), 0.01)
    stamping = Timestamps(
        objects, PREFIX, client(authority, 2), writer.keep, every_s=every_s, pauses_s=(0.05, 0.2), long_s=long_s
    )
    writer.stamping = stamping
    stamping.start()
    writer.start()
    try:
        yield Ledger(writer, stamping, objects)
    finally:
        await stamping.close()
        await writer.close()


def check_stored(objects: Objects, number: int, directory: Path, ca: Path) -> None:
    """openssl accepts the token in the bucket over the checkpoint in the bucket."""
    for name in (f"{number:09}", f"{number:09}.tsr"):
        data = objects.first(f"{PREFIX}/checkpoint/{name}")
        assert data is not None
        (directory / name).write_bytes(data)
    assert openssl_accepts(directory / f"{number:09}.tsr", directory / f"{number:09}", ca)


async def test_a_seal_has_its_checkpoint_timestamped_and_others_wait_for_the_hour(
    objects: Objects, here: local.Authority, tmp_path: Path
) -> None:
    async with ledger(objects, tmp_path, here) as log:
        await log.enter(1)
        await log.until_tokens(1)  # the first of all: the hour has come
        await log.enter(2)
        await log.enter(3)
        seal = await log.enter(4, "seal")
        assert await log.writer.timestamped(seal, 10)
        await log.enter(5)
        await asyncio.sleep(0.3)
        assert log.tokens() == [1, 4]
        proven = await log.writer.proven("S1", seal)
        assert proven.timestamp is not None
        assert [entry.index for entry in proven.entries] == [0, 1, 2, 3]
        check_stored(objects, 4, tmp_path, here.ca)
        lock = objects.stat(f"{PREFIX}/checkpoint/000000004.tsr", _version(objects, 4)).locked_until
        assert lock is not None
        assert lock - datetime.now(UTC) > timedelta(days=30 * 365)
        (chain,) = objects.names(f"{PREFIX}/tsa/")
        assert objects.first(chain) == proven.timestamp.chain == chain_bytes(here.chain)


def _version(objects: Objects, number: int) -> str:
    token = objects.first(f"{PREFIX}/checkpoint/{number:09}.tsr") or b""
    found = objects.find(f"{PREFIX}/checkpoint/{number:09}.tsr", len(token), hashlib.sha256(token).hexdigest())
    assert found is not None
    return found


async def test_once_an_hour_without_seals(objects: Objects, here: local.Authority, tmp_path: Path) -> None:
    async with ledger(objects, tmp_path, here, every_s=1) as log:
        await log.enter(1)
        await log.until_tokens(1)
        began = time.monotonic()
        await log.enter(2)
        await log.enter(3)
        await log.until_tokens(1, 3)
        assert time.monotonic() - began > 0.5


async def test_an_outage_holds_nothing_up_and_the_newest_is_timestamped_after_it(
    objects: Objects, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = local.Authority(tmp_path / "tsa")
    with caplog.at_level(logging.WARNING):
        async with ledger(objects, tmp_path, away, long_s=0.5) as log:
            begun = time.monotonic()
            first = await log.enter(1, "seal")
            last = ""
            for number in range(2, 6):
                last = await log.enter(number, "seal")
            assert time.monotonic() - begun < 10
            await until(lambda: "does not answer" in log.stamping.trouble)
            assert not await log.writer.timestamped(first, 5)  # which says so at once
            assert (await log.writer.proven("S1", first)).timestamp is None
            await asyncio.sleep(1.2)
            with away.serving():
                assert await until_timestamped(log, last)
                assert await log.writer.timestamped(first, 0.1)
                assert log.tokens() == [5]
                assert away.asked == 1
            await until(lambda: log.stamping.trouble == "")
    said = [record.message for record in caplog.records if "timestamp" in record.message]
    assert len(said) == 2
    assert "does not answer" in said[0]
    assert "again" in said[1]


async def until_timestamped(log: Ledger, key: str) -> bool:
    async with asyncio.timeout(20):
        while not await log.writer.timestamped(key, 1):
            await asyncio.sleep(0.05)
    return True


async def test_what_waited_when_the_node_stopped_is_asked_for_after_the_start(objects: Objects, tmp_path: Path) -> None:
    away = local.Authority(tmp_path / "tsa")
    async with ledger(objects, tmp_path, away) as log:
        await log.enter(1, "seal")
        key = await log.enter(2, "seal")
    with away.serving():
        async with ledger(objects, tmp_path, away) as log:
            assert await until_timestamped(log, key)
            assert log.tokens() == [2]


async def test_the_token_in_the_bucket_counts(objects: Objects, here: local.Authority, tmp_path: Path) -> None:
    """Killed after the write and before the node remembered it: no second one is asked for."""
    async with ledger(objects, tmp_path, here) as log:
        key = await log.enter(1, "seal")
        assert await until_timestamped(log, key)
    asked = here.asked
    book = Book(tmp_path / "ledger.db")
    book._db.execute("DELETE FROM timestamp")
    book.close()
    async with ledger(objects, tmp_path, here) as log:
        assert await until_timestamped(log, key)
        assert here.asked == asked


async def test_a_foreign_token_in_the_bucket_is_left_and_the_next_checkpoint_gets_its_own(
    objects: Objects, s3_server: S3, here: local.Authority, tmp_path: Path
) -> None:
    foreign = local.Authority(tmp_path / "foreign")
    s3_server.forge(objects.bucket, f"{PREFIX}/checkpoint/000000001.tsr", answer(foreign))
    async with ledger(objects, tmp_path, here) as log:
        key = await log.enter(1, "seal")
        assert not await log.writer.timestamped(key, 1)
        await log.enter(2, "seal")
        assert await until_timestamped(log, key)


async def test_what_is_proven_under_an_earlier_checkpoint_holds(
    objects: Objects, here: local.Authority, tmp_path: Path
) -> None:
    """Across full tiles, so that the older tree's hashes come out of the newer tree's tiles."""
    async with ledger(objects, tmp_path, here) as log:
        for number in range(299):
            log.writer.note(Entry("segment", "S1", datetime.now(UTC), {"key": f"v1/S1/{number}", "size": 1}))
        seal = await log.enter(299, "seal")
        assert await until_timestamped(log, seal)
        for number in range(300, 900):
            log.writer.note(Entry("segment", "S1", datetime.now(UTC), {"key": f"v1/S1/{number}", "size": 1}))
        await log.enter(900)
        proven = await log.writer.proven("S1", seal)
        newest = await log.writer.proven("S1")
        assert proven.timestamp is not None
        assert newest.timestamp is None
        assert (len(proven.entries), len(newest.entries)) == (300, 901)
        for found in (proven, newest):
            checkpoint = Checkpoint.parse(open_note(found.note, [SIGNER.verifier])[0])
            assert checkpoint.size == len(found.entries)
            for entry in found.entries[::13]:
                assert verify_inclusion(
                    entry.index, checkpoint.size, leaf_hash(entry.leaf), entry.path, checkpoint.root
                )
        check(
            proven.timestamp.token, proven.note.encode(), here.chain, read_chain(proven.timestamp.chain)
        )  # the very bytes of the note
