"""False material and what follows, from top to bottom: a reviewer's finding, the second officer, the notice, the
subject's answer, the decision, the appeal, the repair. Every step is a person's act; nothing here runs by itself.

Each is journaled, with what the credit platform is to be told in the same transaction; then it is preserved. Of two
acts at once one is journaled; the other is judged by what stands then, and told why it is too late.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from credit_gate.feedback.events import (
    Answered,
    AnyEvent,
    Appealed,
    Confirmed,
    Deducted,
    Dismissed,
    Dropped,
    Entry,
    Evidence,
    Linked,
    Notified,
    Officer,
    OfObject,
    OfPhoto,
    OfRecording,
    Recorded,
    RepairAsked,
    Repaired,
    RepairRefused,
    Reversed,
    Upheld,
)
from credit_gate.feedback.feedback import Feedback, Stage, step, take
from credit_gate.feedback.life import State
from credit_gate.feedback.rules import Rule
from credit_gate.reason import Reason
from survey_server.db.errors import LineTaken
from survey_server.db.feedbacks import Lines
from survey_server.flows.admission import subject_of
from survey_server.flows.case import Case
from survey_server.flows.credit_delivery import telling
from survey_server.flows.feedback_record import preserve_steps
from survey_server.flows.invitation import Visitor, subject_link
from survey_server.flows.node import Node
from survey_server.flows.subjects import subject_behind
from survey_server.flows.trouble import Trouble, not_found, wrong_role
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text
from survey_server.wire.feedback import (
    ActForm,
    DeductionForm,
    EvidenceForm,
    FeedbackForm,
    ObjectEvidence,
    PhotoEvidence,
    RecordingEvidence,
    RepairAnswer,
    RepairForm,
)

EventFor = Callable[[Feedback], AnyEvent]
"""Makes an act out of the feedback as it stands."""


# ---------------------------------------------------------------- the finding


async def record(node: Node, case: Case, who: Visitor, form: FeedbackForm) -> Feedback:
    """A reviewer of the case records false material. Raises Trouble for a rule or for evidence that isn't there."""
    survey, application = case.survey, case.survey.application
    found = Recorded(
        by=_officer(who),
        survey=survey.id,
        case_no=application.case_no,
        subject=application.subject,
        subject_name=application.subject_name,
        rule=_rule(node, form.rule).number,
        words=form.words,
        evidence=tuple([await _evidence(node, survey, one) for one in form.evidence]),
    )
    async with node.deciding:
        if any(
            one.open and one.recorded.evidence == found.evidence for one in await node.feedbacks.of_survey(survey.id)
        ):
            raise Trouble(
                409,
                "recorded_already",
                Text("已经记录过", "This is recorded already"),
                Text("同一证据已有记录在办，不必重复。", "A finding that rests on the same evidence is under way."),
            )
        now = node.clock()
        entry = Entry(f"f{now:%y%m%d}{secrets.token_hex(5)}", 1, now, found)
        lines = Lines([entry], step(None, entry))
        await node.feedbacks.append([lines])
    _carry(node, [entry.feedback])
    return lines.after


async def _evidence(node: Node, survey: Survey, form: EvidenceForm) -> Evidence:
    """The evidence with its digest, as the survey has it."""
    match form:
        case PhotoEvidence(photo=number):
            photo = survey.photos.get(number)
            if photo is None:
                raise _no_evidence(Text(f"没有编号为 {number} 的照片。", f"There is no photo {number} in this survey."))
            return OfPhoto(number, photo.received.key, photo.received.sha256)
        case ObjectEvidence(key=key):
            stored = await node.index.by_key(key)
            if stored is None or stored.survey != survey.id:
                raise _no_evidence(Text("该踏勘没有这个已归档的对象。", "The archive has no such object of it."))
            return OfObject(key, stored.sha256)
        case RecordingEvidence(start_s=start, end_s=end):
            seal = next((seal for seal in survey.seals if seal.kind == "recording"), None)
            begun, ended = survey.started_at, survey.ended_at
            if seal is None or begun is None or ended is None:
                raise _no_evidence(Text("录像尚未封存，请稍候再引用。", "The recording is not sealed yet."))
            if not start < end <= (ended - begun).total_seconds() + 1:
                raise _no_evidence(
                    Text("录像时间段不在这次踏勘之内。", "These times are not within the survey's recording.")
                )
            return OfRecording(start, end, seal.sha256)


