"""A whole survey with simulated people against a real node: the smoke test an operator runs before office hours."""

import asyncio
import contextlib
import io
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import av
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from credit_gate.sources.register import DEMO_REGISTER
from survey_server.flows import live_rehearsal, material_rehearsal
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.demo import RED_SUBJECT
from survey_server.flows.person import GaveUp, Person
from survey_server.rtc.simulated import PreparedMedia, prepare
from survey_server.survey.items import Item, load_items
from survey_server.wire.admission import AdmissionView, ApplicationForm, SubjectForm
from survey_server.wire.basics import Mode, Site, Window
from survey_server.wire.from_person import Conclude
from survey_server.wire.replay import ReplayView
from survey_server.wire.survey import SurveyView

START_TIMEOUT_S = 60.0
PASSED = Conclude("pass", "rehearsal")
RECTIFY_DAYS = 10
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic"})


class RehearsalFailed(Exception):
    """The rehearsal could not run through; the message says where it stopped."""


class Plan(Struct, frozen=True):
    """What to rehearse. Only a live survey needs a video."""

    video: Path | None
    photos: Path
    seconds: float
    site: Site
    window: Window
    subject: str = ""
    kind: str = "remote_survey"
    surveys: int = 1
    profile: Literal["thin", "full"] = "full"
    export: Path | None = None
    mode: Mode = "live"


class Footage(Struct, frozen=True):
    """What the people of a live survey stream, and the still that the applicant shoots."""

    media: PreparedMedia
    still: bytes


def parse_site(text: str, radius_m: float) -> Site:
    """`LAT,LON`, in WGS-84 or followed by `@gcj02` or `@bd09`. Raises ValueError saying what is expected."""
    try:
        point, _, datum = text.partition("@")
        lat, lon = (float(part) for part in point.split(","))
        site = {"lat": lat, "lon": lon, "radius_m": radius_m, "datum": datum or "wgs84"}
        return msgspec.convert(site, Site)
    except (ValueError, msgspec.ValidationError) as fault:
        raise ValueError(
            f"--site takes LAT,LON in degrees, with @gcj02 or @bd09 behind unless it is WGS-84 (20.044,110.2), "
            f"--radius at most 50000: {fault}"
        ) from None


def parse_window(text: str, now: datetime) -> Window:
    """`T1/T2` with zones; empty: the day around now. Raises ValueError saying what is expected."""
    if not text:
        return Window(now - timedelta(hours=12), now + timedelta(hours=12))
    try:
        start, end = (datetime.fromisoformat(part) for part in text.split("/"))
    except ValueError:
        raise ValueError("--window takes T1/T2, e.g. 2026-11-22T08:00+08:00/2026-11-22T18:00+08:00") from None
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise ValueError("--window needs two times with zones, the second after the first")
    return Window(start, end)


async def rehearsal(plan: Plan, server: str, key: str) -> list[dict[str, Any]]:
    """Run the plan; one report a survey. Raises RehearsalFailed saying where it stopped."""
    photos = await asyncio.to_thread(_photos, plan.photos)
    footage = await asyncio.to_thread(_footage, plan) if plan.mode == "live" else None
    async with contextlib.AsyncExitStack() as stack:
        if not server:
            server, key = await stack.enter_async_context(embedded_node())
        node = await stack.enter_async_context(NodeClient(server, key))
        try:
            return await asyncio.gather(
                *(_survey(node, plan, footage, photos, first=number == 0) for number in range(plan.surveys))
            )
        except (NodeRefused, GaveUp, OSError) as fault:
            raise RehearsalFailed(str(fault)) from fault


async def fetch_bundle(server: str, key: str, survey: str, path: Path) -> None:
    """Download the bundle of a survey as an auditor."""
    async with NodeClient(server, key) as node:
        try:
            auditor = await node.start(await node.invite_auditor("takan export"))
            await node.bundle(survey, auditor.session, path)
        except NodeRefused as fault:
            raise RehearsalFailed(str(fault)) from fault


