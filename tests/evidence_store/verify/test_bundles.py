"""What the verifier says of bundles nobody touched: by which keys, of one log or more, beside an earlier checkpoint."""

import json
import random
from pathlib import Path

import pytest

from evidence_store.ledger.merkle import consistency
from evidence_store.ledger.proofs import proof_files
from evidence_store.verify import EarlierCheckpoint, Report, verify
from tests.evidence_store.verify.maker import (
    INTRUDER,
    NODE,
    ORIGIN,
    PREFIX,
    SURVEY,
    Log,
    Survey,
    conduct,
    conducted,
    in_order,
    members,
    signer,
    write,
    zipped,
)


def words(report: Report) -> str:
    return "\n".join(f"{each.file} {each.problem}" for each in report.problems)


@pytest.fixture(scope="module")
def survey() -> Survey:
    return conducted()


@pytest.fixture
def bundle(survey: Survey, tmp_path: Path) -> Path:
    return write(tmp_path / "out.zip", survey.objects | survey.log.files(), survey.info)


def test_an_untouched_bundle_is_verified(survey: Survey, bundle: Path) -> None:
    read: list[tuple[int, int]] = []
    report = verify(bundle, [NODE.verifier], progress=lambda done, whole: read.append((done, whole)))
    assert (report.result, words(report)) == ("verified", "")
    assert (report.survey, report.log, report.size) == (SURVEY, ORIGIN, len(survey.log.leaves))
    assert report.signed_by == (str(NODE.verifier),)
    assert report.seals == ("1-recording", "2-case")
    assert report.entries == len(survey.log.chains[SURVEY])
    assert report.files == len(survey.objects) + report.entries + 3
    assert len(survey.log.leaves) > 300
    whole = bundle.stat().st_size
    assert read == sorted(read)
    assert whole * 0.9 < read[-1][0] <= whole


def test_the_makers_of_these_tests_write_the_form_of_an_export(survey: Survey, bundle: Path) -> None:
    files = survey.objects | survey.log.files()
    assert zipped(members(in_order(files), survey.info)) == bundle.read_bytes()


def test_without_a_key_the_signer_is_unchecked(bundle: Path) -> None:
    assert verify(bundle, []).result == "consistent, signer unchecked"


def test_a_wholly_invented_record_is_consistent_and_no_more(tmp_path: Path) -> None:
    invented = conducted(INTRUDER, seed=8)
    path = write(tmp_path / "out.zip", invented.objects | invented.log.files(), invented.info)
    assert verify(path, []).result == "consistent, signer unchecked"
    report = verify(path, [NODE.verifier])
    assert report.result == "refused"
    assert f"{ORIGIN}+{INTRUDER.verifier.id.hex()}" in words(report)


def test_another_key_is_refused_and_says_who_signed(bundle: Path) -> None:
    report = verify(bundle, [signer("takan.example/node2", 3).verifier])
    assert report.result == "refused"
    assert f"is signed by {ORIGIN}+{NODE.verifier.id.hex()}, which is not one of the given keys" in words(report)
    assert verify(bundle, [signer("takan.example/node2", 3).verifier, NODE.verifier]).result == "verified"


def test_a_record_with_its_first_seal_only_is_verified(tmp_path: Path) -> None:
    survey = Survey(Log(NODE), random.Random(1))
    conduct(survey, up_to_case=False)
    report = verify(write(tmp_path / "a.zip", survey.objects | survey.log.files(), survey.info), [NODE.verifier])
    assert (report.result, report.seals) == ("verified", ("1-recording",))


