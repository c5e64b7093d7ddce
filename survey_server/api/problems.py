"""Every error as RFC 9457 problem details, with title and detail in both languages."""

import logging

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from survey_server.flows.faults import trouble_of
from survey_server.flows.trouble import Trouble, malformed
from survey_server.wire.basics import Text

_log = logging.getLogger(__name__)
_WORDS = {
    404: (Text("没有找到", "Not found"), Text("没有这个地址。", "There is nothing at this address.")),
    405: (Text("方法不对", "Method not allowed"), Text("这个地址不支持该操作。", "This address does not do that.")),
    413: (Text("内容太大", "Too large"), Text("请发送较小的内容。", "Send something smaller.")),
}


def problem(trouble: Trouble) -> web.Response:
    """The response for a trouble."""
    body = msgspec.json.encode(trouble.problem())
    return web.Response(status=trouble.status, body=body, content_type="application/problem+json")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error of an API request in words; a page request keeps its plain status."""
    try:
        if "\0" in request.path:  # no name has one, and PostgreSQL can't even be asked
            raise web.HTTPNotFound
        return await handler(request)
    except Trouble as trouble:
        return problem(trouble)
    except msgspec.MsgspecError as fault:
        return problem(malformed(str(fault)))
    except web.HTTPException as fault:
        if fault.status < 400 or not request.path.startswith("/api/"):
            raise
        title, detail = _WORDS.get(fault.status, (Text("请求有误", "Bad request"), Text(fault.reason, fault.reason)))
        return problem(Trouble(fault.status, "http", title, detail))
    except Exception as fault:
        trouble = trouble_of(fault)
        if trouble is not None:
            _log.warning("%s %s: %s", request.method, request.path, fault)
            return problem(trouble)
        _log.exception("%s %s", request.method, request.path)
        title = Text("系统出错", "Something went wrong here")
        detail = Text("请稍后再试；已发送的内容没有丢失。", "Try again in a moment; nothing you sent is lost.")
        return problem(Trouble(500, "internal", title, detail))
