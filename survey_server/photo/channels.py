"""How a photo came, and what that way leaves of it.

Browsers and messengers take metadata away: a capture from an iPhone's page carries none, Android's picker removes the
location, WeChat strips everything (measured, PHOTOS.md). What a way always removes is expected to be absent; only a
contradiction ever weighs against anyone.
"""

from typing import Final, Literal

from survey_server.photo.context import Context
from survey_server.wire.photos import Finding

Channel = Literal["call_still", "ios_capture", "ios_library", "android_capture", "android_picker", "wechat", "other"]
State = Literal["expected_absent", "redacted", "missing", "consistent", "conflicting"]
Aspect = Literal["place", "time", "camera"]

_REMOVES: Final[dict[Channel, frozenset[Aspect]]] = {
    "call_still": frozenset({"place", "time", "camera"}),
    "ios_capture": frozenset({"place", "time", "camera"}),
    "ios_library": frozenset(),
    "android_capture": frozenset(),
    "android_picker": frozenset({"place"}),
    "wechat": frozenset({"place", "time", "camera"}),
    "other": frozenset(),
}
_CHECKS: Final[dict[Aspect, frozenset[str]]] = {
    "place": frozenset({"gps_valid", "geofence", "datum"}),
    "time": frozenset({"time_window", "time_consistent"}),
    "camera": frozenset({"camera_identity"}),
}


def channel_of(context: Context) -> Channel:
    """The way a photo came, by what the page said and the browser's own name (User-Agent)."""
    if context.channel == "still":
        return "call_still"
    agent = context.user_agent
    if "MicroMessenger" in agent:
        return "wechat"
    if "iPhone" in agent or "iPad" in agent:
        return "ios_capture" if context.source == "capture" else "ios_library"
    if "Android" in agent:
        return "android_capture" if context.source == "capture" else "android_picker"
    return "other"


def removes(channel: Channel, aspect: Aspect) -> bool:
    """Does this way always take the aspect's metadata away?"""
    return aspect in _REMOVES[channel]


def expectations(
    channel: Channel, has: dict[Aspect, object], findings: list[Finding], *, redacted: bool
) -> dict[str, str]:
    """For place, time and camera: is what the file says, or leaves out, what this way makes one expect?"""
    against = {finding.id for finding in findings if finding.result in ("flag", "fail")}

    def state(aspect: Aspect) -> State:
        if _CHECKS[aspect] & against:
            return "conflicting"
        if has[aspect] is not None:
            return "consistent"
        if aspect == "place" and redacted:
            return "redacted"
        return "expected_absent" if removes(channel, aspect) else "missing"

    return {aspect: state(aspect) for aspect in _CHECKS}
