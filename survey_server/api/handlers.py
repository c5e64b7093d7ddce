"""What each route does: read the request, call one flow, write its answer."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from aiohttp import web

from survey_server import __version__
from survey_server.api.access import holds_intake_key, intake, node, of_file, of_survey, person
from survey_server.flows.admission import admit
from survey_server.flows.export import export
from survey_server.flows.invitation import invite, invite_of_node, look, start
from survey_server.flows.life import move
from survey_server.flows.replay import recorded, replay
from survey_server.flows.trouble import no_nul
from survey_server.flows.views import card, survey_view
from survey_server.flows.vitals import open_files, rss_bytes, udp_drops
from survey_server.survey.events import Replayed
from survey_server.wire.admission import ApplicationForm, InvitationOrder, OpenForm
from survey_server.wire.life import LifeOrder
from survey_server.wire.node import HealthView, LedgerView, NodeView

T = TypeVar("T")


def json(body: Any, status: int = 200) -> web.Response:
    """A JSON answer that no cache keeps."""
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", headers=headers)


async def body(request: web.Request, kind: type[T]) -> T:
    """The request's JSON body. Raises msgspec's error, which names the field, and Trouble for a U+0000."""
    return decoded(await request.read(), kind)


def decoded(data: bytes, kind: type[T]) -> T:
    """The same, of bytes that are here."""
    try:
        return msgspec.json.decode(no_nul(data), type=kind)
    except RecursionError as fault:
        raise msgspec.DecodeError("brackets are nested too deeply") from fault


async def health(request: web.Request) -> web.Response:
    """Fit to hold a survey?"""
    here = node(request)
    backlog = here.store.backlog
    reachable, stamping = not backlog.trouble, here.ledger.stamping
    return json(
        HealthView(
            ok=reachable and not here.disk.low and not here.ledger.trouble,
            version=__version__,
            store="embedded" if here.settings.embedded else "s3",
            store_reachable=reachable,
            backlog_objects=backlog.objects,
            backlog_bytes=backlog.bytes,
            disk_low=here.disk.low,
            disk_free_bytes=here.disk.free_bytes,
            ledger_trouble=here.ledger.trouble,
            ledger_waiting=here.ledger.waiting,
            timestamp_trouble="" if stamping is None else stamping.trouble,
            outbox_trouble=here.deliveries.trouble,
            loop_lag_ms=here.vitals.loop_lag_ms(1.0),
            loop_lag_p99_ms=here.vitals.loop_lag_ms(0.99),
            rss_bytes=rss_bytes(),
            open_files=open_files(),
            udp_drops=udp_drops(),
        )
    )


async def describe_node(request: web.Request) -> web.Response:
    """Version and store of this node."""
    intake(request)
    here = node(request)
    kind = "embedded" if here.settings.embedded else "s3"
    return json(NodeView(__version__, kind, here.store.endpoint, here.settings.store_bucket))


async def ledger(request: web.Request) -> web.Response:
    """The keys of this node's ledger. They are public; whoever relies on one compares it by another way."""
    return json(LedgerView(node(request).ledger.vkeys))


async def items(request: web.Request) -> web.Response:
    """Every item with its checklist."""
    return json([item.view() for item in node(request).items.values()])


async def apply(request: web.Request) -> web.Response:
    """File an application and decide it."""
    intake(request)
    return json(await admit(node(request), await body(request, ApplicationForm)), status=201)


async def invite_people(request: web.Request) -> web.Response:
    """Order links for a survey's people."""
    intake(request)
    orders = await body(request, list[InvitationOrder])
    return json(await invite(node(request), request.match_info["survey"], orders), status=201)


async def invite_to_node(request: web.Request) -> web.Response:
    """Order an auditor's or an officer's link."""
    intake(request)
    order = await body(request, InvitationOrder)
    return json(await invite_of_node(node(request), order), status=201)


async def look_at_link(request: web.Request) -> web.Response:
    """What a link's page may show."""
    return json(await look(node(request), request.match_info["token"]))


async def start_link(request: web.Request) -> web.Response:
    """Spend a link."""
    form = await body(request, OpenForm)
    return json(await start(node(request), request.match_info["token"], form.key))


async def list_surveys(request: web.Request) -> web.Response:
    """Every survey, newest first."""
    await person(request, "auditor")
    here = node(request)
    return json([card(here, (await here.case(survey)).survey) for survey in await here.journal.ids()])


async def show_survey(request: web.Request) -> web.Response:
    """One survey, as its viewer may see it."""
    who, case = await of_file(request)
    return json(await survey_view(node(request), case, case.survey.participants.get(who.participant)))


async def show_recorded(request: web.Request) -> web.Response:
    """What is recorded and what is missing, for those who sign."""
    _, case = await of_survey(request, "reviewer", "expert", "auditor")
    return json(await recorded(node(request), case))


async def move_survey(request: web.Request) -> web.Response:
    """An appointment, a referral to a visit, a withdrawal, a rating, an appeal; the survey as it stands after it."""
    here = node(request)
    if holds_intake_key(request):
        case, participant = await here.case(request.match_info["survey"]), None
    else:
        who, case = await of_survey(request, "applicant", "reviewer")
        participant = who.participant
    await move(here, case, participant, await body(request, cast("type[LifeOrder]", LifeOrder)))
    return json(await survey_view(here, case, case.survey.participants.get(participant or "")))


async def replay_survey(request: web.Request) -> web.Response:
    """What the replay needs; that somebody looked is itself journaled."""
    who, case = await of_survey(request, "auditor")
    await case.record(Replayed(who.name))
    return json(await replay(node(request), case))


async def export_survey(request: web.Request) -> web.StreamResponse:
    """The bundle as a zip."""
    who, case = await of_survey(request, "auditor")
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=node(request).data_dir))
    try:
        path = await export(node(request), case, who.name, folder)
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Length": str(path.stat().st_size),
                "Content-Disposition": f'attachment; filename="takan-{case.id}.zip"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        with path.open("rb") as zipped:
            while chunk := await asyncio.to_thread(zipped.read, 1 << 20):
                await response.write(chunk)
        await response.write_eof()
        return response
    finally:
        await asyncio.to_thread(_remove, folder)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
