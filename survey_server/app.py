"""The composition root: builds a node out of its settings, serves it, takes it down in order."""

import asyncio
import logging
import os
import secrets
import signal
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from aiohttp import web

from credit_gate import policy, working_days
from credit_gate.feedback.rules import load_rules
from credit_gate.sources import Source
from credit_gate.sources.last_known import LastKnown
from credit_gate.sources.platform import Platform, PlatformTerms
from credit_gate.sources.register import RegisterFile
from credit_gate.sources.signing import SharedKey
from evidence_store import Embedded, EvidenceStore, Objects, Spool
from evidence_store.conformance import KeyPair
from evidence_store.conformance.approval import STORE_VERDICT, approved, verdict_signer
from evidence_store.conformance.examination import ids
from evidence_store.ledger.authority import Authority
from evidence_store.ledger.book import LEDGER_BOOK, Book
from evidence_store.ledger.keys import LEDGER_KEY, NodeKey
from evidence_store.ledger.locks import LogLocks, given_up
from evidence_store.ledger.log import Log
from evidence_store.ledger.other_book import OtherBook
from evidence_store.ledger.other_logs import OtherLogs
from evidence_store.ledger.timestamps import Timestamps
from evidence_store.ledger.tokens import BadToken, read_certificates
from evidence_store.ledger.writer import LedgerWriter
from survey_server.api.access import NODE
from survey_server.api.pages import DIST
from survey_server.api.problems import problems
from survey_server.api.routes import routes
from survey_server.clock import Clock, utc_now
from survey_server.db.alone import node_database
from survey_server.db.feedbacks import Feedbacks
from survey_server.db.fingerprints import Fingerprints
from survey_server.db.journal import Journal
from survey_server.db.links import Links
from survey_server.db.nonces import Nonces
from survey_server.db.objects import ObjectIndex
from survey_server.db.outbox import Destination, Message, Outbox
from survey_server.flows.agenda import Agenda
from survey_server.flows.case import Case, Docket
from survey_server.flows.credit_delivery import deliver
from survey_server.flows.delivery import Deliveries, Sender
from survey_server.flows.disk import Disk
from survey_server.flows.dues import watch_dues
from survey_server.flows.incoming import Incoming
from survey_server.flows.lanes import media_objects
from survey_server.flows.live_frames import LiveFrames
from survey_server.flows.locks import Locks
from survey_server.flows.node import Node, keeper
from survey_server.flows.platform_put import PlatformPut
from survey_server.flows.recovery import finish_segments, resume_cases, resume_records
from survey_server.flows.reminding import post
from survey_server.flows.reuse import Reuse
from survey_server.flows.session import LiveSession, carry, end_for_want_of_room
from survey_server.flows.telling import tell
from survey_server.flows.uploads import resume_uploads
from survey_server.media.session import MediaSession
from survey_server.net.listening import listening
from survey_server.net.smtp import Mailer, Relay
from survey_server.net.udp_mux import UdpMux
from survey_server.net.webhook import NotTaken, Webhook, secret_of
from survey_server.photo.policy import load_policy
from survey_server.photo.worker import Limits, PhotoWorker
from survey_server.recording import KeyPicture, Recording, survey_seconds
from survey_server.report.worker import Typesetter
from survey_server.settings import Settings
from survey_server.signalling.endpoint import socket_route
from survey_server.survey.items import load_items
from survey_server.survey.reminders import load_reminders
from survey_server.survey.step import Effect

CLIENT = Path(__file__).parent.parent / "web_client" / "dist"
_GRACE_S = 15.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def running(settings: Settings, clock: Clock = utc_now) -> AsyncGenerator[Node]:
    """A node that serves until the block is left; `clock` is what its journals go by. Raises the first fault that keeps
    it from starting, in words.
    """
    async with AsyncExitStack() as stack:
        node = await _node(settings, clock, stack)
        await finish_segments(node)
        await node.incoming.load()
        runner = web.AppRunner(application(node), access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await node.live_frames.forget_abandoned(clock().timestamp())
        await resume_cases(node)  # before anybody can come back
        await resume_uploads(node)
        await resume_records(node)
        node.watch(node.vitals.watch())
        node.spawn(node.reuse.load())
        node.watch(node.locks.watch())
        node.watch(node.incoming.watch())
        node.watch(watch_dues(node))
        node.watch(node.disk.watch(partial(end_for_want_of_room, node)))
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings), reuse_address=True)
        with listening(settings.host, settings.port, "--host", "--port"):
            await site.start()
        node.public_url = settings.public_url.rstrip("/") or _own_url(settings, runner)
        node.watch(node.deliveries.run())  # links in messages need the address
        stack.callback(node.stop)
        yield node


def application(node: Node) -> web.Application:
    """The web application of a node."""
    app = web.Application(middlewares=[problems], client_max_size=1 << 20)
    app[NODE], app[DIST] = node, CLIENT.resolve()
    app.add_routes([socket_route(node), *routes()])
    return app


