"""Makes bundles as a node would, out of a log with other surveys' entries; and zips of any shape for attackers."""

import base64
import hashlib
import io
import random
import stat
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SM3, Hash

from evidence_store.bundle import write_bag
from evidence_store.ledger.merkle import inclusion, leaf_hash, root
from evidence_store.ledger.notes import Checkpoint, Signer
from evidence_store.ledger.proofs import ProvenEntry, proof_files
from evidence_store.ledger.tiles import TiledTree
from evidence_store.verify import bag_information, bag_name

SURVEY = "01KAMTQ4W8VJ3N5Z7B9C2D4F6G"
PREFIX = f"v1/qionghai/2026/11/{SURVEY}"
ORIGIN = "takan.example/node1"
AGREED = {"at": "2026-11-22T08:59:30+00:00"}
OPENED = [{"event": "joined", "at": "2026-11-22T08:59:00+00:00"}]
Files = dict[str, bytes]
"""Paths below data/ and bytes."""


def signer(name: str, seed: int) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(random.Random(seed).randbytes(32)))


NODE = signer(ORIGIN, 1)
INTRUDER = signer(ORIGIN, 2)


def sm3(data: bytes) -> str:
    hash_ = Hash(SM3())
    hash_.update(data)
    return hash_.finalize().hex()


@dataclass
class Log:
    """One node's log, in memory."""

    signer: Signer
    origin: str = ORIGIN
    leaves: list[bytes] = field(default_factory=list)
    full: dict[tuple[int, int], bytes] = field(default_factory=dict)
    tree: TiledTree = field(init=False)
    chains: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = TiledTree(lambda level, index: self.full[level, index])

    def append(self, leaf: bytes) -> int:
        for level, index, tile in self.tree.append(leaf_hash(leaf)):
            self.full[level, index] = tile
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    def enter(self, survey: str, kind: str, second: int, **about: str | int) -> int:
        chain = self.chains.setdefault(survey, [])
        previous = leaf_hash(self.leaves[chain[-1]]).hex() if chain else None
        at = f"2026-11-22T08:{second // 60 % 60:02}:{second % 60:02}.000+00:00"
        own = {"v": 1, "type": kind, "survey": survey, "seq": len(chain) + 1, "at": at, "prev": previous}
        chain.append(self.append(rfc8785.dumps({**own, **about})))
        return chain[-1]

    def text(self, size: int | None = None) -> str:
        size = len(self.leaves) if size is None else size
        return Checkpoint(self.origin, size, root(self.tree, size)).text()

    def note(self, size: int | None = None) -> str:
        return self.signer.sign(self.text(size))

    def proven(self, indices: Sequence[int], size: int | None = None) -> list[ProvenEntry]:
        size = len(self.leaves) if size is None else size
        return [ProvenEntry(index, self.leaves[index], inclusion(self.tree, index, size)) for index in indices]

    def files(self, survey: str = SURVEY, *, further: bool = False) -> Files:
        entries = self.proven(self.chains[survey])
        return dict(proof_files(self.note(), str(self.signer.verifier), entries, further=further))


@dataclass
class Survey:
    """A survey on its way: objects are stored and entered one by one, foreign entries fall between."""

    log: Log
    dice: random.Random
    objects: Files = field(default_factory=dict)
    listed: list[dict[str, Any]] = field(default_factory=list)
    seals: list[tuple[str, dict[str, Any], bytes]] = field(default_factory=list)
    second: int = 0

    def _others(self) -> None:
        for _ in range(self.dice.randrange(5, 20)):
            foreign = f"another-{self.dice.randrange(5)}"
            self.log.enter(foreign, "event", self.second, digest=self.dice.randbytes(16).hex())

    def keep(self, kind: str, name: str, suffix: str, data: bytes) -> str:
        self._others()
        self.second += 1
        sha256 = hashlib.sha256(data).hexdigest()
        path = f"{name}-{sha256[:16]}{suffix}"
        about = {
            "sha256": sha256, "sm3": sm3(data), "size": len(data), "key": f"{PREFIX}/{path}",
            "version_id": self.dice.randbytes(12).hex(),
        }  # fmt: skip
        self.log.enter(SURVEY, kind, self.second, **about)
        self.objects[path] = data
        self.listed.append({name: about[name] for name in ("key", "version_id", "sha256", "size")})
        return path

    def event(self, kind: str) -> None:
        self._others()
        self.second += 1
        self.log.enter(SURVEY, kind, self.second, by="desk-1", number=self.second)

    def seal(self, kind: str) -> str:
        number = len(self.seals) + 1
        before = self.seals[-1] if self.seals else None
        manifest = {
            "v": 1, "type": "seal", "kind": kind, "number": number, "survey": SURVEY, "case_no": "琼海-2026-0042",
            "sealed_at": f"2026-11-22T09:0{number}:00+00:00", "subject": {"name": "某培训中心"}, "radius_m": 12.5,
            "decision": {name: self.listed[0][name] for name in ("key", "sha256")},
            "previous": before and {
                "key": f"{PREFIX}/{before[0]}", "sha256": hashlib.sha256(before[2]).hexdigest()
            },
            "objects": [dict(listed) for listed in self.listed],
            "people": [
                {"id": "p1", "role": "applicant", "name": "王店长", "presence": OPENED, "consent": AGREED},
                {"id": "p2", "role": "reviewer", "name": "李审查", "presence": OPENED, "consent": AGREED},
                {"id": "p3", "role": "expert", "name": "周专家", "presence": OPENED, "consent": None},
            ],
            "videos": [{"verdict": {"result": "needs_review"}}, {"verdict": None}],
        }  # fmt: skip
        if kind == "case":
            signed = {"participant": "p2", "result": "rectify", "reason": "缺灭火器", "at": OPENED[0]["at"]}
            manifest |= {"conclusion": "rectify", "signatures": [signed]}
        return self.seal_as(manifest, number, kind)

    def seal_as(self, manifest: dict[str, Any], number: int, kind: str) -> str:
        data = rfc8785.dumps(manifest)
        path = self.keep("seal", f"seals/{number}-{kind}/manifest", ".json", data)
        self.seals.append((path, manifest, data))
        return path

    @property
    def info(self) -> dict[str, str]:
        path, manifest, _ = self.seals[-1]
        return bag_information(f"{PREFIX}/{path}", manifest)


