"""A photo: preserved as it came before anyone looks at it, then checked, then judged; the verdict is preserved too."""

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from evidence_store import Facts
from survey_server.db.fingerprints import Received
from survey_server.flows.case import Case
from survey_server.flows.live_match import with_live_match
from survey_server.flows.node import Node
from survey_server.flows.restriction import restricted_among
from survey_server.flows.trouble import concluded, damaged, submitted, too_many
from survey_server.flows.views import photo_view
from survey_server.photo import Context
from survey_server.photo.container import sniff
from survey_server.photo.examination import supplemented
from survey_server.photo.reuse import surveys_of, unnamed
from survey_server.survey.events import PhotoChecked, PhotoReceived, StillCommitted
from survey_server.survey.rules import nonce_state
from survey_server.survey.step import OutOfOrder
from survey_server.survey.survey import Participant, Photo, Survey
from survey_server.wire.from_person import StillTaken
from survey_server.wire.photos import PhotoForm, PhotoView

LIMIT_BYTES = 30 * 1024 * 1024
"""PHOTOS.md, bounds before any decode."""
PHOTOS_AT_MOST = 300
"""Photos of one survey: far more than a survey needs, far less than a disk holds."""


@dataclass(frozen=True)
class Sender:
    """The browser a photo came from, in its own words."""

    user_agent: str = ""
    device_model: str = ""


async def commit_still(
    node: Node, case: Case, person: Participant, taken: StillTaken, *, unless_answered: bool = False
) -> None:
    """Journal the hash of a still the moment the phone took it; the bytes follow by HTTP.

    A phone that lost its connection says it again: the first commitment stands, and the same one twice is once.
    With `unless_answered` a nonce that was answered in any way, or never given, is left alone.
    """
    state = nonce_state(case.survey, taken.nonce, node.clock())

    def said_before(survey: Survey) -> bool:
        still = survey.stills.get(taken.nonce)
        if still is None or still.committed is None:
            return unless_answered and still is None
        return unless_answered or still.committed.sha256 == taken.sha256

    committed = StillCommitted(person.id, taken.nonce, taken.sha256, taken.size, taken.position, taken.taken_at, state)
    await case.record(committed, unless=said_before)


def room_for_one(case: Case) -> None:
    """Raises a trouble in words when the survey has as many photos as it may have."""
    if len(case.survey.photos) >= PHOTOS_AT_MOST:
        raise too_many(PHOTOS_AT_MOST)


