"""The ledger's writer: gathers what is to be entered, and tells when a checkpoint covers it.

What an earlier run left in the spool may have been entered by it under another node's name, and an object is entered
once: such entries wait until the other logs in the bucket were asked. Whatever is new is not held up by that.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from evidence_store.errors import EvidenceError, StoreUnreachable
from evidence_store.ledger.book import Page, Stamped
from evidence_store.ledger.elsewhere import Elsewhere
from evidence_store.ledger.entries import Entry, entry_key
from evidence_store.ledger.log import LedgerFault, Log, Proven
from evidence_store.ledger.other_logs import OtherLogs

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

    def __init__(self, log: Log, gather_s: float = _GATHER_S, others: OtherLogs | None = None) -> None:
        """`gather_s` is how long entries are waited for, so that one checkpoint covers many. Without `others` the node
        is alone in its bucket.
        """
        self.on_covered: Callable[[list[str]], None] | None = None
        """Called with the keys of stored objects, once for each note, when a checkpoint covers them."""
        self.stamping: Stamping | None = None
        """Is told of checkpoints, where an authority is configured; and tells `keep` when one has its timestamp."""
        self._ledger, self._gather_s = log, gather_s
        self._elsewhere = None if others is None else Elsewhere(others)
        self._inherited: set[str] = set()
        self._doubtful: list[Entry] = []
        """Entries about what was inherited, until it is known whether another log has them."""
        self._doubt = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._waiting: list[Entry] = []
        self._arrived = asyncio.Event()
        self._hurry = asyncio.Event()
        self._covered: dict[str, asyncio.Future[None]] = {}
        self._kept = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.trouble = ""
        """Why nothing is entered now, in words; empty when all is well."""

    @property
    def vkey(self) -> str:
        """The key that checkpoints are signed with, as verifiers take it."""
        return self._ledger.vkey

    @property
    def vkeys(self) -> list[str]:
        """That key and those it took over from, newest first."""
        return self._ledger.vkeys

    def signed(self, kind: str, says: Mapping[str, Any]) -> str:
        """A statement of this node (`statements`): a note signed with the log's key."""
        return self._ledger.signed(kind, says)

    @property
    def waiting(self) -> int:
        """Entries that no checkpoint covers yet."""
        return len(self._waiting) + len(self._doubtful)

    def inherited(self, keys: Iterable[str]) -> None:
        """An earlier run left these in the spool and may have entered them under another name. Say so before `note`."""
        if self._elsewhere is not None:
            self._inherited.update(keys)

    def start(self) -> None:
        """Begin; what is noted before waits until then."""
        loop = asyncio.get_running_loop()
        self._tasks.append(loop.create_task(self._write_for_ever()))
        if self._elsewhere is not None:
            self._tasks.append(loop.create_task(self._clear_up_for_ever(self._elsewhere)))
        if self.stamping is not None and self._ledger.page.number:
            self.stamping.checkpoint(self._ledger.page, soon=True)  # whatever waited for it when the node stopped

    async def close(self) -> None:
        """Stop. A batch that is being written is finished; the rest is noted again after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for future in self._covered.values():
            future.cancel()
        await asyncio.to_thread(self._thread.shutdown, wait=True)
        if self._elsewhere is not None:
            await self._elsewhere.close()

    def note(self, entry: Entry) -> None:
        """Have this entered within a few seconds; a seal at once, and what waits with it."""
        if entry.key in self._inherited:
            self._doubtful.append(entry)
            self._doubt.set()
        else:
            self._enter(entry)

    def _enter(self, entry: Entry) -> None:
        self._waiting.append(entry)
        self._arrived.set()
        if entry.type == _SEAL or entry.key in self._covered:
            self._hurry.set()

    async def covered(self, key: str) -> None:
        """Return once a checkpoint covers the entry about this object; it is not waited for others meanwhile.

        What was never noted here may be covered by another node's log, and that counts as well.
        """
        future = self._covered.setdefault(key, asyncio.get_running_loop().create_future())
        if await self._run(self._ledger.has, key):
            self._settle(key)
            return
        self._hurry.set()
        if self._elsewhere is not None and not self._is_noted(key):
            await self._covered_elsewhere(self._elsewhere, key, future)
        await asyncio.shield(future)

    async def has(self, key: str) -> bool:
        """Does a checkpoint of this node cover an entry about this object?"""
        return await self._run(self._ledger.has, key)

    async def proven(self, survey: str, *keys: str) -> Proven:
        """A survey's entries in this log, each with its proof to a checkpoint: Log.proven. Raises as the store does."""
        return await self._run(lambda _: self._ledger.proven(survey, *keys), None)

    async def whole(self, survey: str, seal: str, needed: Collection[str], objects: Collection[str]) -> list[Proven]:
        """All that proves a survey with these objects: the log that has the seal first, then others it was in before.

        `needed` are those of the objects without which there is no proof, the seal among them. Raises LedgerFault in
        words when no log that can be proven has one of them; StoreUnreachable, StoreRefused.
        """
        own = await self._run(self._own, objects)
        parts = [await self.proven(survey, *own.intersection(needed))]
        missing = {key for key in objects if key not in own and not self._is_noted(key)}
        if missing and self._elsewhere is not None:
            parts += await self._elsewhere.proven(survey, missing)
        parts = [part for part in parts if part.entries]
        covers = [{entry_key(entry.leaf) for entry in part.entries} for part in parts]
        unproven = sorted(set(needed).difference(*covers))
        if unproven:
            faults = self._elsewhere.faults if self._elsewhere is not None else []
            raise LedgerFault(" ".join([f"No log in the bucket proves {', '.join(unproven[:3])} by now.", *faults]))
        first = next(at for at, keys in enumerate(covers) if seal in keys)
        return [parts[first], *parts[:first], *parts[first + 1 :]]

    async def timestamped(self, key: str, patience_s: float) -> bool:
        """Does a timestamp cover this log's entry about this object? Waits for it, but not where none is to come."""
        if self._elsewhere is not None and not await self.has(key):
            return False
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

    def _own(self, keys: Collection[str]) -> set[str]:
        return {key for key in keys if self._ledger.has(key)}

    def _is_noted(self, key: str) -> bool:
        """Will it be known by itself whether a checkpoint covers this?"""
        return any(entry.key == key for entries in (self._waiting, self._doubtful) for entry in entries)

    async def _covered_elsewhere(self, elsewhere: Elsewhere, key: str, here: asyncio.Future[None]) -> None:
        """Return when it is known whether another log covers this, or that this one does."""
        asking = asyncio.create_task(elsewhere.covered([key]))
        try:
            await asyncio.wait({asking, here}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done() and asking.result():
                self._settle(key)
        finally:
            asking.cancel()

    async def _clear_up_for_ever(self, elsewhere: Elsewhere) -> None:
        """Enter of what was inherited what no log has."""
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            doubtful = self._doubtful[:]
            keys = {entry.key for entry in doubtful if entry.key is not None}
            try:
                own = await self._run(self._own, keys)
            except Exception as fault:
                self._tell_trouble(fault)
                await asyncio.sleep(_LONGEST_PAUSE_S)
                self._doubt.set()
                continue
            covered = own | (await elsewhere.covered(keys - own) if keys - own else set())
            del self._doubtful[: len(doubtful)]
            for entry in doubtful:
                if entry.key not in covered:
                    self._enter(entry)
            self._tell([entry.key for entry in doubtful if entry.key in covered and entry.key is not None])

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
            self._settle(key)

    def _settle(self, key: str) -> None:
        future = self._covered.pop(key, None)
        if future is not None and not future.done():
            future.set_result(None)
