"""Carries a lane's steps out: bytes appended and synced, objects closed with what they say of themselves.

Runs in a thread; every call blocks. What could not be written stays in line and is tried again with the next steps.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from evidence_store.receipts import Facts, Held
from survey_server.recording.container import suffixes
from survey_server.recording.lanes import DISK_FULL, HOLE_S, WHAT, Gap, PartFacts, StoredObject, TrackFacts
from survey_server.recording.steps import EpochCloses, EpochOpens, Fragment, PartCloses, Step
from survey_server.wire.basics import Kind

_LINE_BYTES = 64 << 20

# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_STORED = msgspec.msgpack.Decoder(StoredObject)
_log = logging.getLogger(__name__)


class Segment(Protocol):
    """A stored object that grows. Blocking; one thread at a time."""

    def append(self, data: bytes) -> None:
        """When this returns the bytes survive a crash and a loss of power. If it raises, none of them was added."""
        ...

    def close(self, about: dict[str, Any] | None = None) -> Held:
        """End the object; `about` adds to its facts. If it raises, it may be called again."""
        ...


class Segments(Protocol):
    """Where objects begin: evidence_store's EvidenceStore and Spool are such."""

    def open_segment(self, facts: Facts) -> Segment:
        """Begin an object. Blocking; raises when it can't."""
        ...


class LaneSegments:
    """One participant's objects."""

    def __init__(
        self, segments: Segments, prefix: str, participant: str, lock_days: int,
        clock: Callable[[], float] = time.monotonic, line_bytes: int = _LINE_BYTES,
    ) -> None:  # fmt: skip
        """`line_bytes` is how much may wait in memory for a disk that takes nothing."""
        self._objects: list[bytes] = []
        """Encoded: as trees of small blocks, a few a second for hours, they would hold on to the memory around them."""
        self.bytes = 0
        self.seconds = 0.0
        """Recorded time: where sound and picture overlap it counts once."""
        self._counted_to_s = 0.0
        self.synced_at: float | None = None
        self.lost_bytes = 0
        self._segments, self._prefix, self._participant, self._lock_days = segments, prefix, participant, lock_days
        self._clock, self._line_bytes = clock, line_bytes
        self._missing: list[Gap] = []
        """What was given up since the last fragment that could be kept."""
        self._line: deque[Step] = deque()
        self._failing = False
        self._epoch: EpochOpens | None = None
        self._open: _OpenPart | None = None

    @property
    def objects(self) -> list[StoredObject]:
        """Every closed object, with what it says of itself."""
        return [_STORED.decode(one) for one in self._objects]

    def carry_out(self, steps: Iterable[Step]) -> bool:
        """Do these steps after those still in line. False if something is left for the next time."""
        self._line.extend(steps)
        while self._line:
            try:
                self._do(self._line[0])
            except Exception:
                if not self._failing:  # it is tried several times a second, and a full disk may hold the log too
                    _log.exception("recording of %s: not written, is tried until it can be", self._participant)
                self._failing = True
                self._shorten()
                return False
            self._failing = False
            self._line.popleft()
        return True

    def _do(self, step: Step) -> None:
        match step:
            case EpochOpens():
                self._keep_init(step)
            case Fragment():
                self._append(step)
            case PartCloses():
                self._close("", list(step.muted))
            case EpochCloses():
                self._close(step.cause, list(step.muted))

    def _keep_init(self, step: EpochOpens) -> None:
        self._close("", [])
        facts = self._facts("init", step, 0)
        kept = self._segments.open_segment(facts)
        kept.append(step.init)
        self._note(facts.about, kept.close())
        self._epoch = step
        self._count(len(step.init))

    def _append(self, step: Fragment) -> None:
        if self._open is not None and self._open.number != step.part:
            self._close("", [])
        if self._epoch is None:
            raise RuntimeError("a fragment before its init segment")
        if self._open is None:
            facts = self._facts("media", self._epoch, step.part)
            self._open = _OpenPart(step.part, self._segments.open_segment(facts), facts)
        self._open.segment.append(step.data)
        # The file's own notes don't know what was given up: after a kill now, the hole is there but its cause is not.
        self._open.take(replace(step, gaps=[*self._missing, *step.gaps]))
        self._missing = []
        self._count(len(step.data))
        self.seconds += max(0.0, step.end_s - max(step.start_s, self._counted_to_s))
        self._counted_to_s = max(self._counted_to_s, step.end_s)

    def _close(self, cause: str, muted: list[Kind]) -> None:
        part = self._open
        if part is None:
            return
        about = part.about(cause, muted)
        held = part.segment.close(about)
        self._open = None
        self._note({**part.facts.about, **about}, held)

    def _note(self, about: dict[str, Any], held: Held) -> None:
        stored = StoredObject(about, held.key, held.sha256, held.size)
        self._objects.append(msgspec.msgpack.encode(stored))

    def _facts(self, part: str, epoch: EpochOpens, number: int) -> Facts:
        about = PartFacts(
            what=WHAT, part="init" if part == "init" else "media", participant=self._participant,
            connection=epoch.connection, epoch=epoch.number, kinds=list(epoch.kinds), mime=epoch.mime,
            width=epoch.width, height=epoch.height, number=number,
        )  # fmt: skip
        name = f"{self._prefix}/media/{self._participant}/{epoch.number}"
        return Facts(
            name=f"{name}/init" if part == "init" else f"{name}/{number:06}",
            suffix=suffixes(epoch.mime)[0 if part == "init" else 1],
            media_type=epoch.mime.partition(";")[0],
            lock_days=self._lock_days,
            kind="segment",
            about=msgspec.to_builtins(about),
        )

    def _count(self, size: int) -> None:
        self.bytes += size
        self.synced_at = self._clock()

    def _shorten(self) -> None:
        """Memory is bounded even if the disk never comes back: the oldest fragments go first, and that is said."""
        size = sum(len(s.data) for s in self._line if isinstance(s, Fragment))
        for step in list(self._line):
            if size <= self._line_bytes:
                return
            if isinstance(step, Fragment):
                self._line.remove(step)
                size -= len(step.data)
                self.lost_bytes += len(step.data)
                self._give_up(step)
                _log.error("recording of %s: %.1f s could not be kept", self._participant, step.end_s - step.start_s)

    def _give_up(self, step: Fragment) -> None:
        """What is lost to a full disk is a gap of the record, with its cause; neighbours make one."""
        self._missing += step.gaps
        for kind, facts in step.tracks.items():
            gap = Gap(facts.start_s, facts.end_s, kind, DISK_FULL)
            for at, former in enumerate(self._missing):
                touches = abs(former.end_s - gap.start_s) < HOLE_S / 10
                if (former.kind, former.cause) == (kind, DISK_FULL) and touches:
                    self._missing[at] = Gap(former.start_s, gap.end_s, kind, DISK_FULL)
                    break
            else:
                self._missing.append(gap)


