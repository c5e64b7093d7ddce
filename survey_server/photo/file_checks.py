"""The file as a file: safe to open, of a known kind, its metadata read alike by two readers."""

from pathlib import PurePath
from typing import Any, Final

from survey_server.photo import advice, exif
from survey_server.photo.container import AVIF, HEIF, JPEG, PNG, READABLE, WEBP, Container
from survey_server.photo.exif import Exif
from survey_server.photo.finding import finding
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

SUFFIXES: Final = {
    JPEG: frozenset({"", ".jpg", ".jpeg", ".jpe", ".jfif"}),
    PNG: frozenset({"", ".png"}),
    WEBP: frozenset({"", ".webp"}),
    HEIF: frozenset({"", ".heic", ".heif", ".hif"}),
}
TOO_COSTLY: Final = (
    "这个文件太大或结构异常，无法安全打开。",
    "This file is too large or oddly built to open safely.",
    Text("请用手机自带相机重新拍一张普通照片再上传。", "Please take an ordinary photo with the phone's camera."),
)


def file_safe(container: Container, broken: dict[str, object] | None) -> Finding:
    """Is it a picture, within its bounds, with nothing foreign attached? `broken` is the bound it breaks."""
    kind = container.kind
    facts: dict[str, Any] = {"media_type": kind.media_type, "exif_blocks": container.exif_blocks}
    facts |= {"trailing": container.trailing, "trailing_bytes": container.trailing_bytes}
    if not kind.picture:
        return finding(
            "file_safe",
            "fail",
            f"这不是照片，而是{kind.zh}。",
            f"This is not a photo but {kind.en}.",
            Text(
                "请重新选择，上传一张 JPEG 或 HEIC 照片。",
                "Please choose again and send a JPEG or HEIC photo.",
            ),
            **facts,
        )
    if broken is not None:
        return finding("file_safe", "fail", *TOO_COSTLY, **facts, **broken)
    if container.trailing == "unknown":
        return finding(
            "file_safe",
            "flag",
            "照片后面附带了其他数据。",
            "Other data is attached behind the photo.",
            advice.ORIGINAL,
            **facts,
        )
    if container.exif_blocks > 1:
        return finding(
            "file_safe",
            "flag",
            "照片里有不止一份拍摄信息。",
            "The photo holds more than one set of camera data.",
            advice.ORIGINAL,
            **facts,
        )
    return finding("file_safe", "pass", "文件可以安全打开。", "The file is safe to open.", **facts)


def format_ok(container: Container, name: str, *, shown: bool, bounded: bool) -> Finding:
    """Is it a kind we read, whole, and named for what it is? `shown` says whether it could be decoded."""
    kind = container.kind
    suffix = PurePath(name).suffix.lower()
    facts = {"media_type": kind.media_type, "suffix": suffix, "width": container.width, "height": container.height}
    if kind not in READABLE:
        readable = Text("请发送 JPEG 或 HEIC 照片。", "Please send a JPEG or HEIC photo.")
        if kind is AVIF:
            readable = Text(
                f"{readable.zh}苹果手机可在“设置-相机-格式”中选择“兼容性最佳”后重新拍摄。",
                f"{readable.en} On an iPhone choose Settings, Camera, Formats, Most Compatible, and take it again.",
            )
        zh, en = f"暂不支持{kind.zh}。", f"Unsupported: this is {kind.en}."
        return finding("format_ok", "fail", zh, en, readable, **facts)
    if not bounded:
        return finding(
            "format_ok", "na", "文件超出限制，没有打开。", "The file breaks a limit and was not opened.", **facts
        )
    if not shown:
        return finding(
            "format_ok",
            "fail",
            "照片文件已损坏，打不开。",
            "The photo file is damaged and cannot be opened.",
            Text(
                "请重新发送，或重新拍一张。",
                "Please send it again or take a new one.",
            ),
            **facts,
        )
    if not container.complete:
        return finding(
            "format_ok",
            "flag",
            "照片没有传完整，可能缺了一部分。",
            "The photo did not arrive whole; a part may be missing.",
            Text(
                "请在网络良好时重新发送。",
                "Please send it again on a good connection.",
            ),
            **facts,
        )
    if suffix not in SUFFIXES[kind]:
        return finding(
            "format_ok",
            "flag",
            f"文件名后缀（{suffix}）与内容（{kind.zh}）不一致。",
            f"The name ends in {suffix} but the content is {kind.en}.",
            advice.ORIGINAL,
            **facts,
        )
    return finding("format_ok", "pass", f"格式正常，是{kind.zh}。", f"The format is fine: {kind.en}.", **facts)


def exif_agree(container: Container, seen: Exif, again: Exif) -> Finding:
    """Do ExifRead and Pillow see the same place and time?"""
    if not container.exif:
        return finding(
            "exif_agree",
            "na",
            "照片不带拍摄信息。",
            "The photo carries no camera data.",
            advice.NO_MATTER,
        )
    if not seen.readable and not again.readable:
        zh, en = "照片的拍摄信息无法读取。", "The photo's camera data cannot be read."
        return finding("exif_agree", "na", zh, en, advice.NO_MATTER, readable=False)
    differing = exif.differences(seen, again)
    if differing or seen.readable != again.readable:
        return finding(
            "exif_agree",
            "flag",
            "用两种方法读取拍摄信息，结果不一致。",
            "Two ways of reading the camera data disagree.",
            advice.ORIGINAL,
            differing=differing,
            readable=[seen.readable, again.readable],
        )
    return finding("exif_agree", "pass", "拍摄信息读取一致。", "The camera data reads the same in two ways.")
