"""Whatever is done to a bundle, it is refused, and the refusal names what was touched."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence_store.verify import verify
from tests.evidence_store.verify import forgeries
from tests.evidence_store.verify.contradictions import contradictions, signed_by_the_node
from tests.evidence_store.verify.maker import NODE, SURVEY, Survey, conducted, zipped
from tests.evidence_store.verify.mutations import MUTATIONS, Forgery, Victim
from tests.nodes import ROOT

ROUNDS = 30
"""Of every kind of mutation: 34 kinds, more than 1,000 mutations."""

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


@pytest.fixture(scope="module")
def victim() -> Victim:
    return Victim(conducted())


def mutations(victim: Victim, rounds: int, seed: int) -> Iterator[tuple[str, Forgery]]:
    """Different from the honest bundle, every one, so that to accept it is wrong."""
    assert forgeries.__name__ in {make.__module__ for make in MUTATIONS}
    for make in MUTATIONS:
        for number in range(rounds):
            dice = random.Random(f"{seed} {make.__name__} {number}")
            made = make(victim, dice)
            while made.data == victim.zip:
                made = make(victim, dice)
            yield f"{make.__name__} {number}", made


def test_a_thousand_mutations_are_refused_and_named(victim: Victim, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    path.write_bytes(victim.zip)
    assert verify(path, [NODE.verifier]).problems == ()
    accepted: list[str] = []
    unnamed: list[str] = []
    count = 0
    for label, made in mutations(victim, ROUNDS, seed=1):
        count += 1
        path.write_bytes(made.data)
        report = verify(path, [NODE.verifier])
        if report.result != "refused" or not report.problems:
            accepted.append(label)
        elif not any(made.named in f"{each.file} {each.problem}" for each in report.problems):
            unnamed.append(f"{label}: {made.named} is not in {report.problems[:3]}")
    assert count >= 1000
    assert accepted == []
    assert unnamed == []


def test_every_bit_of_the_zip_counts(victim: Victim, tmp_path: Path) -> None:
    """A bit of each of the bytes between the files' contents, and of every 499th byte of all."""
    contents = zip_contents(victim)
    path = tmp_path / "out.zip"
    free: list[int] = []
    dice = random.Random(3)
    between = [at for at in range(len(victim.zip)) if not contents[at]]
    for at in dice.sample(between, 400) + list(range(0, len(victim.zip), 499)):
        data = bytearray(victim.zip)
        data[at] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        if verify(path, [NODE.verifier]).result != "refused":
            free.append(at)
    assert free == []


def zip_contents(victim: Victim) -> bytearray:
    """1 for each byte of the zip that is of a file's content."""
    inside = bytearray(len(victim.zip))
    at = 0
    for name, data in victim.members:
        at += 30 + len(name.encode())
        inside[at : at + len(data)] = b"\x01" * len(data)
        at += len(data)
    return inside


@pytest.mark.parametrize(("make", "words"), [pytest.param(*rest, id=what) for what, *rest in contradictions()])
def test_a_record_that_contradicts_itself_is_refused_though_the_node_signed_it(
    tmp_path: Path, make: Callable[[Survey], None], words: str
) -> None:
    path = tmp_path / "out.zip"
    path.write_bytes(signed_by_the_node(make))
    report = verify(path, [NODE.verifier])
    assert report.result == "refused"
    assert any(words in f"{each.file} {each.problem}" for each in report.problems), report.problems


def test_all_problems_are_told_not_the_first_alone(victim: Victim, tmp_path: Path) -> None:
    parts = list(victim.members)
    touched = dict.fromkeys((3, 9, len(parts) - 6))
    for at in touched:
        parts[at] = (parts[at][0], parts[at][1] + b"x")
    path = tmp_path / "out.zip"
    path.write_bytes(zipped(parts))
    files = {each.file for each in verify(path, [NODE.verifier]).problems}
    assert {parts[at][0].partition("/")[2] for at in touched} <= files


def takan(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "survey_server.cli", "verify", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_answers_for_itself(victim: Victim, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    path.write_bytes(victim.zip)
    keys = tmp_path / "keys"
    keys.write_text(f"{NODE.verifier}\n")
    good = takan(path, "--vkey-file", keys, "--json")
    said = json.loads(good.stdout)
    assert (good.returncode, said["result"], said["survey"], said["problems"]) == (0, "verified", SURVEY, [])
    assert said["signed_by"] == [str(NODE.verifier)]
    told = takan(path, "--key", str(NODE.verifier))
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "VERIFIED")
    unchecked = takan(path)
    assert (unchecked.returncode, unchecked.stdout.splitlines()[0]) == (1, "CONSISTENT, SIGNER UNCHECKED")
    assert "anybody could have made" in unchecked.stdout
    for wrong in ([tmp_path / "none.zip"], [path, "--vkey", "x+y+z"], [path, "--vkey-file", tmp_path / "none"]):
        assert takan(*wrong).returncode == 2


def test_thirty_mutations_through_the_command(victim: Victim, tmp_path: Path) -> None:
    chosen = random.Random(4).sample(list(mutations(victim, 1, seed=2)), 30)

    def told(number: int) -> None:
        label, made = chosen[number]
        path = tmp_path / str(number) / "out.zip"
        path.parent.mkdir()
        path.write_bytes(made.data)
        run = takan(path, "--vkey", str(NODE.verifier), "--json")
        assert run.returncode == 1, (label, run.stderr)
        said = json.loads(run.stdout)
        assert said["result"] == "refused", label
        assert any(made.named in f"{each['file']} {each['problem']}" for each in said["problems"]), label

    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(told, range(len(chosen))))) == 30
