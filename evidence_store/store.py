"""The evidence store: what is handed in is held at once, and kept as soon as the object store answers."""

import asyncio
import hashlib
import heapq
import itertools
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes

from evidence_store.errors import (
    EvidenceError,
    LockRefused,
    NotFound,
    NotYetKept,
    SpoolDamaged,
    StoreUnreachable,
    Tampered,
)
from evidence_store.objects import Objects, whole_second
from evidence_store.receipts import Facts, Held, Kept, Receipt
from evidence_store.spool import Abandoned, OpenSegment, Spool, Waiting

log = logging.getLogger(__name__)

_UPLOADS_AT_ONCE = 16
"""As many as it takes: stores put what comes together on disk together."""
_READS_AT_ONCE = 4
_WRITES_AT_ONCE = 16
"""They wait for the disk, which syncs what comes together at once."""
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_REMEMBERED = 1000
"""Receipts of the kept, so that settle answers without asking the store; of earlier ones the store is asked."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for its upload."""

    objects: int
    bytes: int
    oldest: datetime | None
    """When the oldest of them was held."""
    trouble: str = ""
    """Why the last attempt failed, in words; empty when it did not."""


@dataclass(frozen=True, slots=True, order=True)
class _Turn:
    """When an entry is to be tried next."""

    due: float
    number: int
    attempts: int
    entry: str


