"""The sentences of the feedback: its states, its acts, and why an act may not be now."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from credit_gate.feedback.events import (
    Answered,
    AnyEvent,
    Appealed,
    Confirmed,
    Deducted,
    Delivered,
    Dismissed,
    Dropped,
    Lapsed,
    Linked,
    Notified,
    Recorded,
    RepairAsked,
    Repaired,
    RepairRefused,
    Reversed,
    Upheld,
)
from credit_gate.feedback.life import State, possible, side
from credit_gate.reason import Reason
from credit_gate.working_days import CHINA

Pair = tuple[str, str]
"""Chinese, English."""

STATES: Mapping[State, Pair] = {
    State.RECORDED: ("待复核", "waiting for a second officer"),
    State.DISMISSED: ("复核不予认定", "dismissed by the second officer"),
    State.CONFIRMED: ("已复核，待告知", "confirmed, notice is to be given"),
    State.NOTIFIED: ("已告知，等待陈述申辩", "waiting for the subject's answer"),
    State.ANSWERED: ("已陈述申辩，待决定", "answered, to be decided"),
    State.UNANSWERED: ("期满未答复，待决定", "not answered in time, to be decided"),
    State.DROPPED: ("不予扣分", "dropped, nothing is deducted"),
    State.DEDUCTED: ("已扣分", "deducted"),
    State.APPEALED: ("异议处理中", "under appeal"),
    State.REPAIRING: ("信用修复办理中", "under repair"),
    State.REVERSED: ("异议成立，已撤销", "reversed on appeal"),
    State.REPAIRED: ("已修复", "repaired"),
}
ACTS: Mapping[type[AnyEvent], Pair] = {
    Recorded: ("记录虚假材料", "record a finding"),
    Confirmed: ("复核认定", "confirm"),
    Dismissed: ("复核不予认定", "dismiss"),
    Notified: ("告知当事人", "give notice to the subject"),
    Linked: ("重新发送链接", "give out another link"),
    Answered: ("陈述申辩", "answer"),
    Lapsed: ("记录期满未答复", "note that the period passed"),
    Dropped: ("决定不予扣分", "drop"),
    Deducted: ("决定扣分", "deduct"),
    Delivered: ("记录送达信用平台", "note the platform's acknowledgement"),
    Appealed: ("提出异议", "appeal"),
    Upheld: ("维持扣分", "uphold"),
    Reversed: ("撤销扣分", "reverse"),
    RepairAsked: ("申请信用修复", "apply for repair"),
    Repaired: ("准予修复", "grant the repair"),
    RepairRefused: ("不予修复", "refuse the repair"),
}

APPEALED_ONCE = Reason(
    "appealed_once",
    "异议已经处理过一次；如不服，可依法申请行政复议或提起行政诉讼，也可申请信用修复。",
    "An appeal was decided already; administrative reconsideration and the courts are open, and so is repair.",
)
HEARD = Reason(
    "heard",
    "您的陈述已全部收到，请等待决定；如需补充，请联系承办人员。",
    "Your answers were all received; please wait for the decision, or speak to the office if something is missing.",
)
TOLD_ALREADY = Reason("told_already", "信用平台已确认收到。", "The credit platform has acknowledged this already.")
SECOND_OFFICER = Reason(
    "second_officer",
    "须由另一名工作人员办理：记录人和在踏勘结论上签名的人不能复核或决定。",
    "This takes another officer: neither who recorded the finding nor who signed the survey's conclusion may do it.",
)
IN_APPEAL = Reason(
    "not_in_own_appeal",
    "须由未参与此前各环节的工作人员处理异议。",
    "An appeal is decided by an officer who had no part in what came before.",
)
OTHER_APPLICATION = Reason(
    "other_application",
    "修复申请编号不符，请刷新后重试。",
    "This is not the application under way; read it again.",
)
CHANGED = Reason(
    "changed_meanwhile",
    "您查看之后又有新的进展（如当事人的陈述），请先阅读再办理。",
    "Something came in after you looked, such as the subject's answer. Read it, then decide.",
)


def not_now(event: AnyEvent, state: State) -> Reason:
    """The table does not allow it; what is open to whose act it would be is said too."""
    act, stands = ACTS[type(event)], STATES[state]
    ways = [ACTS[kind] for kind in possible(state, side(type(event)))]
    zh = "现在可以：" + "、".join(way[0] for way in ways) if ways else "无需再办理"
    en = "open now: " + ", ".join(way[1] for way in ways) if ways else "nothing more is to be done here"
    return Reason(
        "not_now",
        f"目前状态为“{stands[0]}”，不能{act[0]}；{zh}。",
        f"It is {stands[1]}: this is not the time to {act[1]}; {en}.",
    )


def answer_period(due: datetime) -> Reason:
    """The subject still has time."""
    day = last_day(due)
    return Reason(
        "answer_period",
        f"当事人可在 {day} 之前（含当日）陈述申辩，在此之前不能作出决定。",
        f"The subject may answer until the end of {day}; nothing is decided before they did or that day is over.",
    )


def last_day(due: datetime) -> str:
    """The last day, in China, of a period that is over at `due`."""
    return f"{(due - timedelta(microseconds=1)).astimezone(CHINA):%Y-%m-%d}"
