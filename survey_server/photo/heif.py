"""HEIF, HEIC and AVIF: boxes walked to the picture's size and its metadata items (ISO/IEC 23008-12, 14496-12).

Nothing is decoded. Every loop is bounded, every offset is checked against the file, and what is malformed is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from survey_server.photo.exif import TIFF_HEADS

MAX_BOXES: Final = 4_096
MAX_ITEMS: Final = 4_096
MAX_EXTENTS: Final = 64
MAX_ITEM_BYTES: Final = 1 << 20
MAX_REFERENCES: Final = 65_536
MAX_EXIF_READ: Final = 8
"""Items that are looked into for EXIF; the rest are counted."""
C2PA_BOX: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The `uuid` box that holds a C2PA manifest (C2PA 2.1, A.3)."""


@dataclass(frozen=True)
class Box:
    """One box; `start` and `end` bound its content."""

    name: bytes
    start: int
    end: int


@dataclass(frozen=True)
class Parts:
    """What the walk found. `width` and `height` are the largest declared; `end` is where the last box ends.

    `exif` holds two TIFF blobs at the most, `exif_blocks` says how many there are.
    """

    width: int = 0
    height: int = 0
    exif: tuple[bytes, ...] = ()
    exif_blocks: int = 0
    xmp: bytes = b""
    c2pa: bool = False
    complete: bool = False
    end: int = 0


@dataclass(frozen=True)
class _Place:
    """Where an item's bytes lie: `method` 0 in the file, 1 in `idat` (14496-12, 8.11.3)."""

    method: int
    extents: tuple[tuple[int, int], ...]


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets; ends at the first that is malformed or runs out of bounds."""
    at = start
    for _ in range(MAX_BOXES):
        if at + 8 > end:
            return
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield Box(data[at + 4 : at + 8], at + head, at + size)
        at += size


_TOP: Final = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"uuid", b"idat", b"mpvd"})
"""Boxes at the top of a picture's file; `mpvd` is the video of a motion photo."""


def _cut_off(data: bytes, at: int) -> bool:
    """Does a box begin here that the file ends in? Then what is here is no attachment but the picture's own rest."""
    size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
    if size == 1:
        size = int.from_bytes(data[at + 8 : at + 16], "big")
    return name in _TOP and at + size > len(data)


def walk(data: bytes) -> Parts:
    """Take a HEIF file apart."""
    meta: Box | None = None
    end, c2pa = 0, False
    for box in boxes(data, 0, len(data)):
        end = box.end
        if box.name == b"meta" and meta is None:
            meta = box
        elif box.name == b"uuid":
            c2pa = c2pa or data[box.start : box.start + 16] == C2PA_BOX
    cut = _cut_off(data, end)
    end = len(data) if cut else end
    if meta is None:
        return Parts(c2pa=c2pa, end=end)
    inside = {box.name: box for box in boxes(data, meta.start + 4, meta.end)}
    sorts = _items(data, inside[b"iinf"]) if b"iinf" in inside else {}
    places = _places(data, inside[b"iloc"]) if b"iloc" in inside else {}
    idat = inside.get(b"idat")

    describing = _describing(data, inside)

    def wanted(kind: bytes) -> list[_Place]:
        items = [item for item, sort in sorts.items() if sort == kind and item in places]
        return [places[item] for item in items if item in describing] or [places[item] for item in items]

    exif, blocks = _exif(data, wanted(b"Exif"), idat)
    described = (content for place in wanted(b"mime") if (content := _content(data, place, idat)))
    width, height = _size(data, inside[b"iprp"]) if b"iprp" in inside else (0, 0)
    return Parts(
        width=width,
        height=height,
        exif=exif,
        exif_blocks=blocks,
        xmp=next(described, b""),
        c2pa=c2pa,
        complete=not cut and bool(places) and all(_within(data, place, idat) for place in places.values()),
        end=end,
    )


def _exif(data: bytes, places: list[_Place], idat: Box | None) -> tuple[tuple[bytes, ...], int]:
    """The first two TIFF blobs of these items, and how many there are, counting what was not looked into."""
    blobs: list[bytes] = []
    for number, place in enumerate(places):
        if len(blobs) == 2 or number == MAX_EXIF_READ:
            return tuple(blobs), len(blobs) + len(places) - number
        if blob := _tiff(_content(data, place, idat)):
            blobs.append(blob)
    return tuple(blobs), len(blobs)


