"""Draws by lot, errands, experts' opinions and who stands aside, in words for the time line."""

from survey_server.survey.draw_events import (
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawRefused,
    DrawReplaced,
    DrawSeeded,
    NumberCommitted,
    NumberRevealed,
)
from survey_server.survey.draws import DrawEvent
from survey_server.survey.errands import code_of, in_fours
from survey_server.survey.panel_events import ErrandGiven, ExpertOpinion, Recused
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text

OPINION = {
    "approve": Text("同意", "approves"),
    "rectify": Text("需要整改", "needs rectification"),
    "on_site": Text("须现场核实", "must be seen on site"),
}
DRAWN_ROLE = {"expert": Text("专家", "experts"), "reviewer": Text("审查员", "reviewers")}
LAPSED = {
    "no_number": Text(
        "申请人页面未在期限内完成，本次抽签作废", "The applicant's page was not done in time: the attempt lapsed"
    ),
    "moved": Text("踏勘转到另一台服务器，本次抽签作废", "The survey moved to another server: the attempt lapsed"),
}
REPLACED = {
    "recused": Text("回避", "stands aside"),
    "no_show": Text("未到场", "did not come"),
    "conflict": Text("有利害关系", "is in conflict"),
}
RECUSED = {**REPLACED, "no_opinion": Text("没有提出意见", "gave no opinion")}


def panel_sentence(event: DrawEvent | Recused | ExpertOpinion | ErrandGiven, survey: Survey) -> Text:
    """One event in both languages."""
    match event:
        case Recused(participant=who, cause=cause, reason=reason, officer=officer):
            name = survey.participants[who].name
            why, by = RECUSED[cause], officer or name
            return Text(
                f"{name} 退出审查：{why.zh}（{reason}；{by}）",
                f"{name} takes no further part: {why.en} ({reason}; {by})",
            )
        case ExpertOpinion(participant=who, value=value):
            name, thinks = survey.participants[who].name, OPINION[value]
            return Text(f"{name} 提出专家意见：{thinks.zh}", f"{name}, expert, {thinks.en}")
        case ErrandGiven(participant=who, sha256=sha256):
            name, code = survey.participants[who].name, in_fours(code_of(survey.id, sha256))
            return Text(f"{name} 亮码：{code}", f"{name} showed their errand: {code}")
        case _:
            return _of_a_draw(event, survey)


def _of_a_draw(event: DrawEvent, survey: Survey) -> Text:
    names = {one.id: one.name for draw in survey.draws for one in draw.opened.candidates}
    match event:
        case DrawOpened(role=role, seats=seats, candidates=listed):
            zh, en = DRAWN_ROLE[role].zh, DRAWN_ROLE[role].en
            return Text(
                f"开始抽签：从 {len(listed)} 人中抽 {seats} 名{zh}", f"Draw opened: {seats} {en} out of {len(listed)}"
            )
        case NumberCommitted():
            return Text("申请人页面登记了随机数的摘要", "The applicant's page committed its number")
        case DrawCovered():
            return Text("名单和案件已登入存证账本", "List and case are in the ledger")
        case DrawSeeded():
            return Text("抽签所用的账本检查点已确定", "The ledger's checkpoint for the draw is fixed")
        case NumberRevealed():
            return Text("申请人页面公布了随机数", "The applicant's page revealed its number")
        case Drawn(order=order, draw=number):
            seats = survey.draws[number - 1].opened.seats
            first = [names.get(one, one) for one in order[:seats]]
            return Text(f"抽中：{'、'.join(first)}", f"Drawn: {', '.join(first)}")
        case DrawLapsed(cause=cause):
            return LAPSED[cause]
        case DrawRefused(role=role):
            return Text(
                f"再次抽取{DRAWN_ROLE[role].zh}的请求被拒绝", f"A second draw of {DRAWN_ROLE[role].en} was refused"
            )
        case DrawReplaced(member=member, cause=cause, reason=reason):
            why = REPLACED[cause]
            return Text(
                f"{names.get(member, member)} {why.zh}（{reason}），按抽签顺序递补",
                f"{names.get(member, member)} {why.en} ({reason}); the next in the drawn order has the seat",
            )
