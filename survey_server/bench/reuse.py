"""How well re-used photos are found, on real photos and by the very functions the node runs; how fast among a million.

Every photo is stored as of its own survey. Each is then sent again changed, as encoded bytes, from another survey:
found means that the photo itself is named. Every other photo named is a false pair. The photos must be distinct.
"""

import math
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, cast

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from survey_server.photo.agreement import agreement
from survey_server.photo.container import open_container
from survey_server.photo.fingerprint import Fingerprint, fingerprint
from survey_server.photo.lookup import WORDED, Lookup, words_of
from survey_server.photo.picture import LOOK_PX, Pixels, decode, turn_of, upright
from survey_server.photo.policy import Policy
from survey_server.photo.reuse import resemblances

_NOBODY: Final = -1


class Recall(Struct, frozen=True):
    """Of `photos` sent again changed in one way, `found` were; `at_least` is the lower 95 % bound (Clopper-Pearson)."""

    change: str
    photos: int
    found: int
    recall: float
    at_least: float
    hash_bits_p50: int | None
    missed: list[str]


class FalsePairs(Struct, frozen=True):
    """Of `pairs` of distinct photos, `false` were taken for the same; `at_most` is the upper 95 % bound."""

    what: str
    pairs: int
    false: int
    at_most: float
    named: list[str]


class Findings(Struct, frozen=True):
    """All of it for one set of photos. `unusable`: of one colour, or not to be decoded."""

    photos: int
    unusable: list[str]
    recalls: list[Recall]
    false_pairs: list[FalsePairs]
    fingerprint_ms_p50: float


class Lookups(Struct, frozen=True):
    """Milliseconds of a lookup in all orientations among so many stored photos, by the clock and of the processor."""

    stored: int
    hash_ms_p50: float
    hash_ms_p99: float
    hash_cpu_ms_p99: float
    corners_ms_p50: float
    corners_ms_p99: float
    corners_cpu_ms_p99: float
    found: int
    asked: int
    memory_mb: float
    built_s: float


def seen(data: bytes) -> Fingerprint | None:
    """The fingerprint as the node computes it."""
    container = open_container(data)
    pixels = decode(data, container, LOOK_PX)
    return None if pixels is None else fingerprint(upright(pixels, turn_of(container)))