@asynccontextmanager
async def embedded_node() -> AsyncGenerator[tuple[str, str]]:
    """A node with the embedded store, in a process and a directory of its own: URL and intake key."""
    with tempfile.TemporaryDirectory(prefix="takan-rehearsal-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        key = secrets.token_urlsafe(24)
        environment = {**os.environ, "TAKAN_INTAKE_KEY": key, "TAKAN_REGISTER": str(DEMO_REGISTER)}
        command = [sys.executable, "-m", "survey_server.cli", "serve", "--embedded", "--data", folder]
        child = await asyncio.create_subprocess_exec(
            *command, "--port", str(port), env=environment, stdout=subprocess.PIPE
        )
        try:
            assert child.stdout is not None
            async with asyncio.timeout(START_TIMEOUT_S):
                line = await child.stdout.readline()
            if b"ready" not in line:
                raise RehearsalFailed("the embedded node did not start; its own words are above")
            yield f"http://127.0.0.1:{port}", key
        except TimeoutError:
            raise RehearsalFailed(f"the embedded node was not ready after {START_TIMEOUT_S:.0f} s") from None
        finally:
            if child.returncode is None:
                child.terminate()
            await child.wait()


async def _survey(
    node: NodeClient,
    plan: Plan,
    footage: Footage | None,
    photos: list[tuple[str, bytes]],
    *,
    first: bool,
) -> dict[str, Any]:
    """One survey; of the kind `re_survey` two: one that ends with something to put right, and the one after it."""
    form = ApplicationForm(
        SubjectForm(plan.subject, plan.subject[-4:]) if plan.subject else RED_SUBJECT,
        _item(plan.kind).code,
        plan.site,
        plan.window,
        mode=plan.mode,
    )
    export = plan.export if first else None
    if plan.kind != "re_survey":
        return await _held(node, plan, footage, photos, form, PASSED, export)
    before = None if export is None else export.with_stem(f"{export.stem}-earlier")
    named = [point.id for point in _item(plan.kind).points[1:3]]
    ending = Conclude("rectify", "rehearsal", named, RECTIFY_DAYS)
    earlier = await _held(node, plan, footage, photos, form, ending, before)
    if earlier["conclusion"] is None:
        return earlier
    again = await _held(node, plan, footage, photos, replace(form, earlier=earlier["survey"]), PASSED, export)
    return {**again, "earlier": earlier}


async def _held(
    node: NodeClient,
    plan: Plan,
    footage: Footage | None,
    photos: list[tuple[str, bytes]],
    form: ApplicationForm,
    ending: Conclude,
    export: Path | None,
) -> dict[str, Any]:
    """Apply, gather, hold, conclude, seal; the report of it, and the bundle."""
    where = await node.node()
    admission = await node.apply(form)
    report: dict[str, Any] = {
        "survey": admission.survey,
        "admission": _admission(admission),
        "participants": [],
        "tracks": [],
        "photos": [],
        "reviews": [],
        "conclusions": [],
        "conclusion": None,
        "sealed_ms": None,
        "loop_lag_p99_ms": None,
        "store": {"kind": where.store_kind, "endpoint": where.store_endpoint, "bucket": where.store_bucket},
        "vkeys": (await node.ledger()).vkeys,
        "export": None,
    }
    if admission.outcome != "admitted" or admission.mode != plan.mode:
        return report
    departments = [one.view() for one in _item(plan.kind).departments]
    people = (
        await material_rehearsal.gather(node, admission.survey, departments)
        if footage is None
        else await live_rehearsal.gather(
            node, admission.survey, departments, footage.media, thin=plan.profile == "thin"
        )
    )
    try:
        if footage is None:
            report["sealed_ms"] = await material_rehearsal.run(people, plan.site, photos, ending)
        else:
            await live_rehearsal.hold(people, plan.site, plan.seconds, footage.still, photos)
            report["sealed_ms"] = await live_rehearsal.conclude(people, ending)
    finally:
        for person in people:
            await person.leave()
    report["loop_lag_p99_ms"] = (await node.health()).loop_lag_p99_ms
    auditor = await node.start(await node.invite_auditor("rehearsal"))
    seen = await node.replay(admission.survey, auditor.session)
    report["participants"] = [_person(person) for person in people]
    report["tracks"] = _tracks(seen)
    report["photos"] = _photo_results(seen.survey)
    report["reviews"] = _reviews(seen.survey)
    report["conclusions"] = [msgspec.to_builtins(one) for one in seen.survey.conclusions]
    report["conclusion"] = seen.survey.conclusion
    if export is not None:
        await node.bundle(admission.survey, auditor.session, export)
        report["export"] = str(export)
    return report


def _item(kind: str) -> Item:
    """The first packaged item of this kind that may be surveyed remotely; a re-survey is of any, so of the first."""
    of = "remote_survey" if kind == "re_survey" else kind
    for item in load_items(None).values():
        if item.kind == of and item.always_on_site is None:
            return item
    raise RehearsalFailed(f"there is no item of kind {kind}")


def _photos(folder: Path) -> list[tuple[str, bytes]]:
    if not folder.is_dir():
        raise RehearsalFailed(f"--photos {folder} is not a folder")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    if not paths:
        raise RehearsalFailed(f"--photos {folder} holds no photo")
    return [(path.name, path.read_bytes()) for path in paths]


def _footage(plan: Plan) -> Footage:
    if plan.video is None:
        raise RehearsalFailed("a live survey needs --video: a file that the people stream")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "takan"
    return Footage(prepare(plan.video, cache), _still(plan.video))


def _still(video: Path) -> bytes:
    """The video's first picture as a JPEG: what the simulated phone shoots."""
    if not video.is_file():
        raise RehearsalFailed(f"--video {video} is not a file")
    with av.open(str(video)) as container:
        picture = next(container.decode(video=0)).to_image()
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def _admission(admission: AdmissionView) -> dict[str, Any]:
    reasons = [{"zh": r.zh, "en": r.en} for r in admission.reasons]
    return {"outcome": admission.outcome, "mode": admission.mode, "reasons": reasons}


def _person(person: Person) -> dict[str, Any]:
    first = person.media.first_frame_ms if person.media is not None else None
    return {
        "role": person.session.role,
        "join_ms": person.join_ms,
        "first_frame_ms": None if first is None else round(first, 1),
    }


def _tracks(replay: ReplayView) -> list[dict[str, Any]]:
    return [
        {
            "participant": lane.participant,
            "kind": track.kind,
            "codec": track.codec,
            "seconds": track.seconds,
            "gaps": [msgspec.to_builtins(gap) for gap in track.gaps],
        }
        for lane in replay.lanes
        for track in lane.tracks
    ]


def _photo_results(survey: SurveyView) -> list[dict[str, Any]]:
    return [
        {
            "name": photo.name,
            "channel": photo.channel,
            "point": photo.point,
            "result": photo.result,
            "findings": [msgspec.to_builtins(finding) for finding in photo.findings],
        }
        for photo in survey.photos
    ]


def _reviews(survey: SurveyView) -> list[dict[str, Any]]:
    return [
        {
            "department": msgspec.to_builtins(review.department),
            "answers": len(review.answers),
            "opinion": review.opinion and review.opinion.value,
        }
        for review in survey.reviews
    ]
