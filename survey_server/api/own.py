"""Routes of a subject's own view, and of the officers who look at a decision again or decide an appeal."""

from typing import cast

from aiohttp import web

from survey_server.api.access import node, person
from survey_server.api.handlers import body, json
from survey_server.flows.life import decide_appeal
from survey_server.flows.own import appeal_views, ask_person, asked_view, asked_views, own_view, unrestricted
from survey_server.flows.second_look import answer
from survey_server.wire.life import AppealAnswerForm
from survey_server.wire.own import AskPersonForm, ReviewForm


async def show_own(request: web.Request) -> web.Response:
    """Everything that was decided about the subject."""
    who = await person(request, "subject", "applicant")
    return json(await own_view(node(request), who))


async def ask_for_person(request: web.Request) -> web.Response:
    """The subject asks that a person look at a decision; everything as it stands then."""
    who = await person(request, "subject", "applicant")
    form = await body(request, AskPersonForm)
    return json(await ask_person(node(request), who, request.match_info["survey"], form.words), status=201)


async def list_asked(request: web.Request) -> web.Response:
    """Decisions that a person was asked to look at."""
    who = await person(request, "officer", "auditor")
    views = await asked_views(node(request))
    return json(unrestricted(views) if who.role == "auditor" else views)


async def answer_asked(request: web.Request) -> web.Response:
    """An officer answers."""
    who = await person(request, "officer")
    here, survey = node(request), request.match_info["survey"]
    await answer(here, await here.case(survey), who.name, await body(request, cast("type[ReviewForm]", ReviewForm)))
    return json(await asked_view(here, survey))


async def list_appeals(request: web.Request) -> web.Response:
    """Appeals against conclusions."""
    who = await person(request, "officer", "auditor")
    views = await appeal_views(node(request))
    return json(unrestricted(views) if who.role == "auditor" else views)


async def answer_appeal(request: web.Request) -> web.Response:
    """An officer decides one."""
    who = await person(request, "officer")
    here, survey = node(request), request.match_info["survey"]
    await decide_appeal(await here.case(survey), who.name, await body(request, AppealAnswerForm))
    return json(await asked_view(here, survey))
