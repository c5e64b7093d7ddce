"""The local spool: a write-ahead directory that holds evidence until the object store has it.

One file per piece, `{when}-{random}.{state}`:

    .part      put() is writing it; nobody was promised anything
    .open      a segment being appended to; each append that returned is synced
    .held      whole: renamed to this only after its bytes and its closing words were synced
    .damaged   was .held, but its bytes no longer fit its closing words; set aside for people

A file is `head line, data, closing words, length of the closing words, mark`: the head line is JSON with the facts as
they were known at the start; the closing words are JSON with the final facts, size and SHA-256 of the data. A file
whose tail does not fit is not whole, whatever its name says.

Everything here blocks and may be called from any thread. One process owns a spool at a time.
"""

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import IO, Any

import msgspec

from evidence_store.errors import SpoolDamaged, SpoolFault, SpoolFull, SpoolInUse
from evidence_store.receipts import Facts, Held

log = logging.getLogger(__name__)

_MARK = b"\nTAKAN-HELD-1\n"
_TAIL = struct.Struct(f">I{len(_MARK)}s")
_READ_AT_ONCE = 1 << 20
_LONGEST_HEAD = 1 << 20


class _Closing(msgspec.Struct, frozen=True):
    """The closing words of a whole file."""

    facts: Facts
    sha256: str
    size: int
    held_at: datetime


# Made once, here: where several threads make msgspec's first decoder of a type at once, the process may crash.
_CLOSING, _FACTS = msgspec.json.Decoder(_Closing), msgspec.json.Decoder(Facts)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A whole entry that waits for its upload."""

    entry: str
    """The entry's file name in the spool, without its ending."""
    facts: Facts
    held: Held


