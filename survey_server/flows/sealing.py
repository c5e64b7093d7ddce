"""Sealing: the recording seal by itself at hang-up (in an upload-only survey: when its material is first submitted,
over that), the case seal at the conclusion, an addendum after every time that
somebody looked at the sealed case, and when its record or the applicant's acknowledgement come late. Each names the one
before it.

A seal is a manifest in RFC 8785 form that names every object by key, version and digest. It is written only when the
store has acknowledged every object it names; until then the work is on this node's disk and people are told so.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import rfc8785

from evidence_store import Facts
from evidence_store.errors import StoreRefused
from survey_server import __version__
from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.lanes import survey_lanes
from survey_server.flows.node import Node, event_kind
from survey_server.flows.written_record import write_or_owe
from survey_server.survey.concluding import by_department
from survey_server.survey.draw_record import in_seal
from survey_server.survey.draws import Draw
from survey_server.survey.events import (
    Consented,
    Entry,
    Exported,
    Joined,
    Left,
    LocksExtended,
    Replayed,
    ReSurveyed,
    Sealed,
)
from survey_server.survey.locks import retention
from survey_server.survey.panel_events import ErrandGiven
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey
from survey_server.wire.survey import SealKind

_LOOK_AGAIN_S = 0.5


class Incomplete(Exception):
    """The journal names an object the store does not have: nothing is sealed over a missing piece."""


async def seal_recording(node: Node, case: Case) -> None:
    """The first seal: media, photos so far, events, gaps. Safe to run again after a restart."""
    async with node.opening:  # nobody is half-way into opening it, and nobody opens it any more
        live = node.live.get(case.id)
    if live is not None:
        await live.close()
        node.live.pop(case.id, None)
    await _seal(node, case, "recording")


async def seal_case(node: Node, case: Case) -> None:
    """The case seal: answers, signatures, conclusion and the written record besides; then every lock, its own too, is
    extended to the item's period. Safe to run again after a restart.

    Raises the last refusal when the store refuses to extend some, after all others (`locks` tries daily as well).
    """
    if case.survey.locked_until is not None:
        return
    await _until(case, lambda survey: any(seal.kind == "recording" for seal in survey.seals) and _judged(survey))
    if not _is_sealed(case.survey, "case"):
        await write_or_owe(node, case)
    await _seal(node, case, "case")
    await _all_kept(node, case)
    await node.ledger.covered(case.survey.seals[-1].key)
    until = case.survey.seals[-1].at + retention(case.survey)  # the same at each attempt: what is done stays done
    refused: StoreRefused | None = None
    for stored in await node.index.of_survey(case.id):
        if stored.locked_until < until:
            try:
                locked = await node.store.extend(stored.key, stored.version_id, until)
            except StoreRefused as fault:
                refused = fault
            else:
                await node.index.extended(stored.key, locked)
    if refused is not None:
        raise refused
    await case.record(LocksExtended(until), unless=lambda survey: survey.locked_until is not None)


async def seal_addendum(node: Node, case: Case) -> None:
    """One more seal over everything, with who looked at the sealed case or took it; locked as the case is. Safe to run
    again after a restart.
    """
    await _seal(node, case, "addendum")


def _is_sealed(survey: Survey, kind: SealKind) -> bool:
    return not survey.unsealed if kind == "addendum" else any(seal.kind == kind for seal in survey.seals)


async def _seal(node: Node, case: Case, kind: SealKind) -> None:
    if _is_sealed(case.survey, kind):
        return
    number = len(case.survey.seals) + 1
    made = await _made_before(node, case, number)
    if made is None:
        survey, entries, objects = await _whole(node, case)
        manifest = partial(_manifest, node.clock(), survey, kind, number, entries, objects)
        held = await node.store.preserve(
            await asyncio.to_thread(lambda: rfc8785.dumps(manifest())),  # 0.2 s for half an hour: no media wait for it
            Facts(
                name=f"{node.prefix(case)}/seals/{number}-{kind}/manifest",
                suffix=".json",
                media_type="application/json",
                lock_days=node.lock_days(case),
                kind="seal",
                about={"seal": number, "kind": kind, "lines": survey.seq},
            ),
        )
        made = held.key, held.sha256, survey.seq
    await case.record(Sealed(number, kind, *made), unless=lambda survey: _is_sealed(survey, kind))


async def _made_before(node: Node, case: Case, number: int) -> tuple[str, str, int] | None:
    """Key, digest and lines of a seal that was preserved just before the node stopped and could not be journaled.

    What is held is looked at first: an object leaves there only after it stands in the index.
    """
    for facts, held in node.store.held(node.prefix(case)):
        if facts.about.get("seal") == number:
            return held.key, held.sha256, facts.about.get("lines", 0)
    for stored in await node.index.of_survey(case.id):
        if stored.about.get("seal") == number:
            return stored.key, stored.sha256, stored.about.get("lines", 0)
    return None


async def _whole(node: Node, case: Case) -> tuple[Survey, list[Entry], list[StoredObject]]:
    """The survey as of a journal line up to which everything is in the store: judged, preserved, acknowledged.

    Raises Incomplete when an object the journal names is not there although nothing waits any more.
    """
    while True:
        await _until(case, _judged)
        entries = await node.journal.read(case.id)
        await _preserve_journal(node, case, entries)
        await _all_kept(node, case)
        survey, objects = rebuild(entries), await node.index.of_survey(case.id)
        if _judged(survey):
            break  # else a photo or a video came between the two looks: go round again
    keys = {stored.key for stored in objects}
    missing = [key for key in _named(survey) if key not in keys]
    if missing:
        raise Incomplete(f"{case.id} can't be sealed: {', '.join(missing)} is not in the store")
    return survey, entries, objects


def _judged(survey: Survey) -> bool:
    """Is every photo judged, every video judged and preserved?"""
    return all(photo.verdict is not None for photo in survey.photos.values()) and all(
        video.settled for video in survey.videos.values()
    )


def _named(survey: Survey) -> Iterator[str]:  # noqa: C901 - one loop for each kind of record
    if survey.decision is not None:
        yield survey.decision.key
    if survey.second_look is not None:
        yield from survey.second_look.keys
    for photo in survey.photos.values():
        yield photo.received.key
        if photo.verdict is not None:
            yield photo.verdict.key
    for video in survey.videos.values():
        for record in (video.kept, video.verdict):
            if record is not None:
                yield record.key
    for draw in survey.draws:
        for key, _ in draw.keys.values():
            yield key
    for errand in survey.errands:
        yield errand.key
    for record in (*(() if survey.report is None else survey.report.files), *survey.seals):
        yield record.key


async def _all_kept(node: Node, case: Case) -> None:
    await _until(case, lambda _: node.store.waiting(node.prefix(case)).objects == 0)


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


async def _preserve_journal(node: Node, case: Case, entries: list[Entry]) -> None:
    """The journal's lines since the last batch, as one JSON Lines object."""
    abouts = [facts.about for facts, _ in node.store.held(node.prefix(case))]
    abouts += [stored.about for stored in await node.index.of_survey(case.id)]
    covered = max((int(about["last"]) for about in abouts if about.get("record") == "journal"), default=0)
    fresh = [entry for entry in entries if entry.seq > covered]
    if not fresh:
        return
    await node.store.preserve(
        b"".join(msgspec.json.encode(entry) + b"\n" for entry in fresh),
        Facts(
            name=f"{node.prefix(case)}/journal/{fresh[0].seq:06}",
            suffix=".jsonl",
            media_type="application/jsonl",
            lock_days=node.lock_days(case),
            kind="journal",
            about={"record": "journal", "first": fresh[0].seq, "last": fresh[-1].seq},
        ),
    )


