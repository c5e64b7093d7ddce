"""How a film in ISO BMFF (MP4, QuickTime; ISO/IEC 14496-12) is put together: its boxes walked, nothing decoded.

Only the movie box is read into memory, and it is bounded; media data is stepped over. What a reader such as FFmpeg
smooths out is what is wanted here: edit lists, sample tables, changes of the sample description.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final

import numpy as np

from survey_server.photo import heif

MAX_MOVIE_BYTES: Final = 64 << 20
"""An hour of 60 pictures a second has a movie box of about 5 MB."""
_MAX_BOXES: Final = 100_000
"""At the top: a fragment of one second has two."""
_EPOCH: Final = datetime(1904, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1995, 1, 1, tzinfo=UTC)
"""Before it no phone has been: what says so is zero or another epoch."""
_NOTHING_SHOWN: Final = -1
_TOP: Final = frozenset({
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"udta", b"sidx", b"mfra",
    b"pdin", b"prft", b"emsg", b"pnot",
})  # fmt: skip
_PATH: Final = frozenset({b"trak", b"mdia", b"minf", b"stbl", b"edts"})


class NoMovie(Exception):
    """Says why there is no film to be taken apart. `bound` names the bound it breaks, if it is that."""

    def __init__(self, why: str, bound: str = "") -> None:
        super().__init__(why)
        self.bound = bound


@dataclass(frozen=True)
class Track:
    """One track as its boxes tell it; times in seconds."""

    kind: str
    """Its handler: `vide`, `soun`, others."""
    declared_s: float
    """By the media header."""
    samples_s: float
    """By the sample table."""
    longest_s: float
    """The longest any sample but the last stands."""
    edits: int
    """Entries of the edit list that show media; one is usual, or none."""
    shown_s: float
    """What these entries show; 0 without an edit list."""
    descriptions: int
    """Sample descriptions: more than one when coding changes on the way."""
    samples: int


@dataclass(frozen=True)
class Movie:
    """A film's structure."""

    brand: str
    created_at: datetime | None
    """The movie header's creation time, UTC by the standard; None when blank."""
    seconds: float
    tracks: tuple[Track, ...]
    fragmented: bool
    complete: bool
    """Does the last box end where the file ends, or before it?"""
    trailing_bytes: int
    """Behind the last thing that is a box."""


def read_movie(file: BinaryIO, size: int) -> Movie:
    """Take a film of `size` bytes apart. Raises NoMovie."""
    brand, movie, fragmented, complete, end = "", b"", False, True, size
    for kind, start, stop in _top(file, size):
        if kind == b"":
            end = start
            break
        complete = stop <= size
        fragmented = fragmented or kind == b"moof"
        if kind == b"ftyp":
            brand = _read(file, start, 4).decode("ascii", "replace")
        elif kind == b"moov" and not movie:
            if stop - start > MAX_MOVIE_BYTES:
                raise NoMovie("its index is far too long", "movie_box")
            movie = _read(file, start, stop - start)
    if not movie:
        raise NoMovie("it has no index (moov): its recording was cut off before it was finished")
    boxes = list(_inside(movie))
    header = next((body for kind, body in boxes if kind == b"mvhd"), b"")
    created, scale, length = _header(header)
    tracks = tuple(_track(body, scale) for kind, body in boxes if kind == b"trak")
    return Movie(brand, _moment(created), length / scale if scale else 0.0, tracks, fragmented, complete, size - end)


def _top(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning of the body and end of every box at the top; the kind is empty where no box follows any more."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at >= size:
            return
        head = _read(file, at, 16)
        if len(head) < 8 or not all(0x20 <= sign < 0x7F or sign == 0xA9 for sign in head[4:8]):
            yield b"", at, size
            return
        length, body = int.from_bytes(head[:4]), 8
        if length == 1 and len(head) == 16:
            length, body = int.from_bytes(head[8:16]), 16
        elif length == 0:
            length = size - at
        if length < body or (at + length > size and head[4:8] not in _TOP):
            yield b"", at, size
            return
        yield head[4:8], at + body, at + length
        at += length
    raise NoMovie("it has more parts than any camera writes", "boxes")


def _inside(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes in a box; what does not fit any more ends it."""
    return ((box.name, data[box.start : box.end]) for box in heif.boxes(data, 0, len(data)))


def _found(data: bytes) -> dict[bytes, bytes]:
    """The first box of each kind in a track, its containers opened."""
    found: dict[bytes, bytes] = {}
    ahead = [data]
    while ahead:
        for kind, body in _inside(ahead.pop()):
            if kind in _PATH:
                ahead.append(body)
            elif kind != b"hdlr" or kind not in found:
                found.setdefault(kind, body)
    return found


def _track(data: bytes, movie_scale: int) -> Track:
    boxes = _found(data)
    _, scale, length = _header(boxes.get(b"mdhd", b""))
    counts, deltas = _samples(boxes.get(b"stts", b""))
    total, longest = float(np.dot(counts, deltas)), 0.0
    if len(counts):
        usual = deltas[:-1] if counts[-1] == 1 else deltas  # the last sample may stand for anything
        longest = float(usual.max()) if len(usual) else 0.0
    shown = [long for long, begin in _edits(boxes.get(b"elst", b"")) if begin != _NOTHING_SHOWN]
    return Track(
        kind=_handler(data),
        declared_s=length / scale if scale else 0.0,
        samples_s=total / scale if scale else 0.0,
        longest_s=longest / scale if scale else 0.0,
        edits=len(shown),
        shown_s=sum(shown) / movie_scale if movie_scale else 0.0,
        descriptions=int.from_bytes(boxes.get(b"stsd", b"")[4:8]),
        samples=int(counts.sum()),
    )


def _handler(data: bytes) -> str:
    """What kind of media: the handler in the media box, not the one QuickTime has in the media information besides."""
    for kind, body in _inside(data):
        if kind == b"mdia":
            return next((box[8:12].decode("ascii", "replace") for what, box in _inside(body) if what == b"hdlr"), "")
    return ""


def _header(body: bytes) -> tuple[int, int, int]:
    """Creation time, time scale and length of a movie or media header, both versions; zeros where it is short."""
    form = ">QQIQ" if body[:1] == b"\1" else ">IIII"
    if len(body) < 4 + struct.calcsize(form):
        return 0, 0, 0
    created, _, scale, length = struct.unpack_from(form, body, 4)
    return created, scale, length


def _samples(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The sample table's counts and durations."""
    count = min(int.from_bytes(body[4:8]), max(0, len(body) - 8) // 8)
    table = np.frombuffer(body, ">u4", count * 2, 8).reshape(-1, 2).astype(np.int64) if count else np.empty((0, 2), int)
    return table[:, 0], table[:, 1]


def _edits(body: bytes) -> list[tuple[int, int]]:
    """The edit list: how long (movie time scale) and from where in the media (-1: nothing is shown)."""
    form = struct.Struct(">QqI" if body[:1] == b"\1" else ">IiI")
    count = min(int.from_bytes(body[4:8]), max(0, len(body) - 8) // form.size)
    return [form.unpack_from(body, 8 + number * form.size)[:2] for number in range(count)]


def _moment(seconds: int) -> datetime | None:
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return at if at >= _EARLIEST else None


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
