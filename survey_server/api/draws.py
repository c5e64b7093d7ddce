"""The panel as the intake desk orders it: draws by lot, and who is taken off."""

from aiohttp import web

from survey_server.api.access import intake, node
from survey_server.api.handlers import body, json
from survey_server.flows.draw import open_draw, replace
from survey_server.flows.invitation import invite_drawn
from survey_server.flows.recusal import take_off
from survey_server.flows.views import draw_view
from survey_server.wire.draws import DrawOrder, ReplacementOrder
from survey_server.wire.panel import RecusalOrder


async def order_draw(request: web.Request) -> web.Response:
    """Open a draw; the applicant's page does its part when it is there."""
    intake(request)
    survey = request.match_info["survey"]
    draw = await open_draw(node(request), survey, await body(request, DrawOrder))
    return json(draw_view((await node(request).case(survey)).survey, draw), status=201)


async def list_draws(request: web.Request) -> web.Response:
    """Every draw of a survey, and how far it is."""
    intake(request)
    survey = (await node(request).case(request.match_info["survey"])).survey
    return json([draw_view(survey, draw) for draw in survey.draws])


async def invite_those_drawn(request: web.Request) -> web.Response:
    """Links for those who were drawn and have none yet."""
    intake(request)
    links = await invite_drawn(node(request), request.match_info["survey"], int(request.match_info["draw"]))
    return json(links, status=201)


async def replace_one(request: web.Request) -> web.Response:
    """A drawn person does not take part; the next in the drawn order does."""
    intake(request)
    survey = request.match_info["survey"]
    order = await body(request, ReplacementOrder)
    draw = await replace(node(request), survey, int(request.match_info["draw"]), order)
    return json(draw_view((await node(request).case(survey)).survey, draw), status=201)


async def take_off_the_panel(request: web.Request) -> web.Response:
    """A reviewer or expert takes no further part."""
    intake(request)
    survey = request.match_info["survey"]
    await take_off(node(request), survey, await body(request, RecusalOrder))
    return web.Response(status=204)