class _OpenPart:
    """A part being written and what will be said of it."""

    def __init__(self, number: int, segment: Segment, facts: Facts) -> None:
        self.number, self.segment, self.facts = number, segment, facts
        self._tracks: dict[Kind, TrackFacts] = {}
        self._gaps: list[Gap] = []
        self._start: float | None = None
        self._end = 0.0

    def take(self, step: Fragment) -> None:
        self._start = step.start_s if self._start is None else min(self._start, step.start_s)
        self._end = max(self._end, step.end_s)
        self._gaps += step.gaps
        for kind, facts in step.tracks.items():
            former = self._tracks.get(kind)
            self._tracks[kind] = facts if former is None else joined(former, facts)

    def about(self, cause: str, muted: list[Kind]) -> dict[str, Any]:
        return closing_words(self._start or 0.0, self._end, self._tracks, self._gaps, muted, cause)


def joined(a: TrackFacts, b: TrackFacts) -> TrackFacts:
    """The facts of a track over two successive runs."""
    return msgspec.structs.replace(
        b, first_rtp=a.first_rtp, start_s=a.start_s, seconds=round(a.seconds + b.seconds, 6),
        samples=a.samples + b.samples,
    )  # fmt: skip


def closing_words(
    start_s: float, end_s: float, tracks: dict[Kind, TrackFacts], gaps: list[Gap], muted: list[Kind], cause: str
) -> dict[str, Any]:
    """What a media part says of itself when it is closed."""
    return {
        "start_s": start_s,
        "end_s": end_s,
        "tracks": msgspec.to_builtins(tracks),
        "gaps": msgspec.to_builtins(gaps),
        "muted": list(muted),
        "closed": cause,
    }
