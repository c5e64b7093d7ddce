"""Builds what a node leaves in a bucket: sealed and open surveys with their objects, manifests and log."""

import hashlib
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import Kept, Objects
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import Entry, object_entry
from evidence_store.ledger.log import Log
from evidence_store.ledger.notes import Signer
from evidence_store.store import sm3

YEAR = timedelta(days=365.25)
PERMANENT = timedelta(days=30 * 365 + 8)


def signer(node: str = "n1") -> Signer:
    return Signer(f"log.example/{node}", Ed25519PrivateKey.from_private_bytes(node.encode().ljust(32, b"\1")))


@dataclass
class Archive:
    """One node's bucket."""

    objects: Objects
    directory: Path
    node: str = "n1"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    kept: list[Kept] = field(default_factory=list[Kept])

    def __post_init__(self) -> None:
        book = Book(self.directory / f"{self.node}-{self.objects.bucket}.db")
        self.log = Log(self.objects, book, signer(self.node), f"log/{self.node}")
        self._pool = ThreadPoolExecutor(8)

    @property
    def vkey(self) -> str:
        return self.log.vkey

    def size(self) -> int:
        return sum(kept.size for kept in self.kept)

    def put(self, key: str, data: bytes, lock: timedelta) -> Kept:
        digest = hashlib.sha256(data).hexdigest()
        until = self.now + lock
        version = self.objects.put(key, data, digest, "application/octet-stream", until)
        return Kept(key, version, digest, len(data), self.now, until, sm3(data))

    def enter(self, survey: str, *kept: Kept, kind: str = "segment") -> None:
        self.kept += kept
        self.log.append([object_entry(kind, survey, each) for each in kept])

    def survey(
        self, survey: str, count: int = 6, *, retention: str | float | None = "permanent", size: int = 3000,
        lock: timedelta | None = None, sealed_ago: timedelta = timedelta(days=2),
    ) -> list[Kept]:  # fmt: skip
        """A survey of `count` objects and its seals, entered in two batches. `retention` None: it is still open."""
        period = PERMANENT if retention == "permanent" else float(retention or 0) * YEAR + timedelta(days=1)
        lock = lock or (timedelta(days=180) if retention is None else period - sealed_ago)
        draw = random.Random(survey)
        contents = [draw.randbytes(draw.randrange(size // 2, size)) for _ in range(count)]
        pieces = list(self._pool.map(lambda each: self.put(_key(survey, *each), each[1], lock), enumerate(contents)))
        self.enter(survey, *pieces)
        seals: list[Kept] = []
        for number, kind in enumerate(("recording", "case") if retention is not None else ("recording",), start=1):
            manifest = _manifest(survey, number, kind, retention, self.now - sealed_ago, [*pieces, *seals])
            digest = hashlib.sha256(manifest).hexdigest()
            name = f"{_prefix(survey)}/seals/{number}-{kind}/manifest-{digest[:16]}.json"
            seals.append(self.put(name, manifest, lock))
        self.log.append([Entry("access", survey, self.now, {"by": "auditor"})])
        self.enter(survey, *seals, kind="seal")
        return [*pieces, *seals]


def _prefix(survey: str) -> str:
    return f"v1/demo/2026/11/{survey}"


def _key(survey: str, number: int, data: bytes) -> str:
    return f"{_prefix(survey)}/media/P1/0/{number:06}-{hashlib.sha256(data).hexdigest()[:16]}.m4s"


def _manifest(
    survey: str, number: int, kind: str, retention: str | float | None, at: datetime, objects: list[Kept]
) -> bytes:
    """As survey_server.flows.sealing writes it, without people and answers."""
    before = objects[-1] if number > 1 else None
    return rfc8785.dumps({
        "v": 1, "type": "seal", "kind": kind, "number": number, "survey": survey, "case_no": f"C-{survey}",
        "sealed_at": at.isoformat(), "previous": before and {"key": before.key, "sha256": before.sha256},
        "item": {"code": "training-centre", "retention": retention or "permanent"},
        "objects": [
            {"key": each.key, "version_id": each.version_id, "sha256": each.sha256, "size": each.size}
            for each in objects
        ],
    })  # fmt: skip


def clone(source: Objects, target: Objects, changes: dict[str, bytes | None]) -> None:
    """Another bucket with the same first versions, but for what is changed (None: left out): what somebody with
    every right on a server's disks could make of it.
    """

    def each() -> Iterator[tuple[str, bytes]]:
        for key in source.names(""):
            data = changes.get(key, b"")
            if key not in changes:
                data = source.first(key)
            if data is not None:
                yield key, data

    until = datetime.now(UTC) + PERMANENT
    for key, data in each():
        target.put(key, data, hashlib.sha256(data).hexdigest(), "application/octet-stream", until)
