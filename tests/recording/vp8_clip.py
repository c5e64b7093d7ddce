"""VP8 pictures as a phone's browser would send them: no frames shown later, a keyframe every two seconds."""

from fractions import Fraction
from functools import cache

import av
import numpy as np

KEY_EVERY = 60


@cache
def pictures(width: int = 320, height: int = 240, count: int = 120) -> list[bytes]:
    """A moving gradient at 30 pictures per second; every 60th is a keyframe."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(30), Fraction(1, 30)
    encoder.bit_rate, encoder.gop_size = 500_000, KEY_EVERY
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0",
                       "keyint_min": str(KEY_EVERY)}  # fmt: skip
    across = np.arange(width)[None, :, None]
    made: list[bytes] = []
    for n in range(count):
        picture = np.broadcast_to((across + n * 4) % 256, (height, width, 3)).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = n, Fraction(1, 30)
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made + [bytes(packet) for packet in encoder.encode(None)]
