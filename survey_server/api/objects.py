"""Stored objects on their way out: the pinned version, its hash checked, whole or a range of it (RFC 9110, 14)."""

from aiohttp import web

from survey_server.api.access import node, person, reads
from survey_server.db.objects import StoredObject
from survey_server.flows.trouble import not_found
from survey_server.wire.basics import Text


async def send_object(request: web.Request) -> web.Response:
    """Any object, by its number."""
    who = await person(request, "auditor")
    number = request.match_info["object"]
    known = number.isascii() and number.isdigit() and len(number) < 16
    stored = await node(request).index.get(int(number)) if known else None
    if stored is None:
        raise not_found(Text("没有这个对象。", "There is no such object."))
    await reads(request, who, await node(request).case(stored.survey))
    return await sent(request, stored)


async def sent(request: web.Request, stored: StoredObject) -> web.Response:
    """The bytes the request asks for. A range that is malformed, or of several pieces, is answered with the whole."""
    data = await node(request).store.read(stored.key, stored.version_id, stored.sha256)
    headers = {
        "X-Takan-Sha256": stored.sha256,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
    }
    try:
        asked = request.http_range
    except ValueError:
        asked = slice(None, None, 1)
    if asked.start is None and asked.stop is None:
        return web.Response(body=data, content_type=stored.media_type, headers=headers)
    start, stop, _ = asked.indices(len(data))
    if start >= stop:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], content_type=stored.media_type, headers=headers)
