"""A photo's whole examination: container, EXIF, place, time, camera, picture, then the result."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from survey_server.photo import advice, camera, capture, exif, file_checks, picture, provenance, timing, whereabouts
from survey_server.photo.channels import Aspect, channel_of, expectations
from survey_server.photo.container import Container, open_container, sniff
from survey_server.photo.context import Context
from survey_server.photo.exif import Exif
from survey_server.photo.facts import facts_of, facts_unread
from survey_server.photo.finding import FINDING_IDS, finding
from survey_server.photo.fingerprint import Fingerprint, fingerprint
from survey_server.photo.verdict import Result, verdict
from survey_server.wire.photos import Finding


class Report(Struct, frozen=True):
    """What the examination of one photo found. `findings` holds every id of FINDING_IDS once, in that order.

    `fingerprint` is what the picture is recognised by when it comes back; None where it can't be shown.
    `expectation` compares what the file says, or leaves out, with the way it came; `policy` is the digest of the
    thresholds.
    """

    result: Result
    findings: list[Finding]
    facts: dict[str, Any]
    media_type: str
    suffix: str
    policy: str
    expectation: dict[str, str] = {}
    fingerprint: Fingerprint | None = None


def inspect(data: bytes) -> dict[str, Any]:
    """Facts only, JSON values only: container, camera, place, time. Decodes no picture and never raises."""
    container = open_container(data)
    return facts_of(data, container, exif.read(container.exif[0]) if container.exif else Exif())


def check(data: bytes, context: Context, *, recognisable: bool = True) -> Report:
    """Examine a photo's bytes in their circumstances. Never raises; no I/O; decodes within bounds only.

    A report that nothing will be recognised by may go without its fingerprint, which takes most of the time.
    """
    container = open_container(data)
    seen, again = _read(container)
    broken = picture.over_budget(data, container)
    pixels = None if broken else picture.decode(data, container, picture.LOOK_PX)
    findings = [
        file_checks.file_safe(container, broken),
        file_checks.format_ok(container, context.name, shown=pixels is not None, bounded=broken is None),
    ]
    if broken is None and pixels is not None:
        findings += _evidence(container, seen, again, context)
        findings.append(provenance.c2pa(data, container, context.policy))
        findings.append(picture.quality(pixels, container, context.policy))
    findings.append(capture.live_capture(context))
    findings = _complete(findings)
    has: dict[Aspect, object] = {
        "place": whereabouts.read_gps(seen.gps).place,
        "time": timing.wall_clock(seen),
        "camera": seen.model,
    }
    redacted = whereabouts.read_gps(seen.gps).state in ("redacted", "zero")
    return Report(
        result=verdict(findings),
        findings=findings,
        facts=facts_of(data, container, seen),
        media_type=container.kind.media_type,
        suffix=container.kind.suffix,
        policy=context.policy.digest,
        expectation={"channel": channel_of(context)}
        | expectations(channel_of(context), has, findings, redacted=redacted),
        fingerprint=_fingerprint(pixels, container) if recognisable else None,
    )


def _fingerprint(pixels: picture.Pixels | None, container: Container) -> Fingerprint | None:
    return None if pixels is None else fingerprint(picture.upright(pixels, picture.turn_of(container)))


def supplemented(report: Report, *made: Finding) -> Report:
    """The report with findings made elsewhere in their places, and the result that follows."""
    by_id = {one.id: one for one in made}
    findings = [by_id.get(one.id, one) for one in report.findings]
    return msgspec.structs.replace(report, findings=findings, result=verdict(findings))


def given_up(data: bytes, context: Context, bound: str) -> Report:
    """The report on a photo whose examination had to be stopped: it broke the budget of time or memory."""
    over = finding("file_safe", "fail", *file_checks.TOO_COSTLY, bound=bound)
    return _unread(data, context, over, bound)


def not_examined(data: bytes, context: Context) -> Report:
    """The report when our own program failed: a person looks, nobody is blamed."""
    unsure = finding(
        "file_safe",
        "flag",
        "系统暂时无法自动检查这张照片。",
        "This photo could not be checked automatically.",
        advice.NOTHING_TO_DO,
        bound="internal",
    )
    return _unread(data, context, unsure, "internal")


def _unread(data: bytes, context: Context, why: Finding, bound: str) -> Report:
    findings, kind = _complete([why, capture.live_capture(context)]), sniff(data)
    facts = facts_unread(data, bound)
    return Report(verdict(findings), findings, facts, kind.media_type, kind.suffix, context.policy.digest)


def _read(container: Container) -> tuple[Exif, Exif]:
    if not container.exif:
        return Exif(), Exif()
    return exif.read(container.exif[0]), exif.read_again(container.exif[0])


def _evidence(container: Container, seen: Exif, again: Exif, context: Context) -> list[Finding]:
    reading = whereabouts.read_gps(seen.gps)
    place = whereabouts.place_of(reading, context)
    return [
        file_checks.exif_agree(container, seen, again),
        whereabouts.gps_present(reading, context),
        whereabouts.gps_valid(reading),
        whereabouts.geofence(place, reading, context),
        whereabouts.datum_mix_up(place, context.site),
        timing.time_window(timing.moment_of(seen, context), context),
        timing.time_consistent(seen, context),
        camera.camera_identity(seen, context),
        camera.edit_traces(seen, container.xmp, context),
    ]


_SKIPPED: Final = (
    "文件未通过基本检查，此项未进行。",
    "The file did not pass the basic checks, so this was not examined.",
)
_NOTHING: Final = "没有可比较的内容。", "There is nothing to compare with."
_COMPARED: Final = frozenset({"duplicate_exact", "duplicate_near", "live_match"})
"""Checks against other pictures, which are made where those are known."""


def _complete(findings: list[Finding]) -> list[Finding]:
    """Every id once, in order; what could not be examined says so."""
    made = {each.id: each for each in findings}
    return [
        made.get(check) or finding(check, "na", *(_NOTHING if check in _COMPARED else _SKIPPED))
        for check in FINDING_IDS
    ]
