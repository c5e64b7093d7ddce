"""A site video: whole on disk and journaled, then preserved part by part and checked, both beside each other.

The archive gets parts of 16 MiB and a list that names each by key and digest, with SHA-256 and SM3 of the whole; the
parts in their order, one behind the other, are the file. The file itself stays here until
both are done: then it goes, and the store has it.
"""

import asyncio
import contextlib
import hashlib
import logging
import shutil
import tempfile
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import rfc8785
from cryptography.hazmat.primitives.hashes import SM3, Hash
from msgspec import Struct

from evidence_store import Facts, Receipt
from evidence_store.errors import NotYetKept
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import Sender
from survey_server.flows.trouble import concluded, damaged, not_found, submitted
from survey_server.photo import Context, Undecodable
from survey_server.photo.video import VIDEOS, kind_of
from survey_server.survey.events import VideoChecked, VideoKept, VideoReceived
from survey_server.survey.step import OutOfOrder
from survey_server.survey.survey import Participant, Video
from survey_server.wire.basics import Text
from survey_server.wire.videos import VideoForm

PART_BYTES = 16 << 20
"""As much as is in memory at once of a part; the same order as a recording's objects."""
_AHEAD = 2
"""Parts on their way to the store: the file is on disk already, the spool need not hold a second copy of it."""
_PATIENCE_S = 60.0
_MARGIN_BYTES = 1 << 20
_BYTES, _JSON = "application/octet-stream", "application/json"

_log = logging.getLogger(__name__)


class Part(Struct, frozen=True):
    """One piece of a video in the store."""

    key: str
    sha256: str
    size: int


class _Parts(Struct):
    """The list, as far as it is needed to put the video together."""

    parts: list[Part]


class Altered(Exception):
    """The file on disk is not the one that was received: the disk's fault."""


async def receive(node: Node, case: Case, person: Participant, form: VideoForm, path: Path, sender: Sender) -> str:
    """The file at `path` becomes a video of the survey; its number. The same file again is the same video.

    Raises a trouble in words when the bytes are not those that were announced, or the case is concluded.
    """
    known = next((key for key, video in case.survey.videos.items() if video.received.sha256 == form.sha256), None)
    if known is None:
        digest, size, head = await asyncio.to_thread(_look, path)
        if digest != form.sha256:
            raise damaged(form.sha256, digest)
        known = f"{len(case.survey.videos) + 1:03}-{digest[:8]}"
        kind = kind_of(head)
        event = VideoReceived(
            video=known,
            participant=person.id,
            name=form.name,
            sha256=digest,
            size=size,
            media_type=kind.media_type if kind in VIDEOS else _BYTES,
            position=form.position,
            taken_at=form.taken_at,
            user_agent=sender.user_agent,
            device_model=sender.device_model,
            point=form.point,
        )
        try:
            await case.record(event, unless=lambda survey: known in survey.videos)
        except OutOfOrder:
            raise (concluded() if case.survey.state == "concluded" else submitted()) from None
    if not case.survey.videos[known].settled and await asyncio.to_thread(path.exists):
        await asyncio.to_thread(path.replace, _file(node, case, known))
        settle(node, case, known)
    return known


def settle(node: Node, case: Case, number: str) -> None:
    """Have it preserved and checked, whichever is not done. Also after a restart."""
    video = case.survey.videos[number]
    if video.kept is None:
        node.persist(f"archiving of video {number}", partial(archive, node, case, number))
    if video.verdict is None:
        node.persist(f"check of video {number}", partial(check, node, case, number))


async def archive(node: Node, case: Case, number: str) -> None:
    """Preserve it part by part and, when the store has acknowledged every one, the list of them. Resumed after a kill:
    what the store has is not sent again.
    """
    video = case.survey.videos[number]
    if video.kept is not None:
        return
    sha256, sm3 = hashlib.sha256(), Hash(SM3())
    parts: list[Part] = []
    flying = deque[Receipt]()
    with _file(node, case, number).open("rb") as file:
        while piece := await asyncio.to_thread(_part, file, sha256, sm3):
            data, digest = piece
            about = {"video": number, "part": len(parts) + 1}
            facts = _facts(node, case, f"{number}/{len(parts) + 1:04}", ".part", "video_part", _BYTES, about)
            parts.append(Part(facts.key(digest), digest, len(data)))
            if await node.index.by_key(parts[-1].key) is not None:
                continue
            flying.append(await node.store.preserve(data, facts))
            while len(flying) >= _AHEAD:
                await _settled(node, flying.popleft())
    for receipt in flying:
        await _settled(node, receipt)
    if sha256.hexdigest() != video.received.sha256:
        raise Altered(f"video {number} of {case.id} is not on the disk as it was received")
    whole = {
        "v": 1,
        "type": "video",
        "video": number,
        "sha256": video.received.sha256,
        "sm3": sm3.finalize().hex(),
        "size": video.received.size,
        "media_type": video.received.media_type,
        "parts": msgspec.to_builtins(parts),
    }
    held = await node.store.preserve(
        rfc8785.dumps(whole),
        _facts(node, case, f"{number}/parts", ".json", "video", _JSON, {"video": number}),
    )
    kept = VideoKept(number, len(parts), held.key, held.sha256)
    await case.record(kept, unless=lambda survey: survey.videos[number].kept is not None)
    await _let_go(node, case, number)


