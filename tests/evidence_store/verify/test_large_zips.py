"""Records of many files and many gigabytes: where zip changes its fields, the one form stays the one form."""

import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence_store import write_bag
from evidence_store.verify import Problem, bag_name, verify
from evidence_store.verify.report import Findings
from evidence_store.verify.zipped import BrokenZip, CanonicalZip
from tests.evidence_store.verify.maker import NODE, SURVEY, conducted, header, in_order


def read(path: Path) -> tuple[int, Findings]:
    """How many members there are, and what is wrong."""
    findings = Findings()
    count = 0
    with path.open("rb") as file:
        for _, _, pieces in CanonicalZip(file, path.stat().st_size, findings):
            count += 1
            for _ in pieces:
                pass
    return count, findings


def test_more_files_than_sixteen_bits_can_count(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_600):
            archive.writestr(header(f"top/data/{number:06}"), b"x")
    assert read(path) == (65_600, Findings())
    data = bytearray(path.read_bytes())
    for back in (1, 40, 90):  # in the last record, the locator, the 64-bit record
        data[-back] ^= 1
        path.write_bytes(data)
        with pytest.raises(BrokenZip):
            read(path)
        data[-back] ^= 1


@pytest.mark.long
def test_more_bytes_than_31_bits_can_count(tmp_path: Path) -> None:
    """A true record with 2.3 GB of film in it that nobody entered: all that is wrong is that."""
    survey = conducted()
    film = tmp_path / "film"
    with film.open("wb") as file:
        file.truncate(750 << 20)
    files: list[tuple[str, bytes | Path]] = [*in_order(survey.objects | survey.log.files())]
    films = [f"media/{number}.mp4" for number in range(3)]

    def ordered() -> Iterator[tuple[str, bytes | Path]]:
        yield from sorted([*files, *((name, film) for name in films)], key=lambda each: each[0].encode())

    path = tmp_path / "large.zip"
    write_bag(path, ordered(), survey.info, name=bag_name(SURVEY))
    film.unlink()
    tracemalloc.start()
    report = verify(path, [NODE.verifier])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20
    assert report.problems == tuple(Problem(f"data/{name}", "has no entry in the ledger") for name in films)
