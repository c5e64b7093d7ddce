"""The ledger's writer: gathers what is to be entered, and tells when a checkpoint covers it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from evidence_store.errors import EvidenceError, StoreUnreachable
from evidence_store.ledger.book import Page, Stamped
from evidence_store.ledger.entries import Entry
from evidence_store.ledger.log import Log, Proven

_log = logging.getLogger(__name__)

A = TypeVar("A")
T = TypeVar("T")

_GATHER_S = 5.0
_MOST_AT_ONCE = 4096
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_SEAL = "seal"


class Stamping(Protocol):
    """Has checkpoints timestamped, some time. Never waits."""

    trouble: str

    def checkpoint(self, page: Page, *, soon: bool) -> None:
        """The newest checkpoint is this one now. `soon`: it covers a seal that no timestamp covers yet."""
        ...


class LedgerWriter:
    """Use it from one event loop. What is noted and not covered yet is lost with the process: note it again then."""

    def __init__(self, log: Log, gather_s: float = _GATHER_S) -> None:
        """`gather_s` is how long entries are waited for, so that one checkpoint covers many."""
        self.on_covered: Callable[[list[str]], None] | None = None
        """Called with the keys of stored objects, once for each note, when a checkpoint covers them."""
        self.stamping: Stamping | None = None
        """Is told of checkpoints, where an authority is configured; and tells `keep` when one has its timestamp."""
        self._ledger, self._gather_s = log, gather_s
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._waiting: list[Entry] = []
        self._arrived = asyncio.Event()
        self._hurry = asyncio.Event()
        self._covered: dict[str, asyncio.Future[None]] = {}
        self._kept = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.trouble = ""
        """Why nothing is entered now, in words; empty when all is well."""

    @property
    def vkey(self) -> str:
        """The key that checkpoints are signed with, as verifiers take it."""
        return self._ledger.vkey

    @property
    def waiting(self) -> int:
        """Entries that no checkpoint covers yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin; what is noted before waits until then."""
        self._task = asyncio.get_running_loop().create_task(self._write_for_ever())
        if self.stamping is not None and self._ledger.page.number:
            self.stamping.checkpoint(self._ledger.page, soon=True)  # whatever waited for it when the node stopped

    async def close(self) -> None:
        """Stop. A batch that is being written is finished; the rest is noted again after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for future in self._covered.values():
            future.cancel()
        await asyncio.to_thread(self._thread.shutdown, wait=True)

    def note(self, entry: Entry) -> None:
        """Have this entered within a few seconds."""
        self._waiting.append(entry)
        self._arrived.set()
        if entry.key in self._covered:
            self._hurry.set()

    async def covered(self, key: str) -> None:
        """Return once a checkpoint covers the entry about this object; it is not waited for others meanwhile."""
        if await self._run(self._ledger.has, key):
            return
        future = self._covered.setdefault(key, asyncio.get_running_loop().create_future())
        self._hurry.set()
        await asyncio.shield(future)

    async def has(self, key: str) -> bool:
        """Does a checkpoint cover an entry about this object?"""
        return await self._run(self._ledger.has, key)

    async def proven(self, survey: str, key: str | None = None) -> Proven:
        """A survey's entries, each with its proof to a checkpoint: Log.proven. Raises as the store does."""
        return await self._run(lambda _: self._ledger.proven(survey, key), None)

    async def timestamped(self, key: str, patience_s: float) -> bool:
        """Does a timestamp cover the entry about this object? Waits for it, but not where none can be expected."""
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    kept = self._kept
                    if await self._run(self._ledger.timestamped, key):
                        return True
                    if self.stamping is None or self.stamping.trouble:
                        return False
                    await kept.wait()
        except TimeoutError:
            return False

    async def keep(self, stamped: Stamped) -> None:
        """A checkpoint has a timestamp, which is in the bucket: remember it."""
        await self._run(self._ledger.stamp, stamped)
        self._kept.set()
        self._kept = asyncio.Event()

    async def _run(self, step: Callable[[A], T], argument: A) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step, argument)

    async def _write_for_ever(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            await self._arrived.wait()
            if self._waiting and not self.trouble and not self._hurry.is_set():
                await self._gathered()
            batch = self._waiting[:_MOST_AT_ONCE]
            self._hurry.clear()
            if not batch:
                self._arrived.clear()
                continue
            try:
                await self._run(self._ledger.append, batch)
            except Exception as fault:
                self._tell_trouble(fault)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
                continue
            self.trouble, pause = "", _FIRST_PAUSE_S
            del self._waiting[: len(batch)]
            if self.stamping is not None:
                self.stamping.checkpoint(self._ledger.page, soon=any(entry.type == _SEAL for entry in batch))
            self._tell([entry.key for entry in batch if entry.key is not None])

    def _tell_trouble(self, fault: Exception) -> None:
        words = str(fault)
        if words != self.trouble:
            level = logging.WARNING if isinstance(fault, StoreUnreachable) else logging.ERROR
            _log.log(level, "the ledger waits: %s", words, exc_info=not isinstance(fault, EvidenceError))
        self.trouble = words

    async def _gathered(self) -> None:
        """Others may come; unless somebody waits for these."""
        try:
            async with asyncio.timeout(self._gather_s):
                await self._hurry.wait()
        except TimeoutError:
            return

    def _tell(self, keys: list[str]) -> None:
        if self.on_covered is not None:
            self.on_covered(keys)
        for key in keys:
            future = self._covered.pop(key, None)
            if future is not None and not future.done():
                future.set_result(None)
