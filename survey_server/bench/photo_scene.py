"""Same place or not: photos against photos, and stills of a recorded walk against live key pictures of it.

Same place: the views that OpenSfM's two sets hold, and stills made of the walk's frames as another camera would take
them (crop, turn, scale, light, recompression) against its key pictures in live quality, at every distance in time.
Different places: every key picture against every photo, and photos of different sources against each other.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from typing import Any, Final, cast

import av
import cv2
import msgspec
import numpy as np

from survey_server.bench.photo_reading import pictures
from survey_server.photo.key_frame import look
from survey_server.photo.picture import Pixels, seen
from survey_server.photo.policy import Policy
from survey_server.photo.scene import LONGEST_PX, PLAIN, Features, features, match

QUALITIES: Final = ((720, 1200), (720, 500), (360, 500), (360, 250))
"""Shorter side in pixels, kbit/s: what a phone sends on a good line, and on worse ones."""
KEY_EVERY: Final = 30
STILL_EVERY: Final = 8
PHOTO_PAIRS: Final = 4000
_SET, _DISTINCT = "mapillary_OpenSfM", "distinct"
_SEED: Final = 5


class Tally(msgspec.Struct):
    """Pairs of one sort, and in how many a match was found."""

    pairs: int = 0
    matched: int = 0
    inliers: list[int] = []

    def add(self, inliers: int, needed: int) -> None:
        """One more pair."""
        self.pairs += 1
        self.matched += inliers >= needed
        self.inliers.append(inliers)

    def told(self) -> dict[str, Any]:
        """With the 95 % bounds of the share (Wilson), and of none of n: 3/n at most."""
        low, high = wilson(self.matched, self.pairs)
        middle = int(np.median(self.inliers)) if self.inliers else 0
        return {
            "pairs": self.pairs, "matched": self.matched, "share": round(self.matched / max(1, self.pairs), 3),
            "bound_95": [low, high] if self.matched else [0.0, round(min(1.0, 3 / max(1, self.pairs)), 5)],
            "inliers": {"least": min(self.inliers, default=0), "median": middle, "most": max(self.inliers, default=0)},
        }  # fmt: skip


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, room = hits / of, z * z / of
    middle, half = share + room / 2, z * math.sqrt(share * (1 - share) / of + room / of / 4)
    return round((middle - half) / (1 + room), 3), round((middle + half) / (1 + room), 3)


def same_place(photos: Path, videos: Path, distinct: Iterable[tuple[str, bytes]] = ()) -> dict[str, Any]:
    """The figures. `videos` may hold a walk (walk*.mp4) and other films; `distinct` are photos, no two of one place.

    Raises OSError.
    """
    needed, told = Policy().scene_inliers, dict[str, Any]()
    files = {path.relative_to(photos): path.read_bytes() for path in pictures(photos)}
    files |= {Path(_DISTINCT, name): data for name, data in distinct}
    known = {path: of for path, data in files.items() if (of := _of_photo(data)).count >= PLAIN}
    told["photos"] = len(known)
    views = {path: of for path, of in known.items() if path.parts[0] == _SET}
    if views:
        told["photos_of_one_place"] = _views(views, needed).told()
    live: list[Features] = []
    for film in sorted([*videos.glob("*.mp4"), *videos.glob("*.mov")]):
        frames = _frames(film)
        for shorter, kbit in QUALITIES:
            keys = key_pictures(frames, shorter, kbit)
            live += [of for _, of in keys]
            if film.name.startswith("walk"):
                told[f"walk_{shorter}p_{kbit}_kbit"] = _walk(frames, keys, needed)
    different = Tally()
    for photo, key in product(known.values(), live):
        different.add(match(photo, key).inliers, needed)
    if live:
        told["photos_and_key_pictures_of_other_places"] = different.told()
    told["photos_of_different_sources"] = _apart(known, needed).told()
    return told


def _of_photo(data: bytes) -> Features:
    pixels = seen(data, LONGEST_PX)
    return Features(0, 0, b"", b"") if pixels is None else features(pixels)


def _views(views: dict[Path, Features], needed: int) -> Tally:
    """Pairs within a place of the set."""
    tally = Tally()
    for (path, of), (other, of_other) in combinations(views.items(), 2):
        if path.parent == other.parent:
            tally.add(match(of, of_other).inliers, needed)
    return tally


def _apart(known: dict[Path, Features], needed: int) -> Tally:
    """Pairs of different sources; of too many a fixed sample."""
    pairs = [(one, two) for one, two in combinations(known, 2) if _source(one) != _source(two)]
    tally = Tally()
    for one, two in random.Random(_SEED).sample(pairs, min(PHOTO_PAIRS, len(pairs))):  # noqa: S311 - a sample
        tally.add(match(known[one], known[two]).inliers, needed)
    return tally


def _source(path: Path) -> str:
    match path.parts[0]:
        case folder if folder == _SET:
            return str(path.parent)
        case folder if folder == _DISTINCT:
            return str(path)
        case folder:
            return folder


def _walk(frames: Sequence[Pixels], keys: Iterable[tuple[int, Features]], needed: int) -> dict[str, Any]:
    """Stills against key pictures, by their distance in time; and whether a still is found in the walk at all."""
    dice = np.random.default_rng(_SEED)
    stills = [(at, features(as_a_still(frames[at], dice))) for at in range(0, len(frames), STILL_EVERY)]
    by_distance, at_all = defaultdict[int, Tally](Tally), Tally()
    keys = list(keys)
    for at, still in stills:
        found = {key_at: match(still, key).inliers for key_at, key in keys}
        at_all.add(max(found.values(), default=0), needed)
        for key_at, inliers in found.items():
            by_distance[round(abs(key_at - at) / 30)].add(inliers, needed)
    every = Tally(sum(t.pairs for t in by_distance.values()), sum(t.matched for t in by_distance.values()),
                  [n for t in by_distance.values() for n in t.inliers])  # fmt: skip
    apart = {f"{seconds}_s": f"{t.matched}/{t.pairs}" for seconds, t in sorted(by_distance.items())}
    return {"every_pair": every.told(), "seconds_apart": apart, "stills_found": at_all.told()}


def as_a_still(picture: Pixels, dice: np.random.Generator) -> Pixels:
    """A picture as another camera would take it: 60 to 95 % of it, turned, in other light, scaled, recompressed."""
    height, width = picture.shape[:2]
    share = dice.uniform(0.6, 0.95)
    across, down = int(width * share), int(height * share)
    left, top = int(dice.integers(0, width - across + 1)), int(dice.integers(0, height - down + 1))
    turned = cv2.getRotationMatrix2D((across / 2, down / 2), dice.uniform(-6, 6), 1.08)
    cut = cv2.warpAffine(picture[top : top + down, left : left + across], turned, (across, down))
    lit = np.clip(cut * dice.uniform(0.65, 1.4) + dice.uniform(-15, 15), 0, 255).astype(np.uint8)
    scale = dice.uniform(0.6, 1.6)
    jpeg = cv2.imencode(".jpg", cv2.resize(lit, None, fx=scale, fy=scale), _jpeg(int(dice.integers(50, 90))))[1]
    return cast("Pixels", cv2.imdecode(jpeg, cv2.IMREAD_COLOR))


def _jpeg(quality: int) -> list[int]:
    return [cv2.IMWRITE_JPEG_QUALITY, quality]


def _frames(film: Path) -> list[Pixels]:
    with av.open(str(film)) as container:
        return [cast("Pixels", frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def key_pictures(frames: Sequence[Pixels], shorter: int, kbit: int) -> list[tuple[int, Features]]:
    """Numbers and features of the key pictures of a live video in H.264 of this size and rate, one a second."""
    height, width = frames[0].shape[:2]
    scale = shorter / min(height, width)
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = (
        round(width * scale / 2) * 2,
        round(height * scale / 2) * 2,
        "yuv420p",
    )
    encoder.framerate, encoder.time_base, encoder.bit_rate = Fraction(30), Fraction(1, 30), kbit * 1000
    encoder.options = {
        "profile": "baseline", "preset": "veryfast", "tune": "zerolatency",
        "x264-params": f"keyint={KEY_EVERY}:min-keyint={KEY_EVERY}:scenecut=0:repeat-headers=1"
        f":vbv-maxrate={kbit * 3 // 2}:vbv-bufsize={kbit}",
    }  # fmt: skip
    packets: list[Any] = []
    for number, picture in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame = frame.reformat(width=encoder.width, height=encoder.height, format="yuv420p")
        frame.pts, frame.time_base = number, encoder.time_base
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    keys = [(at, look(bytes(packet), "h264").features) for at, packet in enumerate(packets) if packet.is_keyframe]
    return [(at, of) for at, of in keys if of.count >= PLAIN]