def test_a_survey_that_moved_is_proven_by_both_logs(tmp_path: Path) -> None:
    other = signer("takan.example/node 2".replace(" ", ":"), 4)
    survey = Survey(Log(NODE), random.Random(2))
    conduct(survey, up_to_case=False)
    first, survey.log = survey.log, Log(other, other.verifier.name)
    survey.event("taken over")
    survey.keep("journal", "journal/000031", ".jsonl", b'{"seq":31}\n')
    survey.seal("case")
    whole = survey.objects | survey.log.files() | first.files(further=True)
    report = verify(write(tmp_path / "a.zip", whole, survey.info), [NODE.verifier, other.verifier])
    assert (report.result, words(report)) == ("verified", "")
    assert report.log == other.verifier.name
    assert set(report.signed_by) == {str(NODE.verifier), str(other.verifier)}

    one_key = verify(tmp_path / "a.zip", [other.verifier])
    assert "data/ledger/logs/takan.example_node1/checkpoint is signed by" in words(one_key)
    half = survey.objects | survey.log.files()
    missing = verify(write(tmp_path / "b.zip", half, survey.info), [NODE.verifier, other.verifier])
    assert "has no entry in the ledger" in words(missing)
    swapped = survey.objects | first.files() | survey.log.files(further=True)
    turned = verify(write(tmp_path / "c.zip", swapped, survey.info), [NODE.verifier, other.verifier])
    assert "is about the newest seal, which must be in the log in ledger/" in words(turned)
    renamed = {path.replace("/takan.example_node1/", "/elsewhere/"): data for path, data in whole.items()}
    moved = verify(write(tmp_path / "d.zip", renamed, survey.info), [NODE.verifier, other.verifier])
    assert "data/ledger/logs/elsewhere is not the folder of a log called takan.example/node1" in words(moved)


def test_an_earlier_checkpoint_shows_that_the_log_only_grew(survey: Survey, bundle: Path) -> None:
    log = survey.log
    for size in (1, 77, 256, len(log.leaves)):
        path = tuple(consistency(log.tree, size, len(log.leaves)))
        kept = EarlierCheckpoint("kept.txt", log.note(size), path)
        assert verify(bundle, [NODE.verifier], earlier=kept).result == "verified"
        if path:
            cut = EarlierCheckpoint("kept.txt", log.note(size), path[:-1])
            assert "kept.txt is not shown to belong to the same history" in words(
                verify(bundle, [NODE.verifier], earlier=cut)
            )
    forked = conducted(NODE, seed=9).log
    for size in (1, 77, len(log.leaves)):
        kept = EarlierCheckpoint("kept.txt", forked.note(size), tuple(consistency(log.tree, size, len(log.leaves))))
        assert "the log was forked" in words(verify(bundle, [NODE.verifier], earlier=kept))


def test_a_checkpoint_newer_than_the_bundle_is_compared_too(tmp_path: Path) -> None:
    survey = conducted()
    path = write(tmp_path / "a.zip", survey.objects | survey.log.files(), survey.info)
    old = len(survey.log.leaves)
    for number in range(300):
        survey.log.enter("another", "event", number)
    newer = EarlierCheckpoint(
        "new", survey.log.note(), tuple(consistency(survey.log.tree, old, len(survey.log.leaves)))
    )
    assert verify(path, [NODE.verifier], earlier=newer).result == "verified"


def test_an_export_is_the_same_bytes_each_time(survey: Survey, bundle: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again.zip", survey.objects | survey.log.files(), survey.info)
    assert again.read_bytes() == bundle.read_bytes()


def test_an_older_shorter_export_stays_true_and_says_until_when(survey: Survey, bundle: Path, tmp_path: Path) -> None:
    """What a bundle can't show: that the log has no later entry of the survey."""
    log = survey.log
    last = json.loads(log.leaves[log.chains[SURVEY][-1]])
    objects = {path: data for path, data in survey.objects.items() if path != last["key"].removeprefix(f"{PREFIX}/")}
    proven = log.proven(log.chains[SURVEY][:-1])
    shorter = objects | dict(proof_files(log.note(), str(NODE.verifier), proven))
    report = verify(write(tmp_path / "shorter.zip", shorter, survey.info), [NODE.verifier])
    assert report.result == "verified"
    assert report.until < last["at"] == verify(bundle, [NODE.verifier]).until


def test_a_key_signs_for_the_log_of_its_name_only(survey: Survey, tmp_path: Path) -> None:
    """One node's key, stolen, can't make up another node's log, though an auditor trusts both."""
    other = signer("takan.example/node2", 3)
    log = survey.log
    proven = log.proven(log.chains[SURVEY])
    files = survey.objects | dict(proof_files(other.sign(log.text()), str(other.verifier), proven))
    report = verify(write(tmp_path / "a.zip", files, survey.info), [NODE.verifier, other.verifier])
    assert f"is of the log {ORIGIN} and not signed under that name, but by takan.example/node2" in words(report)
