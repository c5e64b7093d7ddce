"""One key picture of a live video: decoded alone, made a small JPEG, its features taken.

It decodes what a stranger's encoder wrote, so it runs in `task`'s limited process only, and never on the event loop.
"""

from typing import Final, cast

import av
import cv2
from av.codec.context import ThreadType
from av.error import FFmpegError

from survey_server.photo.live_match import Look, PictureCodec
from survey_server.photo.picture import Pixels, shrink
from survey_server.photo.scene import LONGEST_PX, features

MAX_JPEG: Final = 200_000
_QUALITIES: Final = (80, 60, 40, 20)
_MAX_PIXELS: Final = 4096 * 2304


def look(stream: bytes, codec: PictureCodec) -> Look:
    """The picture in `stream`: H.264 in Annex B with its parameter sets, or a VP8 frame. Never raises."""
    try:
        pixels = _decode(stream, codec)
        return Look() if pixels is None else Look(_jpeg(pixels), features(pixels))
    except (FFmpegError, cv2.error, MemoryError, ValueError):
        return Look()


def _decode(stream: bytes, codec: PictureCodec) -> Pixels | None:
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count, decoder.thread_type = 1, ThreadType.NONE
    for packet in (av.Packet(stream), None):
        for frame in decoder.decode(packet):
            if frame.width * frame.height <= _MAX_PIXELS:
                return shrink(cast("Pixels", frame.to_ndarray(format="bgr24")), LONGEST_PX)
    return None


def _jpeg(pixels: Pixels) -> bytes:
    for quality in _QUALITIES:
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(encoded) <= MAX_JPEG:
            return encoded.tobytes()
    return b""
