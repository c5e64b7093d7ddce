"""Is the photo's place in the live video? The best match is preserved beside the verdict, to be seen years later."""

import asyncio
import contextlib
import hashlib
import time
from datetime import datetime
from pathlib import Path

from evidence_store import Facts
from survey_server.flows.case import Case
from survey_server.flows.live_frames import RememberedFrame
from survey_server.flows.node import Node
from survey_server.photo import Report
from survey_server.photo.examination import supplemented
from survey_server.photo.live_match import Circumstance, Comparison, LiveFrame, live_match
from survey_server.survey.survey import Photo
from survey_server.wire.photos import Finding

AFTERWARDS_S = 8.0
"""A picture is remembered every four seconds, and comes a second or two after it was shown."""
_LOOK_S = 0.5


async def with_live_match(node: Node, case: Case, photo: Photo, data: bytes, report: Report) -> Report:
    """The report with this finding made. Waits for a photo process, and for one object in the spool.

    Raises WorkerUnavailable.
    """
    if report.result == "rejected":
        return report
    needed, kept = node.photo_policy.scene_inliers, None
    comparison, best = await _compared(node, case, photo, data)
    if comparison is not None and best is not None and comparison.inliers >= needed:
        try:
            picture = await asyncio.to_thread(best.jpeg)
        except OSError:  # thinned out meanwhile: what can't be shown counts for nothing
            comparison = None
        else:
            kept = await _preserved(node, case, photo.received.photo, best.participant, best.moment_s, picture)
    return supplemented(report, live_match(comparison, kept, circumstance(case, photo, report), needed))


async def _compared(
    node: Node, case: Case, photo: Photo, data: bytes
) -> tuple[Comparison | None, RememberedFrame | None]:
    """The comparison and the picture most alike. Where a still isn't found, what the camera shows a moment later is
    looked at too: the recorder is a second behind, and one may have aimed in no more.
    """
    comparison, best, newest = None, None, None
    ends = time.monotonic() + AFTERWARDS_S
    while True:
        frames = await node.live_frames.of(case.id)
        frames.reverse()  # where two are alike, the later was more likely seen from where the photo was taken
        if frames and frames[0] != newest:
            newest = frames[0]
            comparison = await node.photos.compare(data, [str(frame.features.absolute()) for frame in frames])
            best = None if comparison is None or comparison.best is None else frames[comparison.best]
        found = comparison is not None and comparison.inliers >= node.photo_policy.scene_inliers
        if found or time.monotonic() > ends or not _goes_on(node, case, photo, frames):
            return comparison, best
        await asyncio.sleep(_LOOK_S)


def _goes_on(node: Node, case: Case, photo: Photo, frames: list[RememberedFrame]) -> bool:
    """Is there more to see of what the camera showed when this still was taken?"""
    person = case.survey.participants.get(photo.received.participant)
    shown = person is not None and person.media and person.video and case.id in node.live
    if photo.received.channel != "still" or not shown or not node.live_frames.on or node.stopping:
        return False
    taken_s = case.survey.moment_s(photo.received_at) or 0.0
    return not frames or frames[0].moment_s < taken_s


def circumstance(case: Case, photo: Photo, report: Report) -> Circumstance:
    """Was it taken during the call? Then it should be in its video; what was taken before or after need not. By the
    file's own time; where it has none, by when it came.
    """
    survey = case.survey
    if photo.received.channel == "still":
        return "in_the_call"
    stated = next((one.evidence.get("taken_at") for one in report.findings if one.id == "time_window"), None)
    at = datetime.fromisoformat(stated) if isinstance(stated, str) else photo.received_at
    begun, ended = survey.started_at, survey.ended_at
    inside = begun is not None and begun <= at and (ended is None or at <= ended)
    return "in_the_call" if inside else "outside_the_call"


async def live_picture(node: Node, case: Case, photo: Photo) -> bytes | None:
    """The key picture that the photo's verdict names; None if it names none."""
    found = _named(photo)
    if found is None:
        return None
    key, sha256 = str(found.evidence.get("key")), str(found.evidence.get("sha256"))
    with contextlib.suppress(OSError):
        copy = await asyncio.to_thread(_work_copy(node, case, photo.received.photo).read_bytes)
        if hashlib.sha256(copy).hexdigest() == sha256:
            return copy
    stored = await node.index.by_key(key)
    return None if stored is None else await node.store.read(stored.key, stored.version_id, stored.sha256)


def _named(photo: Photo) -> Finding | None:
    findings = photo.verdict.findings if photo.verdict else []
    return next((one for one in findings if one.id == "live_match" and one.result == "pass"), None)


async def _preserved(
    node: Node, case: Case, number: str, participant: str, moment_s: float, picture: bytes
) -> LiveFrame:
    with contextlib.suppress(OSError):  # a copy for speed only
        await asyncio.to_thread(_work_copy(node, case, number).write_bytes, picture)
    held = await node.store.preserve(
        picture,
        Facts(
            name=f"{node.prefix(case)}/photos/{number}-live",
            suffix=".jpg",
            media_type="image/jpeg",
            lock_days=node.settings.lock_days,
            kind="live_frame",
            about={"live_frame_of": number, "participant": participant, "moment_s": moment_s},
        ),
    )
    return LiveFrame(participant, moment_s, held.key, held.sha256)


def _work_copy(node: Node, case: Case, number: str) -> Path:
    return node.data_dir / "working" / case.id / f"{number}.live.jpg"
