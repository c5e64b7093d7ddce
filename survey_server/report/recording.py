"""What the recording covers, person by person, and everything that is missing, with its cause."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from survey_server.report.document import Block, Cell, Heading, Paragraph, Section, Table, Words
from survey_server.report.words import CAUSE, moment, name_of, named, on_the_line
from survey_server.survey.chronicle import TRACK, sentence
from survey_server.survey.events import Condensed, Entry, Interrupted, MediaLost, ServerRestarted
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Kind, Text
from survey_server.wire.replay import Gap

_ROWS: Final = 200
"""Rows of one list; a line with more holes than that has the rest counted, and the seal's manifest names all."""
_EVENTS = (Interrupted, MediaLost, ServerRestarted, Condensed)


class Track(Struct, frozen=True):
    """One kind of one person's recording as a whole. `coverage` is in percent, as the seals have it."""

    participant: str
    kind: Kind
    seconds: float
    coverage: float
    gaps: Sequence[Gap]


def recording(survey: Survey, entries: Sequence[Entry], tracks: Sequence[Track]) -> list[Section]:
    """Coverage, gaps, interruptions; nothing of a survey that is held by photos alone."""
    if survey.mode == "upload_only":
        return []
    blocks: list[Block] = [
        _coverage(survey, tracks) if tracks else Paragraph(Text("没有录制。", "Nothing was recorded."))
    ]
    gaps = [(track, gap) for track in tracks for gap in track.gaps]
    if tracks:
        blocks += _gaps(survey, sorted(gaps, key=lambda pair: (pair[1].start_s, pair[1].end_s, pair[0].participant)))
    blocks += _interruptions(survey, entries)
    return [Section(Text("录制", "The recording"), blocks)]


def _coverage(survey: Survey, tracks: Sequence[Track]) -> Table:
    head: list[Words] = [
        Text("人员", "Person"), Text("轨道", "Track"), Text("录得", "Recorded"), Text("覆盖率", "Coverage"),
        Text("缺口", "Gaps"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            name_of(survey, track.participant),
            TRACK[track.kind],
            on_the_line(track.seconds),
            f"{track.coverage:.2f} %",
            str(len(track.gaps)),
        ]
        for track in tracks
    ]
    return Table([3, 2, 2, 2, 1], head, rows)


def _gaps(survey: Survey, gaps: Sequence[tuple[Track, Gap]]) -> list[Block]:
    title = Heading(Text("缺口", "Gaps"))
    if not gaps:
        return [title, Paragraph(Text("没有缺口。", "There are none."))]
    head: list[Words] = [
        Text("起", "From"), Text("止", "To"), Text("秒", "Seconds"), Text("人员", "Person"),
        Text("轨道", "Track"), Text("原因", "Cause"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            on_the_line(gap.start_s),
            on_the_line(gap.end_s),
            f"{gap.end_s - gap.start_s:.1f}",
            name_of(survey, track.participant),
            TRACK[track.kind],
            named(CAUSE, gap.cause),
        ]
        for track, gap in gaps[:_ROWS]
    ]
    return [title, Table([1.4, 1.4, 1.2, 2.6, 1.4, 4], head, rows), *_rest(len(gaps))]


def _interruptions(survey: Survey, entries: Sequence[Entry]) -> list[Block]:
    title, item = Heading(Text("中断", "Interruptions")), survey.application.item.view
    told = [entry for entry in entries if isinstance(entry.event, _EVENTS)]
    if not told:
        return [title, Paragraph(Text("没有中断。", "There were none."))]
    rows: list[list[Cell]] = [
        [moment(entry.at), on_the_line(survey.moment_s(entry.at)), sentence(entry.event, survey, item)]
        for entry in told[:_ROWS]
    ]
    head: list[Words] = [Text("时间", "Time"), Text("录像时刻", "In the recording"), Text("情况", "What happened")]
    return [title, Table([2.4, 1.8, 7], head, rows), *_rest(len(told))]


def _rest(count: int) -> list[Block]:
    more = count - _ROWS
    if more <= 0:
        return []
    return [
        Paragraph(
            Text(f"另有 {more} 条，见封存清单与流水。", f"{more} more are in the seal's manifest and the journal.")
        )
    ]