async def receive(
    node: Node, case: Case, person: Participant, form: PhotoForm, data: bytes, sender: Sender | None = None
) -> PhotoView:
    """Preserve the original, then start its checks. The same photo sent again is the same photo.

    Raises `damaged` when the bytes are not those whose hash was announced.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest != form.sha256:
        raise damaged(form.sha256, digest)
    for photo in case.survey.photos.values():
        known = photo.received
        if (known.sha256, known.channel, known.point) == (digest, form.channel, form.point):
            return photo_view(case.survey, photo, (), person)
    if form.channel == "still" and form.nonce is not None:
        # the socket and HTTP are two connections: where the bytes overtake the commitment, they are the commitment
        taken = StillTaken(form.nonce, digest, len(data), form.position, form.taken_at)
        await commit_still(node, case, person, taken, unless_answered=True)
    kind, sender = sniff(data), sender or Sender()
    media_type, suffix = (kind.media_type, kind.suffix) if kind.picture else ("application/octet-stream", ".bin")
    number = f"{len(case.survey.photos) + 1:03}-{digest[:8]}"
    held = await node.store.preserve(
        data,
        Facts(
            name=f"{node.prefix(case)}/photos/{number}",
            suffix=suffix,
            media_type=media_type,
            lock_days=node.settings.lock_days,
            kind="photo",
            about={"photo": number, "participant": person.id, "name": form.name, "channel": form.channel},
        ),
    )
    asked = case.survey.stills.get(form.nonce or "")
    event = PhotoReceived(
        photo=number,
        participant=person.id,
        name=form.name,
        channel=form.channel,
        key=held.key,
        sha256=digest,
        size=len(data),
        media_type=media_type,
        position=form.position,
        taken_at=form.taken_at,
        nonce_state=_still_state(case, form),
        source=form.source,
        user_agent=sender.user_agent,
        device_model=sender.device_model,
        point=form.point if asked is None else asked.point,
        outside=asked is not None and asked.outside,
    )
    try:
        with contextlib.suppress(OSError):  # a copy for speed only: the bytes are in the spool or the store
            await asyncio.to_thread(_work_copy(node, case, number).write_bytes, data)
        if await case.record(event, unless=lambda survey: number in survey.photos):
            node.persist(f"check of photo {number}", partial(check, node, case, number))
    except OutOfOrder:
        raise (concluded() if case.survey.state == "concluded" else submitted()) from None
    return photo_view(case.survey, case.survey.photos[number], (), person)


async def check(node: Node, case: Case, number: str) -> None:
    """Run every check on a received photo and journal the verdict. Resumed after a restart."""
    photo = case.survey.photos[number]
    data = await original(node, case, photo)
    received, application = photo.received, case.survey.application
    report = await node.photos.check(
        data,
        Context(
            name=received.name,
            channel=received.channel,
            site=application.site,
            window=application.window,
            received_at=photo.received_at,
            position=received.position,
            nonce=received.nonce_state,
            user_agent=received.user_agent,
            device_model=received.device_model,
            source=received.source,
            clock_ahead_s=case.survey.participants[received.participant].clock_offset_ms / 1000,
            policy=node.photo_policy,
        ),
    )
    whose = Received(case.id, number, received.participant, application.subject, photo.received_at, received.sha256)
    repeats = await node.reuse.compare(whose, report.fingerprint, node.photo_policy)
    hidden = await restricted_among(node, {other for found in repeats for other in surveys_of(found)})
    report = supplemented(report, *(unnamed(found, hidden) for found in repeats))
    report = await with_live_match(node, case, photo, data, report)
    facts: dict[str, Any] = msgspec.to_builtins(report.facts)
    body = msgspec.json.encode(
        {
            "photo": number,
            "sha256": received.sha256,
            "result": report.result,
            "policy": report.policy,
            "expectation": report.expectation,
            "findings": report.findings,
            "facts": facts,
        }
    )
    held = await node.store.preserve(
        body,
        Facts(
            name=f"{node.prefix(case)}/photos/{number}-verdict",
            suffix=".json",
            media_type="application/json",
            lock_days=node.settings.lock_days,
            kind="verdict",
            about={"photo": number, "verdict": report.result},
        ),
    )
    verdict = PhotoChecked(number, report.result, report.findings, facts, held.key, held.sha256)
    await case.record(verdict, unless=lambda survey: survey.photos[number].verdict is not None)


async def original(node: Node, case: Case, photo: Photo) -> bytes:
    """The preserved bytes: from the working copy if its hash still matches, else from the store."""
    copy = _work_copy(node, case, photo.received.photo)
    with contextlib.suppress(OSError):
        data = await asyncio.to_thread(copy.read_bytes)
        if hashlib.sha256(data).hexdigest() == photo.received.sha256:
            return data
    stored = await node.index.by_key(photo.received.key)
    if stored is None:
        raise FileNotFoundError(photo.received.key)
    return await node.store.read(stored.key, stored.version_id, stored.sha256)


async def preview(node: Node, case: Case, photo: Photo) -> bytes:
    """A small re-encoded picture for screens; a working copy, never evidence."""
    path = _work_copy(node, case, photo.received.photo).with_suffix(".preview.jpg")
    if path.exists():
        return await asyncio.to_thread(path.read_bytes)
    picture = await node.photos.preview(await original(node, case, photo))
    with contextlib.suppress(OSError):  # a copy for speed only, and a torn one would be shown for ever
        torn = path.with_suffix(".part")
        await asyncio.to_thread(torn.write_bytes, picture)
        torn.rename(path)
    return picture


def _still_state(case: Case, form: PhotoForm) -> Literal["ok", "late", "wrong"] | None:
    if form.channel != "still":
        return None
    still = case.survey.stills.get(form.nonce or "")
    if still is None or still.committed is None or still.committed.sha256 != form.sha256:
        return "wrong"
    return still.committed.nonce_state


def _work_copy(node: Node, case: Case, number: str) -> Path:
    folder = node.data_dir / "working" / case.id
    folder.mkdir(parents=True, exist_ok=True)
    return folder / number
