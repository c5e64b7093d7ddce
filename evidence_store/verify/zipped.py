"""The one form of a bundle's zip (PKWARE APPNOTE 6.3, as `write_bag` uses it), read from front to end.

Nothing is compressed, nothing has a time, a comment or an extra field, and no byte lies between or beside what is
listed. So every byte is either a file's or follows from the files' names, sizes and contents, which is what is checked.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from evidence_store.verify.report import Findings, Progress

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_OFFSET_64 = struct.Struct("<2HQ")
_LOCAL_NAMES = (
    "signature", "version", "flags", "method", "time", "date", "checksum", "stored size", "size", "name", "extra field",
)  # fmt: skip
_VERSION, _VERSION_64 = 20, 45
_UNIX = 3
_UTF8 = 0x800
_JANUARY_1980 = 0x21
_LARGEST_PLAIN = 2**31 - 1
"""Beyond it Python's zipfile, which writes the bundle, uses 64-bit fields."""
LARGEST_FILE = 2**30
"""No object of a record comes near it, so that no file's own header needs 64 bits."""
_READ_AT_ONCE = 1 << 20


class BrokenZip(ValueError):
    """The zip can't be read on from here. Says why in words."""


class CanonicalZip:
    """A zip being read once. Iterating gives (name, size, pieces); take all pieces before going on."""

    def __init__(self, file: BinaryIO, size: int, findings: Findings, progress: Progress | None = None) -> None:
        """`size` is the file's. What is not in the one form is added to `findings`."""
        self._file = file
        self._size = size
        self._findings = findings
        self._progress = progress
        self._at = 0
        self._directory: list[tuple[str, int, int, int]] = []

    def __iter__(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Raises BrokenZip; OSError when the file can't be read."""
        while True:
            at, head = self._at, self._read(4)
            if head != b"PK\x03\x04":
                break
            name, size, crc = self._local(head)
            self._directory.append((name, size, crc, at))
            yield name, size, self._pieces(name, size, crc)
        self._check_end(at, head)

    def _read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._at += len(data)
        return data

    def _local(self, head: bytes) -> tuple[str, int, int]:
        fixed = head + self._read(_LOCAL.size - len(head))
        if len(fixed) < _LOCAL.size:
            raise BrokenZip("is cut short in the header of a file")
        fields = _LOCAL.unpack(fixed)
        crc, size, name_size, extra_size = fields[6], fields[8], fields[9], fields[10]
        raw = self._read(name_size)
        self._read(extra_size)
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            raise BrokenZip(f"has a file whose name is not UTF-8: {raw!r}") from None
        if len(raw) < name_size or self._at + size > self._size:
            raise BrokenZip(f"is cut short in {name or 'a file'}")
        if size > LARGEST_FILE:
            raise BrokenZip(f"says that {name} has {size} bytes, more than any part of a record")
        expected = _LOCAL.unpack(_local_header(name, size, crc)[: _LOCAL.size])
        wrong = [what for what, one, other in zip(_LOCAL_NAMES, fields, expected, strict=True) if one != other]
        if wrong:
            self._findings.add(name, f"has a header in the zip with another {', '.join(wrong)} than a bundle has")
        return name, size, crc

    def _pieces(self, name: str, size: int, crc: int) -> Iterator[bytes]:
        left, found = size, 0
        while left:
            piece = self._read(min(left, _READ_AT_ONCE))
            if not piece:
                raise BrokenZip(f"is cut short in {name}")
            left -= len(piece)
            found = zlib.crc32(piece, found)
            yield piece
            if self._progress is not None:
                self._progress(self._at, self._size)
        if found != crc:
            self._findings.add(name, "does not have the zip's checksum")

    def _check_end(self, at: int, head: bytes) -> None:
        if not self._directory:
            raise BrokenZip("is not a zip with a file in it")
        left = head
        for name, size, crc, offset in self._directory:
            expected = _central_header(name, size, crc, offset)
            found = left + self._read(len(expected) - len(left))
            left = b""
            if found != expected:
                raise BrokenZip(
                    f"has a directory that does not describe {name} as its own header does, or has bytes before it"
                )
        for part in _end_records(len(self._directory), at, self._at - at):
            if self._read(len(part)) != part:
                raise BrokenZip("does not end as a bundle's zip ends")
        if self._read(1):
            raise BrokenZip("has bytes after its end")


def _flags(name: str) -> int:
    return 0 if name.isascii() else _UTF8


def _local_header(name: str, size: int, crc: int) -> bytes:
    raw = name.encode()
    fields = (_VERSION, _flags(name), 0, 0, _JANUARY_1980, crc, size, size, len(raw), 0)
    return _LOCAL.pack(b"PK\x03\x04", *fields) + raw


def _central_header(name: str, size: int, crc: int, offset: int) -> bytes:
    raw = name.encode()
    far = offset > _LARGEST_PLAIN
    extra = _OFFSET_64.pack(1, 8, offset) if far else b""
    version = _VERSION_64 if far else _VERSION
    mode = (stat.S_IFDIR | 0o755 if name.endswith("/") else stat.S_IFREG | 0o644) << 16
    fields = (
        version | _UNIX << 8, version, _flags(name), 0, 0, _JANUARY_1980, crc, size, size,
        len(raw), len(extra), 0, 0, 0, mode, 0xFFFFFFFF if far else offset,
    )  # fmt: skip
    return _CENTRAL.pack(b"PK\x01\x02", *fields) + raw + extra


def _end_records(count: int, start: int, size: int) -> Iterator[bytes]:
    """What follows a directory of `count` files and `size` bytes at `start`."""
    if count > 0xFFFF or start > _LARGEST_PLAIN or size > _LARGEST_PLAIN:
        yield _END_64.pack(b"PK\x06\x06", 44, _VERSION_64, _VERSION_64, 0, 0, count, count, size, start)
        yield _END_64_LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
    few = min(count, 0xFFFF)
    yield _END.pack(b"PK\x05\x06", 0, 0, few, few, min(size, 0xFFFFFFFF), min(start, 0xFFFFFFFF), 0)