def _items(data: bytes, iinf: Box) -> dict[int, bytes]:
    """Item numbers and their sorts (`infe` of versions 2 and 3)."""
    version = data[iinf.start] if iinf.start < iinf.end else 0
    sorts: dict[int, bytes] = {}
    for box in boxes(data, iinf.start + 4 + (2 if version == 0 else 4), iinf.end):
        if box.name != b"infe" or box.end - box.start < 12:
            continue
        wide = data[box.start] == 3
        at = box.start + 4
        number = int.from_bytes(data[at : at + (4 if wide else 2)], "big")
        at += (4 if wide else 2) + 2
        if data[box.start] in (2, 3) and len(sorts) < MAX_ITEMS:
            sorts[number] = data[at : at + 4]
    return sorts


def _describing(data: bytes, inside: dict[bytes, Box]) -> set[int]:
    """The items that say of themselves (`cdsc`) that they describe the primary picture (`pitm`)."""
    if b"pitm" not in inside or b"iref" not in inside:
        return set()
    pitm, iref = _Reader(data, inside[b"pitm"]), inside[b"iref"]
    primary = pitm.number(4 if pitm.number(4) >> 24 else 2)
    wide = 4 if data[iref.start : iref.start + 1] != b"\0" else 2
    found, left = set[int](), MAX_REFERENCES
    for box in boxes(data, iref.start + 4, iref.end):
        if box.name == b"cdsc":
            reader = _Reader(data, box)
            item, count = reader.number(wide), min(reader.number(2), (box.end - box.start) // wide, left)
            left -= count
            found |= {item} if primary in [reader.number(wide) for _ in range(count)] else set()
    return found


class _Reader:
    """Big-endian numbers one after the other; beyond the end they are 0 and `spent` is true."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data, self._at, self._end = data, box.start, box.end

    def number(self, size: int) -> int:
        value = int.from_bytes(self._data[self._at : min(self._at + size, self._end)], "big")
        self._at += size
        return value

    @property
    def spent(self) -> bool:
        return self._at > self._end


def _places(data: bytes, iloc: Box) -> dict[int, _Place]:
    reader = _Reader(data, iloc)
    version = reader.number(4) >> 24
    sizes = reader.number(2)
    offset_size, length_size = sizes >> 12, sizes >> 8 & 15
    base_size, index_size = sizes >> 4 & 15, sizes & 15 if version in (1, 2) else 0
    wide = 4 if version == 2 else 2
    places: dict[int, _Place] = {}
    for _ in range(min(reader.number(wide), MAX_ITEMS)):
        number = reader.number(wide)
        method = reader.number(2) & 15 if version in (1, 2) else 0
        reader.number(2)
        base, extents = reader.number(base_size), list[tuple[int, int]]()
        for _ in range(min(reader.number(2), MAX_EXTENTS)):
            reader.number(index_size)
            offset = reader.number(offset_size)
            extents.append((base + offset, reader.number(length_size)))
        if reader.spent:
            break
        places[number] = _Place(method, tuple(extents))
    return places


def _spans(data: bytes, place: _Place, idat: Box | None) -> list[tuple[int, int]]:
    if place.method == 1:
        return [] if idat is None else [(idat.start + offset, length) for offset, length in place.extents]
    if place.method:
        return []
    return [(offset, length or len(data) - offset) for offset, length in place.extents]


def _content(data: bytes, place: _Place, idat: Box | None) -> bytes:
    content = bytearray()
    for at, length in _spans(data, place, idat):
        content += data[at : at + min(length, MAX_ITEM_BYTES - len(content))]
    return bytes(content)


def _within(data: bytes, place: _Place, idat: Box | None) -> bool:
    return all(at + length <= len(data) for at, length in _spans(data, place, idat))


def _tiff(item: bytes) -> bytes:
    """The TIFF blob of an Exif item: behind a 4-byte offset (23008-12, A.2.1), which some writers get wrong."""
    if len(item) < 8:
        return b""
    named = 4 + int.from_bytes(item[:4], "big")
    for at in (named, 4, 10, 0, item.find(b"Exif\0\0", 0, 64) + 6):
        if item.startswith(TIFF_HEADS, at):
            return item[at:]
    return b""


def _size(data: bytes, iprp: Box) -> tuple[int, int]:
    """The largest size any `ispe` declares, tiles and thumbnails included: what a decoder may have to hold."""
    largest = (0, 0)
    for box in boxes(data, iprp.start, iprp.end):
        if box.name != b"ipco":
            continue
        for inner in boxes(data, box.start, box.end):
            if inner.name == b"ispe" and inner.end - inner.start >= 12:
                width = int.from_bytes(data[inner.start + 4 : inner.start + 8], "big")
                height = int.from_bytes(data[inner.start + 8 : inner.start + 12], "big")
                largest = max(largest, (width, height), key=lambda size: size[0] * size[1])
    return largest
