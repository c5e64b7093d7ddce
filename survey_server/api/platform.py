"""The approvals platform's routes. Its requests are signed (RFC 9421); docs/platform.md tells its developers how."""

from aiohttp import web

from credit_gate.sources.signing import authority
from survey_server.api.access import node
from survey_server.api.handlers import decoded, json
from survey_server.api.objects import sent
from survey_server.flows import platform
from survey_server.flows.invitation import invite
from survey_server.flows.platform_files import linked_file
from survey_server.flows.trouble import Trouble
from survey_server.net.message_signatures import BadSignature, SignedRequest, signer
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.basics import Text
from survey_server.wire.platform import CancelForm, CaseForm


async def file_case(request: web.Request) -> web.Response:
    """File a case: 201 with the gate's answer, 200 when it was filed before with this content."""
    form = decoded(await _signed(request), CaseForm)
    view, new = await platform.file_case(node(request), form)
    return json(view, 201 if new else 200)


async def show_case(request: web.Request) -> web.Response:
    """How a case stands."""
    await _signed(request)
    here = node(request)
    return json(await platform.case_view(here, await platform.platform_case(here, request.match_info["case_no"])))


async def cancel_case(request: web.Request) -> web.Response:
    """Withdraw a case whose survey has not begun."""
    form = decoded(await _signed(request), CancelForm)
    here = node(request)
    return json(await platform.cancel(here, await platform.platform_case(here, request.match_info["case_no"]), form))


async def invite_to_case(request: web.Request) -> web.Response:
    """Order links for people of a case."""
    orders = decoded(await _signed(request), list[InvitationOrder])
    here = node(request)
    case = await platform.platform_case(here, request.match_info["case_no"])
    return json(await invite(here, case.id, orders), status=201)


async def send_file(request: web.Request) -> web.Response:
    """A file that a message named."""
    return await sent(request, await linked_file(node(request), request.match_info["ticket"]))


async def _signed(request: web.Request) -> bytes:
    """The body of a request that the platform signed, once. Raises Trouble 401."""
    here = node(request)
    body = await request.read()
    path, _, query = request.raw_path.partition("?")
    signed = SignedRequest(
        method=request.method,
        path=path,
        query=query,
        authorities={request.host.lower(), authority(here.public_url)},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )
    now = here.clock()
    try:
        who = signer(signed, here.settings.signing_keys, now)
    except BadSignature as fault:
        raise _unsigned(fault.text) from None
    if not await here.nonces.spend(f"{who.key}/{who.nonce}", who.until, now):
        raise _unsigned(Text("这个签名已经用过，请重新签名。", "This signature was used before: sign again."))
    return body


def _unsigned(why: Text) -> Trouble:
    return Trouble(401, "bad_signature", Text("签名无效", "The signature is not accepted"), why)
