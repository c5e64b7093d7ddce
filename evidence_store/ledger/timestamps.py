"""Has checkpoints timestamped, beside the ledger and never in its way.

A later checkpoint covers all that earlier ones cover, so only the newest is ever asked for: at once where a seal waits
for it, else once an hour. The token lies in the bucket as `checkpoint/{n}.tsr`, under the checkpoint's own lock and
written on condition that there is none, so that the first one counts; before it, once, the chain of certificates that
it is checked with, as `tsa/{sha16}.pem`, so that bucket and root are enough to check it in decades.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from evidence_store.errors import EvidenceError, KeyTaken
from evidence_store.ledger.authority import Authority, AuthorityUnreachable, Timestamp
from evidence_store.ledger.book import Page, Stamped
from evidence_store.ledger.log import LOCK, checkpoint_path
from evidence_store.ledger.tokens import BadToken
from evidence_store.objects import Objects

_log = logging.getLogger(__name__)

_AT_LEAST_EVERY_S = 3600.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 120.0
_LONG_S = 300.0
"""For so long an authority may be out of reach before the log of the node says so."""
_TSR, _PEM = "application/timestamp-reply", "application/pem-certificate-chain"


class Timestamps:
    """Use it from one event loop."""

    def __init__(
        self,
        objects: Objects,
        prefix: str,
        authority: Authority,
        keep: Callable[[Stamped], Awaitable[None]],
        *,
        every_s: float = _AT_LEAST_EVERY_S,
        pauses_s: tuple[float, float] = (_FIRST_PAUSE_S, _LONGEST_PAUSE_S),
        long_s: float = _LONG_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`prefix` is the log's; `keep` remembers a token that is in the bucket, and is told of it once or more."""
        self._objects, self._prefix, self._authority, self._keep = objects, prefix, authority, keep
        self._every_s, self._pauses_s, self._long_s, self._now = every_s, pauses_s, long_s, now
        self._thread = ThreadPoolExecutor(1, "timestamps")
        self._newest = Page(0, 0, "", [])
        self._soon = False
        self._done = 0
        """Number of the last checkpoint that has a token, or can't have one."""
        self._chains: set[bytes] = set()
        """Those that are in the bucket for certain."""
        self._last_at = float("-inf")
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.trouble = ""
        """Why there are no timestamps now, in words; empty when all is well."""

    def start(self) -> None:
        """Begin; what is told before waits until then."""
        self._task = asyncio.get_running_loop().create_task(self._stamp_for_ever())

    async def close(self) -> None:
        """Stop. What has no token is asked for after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    def checkpoint(self, page: Page, *, soon: bool) -> None:
        """The newest checkpoint is this one now. `soon`: somebody waits for its timestamp."""
        if page.number > self._done:
            self._newest, self._soon = page, self._soon or soon
            self._told.set()

    async def _stamp_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        shortest, longest = self._pauses_s
        pause, failing_since, said = shortest, None, ""
        while True:
            await self._due()
            page, self._soon = self._newest, False
            try:
                made = await loop.run_in_executor(self._thread, self._obtain, page)
                if made is not None:
                    await self._keep(Stamped(page.number, page.size, page.note, made.token, made.chain))
            except EvidenceError as fault:
                self._soon, self.trouble = True, str(fault)
                failing_since = loop.time() if failing_since is None else failing_since
                patient = isinstance(fault, AuthorityUnreachable) and loop.time() - failing_since < self._long_s
                if not patient and said != self.trouble:
                    _log.warning("%s", fault)
                    said = self.trouble
                await asyncio.sleep(pause)
                pause = min(2 * pause, longest)
                continue
            except Exception as fault:
                # Nothing that goes wrong here may end it for good, and nobody else would hear of it.
                _log.exception("a checkpoint's timestamp failed; another attempt in %.0f s", longest)
                self._soon, self.trouble = True, str(fault)
                await asyncio.sleep(longest)
                continue
            if said:
                _log.warning("Checkpoints get timestamps again.")
            self._done, self._last_at = page.number, loop.time()
            self.trouble, pause, failing_since, said = "", shortest, None, ""

    async def _due(self) -> None:
        """Return once there is a checkpoint whose time has come."""
        loop = asyncio.get_running_loop()
        while True:
            self._told.clear()
            fresh = self._newest.number > self._done
            left = self._last_at + self._every_s - loop.time()
            if fresh and (self._soon or left <= 0):
                return
            try:
                async with asyncio.timeout(left if fresh else None):
                    await self._told.wait()
            except TimeoutError:
                continue

    def _obtain(self, page: Page) -> Timestamp | None:
        """The checkpoint's token: the one in the bucket, else a new one; None if the bucket's is not acceptable.

        Raises AuthorityUnreachable, AuthorityRefused, StoreUnreachable, StoreRefused.
        """
        path = f"{self._prefix}/{checkpoint_path(page.number)}.tsr"
        data = page.note.encode()
        while True:
            found = self._objects.first(path)
            if found is not None:
                return self._found(path, found, data)
            made = self._authority.stamp(data)
            self._keep_chain(made.chain)
            digest = hashlib.sha256(made.token).hexdigest()
            try:
                self._objects.put(path, made.token, digest, _TSR, self._now() + LOCK)
            except KeyTaken:
                continue  # another process of this node was first, and the first one counts
            return made

    def _keep_chain(self, chain: bytes) -> None:
        if chain not in self._chains:
            digest = hashlib.sha256(chain).hexdigest()
            self._objects.put(f"{self._prefix}/tsa/{digest[:16]}.pem", chain, digest, _PEM, self._now() + LOCK)
            self._chains.add(chain)

    def _found(self, path: str, token: bytes, data: bytes) -> Timestamp | None:
        try:
            return self._authority.check(token, data)
        except BadToken as fault:
            # It can't be replaced; the next checkpoint gets one of its own.
            _log.warning("%s in the bucket is no timestamp by the configured authority: %s.", path, fault)
            return None
