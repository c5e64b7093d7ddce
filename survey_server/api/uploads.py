"""Resumable uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation, creation-with-upload,
expiration, termination.

What a file is to become stands in Upload-Metadata under `facts`: an UploadForm as JSON, in base64. HEAD ends whatever
still writes that upload: who asks where to go on has given the other line up. Of two who only write, the second is
told 423. There is no checksum for each request: the SHA-256 of the whole is compared at the end.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import format_datetime

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.http import HttpProcessingError

from survey_server.api.access import node, of_survey
from survey_server.api.handlers import json
from survey_server.api.photos import sender_of
from survey_server.api.problems import problem
from survey_server.flows.case import Case
from survey_server.flows.faults import trouble_of
from survey_server.flows.incoming import Arrival, CutOff, Said
from survey_server.flows.trouble import Trouble, malformed, no_nul, not_found
from survey_server.flows.uploads import LARGEST_VIDEO, advance, allowed, begin, upload_view
from survey_server.survey.survey import Participant
from survey_server.wire.basics import Text
from survey_server.wire.uploads import UploadForm

_VERSION = "1.0.0"
_EXTENSIONS = "creation,creation-with-upload,expiration,termination"
_BYTES = "application/offset+octet-stream"
_LONGEST_METADATA = 8 * 1024
_Answer = Callable[[web.Request], Awaitable[web.Response]]


def _tus(answer: _Answer) -> _Answer:
    """Every answer names the protocol, refusals too; another version of it is refused."""

    async def answered(request: web.Request) -> web.Response:
        try:
            if request.headers.get("Tus-Resumable") != _VERSION:
                raise _other_version()
            response = await answer(request)
        except Trouble as trouble:
            response = problem(trouble)
        except msgspec.MsgspecError as fault:
            response = problem(malformed(str(fault)))
        except OSError as fault:
            trouble = trouble_of(fault)
            if trouble is None:
                raise
            response = problem(trouble)
        response.headers["Tus-Resumable"] = _VERSION
        if response.status == web.HTTPPreconditionFailed.status_code:
            response.headers["Tus-Version"] = _VERSION
        response.headers["Cache-Control"] = "no-store"
        return response

    return answered


async def tus_options(_request: web.Request) -> web.Response:
    """What is spoken here."""
    headers = {
        "Tus-Resumable": _VERSION,
        "Tus-Version": _VERSION,
        "Tus-Extension": _EXTENSIONS,
        "Tus-Max-Size": str(LARGEST_VIDEO),
    }
    return web.Response(status=204, headers=headers)


async def list_uploads(request: web.Request) -> web.Response:
    """One's own uploads: what is on its way, and what became of the others."""
    person, case = await _person(request)
    return json([upload_view(case, each) for each in node(request).incoming.of(case.id, person.id)])


@_tus
async def create_upload(request: web.Request) -> web.Response:
    """A new upload; a body, if there is one, is its beginning."""
    person, case = await _person(request)
    here = node(request)
    metadata = request.headers.get("Upload-Metadata", "")
    sender = sender_of(request)
    said = Said(_form(metadata), metadata, sender.user_agent, sender.device_model)
    arrival = await begin(here, case, person, said, _number(request, "Upload-Length"))
    if request.body_exists:
        _check_type(request)
        await advance(here, case, arrival, 0, _reading(request))
    return _told(request, arrival, {"Location": upload_view(case, arrival).path}, 201)


@_tus
async def look_at_upload(request: web.Request) -> web.Response:
    """Where to go on; refused like what would follow, before anybody sends the bytes."""
    case, arrival = await _own(request)
    allowed(case, case.survey.participants[arrival.record.participant])
    await node(request).incoming.release(arrival)
    record = arrival.record
    return _told(request, arrival, {"Upload-Length": str(record.length), "Upload-Metadata": record.said.metadata})