# ---------------------------------------------------------------- officers and the subject


async def act(node: Node, who: Visitor, feedback: str, form: ActForm) -> Feedback:
    """One act in words: an officer confirms, dismisses, drops, upholds, reverses; the subject answers, appeals."""
    if (form.act in ("answer", "appeal")) is not (who.role == "subject"):
        raise wrong_role()
    return await _act(node, who, feedback, lambda _: _said(form, _officer(who)), form.seen)


def _said(form: ActForm, by: Officer) -> AnyEvent:
    match form.act:
        case "confirm":
            return Confirmed(by, form.words)
        case "dismiss":
            return Dismissed(by, form.words)
        case "drop":
            return Dropped(by, form.words)
        case "uphold":
            return Upheld(by, form.words)
        case "reverse":
            return Reversed(by, form.words)
        case "answer":
            return Answered(form.words)
        case "appeal":
            return Appealed(form.words)


async def give_notice(node: Node, who: Visitor, feedback: str) -> tuple[Feedback, str, datetime]:
    """An officer gives the notice, or one more link to it later: the feedback, the link, when it expires unopened.

    The period begins with the first; the link itself stands nowhere but in the answer.
    """
    days, due = node.rules.answer_days, node.calendar.due(node.clock(), node.rules.answer_days)

    def notice(stands: Feedback) -> AnyEvent:
        if stands.notified is None:
            return Notified(_officer(who), days, due.at, due.weekends_only)
        return Linked(_officer(who))

    after = await _act(node, who, feedback, notice)
    made = await subject_link(node, feedback, after.recorded.subject_name)
    return after, made.link, made.expires_at


async def deduct(node: Node, who: Visitor, feedback: str, form: DeductionForm) -> Feedback:
    """An officer decides on a credit event, citing its rule. The code is held against the survey's own reference."""
    subject, rule = subject_of(form.code), _rule(node, form.rule)
    reference = subject.ref(node.secret)

    def decided(stands: Feedback) -> AnyEvent:
        if reference != stands.recorded.subject:
            raise Trouble(
                422,
                "other_subject",
                Text("代码与案件不符", "This is another subject's code"),
                Text("请对照案卷重新填写当事人的代码。", "Enter the subject's code again from the case file."),
            )
        return Deducted(
            by=_officer(who),
            words=form.words,
            event=f"TK-{feedback}",
            number=rule.number,
            rule=rule.rule,
            kind_zh=rule.kind.zh,
            kind_en=rule.kind.en,
            severity=rule.severity,
            confirmed_by=node.rules.authority.zh,
            repair_days=node.rules.repair_days,
        )

    return await _act(node, who, feedback, decided, form.seen, code=form.code)


# ---------------------------------------------------------------- repair: several records, one submission, one answer


async def ask_repair(node: Node, who: Visitor, form: RepairForm) -> list[Feedback]:
    """The subject applies for the repair of several records at once (信用修复一件事): all of them or none."""
    mine = {one.id for one in await about_subject(node, who)}
    if not mine.issuperset(form.feedback):
        raise not_found(Text("没有这条记录。", "You have no such record."))
    due = node.calendar.due(node.clock(), node.rules.repair_days)
    asked = RepairAsked(f"r{node.clock():%y%m%d}{secrets.token_hex(5)}", form.words, due.at, due.weekends_only)
    return await _write(node, list(dict.fromkeys(form.feedback)), lambda _: asked)


