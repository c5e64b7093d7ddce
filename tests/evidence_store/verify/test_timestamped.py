"""Bundles whose checkpoint has a timestamp, made by a real authority (`openssl ts`)."""

import random
from pathlib import Path

import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from evidence_store.ledger.proofs import proof_files
from evidence_store.ledger.tokens import chain_bytes, shortest
from evidence_store.verify import Report, verify
from tests.authority import Authority
from tests.evidence_store.verify.maker import NODE, ORIGIN, SURVEY, Files, Survey, conducted, write
from tests.evidence_store.verify.mutations import changed

TOKEN, CHAIN = "ledger/timestamp.tsr", "ledger/tsa-chain.pem"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"), intermediate=True)


@pytest.fixture(scope="module")
def intruder(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"), intermediate=True)


@pytest.fixture(scope="module")
def survey() -> Survey:
    return conducted()


def token(by: Authority, note: str) -> bytes:
    request = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    return shortest(by.reply(request.as_bytes())[1])


def stamped(survey: Survey, by: Authority) -> Files:
    log = survey.log
    timestamp = token(by, log.note()), chain_bytes(by.chain)
    proven = log.proven(log.chains[SURVEY])
    return survey.objects | dict(proof_files(log.note(), str(NODE.verifier), proven, timestamp=timestamp))


def words(report: Report) -> str:
    return "\n".join(f"{each.file} {each.problem}" for each in report.problems)


def test_a_timestamp_is_told_and_vouched_for(survey: Survey, authority: Authority, tmp_path: Path) -> None:
    path = write(tmp_path / "out.zip", stamped(survey, authority), survey.info)
    for authorities, trusted in (([], False), ([authority.root], True), ([authority.chain[0]], True)):
        report = verify(path, [NODE.verifier], authorities=authorities)
        assert (report.result, words(report)) == ("verified", "")
        (found,) = report.timestamps
        assert (found.log, found.authority, found.trusted) == (ORIGIN, "CN=Test Timestamps", trusted)
        assert found.at.endswith("+00:00")


def test_another_authority_is_refused(
    survey: Survey, authority: Authority, intruder: Authority, tmp_path: Path
) -> None:
    path = write(tmp_path / "out.zip", stamped(survey, intruder), survey.info)
    assert "no given certificate vouches" in words(verify(path, [NODE.verifier], authorities=[authority.root]))
    mixed = stamped(survey, intruder) | {CHAIN: stamped(survey, authority)[CHAIN]}
    path = write(tmp_path / "mixed.zip", mixed, survey.info)
    for authorities in ([], [authority.root]):
        assert f"data/{TOKEN} is no timestamp" in words(verify(path, [NODE.verifier], authorities=authorities))


def test_half_a_timestamp_is_refused(survey: Survey, authority: Authority, tmp_path: Path) -> None:
    whole = stamped(survey, authority)
    for gone in (TOKEN, CHAIN):
        half = {name: data for name, data in whole.items() if name != gone}
        report = verify(write(tmp_path / "half.zip", half, survey.info), [NODE.verifier])
        assert f"data/{gone} is missing" in words(report)


def test_a_timestamp_of_another_checkpoint_is_refused(survey: Survey, authority: Authority, tmp_path: Path) -> None:
    older = stamped(survey, authority) | {TOKEN: token(authority, survey.log.note(200))}
    report = verify(write(tmp_path / "older.zip", older, survey.info), [NODE.verifier], authorities=[authority.root])
    assert "it is about other bytes" in words(report)


def test_a_changed_timestamp_is_refused(survey: Survey, authority: Authority, tmp_path: Path) -> None:
    whole = stamped(survey, authority)
    accepted: list[str] = []
    for number in range(60):
        dice = random.Random(number)
        name = dice.choice((TOKEN, CHAIN))
        path = write(tmp_path / "out.zip", whole | {name: changed(whole[name], dice)}, survey.info)
        report = verify(path, [NODE.verifier], authorities=[authority.root])
        if f"data/{TOKEN}" not in words(report) and f"data/{CHAIN}" not in words(report):
            accepted.append(f"{name} {number}")
    assert accepted == []


def test_who_names_an_authority_is_told_of_a_timestamp_that_is_not_there(
    survey: Survey, authority: Authority, tmp_path: Path
) -> None:
    bare = {name: data for name, data in stamped(survey, authority).items() if name not in (TOKEN, CHAIN)}
    path = write(tmp_path / "bare.zip", bare, survey.info)
    assert verify(path, [NODE.verifier]).result == "verified"
    assert f"data/{TOKEN} is missing" in words(verify(path, [NODE.verifier], authorities=[authority.root]))