def _manifest(
    at: datetime, survey: Survey, kind: str, number: int, entries: list[Entry], objects: list[StoredObject]
) -> dict[str, Any]:
    application = survey.application
    manifest: dict[str, Any] = {
        "v": 1,
        "type": "seal",
        "kind": kind,
        "number": number,
        "survey": survey.id,
        "case_no": application.case_no,
        "sealed_at": at,
        "previous": {"key": survey.seals[-1].key, "sha256": survey.seals[-1].sha256} if survey.seals else None,
        "software": {"takan": __version__},
        "subject": {"ref": application.subject, "name": application.subject_name},
        "item": {
            "code": application.item.view.code,
            "name": application.item.view.name,
            "statutory_basis": application.item.statutory_basis,
            "retention": application.item.retention,
        },
        "site": application.site,
        "window": application.window,
        "mode": survey.mode,
        "decision": survey.decision,
        "people": [_person(survey, entries, person) for person in survey.participants],
        "recording": {
            "started_at": survey.started_at,
            "ended_at": survey.ended_at,
            "lanes": survey_lanes(survey, entries, objects),
        },
        "photos": [
            {"received_at": photo.received_at, "photo": photo.received, "verdict": photo.verdict}
            for photo in survey.photos.values()
        ],
        "videos": [
            {"received_at": video.received_at, "video": video.received, "kept": video.kept, "verdict": video.verdict}
            for video in survey.videos.values()
        ],
        "journal": {"lines": entries[-1].seq},
        "objects": [_object(stored) for stored in objects],
    }
    if survey.draws:
        manifest["draws"] = [in_seal(draw, _seated(survey, draw)) for draw in survey.draws]
    if survey.errands:
        manifest["errands"] = [_errand(one) for one in survey.errands]
    if survey.mode == "upload_only":
        manifest["material"] = {
            "submissions": survey.material.submissions,
            "explanations": survey.material.explanations,
            "asked": survey.material.asked,
        }
        if kind != "recording":  # the first seal is set while the departments review: it tells of no opinion
            manifest["reviews"] = list(survey.material.reviews.values())
    if kind != "recording":
        manifest |= {
            "answers": survey.answers,
            "opinions": list(survey.opinions.given.values()) if survey.mode == "live" else [],
            "recused": list(survey.opinions.recused.values()),
            "signatures": list(survey.signatures.values()),
            "conclusion": survey.conclusion,
            "closing": survey.closing,
            "rating": survey.rating,
            "appeal": survey.appeal,
            "report": survey.report,
            "acknowledged": survey.acknowledged,
            "accesses": [
                _access(entry) for entry in entries if isinstance(entry.event, Replayed | Exported | ReSurveyed)
            ],
        }
        if survey.joint:
            manifest["conclusions"] = by_department(survey)
    if survey.second_look is not None:
        manifest["second_look"] = survey.second_look
    if application.earlier is not None:
        manifest["earlier"] = application.earlier
    return _portable(msgspec.to_builtins(manifest))


