"""Programs that know nothing of Takan come to the same answers: bagit of the Library of Congress, Go's sumdb."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest

from evidence_store.ledger.merkle import consistency
from tests.evidence_store.verify.maker import INTRUDER, NODE, SURVEY, Survey, conducted, consistency_lines, write
from tests.servers import require

CHECKER = Path(__file__).parent.parent / "tlog_checker"


@pytest.fixture(scope="module")
def survey() -> Survey:
    return conducted()


@pytest.fixture
def bag(survey: Survey, tmp_path: Path) -> Path:
    """The unzipped bundle."""
    with zipfile.ZipFile(write(tmp_path / "out.zip", survey.objects | survey.log.files(), survey.info)) as archive:
        archive.extractall(tmp_path)
    return tmp_path / f"takan-{SURVEY}"


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker in Go, built against the pinned golang.org/x/mod."""
    go = require("go", os.environ.get("TAKAN_GO") or "go")
    program = tmp_path_factory.mktemp("checker") / "tlog_checker"
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"}
    build = [go, "build", "-o", program, "."]
    built = subprocess.run(build, cwd=CHECKER, env=environment, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr.decode()
    return program


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=60)


def test_bagit_validates_the_bag(bag: Path) -> None:
    assert bagit.__file__ is not None
    told = run(sys.executable, bagit.__file__, "--validate", bag)
    assert told.returncode == 0, told.stderr
    photo = next((bag / "data" / "photos").glob("*.jpg"))
    photo.write_bytes(photo.read_bytes() + b"x")
    assert run(sys.executable, bagit.__file__, "--validate", bag).returncode == 1


def test_gos_transparency_log_verifies_note_and_inclusion(survey: Survey, bag: Path, checker: Path) -> None:
    ledger = bag / "data" / "ledger"
    told = run(checker, ledger, str(NODE.verifier))
    assert told.returncode == 0, told.stderr
    entries = len(survey.log.chains[SURVEY])
    size = len(survey.log.leaves)
    assert f"size {size}, signed by {NODE.verifier.name}\n{entries} entries included" in told.stdout
    assert run(checker, ledger, str(INTRUDER.verifier)).returncode == 1

    leaf = next((ledger / "entries").iterdir())
    leaf.write_bytes(leaf.read_bytes().replace(b'"v":1', b'"v":2'))
    refused = run(checker, ledger, str(NODE.verifier))
    assert refused.returncode == 1
    assert f"entry {int(leaf.stem)}" in refused.stderr


def test_gos_transparency_log_refuses_a_changed_proof(bag: Path, checker: Path) -> None:
    proofs = bag / "data" / "ledger" / "proofs.json"
    said = json.loads(proofs.read_text())
    said["entries"][3]["path"][1] = said["entries"][3]["path"][0]
    proofs.write_text(json.dumps(said))
    assert run(checker, bag / "data" / "ledger", str(NODE.verifier)).returncode == 1


def test_gos_transparency_log_verifies_consistency(survey: Survey, bag: Path, checker: Path, tmp_path: Path) -> None:
    log, whole = survey.log, len(survey.log.leaves)
    earlier, proof = tmp_path / "earlier", tmp_path / "consistency"
    forked = conducted(NODE, seed=9).log
    for size in (1, 100, 256, 300):
        proof.write_text(consistency_lines(consistency(log.tree, size, whole)))
        earlier.write_text(log.note(size))
        told = run(checker, bag / "data" / "ledger", str(NODE.verifier), earlier, proof)
        assert told.returncode == 0, told.stderr
        assert f"consistent with the checkpoint of size {size}" in told.stdout
        earlier.write_text(forked.note(size))
        assert run(checker, bag / "data" / "ledger", str(NODE.verifier), earlier, proof).returncode == 1
