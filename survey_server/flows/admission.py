"""Admission: the gate decides about an application; the decision is preserved, then both are journaled, then told."""

import logging
import secrets
from datetime import datetime

import rfc8785

from credit_gate.decision import Admitted, Decision
from credit_gate.feedback.local import with_local
from credit_gate.gate import decide
from credit_gate.reason import Reason
from credit_gate.replay import kept
from credit_gate.standing import Event, Standing
from credit_gate.subject import BadCode, Subject, parse
from credit_gate.tier import Tier
from evidence_store import Facts, Receipt
from survey_server.flows.collecting import watch_material
from survey_server.flows.node import Node
from survey_server.flows.re_survey import announce, case_to_go_back_to
from survey_server.flows.trouble import Trouble
from survey_server.flows.views import admission_view
from survey_server.survey.decision_events import Counted, Weighed
from survey_server.survey.events import Applied, Decided, ItemRecord, ReSurveyed
from survey_server.survey.rectification import goes_back_to, looked_at_again
from survey_server.survey.survey import own_number
from survey_server.wire.admission import AdmissionView, ApplicationForm
from survey_server.wire.basics import Text

_log = logging.getLogger(__name__)

NO_REGISTER = Reason(
    "no_register",
    "本系统尚未接入信用档案，无法查询信用等级。",
    "No credit register is connected to this system, so the credit tier is not known.",
)


async def admit(node: Node, form: ApplicationForm) -> AdmissionView:
    """File the application and decide it. Raises Trouble for an unknown item, a bad code or an empty window."""
    item = node.item(form.item)
    subject = subject_of(form.subject.code)
    if form.window.end <= form.window.start:
        raise Trouble(
            422,
            "empty_window",
            Text("时间范围不对", "The time window is empty"),
            Text("结束时间要晚于开始时间。", "The window must end after it starts."),
            field="/window/end",
        )
    now = node.clock()
    if not form.subject.name.strip():
        raise Trouble(
            422,
            "no_name",
            Text("缺少名称", "The subject's name is missing"),
            Text("请填写单位或个人名称。", "Give the name of the enterprise or person."),
            field="/subject/name",
        )
    reference = subject.ref(node.secret)
    earlier = await case_to_go_back_to(node, form.earlier, reference, item.code) if form.earlier else None
    standing = with_local(await standing_of(node, subject, now), await own_events(node, reference))
    decision = decide(subject, standing, item.terms(), node.policy, now, form.mode)
    survey = f"s{now:%y%m%d}{secrets.token_hex(5)}"
    held = await node.store.preserve(
        rfc8785.dumps({"survey": survey, **kept(decision, reference, item.terms(), node.policy)}),
        Facts(
            name=f"{node.prefix_of(survey, now)}/admission/decision",
            suffix=".json",
            media_type="application/json",
            lock_days=node.settings.lock_days,
            kind="decision",
            about={"outcome": decision.outcome},
        ),
    )
    case_no = form.case_no or own_number(survey)
    record = ItemRecord(item.view(), item.statutory_basis, item.retention)
    if earlier is not None:
        record = looked_at_again(earlier.survey)
        await announce(earlier, ReSurveyed(survey, case_no))  # before the filing: no re-survey without its line there
    case = await node.docket.file(
        survey,
        now,
        Applied(
            case_no=case_no,
            item=record,
            subject=reference,
            subject_name=form.subject.name,
            site=form.site,
            window=form.window,
            earlier=None if earlier is None else goes_back_to(earlier.survey),
        ),
        journaled(decision, held, counted(node, decision, standing)),
    )
    if case.survey.mode == "upload_only" and case.survey.state == "admitted":
        node.watch(watch_material(node, survey))
    return admission_view(case.survey)


def journaled(decision: Decision, held: Receipt, records: list[Counted]) -> Decided:
    """The decision as the journal has it; `held` is its preserved record, `records` are those that counted."""
    admitted = isinstance(decision, Admitted)
    return Decided(
        outcome=decision.outcome,
        tier=decision.tier.value,
        reasons=reasons_of(decision),
        policy_digest=decision.policy_digest,
        key=held.key,
        sha256=held.sha256,
        mode=decision.mode if admitted else "live",
        time_limit_days=decision.time_limit_days if admitted else 0,
        weighed=Weighed(decision.wish, decision.whose, decision.as_of, len(decision.events), decision.source, records),
    )


def counted(node: Node, decision: Decision, standing: Standing) -> list[Counted]:
    """The records that lowered the tier, each with the end of its publicity."""
    whose = standing.representative if decision.whose == "representative" else standing
    events = {event.id: event for event in (() if whose is None else whose.events)}
    return [
        Counted(one.id, Text(one.kind_zh, one.kind_en), one.rule, one.end(node.policy.standing))
        for one in (events[name] for name in decision.events if name in events)
    ]


def subject_of(code: str) -> Subject:
    """The subject with this code. Raises Trouble in words for a wrong one."""
    try:
        return parse(code)
    except BadCode as fault:
        title = Text("证件号码不对", "The code is not valid")
        raise Trouble(422, "bad_code", title, Text(fault.zh, fault.en), field="/subject/code") from None


async def own_events(node: Node, reference: str) -> list[Event]:
    """The deductions decided here, by the subject's keyed reference: they count at once, and so do their repairs."""
    about = await node.feedbacks.of_subject(reference)
    return [event for one in about if (event := one.event) is not None]


async def standing_of(node: Node, subject: Subject, at: datetime) -> Standing:
    """What the configured source says; without one, unknown."""
    if node.register is None:
        return Standing(Tier.UNKNOWN, None, (), "none", unknown_because=NO_REGISTER)
    standing = await node.register.ask(subject, at)
    if standing.fault:
        _log.warning("credit source: %s", standing.fault)
    return standing


def reasons_of(decision: Decision) -> list[Text]:
    """The decision's reasons as the wire carries them; a cited rule stands behind its sentence."""
    return [
        Text(
            f"{reason.zh}（{reason.rule}）" if reason.rule else reason.zh,
            f"{reason.en} ({reason.rule})" if reason.rule else reason.en,
        )
        for reason in decision.reasons
    ]
