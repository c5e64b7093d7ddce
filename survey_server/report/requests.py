"""What the applicant was asked for in the call: each still and each written question, marked if it is of no point."""

from typing import Final

from survey_server.report.document import Block, Cell, Lines, Paragraph, Section, Table, Words
from survey_server.report.words import moment, name_of, on_the_line
from survey_server.survey.survey import Question, Still, Survey
from survey_server.wire.basics import Text

OUTSIDE: Final = Text("清单之外", "outside the checklist")
_HEAD: Final[list[Words]] = [
    Text("时间", "Time"), Text("提出人", "Asked by"), Text("要求", "What for"), Text("要点", "Point"),
    Text("结果", "What came"),
]  # fmt: skip
_NOTE: Final = Text(
    "口头提出的要求在录像中。标为“清单之外”的，不在本事项公布的核查要点内。",
    "What was asked aloud is in the recording. What is marked as outside the checklist belongs to none of the item's "
    "published points.",
)


def requests(survey: Survey) -> list[Section]:
    """All of them in their order; nothing where nothing was asked for in writing."""
    asked: list[Still | Question] = [*survey.stills.values(), *survey.questions]
    if not asked:
        return []
    rows = [_row(survey, one) for one in sorted(asked, key=lambda one: one.at or survey.created_at)]
    outside = sum(one.outside for one in asked)
    blocks: list[Block] = [
        Table([2.4, 1.8, 4, 2.6, 2.2], _HEAD, rows),
        Paragraph(
            Text(f"共 {len(asked)} 项，清单之外 {outside} 项。",
                 f"{len(asked)} in all, {outside} outside the checklist.")
        ),
        Paragraph(_NOTE),
    ]  # fmt: skip
    return [Section(Text("对申请人的要求", "What the applicant was asked for"), blocks)]


def _row(survey: Survey, one: Still | Question) -> list[Cell]:
    when: list[Words] = [moment(one.at)]
    if one.at is not None and (seconds := survey.moment_s(one.at)) is not None:
        at = on_the_line(seconds)
        when.append(Text(f"录像 {at}", f"recording {at}"))
    titles = {point.id: point.title for point in survey.application.item.view.points}
    of = OUTSIDE if one.outside else "—" if one.point is None else titles.get(one.point, one.point)
    match one:
        case Still():
            what = Text(f"拍照：{one.note}", f"a still: {one.note}") if one.note else Text("拍照", "a still")
            came = Text("未拍", "not taken") if one.committed is None else Text("已拍", "taken")
        case Question():
            what = Text(f"提问：{one.text}", f"a question: {one.text}")
            came = Text("见录像", "in the recording")
    return [Lines(when), name_of(survey, one.by), what, of, came]
