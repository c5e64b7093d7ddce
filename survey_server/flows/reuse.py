"""Is a photo new? Each is held against every photo that came before it, in any survey.

**Of two photos, the later one is told of the earlier**, also when both are checked at once and when a check is made
again after a restart: a photo's number is given with its row, and only lower numbers are looked at.
"""

import asyncio

import numpy as np
from numpy.typing import NDArray

from survey_server.db.fingerprints import Fingerprints, Received, Recognised
from survey_server.photo.fingerprint import Fingerprint
from survey_server.photo.lookup import WORDED, Candidate, Lookup, words_of
from survey_server.photo.policy import Policy
from survey_server.photo.reuse import Earlier, duplicate_exact, duplicate_near, resemblances
from survey_server.wire.photos import Finding

_AT_ONCE = 2000


class Reuse:
    """The index of the database's fingerprints, in memory, and the questions put to it. It follows the database: what
    is not in it yet is read before each search, so the first search after a start waits for all of it.
    """

    def __init__(self, kept: Fingerprints) -> None:
        self._kept = kept
        self._index = Lookup()
        self._groups: dict[str, int] = {}
        self._read = 0
        self._turn = asyncio.Lock()
        """Held while a row is written and the index is touched: numbers come in the order of their commits."""

    async def load(self) -> None:
        """Read what the database holds."""
        async with self._turn:
            await self._follow()

    async def compare(self, photo: Received, seen: Fingerprint | None, policy: Policy) -> list[Finding]:
        """Remember the photo and tell what it repeats: findings `duplicate_exact` and `duplicate_near`. `seen` is
        None for what could not be shown. Raises DatabaseFault.
        """
        seen = seen or Fingerprint(None, b"", b"", b"")
        words = await asyncio.to_thread(words_of, seen.corners, WORDED)
        async with self._turn:
            number = await self._kept.add(photo, seen.whole, words.astype("<u4").tobytes(), seen.corners)
            await self._follow()
            candidates = await asyncio.to_thread(self._candidates, seen, photo.survey, number, policy)
        same = await self._kept.same_bytes(photo, number)
        changed = [one for one in candidates if one.photo not in same]
        corners = await self._kept.corners({one.photo for one in changed})
        found = await asyncio.to_thread(resemblances, seen, changed, corners, policy)
        whose = await self._kept.received({one.photo for one in found})
        near = [(_earlier(whose[one.photo], photo), one) for one in found]
        return [
            duplicate_exact([_earlier(one, photo) for one in same.values()]),
            duplicate_near(seen, near, photo.received_at),
        ]

    def _candidates(self, seen: Fingerprint, survey: str, number: int, policy: Policy) -> list[Candidate]:
        if seen.whole is None:
            return []
        group = self._groups[survey]
        near = self._index.near(seen.whole, group, number, bits=policy.duplicate_bits)
        return near + self._index.cropped(seen, group, number)

    async def _follow(self) -> None:
        while rows := await self._kept.after(self._read, _AT_ONCE):
            await asyncio.to_thread(self._take, rows)
            self._read = rows[-1].number

    def _take(self, rows: list[Recognised]) -> None:
        for row in rows:
            self._groups.setdefault(row.survey, len(self._groups))
        usable = [(row, row.whole) for row in rows if row.whole is not None]
        if not usable:
            return
        numbers = np.array([row.number for row, _ in usable])
        groups = np.array([self._groups[row.survey] for row, _ in usable], np.int32)
        wholes = np.stack([np.frombuffer(whole, np.uint8) for _, whole in usable])
        self._index.add(numbers, groups, wholes, [_words(row) for row, _ in usable])


def _words(row: Recognised) -> NDArray[np.uint32]:
    return np.frombuffer(row.words, "<u4").astype(np.uint32)


def _earlier(other: Received, photo: Received) -> Earlier:
    return Earlier(other.survey, other.photo, other.received_at, other.subject == photo.subject)
