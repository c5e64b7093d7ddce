"""PDFs are made in processes of their own, one at a time, under hard limits: the event loop never waits for typst."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from survey_server.child import Child, start
from survey_server.priority import stand_back
from survey_server.report.task import REFUSED, Task
from survey_server.report.typesetting import NotTypeset

_ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONHOME")
_NICE: Final = 10
_TOLD: Final = 500
"""Characters of typst's own words that are passed on."""


class Limits(msgspec.Struct, frozen=True):
    """What one PDF may cost. Ten pages with 30 photos take half a second and 0.3 GB of address space."""

    cpu_s: int = 60
    wall_s: float = 180.0
    memory_bytes: int = 3 << 30


class Typesetter:
    """Makes PDFs, one after the other. Pictures lie in `folder` meanwhile. May be called concurrently."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self._folder = folder
        self._limits = limits or Limits()
        self._turn = asyncio.Semaphore(1)

    async def typeset(self, document: Mapping[str, Any], pictures: Mapping[str, bytes], at: datetime) -> bytes:
        """The PDF, like `typesetting.typeset`; `pictures` are JPEGs by the names that the document calls them.

        Raises NotTypeset when typst refuses, the process broke a limit or can't be started; OSError when there is no
        room for the pictures. A cancelled call takes its process with it.
        """
        async with self._turn:
            with tempfile.TemporaryDirectory(dir=self._folder, prefix="report-") as folder:
                await asyncio.to_thread(_lay_out, Path(folder), pictures)
                return await self._made(msgspec.json.encode(Task(dict(document), folder, at)))

    async def _made(self, task: bytes) -> bytes:
        limits = self._limits
        command = [sys.executable, "-m", "survey_server.report.task", str(limits.cpu_s), str(limits.memory_bytes)]
        try:
            process = await start(command, _environment())
        except OSError as fault:
            raise NotTypeset(f"the typesetting process does not start: {fault}") from fault
        stand_back(_NICE, process.pid)
        try:
            async with asyncio.timeout(limits.wall_s):
                out = await _answered(process, task)
                status = await process.wait()
        except TimeoutError:
            raise NotTypeset(f"not done after {limits.wall_s:g} s") from None
        finally:
            await process.end()
        if status == REFUSED:
            raise NotTypeset(out.decode(errors="replace")[:_TOLD])
        if status != 0:
            raise NotTypeset(f"the typesetting process ended with status {status}: over its limits")
        return out


def _lay_out(folder: Path, pictures: Mapping[str, bytes]) -> None:
    for name, data in pictures.items():
        (folder / name).write_bytes(data)


async def _answered(process: Child, task: bytes) -> bytes:
    """All that it prints. One that dies early prints what it can and takes no more."""
    with contextlib.suppress(ConnectionError):
        process.stdin.write(task)
        await process.stdin.drain()
    process.stdin.close()
    return await process.stdout.read()


def _environment() -> dict[str, str]:
    """What the process needs to import and nothing more: no key, no token."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    return kept | {"PYTHONPATH": path}
