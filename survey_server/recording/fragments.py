"""One epoch's bytes: an init segment, then fragments, gathered into parts. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from survey_server.recording.container import PictureSettings, container
from survey_server.recording.lanes import TrackFacts
from survey_server.recording.steps import EpochOpens, Fragment, FragmentNotes, KeyPicture, Step
from survey_server.recording.track import Piece
from survey_server.rtc import h264
from survey_server.rtc.assembler import Frame
from survey_server.wire.basics import Kind

_PART_S = 14.0
_APART_S = 5.0


class EpochWriter:
    """Writes the pieces of one epoch."""

    def __init__(
        self, number: int, connection: int, kinds: tuple[Kind, ...], picture: PictureSettings | None
    ) -> None:  # fmt: skip
        self.number, self.kinds = number, kinds
        self.picture = picture if "video" in kinds else None
        self.begun = False
        """Has anything been written?"""
        self.part_start: float | None = None
        """Where the part being written begins; None between parts."""
        self._connection = connection
        self._container = container(self.picture, audio="audio" in kinds)
        self._part = 0
        self._fragments = 0

    def next_part(self) -> None:
        """The next fragment begins a part."""
        self._part += 1
        self.part_start = None

    def write(self, pieces: Iterable[Piece]) -> list[Step]:
        """Fragments of these pieces: in one are those of different kinds that lie side by side."""
        steps: list[Step] = []
        beside: list[Piece] = []
        for piece in sorted(pieces, key=lambda p: p.start_s):
            if any(p.kind == piece.kind or piece.start_s - p.start_s > _APART_S for p in beside):
                steps += self._fragment(beside)
                beside = []
            beside.append(piece)
        return steps + (self._fragment(beside) if beside else [])

    def _fragment(self, pieces: Sequence[Piece]) -> list[Step]:
        steps: list[Step] = [] if self.begun else [self._opens()]
        start, end = min(p.start_s for p in pieces), max(p.end_s for p in pieces)
        if self.part_start is not None and end - self.part_start > _PART_S:
            self.next_part()
        self.part_start = start if self.part_start is None else self.part_start
        self._fragments += 1
        gaps = [gap for piece in pieces for gap in piece.gaps]
        notes = FragmentNotes({p.kind: p.timestamp for p in pieces}, gaps)
        runs = sorted((p.run() for p in pieces), key=lambda run: self.kinds.index(run.kind))
        data = self._container.fragment(self._fragments, runs, msgspec.json.encode(notes))
        tracks: dict[Kind, TrackFacts] = {p.kind: p.facts(self.picture) for p in pieces}
        key = next((p.first_key for p in pieces if p.first_key is not None), None)
        shown = None if key is None else self._key_picture(*key)
        return [*steps, Fragment(self._part, data, round(start, 4), round(end, 4), tracks, gaps, shown)]

    def _key_picture(self, at_s: float, frame: Frame) -> KeyPicture:
        """References only: no bytes are copied. A sender may leave out of a keyframe what it sent before it."""
        sets = self.picture if isinstance(self.picture, h264.ParameterSets) else None
        units = frame.units if sets is None else (sets.sps, sets.pps, *frame.units)
        return KeyPicture(round(at_s, 4), frame.codec, units)

    def _opens(self) -> EpochOpens:
        """The init segment, not made before there is something to follow it."""
        self.begun = True
        width, height = self.picture.size if self.picture is not None else (0, 0)
        return EpochOpens(
            number=self.number,
            connection=self._connection,
            kinds=self.kinds,
            mime=self._container.mime,
            width=width,
            height=height,
            init=self._container.init_segment(),
        )