class Spool:
    """One spool on one directory, which should be on a disk that survives a loss of power."""

    def __init__(self, directory: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open the spool, creating its directory. Raises SpoolInUse, SpoolFault."""
        self._directory = directory.absolute()
        self._now = now
        self._guard = threading.Lock()
        self._ours: set[str] = set()
        self._tell: Callable[[Waiting], None] | None = None
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock: IO[str] = (self._directory / "lock").open("a")
            self._directory_handle = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise SpoolFault(
                f"The spool {directory} cannot be opened ({error}). Check the path and its rights."
            ) from error
        try:
            # A record lock: it goes with this process, whatever its forked children still hold open.
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._directory_handle)
            self._lock.close()
            raise SpoolInUse(str(directory)) from error

    def close(self) -> None:
        """Let the spool go. Open segments stay as they are and are found again as abandoned."""
        if not self._lock.closed:
            self._lock.close()
            os.close(self._directory_handle)
            self._directory_handle = -1  # what is still tried fails, instead of syncing somebody else's file

    def watch(self, tell: Callable[[Waiting], None]) -> None:
        """Have `tell` called, in whatever thread made it whole, for every entry that becomes whole from now on."""
        self._tell = tell

    def put(self, data: bytes, facts: Facts) -> Held:
        """Hold one whole piece. When this returns it survives a crash and a loss of power. Raises SpoolFault."""
        head = _head(facts)
        entry = self._new_entry()
        part = self._file(entry, "part")
        try:
            with _created(part) as file:
                _write(file, head)
                _write(file, data)
                waiting = self.close_entry(entry, file, facts, hashlib.sha256(data).hexdigest(), len(data))
            self.publish(part, waiting)
        except OSError as error:
            part.unlink(missing_ok=True)
            self._forget(entry)
            raise _not_held(error) from error
        return waiting.held

    def open_segment(self, facts: Facts) -> "OpenSegment":
        """Begin a piece that grows. Raises SpoolFault."""
        head = _head(facts)
        entry = self._new_entry()
        path = self._file(entry, "open")
        try:
            file = _created(path)
            _write(file, head)
            os.fsync(file.fileno())
            os.fsync(self._directory_handle)
        except OSError as error:
            path.unlink(missing_ok=True)
            self._forget(entry)
            raise _not_held(error) from error
        return OpenSegment(self, entry, path, file, facts)

    def abandoned(self) -> list["Abandoned"]:
        """The segments an earlier process left open, oldest first; those to which nothing was ever appended are
        removed.

        A segment that was complete but for its name is not among them: it is taken for the whole entry it is.
        """
        found: list[Abandoned] = []
        for path in sorted(self._directory.glob("*.open")):
            if path.stem in self._ours or self._taken_for_whole(path):
                continue
            try:
                facts, data = _read_open(path)
            except msgspec.MsgspecError as error:
                self._set_aside(path, str(error))
                continue
            if facts is None or not data:
                path.unlink(missing_ok=True)
            else:
                found.append(Abandoned(facts, data, self, path.stem))
        return found

    def ready(self) -> list[Waiting]:
        """Every whole entry, oldest first. Those that are not whole in spite of their name are set aside as damaged."""
        for path in self._directory.glob("*.part"):
            # Whoever was writing it has gone. If it is whole, keeping it is harmless; if not, nobody was promised it.
            if path.stem not in self._ours and not self._taken_for_whole(path):
                path.unlink(missing_ok=True)
        found: list[Waiting] = []
        for path in sorted(self._directory.glob("*.held")):
            closing = _closing_of(path)
            if closing is None:
                self._set_aside(path, "its end is missing")
            else:
                found.append(_waiting(path.stem, closing))
        return found

    def read(self, waiting: Waiting) -> bytes:
        """The bytes of a whole entry, checked against its hash.

        Raises SpoolDamaged when they are gone or altered (the entry is set aside), SpoolFault when the disk would not
        say: that may pass.
        """
        path = self._file(waiting.entry, "held")
        try:
            with path.open("rb") as file:
                file.readline(_LONGEST_HEAD)
                data = file.read(waiting.held.size)
        except FileNotFoundError as error:
            raise SpoolDamaged(path.name, str(error)) from error
        except OSError as error:
            raise SpoolFault(f"The spool entry {path.name} cannot be read now: {error}") from error
        if hashlib.sha256(data).hexdigest() != waiting.held.sha256:
            self._set_aside(path, "its bytes have another hash")
            raise SpoolDamaged(path.name, "its bytes have another hash")
        return data

    def discard(self, waiting: Waiting) -> None:
        """Let a whole entry go. If a crash brings it back it is uploaded again, which changes nothing."""
        path = self._file(waiting.entry, "held")
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("The spool entry %s is kept by the store but cannot be removed here: %s", path, error)

    def close_entry(self, entry: str, file: FileIO, facts: Facts, sha256: str, size: int) -> Waiting:
        """For whoever writes an entry: add the closing words and sync."""
        closing = _Closing(facts, sha256, size, self._now())
        words = msgspec.json.encode(closing)
        closing = _CLOSING.decode(words)  # the owner sees the same facts now and after a restart
        _write(file, words + _TAIL.pack(len(words), _MARK))
        os.fsync(file.fileno())
        return _waiting(entry, closing)

    def publish(self, path: Path, waiting: Waiting) -> None:
        """For whoever wrote an entry: make it known as whole."""
        whole = path.with_suffix(".held")
        if not whole.exists():  # it does where the sync below failed at the last try
            path.rename(whole)
        os.fsync(self._directory_handle)
        self._forget(waiting.entry)
        if self._tell is not None:
            self._tell(waiting)

    def forget_abandoned(self, entry: str) -> None:
        """For Abandoned: its data is held elsewhere now."""
        self._file(entry, "open").unlink(missing_ok=True)

    def _new_entry(self) -> str:
        entry = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        with self._guard:
            self._ours.add(entry)
        return entry

    def _forget(self, entry: str) -> None:
        with self._guard:
            self._ours.discard(entry)

    def _taken_for_whole(self, path: Path) -> bool:
        """A crash may fall between the last sync and the renaming: then the file is whole, down to its hash."""
        closing = _closing_of(path)
        if closing is None or _hash_of_data(path, closing.size) != closing.sha256:
            return False
        with path.open("rb") as file:
            os.fsync(file.fileno())  # whoever wrote it may have been killed before its own
        self.publish(path, _waiting(path.stem, closing))
        return True

    def _set_aside(self, path: Path, reason: str) -> None:
        path.rename(path.with_suffix(".damaged"))
        log.error("%s", SpoolDamaged(str(path), reason))

    def _file(self, entry: str, state: str) -> Path:
        return self._directory / f"{entry}.{state}"


class OpenSegment:
    """A piece that grows by appending. One thread at a time; every call blocks."""

    def __init__(self, spool: Spool, entry: str, path: Path, file: FileIO, facts: Facts) -> None:
        self._spool = spool
        self._entry = entry
        self._path = path
        self._file = file
        self._facts = facts
        self._start = file.tell()
        self._size = 0
        self._hash = hashlib.sha256()
        self._whole: Waiting | None = None
        """Once its closing words are synced: all that is left to do is to make it known."""

    @property
    def size(self) -> int:
        """Bytes appended so far."""
        return self._size

    def append(self, data: bytes) -> None:
        """Add bytes. When this returns they survive a crash and a loss of power.

        When it raises SpoolFault none of them is part of the segment, and appending may be tried again.
        """
        try:
            _write(self._file, data)
            os.fdatasync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.seek(self._start + self._size)
                self._file.truncate()
            raise _not_held(error) from error
        self._hash.update(data)
        self._size += len(data)

    def close(self, about: dict[str, Any] | None = None) -> Held:
        """End the segment and hand it on as a whole piece; `about` adds to the facts.

        Raises SpoolFault; then the segment is still open and closing may be tried again.
        """
        facts = self._facts.with_about(about or {})
        try:
            if self._whole is None:
                self._file.seek(self._start + self._size)
                self._file.truncate()
                digest = self._hash.hexdigest()
                self._whole = self._spool.close_entry(self._entry, self._file, facts, digest, self._size)
            self._spool.publish(self._path, self._whole)
        except OSError as error:
            raise _not_held(error) from error
        self._file.close()
        return self._whole.held


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A segment whose process ended before closing it."""

    facts: Facts
    data: bytes
    """Everything that was appended, and possibly part of an append that never returned."""
    _spool: Spool = field(repr=False)
    _entry: str = field(repr=False)

    def finish(self, data: bytes, about: dict[str, Any] | None = None) -> Held:
        """Hold `data` (what of the segment is usable) as the whole piece it was to become; `about` adds to the facts.

        Doing it again after a crash makes the same piece. Raises SpoolFault.
        """
        held = self._spool.put(data, self.facts.with_about(about or {}))
        self._spool.forget_abandoned(self._entry)
        return held


def _head(facts: Facts) -> bytes:
    line = msgspec.json.encode(facts) + b"\n"
    if len(line) > _LONGEST_HEAD:
        raise ValueError("The facts are too long for the spool; keep what is long in a piece of its own.")
    return line


def _created(path: Path) -> FileIO:
    return FileIO(path, "xb", opener=lambda name, flags: os.open(name, flags | os.O_CLOEXEC, 0o600))


def _write(file: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _waiting(entry: str, closing: _Closing) -> Waiting:
    key = closing.facts.key(closing.sha256)
    return Waiting(entry, closing.facts, Held(key, closing.sha256, closing.size, closing.held_at))


def _not_held(error: OSError) -> SpoolFault:
    kind = SpoolFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else SpoolFault
    return kind(
        f"The spool could not write ({error}). This piece is not preserved; make room on the spool's disk or repair "
        "it, and hand the piece in again."
    )


def _read_open(path: Path) -> tuple[Facts | None, bytes]:
    """The facts and data of an open segment; no facts if not even the head line was written."""
    with path.open("rb") as file:
        head = file.readline(_LONGEST_HEAD)
        if not head.endswith(b"\n"):
            return None, b""
        return _FACTS.decode(head), file.read()


def _closing_of(path: Path) -> _Closing | None:
    """The closing words, if the file has them and its length fits them."""
    try:
        with path.open("rb") as file:
            start = len(file.readline(_LONGEST_HEAD))
            end = file.seek(0, os.SEEK_END)
            if end < start + _TAIL.size:
                return None
            file.seek(end - _TAIL.size)
            length, mark = _TAIL.unpack(file.read(_TAIL.size))
            if mark != _MARK or end < start + length + _TAIL.size:
                return None
            file.seek(end - _TAIL.size - length)
            closing = _CLOSING.decode(file.read(length))
            return closing if start + closing.size + length + _TAIL.size == end else None
    except (OSError, msgspec.MsgspecError):
        return None


def _hash_of_data(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.readline(_LONGEST_HEAD)
        while size > 0 and (piece := file.read(min(size, _READ_AT_ONCE))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()
