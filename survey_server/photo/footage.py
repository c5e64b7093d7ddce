"""A site video's examination: the same place and time as for a photo, and whether it is one take.

Where and when are judged by the photos' own functions; their sentences say video here. Signs of cutting are flags for
a person and never more: people trim a video before they send it, and messengers write it anew.
"""

from datetime import timedelta, timezone
from pathlib import Path, PurePath
from typing import Any, Final

import av
import av.container
import av.error
import cv2
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from survey_server.photo import advice, timing, whereabouts
from survey_server.photo.camera import camera_identity
from survey_server.photo.context import Context
from survey_server.photo.exif import Exif
from survey_server.photo.finding import finding
from survey_server.photo.picture import Undecodable, upright
from survey_server.photo.timing import Moment
from survey_server.photo.verdict import Result, verdict
from survey_server.photo.video import MATROSKA, MP4, QUICKTIME, VIDEOS, WEBM, Film, kind_of, opened, read_film
from survey_server.photo.whereabouts import Place, Reading
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

VIDEO_FINDING_IDS: Final = (
    "file_safe", "format_ok", "gps_present", "gps_valid", "geofence", "datum", "time_window", "time_consistent",
    "camera_identity", "edit_traces", "one_take",
)  # fmt: skip
"""Every report on a video holds exactly these, in this order."""
FRAME_PX: Final = 960
_MAX_PIXELS: Final = 60_000_000
_SUFFIXES: Final = {
    MP4: frozenset({"", ".mp4", ".m4v", ".3gp", ".mov"}),
    QUICKTIME: frozenset({"", ".mov", ".qt", ".mp4"}),
    WEBM: frozenset({"", ".webm", ".mkv"}),
    MATROSKA: frozenset({"", ".mkv", ".webm"}),
}
JUMP_S: Final = 1.0
"""Phones stretch a picture to a quarter of a second in the dark; a second without one is a cut or a pause."""
APART_S: Final = 2.0
"""Between the lengths of sound and picture; phones stop them within half a second."""
HIDDEN_S: Final = 1.0
"""Media that the edit list leaves out; the lead-in of an encoder is a tenth of it."""
_EDITORS: Final = (
    "lavf", "ffmpeg", "handbrake", "capcut", "剪映", "jianying", "premiere", "adobe", "after effects", "imovie",
    "final cut", "davinci", "resolve", "inshot", "kinemaster", "filmora", "vegas", "vn video", "videoleap", "shotcut",
    "kdenlive", "openshot", "avidemux", "lightworks", "powerdirector", "camtasia", "快影", "必剪", "秒剪", "会声会影",
    "mkvmerge", "mencoder", "vlc", "format factory", "格式工厂",
)  # fmt: skip
"""Programs that cut or write videos anew, in small letters. Phones' own names and versions are none of them."""


class VideoReport(Struct, frozen=True):
    """What the examination of one video found. `findings` holds every id of VIDEO_FINDING_IDS once, in that order."""

    result: Result
    findings: list[Finding]
    facts: dict[str, Any]
    media_type: str
    policy: str
    """The digest of the thresholds it was judged by."""


def check_video(path: Path, context: Context) -> VideoReport:
    """Examine a video file in its circumstances. Never raises for what it is; decodes nothing."""
    film = read_film(path)
    findings = [_file_safe(film), _format_ok(film, context.name)]
    if film.kind in VIDEOS and not film.broken:
        reading = _reading(film)
        place = reading.place
        findings += [
            _of_a_video(found)
            for found in (
                whereabouts.gps_present(reading, context),
                whereabouts.gps_valid(reading),
                whereabouts.geofence(place, reading, context),
                whereabouts.datum_mix_up(place, context.site),
                timing.time_window(_moment(film, context), context),
            )
        ]
        camera = camera_identity(Exif(make=film.make, model=film.model), context)
        findings += [_time_consistent(film, context), _of_a_video(camera), _edit_traces(film), _one_take(film)]
    return _report(film, findings, context)