async def answer_repair(node: Node, who: Visitor, application: str, form: RepairAnswer) -> list[Feedback]:
    """An officer answers an application, about every record of it."""
    by, records = _officer(who), {one.feedback: one for one in form.records}
    waiting = await node.feedbacks.in_state(State.REPAIRING)
    under_way = {one.id for one in waiting if one.repair is not None and one.repair.application == application}
    if not under_way or under_way != set(records):
        raise Trouble(
            409,
            "whole_application",
            Text("须一次答复全部记录", "The answer is about every record"),
            Text("请对申请中的每条待办记录都作出答复，已答复的不再重复。",
                 "Answer about each record of the application that is still open, and about no other."),
        )  # fmt: skip

    def answered(stands: Feedback) -> AnyEvent:
        kind = Repaired if records[stands.id].granted else RepairRefused
        return kind(by, application, records[stands.id].words)

    return await _write(node, list(records), answered)


async def about_subject(node: Node, who: Visitor) -> list[Feedback]:
    """Everything about the subject who holds this link that they have been told of."""
    reference, _ = await subject_behind(node, who)
    about = await node.feedbacks.of_subject(reference)
    return [one for one in about if one.notified is not None]


# ---------------------------------------------------------------- how every act is carried out


async def _act(
    node: Node, who: Visitor, feedback: str, event_for: EventFor, seen: int | None = None, code: str = ""
) -> Feedback:
    if who.role == "subject" and feedback not in {one.id for one in await about_subject(node, who)}:
        raise wrong_role()
    return (await _write(node, [feedback], event_for, seen, code))[0]


async def _write(
    node: Node, feedbacks: Sequence[str], event_for: EventFor, seen: int | None = None, code: str = ""
) -> list[Feedback]:
    """Judge and journal an act about each of these, all in one transaction. Raises Trouble in the refusal's words."""
    async with node.deciding:
        for last in (False, False, True):
            stages = [await _stages(node, one, event_for, seen) for one in feedbacks]
            lines = [Lines([stage.entry for stage in some], some[-1].after) for some in stages]
            told = [telling(node, stage, code) for some in stages for stage in some]
            try:
                await node.feedbacks.append(lines, [one for one in told if one is not None])
            except LineTaken:  # by another node: what it wrote is judged with, and told, too
                if last:
                    raise
            else:
                break
    _carry(node, feedbacks)
    return [one.after for one in lines]


async def _stages(node: Node, feedback: str, event_for: EventFor, seen: int | None) -> list[Stage]:
    stands = await node.feedbacks.get(feedback)
    if stands is None:
        raise not_found(Text("没有这条记录。", "There is no such record."))
    survey = (await node.case(stands.recorded.survey)).survey
    signed = [survey.participants[one].name for one in survey.signatures]
    taken = take(stands, event_for(stands), node.clock(), signed=signed, seen=seen)
    if isinstance(taken, Reason):
        raise Trouble(409, taken.code, Text("现在不能这样办理", "This can't be done now"), Text(taken.zh, taken.en))
    return taken


def _carry(node: Node, feedbacks: Sequence[str]) -> None:
    """What follows upon lines that stand: their records in the archive, and the platform's word."""
    for one in feedbacks:
        node.persist(f"records of {one}", partial(preserve_steps, node, one))
    node.deliveries.wake()


def _officer(who: Visitor) -> Officer:
    return Officer(who.participant if who.survey is None else f"{who.survey}/{who.participant}", who.name)


def _rule(node: Node, number: str) -> Rule:
    rule = node.rules.of(number)
    if rule is None:
        raise Trouble(
            422,
            "no_such_rule",
            Text("没有这条规则", "There is no such rule"),
            Text("请从已公布的规则目录中选择。", "Choose one of the published catalogue (GET /api/rules)."),
        )
    return rule


def _no_evidence(words: Text) -> Trouble:
    return Trouble(422, "no_such_evidence", Text("证据不存在", "This evidence isn't there"), words)
