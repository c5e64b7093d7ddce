"""What a node consists of, wired by `app.py` and handed to every flow."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

from credit_gate.feedback.rules import Rules
from credit_gate.policy import Policy
from credit_gate.sources import Source
from credit_gate.working_days import Calendar
from evidence_store import EvidenceStore, Facts, Kept
from evidence_store.ledger.entries import object_entry
from evidence_store.ledger.writer import LedgerWriter
from survey_server.clock import Clock
from survey_server.db.feedbacks import Feedbacks
from survey_server.db.journal import Journal
from survey_server.db.links import Links
from survey_server.db.nonces import Nonces
from survey_server.db.objects import ObjectIndex, StoredObject
from survey_server.db.outbox import Outbox
from survey_server.flows.agenda import Agenda
from survey_server.flows.allowances import Allowances
from survey_server.flows.case import Case, Docket
from survey_server.flows.delivery import Deliveries
from survey_server.flows.disk import Disk
from survey_server.flows.incoming import Incoming
from survey_server.flows.live_frames import LiveFrames
from survey_server.flows.locks import Locks
from survey_server.flows.reuse import Reuse
from survey_server.flows.trouble import not_found
from survey_server.flows.vitals import Vitals
from survey_server.photo.policy import Policy as PhotoPolicy
from survey_server.photo.worker import PhotoWorker
from survey_server.report.worker import Typesetter
from survey_server.settings import Settings
from survey_server.survey.event import Event
from survey_server.survey.items import Item
from survey_server.survey.reminders import Rules as Reminders
from survey_server.wire.basics import Text
from survey_server.wire.to_person import RecordingLight

_log = logging.getLogger(__name__)


class Live(Protocol):
    """A running session as other flows see it."""

    async def close(self) -> None:
        """End the media and finish the recording; every fragment is in the spool when this returns."""
        ...

    async def dismiss(self, participant: str) -> None:
        """End one person's media: they take no part any more."""
        ...

    def light(self) -> RecordingLight:
        """What is on disk now."""
        ...


