"""What a reminder says, in both languages: what is to be done, by whom, until when; what follows, where something does.

It names the case by its number and officials by name; nothing of the applicant, nothing of a finding. Pure.
"""

from datetime import timedelta

from credit_gate.working_days import CHINA, day_of
from survey_server.survey.obligations import Obligation, Party
from survey_server.wire.basics import Text
from survey_server.wire.platform import Reminded, ReminderOf

WHO: dict[Reminded, Text] = {
    "applicant": Text("申请人", "the applicant"),
    "reviewer": Text("审查人员", "reviewer"),
    "expert": Text("专家", "expert"),
    "officer": Text("经办人", "the officers"),
}
SUBJECT: dict[ReminderOf, Text] = {
    "appointment": Text("远程踏勘即将开始", "A remote survey is about to begin"),
    "case": Text("办理期限将至", "A case's time limit ends soon"),
    "person": Text("人工复核待答复", "Somebody asked for a person and waits for the answer"),
    "begin": Text("踏勘还没有开始", "A survey has not begun"),
    "material": Text("照片还没有提交", "Photos have not been handed in"),
    "opinion": Text("有意见待提交", "An opinion is waited for"),
    "signature": Text("结论待签署", "A conclusion waits for a signature"),
    "rectify": Text("整改期限将至", "The time to put points right ends soon"),
    "appeal": Text("申诉待答复", "An appeal waits for its answer"),
    "notice": Text("有告知待答复", "A notice waits for an answer"),
    "repair": Text("信用修复申请待答复", "An application for credit repair waits for its answer"),
}
_WAYS: dict[ReminderOf, Text] = {
    "appointment": Text(
        "请准时用邀请链接进入；时间不合适，请在链接页面改期。",
        "Please come by your invitation's link in time; if it does not suit you, change it on that page.",
    ),
    "case": Text("请在期限内作出结论。", "Please see to it that the case is concluded within it."),
    "person": Text(
        "请用经办人链接查看并答复：维持，或更正事实。与本案有关的人员应当回避。",
        "Please look at the decision by your officer's link and answer: uphold it or correct a fact. Whoever has a "
        "part in the case leaves it to somebody else.",
    ),
    "begin": Text(
        "请用邀请链接开始或预约。到期仍未开始的，转为现场踏勘：申请照常办理，不影响信用。",
        "Please begin or make an appointment by your invitation's link. If nobody begins by then, a visit takes its "
        "place: the application goes on, and no credit is touched.",
    ),
    "material": Text(
        "请用邀请链接补齐并提交。到期后先按已有照片审查，之后仍可补交。",
        "Please complete and submit them by your invitation's link. Then what is there is reviewed; you can still "
        "add to it.",
    ),
    "opinion": Text("请用邀请链接提交意见。", "Please give it by your invitation's link."),
    "signature": Text("请用邀请链接查看记录并签署。", "Please read the record and sign by your invitation's link."),
    "rectify": Text("整改完成后请申请复验。", "When it is done, apply for the re-survey."),
    "appeal": Text("请由没有参加本案的人员答复。", "Somebody who took no part in the case answers it."),
    "notice": Text(
        "可以用告知链接陈述意见；没有链接请联系经办人。",
        "You may answer by the notice's link; if you have none, ask the officers.",
    ),
    "repair": Text("请在期限内答复。", "Please answer it within that time."),
}
_WEEKDAYS = "一二三四五六日"


def subject_of(obligation: Obligation, case_no: str) -> Text:
    """One line."""
    what = SUBJECT[obligation.of]
    return Text(f"{what.zh}：{case_no}", f"{what.en}: {case_no}")


def reminder_words(obligation: Obligation, to: tuple[Party, ...], case_no: str, item: Text) -> Text:
    """What the reminder says to these people; several are named, so that whoever reads it for them knows."""
    who, until, way = _people(to), _until(obligation), _WAYS[obligation.of]
    note = _note(obligation)
    head = subject_of(obligation, case_no)
    return Text(
        f"{head.zh}（{item.zh}）\n{until.zh}提醒对象：{who.zh}\n{way.zh}{note.zh}",
        f"{head.en} ({item.en})\n{until.en}For: {who.en}\n{way.en}{note.en}",
    )


def _until(obligation: Obligation) -> Text:
    if obligation.until is None:
        since = obligation.since.astimezone(CHINA)
        return Text(f"自 {since:%Y-%m-%d} 起等待。\n", f"Waiting since {since:%Y-%m-%d}.\n")
    if obligation.of == "appointment":
        start = obligation.until.astimezone(CHINA)
        zh = f"{start:%Y-%m-%d}（周{_WEEKDAYS[start.weekday()]}）{start:%H:%M}"
        return Text(f"时间：{zh}\n", f"When: {start:%A} {start.day} {start:%B %Y}, {start:%H:%M} (UTC+8)\n")
    last = day_of(obligation.until - timedelta(microseconds=1))
    zh = f"{last:%Y-%m-%d}（周{_WEEKDAYS[last.weekday()]}）"
    return Text(f"期限：{zh}（含当日）\n", f"Until the end of {last:%A} {last.day} {last:%B %Y}\n")


def _people(to: tuple[Party, ...]) -> Text:
    named = [_person(one) for one in dict.fromkeys(to)]
    return Text("、".join(one.zh for one in named), ", ".join(one.en for one in named))


def _person(party: Party) -> Text:
    who = WHO[party.who]
    return Text(f"{who.zh} {party.name}", f"{who.en} {party.name}") if party.name else who


def _note(obligation: Obligation) -> Text:
    if not obligation.weekends_only:
        return Text("", "")
    years = [str(year) for year in obligation.weekends_only]
    return Text(
        f"\n{'、'.join(years)} 年的节假日安排尚未录入，期限只扣除了周末。",
        f"\nThe holidays of {', '.join(years)} are not entered yet: this day leaves out weekends only.",
    )
