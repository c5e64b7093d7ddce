"""A disk that runs full under the spool and the ledger's book: what was acknowledged stays, the rest is refused."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence_store.errors import SpoolFull
from evidence_store.ledger.book import Book, Line, Page
from evidence_store.receipts import Facts
from evidence_store.spool import Spool
from tests.servers import ballast, small_disk

FACTS = Facts(name="v1/t/2026/11/s1/media/p1/0/0", suffix=".m4s", media_type="video/mp4", lock_days=1, kind="segment")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 8) as disk:
        yield disk


def test_a_piece_that_does_not_fit_is_refused_and_leaves_nothing(disk: Path) -> None:
    spool = Spool(disk / "spool")
    kept = spool.put(b"before" * 1000, FACTS)
    with ballast(disk, leave=64 << 10):
        with pytest.raises(SpoolFull, match="make room"):
            spool.put(bytes(1 << 20), FACTS)
        assert [path.suffix for path in (disk / "spool").glob("*.*")] == [".held"]
        assert spool.put(b"a small one", FACTS).size == 11, "what fits is still taken"
    assert spool.put(bytes(1 << 20), FACTS).size == 1 << 20
    assert spool.ready()[0].held == kept
    assert len([spool.read(waiting) for waiting in spool.ready()]) == 3
    spool.close()


def test_a_growing_piece_waits_for_room_and_goes_on(disk: Path) -> None:
    spool = Spool(disk / "spool")
    segment = spool.open_segment(FACTS)
    segment.append(b"a" * 100_000)
    with ballast(disk):
        with pytest.raises(SpoolFull):
            segment.append(b"b" * 100_000)
        with pytest.raises(SpoolFull):
            segment.append(b"b" * 100_000)
    segment.append(b"b" * 100_000)
    with ballast(disk):
        with pytest.raises(SpoolFull):
            while segment.size < 300_000:  # what is left of the last page
                segment.append(b"c" * 16)
        assert 200_000 <= segment.size < 300_000
        for _ in range(2):
            with pytest.raises(SpoolFull):
                segment.close({"muted": []})
        assert spool.ready() == []
    held = segment.close({"muted": []})
    (waiting,) = spool.ready()
    assert spool.read(waiting) == b"a" * 100_000 + b"b" * 100_000 + b"c" * (held.size - 200_000)
    assert (waiting.held, waiting.facts.about) == (held, {"muted": []})
    spool.close()


def test_what_a_killed_process_leaves_on_a_full_disk_is_finished_once_there_is_room(disk: Path) -> None:
    spool = Spool(disk / "spool")
    spool.open_segment(FACTS).append(b"c" * 300_000)
    spool.close()
    again = Spool(disk / "spool")
    (abandoned,) = again.abandoned()
    with ballast(disk), pytest.raises(SpoolFull):
        abandoned.finish(abandoned.data)
    (abandoned,) = again.abandoned()
    assert abandoned.finish(abandoned.data).size == 300_000
    assert again.abandoned() == []
    again.close()


def test_the_book_refuses_whole_checkpoints_and_goes_on(disk: Path) -> None:
    book = Book(disk / "ledger.db")

    def enter(number: int) -> None:
        first = 10 * (number - 1)
        lines = [Line("s1", first + at, f"{number}/{at}", b"{}" * 200) for at in range(10)]
        book.enter(Page(number, 10 * number, "note", []), first, lines)

    enter(1)
    with ballast(disk):
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                enter(2)
        assert (book.page().number, book.has("1/0"), book.has("2/0")) == (1, True, False)
    enter(2)
    assert (book.page().number, len(book.of_survey("s1"))) == (2, 20)
    book.close()
