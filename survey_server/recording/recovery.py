"""Finishes what a killed server left open: each segment is cut to its last whole fragment and says what it holds."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from evidence_store.receipts import Facts, Held
from survey_server.recording.container import read_fragments
from survey_server.recording.lanes import WHAT, Gap, PartFacts, StoredObject, TrackFacts
from survey_server.recording.samples import TIMESCALE, ReadRun
from survey_server.recording.segments import closing_words, joined
from survey_server.recording.steps import FragmentNotes
from survey_server.wire.basics import Kind

CAUSE = "server_restart"
# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_NOTES = msgspec.json.Decoder(FragmentNotes)


class Abandoned(Protocol):
    """A segment whose process ended before closing it: evidence_store's Abandoned is such."""

    @property
    def facts(self) -> Facts:
        """The facts it was opened with."""
        ...

    @property
    def data(self) -> bytes:
        """Everything appended, possibly with part of an append that never returned."""
        ...

    def finish(self, data: bytes, about: dict[str, Any] | None = None) -> Held:
        """Hold this data as the whole object; `about` adds to its facts. Blocking."""
        ...


def recover(abandoned: Iterable[Abandoned]) -> list[StoredObject]:
    """Finish every media segment among these; others are left alone. Blocking: disk work.

    Returns what was made, as `lanes_from_objects` and `Recording(earlier=...)` take it.
    """
    finished: list[StoredObject] = []
    for segment in abandoned:
        if segment.facts.about.get("what") != WHAT:
            continue
        facts = msgspec.convert(segment.facts.about, PartFacts)
        if facts.part == "init":
            data, about = segment.data, {}
        else:
            data, about = read_part(segment.data, facts)
        held = segment.finish(data, about)
        finished.append(StoredObject({**segment.facts.about, **about}, held.key, held.sha256, held.size))
    return finished


def read_part(data: bytes, facts: PartFacts) -> tuple[bytes, dict[str, Any]]:
    """The whole fragments at the beginning of a part, and the words it should have been closed with."""
    end = 0
    tracks: dict[Kind, TrackFacts] = {}
    gaps: list[Gap] = []
    for fragment in read_fragments(data):
        end = fragment.end
        notes = _NOTES.decode(fragment.notes)
        gaps += notes.gaps
        for run in fragment.runs:
            share = _share(run, notes.rtp, facts.mime)
            tracks[run.kind] = joined(tracks[run.kind], share) if run.kind in tracks else share
    starts = [t.start_s for t in tracks.values()]
    ends = [t.end_s for t in tracks.values()]
    return data[:end], closing_words(min(starts, default=0.0), max(ends, default=0.0), tracks, gaps, [], CAUSE)


def _share(run: ReadRun, rtp: Mapping[Kind, int], mime: str) -> TrackFacts:
    rate = TIMESCALE[run.kind]
    first = rtp.get(run.kind, run.decode_time)
    codecs = mime.partition('codecs="')[2].rstrip('"').split(",")
    return TrackFacts(
        codec=codecs[0] if run.kind == "video" else codecs[-1],
        clock_rate=rate,
        first_rtp=first,
        last_rtp=first + run.duration - run.last_duration,
        start_s=round(run.decode_time / rate, 4),
        end_s=round((run.decode_time + run.duration) / rate, 4),
        seconds=round(run.duration / rate, 6),
        last_s=round(run.last_duration / rate, 6),
        samples=run.samples,
    )