def video_given_up(size: int, context: Context, bound: str) -> VideoReport:
    """The report on a video whose examination had to be stopped: it broke the budget of time or memory."""
    film = Film(MP4, size, broken="it costs too much to open", bound=bound)
    return _report(film, [_file_safe(film)], context)


def video_not_examined(size: int, context: Context) -> VideoReport:
    """The report when our own program failed: a person looks, nobody is blamed."""
    zh, en = "系统未能完成检查。", "The check could not be completed."
    return _report(Film(MP4, size), [finding("file_safe", "flag", zh, en, advice.NOTHING_TO_DO)], context)


def inspect_video(path: Path) -> dict[str, Any]:
    """Facts only, JSON values only. Raises OSError when the file can't be read."""
    return _facts(read_film(path))


def frame_of(path: Path) -> bytes:
    """A JPEG of one picture near the beginning, upright, without metadata. Raises Undecodable, OSError."""
    with path.open("rb") as file:
        kind = kind_of(file.read(4096))
        if kind not in VIDEOS:
            raise Undecodable("this is no video")
        file.seek(0)
        try:
            with opened(file, kind) as container:
                return _jpeg(_a_frame(container))
        except (av.error.FFmpegError, StopIteration, IndexError, ValueError) as fault:
            raise Undecodable(f"no picture can be shown: {type(fault).__name__}") from None