def measure(photos: Iterable[tuple[str, bytes]], *, exhaustive: bool = False, seed: int = 1) -> Findings:
    """Recall for every change of CHANGES, and false pairs. `exhaustive` lays every photo on every other as well,
    without asking the index first: minutes.
    """
    names: list[str] = []
    stored: list[Fingerprint] = []
    pixels: list[Pixels] = []
    unusable: list[str] = []
    took: list[float] = []
    for name, data in photos:
        container = open_container(data)
        picture = decode(data, container, 1600)
        began = time.perf_counter()
        found = seen(data)
        took.append(time.perf_counter() - began)
        if picture is None or found is None or found.whole is None:
            unusable.append(name)
            continue
        names.append(name)
        stored.append(found)
        pixels.append(upright(picture, turn_of(container)))
    shelf = _Shelf(stored)
    chance = random.Random(seed)  # noqa: S311 - where crops lie is no secret
    recalls: list[Recall] = []
    false: list[tuple[int, int]] = []
    for change, edit in CHANGES.items():
        recall, wrong = _again(shelf, names, change, [seen(_jpeg(edit(each, chance))) for each in pixels])
        recalls.append(recall)
        false += wrong
    count = len(names)
    stamped = [seen(_jpeg(_marked(each, chance))) for each in pixels]
    alike = _Shelf([each for each in stamped if each is not None and each.whole is not None])
    pairs = [
        _false("distinct photos as they are", count * (count - 1) // 2, shelf.among_themselves(), names),
        _false("under the same watermark bar", count * (count - 1) // 2, alike.among_themselves(), names),
        _false("changed photos against every other", len(CHANGES) * count * (count - 1), false, names),
    ]
    if exhaustive:
        pairs.append(_false("every photo laid on every other", count * (count - 1) // 2, shelf.laid(), names))
    return Findings(count, unusable, recalls, pairs, round(float(np.median(took)) * 1000, 1))


def _again(
    shelf: "_Shelf", names: list[str], change: str, sent: list[Fingerprint | None]
) -> tuple[Recall, set[tuple[int, int]]]:
    wrong: set[tuple[int, int]] = set()
    missed: list[str] = []
    bits: list[int] = []
    for place, asking in enumerate(sent):
        named = shelf.named(asking, _NOBODY) if asking is not None else {}
        if place not in named:
            missed.append(names[place])
        elif (distance := named[place]) is not None:
            bits.append(distance)
        wrong |= {(place, other) for other in named if other != place}
    found = len(names) - len(missed)
    middle = int(np.median(bits)) if bits else None
    low = at_least(found, len(names))
    return Recall(change, len(names), found, round(found / len(names), 4), round(low, 4), middle, missed), wrong


def _false(what: str, pairs: int, false: Collection[tuple[int, int]], names: list[str]) -> FalsePairs:
    named = [f"{names[i]} = {names[j]}" for i, j in sorted(false)]
    return FalsePairs(what, pairs, len(false), 1 - at_least(pairs - len(false), pairs), named)


class _Shelf:
    """The stored photos and their index."""

    def __init__(self, stored: Sequence[Fingerprint]) -> None:
        self._stored = stored
        self._index = Lookup()
        self._policy = Policy()
        wholes = np.stack([np.frombuffer(each.whole or b"", np.uint8) for each in stored])
        numbers = np.arange(len(stored))
        self._index.add(numbers, numbers.astype(np.int32), wholes, [words_of(each.corners, WORDED) for each in stored])

    def named(self, asking: Fingerprint, group: int) -> dict[int, int | None]:
        """Stored photos this one repeats, with the distance of the hashes where it was found by hash."""
        if asking.whole is None:
            return {}
        index, size = self._index, len(self._stored)
        candidates = index.near(asking.whole, group, size, bits=self._policy.duplicate_bits)
        candidates += index.cropped(asking, group, size)
        corners = {each.photo: self._stored[each.photo].corners for each in candidates}
        return {each.photo: each.distance for each in resemblances(asking, candidates, corners, self._policy)}

    def among_themselves(self) -> set[tuple[int, int]]:
        """Pairs of which one is taken for a repetition of the other."""
        return {(min(i, j), max(i, j)) for i, each in enumerate(self._stored) for j in self.named(each, i)}

    def laid(self) -> set[tuple[int, int]]:
        policy = self._policy
        false: set[tuple[int, int]] = set()
        for j, asking in enumerate(self._stored):
            for i, kept in enumerate(self._stored[:j]):
                for asked in (asking.asked, asking.mirrored):
                    lies = agreement(asked, kept.corners)
                    if lies.inliers >= policy.duplicate_inliers and lies.share >= policy.duplicate_share:
                        false.add((i, j))
        return false


def at_least(successes: int, trials: int, confidence: float = 0.95) -> float:
    """Lower end of the exact one-sided interval for a proportion (Clopper and Pearson 1934), by bisection."""
    low, high = 0.0, successes / trials
    for _ in range(60):
        middle = (low + high) / 2
        if _or_more(successes, trials, middle) < 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def _or_more(successes: int, trials: int, chance: float) -> float:
    """Probability of so many successes or more; the sum goes over the fewer terms, failures."""
    if chance <= 0:
        return 0.0 if successes else 1.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log1p(-chance) + (trials - k) * math.log(chance)
        for k in range(trials - successes + 1)
    ]  # fmt: skip
    return math.fsum(map(math.exp, logs))


# ---------------------------------------------------------------- what is done to photos on their way


def _fit(pixels: Pixels, side: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cast("Pixels", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _jpeg(pixels: Pixels, quality: int = 70) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _marked(pixels: Pixels, _: random.Random) -> Pixels:
    """As a chat app sends it, after a watermark camera: a dark bar over the lowest tenth, with time and place."""
    picture = _fit(pixels, 1280).copy()
    height = picture.shape[0]
    bar = max(12, height // 10)
    picture[height - bar :] //= 4
    where = bar // 3, height - bar // 3
    cv2.putText(picture, "2026-07-01 11:02:33 Haikou, Meilan", where, 0, bar / 40, (255,) * 3, max(1, bar // 20))
    return picture


def _cropped(pixels: Pixels, chance: random.Random, part: float = 0.8) -> Pixels:
    """A window with sides of `part` anywhere in the picture, sent by a chat app."""
    height, width = pixels.shape[:2]
    tall, wide = round(height * part), round(width * part)
    top, left = chance.randint(0, height - tall), chance.randint(0, width - wide)
    return _fit(pixels[top : top + tall, left : left + wide], 1280)


CHANGES: Final[dict[str, Callable[[Pixels, random.Random], Pixels]]] = {
    "1280 px, quality 70": lambda pixels, _: _fit(pixels, 1280),
    "the same with a watermark bar": _marked,
    "cropped by 20 % each way": _cropped,
    "cropped by 20 %, watermark bar": lambda pixels, chance: _marked(_cropped(pixels, chance), chance),
    "halved": lambda pixels, _: _fit(pixels, max(pixels.shape) // 2),
    "mirrored": lambda pixels, _: _fit(cast("Pixels", cv2.flip(pixels, 1)), 1280),
    "turned by 90 degrees": lambda pixels, _: _fit(cast("Pixels", cv2.rotate(pixels, 0)), 1280),
    "mirrored, turned by 270, watermark bar": lambda pixels, chance: _marked(
        cast("Pixels", cv2.rotate(cv2.flip(pixels, 1), 2)), chance
    ),
    "mirrored, cropped by 20 %": lambda pixels, chance: cast("Pixels", cv2.flip(_cropped(pixels, chance), 1)),
}


# ---------------------------------------------------------------- a million


def lookups(real: Sequence[Fingerprint], stored: int, asked: int = 400, seed: int = 1) -> Lookups:
    """Time lookups among `stored` made-up photos. Half the hashes are random, half are real ones with every fourth bit
    thrown anew: real photos crowd some pieces. Of the words one in eight is a real one, the others have three bits
    thrown anew: two photos have about 0.4 words in common, as distinct real ones do.
    """
    chance = np.random.default_rng(seed)
    wholes = np.stack([np.frombuffer(each.whole, np.uint8) for each in real if each.whole])
    pool = np.concatenate([words_of(each.corners, WORDED) for each in real])
    index = Lookup()
    began = time.perf_counter()
    step = min(50_000, stored)
    for first in range(0, stored, step):
        count = min(step, stored - first)
        made = chance.integers(0, 256, (count, 32), np.uint8)
        near = count // 2
        thrown = chance.integers(0, 256, (near, 32), np.uint8) & chance.integers(0, 256, (near, 32), np.uint8)
        made[:near] = wholes[chance.integers(0, len(wholes), near)] ^ thrown
        index.add(np.arange(first, first + count), np.zeros(count, np.int32), made, _made_words(pool, count, chance))
    built = time.perf_counter() - began
    hashes: list[tuple[float, float]] = []
    corners: list[tuple[float, float]] = []
    found = 0
    for turn in range(asked):
        asking = real[turn % len(real)]
        if asking.whole is None:
            continue
        index.add(np.array([stored + turn]), np.array([1], np.int32), np.frombuffer(asking.whole, np.uint8)[None],
                  [words_of(asking.corners, WORDED)])  # fmt: skip
        began = time.perf_counter(), time.thread_time()
        near_ones = index.near(asking.whole, _NOBODY, stored + asked, bits=Policy().duplicate_bits)
        hashes.append((time.perf_counter() - began[0], time.thread_time() - began[1]))
        began = time.perf_counter(), time.thread_time()
        worded = index.cropped(asking, _NOBODY, stored + asked)
        corners.append((time.perf_counter() - began[0], time.thread_time() - began[1]))
        here = stored + turn
        found += any(one.photo == here for one in near_ones) and any(one.photo == here for one in worded)
    return Lookups(
        stored, *_milliseconds(hashes), *_milliseconds(corners), found, len(hashes),
        round(index.memory_bytes / 2**20, 1), round(built, 1),
    )  # fmt: skip


def _made_words(pool: NDArray[np.uint32], photos: int, chance: np.random.Generator) -> list[NDArray[np.uint32]]:
    words = pool[chance.integers(0, len(pool), (photos, 4 * WORDED))]
    others = chance.random(words.shape) < 7 / 8
    for _ in range(3):
        words ^= (others << chance.integers(0, 28, words.shape)).astype(np.uint32)
    return list(words)


def _milliseconds(seconds: list[tuple[float, float]]) -> tuple[float, float, float]:
    clock, processor = np.array(seconds).T * 1000
    p50, p99, cpu = np.percentile(clock, 50), np.percentile(clock, 99), np.percentile(processor, 99)
    return round(float(p50), 2), round(float(p99), 2), round(float(cpu), 2)