@_tus
async def continue_upload(request: web.Request) -> web.Response:
    """More of it; as a POST with X-HTTP-Method-Override, whatever that names."""
    if request.method == "POST":
        override = request.headers.get("X-HTTP-Method-Override", "")
        if override == "DELETE":
            return await _removed(request)
        if override != "PATCH":
            raise malformed("X-HTTP-Method-Override is PATCH or DELETE")
    case, arrival = await _own(request)
    person = case.survey.participants[arrival.record.participant]
    allowed(case, person)
    _check_type(request)
    offset = _number(request, "Upload-Offset")
    await advance(node(request), case, arrival, offset, _reading(request))
    return _told(request, arrival, {})


@_tus
async def remove_upload(request: web.Request) -> web.Response:
    """Give it up, with what had come."""
    return await _removed(request)


async def _removed(request: web.Request) -> web.Response:
    case, arrival = await _own(request)
    if arrival.whole and arrival.record.outcome is None:
        raise Trouble(
            409,
            "upload_whole",
            Text("文件已经收到", "The file has come whole"),
            Text("它已成为踏勘记录的一部分，不能撤回。", "It is becoming part of the record and can't be taken back."),
        )
    await node(request).incoming.drop(arrival)
    case.tell()
    return web.Response(status=204)


async def _person(request: web.Request) -> tuple[Participant, Case]:
    who, case = await of_survey(request)
    person = case.survey.participants.get(who.participant)
    if person is None:
        raise not_found(Text("您不在这次踏勘中。", "You are not part of this survey."))
    return person, case


async def _own(request: web.Request) -> tuple[Case, Arrival]:
    person, case = await _person(request)
    return case, await node(request).incoming.find(request.match_info["upload"], case.id, person.id)


def _told(request: web.Request, arrival: Arrival, more: dict[str, str], status: int = 204) -> web.Response:
    headers = {"Upload-Offset": str(arrival.received), **more}
    if arrival.record.outcome is None:
        until = node(request).incoming.expires_at(arrival)
        headers["Upload-Expires"] = format_datetime(until.astimezone(UTC), usegmt=True)
    return web.Response(status=200 if request.method == "HEAD" else status, headers=headers)


def _reading(request: web.Request) -> Callable[[], Awaitable[bytes]]:
    async def read() -> bytes:
        try:
            return await request.content.readany()
        except (OSError, aiohttp.ClientError, HttpProcessingError) as fault:
            raise CutOff from fault

    return read


def _form(metadata: str) -> UploadForm:
    """The form in Upload-Metadata. Raises a trouble in words, msgspec's error for a form that is none."""
    if len(metadata) > _LONGEST_METADATA:
        raise malformed("Upload-Metadata is too long")
    pairs = [pair.strip().split(" ") for pair in metadata.split(",") if pair.strip()]
    values = {pair[0]: pair[1] if len(pair) == 2 else "" for pair in pairs if len(pair) in (1, 2)}
    if len(values) != len(pairs) or "facts" not in values:
        raise malformed(
            "Upload-Metadata holds pairs of a key and its value in base64, each key once, `facts` among them"
        )
    try:
        facts = base64.b64decode(values["facts"], validate=True)
    except binascii.Error:
        raise malformed("`facts` in Upload-Metadata is not base64") from None
    return msgspec.json.decode(no_nul(facts), type=UploadForm)


def _number(request: web.Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise malformed(f"{header} must be a number of bytes")
    return int(text)


def _check_type(request: web.Request) -> None:
    if request.content_type != _BYTES:
        raise Trouble(
            415,
            "upload_type",
            Text("内容类型不对", "Unsupported content type"),
            Text(f"请以 {_BYTES} 发送。", f"Send the bytes as {_BYTES}."),
        )


def _other_version() -> Trouble:
    return Trouble(
        412,
        "tus_version",
        Text("续传协议版本不对", "Another version of the upload protocol"),
        Text("请使用 Tus-Resumable: 1.0.0。", "Say Tus-Resumable: 1.0.0."),
    )
