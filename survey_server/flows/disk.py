"""Room on the disk that holds spool, journal and the ledger's book.

**A survey begins only above the reserve. Below a quarter of it every running survey is ended, while its end can still
be written**: journal, seal and ledger need a few megabytes, and those are what a full disk would take from them.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from survey_server.flows.trouble import Trouble
from survey_server.wire.basics import Text

LOOK_S = 2.0
"""Sixteen people who send 2.5 Mbit/s each write 10 MB in this time."""
LEAST_BYTES = 16 << 20
"""What a start needs to finish what an earlier run left behind."""
_MB = 1 << 20
_ENDING = 4

_log = logging.getLogger(__name__)


class NoRoom(OSError):
    """The node does not start: the disk is full."""

    def __init__(self, directory: Path, free_bytes: int) -> None:
        super().__init__(
            f"The disk of {directory} has {free_bytes // _MB} MB free; a start needs {LEAST_BYTES // _MB} MB. Make "
            "room and start again; what was recorded is kept, and is sealed and archived then. Delete nothing in that "
            "directory."
        )


class Disk:
    """The filesystem of the data directory."""

    def __init__(self, directory: Path, reserve_mb: int) -> None:
        """`directory` exists. Raises OSError."""
        self._directory, self._reserve = directory, reserve_mb * _MB
        self.free_bytes = 0
        """What a process without privileges could still write, as of the last look."""
        self.look()

    def look(self) -> None:
        """Ask the filesystem. Raises OSError."""
        self.free_bytes = shutil.disk_usage(self._directory).free

    def check(self) -> None:
        """Raises NoRoom when nothing could be finished here, let alone begun."""
        if self.free_bytes < LEAST_BYTES:
            raise NoRoom(self._directory, self.free_bytes)

    @property
    def low(self) -> bool:
        """Too little for a survey to begin."""
        return self.free_bytes < self._reserve

    def takes(self, size: int) -> bool:
        """Would the reserve still be free with so many bytes more?"""
        return self.free_bytes - size >= self._reserve

    @property
    def ending(self) -> bool:
        """Too little for one to go on."""
        return self.free_bytes < self._reserve // _ENDING

    async def watch(self, end: Callable[[], Awaitable[None]]) -> None:
        """Look every two seconds until cancelled; have `end` called at every look that finds too little to go on."""
        was_low = False
        while True:
            try:
                await asyncio.to_thread(self.look)
                if self.low is not was_low:
                    was_low = self.low
                    words = "too little: no survey begins" if was_low else "enough again"
                    _log.warning("%d MB free on the disk of %s: %s", self.free_bytes // _MB, self._directory, words)
                if self.ending:
                    await end()
            except Exception:
                _log.exception("looking after the disk of %s failed; another look in %.0f s", self._directory, LOOK_S)
            await asyncio.sleep(LOOK_S)


def disk_low() -> Trouble:
    """No survey begins: there might not be room for its end."""
    return Trouble(
        507,
        "disk_low",
        Text("服务器磁盘空间不足，暂时不能开始", "The server has too little disk space to begin"),
        Text(
            "现在不能开始新的踏勘，链接仍然有效。请工作人员清理服务器磁盘后再试；稍后重新打开即可。",
            "No survey can begin now; your link stays good. The operator has to make room on the server's disk: open "
            "the page again later.",
        ),
    )
