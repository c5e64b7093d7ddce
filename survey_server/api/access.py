"""Who is asking: an intake key, a person of one survey, or an auditor."""

import hmac
from urllib.parse import unquote

from aiohttp import web

from survey_server.flows.case import Case
from survey_server.flows.case_file import officer_reads
from survey_server.flows.invitation import Visitor, visitor
from survey_server.flows.node import Node
from survey_server.flows.restriction import opened
from survey_server.flows.trouble import malformed, no_key, wrong_role
from survey_server.survey.restriction_rules import LONGEST_PURPOSE
from survey_server.wire.basics import Role

NODE: web.AppKey[Node] = web.AppKey("node", Node)


def node(request: web.Request) -> Node:
    """The node this application serves."""
    return request.app[NODE]


def bearer(request: web.Request) -> str:
    """The bearer credential of the request, or an empty string."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def intake(request: web.Request) -> None:
    """Only the holder of the intake key goes on."""
    if not holds_intake_key(request):
        raise no_key()


def holds_intake_key(request: web.Request) -> bool:
    """Is it the approvals platform or the intake desk?"""
    return hmac.compare_digest(bearer(request).encode(), node(request).settings.intake_key.encode())


async def person(request: web.Request, *roles: Role) -> Visitor:
    """The visitor behind the session; with `roles`, only these go on."""
    who = await visitor(node(request), bearer(request))
    if roles and who.role not in roles:
        raise wrong_role()
    return who


async def of_survey(request: web.Request, *roles: Role) -> tuple[Visitor, Case]:
    """A visitor and the survey in the path; a person sees their own survey only, an auditor every one, a restricted
    one as `opened` allows.
    """
    who = await person(request, *roles)
    survey = request.match_info["survey"]
    if who.role != "auditor" and who.survey != survey:
        raise wrong_role()
    case = await node(request).case(survey)
    await reads(request, who, case)
    return who, case


async def of_file(request: web.Request, *roles: Role) -> tuple[Visitor, Case]:
    """The same, and an officer who is to decide about the case."""
    who = await person(request)
    if who.role != "officer":
        return await of_survey(request, *roles)
    here = node(request)
    case = await here.case(request.match_info["survey"])
    await officer_reads(here, case, who.name, purpose(request))
    return who, case


async def reads(request: web.Request, who: Visitor, case: Case) -> None:
    """Only who may read the case goes on. Raises Trouble 403 in words where it is restricted to others."""
    await opened(node(request), case, who.role, who.name, purpose(request))


def purpose(request: web.Request) -> str:
    """What somebody says they read a restricted case for: the header Takan-Purpose (UTF-8, percent-encoded), or
    `purpose` in the query. Raises Trouble 422 for what is too long or holds control characters.
    """
    said = unquote(request.headers.get("Takan-Purpose", "")) or request.query.get("purpose", "")
    said = said.strip()
    if len(said) > LONGEST_PURPOSE or not said.isprintable():
        raise malformed(f"the purpose is one line of {LONGEST_PURPOSE} characters at most")
    return said
