"""Media for tests: the shared walk outdoors where it is, else a clip as restless made here; and a small calm one."""

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
    return prepare(WALK if WALK.exists() else clip(_CACHE / "restless.mp4", 640, 480, 60), _CACHE)


@cache
def small() -> PreparedMedia:
    """Five seconds of 320x240 without sound in the file: cheap, and a tone is put in."""
    return prepare(clip(_CACHE / "clip.mp4"), _CACHE)


def clip(path: Path, width: int = 320, height: int = 240, noise: int = 0) -> Path:
    """A moving gradient, 5 s at 25 pictures per second; with noise it takes several packets a picture."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new.mp4")
    with av.open(str(fresh), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        across, chance = np.arange(width)[None, :, None], np.random.default_rng(1)
        for n in range(125):
            grain = chance.integers(0, noise + 1, (height, width, 1))
            picture = np.broadcast_to((across + n * 4 + grain) % 256, (height, width, 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    fresh.rename(path)
    return path
