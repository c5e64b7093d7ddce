"""Site videos out: a picture for screens, and the file itself, put together out of its parts as it goes."""

from datetime import timedelta

from aiohttp import web

from survey_server.api.access import node, of_survey, purpose
from survey_server.api.handlers import json
from survey_server.flows import tickets
from survey_server.flows.case import Case
from survey_server.flows.restriction import check_reader
from survey_server.flows.tickets import Ticket
from survey_server.flows.trouble import not_found, wrong_role
from survey_server.flows.video_intake import frame, parts_of, pieces
from survey_server.photo import Undecodable
from survey_server.survey.survey import Video
from survey_server.wire.basics import Text
from survey_server.wire.videos import VideoLink

_PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
_GOOD_FOR = timedelta(hours=4)
"""Time enough for 2 GB over a slow line, and to look at it."""


async def send_frame(request: web.Request) -> web.Response:
    """A picture of the video for screens; 404 in words while there is none."""
    _who, case = await of_survey(request)
    video = _video(case, request.match_info["video"])
    no_picture = not_found(Text("这段视频没有可显示的画面。", "There is no picture of this video to show."))
    if video.verdict is None or video.verdict.result == "rejected":
        raise no_picture
    try:
        picture = await frame(node(request), case, video)
    except Undecodable:
        raise no_picture from None
    return web.Response(body=picture, content_type="image/jpeg", headers=_PRIVATE)


async def open_video(request: web.Request) -> web.Response:
    """An address at which a browser can fetch the file: downloads and players send no session."""
    who, case = await of_survey(request, "reviewer", "expert", "auditor")
    here, video = node(request), _video(case, request.match_info["video"])
    await parts_of(here, video)  # in words, while it is not archived
    until = here.clock() + _GOOD_FOR
    leave = Ticket(
        case.id, who.name, int(until.timestamp()), video.received.video, role=who.role, purpose=purpose(request)
    )
    ticket = tickets.issue(here.secret, leave)
    return json(VideoLink(f"/api/videos/{ticket}/{video.received.video}", until), status=201)


async def send_video(request: web.Request) -> web.StreamResponse:
    """The preserved bytes, or a range of them, as an attachment under a name of ours."""
    here = node(request)
    ticket = tickets.redeem(here.secret, request.match_info["ticket"], here.clock())
    if not ticket.video or ticket.video != request.match_info["video"]:
        raise wrong_role()
    case = await here.case(ticket.survey)
    check_reader(case.survey, ticket.role, ticket.purpose)
    video = _video(case, ticket.video)
    size, suffix = video.received.size, video.received.media_type.rpartition("/")[2].removeprefix("x-")
    headers = {
        **_PRIVATE,
        "Accept-Ranges": "bytes",
        "Content-Type": video.received.media_type,
        "Content-Disposition": f'attachment; filename="{ticket.video}.{_SUFFIXES.get(suffix, suffix)}"',
        "X-Takan-Sha256": video.received.sha256,
    }
    start, stop, status = _range(request, size)
    if start >= stop:
        return web.Response(status=416, headers={**_PRIVATE, "Content-Range": f"bytes */{size}"})
    if status == web.HTTPPartialContent.status_code:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(stop - start)})
    await parts_of(here, video)  # what can go wrong goes wrong before the first byte
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in pieces(here, video, start, stop):
            await response.write(piece)
    await response.write_eof()
    return response


_SUFFIXES = {"quicktime": "mov", "matroska": "mkv", "octet-stream": "bin"}


def _range(request: web.Request, size: int) -> tuple[int, int, int]:
    """First byte, the one behind the last, status. A range that is malformed, or of several pieces, is the whole."""
    try:
        asked = request.http_range
    except ValueError:
        asked = slice(None, None, 1)
    if asked.start is None and asked.stop is None:
        return 0, size, 200
    start, stop, _ = asked.indices(size)
    return start, stop, 206


def _video(case: Case, number: str) -> Video:
    video = case.survey.videos.get(number)
    if video is None:
        raise not_found(Text("没有这段视频。", "There is no such video."))
    return video
