"""Files on their way to this node, on its disk. **An offset that was told survives a kill: its bytes are synced.**

Each upload is two files in `uploads/`: `{id}.json` says what it is to become, `{id}.bytes` is what has come. What
is there after a kill is gone on with; a disk that lied about its last bytes is found out by the SHA-256 of the whole.
One writer at a time. What nobody goes on with is let go after a while.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from survey_server.clock import Clock
from survey_server.flows.trouble import Trouble, not_found
from survey_server.wire.basics import Text
from survey_server.wire.node import Problem
from survey_server.wire.uploads import ComingView, UploadForm

T = TypeVar("T")
_log = logging.getLogger(__name__)

WRITE_AT_ONCE = 1 << 20
SYNC_AFTER_BYTES = 16 << 20
SYNC_AFTER_S = 5.0
SILENCE_S = 60.0
"""Nothing came for so long: the line is dead, and whoever comes again must not find it in their way."""
LOOK_S = 60.0


class CutOff(Exception):
    """The sender's line broke in mid-body."""


class Outcome(Struct, frozen=True):
    """What became of an upload that came whole: the number of a photo or a video, or why it became nothing."""

    photo: str = ""
    video: str = ""
    problem: Problem | None = None


class Said(Struct, frozen=True):
    """What the creation of an upload said, and the browser it came from in its own words."""

    form: UploadForm
    metadata: str
    """The Upload-Metadata header, to be given back as it came."""
    user_agent: str = ""
    device_model: str = ""


class Record(Struct, frozen=True):
    """What an upload is to become, as its creation said."""

    id: str
    survey: str
    participant: str
    said: Said
    length: int
    created_at: datetime
    outcome: Outcome | None = None

    @property
    def name(self) -> str:
        """The file's name, as its owner knows it."""
        form = self.said.form.photo or self.said.form.video
        assert form is not None
        return form.name


