"""The approvals platform: files cases under its own numbers, asks how they stand, withdraws them."""

import asyncio

from survey_server.flows.admission import admit, subject_of
from survey_server.flows.case import Case
from survey_server.flows.life import move
from survey_server.flows.node import Node
from survey_server.flows.platform_files import case_files
from survey_server.flows.trouble import Trouble, not_found
from survey_server.survey.survey import Survey
from survey_server.survey.tidings import signed_by
from survey_server.wire.admission import ApplicationForm
from survey_server.wire.basics import Text
from survey_server.wire.life import Withdraw
from survey_server.wire.node import FieldFault
from survey_server.wire.platform import CancelForm, CaseForm, CaseView

_PLATFORM = "审批平台 / approvals platform"
"""Whose act a withdrawal is, as the journal has it."""


async def file_case(node: Node, form: CaseForm) -> tuple[CaseView, bool]:
    """File a case and have it decided; True if it is new. The same content again answers how the case stands.

    Raises Trouble: 409 naming every field that differs from what was filed under this number, 422 for what can't be
    filed.
    """
    lock = node.filing.setdefault(form.case_no, asyncio.Lock())
    async with lock:
        known = await node.journal.of_case(form.case_no)
        if known:
            first = await node.case(known[0])
            differing = differences(form, first.survey, subject_of(form.subject.code).ref(node.secret))
            if differing:
                raise _other_content(form.case_no, differing)
            return await case_view(node, await node.case(known[-1])), False
        if form.item not in node.items:
            raise _no_item(form.item)
        earlier = await node.journal.of_case(form.earlier_case_no) if form.earlier_case_no else [""]
        if not earlier:
            raise _no_earlier(form.earlier_case_no)
        view = await admit(
            node, ApplicationForm(form.subject, form.item, form.site, form.window, form.case_no, form.mode, earlier[-1])
        )
        return await case_view(node, await node.case(view.survey)), True


async def platform_case(node: Node, case_no: str) -> Case:
    """The newest survey of the case with this number. Raises a 404 in words."""
    known = await node.journal.of_case(case_no)
    if not known:
        raise not_found(Text("没有这个编号的案件。", "There is no case of this number."))
    return await node.case(known[-1])


async def case_view(node: Node, case: Case) -> CaseView:
    """How the case stands, with links to its files that are good for some days from now."""
    survey, decision = case.survey, case.survey.admission
    assert decision is not None  # filed with its application, in one transaction
    return CaseView(
        case_no=survey.application.case_no,
        survey=survey.id,
        line=survey.seq,
        state=survey.state,
        outcome=decision.outcome,
        mode=decision.mode,
        tier=decision.tier,
        reasons=decision.reasons,
        filed_at=survey.created_at,
        started_at=survey.started_at,
        ended_at=survey.ended_at,
        result=survey.conclusion,
        signatures=signed_by(survey),
        files=await case_files(node, case),
        by_a_person=decision is not survey.decision,
        restricted=survey.restriction is not None,
    )


async def cancel(node: Node, case: Case, form: CancelForm) -> CaseView:
    """Withdraw a case; one that was withdrawn stays as it is. Raises Trouble 409 once its survey has begun."""
    if case.survey.state != "cancelled":
        await move(node, case, None, Withdraw(form.reason, _PLATFORM))
    return await case_view(node, case)


def differences(form: CaseForm, before: Survey, subject: str) -> list[FieldFault]:
    """Where the form differs from what was filed; `subject` is the keyed reference of the form's. A subject's number is
    not kept, so it is said that it differs and not how.
    """
    filed, weighed = before.application, None if before.decision is None else before.decision.weighed
    found: list[FieldFault] = []
    if subject != filed.subject:
        found.append(FieldFault("#/subject/code", Text("与先前提交的不同", "is not the one that was filed")))
    pairs: dict[str, tuple[object, object]] = {
        "subject/name": (filed.subject_name, form.subject.name),
        "item": (filed.item.view.code, form.item),
        **{
            f"site/{name}": (getattr(filed.site, name), getattr(form.site, name))
            for name in form.site.__struct_fields__
        },
        "window/start": (filed.window.start, form.window.start),
        "window/end": (filed.window.end, form.window.end),
        "mode": (before.mode if weighed is None else weighed.wish, form.mode),
        "earlier_case_no": ("" if filed.earlier is None else filed.earlier.case_no, form.earlier_case_no),
    }
    for name, (then, now) in pairs.items():
        if then != now:
            words = Text(
                f"先前是 {then or '空'}，现在是 {now or '空'}", f"was {then or 'empty'}, is now {now or 'empty'}"
            )
            found.append(FieldFault(f"#/{name}", words))
    return found


def _other_content(case_no: str, differing: list[FieldFault]) -> Trouble:
    zh = "；".join(f"{one.pointer[2:]} {one.detail.zh}" for one in differing)
    en = "; ".join(f"{one.pointer[2:]} {one.detail.en}" for one in differing)
    return Trouble(
        409,
        "other_content",
        Text("编号已用于另一内容", "The number is taken by other content"),
        Text(
            f"案件 {case_no} 已经提交过，内容不同：{zh}。请撤回后用新编号提交，或改用新编号。",
            f"Case {case_no} was filed with other content: {en}. File it under a new number.",
        ),
        fields=differing,
    )


def _no_item(code: str) -> Trouble:
    return Trouble(
        422,
        "no_item",
        Text("没有这个事项", "There is no such item"),
        Text(f"没有代码为 {code} 的事项；GET /api/items 列出全部事项。", f"No item {code}; GET /api/items lists them."),
        field="/item",
    )


def _no_earlier(case_no: str) -> Trouble:
    return Trouble(
        422,
        "no_earlier_case",
        Text("没有先前的案件", "There is no earlier case"),
        Text(f"没有编号为 {case_no} 的案件。", f"There is no case {case_no}."),
        field="/earlier_case_no",
    )
