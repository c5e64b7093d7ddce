"""Was the photo taken where the live video was? A positive proof; that none was found is at most a flag.

The video's key pictures come as encoded `Features`, made when they were received (`key_frame`). What is compared with
what is the flows' business; here are the comparison and its words.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

from survey_server.photo import advice
from survey_server.photo.finding import finding
from survey_server.photo.picture import seen
from survey_server.photo.scene import LONGEST_PX, PLAIN, Features, best_match, features
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

PictureCodec = Literal["h264", "vp8"]
FEW: Final = 3
"""With fewer key pictures (some ten seconds of video) that none matches says nothing."""

Circumstance = Literal["in_the_call", "outside_the_call"]

NO_FEATURES: Final = Features(0, 0, b"", b"")
_DECODER: Final = msgspec.msgpack.Decoder(Features)


class Comparison(msgspec.Struct, frozen=True):
    """A photo beside the key pictures of the live video."""

    detail: int
    """Features of the photo: below scene.PLAIN it is too plain to compare."""
    compared: int
    """Key pictures that were not too plain."""
    best: int | None = None
    """Which of the given is most alike."""
    inliers: int = 0
    points: list[tuple[float, float, float, float]] = []
    """Matching points for drawing: x, y in the upright photo, x, y in the key picture, as shares of their sides."""


class Look(msgspec.Struct, frozen=True):
    """A key picture as it is remembered; without a picture where it can't be decoded."""

    jpeg: bytes = b""
    features: Features = NO_FEATURES


class LiveFrame(msgspec.Struct, frozen=True):
    """The key picture that matched, as it was preserved beside the verdict."""

    participant: str
    moment_s: float
    key: str
    sha256: str


def compare(data: bytes, lives: Iterable[bytes]) -> Comparison:
    """Compare a photo with encoded features of key pictures, of which those that can't be read are passed over.

    Where two are alike the earlier given counts. Never raises for what a photo is.
    """
    candidates = [(at, one) for at, one in enumerate(map(_decoded, lives)) if one.count >= PLAIN]
    pixels = seen(data, LONGEST_PX) if candidates else None
    photo = NO_FEATURES if pixels is None else features(pixels)
    found = best_match(photo, [one for _, one in candidates]) if photo.count >= PLAIN else None
    if found is None:
        return Comparison(photo.count, len(candidates))
    at, match = found
    return Comparison(photo.count, len(candidates), candidates[at][0], match.inliers, match.points)


def _decoded(encoded: bytes) -> Features:
    try:
        return _DECODER.decode(encoded)
    except msgspec.DecodeError:
        return NO_FEATURES


def _clock(seconds: int) -> str:
    """As the desk shows moments."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes:02}:{seconds % 60:02}"


def live_match(
    comparison: Comparison | None, frame: LiveFrame | None, circumstance: Circumstance, needed: int
) -> Finding:
    """The finding. `comparison` is None where there was no live video, or it broke its bounds; `frame` goes with one
    that has the `needed` inliers.
    """
    if comparison is None or not comparison.compared:
        zh, en = "没有可以对照的视频画面。", "There is no live video to compare the photo with."
        return finding("live_match", "na", zh, en)
    inliers = comparison.inliers
    facts: dict[str, Any] = {"inliers": inliers, "needed": needed, "compared": comparison.compared}
    if frame is not None:
        at = _clock(int(frame.moment_s))
        return finding(
            "live_match",
            "pass",
            f"与视频 {at} 的画面是同一地点（{inliers} 处吻合）。",
            f"The same place as in the live video at {at} ({inliers} points match).",
            **facts,
            **msgspec.structs.asdict(frame),
            points=comparison.points,
        )
    if comparison.detail < PLAIN:
        return finding(
            "live_match",
            "na",
            "照片里可供对照的细节太少。",
            "The photo shows too little detail to compare.",
            advice.NO_MATTER,
            **facts,
        )
    if comparison.compared < FEW:
        return finding(
            "live_match",
            "na",
            "视频刚开始，可以对照的画面还太少。",
            "The live video has only just begun: too little of it to compare the photo with.",
            **facts,
        )
    if circumstance == "outside_the_call":
        return finding(
            "live_match",
            "na",
            "照片不是通话时拍的，视频画面里没有相同的地点。",
            "The photo was not taken during the call, and the live video does not show its place.",
            advice.NO_MATTER,
            **facts,
        )
    return finding(
        "live_match",
        "flag",
        "视频画面里没有找到照片中的地点。",
        "The live video does not show the photo's place yet.",
        Text(
            "工作人员会查看。请用镜头对着拍照的位置停留几秒，再拍一张。",
            "A person will look at it. Please point the camera there for some seconds and take the photo again.",
        ),
        **facts,
    )
