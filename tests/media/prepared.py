"""Media for tests: the shared walk outdoors where it is, else a small clip made here."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import gettempdir

import av
import numpy as np

from survey_server.rtc.prepared import PreparedMedia, prepare

WALK = Path(__file__).parents[3] / "shared/data/video/walk_outdoors_1080p.mp4"
_CACHE = Path(gettempdir()) / "takan-test-media"


@cache
def media() -> PreparedMedia:
    """Prepared once per machine; a file's content names its cached form."""
    return prepare(WALK if WALK.exists() else clip(_CACHE / "clip.mp4"), _CACHE)


@cache
def small() -> PreparedMedia:
    """Five seconds of 320x240 without sound in the file: cheap, and a tone is put in."""
    return prepare(clip(_CACHE / "clip.mp4"), _CACHE)


def clip(path: Path) -> Path:
    """A moving gradient, 320x240, 5 s at 25 pictures per second."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new.mp4")
    with av.open(str(fresh), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        across = np.arange(320)[None, :, None]
        for n in range(125):
            picture = np.broadcast_to((across + n * 4) % 256, (240, 320, 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    fresh.rename(path)
    return path
