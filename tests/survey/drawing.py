"""A draw from its opening to its seal, over a log in memory: what a node does, without the node."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.ledger.entries import Entry as LogEntry
from evidence_store.ledger.entries import leaf
from evidence_store.ledger.merkle import inclusion, leaf_hash, node_hash, root
from evidence_store.ledger.notes import Checkpoint, Signer
from survey_server.flows.draw_page import DrawPage
from survey_server.survey import draw_record
from survey_server.survey.draw_check import Entered, Material
from survey_server.survey.draw_events import (
    Candidate,
    DrawCovered,
    Drawn,
    DrawOpened,
    DrawSeeded,
    LeftOut,
    NumberCommitted,
    NumberRevealed,
    Proof,
)
from survey_server.survey.draws import Draw, after, fits
from survey_server.survey.events import Applied, ItemRecord
from survey_server.survey.items import load_items
from survey_server.wire.basics import Site, Text, Window
from survey_server.wire.draws import NumberWanted, RevealWanted

T0 = datetime(2026, 11, 22, 1, 0, 0, 123456, tzinfo=UTC)
SURVEY = "s261122abc"
APPLIED = Applied(
    "TK-1", ItemRecord(load_items()["food-business"].view(), Text("法", "law"), 10), "ref", "某公司",
    Site(20, 110, 100, "wgs84", "椰海路 1 号"), Window(T0, T0 + timedelta(hours=8)),
)  # fmt: skip
PANEL = [Candidate(f"E{number:02}", f"专家{number}", "海大") for number in range(1, 8)]
LEFT_OUT = [LeftOut("E90", "专家九", "declared", "同学"), LeftOut("E91", "专家十", "employer")]


@dataclass
class MemoryLog:
    """A log as RFC 6962 has it, every hash computed from the leaves when it is asked for."""

    signer: Signer = field(default_factory=lambda: Signer("test.example/node-1", Ed25519PrivateKey.generate()))
    leaves: list[bytes] = field(default_factory=list[bytes])

    def node(self, level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hash(self.leaves[index])
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def enter(self, kind: str, path: str, data: bytes) -> Entered:
        about: dict[str, str | int] = {
            "sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "key": f"v1/demo/2026/11/{SURVEY}/{path}",
        }  # fmt: skip
        previous = self.leaves[-1] if self.leaves else None
        self.leaves.append(leaf(LogEntry(kind, SURVEY, T0, about), len(self.leaves) + 1, previous))
        return self.entered(len(self.leaves) - 1)

    def entered(self, index: int) -> Entered:
        data = self.leaves[index]
        return Entered(self.signer.verifier.name, index, data, msgspec.json.decode(data))

    def note(self, size: int | None = None) -> str:
        size = len(self.leaves) if size is None else size
        return self.signer.sign(Checkpoint(self.signer.verifier.name, size, root(self, size)).text())

    def proof(self, index: int, size: int | None = None) -> Proof:
        path = inclusion(self, index, len(self.leaves) if size is None else size)
        return Proof(index, [base64.b64encode(step).decode() for step in path])


@dataclass
class Drawing:
    """One finished draw, with everything a bundle would have of it."""

    log: MemoryLog
    draw: Draw
    page: DrawPage
    documents: dict[str, bytes]
    entries: dict[str, Entered]
    manifest: dict[str, Any]

    @property
    def material(self) -> Material:
        return Material(SURVEY, self.documents, self.entries, self.manifest, [self.log.signer.verifier])

    def path(self, kind: str) -> str:
        return next(path for path in self.documents if f"-{kind}-" in path)

    def says(self, kind: str) -> dict[str, Any]:
        return msgspec.json.decode(self.documents[self.path(kind)])

    def forged(self, kind: str, says: dict[str, Any], *, resealed: bool = True) -> Material:
        """The same with another document, entered as if it had always been so: by somebody who can sign for the log."""
        path, data = self.path(kind), rfc8785.dumps(says)
        digest = hashlib.sha256(data).hexdigest()
        was = self.entries[path]
        entry = replace(was, says={**was.says, "sha256": digest})
        manifest = msgspec.json.decode(msgspec.json.encode(self.manifest))
        if resealed:
            manifest["draws"][0]["documents"][kind]["sha256"] = digest
        return replace(
            self.material, documents={**self.documents, path: data}, entries={**self.entries, path: entry},
            manifest=manifest,
        )  # fmt: skip


def sealed(draws: Sequence[Draw], people: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of a manifest that draws are held against."""
    by_member = {person.get("drawn"): person["id"] for person in people}
    seated = {
        draw.number: [{"member": one.id, "participant": by_member.get(one.id)} for one in draw.seated] for draw in draws
    }
    told = {
        "case_no": APPLIED.case_no,
        "subject": {"ref": APPLIED.subject, "name": APPLIED.subject_name},
        "item": {"code": APPLIED.item.view.code},
        "site": APPLIED.site,
        "people": people,
        "draws": [draw_record.in_seal(draw, seated[draw.number]) for draw in draws],
    }
    return msgspec.json.decode(msgspec.json.encode(told))


def a_drawing(panel: list[Candidate] | None = None, seats: int = 2, before: int = 3) -> Drawing:
    """Everybody does what they should."""
    log = MemoryLog()
    for number in range(before):
        log.enter("photo", f"photos/{number}.jpg", b"x")
    documents: dict[str, bytes] = {}
    entries: dict[str, Entered] = {}

    def enter(kind: str, data: bytes) -> str:
        path = f"draws/001-{kind}-{hashlib.sha256(data).hexdigest()[:16]}.json"
        documents[path], entries[path] = data, log.enter("draw", path, data)
        log.enter("segment", f"media/{len(log.leaves)}.m4s", b"y")
        return path

    draws: tuple[Draw, ...] = ()

    def happens(event: Any) -> None:
        nonlocal draws
        assert fits(draws, event), event
        draws = after(draws, event, T0)

    def named(path: str) -> tuple[str, str]:
        return f"v1/demo/2026/11/{SURVEY}/{path}", hashlib.sha256(documents[path]).hexdigest()

    page = DrawPage(SURVEY)
    happens(DrawOpened(1, "expert", seats, panel or PANEL, LEFT_OUT, "ab" * 32, T0 + timedelta(hours=24)))
    said = page.commit(NumberWanted(1, "expert"))
    happens(NumberCommitted(1, "p1", said.sha256, said.key))
    first = enter("commitment", draw_record.commitment(SURVEY, APPLIED, draws[0]))
    happens(DrawCovered(1, *named(first), log.note(), log.proof(entries[first].index)))
    second = enter("anchor", draw_record.anchor(SURVEY, draws[0]))
    note = log.note()
    here, there = log.proof(entries[first].index), log.proof(entries[second].index)
    happens(DrawSeeded(1, *named(second), note, entries[first].leaf.decode(), here, there))
    wanted = RevealWanted(1, "expert", named(first)[1], entries[first].leaf.decode(), here.index, here.path, note)
    revealed = page.reveal(wanted)
    happens(NumberRevealed(1, "p1", revealed.number, revealed.signature))
    order, data = draw_record.result(SURVEY, APPLIED, draws[0])
    third = enter("result", data)
    happens(Drawn(1, order, *named(third)))
    people: list[dict[str, Any]] = [{"id": "p1", "role": "applicant"}]
    people += [{"id": f"p{at}", "role": "expert", "drawn": one.id} for at, one in enumerate(draws[0].seated, start=2)]
    return Drawing(log, draws[0], page, documents, entries, sealed(draws, people))
