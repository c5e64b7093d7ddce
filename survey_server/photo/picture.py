"""The picture itself: advice on its quality, and the small clean copy people look at.

A size is checked before anything is decoded: OpenCV would otherwise allocate 5 GB for a 10 MB file (measured).
"""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from survey_server.photo import exif, heif_pixels
from survey_server.photo.container import (
    HEIF,
    JPEG,
    MAX_BYTES,
    MAX_LARGE_PIXELS,
    MAX_PIXELS,
    MAX_SCANS,
    READABLE,
    Container,
    open_container,
)
from survey_server.photo.finding import finding
from survey_server.photo.policy import Policy
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

Pixels = NDArray[np.uint8]

PREVIEW_PX: Final = 640
LOOK_PX: Final = 1024
"""Quality is judged on a copy whose longer side is this, so that thresholds mean the same for every camera."""
SCAN_PIXELS: Final = 2_400_000_000
"""Scans times pixels a decode may cost; an ordinary progressive photo has ten scans."""


class Undecodable(ValueError):
    """The bytes hold no picture that can be shown."""


def over_budget(data: bytes, container: Container) -> dict[str, object] | None:
    """Which bound the file breaks, with the measured number; None when it may be decoded."""
    bounds = (
        ("bytes", len(data), MAX_BYTES),
        ("pixels", container.pixels, MAX_LARGE_PIXELS if _shrinks(container) else MAX_PIXELS),
        ("scans", container.scans, MAX_SCANS),
        ("scan_pixels", container.scans * container.pixels, SCAN_PIXELS),
    )
    for bound, measured, limit in bounds:
        if measured > limit:
            return {"bound": bound, "measured": measured, "limit": limit}
    return {"bound": "segments"} if container.endless else None


def _shrinks(container: Container) -> bool:
    """Can it be decoded at an eighth of its size, never holding the whole? So 200 MP phones may send theirs."""
    return container.kind is JPEG and container.scans == 1


def decode(data: bytes, container: Container, longest: int) -> Pixels | None:
    """The picture in BGR as stored (not rotated; HEIF upright), shrunk to `longest` pixels; None if it can't be shown.

    The caller has checked `over_budget`. JPEG is decoded at a fraction of its size where that is enough.
    """
    if not container.pixels or container.kind not in READABLE or over_budget(data, container):
        return None
    if container.kind is HEIF:
        turned = heif_pixels.decode(data)
        return None if turned is None else shrink(turned, longest)
    side, flags = max(container.width, container.height), cv2.IMREAD_COLOR
    for fraction, reduced in (
        (8, cv2.IMREAD_REDUCED_COLOR_8),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
        (2, cv2.IMREAD_REDUCED_COLOR_2),
    ):
        if side >= longest * fraction:
            flags = reduced
            break
    if container.kind is JPEG and not container.complete:
        data += b"\xff\xd9"  # OpenCV 5 shows nothing of a JPEG without its end; with one it shows what arrived
    pixels = _decoded(data, flags | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else shrink(pixels, longest)


def shrink(pixels: Pixels, longest: int) -> Pixels:
    """The picture with no side longer than this."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cast("Pixels", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _decoded(data: bytes, flags: int) -> Pixels | None:
    try:
        pixels = cast("Pixels | None", cv2.imdecode(np.frombuffer(data, np.uint8), flags))
    except cv2.error:
        return None
    return pixels if pixels is not None and pixels.size else None


def turn_of(container: Container) -> int | None:
    """The EXIF Orientation that `decode` left to be applied: none for HEIF, whose decoder turns by itself."""
    if container.kind is HEIF or not container.exif:
        return None
    return exif.read(container.exif[0]).orientation


def upright(pixels: Pixels, orientation: int | None) -> Pixels:
    """Turn and mirror by EXIF Orientation (1 to 8; anything else is 1)."""
    turns = {3: cv2.ROTATE_180, 4: cv2.ROTATE_180, 5: cv2.ROTATE_90_CLOCKWISE, 6: cv2.ROTATE_90_CLOCKWISE}
    turns |= {7: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if orientation in turns:
        pixels = cast("Pixels", cv2.rotate(pixels, turns[orientation]))
    if orientation in (2, 4, 5, 7):
        pixels = cast("Pixels", cv2.flip(pixels, 1))
    return pixels


def seen(data: bytes, longest: int) -> Pixels | None:
    """The picture as people see it: upright, no side longer than this; None when it can't be shown."""
    container = open_container(data)
    pixels = decode(data, container, longest)
    return None if pixels is None else upright(pixels, turn_of(container))


def preview(data: bytes) -> bytes:
    """A JPEG of at most 640 px, upright, without any metadata. Raises Undecodable.

    Colours are taken as sRGB: a wide-gamut profile makes the preview slightly dull, the original keeps it.
    """
    pixels = seen(data, PREVIEW_PX)
    if pixels is None:
        raise Undecodable("these bytes hold no picture that can be shown")
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise Undecodable("the preview could not be written")
    return encoded.tobytes()


def quality(pixels: Pixels | None, container: Container, policy: Policy) -> Finding:
    """Advice for an immediate retake: blurred, dark or tiny. Never a reason to reject."""
    if pixels is None:
        return finding(
            "quality",
            "na",
            "图片打不开，未检查清晰度。",
            "The picture could not be opened, so its quality was not judged.",
        )
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    brightness = float(cv2.mean(grey)[0])
    sharpness = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_64F))[1][0, 0]) ** 2
    shorter = min(container.width, container.height)
    faults: list[tuple[str, str, str]] = []
    if shorter < policy.tiny_px:
        faults.append(("tiny", "太小", "too small"))
    if brightness < policy.dark:
        faults.append(("dark", "太暗", "too dark"))
    if sharpness < policy.blur:
        faults.append(("blur", "不够清晰", "not sharp"))
    facts = {
        "sharpness": round(sharpness, 1),
        "brightness": round(brightness, 1),
        "width": container.width,
        "height": container.height,
        "faults": [name for name, _, _ in faults],
    }
    if not faults:
        return finding("quality", "pass", "照片清晰，亮度正常。", "The photo is sharp and bright enough.", **facts)
    zh, en = "、".join(words for _, words, _ in faults), " and ".join(words for _, _, words in faults)
    return finding(
        "quality",
        "flag",
        f"照片{zh}。",
        f"The photo is {en}.",
        Text(
            "请重新拍一张：拿稳手机，保证光线充足，使用相机原图。",
            "Please take it again: hold the phone still, in good light, and send the original.",
        ),
        **facts,
    )
