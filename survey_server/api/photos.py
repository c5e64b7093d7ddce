"""Photos in and out. What comes in is measured as it streams, so a huge file never fills the memory."""

import asyncio

import msgspec
from aiohttp import BodyPartReader, web

from survey_server.api.access import node, of_file, of_survey, person, reads
from survey_server.api.handlers import json
from survey_server.flows.case import Case
from survey_server.flows.live_match import live_picture
from survey_server.flows.photo_intake import LIMIT_BYTES, Sender, original, preview, receive, room_for_one
from survey_server.flows.restriction import check_reader
from survey_server.flows.trouble import malformed, no_nul, not_found, too_large, wrong_role
from survey_server.flows.uploads import allowed, of_a_point
from survey_server.photo import Undecodable
from survey_server.survey.rectification import may_see
from survey_server.survey.survey import Photo
from survey_server.wire.basics import Role, Text
from survey_server.wire.photos import PhotoForm

_FACTS_LIMIT = 16 * 1024
_PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
_receiving = asyncio.Semaphore(4)


async def take_photo(request: web.Request) -> web.Response:
    """Receive a photo: part `facts`, then part `file`."""
    who, case = await of_survey(request)
    sender = case.survey.participants.get(who.participant)
    if sender is None:
        raise not_found(Text("您不在这次踏勘中。", "You are not part of this survey."))
    allowed(case, sender)
    room_for_one(case)
    if request.content_length is not None and request.content_length > LIMIT_BYTES + 2 * _FACTS_LIMIT:
        raise too_large(LIMIT_BYTES >> 20)
    if not request.content_type.startswith("multipart/"):
        raise malformed("multipart/form-data with the parts `facts` and `file`")
    parts = await request.multipart()
    facts = await parts.next()
    if not isinstance(facts, BodyPartReader) or facts.name != "facts":
        raise malformed("the first part must be `facts`")
    form = msgspec.json.decode(no_nul(await _read(facts, _FACTS_LIMIT)), type=PhotoForm)
    of_a_point(case, form)
    file = await parts.next()
    if not isinstance(file, BodyPartReader) or file.name != "file":
        raise malformed("the second part must be `file`")
    async with _receiving:
        data = await _read(file, LIMIT_BYTES)
        return json(await receive(node(request), case, sender, form, data, sender_of(request)), status=201)


def sender_of(request: web.Request) -> Sender:
    """The browser that sends, as its headers name it."""
    model = request.headers.get("Sec-CH-UA-Model", "").strip('"')
    return Sender(_printable(request.headers.get("User-Agent", ""), 300), _printable(model, 60))


def _printable(text: str, limit: int) -> str:
    return "".join(char for char in text if char.isprintable())[:limit]


async def send_preview(request: web.Request) -> web.Response:
    """A small picture for screens; 404 in words while there is none."""
    case, photo = await _shown(request)
    if photo.verdict is not None and photo.verdict.result == "rejected":
        raise not_found(Text("这个文件不能显示为照片。", "This file can't be shown as a picture."))
    try:
        picture = await preview(node(request), case, photo)
    except Undecodable:
        raise not_found(Text("这个文件不能显示为照片。", "This file can't be shown as a picture.")) from None
    return web.Response(body=picture, content_type="image/jpeg", headers=_PRIVATE)


async def send_live_picture(request: web.Request) -> web.Response:
    """The picture of the live video that shows the same place; 404 in words where the verdict names none."""
    case, photo = await _shown(request)
    picture = await live_picture(node(request), case, photo)
    if picture is None:
        raise not_found(Text("没有与这张照片吻合的视频画面。", "No picture of the live video matches this photo."))
    return web.Response(body=picture, content_type="image/jpeg", headers=_PRIVATE)


async def send_original(request: web.Request) -> web.Response:
    """The preserved bytes, as an attachment under a name of ours."""
    case, photo = await _shown(request, "reviewer", "expert", "auditor")
    suffix = photo.received.key.rpartition(".")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{photo.received.photo}.{suffix}"',
        **_PRIVATE,
        "X-Takan-Sha256": photo.received.sha256,
    }
    data = await original(node(request), case, photo)
    return web.Response(body=data, content_type=photo.received.media_type, headers=headers)


async def _shown(request: web.Request, *roles: Role) -> tuple[Case, Photo]:
    """The photo in the path: of one's own survey, or of the one it goes back to; an auditor sees every one, an officer
    those of a case they are to decide about.
    """
    who = await person(request, *roles)
    if who.role == "officer":
        _, case = await of_file(request)
        return case, _photo(request, case)
    here, survey = node(request), request.match_info["survey"]
    if who.role == "auditor" or who.survey == survey:
        case = await here.case(survey)
        await reads(request, who, case)
        return case, _photo(request, case)
    own, case = (await here.case(who.survey)).survey if who.survey else None, await here.docket.case(survey)
    photo = None if case is None else case.survey.photos.get(request.match_info["photo"])
    if own is None or case is None or photo is None or not may_see(own, survey, photo):
        raise wrong_role()
    check_reader(case.survey, who.role)
    return case, photo


def _photo(request: web.Request, case: Case) -> Photo:
    photo = case.survey.photos.get(request.match_info["photo"])
    if photo is None:
        raise not_found(Text("没有这张照片。", "There is no such photo."))
    return photo


async def _read(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        data += chunk
        if len(data) > limit:
            raise too_large(limit >> 20)
    return bytes(data)
