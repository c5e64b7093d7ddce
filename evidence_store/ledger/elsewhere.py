"""Asks other nodes' logs beside the node's own, which goes on meanwhile: reading a log of years takes a while."""

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from evidence_store.errors import EvidenceError
from evidence_store.ledger.log import Proven
from evidence_store.ledger.other_logs import OtherLogs

_log = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0


class Elsewhere:
    """Use it from one event loop."""

    def __init__(self, logs: OtherLogs) -> None:
        self._logs = logs
        self._thread = ThreadPoolExecutor(1, "other-logs")
        self._said: dict[str, str] = {}

    async def close(self) -> None:
        """Stop; a reading that is under way ends after the checkpoint it is at."""
        self._logs.stop()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def covered(self, keys: Collection[str]) -> set[str]:
        """Those of these objects that another log has an entry about. Waits for the store as long as it takes."""
        pause, said = _FIRST_PAUSE_S, ""
        while True:
            try:
                found = await self._run(lambda: self._covering(keys))
            except Exception as fault:
                # Without an answer an object could be entered twice: so there is no giving up here.
                if str(fault) != said:
                    known = isinstance(fault, EvidenceError)
                    _log.warning("other nodes' logs can't be read: %s", fault, exc_info=not known)
                    said = str(fault)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                return set[str]().union(*found.values())

    async def proven(self, survey: str, keys: Collection[str]) -> list[Proven]:
        """What the logs that have entries about some of these objects prove of the survey.

        Raises LedgerFault in words for one that can't be proven, StoreUnreachable, StoreRefused.
        """

        def parts() -> list[Proven]:
            return [self._logs.proven(log, survey) for log in sorted(self._covering(keys))]

        return await self._run(parts)

    @property
    def faults(self) -> list[str]:
        """What is wrong with other logs, in words."""
        return list(self._logs.faults.values())

    def _covering(self, keys: Collection[str]) -> dict[str, set[str]]:
        self._logs.catch_up()
        for log, words in self._logs.faults.items():
            if self._said.get(log) != words:
                _log.error("%s", words)
                self._said[log] = words
        return self._logs.covering(list(keys))

    async def _run(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step)
