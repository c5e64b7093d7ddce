"""The reviewers' and experts' errands, who stood aside and why, and what the experts of a live survey thought."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from survey_server.report.document import Block, Cell, Code, Heading, Lines, Paragraph, Section, Table, Words
from survey_server.report.words import moment, name_of
from survey_server.survey.errands import Errand, code_of, in_fours
from survey_server.survey.events import Entry
from survey_server.survey.panel_events import ErrandGiven, Recused
from survey_server.survey.panel_words import OPINION, RECUSED
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text

_NAME, _REASON, _AT = Text("姓名", "Name"), Text("理由", "Reason"), Text("时间", "Time")
_ERRANDS: Final = Text(
    "每位审查员、专家进入时，系统签发亮码并向申请人出示。"
    "文件在证据包的 errands/ 中，离线核验：takan errand verify 文件 --key 公钥。",
    "As each reviewer and expert came in, the system signed their errand and showed it to the applicant. The documents "
    "are in the bundle's errands/; to check one offline: takan errand verify FILE --key KEY.",
)
_SEALED: Final = Text(
    "专家各自提出意见，全部提出前互不可见，公开后不能更改；结论在其后作出。",
    "Each expert gave an opinion that nobody else saw before all were in, and that nobody could change afterwards; the "
    "conclusion came after them.",
)


def errands(survey: Survey) -> list[Block]:
    """Who came on which errand. Nothing where nobody had one, as in journals of earlier versions."""
    if not survey.errands:
        return []
    rows = [_errand(survey, given) for given in survey.errands]
    head: list[Words] = [
        _NAME, Text("证号", "Credential"), Text("部门", "Department"), Text("有效期", "Valid"),
        Text("亮码，文件 SHA-256", "Code; document's SHA-256"),
    ]  # fmt: skip
    return [Heading(Text("亮码", "Errands")), Table([1.8, 1.6, 2.4, 2.4, 4.2], head, rows), Paragraph(_ERRANDS)]


def _errand(survey: Survey, given: ErrandGiven) -> list[Cell]:
    errand = msgspec.json.decode(given.note.split("\n")[1], type=Errand)
    since, until = moment(given.valid_from), moment(given.valid_until)
    return [
        errand.name,
        errand.credential or "—",
        errand.department,
        Lines([since, Text(f"至 {until}", f"to {until}")]),
        Lines([in_fours(code_of(survey.id, given.sha256)), Code(given.sha256)]),
    ]


def stood_aside(survey: Survey, entries: Sequence[Entry]) -> list[Block]:
    """Who takes no further part, why, and by whose word."""
    gone = survey.opinions.recused.values()
    if not gone:
        return []
    head: list[Words] = [_NAME, Text("原因", "Cause"), _REASON, Text("提出", "Said by"), _AT]
    rows: list[list[Cell]] = [
        [
            name_of(survey, one.participant),
            RECUSED[one.cause],
            one.reason,
            one.officer or Text("本人", "themselves"),
            moment(_when(entries, one)),
        ]
        for one in gone
    ]
    return [Heading(Text("回避与退出", "Stood aside or taken off")), Table([1.8, 2, 4, 1.8, 2.4], head, rows)]


def _when(entries: Sequence[Entry], recused: Recused) -> datetime | None:
    return next((entry.at for entry in entries if entry.event == recused), None)


def experts(survey: Survey) -> list[Section]:
    """The experts' sealed opinions, of a live survey that had experts."""
    given = survey.opinions.given
    if survey.mode != "live" or not (given or survey.experts_due):
        return []
    head: list[Words] = [Text("专家", "Expert"), Text("意见", "Opinion"), _REASON, _AT]
    rows: list[list[Cell]] = [
        [name_of(survey, who), OPINION[one.value], one.reason or "—", moment(one.at)] for who, one in given.items()
    ]
    none = Text("未提出意见", "gave none")
    silent = [who for who in survey.experts_due if who not in given]
    missing: list[list[Cell]] = [[name_of(survey, who), none, "—", "—"] for who in silent]
    rows += missing
    return [Section(Text("专家意见", "The experts' opinions"), [Table([2, 2, 5, 2.4], head, rows), Paragraph(_SEALED)])]