def _a_frame(container: av.container.InputContainer) -> av.VideoFrame:
    """The first key picture from a tenth of the way on, or the first there is."""
    video = container.streams.video[0]
    if not 0 < video.codec_context.width * video.codec_context.height <= _MAX_PIXELS:
        raise ValueError("too large to be decoded")
    video.codec_context.thread_count = 1
    length = container.duration or 0
    if length > 3 * av.time_base:
        container.seek(min(length // 10, 10 * av.time_base))
    return next(container.decode(video))


def _jpeg(frame: av.VideoFrame) -> bytes:
    scale = min(1.0, FRAME_PX / max(frame.width, frame.height))
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    pixels = frame.reformat(width=width, height=height, format="bgr24").to_ndarray().astype(np.uint8, copy=False)
    turned = {-90: 6, 90: 8, 180: 3, -180: 3}.get(round(frame.rotation))
    done, encoded = cv2.imencode(".jpg", upright(np.ascontiguousarray(pixels), turned), [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise ValueError("the preview could not be written")
    return encoded.tobytes()


def _report(film: Film, findings: list[Finding], context: Context) -> VideoReport:
    made = {each.id: each for each in findings}
    skipped = "文件未通过基本检查，此项未进行。", "The file did not pass the basic checks, so this was not examined."
    whole = [made.get(check) or finding(check, "na", *skipped) for check in VIDEO_FINDING_IDS]
    return VideoReport(verdict(whole), whole, _facts(film), film.kind.media_type, context.policy.digest)


# ---------------------------------------------------------------- the file as a file


def _file_safe(film: Film) -> Finding:
    kind = film.kind
    facts: dict[str, Any] = {"media_type": kind.media_type, "size": film.size}
    if kind not in VIDEOS:
        return finding(
            "file_safe",
            "fail",
            f"这不是视频，而是{kind.zh}。",
            f"This is not a video but {kind.en}.",
            Text(
                "请重新选择，上传手机拍摄的视频（MP4 或 MOV）。",
                "Please choose again and send a video taken with the phone (MP4, MOV).",
            ),
            **facts,
        )
    if film.bound:
        return finding(
            "file_safe",
            "fail",
            "这个视频结构异常，无法安全打开。",
            "This video is too oddly built to open safely.",
            Text(
                "请用手机自带相机重新拍一段再上传。",
                "Please take a new one with the phone's own camera.",
            ),
            bound=film.bound,
            **facts,
        )
    trailing = film.movie.trailing_bytes if film.movie else 0
    if trailing:
        return finding(
            "file_safe",
            "flag",
            "视频后面附带了其他数据。",
            "Other data is attached behind the video.",
            advice.ORIGINAL_VIDEO,
            trailing_bytes=trailing,
            **facts,
        )
    return finding("file_safe", "pass", "文件可以安全打开。", "The file is safe to open.", **facts)


def _format_ok(film: Film, name: str) -> Finding:
    kind, suffix = film.kind, PurePath(name).suffix.lower()
    facts = {"media_type": kind.media_type, "suffix": suffix, "codec": film.video_codec, "seconds": film.seconds}
    if kind not in VIDEOS or film.bound:
        return finding("format_ok", "na", "文件没有打开。", "The file was not opened.", **facts)
    if film.broken or film.video_codec is None:
        return finding(
            "format_ok",
            "fail",
            "视频文件不完整或已损坏，打不开。",
            "The video file is incomplete or damaged and cannot be opened.",
            Text(
                "请在手机上确认能播放，再上传原片；或重新拍一段。",
                "Check that it plays on the phone and send the original, or take a new one.",
            ),
            why=film.broken or "no picture in it",
            **facts,
        )
    if film.movie is not None and not film.movie.complete:
        return finding(
            "format_ok",
            "flag",
            "视频文件缺了一部分。",
            "A part of the video file is missing.",
            Text(
                "工作人员会查看。请在手机上确认能完整播放，再上传原片。",
                "A person will look at it. Check that it plays to its end and send the original.",
            ),
            **facts,
        )
    if suffix not in _SUFFIXES[kind]:
        return finding(
            "format_ok",
            "flag",
            f"文件名后缀（{suffix}）与内容（{kind.zh}）不一致。",
            f"The name ends in {suffix} but the content is {kind.en}.",
            advice.ORIGINAL_VIDEO,
            **facts,
        )
    return finding("format_ok", "pass", f"格式正常，是{kind.zh}。", f"The format is fine: {kind.en}.", **facts)


# ---------------------------------------------------------------- where and when


def _reading(film: Film) -> Reading:
    if film.place is None:
        return Reading("missing") if not film.place_text else Reading("invalid", flaws=("form",))
    lat, lon = film.place
    if abs(lat) > 90 or abs(lon) > 180:
        return Reading("impossible", flaws=("out_of_range",), lat=lat, lon=lon)
    if lat == 0 and lon == 0:
        return Reading("zero", lat=lat, lon=lon)
    return Reading("valid", Place(lat, lon, film.place_error_m, "exif"), (), lat, lon)


def _moment(film: Film, context: Context) -> Moment | None:
    """The phone's own statement with its zone, else the header's, which is UTC and shown in the zone of the site."""
    if film.taken_at is not None:
        return Moment(film.taken_at, "offset_tag")
    if film.written_at is not None:
        return Moment(film.written_at.astimezone(timezone(timing.assumed_offset(context))), "offset_tag")
    return None


def _time_consistent(film: Film, context: Context) -> Finding:
    if film.taken_at is None or film.written_at is None:
        return finding("time_consistent", "na", "没有可互相比较的时间。", "There are no two times to compare.")
    apart = film.written_at - film.taken_at
    facts = {"taken_at": film.taken_at, "written_at": film.written_at, "apart_s": round(apart.total_seconds())}
    agree = timedelta(seconds=context.policy.clocks_agree_s)
    if not -agree <= apart <= agree + timedelta(seconds=film.seconds):
        return finding(
            "time_consistent",
            "flag",
            "视频标注的拍摄时间与文件写成的时间不同，说明拍摄后重新存过（例如剪辑、导出）。",
            "The video's own time and the time its file was written differ: it was saved again after it was taken "
            "(cut or exported, for instance).",
            advice.ORIGINAL_VIDEO,
            **facts,
        )
    return finding(
        "time_consistent", "pass", "视频里的时间前后一致。", "The times in the video agree with each other.", **facts
    )


# ---------------------------------------------------------------- one take


def _edit_traces(film: Film) -> Finding:
    named = {"encoder": film.encoder, "software": film.software, "make": film.make, "model": film.model}
    found = [
        value for value in (film.encoder, film.software) if value and any(each in value.lower() for each in _EDITORS)
    ]
    if found:
        return finding(
            "edit_traces",
            "flag",
            f"视频由其他软件写成（{found[0]}），不是相机原片。",
            f"The video was written by another program ({found[0]}), not by the camera.",
            advice.ORIGINAL_VIDEO,
            **named,
        )
    return finding("edit_traces", "pass", "没有剪辑软件的痕迹。", "No trace of an editing program.", **named)


_SIGNS: Final[dict[str, tuple[str, str]]] = {
    "edits": ("由多段拼接", "several stretches are joined"),
    "hidden": ("有一部分被剪掉不显示", "a part is cut off and not shown"),
    "gap": ("画面中间有停顿", "the pictures pause on the way"),
    "backwards": ("时间有倒退", "time goes back"),
    "coding": ("中途换了编码", "its coding changes on the way"),
    "lengths": ("声音和画面长度不同", "sound and picture differ in length"),
}


def _one_take(film: Film) -> Finding:
    """Is it what one press of the button gave?"""
    tracks = [] if film.movie is None else [track for track in film.movie.tracks if track.kind in ("vide", "soun")]
    whole = film.movie is not None and not film.movie.fragmented
    hidden = max((track.samples_s - track.shown_s for track in tracks if whole and track.edits), default=0.0)
    lengths = [track.samples_s for track in tracks if whole and track.samples]
    apart = max(lengths, default=0.0) - min(lengths, default=0.0)
    signs = {
        "edits": any(track.edits > 1 for track in tracks),
        "hidden": hidden > HIDDEN_S,
        "gap": film.longest_gap_s > JUMP_S,
        "backwards": film.backwards > 0,
        "coding": any(track.descriptions > 1 for track in tracks),
        "lengths": apart > APART_S,
    }
    found = [sign for sign, there in signs.items() if there]
    facts = {
        "signs": found,
        "edits": max((track.edits for track in tracks), default=0),
        "hidden_s": round(max(0.0, hidden), 3),
        "longest_gap_s": round(film.longest_gap_s, 3),
        "descriptions": max((track.descriptions for track in tracks), default=0),
        "apart_s": round(apart, 3),
    }
    if not found:
        return finding(
            "one_take", "pass", "没有剪接的迹象，是一次拍成的。", "No sign of cutting: it looks like one take.", **facts
        )
    zh, en = "，".join(_SIGNS[sign][0] for sign in found), "; ".join(_SIGNS[sign][1] for sign in found)
    return finding(
        "one_take",
        "flag",
        f"视频可能不是一次拍成的：{zh}。",
        f"The video may not be one take: {en}.",
        Text(
            "工作人员会查看，请尽量上传未经剪辑的原片。",
            "A person will look at it; please send the uncut original if you can.",
        ),
        **facts,
    )


# ---------------------------------------------------------------- words and facts

_ZH: Final = (("重拍一张", "重拍一段"), ("重新拍一张", "重新拍一段"), ("再拍一张", "再拍一段"), ("照片", "视频"))
_EN: Final = (("A photo", "A video"), ("The photo", "The video"), ("photo", "video"))


def _of_a_video(found: Finding) -> Finding:
    """The photos' sentences, said of a video."""
    advised = found.advice and _said_of_a_video(found.advice)
    return replace(found, reason=_said_of_a_video(found.reason), advice=advised)


def _said_of_a_video(words: Text) -> Text:
    zh, en = words.zh, words.en
    for photo, video in _ZH:
        zh = zh.replace(photo, video)
    for photo, video in _EN:
        en = en.replace(photo, video)
    return Text(zh, en)


def _facts(film: Film) -> dict[str, Any]:
    place = film.place or (None, None)
    return {
        "size": film.size,
        "media_type": film.kind.media_type,
        "seconds": round(film.seconds, 3),
        "video_codec": film.video_codec,
        "audio_codec": film.audio_codec,
        "width": film.width,
        "height": film.height,
        "taken_at": film.taken_at.isoformat() if film.taken_at else None,
        "written_at": film.written_at.isoformat() if film.written_at else None,
        "gps": _reading(film).state,
        "lat": place[0],
        "lon": place[1],
        "gps_error_m": film.place_error_m,
        "make": film.make,
        "model": film.model,
        "software": film.software,
        "encoder": film.encoder,
        "broken": film.broken or None,
    }
