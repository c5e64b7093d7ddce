"""A photo's whole examination: container, EXIF, place, time, picture, then the result."""

import hashlib
from pathlib import PurePath
from typing import Any, Final

from msgspec import Struct

from survey_server.photo import exif, picture, timing, whereabouts
from survey_server.photo.container import AVIF, HEIF, JPEG, PNG, READABLE, WEBP, Container, open_container, sniff
from survey_server.photo.context import Context
from survey_server.photo.exif import Exif
from survey_server.photo.finding import FINDING_IDS, finding
from survey_server.photo.verdict import Result, verdict
from survey_server.wire import Finding

SUFFIXES: Final = {
    JPEG: frozenset({"", ".jpg", ".jpeg", ".jpe", ".jfif"}),
    PNG: frozenset({"", ".png"}),
    WEBP: frozenset({"", ".webp"}),
}


class Report(Struct, frozen=True):
    """What the examination of one photo found. `findings` holds every id of FINDING_IDS once, in that order."""

    result: Result
    findings: list[Finding]
    facts: dict[str, Any]
    media_type: str
    suffix: str


def inspect(data: bytes) -> dict[str, Any]:
    """Facts only, JSON values only: container, camera, place, time. Decodes no picture and never raises."""
    container = open_container(data)
    return _facts(data, container, exif.read(container.exif[0]) if container.exif else Exif())


def check(data: bytes, context: Context) -> Report:
    """Examine a photo's bytes in their circumstances. Never raises; no I/O; decodes within bounds only."""
    container = open_container(data)
    seen, again = _read(container)
    broken = picture.over_budget(data, container)
    pixels = None if broken else picture.decode(data, container, picture.LOOK_PX)
    findings = [
        _file_safe(container, broken),
        _format_ok(container, context.name, shown=pixels is not None, bounded=broken is None),
    ]
    if broken is None and pixels is not None:
        findings += _evidence(container, seen, again, context)
        findings.append(picture.quality(pixels, container))
    findings.append(_live_capture(context))
    findings = _complete(findings)
    return Report(
        result=verdict(findings),
        findings=findings,
        facts=_facts(data, container, seen),
        media_type=container.kind.media_type,
        suffix=container.kind.suffix,
    )


def given_up(data: bytes, context: Context, bound: str) -> Report:
    """The report on a photo whose examination had to be stopped: it broke the budget of time or memory."""
    over = finding("file_safe", "fail", *_TOO_COSTLY, bound=bound)
    return _unread(data, context, over)


def not_examined(data: bytes, context: Context) -> Report:
    """The report when our own program failed: a person looks, nobody is blamed."""
    unsure = finding(
        "file_safe",
        "flag",
        "系统暂时无法自动检查这张照片，工作人员会人工查看，您无需操作。",
        "This photo could not be checked automatically. A person will look at it; there is nothing for you to do.",
        bound="internal",
    )
    return _unread(data, context, unsure)


def _unread(data: bytes, context: Context, why: Finding) -> Report:
    findings, kind = _complete([why, _live_capture(context)]), sniff(data)
    facts = {"size": len(data), "media_type": kind.media_type}
    return Report(verdict(findings), findings, facts, kind.media_type, kind.suffix)


def _read(container: Container) -> tuple[Exif, Exif]:
    if not container.exif:
        return Exif(), Exif()
    return exif.read(container.exif[0]), exif.read_again(container.exif[0])


def _evidence(container: Container, seen: Exif, again: Exif, context: Context) -> list[Finding]:
    reading = whereabouts.read_gps(seen.gps)
    place = whereabouts.place_of(reading, context)
    return [
        _exif_agree(container, seen, again),
        whereabouts.gps_present(reading, context),
        whereabouts.gps_valid(reading),
        whereabouts.geofence(place, reading, context),
        whereabouts.datum_mix_up(place, context.site),
        timing.time_window(timing.moment_of(seen, context), context),
        timing.time_consistent(seen, context),
    ]


def _complete(findings: list[Finding]) -> list[Finding]:
    """Every id once, in order; what could not be examined says so."""
    made = {each.id: each for each in findings}
    skipped = "文件未通过基本检查，此项未进行。", "The file did not pass the basic checks, so this was not examined."
    return [made.get(check) or finding(check, "na", *skipped) for check in FINDING_IDS]


# ---------------------------------------------------------------- the file as a file

_TOO_COSTLY: Final = (
    "这个文件太大或结构异常，无法安全打开。请用手机自带相机重新拍一张普通照片再上传。",
    "This file is too large or oddly built to open safely. Please take an ordinary photo with the phone's camera.",
)


def _file_safe(container: Container, broken: dict[str, object] | None) -> Finding:
    kind = container.kind
    facts: dict[str, Any] = {"media_type": kind.media_type, "exif_blocks": container.exif_blocks}
    facts |= {"trailing": container.trailing, "trailing_bytes": container.trailing_bytes}
    if not kind.picture:
        return finding(
            "file_safe",
            "fail",
            f"这不是照片，而是{kind.zh}。请重新选择，上传一张 JPEG 照片。",
            f"This is not a photo but {kind.en}. Please choose again and send a JPEG photo.",
            **facts,
        )
    if broken is not None:
        return finding("file_safe", "fail", *_TOO_COSTLY, **facts, **broken)
    if container.trailing == "unknown":
        return finding(
            "file_safe",
            "flag",
            "照片后面附带了其他数据，工作人员会查看。请尽量直接上传相机原图。",
            "Other data is attached behind the photo, so a person will look at it. "
            "Please send the camera's original if you can.",
            **facts,
        )
    if container.exif_blocks > 1:
        return finding(
            "file_safe",
            "flag",
            "照片里有不止一份拍摄信息，工作人员会查看。请尽量直接上传相机原图。",
            "The photo holds more than one set of camera data, so a person will look at it. "
            "Please send the camera's original if you can.",
            **facts,
        )
    return finding("file_safe", "pass", "文件可以安全打开。", "The file is safe to open.", **facts)