@dataclass
class Node:
    """One server process: its settings, its stores, the cases it holds."""

    settings: Settings
    clock: Clock
    journal: Journal
    links: Links
    feedbacks: Feedbacks
    outbox: Outbox
    index: ObjectIndex
    store: EvidenceStore
    ledger: LedgerWriter
    items: Mapping[str, Item]
    policy: Policy
    calendar: Calendar
    rules: Rules
    reminders: Reminders
    agenda: Agenda
    photo_policy: PhotoPolicy
    register: Source | None
    """Where standings come from: a register file or a credit platform."""
    secret: bytes
    """Keys the hashes of personal numbers; stays on the node."""
    photos: PhotoWorker
    typesetter: Typesetter
    reuse: Reuse
    live_frames: LiveFrames
    docket: Docket
    locks: Locks
    disk: Disk
    incoming: Incoming
    public_url: str
    open_live: Callable[[Case], Awaitable[Live]]
    deliveries: Deliveries
    nonces: Nonces
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an act about false material is judged and journaled."""
    recording_steps: asyncio.Lock = field(default_factory=asyncio.Lock)
    filing: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary[str, asyncio.Lock])
    """By case number: what is filed under one is filed one after another."""
    live: dict[str, Live] = field(default_factory=dict[str, Live])
    addenda: set[str] = field(default_factory=set[str])
    """Surveys of which an addendum is on its way."""
    drawing: set[str] = field(default_factory=set[str])
    """Surveys in whose draw the node is doing its part."""
    giving: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Survey and person of errands that are on their way into the journal."""
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a planned stop begins."""
    vitals: Vitals = field(default_factory=Vitals)
    allowances: Allowances = field(default_factory=Allowances)
    """How much each person may still have written or made."""
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])
    _sleepers: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    async def case(self, survey: str) -> Case:
        """The case of this survey. Raises a 404 in words."""
        case = await self.docket.case(survey)
        if case is None:
            raise not_found(Text("没有这次踏勘。", "There is no such survey."))
        return case

    def item(self, code: str) -> Item:
        """The item of this code. Raises a 404 naming where to look."""
        item = self.items.get(code)
        if item is None:
            raise not_found(Text(f"没有代码为 {code} 的事项。", f"There is no item {code}; GET /api/items lists them."))
        return item

    @property
    def data_dir(self) -> Path:
        """Where this node keeps its own files."""
        return Path(self.settings.data_dir)

    def lock_days(self, case: Case) -> int:
        """A short lock; what comes after the case seal is locked as long as everything before it."""
        until, short = case.survey.locked_until, self.settings.lock_days
        return short if until is None else max(short, (until - self.clock()).days + 1)

    def prefix(self, case: Case) -> str:
        """First part of every object key of this survey (EVIDENCE.md, Objects)."""
        return self.prefix_of(case.id, case.survey.created_at)

    def prefix_of(self, survey: str, born: datetime) -> str:
        """The same for a survey that is about to be filed."""
        return f"v1/{self.settings.tenant}/{born:%Y}/{born:%m}/{survey}"

    async def preserve_once(self, data: bytes, facts: Facts) -> str:
        """Preserve this, unless it was before a restart or an attempt that was cut off; its key."""
        key = facts.key(hashlib.sha256(data).hexdigest())
        held = any(one.key == key for _, one in self.store.held(key))
        if not held and await self.index.by_key(key) is None:
            await self.store.preserve(data, facts)
        return key

    @property
    def stopping(self) -> bool:
        """Has a planned stop begun?"""
        return self.leaving.is_set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work beside the request that caused it; `finish` waits for it. A fault is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Like `spawn`, for work that mostly sleeps: a stop ends it at once, or does not begin it."""
        task = asyncio.create_task(work)
        self._sleepers.add(task)
        task.add_done_callback(self._sleepers.discard)
        if self.stopping:
            task.cancel()

    def stop(self) -> None:
        """A planned stop begins: who is cut off is cut off by it, and nothing ends by itself any more."""
        self.leaving.set()
        self.incoming.stop()
        for task in tuple(self._sleepers):
            task.cancel()

    def persist(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Like `spawn`, for work that must be done in the end: a failed attempt is logged and made again, less and
        less often. A restart takes it up from the journal.
        """
        self.spawn(self._persist(name, work))

    async def _persist(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        pause = 1.0
        while True:
            try:
                await work()
            except Exception:
                _log.exception("%s failed; another attempt in %.0f s", name, pause)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, 60.0)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("beside a request: %s", task.exception(), exc_info=task.exception())

    async def finish(self, timeout_s: float) -> None:
        """Wait for spawned work, then cancel what is left; it resumes at the next start."""
        ends = asyncio.get_running_loop().time() + timeout_s
        while self._tasks and (left := ends - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(tuple(self._tasks), timeout=left)
        late = tuple(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def survey_of(key: str) -> str:
    """The survey an object key belongs to: the part after version, tenant, year and month."""
    return key.split("/")[4]


def keeper(
    index: ObjectIndex, ledger: LedgerWriter, told: Callable[[str], Awaitable[None]]
) -> Callable[[Facts, Kept], Awaitable[None]]:
    """What to do when the store has acknowledged an object: remember it, have it entered, tell its case."""

    async def kept(facts: Facts, kept: Kept) -> None:
        survey = survey_of(kept.key)
        stored = StoredObject(
            survey,
            kept.key,
            kept.version_id,
            kept.sha256,
            kept.size,
            facts.media_type,
            facts.about,
            kept.kept_at,
            kept.locked_until,
        )
        await index.add(stored)
        ledger.note(object_entry(facts.kind, survey, kept))
        await told(survey)

    return kept


def event_kind(event: Event) -> str:
    """The tag of an event as the journal writes it."""
    return str(type(event).__struct_config__.tag)
