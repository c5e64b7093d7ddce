"""When the photo was taken, against the survey's window.

EXIF's DateTimeOriginal is a wall clock without a zone (CIPA DC-008 4.6.5). Its zone comes from OffsetTimeOriginal; else
from the satellites' UTC, if its distance to the wall clock is a zone that exists; else it is assumed, and the reason
says so. For a capture inside the call the server's own clock counts.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal

from survey_server.photo.context import Context
from survey_server.photo.datum import Point, on_mainland, to_wgs
from survey_server.photo.exif import Exif, Gps
from survey_server.photo.finding import finding
from survey_server.photo.whereabouts import read_gps
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

_WORTH_SAYING_S: Final = 60.0
_HOUR: Final = timedelta(hours=1)
_LEAP_SECOND: Final = 60
_CHINA: Final = timedelta(hours=8)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
_DAY: Final = re.compile(r"(\d{4})[:/.-] ?(\d{1,2})[:/.-] ?(\d{1,2})(?!\d)")
_MOMENT: Final = re.compile(
    _DAY.pattern + r"(?>(?:T| +)(\d{1,2}): ?(\d{1,2})(?:: ?(\d{1,2})(?:\.\d*)?)?)(?!\d)(?! *(?:[ap]\.?m|上午|下午))",
    re.IGNORECASE,
)
"""As EXIF has it (CIPA DC-008, 4.6.4), and as some writers have it: padded with blanks or not at all, with ISO 8601's
or other marks, without seconds. What counts twelve hours twice is not understood."""
_OFFSET: Final = re.compile(
    r"(?:UTC|GMT)?([+\u2212-])(\d{1,2})(?::?(\d{2}))?(?!\d)|(?:Z|UTC|GMT)(?![\w+\u2212-])", re.IGNORECASE
)

_WHOLE_ZONES: Final = [hour * _HOUR for hour in range(-12, 15)]
_BROKEN_ZONES: Final = (
    (-9.5, (-11.5, -7.0), (-141.5, -138.0)),  # the Marquesas
    (-3.5, (46.0, 53.5), (-60.0, -52.0)),  # Newfoundland
    (-2.5, (46.0, 53.5), (-60.0, -52.0)),
    (3.5, (24.5, 40.0), (44.0, 63.5)),  # Iran
    (4.5, (29.0, 38.7), (60.0, 75.0)),  # Afghanistan
    (5.5, (5.5, 35.7), (68.0, 97.5)),  # India, Sri Lanka
    (5.75, (26.2, 30.6), (80.0, 88.3)),  # Nepal
    (6.5, (9.0, 28.7), (92.0, 101.3)),  # Myanmar
    (6.5, (-12.5, -11.5), (96.5, 97.2)),  # the Cocos Islands
    (8.75, (-33.0, -31.0), (125.0, 129.1)),  # Eucla
    (9.5, (-38.5, -10.5), (128.9, 142.0)),  # South Australia, Broken Hill, the Northern Territory
    (10.5, (-38.5, -25.9), (128.9, 142.0)),
    (10.5, (-32.0, -31.0), (158.5, 159.6)),  # Lord Howe Island
    (12.75, (-45.0, -43.0), (-177.5, -175.5)),  # the Chatham Islands
    (13.75, (-45.0, -43.0), (-177.5, -175.5)),
)
"""Zones of no whole hour, in hours east of UTC, and the latitudes and longitudes they are kept in; summer time as well.
All there are in the tz database 2025b; the bounds are drawn round its countries by hand."""

ZoneSource = Literal["offset_tag", "gps", "assumed", "server"]


@dataclass(frozen=True)
class Moment:
    """When the photo was taken, as well as it is known. `at` carries the zone, `source` says where that is from."""

    at: datetime
    source: ZoneSource
    corrected_s: float = 0.0
    """What the phone's clock was ahead of the server's, already taken off."""


def wall_clock(exif: Exif) -> datetime | None:
    """DateTimeOriginal without a zone; None when absent, blank or impossible."""
    return stated_moment(exif.datetime_original)


def stated_moment(value: str | None) -> datetime | None:
    """A date and time as EXIF writes them, without a zone; None when absent, blank or impossible."""
    found = _MOMENT.match(value or "")
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - EXIF has none
        return at + timedelta(seconds=1) if second == _LEAP_SECOND else at if second < _LEAP_SECOND else None
    except (ValueError, OverflowError):
        return None


def satellite_time(gps: Gps) -> datetime | None:
    """GPSDateStamp and GPSTimeStamp, which are UTC; None when either is absent, blank or impossible."""
    day = _DAY.match(gps.date or "")
    if day is None or len(gps.time) != 3:
        return None
    parts = [math.nan if part is None else part for part in gps.time]
    if not all(math.isfinite(part) and 0 <= part < limit for part, limit in zip(parts, (24, 60, 61), strict=True)):
        return None
    try:
        start = datetime(*(int(part) for part in day.groups()), tzinfo=UTC)
        return start + timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
    except (ValueError, OverflowError):
        return None


def stated_offset(exif: Exif) -> timedelta | None:
    """OffsetTimeOriginal, the zone of DateTimeOriginal (never OffsetTime, which is DateTime's).

    Else what DateTimeOriginal itself names behind the time, as ISO 8601 does.
    """
    stated = _offset(exif.offset_original)
    moment = _MOMENT.match(exif.datetime_original or "")
    if stated is None and moment is not None:
        return _offset((exif.datetime_original or "")[moment.end() :])
    return stated


def _offset(value: str | None) -> timedelta | None:
    """A zone as EXIF or people write it: +08:00, +8:00, +0800, UTC+8, Z; None when it is no zone."""
    found = _OFFSET.match((value or "").strip())
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
    return offset if int(minutes or 0) < 60 and _WEST <= offset <= _EAST else None


def inferred_offset(local: datetime, gps: datetime, where: Point, agree: timedelta) -> timedelta | None:
    """The zone that makes a wall clock agree with the satellites within `agree`, if there is one: whole hours wherever
    the camera came from, others only if they are kept at `where` (WGS-84), lest a wrong clock pass for one.
    """
    ahead = local.replace(tzinfo=UTC) - gps
    broken = [hours * _HOUR for hours, lats, lons in _BROKEN_ZONES if _within(where, lats, lons)]
    nearest = min([*_WHOLE_ZONES, *broken], key=lambda offset: abs(ahead - offset))
    return nearest if abs(ahead - nearest) <= agree else None


def _within(where: Point, lats: tuple[float, float], lons: tuple[float, float]) -> bool:
    return lats[0] <= where[0] <= lats[1] and lons[0] <= where[1] <= lons[1]


def _where(exif: Exif, context: Context) -> Point:
    """Where the photo says it was taken; else where it should have been."""
    place = read_gps(exif.gps).place
    return place.point if place else _site(context)


def _site(context: Context) -> Point:
    return to_wgs((context.site.lat, context.site.lon), context.site.datum)


def assumed_offset(context: Context) -> timedelta:
    """The window's zone; for a window given in UTC, the zone of the site: China's, or by longitude."""
    stated = context.window.start.utcoffset()
    if stated:
        return stated
    site = _site(context)
    return _CHINA if on_mainland(site) else round(site[1] / 15) * _HOUR


def file_moment(exif: Exif, context: Context) -> Moment | None:
    """The moment the file itself claims; for a picture this phone has just taken, by the server's clock."""
    local = wall_clock(exif)
    if local is None:
        return None
    offset, source = stated_offset(exif), "offset_tag"
    gps = satellite_time(exif.gps)
    if offset is None and gps is not None:
        offset, source = inferred_offset(local, gps, _where(exif, context), _agree(context)), "gps"
        if offset == timedelta(0) and assumed_offset(context):
            offset = None  # many devices write local time where UTC belongs: that proves no zone
    if offset is None:
        offset, source = assumed_offset(context), "assumed"
    ahead = context.clock_ahead_s if context.live or context.source == "capture" else 0.0
    try:
        at = local.replace(tzinfo=timezone(offset)) - timedelta(seconds=ahead)
        at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(at, source, ahead)


def moment_of(exif: Exif, context: Context) -> Moment | None:
    """The moment that counts: the server's clock for a capture inside the call, else the file's own."""
    if context.live:
        return Moment(context.received_at, "server")
    return file_moment(exif, context)


def _agree(context: Context) -> timedelta:
    return timedelta(seconds=context.policy.clocks_agree_s)


def time_window(moment: Moment | None, context: Context) -> Finding:
    """Was it taken inside the survey's window?"""
    window = context.window
    facts: dict[str, Any] = {"window_start": window.start, "window_end": window.end, "received_at": context.received_at}
    if moment is None:
        return finding(
            "time_window",
            "na",
            "照片里没有拍摄时间。",
            "The photo does not say when it was taken.",
            Text(
                "这不影响您；工作人员会用其他方式核对。视频踏勘时在通话中拍摄，可以直接证明时间。",
                "That does not count against you; it will be checked another way. In a survey by video, a photo "
                "taken inside the call proves its time by itself.",
            ),
            **facts,
        )
    facts |= {"taken_at": moment.at, "zone_source": moment.source, "zone_assumed": moment.source == "assumed"}
    facts |= {"clock_corrected_s": round(moment.corrected_s, 1)}
    zh_zone, en_zone = _zone_words(moment)
    when = f"{moment.at:%Y-%m-%d %H:%M}"
    if moment.at > context.received_at + timedelta(seconds=context.policy.after_receipt_s):
        return finding(
            "time_window",
            "fail",
            f"照片标注的拍摄时间（{when}）比收到照片的时间还晚一天以上。",
            f"The photo says it was taken at {when}, more than a day after it arrived.",
            Text(
                "请检查手机日期后重新拍一张。",
                "Please check the phone's date and take a new one.",
            ),
            **facts,
        )
    if window.start <= moment.at <= window.end:
        return finding(
            "time_window",
            "pass",
            f"拍摄时间（{when}）在勘验时段内。{zh_zone}",
            f"The photo was taken at {when}, inside the survey's time window.{en_zone}",
            **facts,
        )
    outside = window.start - moment.at if moment.at < window.start else moment.at - window.end
    early = moment.at < window.start
    return finding(
        "time_window",
        "flag",
        f"拍摄时间（{when}）{'早于' if early else '晚于'}勘验时段。{zh_zone}",
        f"The photo was taken at {when}, {'before' if early else 'after'} the survey's time window.{en_zone}",
        Text(
            "请在勘验时段内重新拍一张，或向工作人员说明。",
            "Please take a new one inside that window, or explain it to the reviewer.",
        ),
        outside_s=round(outside.total_seconds()),
        **facts,
    )


def _zone_words(moment: Moment) -> tuple[str, str]:
    zh, en = _source_words(moment)
    if abs(moment.corrected_s) < _WORTH_SAYING_S:
        return zh, en
    fast, much = moment.corrected_s > 0, timedelta(seconds=abs(moment.corrected_s))
    zh += f"手机时钟{'快' if fast else '慢'} {_duration(much)}，已校正。"
    en += f" The phone's clock is {_duration(much, en=True)} {'fast' if fast else 'slow'}; that was taken off."
    return zh, en


def _source_words(moment: Moment) -> tuple[str, str]:
    match moment.source:
        case "assumed":
            name = f"{moment.at:%z}"
            name = f"UTC{name[:3]}:{name[3:5]}"
            return (
                f"照片没有写明时区，按 {name} 计算。",
                f" The photo names no time zone; {name} was assumed.",
            )
        case "server":
            return "以服务器收到的时间为准。", " The server's own clock was used."
        case _:
            return "", ""


def time_consistent(exif: Exif, context: Context) -> Finding:
    """Do the clocks that left a trace agree: wall clock, satellites, and for a live capture the server?"""
    local, gps = wall_clock(exif), satellite_time(exif.gps)
    facts: dict[str, Any] = {}
    if local is not None and gps is not None:
        apart = _apart(local, gps, exif, context)
        facts = {"exif_local": local, "gps_utc": gps, "apart_s": round(apart.total_seconds())}
        if apart > _agree(context):
            return finding(
                "time_consistent",
                "flag",
                f"照片里的相机时间与卫星时间相差约 {_duration(apart)}。",
                f"The camera's clock and the satellites' clock differ by about {_duration(apart, en=True)}.",
                Text(
                    "工作人员会查看。请检查手机的日期和时间设置。",
                    "A person will look at it. Please check the phone's date and time settings.",
                ),
                **facts,
            )
    claimed = file_moment(exif, context)
    if context.live and claimed is not None:
        apart = abs(claimed.at - context.received_at)
        facts |= {"file_taken_at": claimed.at, "received_at": context.received_at}
        if apart > _agree(context):
            return finding(
                "time_consistent",
                "flag",
                "照片是在通话中提交的，但文件标注的拍摄时间与当前时间不符。",
                "The photo was sent as taken in the call, but its file names another time.",
                Text(
                    "请在通话中重新拍一张。",
                    "Please take a new one in the call.",
                ),
                **facts,
            )
    if not facts:
        return finding("time_consistent", "na", "没有可互相比较的时间。", "There are no two clocks to compare.")
    return finding(
        "time_consistent", "pass", "照片里的时间前后一致。", "The times in the photo agree with each other.", **facts
    )


def _apart(local: datetime, gps: datetime, exif: Exif, context: Context) -> timedelta:
    """How far wall clock and satellites disagree once the zone is taken out.

    A difference of exactly the zone is a device that writes local time where UTC belongs, not a wrong clock.
    """
    ahead = local.replace(tzinfo=UTC) - gps
    stated = stated_offset(exif)
    if stated is not None:
        return min(abs(ahead - stated), abs(ahead))
    agree = _agree(context)
    offset = inferred_offset(local, gps, _where(exif, context), agree)
    if offset is None:
        return abs(ahead) if abs(ahead) <= agree else abs(ahead - assumed_offset(context))
    return abs(ahead - offset)


def _duration(length: timedelta, *, en: bool = False) -> str:
    minutes = length.total_seconds() / 60
    for size, zh_name, en_name in ((1440, "天", "days"), (60, "小时", "hours"), (1, "分钟", "minutes")):
        if minutes >= size * 1.5 or size == 1:
            return f"{minutes / size:.0f} {en_name if en else zh_name}"
    raise AssertionError
