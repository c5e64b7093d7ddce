"""Routes of false material: who may ask is said in `routes.py`; what an act is, in `flows/feedback.py`."""

from aiohttp import web

from credit_gate.feedback.feedback import Feedback
from credit_gate.feedback.life import Side
from survey_server.api.access import node, of_survey, person
from survey_server.api.handlers import body, json
from survey_server.flows import feedback as flow
from survey_server.flows.feedback_views import feedback_view, rules_view
from survey_server.flows.invitation import Visitor
from survey_server.flows.trouble import not_found, wrong_role
from survey_server.wire.basics import Text
from survey_server.wire.feedback import (
    ActForm,
    DeductionForm,
    FeedbackForm,
    NoticeLink,
    RepairAnswer,
    RepairForm,
)

_SIDES: dict[str, Side] = {"reviewer": "reviewer", "officer": "officer", "subject": "subject"}


async def list_rules(request: web.Request) -> web.Response:
    """The rules a deduction may cite; they are published."""
    return json(rules_view(node(request)))


async def record_feedback(request: web.Request) -> web.Response:
    """A reviewer records false material found in their survey."""
    who, case = await of_survey(request, "reviewer")
    made = await flow.record(node(request), case, who, await body(request, FeedbackForm))
    return await _shown(request, who, made, status=201)


async def list_of_survey(request: web.Request) -> web.Response:
    """What was found in one survey."""
    who, case = await of_survey(request, "reviewer", "auditor")
    return await _all_shown(request, who, await node(request).feedbacks.of_survey(case.id))


async def list_feedback(request: web.Request) -> web.Response:
    """All of them, newest first; for a subject, what they were told of."""
    who = await person(request, "officer", "auditor", "subject")
    here = node(request)
    found = await flow.about_subject(here, who) if who.role == "subject" else await here.feedbacks.all()
    return await _all_shown(request, who, found)


async def show_feedback(request: web.Request) -> web.Response:
    """One of them."""
    who = await person(request, "officer", "auditor", "subject", "reviewer")
    here = node(request)
    found = await here.feedbacks.get(request.match_info["feedback"])
    if found is None:
        raise not_found(Text("没有这条记录。", "There is no such record."))
    if who.role == "reviewer" and who.survey != found.recorded.survey:
        raise wrong_role()
    if who.role == "subject" and found.id not in {one.id for one in await flow.about_subject(here, who)}:
        raise wrong_role()
    return await _shown(request, who, found)


async def act(request: web.Request) -> web.Response:
    """One act in words."""
    who = await person(request, "officer", "subject")
    form = await body(request, ActForm)
    return await _shown(request, who, await flow.act(node(request), who, request.match_info["feedback"], form))


async def give_notice(request: web.Request) -> web.Response:
    """The notice to the subject, or one more link to it."""
    who = await person(request, "officer")
    made, link, expires = await flow.give_notice(node(request), who, request.match_info["feedback"])
    return json(NoticeLink(link, expires, await feedback_view(node(request), made, "officer")), status=201)


async def deduct(request: web.Request) -> web.Response:
    """The decision to deduct."""
    who = await person(request, "officer")
    form = await body(request, DeductionForm)
    return await _shown(request, who, await flow.deduct(node(request), who, request.match_info["feedback"], form))


async def ask_repair(request: web.Request) -> web.Response:
    """The subject applies for the repair of several records."""
    who = await person(request, "subject")
    return await _all_shown(request, who, await flow.ask_repair(node(request), who, await body(request, RepairForm)))


async def answer_repair(request: web.Request) -> web.Response:
    """An officer answers an application."""
    who = await person(request, "officer")
    form = await body(request, RepairAnswer)
    done = await flow.answer_repair(node(request), who, request.match_info["application"], form)
    return await _all_shown(request, who, done)


async def _shown(request: web.Request, who: Visitor, feedback: Feedback, status: int = 200) -> web.Response:
    return json(await feedback_view(node(request), feedback, _SIDES.get(who.role)), status)


async def _all_shown(request: web.Request, who: Visitor, feedbacks: list[Feedback]) -> web.Response:
    return json([await feedback_view(node(request), one, _SIDES.get(who.role)) for one in feedbacks])
