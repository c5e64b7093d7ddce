"""What the subject is told, in both languages: before a decision, and with a deduction the way to its repair beside it
(两书同达: the decision and the repair notice arrive together).

Made out of the journal alone, so that anybody can make them again.
"""

from msgspec import Struct

from credit_gate.feedback.events import Deducted, Entry, Notified, Repaired, RepairRefused, Reversed
from credit_gate.feedback.feedback import Feedback
from credit_gate.feedback.words import last_day
from credit_gate.standing import Severity


class Notice(Struct, frozen=True):
    """One document for the subject. `what` is stable and for programs."""

    what: str
    zh: str
    en: str


_PUBLISHED: dict[Severity, tuple[str, str]] = {
    "minor": ("该记录轻微，不公示，不影响信用等级。", "The record is minor: it is not published and lowers no tier."),
    "general": ("该记录公示期最长一年。", "The record is published for at most one year."),
    "serious": ("该记录公示期最长三年。", "The record is published for at most three years."),
}


def notices(entry: Entry, after: Feedback) -> list[Notice]:
    """The documents that a step brings with it; none for most."""
    made = after.recorded
    case_zh, case_en = f"{made.subject_name}（案件 {made.case_no}）", f"{made.subject_name} (case {made.case_no})"
    match entry.event:
        case Notified(due=due):
            day = last_day(due)
            return [
                Notice(
                    "hearing",
                    f"{case_zh}：您在远程踏勘中提交的材料被认定为不实：{made.words} "
                    f"拟依据规则 {made.rule} 记入信用记录。"
                    f"您有权查看所依据的证据，并在 {day} 之前（含当日）陈述和申辩；在此之前不会作出决定。",
                    f"{case_en}: material you gave in a remote survey was found to be false: {made.words} A credit "
                    f"record under rule {made.rule} is intended. You may see the evidence and answer until the end of "
                    f"{day}; nothing is decided before.",
                )
            ]
        case Deducted() as event:
            published = _PUBLISHED[event.severity]
            return [
                Notice(
                    "decision",
                    f"{case_zh}：{event.kind_zh}，依据{event.rule}（规则编号 {event.number}）记入信用记录，"
                    f"编号 {event.event}，认定单位{event.confirmed_by}。{event.words} {published[0]}"
                    "对本决定有异议，可在本页提出一次异议，由未参与此前环节的工作人员处理。",
                    f"{case_en}: {event.kind_en}, recorded under {event.rule} (rule number {event.number}) as "
                    f"{event.event} by {event.confirmed_by}. {event.words} {published[1]} You may appeal once on this "
                    "page; an officer who had no part in it decides.",
                ),
                Notice(
                    "repair",
                    f"信用修复告知：改正后可在本页一次提交全部记录的信用修复申请，{event.repair_days} 个工作日内答复；"
                    "准予修复的记录立即停止计算，即可重新申请远程踏勘。",
                    "Credit repair: once things are put right, apply on this page for all records in one submission; "
                    f"it is answered within {event.repair_days} working days. What is repaired counts no more at once, "
                    "and remote surveys are open again.",
                ),
            ]
        case Reversed(words=words):
            zh, en = f"{case_zh}：异议成立，扣分已撤销。{words}", f"{case_en}: the deduction is taken back. {words}"
            return [Notice("reversed", zh, en)]
        case Repaired(words=words):
            zh, en = f"{case_zh}：准予信用修复，立即生效。{words}", f"{case_en}: repaired, with effect at once. {words}"
            return [Notice("repaired", zh, en)]
        case RepairRefused(words=words):
            zh = f"{case_zh}：暂不予修复。{words} 补正后可再次申请。"
            return [Notice("repair_refused", zh, f"{case_en}: not repaired yet. {words} You may apply again.")]
        case _:
            return []
