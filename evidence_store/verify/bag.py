"""The bag in the zip (BagIt 1.0, RFC 8493), in the one form `write_bag` gives it.

First the empty folder data/, then the payload in the order of its paths' UTF-8 bytes, then the tag files. All four
manifests list every file once in that same order: lower-case hash, two spaces, path.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SM3, Hash

from evidence_store.bundle import ALGORITHMS, DECLARATION, check_path
from evidence_store.errors import BadBag
from evidence_store.verify.report import Findings
from evidence_store.verify.zipped import CanonicalZip

_TAGS = (
    "bagit.txt",
    "bag-info.txt",
    *(f"manifest-{algorithm}.txt" for algorithm in ALGORITHMS),
    *(f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS),
)
ALGORITHM_NAMES = {"sha256": "SHA-256", "sha512": "SHA-512", "sm3": "SM3"}
_READ_WHOLE = ("ledger/", "seals/")
"""What is looked into, and so kept in memory."""
_LARGEST_READ = 64 << 20
_LINE = re.compile(r"([0-9a-fA-F]+)\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class BagFile:
    """A file of the payload by what it weighs."""

    size: int
    hashes: Mapping[str, str]
    """Lower-case hex by algorithm: sha256, sha512, sm3."""


@dataclass(slots=True)
class Bag:
    """What was found in the zip."""

    top: str = ""
    files: dict[str, BagFile] = field(default_factory=dict[str, BagFile])
    """The payload by path below data/."""
    content: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """The bytes of the payload's ledger and seals, and of what else was asked for."""
    tags: dict[str, bytes] = field(default_factory=dict[str, bytes])
    also: tuple[str, ...] = ()
    """Beginnings of further paths whose bytes are to be kept."""

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return sum(file.size for file in self.files.values())

    @property
    def oxum(self) -> str:
        """Its Payload-Oxum (RFC 8493 section 2.2.2)."""
        return f"{self.size}.{len(self.files)}"


def read_bag(archive: CanonicalZip, bag: Bag, findings: Findings) -> None:
    """Read the archive to its end into `bag` and check the bag's own rules. Raises BrokenZip, OSError."""
    folded: set[str] = set()
    last = b""
    for name, size, pieces in archive:
        top, _, rest = name.partition("/")
        if not bag.top:
            bag.top = top
            if rest != "data/" or size:
                findings.add(name, "is where the empty folder data/ should be, first in the zip")
            for _ in pieces:
                pass
            continue
        path = rest.removeprefix("data/")
        if top == bag.top and path != rest and path:
            last = _check_place(path, last, folded, bag, findings)
            _read_payload(path, size, pieces, bag, findings)
        else:
            _read_tag(name, rest if top == bag.top else "", size, pieces, bag, findings)
    _check_tags(bag, findings)


def _check_place(path: str, last: bytes, folded: set[str], bag: Bag, findings: Findings) -> bytes:
    try:
        check_path(path)
    except BadBag:
        findings.add(f"data/{path}", "has a name that no bag may carry")
    plain = unicodedata.normalize("NFC", path).casefold()
    if plain in folded:
        findings.add(f"data/{path}", "is in the bag twice, or differs from another file only in case")
    elif path.encode() < last or bag.tags:
        findings.add(f"data/{path}", "is not at its place in the zip, which goes by name")
    folded.add(plain)
    return path.encode()


def _read_payload(path: str, size: int, pieces: Iterator[bytes], bag: Bag, findings: Findings) -> None:
    looked_into = path.startswith((*_READ_WHOLE, *bag.also))
    kept: list[bytes] | None = [] if looked_into and size <= _LARGEST_READ else None
    if kept is None and looked_into:
        findings.add(f"data/{path}", f"is too large to be what it should be ({size} bytes)")
    plain = [hashlib.new(algorithm) for algorithm in ALGORITHMS]
    sm3 = Hash(SM3())
    for piece in pieces:
        for each in plain:
            each.update(piece)
        sm3.update(piece)
        if kept is not None:
            kept.append(piece)
    hashes = {each.name: each.hexdigest() for each in plain}
    bag.files[path] = BagFile(size, hashes | {"sm3": sm3.finalize().hex()})
    if kept is not None:
        bag.content[path] = b"".join(kept)


def _read_tag(name: str, tag: str, size: int, pieces: Iterator[bytes], bag: Bag, findings: Findings) -> None:
    if tag in _TAGS and tag not in bag.tags and size <= _LARGEST_READ:
        bag.tags[tag] = b"".join(pieces)
        return
    for _ in pieces:
        pass
    findings.add(tag or name, "is in the bag twice" if tag in bag.tags else "does not belong in a bundle")


def _check_tags(bag: Bag, findings: Findings) -> None:
    for missing in (tag for tag in _TAGS if tag not in bag.tags):
        findings.add(missing, "is missing")
    if tuple(bag.tags) != tuple(tag for tag in _TAGS if tag in bag.tags):
        findings.add(", ".join(bag.tags), "are not in their order in the zip")
    if bag.tags.get("bagit.txt", DECLARATION) != DECLARATION:
        findings.add("bagit.txt", "does not declare BagIt 1.0 in UTF-8 as a bundle does")
    listed = {f"data/{path}": file.hashes for path, file in bag.files.items()}
    own = {tag: bag.tags[tag] for tag in _TAGS[:-2] if tag in bag.tags}
    for algorithm in ALGORITHMS:
        payload = {path: hashes[algorithm] for path, hashes in listed.items()}
        _check_manifest(f"manifest-{algorithm}.txt", algorithm, payload, bag, findings)
        tags = {tag: hashlib.new(algorithm, text).hexdigest() for tag, text in own.items()}
        _check_manifest(f"tagmanifest-{algorithm}.txt", algorithm, tags, bag, findings)


def _check_manifest(manifest: str, algorithm: str, hashes: Mapping[str, str], bag: Bag, findings: Findings) -> None:
    """Is the manifest exactly the list of these hashes? If not, say of which file it speaks wrongly."""
    found = bag.tags.get(manifest)
    if found is None or found == "".join(f"{value}  {path}\n" for path, value in hashes.items()).encode():
        return
    before = len(findings.problems)
    listed: dict[str, str] = {}
    for line in found.decode(errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            findings.add(manifest, f"has a line that is no hash and path: {line[:120]!r}")
        else:
            listed[match[2]] = match[1].lower()
    for path, value in hashes.items():
        if path not in listed:
            findings.add(path, f"is not listed in {manifest}")
        elif listed[path] != value:
            findings.add(path, f"does not have the {ALGORITHM_NAMES[algorithm]} that {manifest} says")
    for path in sorted(listed.keys() - hashes.keys()):
        findings.add(path, f"is listed in {manifest} and not in the bag")
    if len(findings.problems) == before:
        findings.add(
            manifest,
            "is not written in its one form: lower-case hashes, two spaces, each file once, in the order of the files",
        )
