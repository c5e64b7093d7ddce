"""The record in a bundle: every file proven by one entry, every object a seal names there, the seals a chain."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.ledger.proofs import LEDGER
from evidence_store.verify.bag import ALGORITHM_NAMES, Bag
from evidence_store.verify.information import bag_information, bag_name, split_key
from evidence_store.verify.ledgers import Ledger, LedgerEntry
from evidence_store.verify.report import Findings

_SEAL = re.compile(r"seals/([1-9][0-9]{0,8})-(recording|case|addendum)/manifest-([0-9a-f]{16})\.json")
_SEAL_TYPE = "seal"
_STATED = {"sha256": str, "sm3": str, "size": int, "key": str, "version_id": str}
"""What an entry about a stored object has besides."""


@dataclass(frozen=True, slots=True)
class _Seal:
    number: int
    kind: str
    path: str
    key: str
    manifest: Mapping[str, Any]

    @property
    def file(self) -> str:
        return f"data/{self.path}"


@dataclass(slots=True)
class Record:
    """What the entries say of the files. `check` fills it."""

    bag: Bag
    findings: Findings
    survey: str = ""
    tenant: str = ""
    entries: dict[str, LedgerEntry] = field(default_factory=dict[str, LedgerEntry])
    """By path in the bag."""
    seals: list[_Seal] = field(default_factory=list[_Seal])

    def check(self, ledgers: Sequence[Ledger]) -> None:
        """Everything that entries, seals and files must have in common. The first ledger is the one in ledger/."""
        for ledger in ledgers:
            for entry in ledger.entries:
                self._take(entry)
        for path in self.bag.files:
            if not path.startswith(f"{LEDGER}/") and path not in self.entries:
                self.findings.add(f"data/{path}", "has no entry in the ledger")
        self._read_seals()
        for seal, before in zip(self.seals, [None, *self.seals], strict=False):
            self._check_seal(seal, before)
        self._check_names()
        if self.seals and ledgers:
            newest = self.entries.get(self.seals[-1].path)
            if newest is not None and newest not in ledgers[0].entries:
                self.findings.add(
                    f"data/{newest.file}", "is about the newest seal, which must be in the log in ledger/"
                )

    def _take(self, entry: LedgerEntry) -> None:
        says, file = entry.says, f"data/{entry.file}"
        self.survey = self.survey or says["survey"]
        if says["survey"] != self.survey:
            self.findings.add(file, f"is about another survey, {says['survey']}, than {self.survey}")
        if "key" not in says:
            if says["type"] == _SEAL_TYPE:
                self.findings.add(file, "is of type seal and names no manifest")
            return
        if any(type(says.get(name)) is not kind for name, kind in _STATED.items()):
            self.findings.add(file, f"is about an object and does not state all of {', '.join(_STATED)}")
            return
        parts = split_key(says["key"])
        if parts is None or parts[1] != self.survey or parts[0] != (self.tenant or parts[0]):
            self.findings.add(file, f"names an object that is not the survey's: {says['key']}")
            return
        self.tenant, path = parts[0], parts[2]
        if path in self.entries:
            self.findings.add(file, f"is about {path}, and so is {self.entries[path].file}")
            return
        self.entries[path] = entry
        if (says["type"] == _SEAL_TYPE) != (_SEAL.fullmatch(path) is not None):
            self.findings.add(file, f"is of type {says['type']}, which does not go with {path}")
        self._compare(path, entry)

    def _compare(self, path: str, entry: LedgerEntry) -> None:
        says, found = entry.says, self.bag.files.get(path)
        if found is None:
            self.findings.add(f"data/{path}", f"is missing, and {entry.file} is about it")
            return
        if found.size != says["size"]:
            self.findings.add(f"data/{path}", f"has {found.size} bytes; by {entry.file} it has {says['size']}")
        for algorithm in ("sha256", "sm3"):
            hash_ = found.hashes[algorithm]
            if hash_ != says[algorithm]:
                name = ALGORITHM_NAMES[algorithm]
                self.findings.add(f"data/{path}", f"has the {name} {hash_}; by {entry.file} it is {says[algorithm]}")

    def _read_seals(self) -> None:
        for path, data in self.bag.content.items():
            match = _SEAL.fullmatch(path)
            if match is None:
                continue
            if not self.bag.files[path].hashes["sha256"].startswith(match[3]):
                self.findings.add(f"data/{path}", "does not have the SHA-256 that its name begins with")
            try:
                manifest = read_canonical(data)
            except NotCanonical as fault:
                self.findings.add(f"data/{path}", str(fault))
                continue
            if not isinstance(manifest, dict):
                self.findings.add(f"data/{path}", "is not the manifest of a seal")
                continue
            entry = self.entries.get(path)
            key = "" if entry is None else entry.says["key"]
            self.seals.append(_Seal(int(match[1]), match[2], path, key, manifest))
        self.seals.sort(key=lambda seal: seal.number)
        if not self.seals:
            self.findings.add("data/seals/1-recording", "is missing: there is no seal in the bundle")

    def _check_seal(self, seal: _Seal, before: _Seal | None) -> None:
        number = 1 if before is None else before.number + 1
        if seal.number != number:
            self.findings.add(seal.file, f"is seal {seal.number}, where seal {number} should come")
        if (seal.kind == "recording") != (before is None):
            self.findings.add(seal.file, "breaks the order of seals: the recording's first, and once")
        expected = {"v": 1, "type": "seal", "kind": seal.kind, "number": seal.number, "survey": self.survey}
        for name, value in expected.items():
            if type(seal.manifest.get(name)) is not type(value) or seal.manifest.get(name) != value:
                self.findings.add(seal.file, f"says {name} {seal.manifest.get(name)!r} instead of {value!r}")
        previous = None
        if before is not None:
            previous = {"key": before.key, "sha256": self.bag.files[before.path].hashes["sha256"]}
        if seal.manifest.get("previous", "") != previous:
            self.findings.add(
                seal.file,
                "names a seal before the first"
                if before is None
                else f"does not name {before.file} as the seal before it, by its key and SHA-256",
            )
        self._check_objects(seal)
        for key, sha256 in _mentioned(seal.manifest):
            parts = split_key(key)
            entry = self.entries.get(parts[2]) if parts else None
            if entry is None or (entry.says["key"], entry.says["sha256"]) != (key, sha256):
                self.findings.add(seal.file, f"speaks of {key} with SHA-256 {sha256}, which is not in the bundle")

    def _check_objects(self, seal: _Seal) -> None:
        objects: Any = seal.manifest.get("objects")
        if not isinstance(objects, list):
            self.findings.add(seal.file, "has no list of objects")
            return
        named: set[str] = set()
        for listed in objects:
            match listed:
                case {"key": str(key), "sha256": str(), "size": int(size), "version_id": str()} if (
                    key not in named and not isinstance(size, bool)
                ):
                    named.add(key)
                case _:
                    self.findings.add(seal.file, f"lists something that is no object, or one twice: {listed!r:.120}")
                    continue
            parts = split_key(key)
            path = key if parts is None else parts[2]
            entry = self.entries.get(path)
            if parts is None or entry is None or entry.says["key"] != key:
                wrong = "has no entry in the ledger" if path in self.bag.files else "is missing"
                self.findings.add(f"data/{path}", f"{wrong}, and {seal.path} names it")
                continue
            for name in _STATED:
                if name in listed and listed[name] != entry.says[name]:
                    self.findings.add(
                        f"data/{path}", f"has another {name} in {seal.path} than in its entry, {entry.file}"
                    )

    def _check_names(self) -> None:
        """The bag's own name and words, which are made of what is proven."""
        bag = self.bag
        if self.survey and bag.top != bag_name(self.survey):
            self.findings.add(bag.top, f"should be called {bag_name(self.survey)}, for the survey it is about")
        found = bag.tags.get("bag-info.txt")
        if found is None or not self.seals or not self.seals[-1].key:
            return
        try:
            words = bag_information(self.seals[-1].key, self.seals[-1].manifest)
        except ValueError:
            self.findings.add(self.seals[-1].file, "does not say which case it seals")
            return
        words["Payload-Oxum"] = bag.oxum
        lines = [f"{label}: {value}" for label, value in words.items()]
        if found == "".join(f"{line}\n" for line in lines).encode():
            return
        said = found.decode(errors="replace").split("\n")
        missing = "; ".join(line for line in lines if line not in said)
        self.findings.add(
            "bag-info.txt",
            f"does not say what the record proves: {missing}" if missing else "says more than the record proves",
        )


def _mentioned(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Objects that a manifest speaks of outside its list: the decision, photos, verdicts."""
    ahead: list[Any] = [value for name, value in manifest.items() if name not in ("objects", "previous")]
    while ahead:
        match ahead.pop():
            case {"key": str(key), "sha256": str(sha256)}:
                yield key, sha256
            case dict() as members:
                ahead.extend(members.values())
            case list() as items:
                ahead.extend(items)
            case _:
                pass
