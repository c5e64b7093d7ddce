"""Errands, checked by anybody: by code, or by the document itself."""

from aiohttp import web

from survey_server.api.access import node
from survey_server.api.handlers import body, json
from survey_server.flows.errands import check_code, check_document, picture
from survey_server.wire.errands import ErrandForm


async def check_errand(request: web.Request) -> web.Response:
    """How the errand of this code stands."""
    return json(await check_code(node(request), request.match_info["code"]))


async def check_errand_document(request: web.Request) -> web.Response:
    """How the errand that this document is stands."""
    return json(await check_document(node(request), (await body(request, ErrandForm)).document))


async def send_errand_picture(request: web.Request) -> web.Response:
    """An errand's QR code."""
    drawn = await picture(node(request), request.match_info["code"])
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=drawn, content_type="image/svg+xml", headers=headers)
