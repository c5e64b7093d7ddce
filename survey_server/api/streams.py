"""A survey as HLS. What lies under a ticket needs no bearer: players send none."""

from aiohttp import web

from survey_server.api.access import node, of_survey, purpose
from survey_server.api.handlers import json
from survey_server.api.objects import sent
from survey_server.flows import streams, tickets
from survey_server.flows.tickets import Ticket
from survey_server.flows.trouble import wrong_role

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def open_stream(request: web.Request) -> web.Response:
    """An address to play this survey at."""
    who, case = await of_survey(request, "auditor")
    return json(await streams.stream(node(request), case, who.name, purpose(request)), status=201)


async def send_master(request: web.Request) -> web.Response:
    """The master playlist."""
    return _playlist(await streams.master_playlist(node(request), _ticket(request)))


async def send_playlist(request: web.Request) -> web.Response:
    """One participant's playlist."""
    participant = request.match_info["participant"]
    return _playlist(await streams.media_playlist(node(request), _ticket(request), participant))


async def send_part(request: web.Request) -> web.Response:
    """A stored object that a playlist names."""
    number = int(request.match_info["object"])
    return await sent(request, await streams.streamed_object(node(request), _ticket(request), number))


def _ticket(request: web.Request) -> Ticket:
    here = node(request)
    ticket = tickets.redeem(here.secret, request.match_info["ticket"], here.clock())
    if ticket.video or ticket.file:
        raise wrong_role()
    return ticket


def _playlist(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/vnd.apple.mpegurl", headers=_HEADERS)
