"""A bag that the Library of Congress' own tool accepts, and refuses once a byte is changed."""

import tracemalloc
import zipfile
from pathlib import Path

import bagit
import pytest

from evidence_store import write_bag
from evidence_store.errors import BadBag

INFO = {"Source-Organization": "某区审批局", "Bagging-Date": "2026-11-22", "External-Identifier": "survey-1"}


def some_files(tmp_path: Path) -> list[tuple[str, bytes | Path]]:
    film = tmp_path / "film.m4s"
    film.write_bytes(bytes(range(256)) * 5000)
    return [
        ("media/p1/000001-abc.m4s", film),
        ("photos/0001-现场 照片.jpg", b"\xff\xd8" + b"\0" * 3000),
        ("journal/000001.jsonl", b'{"event":"joined"}\n' * 500),
        ("empty", b""),
    ]


def unzipped(path: Path, directory: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(directory)
    return directory / "survey-1"


def test_the_bag_validates_after_unzipping(tmp_path: Path) -> None:
    files = some_files(tmp_path)
    write_bag(tmp_path / "out.zip", files, INFO, name="survey-1")
    top = unzipped(tmp_path / "out.zip", tmp_path / "out")
    bag = bagit.Bag(str(top))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert sorted(bag.algorithms) == ["sha256", "sha512"]
    assert bag.info["Source-Organization"] == "某区审批局"
    assert bag.info["Payload-Oxum"] == f"{1280000 + 3002 + 9500}.4"
    for name, content in files:
        expected = content if isinstance(content, bytes) else content.read_bytes()
        assert (top / "data" / name).read_bytes() == expected


@pytest.mark.parametrize(
    "name",
    [
        *("data/media/p1/000001-abc.m4s", "data/journal/000001.jsonl", "bag-info.txt", "bagit.txt"),
        *("manifest-sha256.txt", "manifest-sha512.txt"),
    ],
)
def test_a_flipped_byte_is_refused(tmp_path: Path, name: str) -> None:
    write_bag(tmp_path / "survey-1.zip", some_files(tmp_path), INFO)
    top = unzipped(tmp_path / "survey-1.zip", tmp_path / "out")
    data = bytearray((top / name).read_bytes())
    data[-2] ^= 1
    (top / name).write_bytes(data)
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(top)).validate()


def test_a_file_too_many_or_too_few_is_refused(tmp_path: Path) -> None:
    write_bag(tmp_path / "survey-1.zip", some_files(tmp_path), INFO)
    top = unzipped(tmp_path / "survey-1.zip", tmp_path / "out")
    (top / "data" / "extra").write_bytes(b"x")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(top)).validate()
    (top / "data" / "extra").unlink()
    bagit.Bag(str(top)).validate()
    (top / "data" / "empty").unlink()
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(top)).validate()


def test_nothing_is_compressed(tmp_path: Path) -> None:
    write_bag(tmp_path / "survey-1.zip", some_files(tmp_path), INFO)
    with zipfile.ZipFile(tmp_path / "survey-1.zip") as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_same_bag_has_the_same_bytes(tmp_path: Path) -> None:
    write_bag(tmp_path / "a.zip", some_files(tmp_path), INFO, name="survey-1")
    write_bag(tmp_path / "b.zip", some_files(tmp_path), INFO, name="survey-1")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_bag_may_be_empty(tmp_path: Path) -> None:
    write_bag(tmp_path / "survey-1.zip", [], {})
    bagit.Bag(str(unzipped(tmp_path / "survey-1.zip", tmp_path / "out"))).validate()


def test_nothing_large_is_ever_in_memory(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(40 * 2**20)
    tracemalloc.start()
    write_bag(tmp_path / "survey-1.zip", ((f"media/{n}.mp4", film) for n in range(2)), INFO)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20
    assert (tmp_path / "survey-1.zip").stat().st_size > 80 * 2**20


def test_names_that_could_leave_the_bag_or_confuse_it_are_refused(tmp_path: Path) -> None:
    for name in ("/etc/passwd", "../out", "a/../b", "a//b", "", "a\\b", "a\nb", "100%", "C:x", "e\u0301"):
        with pytest.raises(BadBag):
            write_bag(tmp_path / "bag.zip", [(name, b"x")], {})
    with pytest.raises(BadBag, match="twice"):
        write_bag(tmp_path / "bag.zip", [("A.txt", b"x"), ("a.txt", b"y")], {})
    for info in ({"Payload-Oxum": "1.1"}, {"a b": "x"}, {"Title": "two\nlines"}):
        with pytest.raises(BadBag):
            write_bag(tmp_path / "bag.zip", [], info)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_the_older_bag(tmp_path: Path) -> None:
    write_bag(tmp_path / "bag.zip", [], {})
    older = (tmp_path / "bag.zip").read_bytes()
    with pytest.raises(FileNotFoundError):
        write_bag(tmp_path / "bag.zip", [("a", b"x"), ("b", tmp_path / "missing")], {})
    assert (tmp_path / "bag.zip").read_bytes() == older
    assert [each.name for each in tmp_path.iterdir()] == ["bag.zip"]
