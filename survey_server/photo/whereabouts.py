"""Where the photo was taken, against the fence round the site.

A blanked GPS block is a phone or browser protecting its owner: never a location and never a fault. Uncertainty never
turns outside into inside; a mix-up of map datums is named, never excused by itself.
"""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

from pyproj import Geod

from survey_server.photo import advice
from survey_server.photo.channels import channel_of, removes
from survey_server.photo.context import Context
from survey_server.photo.datum import Point, to_wgs
from survey_server.photo.exif import Gps, Number
from survey_server.photo.finding import finding
from survey_server.wire.basics import Datum, Site, Text
from survey_server.wire.photos import Finding

_WGS84: Final = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Place:
    """A point in WGS-84 the photo may have been taken at. `error_m` is the source's own uncertainty."""

    lat: float
    lon: float
    error_m: float | None
    source: Literal["exif", "browser"]

    @property
    def point(self) -> Point:
        return self.lat, self.lon


State = Literal["missing", "redacted", "zero", "invalid", "impossible", "valid"]
"""`redacted`: blanked by phone, browser or app; `zero`: 0,0, no fix yet; `invalid`: oddly written; `impossible`: no
such place."""


@dataclass(frozen=True)
class Reading:
    """What the GPS block amounts to. `place` exists for the state valid only."""

    state: State
    place: Place | None = None
    flaws: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None


def read_gps(gps: Gps) -> Reading:
    """Make sense of a GPS block; every state is a value, none an error."""
    if not gps.mentions_place:
        return Reading("missing")
    if not gps.latitude or not gps.longitude:
        return Reading("redacted")
    if gps.latitude_ref == "" or gps.longitude_ref == "" or None in (*gps.latitude[:3], *gps.longitude[:3]):
        return Reading("redacted")
    if len(gps.latitude) != 3 or len(gps.longitude) != 3:
        return Reading("invalid", flaws=("value_count",))
    return _weigh(gps, _degrees(gps.latitude), _degrees(gps.longitude))


def _weigh(gps: Gps, lat: float, lon: float) -> Reading:
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return Reading("impossible", flaws=("not_a_number",))
    if abs(lat) > 90 or abs(lon) > 180:
        return Reading("impossible", flaws=("out_of_range",), lat=lat, lon=lon)
    if lat == 0 and lon == 0:
        return Reading("zero", lat=lat, lon=lon)
    if any((value or 0) < 0 for value in (*gps.latitude, *gps.longitude)):
        return Reading("invalid", flaws=("negative",))
    if gps.latitude_ref not in ("N", "S") or gps.longitude_ref not in ("E", "W"):
        return Reading("invalid", flaws=("reference",))
    lat, lon = (-lat if gps.latitude_ref == "S" else lat), (-lon if gps.longitude_ref == "W" else lon)
    error = gps.error_m if gps.error_m is not None and math.isfinite(gps.error_m) and gps.error_m >= 0 else None
    too_many = any((part[1] or 0) >= 60 or (part[2] or 0) > 60 for part in (gps.latitude, gps.longitude))
    if too_many:
        return Reading("invalid", flaws=("minutes",), lat=lat, lon=lon)
    return Reading("valid", Place(lat, lon, error, "exif"), (), lat, lon)