async def check(node: Node, case: Case, number: str) -> None:
    """Examine it where it lies and journal the verdict; a picture of it is made for screens. Resumed after a kill."""
    video = case.survey.videos[number]
    if video.verdict is not None:
        return
    received, application = video.received, case.survey.application
    async with _at_hand(node, case, video) as path:
        report = await node.photos.check_video(
            path,
            Context(
                name=received.name,
                channel="upload",
                site=application.site,
                window=application.window,
                received_at=video.received_at,
                position=received.position,
                user_agent=received.user_agent,
                device_model=received.device_model,
                clock_ahead_s=case.survey.participants[received.participant].clock_offset_ms / 1000,
                policy=node.photo_policy,
            ),
        )
        if report.result != "rejected":
            with contextlib.suppress(Undecodable):
                await _make_frame(node, case, number, path)
    facts: dict[str, Any] = report.facts
    body = msgspec.json.encode(
        {
            "video": number,
            "sha256": received.sha256,
            "result": report.result,
            "policy": report.policy,
            "findings": report.findings,
            "facts": facts,
        }
    )
    held = await node.store.preserve(
        body,
        _facts(node, case, f"{number}/verdict", ".json", "verdict", _JSON, {"video": number, "verdict": report.result}),
    )
    verdict = VideoChecked(number, report.result, report.findings, facts, held.key, held.sha256)
    await case.record(verdict, unless=lambda survey: survey.videos[number].verdict is not None)
    await _let_go(node, case, number)


async def frame(node: Node, case: Case, video: Video) -> bytes:
    """One picture of it, re-encoded; a working copy, never evidence. Raises Undecodable."""
    path = _frame(node, case, video.received.video)
    if not await asyncio.to_thread(path.exists):
        async with _at_hand(node, case, video) as file:
            return await _make_frame(node, case, video.received.video, file)
    return await asyncio.to_thread(path.read_bytes)


async def parts_of(node: Node, video: Video) -> list[Part]:
    """Its parts in their order. Raises a trouble in words while they are not all in the store."""
    stored = await node.index.by_key(video.kept.key) if video.kept is not None else None
    if stored is None:
        raise not_found(Text("视频正在归档，请稍后再下载。", "The video is being archived; come back in a moment."))
    data = await node.store.read(stored.key, stored.version_id, stored.sha256)
    return msgspec.json.decode(data, type=_Parts).parts


async def pieces(node: Node, video: Video, start: int, stop: int) -> AsyncGenerator[bytes]:
    """Its bytes from `start` up to `stop`, part by part, each checked against its digest. Raises as `parts_of`."""
    at = 0
    for part in await parts_of(node, video):
        if at < stop and start < at + part.size:
            stored = await node.index.by_key(part.key)
            if stored is None:
                raise FileNotFoundError(part.key)
            data = await node.store.read(stored.key, stored.version_id, part.sha256)
            yield data[max(0, start - at) : stop - at]
        at += part.size


@asynccontextmanager
async def _at_hand(node: Node, case: Case, video: Video) -> AsyncGenerator[Path]:
    """The video as a file: the one that came, or for a while one put together out of the store."""
    path = _file(node, case, video.received.video)
    if await asyncio.to_thread(path.exists):
        yield path
        return
    size = video.received.size
    if not node.disk.takes(size + _MARGIN_BYTES):
        raise FileNotFoundError(f"there is no room to put video {video.received.video} together")
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=node.data_dir))
    try:
        with (folder / "video").open("wb") as file:
            async for piece in pieces(node, video, 0, size):
                await asyncio.to_thread(file.write, piece)
        yield folder / "video"
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)


async def _make_frame(node: Node, case: Case, number: str, path: Path) -> bytes:
    picture = await node.photos.frame(path)
    with contextlib.suppress(OSError):  # a copy for speed only, and a torn one would be shown for ever
        target = _frame(node, case, number)
        torn = target.with_suffix(".part")
        await asyncio.to_thread(torn.write_bytes, picture)
        torn.replace(target)
    return picture


async def _let_go(node: Node, case: Case, number: str) -> None:
    """The file is in the store and was looked at: its place on the disk is free again."""
    if case.survey.videos[number].settled:
        await asyncio.to_thread(lambda: _file(node, case, number).unlink(missing_ok=True))


async def _settled(node: Node, receipt: Receipt) -> None:
    while True:
        try:
            await node.store.settle(receipt, _PATIENCE_S)
        except NotYetKept:
            _log.warning("%s waits for the archive", receipt.key)
        else:
            return


def _facts(node: Node, case: Case, name: str, suffix: str, kind: str, media: str, about: dict[str, Any]) -> Facts:
    return Facts(f"{node.prefix(case)}/videos/{name}", suffix, media, node.settings.lock_days, kind, about)


def _look(path: Path) -> tuple[str, int, bytes]:
    """SHA-256, size and the first bytes of a file."""
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell(), head


def _part(file: BinaryIO, sha256: Any, sm3: Hash) -> tuple[bytes, str] | None:
    data = file.read(PART_BYTES)
    if not data:
        return None
    sha256.update(data)
    sm3.update(data)
    return data, hashlib.sha256(data).hexdigest()


def _file(node: Node, case: Case, number: str) -> Path:
    folder = node.data_dir / "working" / case.id
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"video-{number}"


def _frame(node: Node, case: Case, number: str) -> Path:
    return _file(node, case, number).with_suffix(".jpg")