async def _node(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Node:
    data = Path(settings.data_dir).absolute()
    data.mkdir(parents=True, exist_ok=True)
    disk = Disk(data, settings.disk_reserve_mb)
    disk.check()
    engine = await stack.enter_async_context(node_database(settings.database or data / "takan.db", _stop))
    index, journal, outbox = ObjectIndex(engine), Journal(engine), Outbox(engine)
    senders = await _senders(settings, clock, outbox, lambda: node, stack)
    deliveries = Deliveries(outbox, senders, clock, timedelta(hours=settings.outbox_alarm_hours))
    calendar = working_days.load(Path(settings.working_days) if settings.working_days else None)
    agenda = _agenda(data, calendar, clock)
    journal.on_told, journal.on_line = deliveries.wake, agenda.changed

    async def told(survey: str) -> None:
        case = docket.present(survey)
        if case is not None:
            case.tell()

    objects = await _objects(settings, data, stack)
    spool = await asyncio.to_thread(Spool, data / "spool")
    ledger = await asyncio.to_thread(_ledger, settings, data, objects)
    store = EvidenceStore(objects, spool, keeper(index, ledger, told), until_covered=True)
    ledger.on_covered = store.covered

    async def effect(case: Case, effect: Effect) -> None:
        await carry(node, case, effect)

    docket = Docket(journal, clock, effect)
    mux = UdpMux(
        settings.media_host,
        settings.media_port,
        announced=settings.media_address,
        announced_port=settings.media_public_port or None,
    )
    stack.callback(mux.close)

    async def open_live(case: Case) -> LiveSession:
        recording = Recording(
            node.prefix(case),
            store,
            survey_seconds(case.survey.started_at or clock()),
            earlier=await media_objects(node, case),
            lock_days=settings.lock_days,
            on_key_picture=partial(_shown, node, case),
        )
        media = MediaSession(mux, recording, fast=settings.media_fast_path)
        return LiveSession(node, case, media, recording)

    rules = policy.load(Path(settings.policy) if settings.policy else None)
    secret = _secret(data / "subject.key")
    looking = PhotoWorker(1, Limits(wall_s=300), idle=True)
    node = Node(
        settings=settings,
        clock=clock,
        journal=journal,
        links=Links(engine),
        feedbacks=Feedbacks(engine),
        outbox=outbox,
        index=index,
        store=store,
        ledger=ledger,
        items=load_items(Path(settings.items) if settings.items else None),
        policy=rules,
        rules=load_rules(Path(settings.deduction_rules) if settings.deduction_rules else None),
        calendar=calendar,
        reminders=load_reminders(Path(settings.reminders) if settings.reminders else None),
        agenda=agenda,
        photo_policy=load_policy(Path(settings.photo_policy) if settings.photo_policy else None),
        register=await asyncio.to_thread(_source, settings, data, rules, secret, clock),
        secret=secret,
        photos=PhotoWorker(),
        typesetter=Typesetter(data),
        reuse=Reuse(Fingerprints(engine)),
        live_frames=LiveFrames(data / "working", looking, settings.live_match_every_s, lambda: not disk.low),
        docket=docket,
        locks=Locks(
            index,
            journal,
            docket,
            store,
            LogLocks(objects, _log_prefix(settings), data / "log-locks.json"),
            settings.lock_days,
            data / "locks.json",
            clock,
            orphans=lambda now: given_up(objects, _log_prefix(settings), data, now),
        ),
        disk=disk,
        incoming=Incoming(data / "uploads", clock, timedelta(hours=settings.upload_hours)),
        deliveries=deliveries,
        nonces=Nonces(engine),
        public_url="",
        open_live=open_live,
    )
    if node.register is not None:
        stack.push_async_callback(node.register.close)
    stack.push_async_callback(node.photos.close)
    stack.push_async_callback(looking.close)
    stack.push_async_callback(node.live_frames.close)
    await store.start()
    ledger.inherited(held.key for _, held in store.held(""))  # before the store can tell of any of them
    stack.push_async_callback(store.close)
    timestamps = await asyncio.to_thread(_timestamps, settings, objects, ledger)
    if timestamps is not None:
        ledger.stamping = timestamps
        timestamps.start()
    ledger.start()
    stack.push_async_callback(ledger.close)
    if timestamps is not None:
        stack.push_async_callback(timestamps.close)
    stack.push_async_callback(_hang_up, node)
    return node


def _agenda(data: Path, calendar: working_days.Calendar, clock: Clock) -> Agenda:
    agenda = Agenda(data / "dues.json")
    agenda.come_back(clock(), calendar)
    return agenda


async def _senders(
    settings: Settings, clock: Clock, outbox: Outbox, node: Callable[[], Node], stack: AsyncExitStack
) -> dict[Destination, Sender]:
    """Who brings messages where; a destination without an address has nobody, and its messages wait."""
    senders: dict[Destination, Sender] = {}
    if settings.webhook_url:
        ca = Path(settings.webhook_ca) if settings.webhook_ca else None
        webhook = Webhook(settings.webhook_url, [secret_of(one) for one in settings.webhook_signing], ca)
        stack.push_async_callback(webhook.close)

        async def approvals(message: Message) -> None:
            await tell(node(), outbox, webhook, message)

        senders["approvals"] = approvals
    if settings.credit_url:
        put = await stack.enter_async_context(PlatformPut(_platform(settings), clock))

        async def credit(message: Message) -> None:
            trouble = await deliver(node(), put, message)
            if trouble:
                raise NotTaken(trouble)

        senders["credit"] = credit
    if settings.smtp_host:
        mailer = _mailer(settings)

        async def mail(message: Message) -> None:
            await post(node(), mailer, outbox, message)

        senders["mail"] = mail
    return senders


def _mailer(settings: Settings) -> Mailer:
    ca = Path(settings.smtp_ca) if settings.smtp_ca else None
    try:
        return Mailer(
            Relay(
                settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user,
                settings.smtp_password, ca, settings.smtp_timeout_s,
            )
        )  # fmt: skip
    except (OSError, ssl.SSLError) as fault:
        raise ValueError(f"smtp_ca {settings.smtp_ca!r} can't be used: {fault}") from None


def _shown(node: Node, case: Case, participant: str, picture: KeyPicture) -> None:
    """The premises are what the applicant's camera shows; nobody else's face is looked at."""
    person = case.survey.participants.get(participant)
    if person is not None and person.role == "applicant":
        node.live_frames.offer(case.id, participant, picture)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def _hang_up(node: Node) -> None:
    """A planned stop: media end, fragments reach the spool, seals in progress get a moment; the rest resumes later."""
    for live in list(node.live.values()):
        await live.close()
    node.live.clear()
    await node.finish(_GRACE_S)


async def _objects(settings: Settings, data: Path, stack: AsyncExitStack) -> Objects:
    if settings.embedded:
        embedded = Embedded(data / "store")
        access = await asyncio.to_thread(embedded.start)
        stack.push_async_callback(asyncio.to_thread, embedded.stop)
        await asyncio.to_thread(embedded.prepare, settings.store_bucket, settings.lock_days)
        return Objects(access.endpoint, access.access_key, access.secret_key, settings.store_bucket)
    await asyncio.to_thread(_approved, settings, data)
    return Objects(
        settings.store_endpoint,
        settings.store_access_key,
        settings.store_secret_key,
        settings.store_bucket,
        secure=settings.store_secure,
        default_lock_days=settings.lock_days,
    )


def _approved(settings: Settings, data: Path) -> None:
    """Raises NotApproved unless this node's own verdict on its store is there and good."""
    if settings.store_unchecked:
        _log.warning("store_unchecked: %s may be unsafe; what is kept there is no evidence", settings.store_endpoint)
        return
    file = data / STORE_VERDICT
    node = KeyPair(settings.store_access_key, settings.store_secret_key)
    approved(
        file.read_text() if file.exists() else None, settings.store_endpoint, node, settings.store_bucket,
        frozenset(ids()), verdict_signer(data).verifier,
    )  # fmt: skip


def _ledger(settings: Settings, data: Path, objects: Objects) -> LedgerWriter:
    key = NodeKey(data / LEDGER_KEY, f"{settings.deployment}/{settings.node}")
    book, prefix = data / LEDGER_BOOK, _log_prefix(settings)
    log = Log(objects, Book(book), key.signer(), prefix, succession=key)
    return LedgerWriter(log, others=OtherLogs(objects, OtherBook(book), prefix))


def _log_prefix(settings: Settings) -> str:
    return f"log/{settings.node}"


def _timestamps(settings: Settings, objects: Objects, ledger: LedgerWriter) -> Timestamps | None:
    if not settings.tsa_url:
        return None
    try:
        trusted = read_certificates(Path(settings.tsa_ca).read_bytes())
    except (OSError, BadToken) as fault:
        raise ValueError(f"tsa_ca {settings.tsa_ca!r} can't be used: {fault}") from None
    return Timestamps(objects, _log_prefix(settings), Authority(settings.tsa_url, trusted), ledger.keep)


def _source(settings: Settings, data: Path, rules: policy.Policy, secret: bytes, clock: Clock) -> Source | None:
    """The credit platform or the register file that the settings name."""
    if settings.register:
        return RegisterFile(Path(settings.register))
    if not settings.credit_url:
        return None
    try:
        return Platform(
            _platform(settings), LastKnown(data / "standings.db"), secret, rules.standing.max_age_days, clock
        )
    except ssl.SSLError as fault:
        raise ValueError(f"credit_ca {settings.credit_ca!r} holds no certificates: {fault}") from None
    except FileNotFoundError:
        raise ValueError(f"credit_ca {settings.credit_ca!r} is not there") from None


def _platform(settings: Settings) -> PlatformTerms:
    auth = settings.credit_bearer or SharedKey(settings.credit_key_id, settings.credit_key_secret.encode())
    ca = Path(settings.credit_ca) if settings.credit_ca else None
    return PlatformTerms(settings.credit_url, auth, settings.credit_timeout_s, ca=ca)


def _secret(path: Path) -> bytes:
    """The node's own key for hashes of personal numbers; made once."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


def _own_url(settings: Settings, runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    scheme = "https" if settings.tls_cert else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
