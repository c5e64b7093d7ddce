"""What the reviewers found: answers to the checklist, the departments' opinions, the conclusion with its signatures."""

from collections.abc import Mapping

from survey_server.report.document import Block, Cell, Code, Facts, Heading, Lines, Paragraph, Section, Table, Words
from survey_server.report.words import moment, name_of, on_the_line
from survey_server.survey.chronicle import ANSWER, CONCLUSION
from survey_server.survey.concluding import by_department
from survey_server.survey.material import Answer, Review
from survey_server.survey.panel_words import OPINION
from survey_server.survey.survey import Signature, Survey
from survey_server.wire.basics import Text

_POINT, _ANSWER, _NOTE = Text("要点", "Point"), Text("结果", "Answer"), Text("说明", "Note")
_BY, _AT = Text("审查员", "Reviewer"), Text("时间", "Time")


_UNSIGNED = Text("未作出结论", "no conclusion")
_JOINT_LAW = Text(
    "联合检查由各部门分别作出结论，案件结论由此得出；至少两名审查员签署（《行政许可法》第三十四条）。",
    "In a joint inspection each department concludes for itself, and the case's conclusion follows from theirs; at "
    "least two reviewers signed (Administrative Licensing Law, art. 34).",
)


def assessed(survey: Survey) -> list[Section]:
    """The checklist with its answers; of a survey by photos, each department's, with its opinion."""
    title = Text("核查要点", "Checklist")
    if survey.mode == "live":
        return [Section(title, [_answers(survey, survey.answers)])]
    blocks: list[Block] = [*_explained(survey)]
    for name in survey.departments:
        blocks += _review(survey, survey.material.review(survey.departments[name]))
    return [Section(Text("各部门审查", "The departments' reviews"), blocks)]


def _answers(survey: Survey, answers: Mapping[str, Answer]) -> Table:
    """Every point of the checklist in its order, answered or not."""
    rows: list[list[Cell]] = []
    for point in survey.application.item.view.points:
        answer = answers.get(point.id)
        if answer is None:
            rows.append([point.title, Text("未答", "not answered"), "", "", ""])
            continue
        when: list[Words | Code] = [moment(answer.at)]
        if (seconds := survey.moment_s(answer.at)) is not None and survey.mode == "live":
            at = on_the_line(seconds)
            when.append(Text(f"录像 {at}", f"recording {at}"))
        before: list[Words | Code] = [_earlier(survey, one) for one in answer.others]
        note = Lines([*([answer.note] if answer.note else []), *before]) if before else answer.note
        rows.append([point.title, ANSWER[answer.value], note, name_of(survey, answer.by), Lines(when)])
    return Table([4, 1.6, 3.4, 1.6, 2.4], [_POINT, _ANSWER, _NOTE, _BY, _AT], rows)


def _earlier(survey: Survey, answer: Answer) -> Text:
    """What another person had answered before, and when."""
    by, at, value = name_of(survey, answer.by), moment(answer.at), ANSWER[answer.value]
    zh, en = (f"（{answer.note}）", f" ({answer.note})") if answer.note else ("", "")
    return Text(f"此前 {by} 答“{value.zh}”{zh}，{at}", f"Before, {by} answered “{value.en}”{en}, {at}")


def _explained(survey: Survey) -> list[Block]:
    """What the applicant could not show, and what was asked for again."""
    material, titles = survey.material, {point.id: point.title for point in survey.application.item.view.points}
    blocks: list[Block] = []
    if material.explanations:
        rows: list[list[Cell]] = [
            [titles.get(point, point), one.reason, moment(one.at)] for point, one in material.explanations.items()
        ]
        blocks += [
            Heading(Text("拍不了的要点", "What could not be shown")),
            Table([4, 6, 2.4], [_POINT, Text("申请人说明", "The applicant's reason"), _AT], rows),
        ]
    if material.asked:
        rows = [
            [titles.get(one.point, one.point), Text(one.department.zh, one.department.en), one.reason, moment(one.at)]
            for one in material.asked
        ]
        blocks += [
            Heading(Text("要求补拍", "Other shots asked for")),
            Table([4, 2.4, 4, 2.4], [_POINT, Text("部门", "Department"), Text("要求", "What for"), _AT], rows),
        ]
    return blocks


def _review(survey: Survey, review: Review) -> list[Block]:
    name, opinion = Text(review.department.zh, review.department.en), review.opinion
    given = Paragraph(Text("未提出意见。", "No opinion was given."))
    if opinion is not None:
        by = name_of(survey, opinion.by)
        given = Facts([
            (Text("意见", "Opinion"), OPINION[opinion.value]),
            (Text("理由", "Reason"), opinion.reason or "—"),
            (Text("提出人", "Given by"), Text(f"{by}，{moment(opinion.at)}", f"{by}, {moment(opinion.at)}")),
        ])  # fmt: skip
    return [Heading(name), _answers(survey, review.answers), given]


def concluded(survey: Survey) -> Section:
    """The conclusion and who signed it; who signed another result is listed too."""
    result = survey.conclusion
    told = Text("未作出结论。", "There is no conclusion.") if result is None else CONCLUSION[result]
    rows = [_signature(survey, one) for one in survey.signatures.values()]
    head: list[Words] = [_BY, Text("签署结果", "Signed"), Text("理由", "Reason"), _AT]
    facts: list[tuple[Words, Cell]] = [(Text("结论", "Conclusion"), told)]
    if survey.joint:
        facts += [
            (Text(one.department.zh, one.department.en), _UNSIGNED if one.result is None else CONCLUSION[one.result])
            for one in by_department(survey)
        ]
    if survey.rectify:
        titles = [point.title for point in survey.application.item.view.points if point.id in survey.rectify]
        facts.append((Text("整改要点", "To be put right"), Lines(titles)))
    if survey.rectify_days is not None:
        days = survey.rectify_days
        facts.append((Text("整改期限", "Within"), Text(f"{days} 个工作日", f"{days} working days")))
    law = (
        _JOINT_LAW
        if survey.joint
        else Text(
            "由至少两名审查员签署同一结果后成立（《行政许可法》第三十四条）。",
            "It stands because at least two reviewers signed the same result (Administrative Licensing Law, art. 34).",
        )
    )
    return Section(
        Text("结论与签署", "Conclusion and signatures"),
        [Facts(facts), Table([2.6, 2, 5, 2.4], head, rows), Paragraph(law)],
    )


def _signature(survey: Survey, signature: Signature) -> list[Cell]:
    person = survey.participants[signature.participant]
    who = (
        [person.name] if person.department is None else [person.name, Text(person.department.zh, person.department.en)]
    )
    return [Lines([*who]), CONCLUSION[signature.result], signature.reason or "—", moment(signature.at)]
