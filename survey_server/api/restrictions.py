"""Routes of the officers who restrict a case, or lift that."""

from typing import cast

from aiohttp import web

from survey_server.api.access import node, person
from survey_server.api.handlers import body, json
from survey_server.flows.restriction import order, restriction_views
from survey_server.wire.restriction import RestrictionOrder


async def list_restricted(request: web.Request) -> web.Response:
    """The cases that are restricted now."""
    await person(request, "officer")
    return json(await restriction_views(node(request)))


async def order_restriction(request: web.Request) -> web.Response:
    """Restrict a case or lift it; the list as it stands after that."""
    who = await person(request, "officer")
    await order(node(request), who.name, await body(request, cast("type[RestrictionOrder]", RestrictionOrder)))
    return json(await restriction_views(node(request)))