@dataclass
class _Writer:
    """Whoever is writing an upload now."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False
    reading: asyncio.Timeout | None = None

    def stop(self) -> None:
        """End it: at once while it waits for bytes, else after the bytes it is writing down."""
        self.stopped = True
        if self.reading is not None:
            self.reading.reschedule(asyncio.get_running_loop().time())


@dataclass
class Arrival:
    """One upload. `received` bytes are synced."""

    record: Record
    received: int
    touched: datetime
    writer: _Writer | None = None

    @property
    def whole(self) -> bool:
        """Has every byte come?"""
        return self.received == self.record.length


class Incoming:
    """Every upload of the node. Use it from one event loop."""

    def __init__(self, directory: Path, clock: Clock, keep: timedelta) -> None:
        """`keep` is how long an upload waits for somebody to go on with it."""
        self._directory, self._clock, self._keep = directory, clock, keep
        self._arrivals: dict[str, Arrival] = {}

    async def load(self) -> None:
        """Take up what an earlier run left. Raises OSError."""
        for arrival in await asyncio.to_thread(self._found):
            self._arrivals[arrival.record.id] = arrival

    def unfinished(self) -> list[Arrival]:
        """Those that came whole and whose fate is still open."""
        return [each for each in self._arrivals.values() if each.whole and each.record.outcome is None]

    def of(self, survey: str, participant: str = "") -> list[Arrival]:
        """A survey's uploads that have not expired, or one person's in it, the oldest first."""
        now = self._clock()
        return [
            each
            for each in self._arrivals.values()
            if each.record.survey == survey
            and participant in ("", each.record.participant)
            and (each.writer is not None or now < self.expires_at(each))
        ]

    def coming(self, survey: str) -> list[ComingView]:
        """What of a survey is on its way, for those who look on."""
        return [
            ComingView(each.record.name, each.record.length, each.received)
            for each in self.of(survey)
            if each.record.outcome is None
        ]

    def promised(self) -> int:
        """Bytes that uploads which were begun may still bring."""
        return sum(each.record.length - each.received for each in self._arrivals.values())

    def expires_at(self, arrival: Arrival) -> datetime:
        """When it is let go unless somebody goes on with it."""
        return arrival.touched + self._keep

    async def find(self, upload: str, survey: str, participant: str) -> Arrival:
        """One's own upload. Raises a trouble in words: 404, or 410 if it has expired."""
        arrival = self._arrivals.get(upload)
        if arrival is None or (arrival.record.survey, arrival.record.participant) != (survey, participant):
            raise not_found(Text("没有这个上传，请重新选择文件。", "There is no such upload: choose the file again."))
        if arrival.writer is None and self._clock() >= self.expires_at(arrival):
            await self.drop(arrival)
            raise Trouble(
                410,
                "upload_expired",
                Text("上传已过期", "The upload has expired"),
                Text("太久没有继续，已上传的部分已清除。请重新选择文件上传。",
                     "Nobody went on with it for too long, and what had come was removed. Choose the file again."),
            )  # fmt: skip
        return arrival

    async def create(self, survey: str, participant: str, said: Said, length: int) -> Arrival:
        """Begin one; when this returns it is on disk. Raises OSError."""
        record = Record(secrets.token_hex(16), survey, participant, said, length, self._clock())
        await asyncio.to_thread(self._write, record)
        arrival = self._arrivals[record.id] = Arrival(record, 0, self._clock())
        return arrival

    async def take(
        self, arrival: Arrival, offset: int, read: Callable[[], Awaitable[bytes]], moved: Callable[[], None]
    ) -> None:
        """Write down what `read` gives until it gives nothing; `moved` is told of each synced step.

        What came before the line broke, or the server stopped, is kept. Raises a trouble in words: 409 for another
        offset, 423 while somebody else writes, 413 for more than was announced, 503 when stopped. Raises OSError.
        """
        if arrival.writer is not None:
            raise _locked()
        if offset != arrival.received:
            raise _other_offset(arrival.received)
        writer = arrival.writer = _Writer()
        try:
            handle = await _undisturbed(lambda: self._open(arrival))
            try:
                await self._copy(arrival, handle, read, moved, writer)
            finally:
                await _undisturbed(lambda: os.close(handle))
        finally:
            arrival.writer = None
            arrival.touched = self._clock()
            writer.over.set()

    async def _copy(
        self,
        arrival: Arrival,
        handle: int,
        read: Callable[[], Awaitable[bytes]],
        moved: Callable[[], None],
        writer: _Writer,
    ) -> None:
        loop = asyncio.get_running_loop()
        at, synced_at, ended = arrival.received, loop.time(), False
        while not ended:
            data = bytearray()
            while len(data) < WRITE_AT_ONCE and not ended:
                more = await _next(read, writer)
                data += more
                ended = not more
                if at + len(data) > arrival.record.length:
                    raise _too_much(arrival.record.length)
            if data:
                await _undisturbed(lambda data=data, at=at: _write_at(handle, data, at))
                at += len(data)
            if at > arrival.received and (
                ended or at - arrival.received >= SYNC_AFTER_BYTES or loop.time() - synced_at >= SYNC_AFTER_S
            ):
                await _undisturbed(lambda: os.fdatasync(handle))
                arrival.received, synced_at = at, loop.time()
                moved()
        if writer.stopped:
            raise _stopped()

    async def release(self, arrival: Arrival) -> None:
        """Whoever writes it is on a line that its owner has given up: end that and wait for it."""
        if arrival.writer is not None:
            arrival.writer.stop()
            await arrival.writer.over.wait()

    async def settle(self, arrival: Arrival, outcome: Outcome) -> None:
        """It has become this. The bytes go, what is known of it stays for a while, for whoever lost the answer."""
        arrival.record = msgspec.structs.replace(arrival.record, outcome=outcome)
        await asyncio.to_thread(self._write, arrival.record)
        arrival.touched = self._clock()
        await asyncio.to_thread(lambda: self.bytes_of(arrival).unlink(missing_ok=True))

    async def drop(self, arrival: Arrival) -> None:
        """Let it go, with all that came."""
        await self.release(arrival)
        self._arrivals.pop(arrival.record.id, None)
        await asyncio.to_thread(self._remove, arrival.record.id)

    async def watch(self) -> None:
        """Let go, once a minute until cancelled, of what has expired."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.sweep()
            except OSError:
                _log.exception("letting go of expired uploads failed; another attempt in %.0f s", LOOK_S)

    async def sweep(self) -> None:
        """Let go of what has expired. Raises OSError."""
        for arrival in list(self._arrivals.values()):
            unsettled = arrival.whole and arrival.record.outcome is None
            if arrival.writer is None and not unsettled and self._clock() >= self.expires_at(arrival):
                await self.drop(arrival)

    def stop(self) -> None:
        """A planned stop: every writer ends, with what has come kept."""
        for arrival in self._arrivals.values():
            if arrival.writer is not None:
                arrival.writer.stop()

    def bytes_of(self, arrival: Arrival) -> Path:
        """The file with what has come."""
        return self._directory / f"{arrival.record.id}.bytes"

    def _found(self) -> list[Arrival]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found: list[Arrival] = []
        for path in self._directory.glob("*.json"):
            file = path.with_suffix(".bytes")
            try:
                record = msgspec.json.decode(path.read_bytes(), type=Record)
            except msgspec.MsgspecError as fault:  # of another version, or a damaged disk: the phone has the file
                _log.warning("the upload %s can't be gone on with: %s", path.stem, fault)
                path.unlink()
                continue
            touched = datetime.fromtimestamp((file if file.exists() else path).stat().st_mtime, UTC)
            received = record.length if record.outcome else file.stat().st_size if file.exists() else 0
            found.append(Arrival(record, min(received, record.length), touched))
        known = {arrival.record.id for arrival in found}
        for left in (*self._directory.glob("*.bytes"), *self._directory.glob("*.part")):
            if left.stem not in known:
                left.unlink()
        return sorted(found, key=lambda arrival: arrival.record.created_at)

    def _write(self, record: Record) -> None:
        part = self._directory / f"{record.id}.part"
        with part.open("wb") as file:
            file.write(msgspec.json.encode(record))
            file.flush()
            os.fsync(file.fileno())
        part.replace(part.with_suffix(".json"))
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _remove(self, upload: str) -> None:
        for suffix in (".bytes", ".json"):
            (self._directory / f"{upload}{suffix}").unlink(missing_ok=True)

    def _open(self, arrival: Arrival) -> int:
        """The file, cut to what is certain."""
        handle = os.open(self.bytes_of(arrival), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(handle, arrival.received)
        return handle


async def _next(read: Callable[[], Awaitable[bytes]], writer: _Writer) -> bytes:
    """The next bytes; none at the end, when the line broke, fell silent or was given up."""
    if writer.stopped:
        return b""
    try:
        async with asyncio.timeout(SILENCE_S) as writer.reading:
            return await read()
    except (TimeoutError, CutOff):
        return b""
    finally:
        writer.reading = None


async def _undisturbed(work: Callable[[], T]) -> T:
    """In a thread, to its end even when cancelled: nobody closes a file under a write."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _write_at(handle: int, data: bytearray, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(handle, rest, at)
        rest, at = rest[written:], at + written


def _locked() -> Trouble:
    return Trouble(
        423,
        "upload_locked",
        Text("这个文件正在上传", "This file is being sent already"),
        Text("请稍等片刻；另一个页面也在上传时请关掉一个。", "Wait a moment; if another page sends it too, close one."),
    )


def _other_offset(received: int) -> Trouble:
    return Trouble(
        409,
        "upload_offset",
        Text("续传位置不对", "The upload goes on from another place"),
        Text(f"服务器已收到 {received} 字节，请从那里继续。", f"{received} bytes are here: go on from there."),
    )


def _too_much(length: int) -> Trouble:
    return Trouble(
        413,
        "upload_beyond",
        Text("文件比说明的大", "The file is larger than announced"),
        Text("请重新选择文件上传。", f"{length} bytes were announced. Choose the file again."),
    )


def _stopped() -> Trouble:
    return Trouble(
        503,
        "upload_stopped",
        Text("上传被中断", "The upload was interrupted"),
        Text("已收到的部分都保留着，会从那里继续。", "What had come is kept; it goes on from there."),
    )
