"""Sealing: the recording seal by itself at hang-up, the case seal at the conclusion. Each names the one before it.

A seal is a manifest in RFC 8785 form that names every object by key, version and digest. It is written only when the
store has acknowledged every object it names; until then the work is on this node's disk and people are told so.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import rfc8785

from evidence_store import Facts
from survey_server import __version__
from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.lanes import survey_lanes
from survey_server.flows.node import Node, event_kind
from survey_server.survey.events import Consented, Entry, Joined, Left, Sealed
from survey_server.survey.survey import Survey

PERMANENT = timedelta(days=30 * 365 + 8)
"""A permanent record's lock: a rolling 30 years, extended yearly (EVIDENCE.md)."""
_LOOK_AGAIN_S = 0.5


async def seal_recording(node: Node, case: Case) -> None:
    """The first seal: media, photos so far, events, gaps. Safe to run again after a restart."""
    async with node.opening:  # nobody is half-way into opening it
        live = node.live.pop(case.id, None)
    if live is not None:
        await live.close()
    await _seal(node, case, "recording")


async def seal_case(node: Node, case: Case) -> None:
    """The case seal: answers, signatures and conclusion besides; extends every lock to the item's period."""
    await _until(case, lambda survey: any(seal.kind == "recording" for seal in survey.seals))
    await _seal(node, case, "case")
    until = node.clock() + retention(node, case)
    for stored in await node.index.of_survey(case.id):
        if stored.locked_until < until:
            await node.store.extend(stored.key, stored.version_id, until)
            await node.index.extended(stored.key, until)
    case.tell()


def retention(node: Node, case: Case) -> timedelta:
    """How long the item's records are kept."""
    kept = node.item(case.survey.application.item).retention
    return PERMANENT if kept == "permanent" else timedelta(days=int(kept * 365.25) + 1)


async def _seal(node: Node, case: Case, kind: Literal["recording", "case"]) -> None:
    if any(seal.kind == kind for seal in case.survey.seals):
        return
    await _until(case, lambda survey: all(photo.verdict is not None for photo in survey.photos.values()))
    await _preserve_journal(node, case)
    await _until(case, lambda _: node.store.waiting(node.prefix(case)).objects == 0)
    objects = await node.index.of_survey(case.id)
    number = len(case.survey.seals) + 1
    manifest = rfc8785.dumps(await _manifest(node, case, kind, number, objects))
    held = await node.store.preserve(
        manifest,
        Facts(
            name=f"{node.prefix(case)}/seals/{number}-{kind}/manifest",
            suffix=".json",
            media_type="application/json",
            lock_days=node.settings.lock_days,
            about={"seal": number, "kind": kind},
        ),
    )
    sealed = Sealed(number, kind, held.key, held.sha256)
    await case.record(sealed, unless=lambda survey: any(seal.kind == kind for seal in survey.seals))


async def _until(case: Case, done: Callable[[Survey], bool]) -> None:
    """Wait for what a change of the case, or the store's word that it has an object, makes true."""
    changed = asyncio.Event()
    case.changed.add(changed.set)
    try:
        while not done(case.survey):
            changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_AGAIN_S)
    finally:
        case.changed.discard(changed.set)


async def _preserve_journal(node: Node, case: Case) -> None:
    """The journal's lines since the last batch, as one JSON Lines object."""
    covered = [
        int(stored.about["last"])
        for stored in await node.index.of_survey(case.id)
        if stored.about.get("record") == "journal"
    ]
    entries = await node.journal.read(case.id, after=max(covered, default=0))
    if not entries:
        return
    await node.store.preserve(
        b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries),
        Facts(
            name=f"{node.prefix(case)}/journal/{entries[0].seq:06}",
            suffix=".jsonl",
            media_type="application/jsonl",
            lock_days=node.settings.lock_days,
            about={"record": "journal", "first": entries[0].seq, "last": entries[-1].seq},
        ),
    )


async def _manifest(node: Node, case: Case, kind: str, number: int, objects: list[StoredObject]) -> dict[str, Any]:
    survey = case.survey
    application, item = survey.application, node.item(survey.application.item)
    entries = await node.journal.read(case.id)
    lanes = survey_lanes(survey, entries, objects)
    manifest: dict[str, Any] = {
        "v": 1,
        "type": "seal",
        "kind": kind,
        "number": number,
        "survey": survey.id,
        "case_no": application.case_no,
        "sealed_at": node.clock(),
        "previous": {"key": survey.seals[-1].key, "sha256": survey.seals[-1].sha256} if survey.seals else None,
        "software": {"takan": __version__},
        "subject": {"ref": application.subject, "name": application.subject_name},
        "item": {
            "code": item.code,
            "name": item.view().name,
            "statutory_basis": item.statutory_basis,
            "retention": item.retention,
        },
        "site": application.site,
        "window": application.window,
        "decision": survey.decision,
        "people": [_person(survey, entries, person) for person in survey.participants],
        "recording": {
            "started_at": survey.started_at,
            "ended_at": survey.ended_at,
            "lanes": lanes,
        },
        "photos": [
            {"received_at": photo.received_at, "photo": photo.received, "verdict": photo.verdict}
            for photo in survey.photos.values()
        ],
        "journal": {"lines": survey.seq},
        "objects": [_object(stored) for stored in objects],
    }
    if kind == "case":
        manifest |= {
            "answers": survey.answers,
            "signatures": list(survey.signatures.values()),
            "conclusion": survey.conclusion,
        }
    return _portable(msgspec.to_builtins(manifest))


def _portable(value: Any) -> Any:
    """Integers beyond 2**53 (64-bit NTP times) as decimal strings, as I-JSON asks (RFC 7493 section 2.2)."""
    match value:
        case dict():
            return {key: _portable(one) for key, one in value.items()}
        case list():
            return [_portable(one) for one in value]
        case int() if abs(value) > 2**53:
            return str(value)
        case _:
            return value


def _person(survey: Survey, entries: list[Entry], participant: str) -> dict[str, Any]:
    person = survey.participants[participant]
    consent: dict[str, Any] | None = None
    presence: list[dict[str, Any]] = []
    for entry in entries:
        match entry.event:
            case Consented(participant=who, notice=notice) if who == participant:
                consent = {"notice": notice, "at": entry.at}
            case Joined(participant=who) | Left(participant=who) if who == participant:
                presence.append({"at": entry.at, "event": event_kind(entry.event)})
            case _:
                pass
    return {"id": person.id, "role": person.role, "name": person.name, "consent": consent, "presence": presence}


def _object(stored: StoredObject) -> dict[str, Any]:
    return {
        "key": stored.key,
        "version_id": stored.version_id,
        "sha256": stored.sha256,
        "size": stored.size,
        "media_type": stored.media_type,
        "locked_until": _seconds(stored.locked_until),
        "about": stored.about,
    }


def _seconds(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