def _portable(value: Any) -> Any:
    """Integers of 2**53 and beyond (64-bit NTP times) as decimal strings, as I-JSON asks (RFC 7493 section 2.2)."""
    match value:
        case dict():
            return {key: _portable(one) for key, one in value.items()}
        case list():
            return [_portable(one) for one in value]
        case int() if abs(value) >= 2**53:
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
    told: dict[str, Any] = {
        "id": person.id, "role": person.role, "name": person.name, "consent": consent, "presence": presence
    }  # fmt: skip
    if person.drawn is not None:
        told["drawn"] = person.drawn
    return told if person.department is None else told | {"department": person.department}


def _seated(survey: Survey, draw: Draw) -> list[dict[str, Any]]:
    """Whose the drawn seats are, and as whom they take part."""
    by_member = {person.drawn: person.id for person in survey.participants.values() if person.drawn is not None}
    return [{"member": one.id, "participant": by_member.get(one.id)} for one in draw.seated]


def _errand(given: ErrandGiven) -> dict[str, Any]:
    """Whose errand it is, and where its document lies, which says the rest."""
    return {
        "participant": given.participant, "number": given.number, "key": given.key, "sha256": given.sha256,
        "valid_from": given.valid_from, "valid_until": given.valid_until,
    }  # fmt: skip


def _access(entry: Entry) -> dict[str, Any]:
    """Who looked at the record or took it, and when; of a bundle, its digest."""
    return {"at": entry.at, "event": event_kind(entry.event), **msgspec.structs.asdict(entry.event)}


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