def _format_ok(container: Container, name: str, *, shown: bool, bounded: bool) -> Finding:
    kind = container.kind
    suffix = PurePath(name).suffix.lower()
    facts = {"media_type": kind.media_type, "suffix": suffix, "width": container.width, "height": container.height}
    if kind not in READABLE:
        zh, en = f"暂不支持{kind.zh}，请发送 JPEG 照片。", f"Unsupported: this is {kind.en}. Please send a JPEG photo."
        if kind in (HEIF, AVIF):
            zh += "苹果手机可在“设置-相机-格式”中选择“兼容性最佳”后重新拍摄。"
            en += " On an iPhone choose Settings, Camera, Formats, Most Compatible, and take it again."
        return finding("format_ok", "fail", zh, en, **facts)
    if not bounded:
        return finding(
            "format_ok", "na", "文件超出限制，没有打开。", "The file breaks a limit and was not opened.", **facts
        )
    if not shown:
        return finding(
            "format_ok",
            "fail",
            "照片文件已损坏，打不开。请重新发送，或重新拍一张。",
            "The photo file is damaged and cannot be opened. Please send it again or take a new one.",
            **facts,
        )
    if not container.complete:
        return finding(
            "format_ok",
            "flag",
            "照片没有传完整，可能缺了一部分。请在网络良好时重新发送。",
            "The photo did not arrive whole; a part may be missing. Please send it again on a good connection.",
            **facts,
        )
    if suffix not in SUFFIXES[kind]:
        return finding(
            "format_ok",
            "flag",
            f"文件名后缀（{suffix}）与内容（{kind.zh}）不一致，工作人员会查看。请尽量直接上传相机原图。",
            f"The name ends in {suffix} but the content is {kind.en}, so a person will look at it. "
            "Please send the camera's original if you can.",
            **facts,
        )
    return finding("format_ok", "pass", f"格式正常，是{kind.zh}。", f"The format is fine: {kind.en}.", **facts)


def _exif_agree(container: Container, seen: Exif, again: Exif) -> Finding:
    if not container.exif:
        return finding(
            "exif_agree",
            "na",
            "照片不带拍摄信息，这不影响您。",
            "The photo carries no camera data. That does not count against you.",
        )
    if not seen.readable and not again.readable:
        zh, en = (
            "照片的拍摄信息无法读取，这不影响您。",
            "The photo's camera data cannot be read. That does not count against you.",
        )
        return finding("exif_agree", "na", zh, en, readable=False)
    differing = exif.differences(seen, again)
    if differing or seen.readable != again.readable:
        return finding(
            "exif_agree",
            "flag",
            "用两种方法读取拍摄信息，结果不一致，工作人员会查看。请尽量直接上传相机原图。",
            "Two ways of reading the camera data disagree, so a person will look at it. "
            "Please send the camera's original if you can.",
            differing=differing,
            readable=[seen.readable, again.readable],
        )
    return finding("exif_agree", "pass", "拍摄信息读取一致。", "The camera data reads the same in two ways.")


def _live_capture(context: Context) -> Finding:
    facts = {"nonce": context.nonce, "channel": context.channel}
    match context.nonce:
        case "ok" if context.channel == "still":
            return finding(
                "live_capture",
                "pass",
                "照片是在通话中按要求现场拍摄的。",
                "The photo was taken inside the call when asked.",
                **facts,
            )
        case "late":
            return finding(
                "live_capture",
                "flag",
                "照片提交得晚于要求的时限，工作人员会查看。如需要，会请您再拍一张。",
                "The photo came after its time limit, so a person will look at it. You may be asked for another one.",
                **facts,
            )
        case "wrong":
            return finding(
                "live_capture",
                "fail",
                "照片与通话中的拍摄要求对不上。请等工作人员再次发出拍摄要求后重新拍摄。",
                "The photo does not answer a request made in the call. Please wait to be asked and take it again.",
                **facts,
            )
        case _:
            return finding(
                "live_capture",
                "na",
                "照片是上传的，不是通话中拍摄的。",
                "The photo was uploaded, not taken inside the call.",
                **facts,
            )


def _facts(data: bytes, container: Container, seen: Exif) -> dict[str, Any]:
    reading = whereabouts.read_gps(seen.gps)
    local, gps_time = timing.wall_clock(seen), timing.satellite_time(seen.gps)
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": container.kind.media_type,
        "width": container.width,
        "height": container.height,
        "scans": container.scans,
        "complete": container.complete,
        "trailing": container.trailing,
        "trailing_bytes": container.trailing_bytes,
        "exif_blocks": container.exif_blocks,
        "make": seen.make,
        "model": seen.model,
        "software": seen.software,
        "orientation": seen.orientation,
        "datetime_original": local.isoformat() if local else None,
        "offset_original": seen.offset_original,
        "gps": reading.state,
        "lat": reading.place.lat if reading.place else None,
        "lon": reading.place.lon if reading.place else None,
        "gps_error_m": reading.place.error_m if reading.place else None,
        "gps_utc": gps_time.isoformat() if gps_time else None,
    }
