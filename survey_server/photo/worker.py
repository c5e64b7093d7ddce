"""Photos are examined in processes of their own, a few at a time, under hard limits.

**Whatever a photo does to its process, the event loop never waits for it and the next photo finds a fresh one.**
A process that dies or overruns its time is a finding about that photo (`file_safe` fails, over budget), not an error.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from survey_server.child import Child, start
from survey_server.photo.container import MAX_BYTES
from survey_server.photo.context import Context
from survey_server.photo.examination import Report, given_up
from survey_server.photo.facts import facts_unread
from survey_server.photo.footage import VideoReport, video_given_up
from survey_server.photo.live_match import Comparison, Look, PictureCodec
from survey_server.photo.picture import Undecodable
from survey_server.photo.task import (
    READY,
    CheckTask,
    FrameTask,
    InspectTask,
    KeyFrameTask,
    PreviewTask,
    SceneTask,
    Task,
    VideoTask,
    frame,
    length_of,
)
from survey_server.priority import stand_back, yield_to_all

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_S: Final = 60.0
NICE: Final = 5
"""From its first import on: the node puts itself first; what it examines photos with must not come with it."""
_LOOKS: Final = msgspec.msgpack.Decoder(Look)
_KEPT_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONHOME")


class WorkerUnavailable(Exception):
    """The examining process can't be started at all: an installation fault, never a photo's."""


class Overrun(Exception):
    """The process died or ran out of time on a task. `bound` is what it broke."""

    def __init__(self, bound: str) -> None:
        super().__init__(bound)
        self.bound = bound


class Limits(msgspec.Struct, frozen=True):
    """What one task may cost. `wall_s` ends a task that waits instead of computing, or starves."""

    cpu_s: int = 10
    wall_s: float = 60.0
    memory_bytes: int = 1 << 30
    tasks_per_process: int = 500


class PhotoWorker:
    """A few examining processes behind `check` and `preview`.

    Both may be called concurrently; calls beyond `processes` wait their turn. Processes start at the first need and
    are replaced after a death. A cancelled call takes its process with it. After `close` nothing runs.
    """

    def __init__(self, processes: int = 2, limits: Limits | None = None, *, idle: bool = False) -> None:
        """`idle` processes compute only where nobody else would."""
        self._limits = limits or Limits()
        self._idle: asyncio.LifoQueue[_Examiner] = asyncio.LifoQueue()
        for _ in range(processes):
            self._idle.put_nowait(_Examiner(self._limits, idle=idle))
        self._all: list[_Examiner] = []
        self._closed = False

    async def check(self, data: bytes, context: Context) -> Report:
        """Examine a photo; like `photo.check`, and never raises for what a photo is or does.

        Raises WorkerUnavailable when no process can be started.
        """
        if len(data) > MAX_BYTES:
            return given_up(data, context, "bytes")
        try:
            answer = await self._ask(CheckTask(context), data)
        except Overrun as over:
            return given_up(data, context, over.bound)
        return msgspec.json.decode(answer, type=Report)

    async def inspect(self, data: bytes) -> dict[str, Any]:
        """A photo's facts; like `photo.inspect`. What breaks a bound has size, kind and `over_budget` only.

        Raises WorkerUnavailable when no process can be started.
        """
        bound = "bytes"
        if len(data) <= MAX_BYTES:
            try:
                return msgspec.json.decode(await self._ask(InspectTask(), data))
            except Overrun as over:
                bound = over.bound
        return facts_unread(data, bound)

    async def preview(self, data: bytes) -> bytes:
        """A small clean JPEG; like `photo.preview`. Raises Undecodable, also when the task overran."""
        if len(data) > MAX_BYTES:
            raise Undecodable("larger than a photo may be")
        try:
            answer = await self._ask(PreviewTask(), data)
        except Overrun as over:
            raise Undecodable(f"over budget: {over.bound}") from None
        if not answer:
            raise Undecodable("these bytes hold no picture that can be shown")
        return answer

    async def look(self, stream: bytes, codec: PictureCodec) -> Look:
        """A key picture of a video, like `key_frame.look`: without a picture also when the task overran."""
        try:
            answer = await self._ask(KeyFrameTask(codec), stream)
        except Overrun:
            return Look()
        return _LOOKS.decode(answer)

    async def compare(self, data: bytes, files: list[str]) -> Comparison | None:
        """A photo beside the encoded features in these files, like `live_match.compare`; None if the task overran."""
        if len(data) > MAX_BYTES:
            return None
        try:
            answer = await self._ask(SceneTask(files), data)
        except Overrun:
            return None
        return msgspec.json.decode(answer, type=Comparison)

    async def check_video(self, path: Path, context: Context) -> VideoReport:
        """Examine a video file where it lies; it never comes into this process. Never raises for what it is or does.

        Raises WorkerUnavailable when no process can be started, OSError when there is no such file.
        """
        size = (await asyncio.to_thread(path.stat)).st_size
        try:
            answer = await self._ask(VideoTask(str(path.absolute()), context), b"")
        except Overrun as over:
            return video_given_up(size, context, over.bound)
        return msgspec.json.decode(answer, type=VideoReport)

    async def frame(self, path: Path) -> bytes:
        """A JPEG of one picture of a video file. Raises Undecodable, also when the task overran."""
        try:
            answer = await self._ask(FrameTask(str(path.absolute())), b"")
        except Overrun as over:
            raise Undecodable(f"over budget: {over.bound}") from None
        if not answer:
            raise Undecodable("this video holds no picture that can be shown")
        return answer

    @property
    def pids(self) -> set[int]:
        """The running processes."""
        return {examiner.pid for examiner in self._all if examiner.pid is not None}

    async def close(self) -> None:
        """End every process, also those at work."""
        self._closed = True
        for examiner in list(self._all):
            await examiner.stop()

    async def _ask(self, task: Task, data: bytes) -> bytes:
        examiner = await self._idle.get()
        if examiner not in self._all:
            self._all.append(examiner)
        try:
            if self._closed:
                raise WorkerUnavailable("the photo worker is closed")
            return await examiner.ask(task, data)
        finally:
            self._idle.put_nowait(examiner)


class _Examiner:
    """One process at a time, and its successor when it is gone."""

    def __init__(self, limits: Limits, *, idle: bool) -> None:
        self._limits, self._idle = limits, idle
        self._process: Child | None = None
        self._done = 0

    @property
    def pid(self) -> int | None:
        """The running process, if there is one."""
        return self._process.pid if self._process is not None else None

    async def ask(self, task: Task, data: bytes) -> bytes:
        """One task, one answer. Raises Overrun or WorkerUnavailable; the process is then gone."""
        try:
            process = await self._ready()
            async with asyncio.timeout(self._limits.wall_s):
                answer = await self._exchange(process, task, data)
        except TimeoutError:
            await self.stop()
            raise Overrun("time") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._bury()
            raise Overrun("cpu or memory") from None
        except BaseException:
            await self.stop()
            raise
        self._done += 1
        if self._done >= self._limits.tasks_per_process:
            await self.stop()
        return answer

    async def _exchange(self, process: Child, task: Task, data: bytes) -> bytes:
        process.stdin.write(frame(msgspec.json.encode(task)))
        process.stdin.write(frame(data))
        await process.stdin.drain()
        return await _read_frame(process)

    async def _ready(self) -> Child:
        if self._process is not None and self._process.running:
            return self._process
        self._done = 0
        command = [
            sys.executable,
            "-m",
            "survey_server.photo.task",
            str(self._limits.cpu_s),
            str(self._limits.memory_bytes),
        ]
        try:
            self._process = await start(command, _environment())
            stand_back(NICE, self._process.pid)
            if self._idle:
                yield_to_all(self._process.pid)
            async with asyncio.timeout(_START_S):
                greeting = await _read_frame(self._process)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as fault:
            raise WorkerUnavailable(f"the photo process does not start: {fault!r}") from fault
        if greeting != READY:
            raise WorkerUnavailable("the photo process answers in another language")
        return self._process

    async def _bury(self) -> None:
        """Wait for a process that hung up; it is dead or dying."""
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                await self._process.wait(1.0)
        await self.stop()

    async def stop(self) -> None:
        """End the process, if there is one, and wait for its end."""
        process, self._process = self._process, None
        if process is not None:
            await process.end()


async def _read_frame(process: Child) -> bytes:
    return await process.stdout.readexactly(length_of(await process.stdout.readexactly(4)))


def _environment() -> dict[str, str]:
    """What the process needs to import and nothing more: no key, no token, one thread."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    return kept | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "SILENT"}
