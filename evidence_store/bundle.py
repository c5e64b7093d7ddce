"""A survey as a bag anyone can check: a zip with one BagIt 1.0 bag (RFC 8493) in it.

The bag has SHA-256 and SHA-512 manifests and tag manifests, so `bagit.py --validate` accepts it after unzipping. The
same files and information make the same bytes: the zip carries no times of its own, and nothing is compressed, since
one text has many compressed forms and all but a few hundredths of a record is pictures and sound, compressed already.
"""

import hashlib
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from evidence_store.errors import BadBag

ALGORITHMS = ("sha256", "sha512")
_COPIED_AT_ONCE = 1 << 20
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
_UNSAFE = re.compile(r'[\x00-\x1f\x7f%\\:*?"<>|]')
"""What a manifest would have to encode (RFC 8493, 2.1.3) or some system's file names cannot hold."""
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def write_bag(
    path: Path, files: Iterable[tuple[str, bytes | Path]], info: Mapping[str, str], *, name: str | None = None
) -> None:
    """Write the bag to `path`, whole or not at all; an older file there is replaced.

    `files` are (path below data/ with forward slashes, bytes or the file to copy), read one after the other and in
    pieces, so that neither the bag nor any copied file is ever in memory. `info` becomes bag-info.txt; Payload-Oxum is
    added. `name` is the top folder in the zip, by default the file's name without its ending.

    Blocks. Raises BadBag for a name or value that a bag cannot carry, OSError when a file cannot be read or written.
    """
    top = name if name is not None else path.stem
    check_path(top)
    tags = _bag_info(info)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                _write_all(archive, top, files, tags)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@dataclass(slots=True)
class _Manifests:
    """The lines of one pair of manifests, as they come."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {algorithm: [] for algorithm in ALGORITHMS})
    size: int = 0
    files: int = 0

    def add(self, path: str, hashes: Mapping[str, str], size: int) -> None:
        for algorithm, found in hashes.items():
            self.lines[algorithm].append(f"{found}  {path}\n")
        self.size += size
        self.files += 1

    def texts(self) -> Generator[tuple[str, bytes]]:
        for algorithm, lines in self.lines.items():
            yield algorithm, "".join(lines).encode()


def _write_all(
    archive: zipfile.ZipFile, top: str, files: Iterable[tuple[str, bytes | Path]], info: dict[str, str]
) -> None:
    payload, tags = _Manifests(), _Manifests()
    seen: set[str] = set()
    archive.writestr(_entry(f"{top}/data/"), b"")  # a bag without payload has the folder all the same
    for name, content in files:
        check_path(name)
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise BadBag(
                f"{name!r} is in the bag twice, or differs from another name only in case. Rename one of them."
            )
        seen.add(folded)
        _copy(archive, top, f"data/{name}", content, payload)
    info["Payload-Oxum"] = f"{payload.size}.{payload.files}"
    _copy(archive, top, "bagit.txt", DECLARATION, tags)
    _copy(archive, top, "bag-info.txt", "".join(f"{k}: {v}\n" for k, v in info.items()).encode(), tags)
    for algorithm, text in payload.texts():
        _copy(archive, top, f"manifest-{algorithm}.txt", text, tags)
    for algorithm, text in tags.texts():
        archive.writestr(_entry(f"{top}/tagmanifest-{algorithm}.txt"), text)


def _copy(archive: zipfile.ZipFile, top: str, name: str, content: bytes | Path, manifests: _Manifests) -> None:
    hashes = [hashlib.new(algorithm) for algorithm in ALGORITHMS]
    size = 0
    with _reading(content) as source, archive.open(_entry(f"{top}/{name}", _size(content)), "w") as target:
        while piece := source.read(_COPIED_AT_ONCE):
            target.write(piece)
            size += len(piece)
            for each in hashes:
                each.update(piece)
    manifests.add(name, {each.name: each.hexdigest() for each in hashes}, size)


@contextmanager
def _reading(content: bytes | Path) -> Generator[IO[bytes]]:
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source:
        yield source


def _size(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _entry(name: str, size: int = 0) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.create_system = 3  # Unix, so that the mode below counts
    kind = stat.S_IFDIR | 0o755 if name.endswith("/") else stat.S_IFREG | 0o644
    entry.external_attr = kind << 16
    entry.file_size = size  # decides about zip64
    entry.compress_type = zipfile.ZIP_STORED
    return entry


def check_path(name: str) -> None:
    """Raises BadBag for what can't be a path in a bag, or would be another one on some system."""
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts) or _UNSAFE.search(name):
        raise BadBag(f"{name!r} cannot be a path in a bag. Use parts divided by single slashes and plain characters.")
    if unicodedata.normalize("NFC", name) != name:
        raise BadBag(
            f"{name!r} is not in Unicode's composed form (NFC), which file systems disagree about. Normalise it."
        )


def _bag_info(info: Mapping[str, str]) -> dict[str, str]:
    for label, value in info.items():
        if not _LABEL.fullmatch(label) or label == "Payload-Oxum":
            raise BadBag(f"{label!r} cannot be a label of bag-info.txt.")
        if value != value.strip() or not value.isprintable():
            raise BadBag(f"The value of {label} must be one line without spaces at its ends.")
    return dict(info)