def _degrees(parts: tuple[Number, ...]) -> float:
    degrees, minutes, seconds = (math.nan if part is None else part for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def gps_present(reading: Reading, context: Context) -> Finding:
    """Is there a location in the file? Its absence is never held against anyone."""
    advised = advice.PLACE_OTHERWISE
    match reading.state:
        case "missing" if context.channel == "still":
            zh, en = "通话中拍摄的照片本来就不带定位。", "A still taken in the call carries no location of its own."
            advised = Text("无需处理。", "There is nothing for you to do.")
        case "missing" if removes(channel_of(context), "place"):
            zh, en = "用这种方式上传的照片通常不带定位。", "Photos sent this way carry no location."
        case "missing":
            zh, en = "照片里没有定位信息。", "The photo carries no location."
        case "redacted":
            zh, en = "定位信息已被手机或应用清除。", "The phone or an app removed the location."
        case "zero":
            zh, en = "拍照时手机还没有定到位。", "The phone had no position fix yet."
            advised = Text(
                "这不影响您。下次拍照前请打开定位并稍等片刻。",
                "That does not count against you. Next time switch location on and wait a moment before taking the "
                "photo.",
            )
        case _:
            return finding(
                "gps_present", "pass", "照片带有定位信息。", "The photo carries a location.", state=reading.state
            )
    return finding("gps_present", "na", zh, en, advised, state=reading.state)


def gps_valid(reading: Reading) -> Finding:
    """Is the written location a possible one?"""
    facts = {"state": reading.state, "flaws": reading.flaws, "lat": reading.lat, "lon": reading.lon}
    match reading.state:
        case "valid":
            return finding(
                "gps_valid", "pass", "照片里的定位数值正常。", "The location in the photo is well formed.", **facts
            )
        case "impossible":
            return finding(
                "gps_valid",
                "fail",
                "照片里的定位数值不可能存在。",
                "The location in the photo cannot exist.",
                Text(
                    "请用手机自带相机重新拍一张原图上传。",
                    "Please take a new one with the phone's own camera and send the original.",
                ),
                **facts,
            )
        case "invalid":
            return finding(
                "gps_valid",
                "flag",
                "照片里的定位写法不完整或不规范。",
                "The location in the photo is incomplete or oddly written.",
                Text(
                    "工作人员会查看。如方便，请用手机自带相机重新拍一张。",
                    "A person will look at it. If you can, take a new one with the phone's own camera.",
                ),
                **facts,
            )
        case _:
            return finding("gps_valid", "na", "没有可检查的定位信息。", "There is no location to examine.", **facts)


def place_of(reading: Reading, context: Context) -> Place | None:
    """The place that counts: for a still the browser's position at that moment, else what the file says."""
    if context.channel == "still" and context.position is not None:
        here = context.position
        if math.isfinite(here.lat) and math.isfinite(here.lon):
            return Place(here.lat, here.lon, here.accuracy_m, "browser")
    return reading.place


def distance_m(one: Point, other: Point) -> float:
    """Geodesic distance on WGS-84 (Karney)."""
    return float(_WGS84.inv(one[1], one[0], other[1], other[0])[2])


def geofence(place: Place | None, reading: Reading, context: Context) -> Finding:
    """Is the place inside the fence? The site is converted to WGS-84 here and nowhere else."""
    if place is None:
        return _unplaced(context)
    site = context.site
    away = distance_m(place.point, to_wgs((site.lat, site.lon), site.datum))
    facts: dict[str, Any] = {
        "distance_m": round(away, 1),
        "radius_m": site.radius_m,
        "lat": place.lat,
        "lon": place.lon,
        "error_m": place.error_m,
        "source": place.source,
        "site_datum": site.datum,
    }
    file_away = None
    if place.source == "browser" and reading.place is not None:
        file_away = distance_m(reading.place.point, to_wgs((site.lat, site.lon), site.datum))
        facts |= {"file_lat": reading.place.lat, "file_lon": reading.place.lon, "file_distance_m": round(file_away, 1)}
    if away > context.policy.far_m:
        far = context.policy.far_m
        return finding(
            "geofence",
            "fail",
            f"照片位置离申报地点 {_km(away)}，超过 {_km(far)}。",
            f"The photo was taken {_km(away, en=True)} from the declared site, more than {_km(far, en=True)}.",
            Text(
                "请到现场重新拍摄；如申报地址有误，请告诉工作人员。",
                "Please take it again at the site, or tell the reviewer if the declared address is wrong.",
            ),
            **facts,
        )
    return _near(away, file_away, place, site, facts)


def _unplaced(context: Context) -> Finding:
    """No place to hold against the fence; where the phone was when the page took the picture is told all the same."""
    site, here = context.site, context.position
    if context.source == "capture" and here is not None and math.isfinite(here.lat) and math.isfinite(here.lon):
        away = distance_m((here.lat, here.lon), to_wgs((site.lat, site.lon), site.datum))
        return finding(
            "geofence",
            "na",
            f"照片文件不带定位。在页面中拍摄时，手机定位距申报地点 {_km(away)}。",
            f"The file itself carries no location. When the page took it, the phone was {_km(away, en=True)} from the "
            "site by its own account.",
            Text(
                "工作人员会核对，您无需重拍。",
                "A person will check that; there is no need to take it again.",
            ),
            radius_m=site.radius_m,
            phone_lat=here.lat,
            phone_lon=here.lon,
            phone_error_m=here.accuracy_m,
            phone_distance_m=round(away, 1),
        )
    return finding(
        "geofence",
        "na",
        "没有可用的定位，无法核对地点。",
        "There is no usable location to compare.",
        Text(
            "请打开定位后重新拍一张；视频踏勘时也可在通话中按提示拍摄。",
            "Please switch location on and take a new one; in a survey by video also inside the call, when asked.",
        ),
        radius_m=site.radius_m,
    )


def _near(away: float, file_away: float | None, place: Place, site: Site, facts: dict[str, Any]) -> Finding:
    error, radius = place.error_m or 0.0, site.radius_m
    if away > radius:
        if away <= radius + error:
            zh = f"照片位置离申报地点 {_km(away)}，超出 {_km(radius)}的范围，但定位误差约 {_km(error)}，可能仍在现场。"
            en = (
                f"The photo was taken {_km(away, en=True)} from the site, outside the {_km(radius, en=True)} range; "
                f"with an error of about {_km(error, en=True)} it may still be on site."
            )
            advised = Text(
                "工作人员会核对；如方便，请到室外重拍一张。",
                "A person will check. If you can, take a new one outdoors.",
            )
            return finding("geofence", "flag", zh, en, advised, cause="within_error", **facts)
        zh = f"照片位置离申报地点 {_km(away)}，超出 {_km(radius)}的范围。"
        en = f"The photo was taken {_km(away, en=True)} from the site, outside the {_km(radius, en=True)} range."
        advised = Text(
            "请在现场重新拍摄，或向工作人员说明。", "Please take it again on site, or explain it to the reviewer."
        )
        return finding("geofence", "flag", zh, en, advised, cause="outside", **facts)
    if error > radius:
        zh = f"照片位置在范围内，但定位误差约 {_km(error)}，太粗略。"
        en = f"The photo lies inside the range, but its position is only good to about {_km(error, en=True)}."
        advised = Text(
            "请打开精确定位或到室外重新拍一张。", "Please switch precise location on, or take a new one outdoors."
        )
        return finding("geofence", "flag", zh, en, advised, cause="too_coarse", **facts)
    if file_away is not None and file_away > radius:
        zh = f"手机当前位置在现场，但照片文件自带的位置离现场 {_km(file_away)}。"
        en = f"The phone is on site, but the photo file's own location is {_km(file_away, en=True)} away."
        advised = Text("请在通话中重新拍一张。", "Please take a new one in the call.")
        return finding("geofence", "flag", zh, en, advised, cause="file_disagrees", **facts)
    zh = f"照片拍摄于申报地点范围内（相距 {_km(away)}）。"
    en = f"The photo was taken inside the site's range ({_km(away, en=True)} from its centre)."
    return finding("geofence", "pass", zh, en, **facts)


def _km(metres: float, *, en: bool = False) -> str:
    if metres < 1000:
        return f"{metres:.0f} m" if en else f"{metres:.0f} 米"
    return f"{metres / 1000:.1f} km" if en else f"{metres / 1000:.1f} 公里"


_DATUMS: Final[tuple[Datum, ...]] = ("wgs84", "gcj02", "bd09")


def datum_mix_up(place: Place | None, site: Site) -> Finding:
    """Outside as given, inside when one side is taken for another datum: then a mix-up is the likely cause."""
    if place is None:
        return finding(
            "datum",
            "na",
            "没有可用的定位，未检查坐标系。",
            "There is no usable location, so map coordinates were not compared.",
        )
    raw = (site.lat, site.lon)
    given = distance_m(place.point, to_wgs(raw, site.datum))
    if given <= site.radius_m:
        return finding("datum", "pass", "坐标系没有疑问。", "No question about map coordinates.", site_datum=site.datum)
    readings = {
        **{f"site_as_{name}": distance_m(place.point, to_wgs(raw, name)) for name in _DATUMS if name != site.datum},
        **{
            f"photo_as_{name}": distance_m(to_wgs(place.point, name), to_wgs(raw, site.datum))
            for name in ("gcj02", "bd09")
        },
    }
    best = min(readings, key=lambda name: readings[name])
    facts = {"site_datum": site.datum, "distance_m": round(given, 1), "radius_m": site.radius_m}
    if readings[best] <= site.radius_m:
        return finding(
            "datum",
            "flag",
            "可能是地图坐标系不一致（高德、腾讯用 GCJ-02，百度用 BD-09）：换算后照片就在范围内。",
            "Possible map coordinate mix-up (AMap and Tencent use GCJ-02, Baidu BD-09): converted, the photo lies "
            "inside the range.",
            Text(
                "工作人员会核对申报坐标，您无需操作。",
                "A person will check the declared coordinates; there is nothing for you to do.",
            ),
            reading=best,
            distance_as_read_m=round(readings[best], 1),
            **facts,
        )
    zh, en = "超出范围不是坐标系不同造成的。", "Being outside the range is not explained by different map coordinates."
    return finding("datum", "pass", zh, en, **facts)
