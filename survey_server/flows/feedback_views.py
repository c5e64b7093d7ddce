"""A feedback as its viewer may see it: officers and auditors all of it, the reviewers of its survey, and the subject
from the notice on. How the platform takes it is the officers' business alone.
"""

from collections.abc import Sequence
from datetime import timedelta

from credit_gate.feedback.events import Entry, Evidence, OfObject, OfPhoto, OfRecording
from credit_gate.feedback.feedback import Feedback, rebuild, step
from credit_gate.feedback.life import Side, State, possible
from credit_gate.feedback.notices import notices
from credit_gate.feedback.words import ACTS, STATES
from credit_gate.working_days import Due, day_of
from survey_server.db.outbox import Message
from survey_server.flows.node import Node
from survey_server.wire.basics import Text
from survey_server.wire.feedback import (
    DeliveryView,
    DueView,
    EvidenceView,
    FeedbackLine,
    FeedbackView,
    NoticeView,
    RulesView,
    RuleView,
)

_OUTBOX_WORDS = {
    "deducted": Text("扣分记录", "the deduction"),
    "repaired": Text("信用修复", "the repair"),
    "reversed": Text("撤销", "the reversal"),
}


async def feedback_view(node: Node, feedback: Feedback, side: Side | None) -> FeedbackView:
    """The feedback, as its journal tells it now, for somebody of this side; None for an auditor, who looks and does
    nothing.
    """
    entries = await node.feedbacks.read(feedback.id)
    feedback = rebuild(entries)
    kept = {stored.about["step"] for stored in await node.index.of_survey(feedback.id)}
    recorded = feedback.recorded
    rows = await _rows(node, entries) if side in ("officer", None) else []
    return FeedbackView(
        feedback=feedback.id,
        seq=feedback.seq,
        state=feedback.state.value,
        stands=Text(*STATES[feedback.state]),
        survey=recorded.survey,
        case_no=recorded.case_no,
        subject_name=recorded.subject_name,
        rule=recorded.rule,
        words=recorded.words,
        recorded_at=feedback.recorded_at,
        evidence=[_evidence(one) for one in recorded.evidence],
        steps=[_line(entry, entry.seq in kept) for entry in entries],
        notices=_notices(entries),
        open=[] if side is None else _open(node, feedback, side),
        due=_due(node, feedback),
        event="" if feedback.deducted is None else feedback.deducted.event,
        application="" if feedback.repair is None else feedback.repair.application,
        deliveries=[DeliveryView(_OUTBOX_WORDS[row.kind], row.delivered_at, row.attempts, row.trouble) for row in rows],
    )


def rules_view(node: Node) -> RulesView:
    """The published catalogue."""
    rules = node.rules
    return RulesView(
        rules.version,
        rules.digest,
        rules.answer_days,
        rules.repair_days,
        Text(rules.authority.zh, rules.authority.en),
        [RuleView(one.number, one.rule, one.severity, Text(one.kind.zh, one.kind.en)) for one in rules.rule],
    )


async def _rows(node: Node, entries: Sequence[Entry]) -> list[Message]:
    return await node.outbox.get([f"{entry.feedback}/{entry.seq}" for entry in entries])


def _line(entry: Entry, kept: bool) -> FeedbackLine:
    by = getattr(entry.event, "by", None)
    words = getattr(entry.event, "words", "")
    return FeedbackLine(entry.at, Text(*ACTS[type(entry.event)]), by.name if by is not None else "", words, kept)


def _open(node: Node, feedback: Feedback, side: Side) -> list[str]:
    """The acts that are open to this side; after a period without an answer, what the end of it opens too."""
    kinds = possible(feedback.state, side)
    period = feedback.notified
    if feedback.state is State.NOTIFIED and period is not None and node.clock() >= period.due:
        kinds = list(dict.fromkeys([*kinds, *possible(State.UNANSWERED, side)]))
    return [str(kind.__struct_config__.tag) for kind in kinds]


def _notices(entries: Sequence[Entry]) -> list[NoticeView]:
    after: Feedback | None = None
    told: list[NoticeView] = []
    for entry in entries:
        after = step(after, entry)
        told += [NoticeView(one.what, Text(one.zh, one.en), entry.at) for one in notices(entry, after)]
    return told


def _evidence(evidence: Evidence) -> EvidenceView:
    match evidence:
        case OfPhoto(photo=number, sha256=sha256):
            return EvidenceView(Text(f"照片 {number}", f"photo {number}"), sha256, number)
        case OfObject(key=key, sha256=sha256):
            return EvidenceView(Text(f"归档对象 {key}", f"object {key}"), sha256)
        case OfRecording(start_s=start, end_s=end, seal=seal):
            span = f"{_clock(start)}–{_clock(end)}"
            return EvidenceView(Text(f"录像 {span}", f"recording {span}"), seal)


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _due(node: Node, feedback: Feedback) -> DueView | None:
    """The period that runs now: the subject's to answer, or ours to answer an application."""
    match feedback:
        case Feedback(state=State.NOTIFIED | State.ANSWERED, notified=period) if period is not None:
            pass
        case Feedback(state=State.REPAIRING, repair=period) if period is not None:
            pass
        case _:
            return None
    now, last = node.clock(), day_of(period.due - timedelta(microseconds=1))
    note = Due(last, period.due, period.weekends_only).note
    left = max(0, node.calendar.between(now, last))
    return DueView(f"{last}", period.due, left, None if note is None else Text(note.zh, note.en))
