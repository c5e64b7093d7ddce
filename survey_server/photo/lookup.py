"""Which of a million photos may be the one just received? Candidates in milliseconds, for `agreement` to decide.

Two ways in. The hash of the whole, cut into 16 pieces of 16 bits: of hashes no more than 31 bits apart at least one
piece differs by no more than one bit (multi-index hashing, Norouzi 2012); of those a little farther most are found. And
the corners: 4 samples of 28 bits of each of a photo's 64 best are words, and photos with many words in common are
candidates, as a crop and its original are.

Memory: 2.2 kB a photo, 2.2 GB for a million, nearly all of it the words.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from survey_server.photo.fingerprint import FEATURE, MIRRORED, Fingerprint, orientations

WORDED: Final = 64
"""How many of a photo's corners become words."""
_TABLES, _BITS = 4, 28
_COMMON: Final = 5
"""Words in common, above what is common between any two photos."""
_SAMPLES: Final = np.stack([np.random.default_rng(256 + t).permutation(256)[:_BITS] for t in range(_TABLES)])
_FLIPS: Final = np.concatenate(([0], 1 << np.arange(16))).astype(np.uint64)
_LOW: Final = np.uint64(0xFFFF_FFFF)

Ids = NDArray[np.int64]
Words = NDArray[np.uint32]


class Candidate(Struct, frozen=True):
    """A photo to look at closer: by hash (`distance` of 256 bits in `orientation`, an index of ORIENTATIONS) or by
    `words` in common, with the picture or its mirror image.
    """

    photo: int
    mirrored: bool
    distance: int | None = None
    orientation: int | None = None
    words: int = 0


def words_of(corners: bytes, most: int | None = None) -> Words:
    """The words of FEATUREs, the first `most` of them."""
    bits = np.unpackbits(np.frombuffer(corners, FEATURE)["bits"][:most], axis=1)
    weights = 1 << np.arange(_BITS, dtype=np.int64)
    spoken = [bits[:, sample].astype(np.int64) @ weights | (table << _BITS) for table, sample in enumerate(_SAMPLES)]
    return np.unique(np.concatenate(spoken)).astype(np.uint32)


class Lookup:
    """Photos by number, each of a group (its survey) that never asks for its own. Not for several threads at once."""

    def __init__(self) -> None:
        self._wholes = _Postings()
        self._words = _Postings()
        self._hashes: NDArray[np.uint64] = np.zeros((0, 4), np.uint64)
        self._groups: NDArray[np.int32] = np.zeros(0, np.int32)
        self._numbers: Ids = np.zeros(0, np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def memory_bytes(self) -> int:
        """What the arrays take."""
        arrays = (self._hashes, self._groups, self._numbers)
        return self._wholes.memory_bytes + self._words.memory_bytes + sum(array.nbytes for array in arrays)

    def add(self, numbers: Ids, groups: NDArray[np.int32], wholes: NDArray[np.uint8], words: list[Words]) -> None:
        """Photos with their hashes (rows of 32 bytes) and words, in numbers that grow."""
        count, first = len(numbers), self._size
        self._grow(first + count)
        self._numbers[first : first + count] = numbers
        self._groups[first : first + count] = groups
        self._hashes[first : first + count] = np.ascontiguousarray(wholes).view(np.uint64)
        self._size += count
        places = np.arange(first, first + count, dtype=np.uint64)
        self._wholes.add((_pieces(wholes) << np.uint64(32) | places[:, None]).ravel())
        spoken = np.concatenate(words).astype(np.uint64) if words else np.zeros(0, np.uint64)
        self._words.add(spoken << np.uint64(32) | np.repeat(places, [len(each) for each in words]))

    def near(self, whole: bytes, group: int, before: int, *, bits: int, most: int = 16) -> list[Candidate]:
        """Photos of other groups, numbered below `before`, whose hash differs by no more than `bits` in some
        orientation, nearest first. All within 31 bits are found.
        """
        turned = orientations(whole)
        asked = (_pieces(turned)[:, :, None] ^ _FLIPS).reshape(8, -1)
        places, which = self._wholes.find(asked.ravel())
        turn = which // asked.shape[1]
        differing = np.bitwise_count(self._hashes[places] ^ turned.view(np.uint64)[turn]).sum(axis=1)
        fits = (differing <= bits) & self._eligible(places, group, before)
        found: dict[int, Candidate] = {}
        for at in np.flatnonzero(fits)[np.argsort(differing[fits], kind="stable")]:
            number, way = int(self._numbers[places[at]]), int(turn[at])
            found.setdefault(number, Candidate(number, MIRRORED[way], int(differing[at]), way))
            if len(found) == most:
                break
        return list(found.values())

    def cropped(self, asking: Fingerprint, group: int, before: int, most: int = 24) -> list[Candidate]:
        """Photos of other groups, numbered below `before`, with the most words in common."""
        found: list[Candidate] = []
        for corners, mirrored in ((asking.asked, False), (asking.mirrored, True)):
            places, _ = self._words.find(words_of(corners).astype(np.uint64))
            spoken, counts = np.unique(places, return_counts=True)
            kept = (counts >= _COMMON) & self._eligible(spoken, group, before)
            spoken, counts = spoken[kept], counts[kept]
            best = np.argsort(-counts, kind="stable")[:most]
            found += [Candidate(int(self._numbers[spoken[at]]), mirrored, words=int(counts[at])) for at in best]
        return sorted(found, key=lambda each: -each.words)[:most]

    def _eligible(self, places: Ids, group: int, before: int) -> NDArray[np.bool_]:
        return (self._groups[places] != group) & (self._numbers[places] < before)

    def _grow(self, size: int) -> None:
        if size <= len(self._numbers):
            return
        room = max(1024, size, len(self._numbers) * 3 // 2)
        self._hashes = np.concatenate((self._hashes, np.zeros((room - len(self._hashes), 4), np.uint64)))
        self._groups = np.concatenate((self._groups, np.zeros(room - len(self._groups), np.int32)))
        self._numbers = np.concatenate((self._numbers, np.zeros(room - len(self._numbers), np.int64)))


def _pieces(wholes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The 16 pieces of each hash, each with its position above its bits."""
    pieces = np.ascontiguousarray(wholes).view(">u2").astype(np.uint64)
    return pieces | np.arange(16, dtype=np.uint64) << np.uint64(16)


class _Postings:
    """Key above place in one 64-bit number, in sorted runs of falling size that are merged as they come to match: each
    number is moved a few times in its life, and a search looks into a few runs.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    @property
    def memory_bytes(self) -> int:
        return sum(run.nbytes for run in self._runs)

    def add(self, postings: NDArray[np.uint64]) -> None:
        if not len(postings):
            return
        run = np.sort(postings)
        while self._runs and len(self._runs[-1]) < 4 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)

    def find(self, keys: NDArray[np.uint64]) -> tuple[Ids, Ids]:
        """The places under these keys, and for each the index of its key."""
        order = np.argsort(keys)
        keys = keys[order]  # neighbours are sought beside each other
        places: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        which: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for run in self._runs:
            first = np.searchsorted(run, keys << np.uint64(32))
            count = np.searchsorted(run, keys + np.uint64(1) << np.uint64(32)) - first
            asked = np.flatnonzero(count)
            count, first = count[asked], first[asked]
            within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            places.append((run[np.repeat(first, count) + within] & _LOW).astype(np.int64))
            which.append(np.repeat(order[asked], count))
        return np.concatenate(places), np.concatenate(which)
