"""Is the photo's place in the live video? The best match is preserved beside the verdict, to be seen years later."""

import asyncio
import contextlib
import hashlib
from datetime import datetime
from pathlib import Path

from evidence_store import Facts
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.photo import Report
from survey_server.photo.examination import supplemented
from survey_server.photo.live_match import Circumstance, LiveFrame, live_match
from survey_server.survey.survey import Photo
from survey_server.wire import Finding


async def with_live_match(node: Node, case: Case, photo: Photo, data: bytes, report: Report) -> Report:
    """The report with this finding made. Waits for a photo process, and for one object in the spool.

    Raises WorkerUnavailable.
    """
    if report.result == "rejected":
        return report
    frames = await node.live_frames.of(case.id)
    frames.reverse()  # where two are alike, the later was more likely seen from where the photo was taken
    if not frames:
        return supplemented(report, live_match(None, None, "in_the_call", node.photo_policy.scene_inliers))
    comparison = await node.photos.compare(data, [str(frame.features.absolute()) for frame in frames])
    needed, kept = node.photo_policy.scene_inliers, None
    if comparison is not None and comparison.best is not None and comparison.inliers >= needed:
        best = frames[comparison.best]
        try:
            picture = await asyncio.to_thread(best.jpeg)
        except OSError:  # thinned out meanwhile: what can't be shown counts for nothing
            comparison = None
        else:
            kept = await _preserved(node, case, photo.received.photo, best.participant, best.moment_s, picture)
    return supplemented(report, live_match(comparison, kept, circumstance(case, photo, report), needed))


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
