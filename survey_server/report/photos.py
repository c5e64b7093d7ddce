"""The photos as they look, with verdict, findings in words and the original's digest; the site videos."""

from collections.abc import Container, Mapping
from typing import Final

from survey_server.report.document import Cell, Code, Lines, Paragraph, Picture, Pictures, Section, Table, Tone, Words
from survey_server.report.requests import OUTSIDE
from survey_server.report.words import CHANNEL, moment, name_of, named, on_the_line
from survey_server.survey.chronicle import RESULT
from survey_server.survey.survey import Photo, Survey, Video
from survey_server.wire.basics import Position, Text
from survey_server.wire.photos import Finding

_TONES: Final[Mapping[str, Tone]] = {"accepted": "good", "needs_review": "doubtful", "rejected": "bad"}
_WAITING: Final = Text("未检查", "not checked")


def photos(survey: Survey, shown: Container[str]) -> list[Section]:
    """All photos in the order they came. `shown` are those whose picture can be made."""
    if not survey.photos:
        return [Section(Text("照片", "Photos"), [Paragraph(Text("没有照片。", "There are no photos."))])]
    note = Text(
        "以下为缩小并重新编码的图像，供阅读；原件按所列 SHA-256 存于证据包。系统检查只提示疑点，由审查员判断。",
        "The pictures are small copies for reading; the originals are in the bundle, under the SHA-256 given here. "
        "Checks point at what a person should look at; reviewers judge.",
    )
    pictures = [_picture(survey, photo, shown) for photo in survey.photos.values()]
    return [Section(Text("照片", "Photos"), [Paragraph(note), Pictures(pictures)])]


def file_of(photo: str) -> str:
    """The name that the document calls a photo's picture by: ours, whatever its sender called it."""
    return f"{photo}.jpg"


def _picture(survey: Survey, photo: Photo, shown: Container[str]) -> Picture:
    received, verdict = photo.received, photo.verdict
    facts: list[tuple[Words, Cell]] = [
        (Text("编号", "Number"), received.photo),
        (Text("收到", "Received"), _received(survey, photo)),
    ]
    if received.point is not None:
        titles = {point.id: point.title for point in survey.application.item.view.points}
        facts.append((Text("要点", "Point"), titles.get(received.point, received.point)))
    elif received.outside:
        facts.append((Text("要点", "Point"), OUTSIDE))
    if received.position is not None:
        facts.append((Text("设备位置", "Device's position"), _position(received.position)))
    facts.append((Text("原件 SHA-256", "Original's SHA-256"), Code(received.sha256)))
    has = received.photo in shown
    described = Text(f"照片 {received.photo}：{received.name}", f"Photo {received.photo}: {received.name}")
    nothing = Text("这个文件不能显示为照片。", "This file can't be shown as a picture.")
    return Picture(
        file=file_of(received.photo) if has else "",
        alt=described if has else nothing,
        title=received.name or received.photo,
        tone="plain" if verdict is None else _TONES[verdict.result],
        verdict=_WAITING if verdict is None else RESULT[verdict.result],
        remarks=[] if verdict is None else _remarks(verdict.findings),
        facts=facts,
    )


def _received(survey: Survey, photo: Photo) -> Text:
    channel = named(CHANNEL, photo.received.channel)
    zh, en = (channel.zh, channel.en) if isinstance(channel, Text) else (channel, channel)
    at, seconds = moment(photo.received_at), survey.moment_s(photo.received_at)
    if seconds is None or survey.mode == "upload_only":
        return Text(f"{at}，{zh}", f"{at}, {en}")
    line = on_the_line(seconds)
    return Text(f"{at}（录像 {line}），{zh}", f"{at} (recording {line}), {en}")


def _position(position: Position) -> Text:
    where = f"{position.lat:.6f}, {position.lon:.6f}"
    return Text(f"{where}，±{position.accuracy_m:.0f} 米", f"{where}, ±{position.accuracy_m:.0f} m")


def _remarks(findings: list[Finding]) -> list[Words]:
    """What a person should look at, in words; the rest counted. The whole verdict has a record of its own."""
    told: list[Words] = [finding.reason for finding in findings if finding.result in ("fail", "flag")]
    passed = sum(finding.result == "pass" for finding in findings)
    silent = sum(finding.result == "na" for finding in findings)
    return [
        *told,
        Text(f"检查 {len(findings)} 项：通过 {passed}，不适用 {silent}，需看 {len(told)}",
             f"{len(findings)} checks: {passed} passed, {silent} not applicable, {len(told)} to look at"),
    ]  # fmt: skip


def videos(survey: Survey) -> list[Section]:
    """The site videos, if there are any."""
    if not survey.videos:
        return []
    head: list[Words] = [
        Text("视频", "Video"), Text("收到", "Received"), Text("检查", "Checks"),
        Text("全文件 SHA-256", "Whole file's SHA-256"),
    ]  # fmt: skip
    table = Table([2.6, 2.4, 4, 3.6], head, [_video(survey, video) for video in survey.videos.values()])
    return [Section(Text("现场视频", "Site videos"), [table])]


def _video(survey: Survey, video: Video) -> list[Cell]:
    received, verdict = video.received, video.verdict
    checks: list[Words | Code] = (
        [_WAITING] if verdict is None else [RESULT[verdict.result], *_remarks(verdict.findings)]
    )
    length = None if verdict is None else verdict.facts.get("seconds")
    return [
        Lines([received.name or received.video, received.video, on_the_line(length)]),
        Lines([moment(video.received_at), name_of(survey, received.participant)]),
        Lines(checks),
        Code(received.sha256),
    ]