class EvidenceStore:
    """Evidence in, receipts out. Use it from one event loop; open segments may be used from threads.

    `on_kept(facts, kept)` is awaited after every acknowledged upload and before the spool's copy goes, for one piece
    at a time. It is called at least once per piece: a crash at the wrong moment brings the same piece again, with the
    same key and version. If it raises, the piece stays in the spool and is tried again.

    With `until_covered` the spool's copy goes only when `covered` names its key: what the ledger does not cover yet
    must be there again after a crash.
    """

    def __init__(
        self,
        objects: Objects,
        spool: Spool,
        on_kept: Callable[[Facts, Kept], Awaitable[None]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        until_covered: bool = False,
    ) -> None:
        self._objects = objects
        self._spool = spool
        self._on_kept = on_kept
        self._now = now
        self._until_covered = until_covered
        self._one_at_a_time = asyncio.Lock()
        """Owners write to a database that others write to as well: no crowd is to stand before it."""
        self._telling: dict[str, str] = {}
        """The keys of entries whose owner is being told."""
        self._covered_early: set[str] = set()
        """Entries that the ledger covered before their owner had been told to the end."""
        self._uncovered: dict[str, list[Waiting]] = {}
        self._uploads = ThreadPoolExecutor(_UPLOADS_AT_ONCE, "evidence-upload")
        self._reads = ThreadPoolExecutor(_READS_AT_ONCE, "evidence-read")
        self._writes = ThreadPoolExecutor(_WRITES_AT_ONCE, "evidence-spool")
        self._prepared = False
        self._waiting: dict[str, Waiting] = {}
        self._turns: list[_Turn] = []
        self._numbers = itertools.count()
        self._under_way: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._stopped = False
        self._settling: dict[str, asyncio.Future[Kept]] = {}
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._failures = 0
        self._closed_until = 0.0
        self._trouble = ""

    async def start(self) -> None:
        """Take up what an earlier run left in the spool, and begin uploading. A store that is down is waited for.

        Raises UnlockedBucket or StoreRefused when the store answers but must not be used.
        """
        self._loop = asyncio.get_running_loop()
        try:
            await self._loop.run_in_executor(self._uploads, self._prepare)
        except StoreUnreachable as error:
            self._trouble = str(error)
            log.warning("%s", error)
        except BaseException:
            await self.close()
            raise
        self._spool.watch(self._became_whole)
        for waiting in await self._loop.run_in_executor(self._writes, self._spool.ready):
            self._enqueue(waiting)

    async def close(self) -> None:
        """Stop uploading, let the objects and the spool go. What is not kept yet stays there for the next start.

        Calls under way to a store that hangs are waited for, up to half a minute.
        """
        self._stopped = True
        if self._alarm is not None:
            self._alarm.cancel()
        for upload in self._under_way:
            upload.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for future in self._settling.values():
            future.cancel()
        for pool in (self._writes, self._uploads, self._reads):
            await asyncio.to_thread(pool.shutdown, wait=True)
        self._objects.close()
        self._spool.close()

    async def preserve(self, data: bytes, facts: Facts) -> Receipt:
        """Hold one whole piece and start its upload. Never waits for the store.

        When it returns, the bytes are synced to this machine's disk. A cancelled call may or may not
        have held them. Raises SpoolFault.
        """
        return await self._loop.run_in_executor(self._writes, self._spool.put, data, facts)

    async def settle(self, receipt: Receipt, timeout_s: float) -> Kept:
        """Wait until the piece is kept; answers at once if it is. Raises NotYetKept at the timeout, SpoolDamaged."""
        if isinstance(receipt, Kept):
            return receipt
        kept = self._kept.get(receipt.key)
        if kept is not None:
            return kept
        if not any(waiting.held.key == receipt.key for waiting in self._waiting.values()):
            return await self._found_again(receipt, timeout_s)
        future = self._settling.setdefault(receipt.key, self._loop.create_future())
        try:
            return await asyncio.wait_for(asyncio.shield(future), timeout_s)
        except TimeoutError:
            raise NotYetKept(receipt.key, timeout_s) from None
        except asyncio.CancelledError:
            if future.cancelled():  # the store was closed meanwhile
                raise NotYetKept(receipt.key, timeout_s) from None
            raise

    async def read(self, key: str, version_id: str, sha256: str) -> bytes:
        """The bytes of one kept version, checked against the hash they were kept with.

        Raises Tampered, NotFound, StoreUnreachable, StoreRefused.
        """
        return await self._loop.run_in_executor(self._reads, self._read, key, version_id, sha256)

    async def extend(self, key: str, version_id: str, until: datetime) -> datetime:
        """Lengthen a lock; returns the lock in force. It is never shortened: an earlier date changes nothing.

        Raises LockRefused, NotFound, StoreUnreachable, StoreRefused.
        """
        return await self._loop.run_in_executor(self._reads, self._objects.extend, key, version_id, until)

    def open_segment(self, facts: Facts) -> OpenSegment:
        """Begin a piece that grows; its upload starts when it is closed. Blocks: call it, and use it, from a thread."""
        return self._spool.open_segment(facts)

    def abandoned(self) -> list[Abandoned]:
        """Segments that an earlier run left open; `finish` starts their upload. Blocks: call it from a thread."""
        return self._spool.abandoned()

    def covered(self, keys: Iterable[str]) -> None:
        """The ledger covers these: the spool need not keep them any longer. Others, and repetitions, change nothing."""
        covered = set(keys)
        self._covered_early.update(entry for entry, key in self._telling.items() if key in covered)
        for key in covered:
            for waiting in self._uncovered.pop(key, ()):
                self._discard(waiting)

    @property
    def endpoint(self) -> str:
        """host:port of the object store."""
        return self._objects.endpoint

    @property
    def backlog(self) -> Backlog:
        """Everything that waits for its upload."""
        return self.waiting("")

    def held(self, prefix: str) -> list[tuple[Facts, Held]]:
        """What waits for its upload under keys that begin with `prefix`, piece by piece."""
        waiting = [each for each in self._waiting.values() if each.held.key.startswith(prefix)]
        return [(each.facts, each.held) for each in waiting]

    def holds(self, prefix: str) -> bool:
        """Has the spool still anything under keys that begin with `prefix`: not uploaded, or not covered yet?"""
        return any(key.startswith(prefix) for key in self._uncovered) or bool(self.held(prefix))

    def waiting(self, prefix: str) -> Backlog:
        """What waits for its upload under keys that begin with `prefix`."""
        waiting = [each.held for each in self._waiting.values() if each.held.key.startswith(prefix)]
        oldest = min((held.held_at for held in waiting), default=None)
        return Backlog(len(waiting), sum(held.size for held in waiting), oldest, self._trouble)

    def _discard(self, waiting: Waiting) -> None:
        self._writes.submit(self._spool.discard, waiting)  # not awaited: closing must not cut it off

    def _prepare(self) -> None:
        if not self._prepared:
            self._objects.prepare()
            self._prepared = True

    def _became_whole(self, waiting: Waiting) -> None:
        try:
            self._loop.call_soon_threadsafe(self._enqueue, waiting)
        except RuntimeError:  # the loop has closed: the next start finds it in the spool
            log.info("%s became whole after the store was closed; it waits in the spool.", waiting.held.key)

    def _enqueue(self, waiting: Waiting) -> None:
        if waiting.entry not in self._waiting:
            self._waiting[waiting.entry] = waiting
            self._take_turn(_Turn(0.0, next(self._numbers), 0, waiting.entry))

    def _take_turn(self, turn: _Turn) -> None:
        heapq.heappush(self._turns, turn)
        self._begin_due()

    def _begin_due(self) -> None:
        """Begin the uploads that are due, as far as there are threads; the first that is not due sets the alarm."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while self._turns and len(self._under_way) < _UPLOADS_AT_ONCE and not self._stopped:
            pause = max(self._turns[0].due, self._closed_until) - self._loop.time()
            if pause > 0:
                self._alarm = self._loop.call_later(pause, self._begin_due)
                return
            upload = self._loop.create_task(self._keep(heapq.heappop(self._turns)))
            self._under_way.add(upload)
            upload.add_done_callback(self._ended)

    def _ended(self, upload: asyncio.Task[None]) -> None:
        self._under_way.discard(upload)
        self._begin_due()

    async def _keep(self, turn: _Turn) -> None:
        """One attempt to have an entry kept."""
        waiting = self._waiting[turn.entry]
        try:
            kept = await self._loop.run_in_executor(self._uploads, self._upload, waiting)
            self._failures, self._trouble = 0, ""
            self._telling[turn.entry] = kept.key
            async with self._one_at_a_time:
                await self._on_kept(waiting.facts, kept)
        except StoreUnreachable as error:
            self._close_for_a_while(error)
            self._take_turn(turn)
        except SpoolDamaged as error:
            self._give_up(waiting, error)
        except Exception as error:
            self._postpone(turn, waiting, error)
        else:
            self._remember(waiting, kept)
            del self._telling[turn.entry]
            if turn.entry in self._covered_early or not self._until_covered:
                self._covered_early.discard(turn.entry)
                self._discard(waiting)
            else:
                self._uncovered.setdefault(kept.key, []).append(waiting)

    def _upload(self, waiting: Waiting) -> Kept:
        self._prepare()
        data = self._spool.read(waiting)
        held = waiting.held
        until = whole_second(self._now() + timedelta(days=waiting.facts.lock_days))
        version_id = self._objects.put(held.key, data, held.sha256, waiting.facts.media_type, until)
        return Kept(held.key, version_id, held.sha256, held.size, self._now(), until, sm3(data))

    def _close_for_a_while(self, error: StoreUnreachable) -> None:
        """Nobody answers: all uploads pause together, longer each time, so that a long backlog does not hammer."""
        if self._loop.time() < self._closed_until:
            return
        if not self._failures:
            log.warning("%s", error)
        self._trouble = str(error)
        self._closed_until = self._loop.time() + _pause(self._failures)
        self._failures += 1

    def _postpone(self, turn: _Turn, waiting: Waiting, error: Exception) -> None:
        """Something is wrong with this one piece (or its owner): it tries again later, the others go on."""
        self._trouble = f"{waiting.held.key}: {error}"
        log.error("%s is not archived yet: %s", waiting.held.key, error, exc_info=not isinstance(error, EvidenceError))
        due = self._loop.time() + _pause(turn.attempts)
        self._take_turn(_Turn(due, turn.number, turn.attempts + 1, turn.entry))

    def _give_up(self, waiting: Waiting, error: SpoolDamaged) -> None:
        """The only end without an upload: the bytes are no longer what was handed in. The spool has set them aside."""
        self._trouble = str(error)
        del self._waiting[waiting.entry]
        future = self._settling.pop(waiting.held.key, None)
        if future is not None and not future.done():
            future.set_exception(error)

    def _remember(self, waiting: Waiting, kept: Kept) -> None:
        del self._waiting[waiting.entry]
        self._kept[kept.key] = kept
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        future = self._settling.pop(kept.key, None)
        if future is not None and not future.done():
            future.set_result(kept)

    async def _found_again(self, held: Held, timeout_s: float) -> Kept:
        """Not waiting and not remembered: kept by an earlier run, so the store knows."""
        pause = _FIRST_PAUSE_S
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    try:
                        return await self._loop.run_in_executor(self._reads, self._find, held)
                    except StoreUnreachable:
                        await asyncio.sleep(pause)
                        pause = min(2 * pause, _LONGEST_PAUSE_S)
        except TimeoutError:
            raise NotYetKept(held.key, timeout_s) from None

    def _find(self, held: Held) -> Kept:
        version_id = self._objects.find(held.key, held.size, held.sha256)
        if version_id is None:
            raise NotFound("NoSuchKey", f"{held.key!r}, and neither does this spool")
        locked_until = self._objects.stat(held.key, version_id).locked_until
        if locked_until is None:
            raise LockRefused("NoLock", held.key, "the version carries no lock")
        return Kept(held.key, version_id, held.sha256, held.size, self._now(), locked_until)

    def _read(self, key: str, version_id: str, sha256: str) -> bytes:
        data = self._objects.get(key, version_id)
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise Tampered(key, version_id, sha256, found)
        return data


def sm3(data: bytes) -> str:
    """The digest by GB/T 32905-2016 (ISO/IEC 10118-3), lower-case hex."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


def _pause(failures: int) -> float:
    """Seconds before the next attempt after so many failed ones."""
    return min(_FIRST_PAUSE_S * 2 ** min(failures, 10), _LONGEST_PAUSE_S)