def conduct(survey: Survey, *, up_to_case: bool = True) -> None:
    """The usual course: decision, media, photos, journal, recording seal, review, case seal, a late journal."""
    dice = survey.dice
    survey.keep("decision", "decision", ".json", rfc8785.dumps({"outcome": "admitted", "tier": "green"}))
    for who in ("p1", "p2"):
        survey.keep("segment", f"media/{who}/1/init", ".mp4", dice.randbytes(600))
        for number in range(1, 6):
            survey.keep("segment", f"media/{who}/1/{number:06}", ".m4s", dice.randbytes(dice.randrange(500, 4000)))
    survey.event("access")
    for number in range(1, 4):
        survey.keep("photo", f"photos/{number}", ".jpg", b"\xff\xd8" + dice.randbytes(2000))
        survey.keep("verdict", f"photos/{number}-verdict", ".json", rfc8785.dumps({"photo": number, "result": "pass"}))
    survey.keep("journal", "journal/000001", ".jsonl", b'{"seq":1,"event":"joined"}\n' * 30)
    survey.seal("recording")
    if not up_to_case:
        return
    survey.event("access")
    survey.keep("report", "report", ".pdf", b"%PDF-1.7 " + dice.randbytes(1500))
    survey.keep("journal", "journal/000031", ".jsonl", b'{"seq":31,"event":"concluded"}\n' * 9)
    survey.seal("case")
    survey.event("export")
    survey.keep("journal", "journal/000040", ".jsonl", b'{"seq":40,"event":"exported"}\n')
    survey._others()


def conducted(signer: Signer = NODE, seed: int = 7) -> Survey:
    survey = Survey(Log(signer), random.Random(seed))
    conduct(survey)
    return survey


def in_order(files: Files) -> list[tuple[str, bytes]]:
    return sorted(files.items(), key=lambda each: each[0].encode())


def write(path: Path, files: Files, info: dict[str, str]) -> Path:
    """The bundle as `takan export` writes it."""
    write_bag(path, in_order(files), info, name=bag_name(SURVEY))
    return path


Members = list[tuple[str, bytes]]
"""Names in the zip, in order, and bytes."""
TAGS = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt")


def members(files: Iterable[tuple[str, bytes]], info: dict[str, str], tags: Files | None = None) -> Members:
    """The members of a bag of these files in this order; `tags` replaces tag files before what lists them is made."""
    top = bag_name(SURVEY)
    payload = [(f"data/{path}", data) for path, data in files]
    oxum = f"{sum(len(data) for _, data in payload)}.{len(payload)}"
    made = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{k}: {v}\n" for k, v in {**info, "Payload-Oxum": oxum}.items()).encode(),
        "manifest-sha256.txt": manifest("sha256", payload),
        "manifest-sha512.txt": manifest("sha512", payload),
    } | (tags or {})  # fmt: skip
    listed = list(made.items())
    tag_manifests = {f"tagmanifest-{kind}.txt": manifest(kind, listed) for kind in ("sha256", "sha512")}
    whole = payload + list((made | tag_manifests | (tags or {})).items())
    return [(f"{top}/data/", b""), *((f"{top}/{name}", data) for name, data in whole)]


def manifest(algorithm: str, listed: Iterable[tuple[str, bytes]]) -> bytes:
    return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in listed).encode()


def header(name: str) -> zipfile.ZipInfo:
    """A zip entry as a bundle has it."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = (stat.S_IFDIR | 0o755 if name.endswith("/") else stat.S_IFREG | 0o644) << 16
    return entry


def zipped(parts: Members) -> bytes:
    """The zip of these members in a bundle's form."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts:
            archive.writestr(header(name), data)
    return target.getvalue()


def consistency_lines(path: Sequence[bytes]) -> str:
    return "".join(f"{base64.b64encode(step).decode()}\n" for step in path)
