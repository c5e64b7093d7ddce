"""CPU of passing one sender's sound and picture to viewers and recording them: this server beside stock aiortc.

Both servers are processes of their own and get the same packets: 720p at 30 per second, about 1.2 Mbit/s, and Opus. The
baseline is what aiortc's documentation shows for the same task: a MediaRelay to the viewers, a MediaRecorder to a file.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
from msgspec import Struct

from survey_server.rtc.prepared import PreparedMedia, prepare
from survey_server.rtc.simulated import SimulatedMedia
from survey_server.wire.to_person import OfferedTrack

_TICK = os.sysconf("SC_CLK_TCK")
_WARM_UP_S = 4.0
_ROUNDS = 2
_SENDER = "sender"


class Cost(Struct, frozen=True):
    """One server's figures: CPU seconds per second, and the pictures per second that a viewer got."""

    server: str
    viewers: int
    recording: bool
    cores: float
    pictures_per_s: float


class Offer(Struct, frozen=True):
    """What a bench server tells of a connection it wants: one JSON line on its standard output."""

    who: str
    sdp: str
    tracks: list[OfferedTrack]


class Served:
    """A bench server in a process of its own, spoken to in JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._people: dict[str, SimulatedMedia] = {}
        self._reading = asyncio.create_task(self._read())

    async def join(self, who: str, media: PreparedMedia | None) -> SimulatedMedia:
        """A simulated person in the call; returns when the media flow."""
        person = self._people[who] = SimulatedMedia(media)
        self._say({"join": who})
        async with asyncio.timeout(20):
            await person.established()
        return person

    async def close(self) -> None:
        """Hang up and end the process."""
        for person in self._people.values():
            await person.close()
        self._reading.cancel()
        self.process.terminate()
        await self.process.wait()

    def cpu_s(self) -> float:
        """CPU seconds spent so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def _say(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            offer = msgspec.json.decode(line, type=Offer)
            sdp = await self._people[offer.who].answer(offer.sdp, offer.tracks)
            self._say({"answer": offer.who, "sdp": sdp})


@asynccontextmanager
async def served(kind: str, *, recording: bool, folder: Path) -> AsyncGenerator[Served]:
    """A bench server: "takan", "takan without the fast path" or "aiortc"."""
    command = [sys.executable, "-m", f"survey_server.bench.{'stock' if kind == 'aiortc' else 'passing'}"]
    options = ["--no-fast"] if kind.endswith("without the fast path") else []
    options += ["--record", str(folder)] if recording else []
    process = await asyncio.create_subprocess_exec(
        *command, *options, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    server = Served(process)
    try:
        yield server
    finally:
        await server.close()


async def cost(kind: str, viewers: int, media: PreparedMedia, seconds: float, *, recording: bool) -> Cost:
    """One sender, so many viewers, for so long after warming up."""
    with tempfile.TemporaryDirectory() as folder:
        async with served(kind, recording=recording, folder=Path(folder)) as server:
            await server.join(_SENDER, media)
            people = [await server.join(f"viewer-{number}", None) for number in range(viewers)]
            await asyncio.sleep(_WARM_UP_S)
            seen = [sum(person.frames.values()) for person in people]
            spent, began = server.cpu_s(), time.monotonic()
            await asyncio.sleep(seconds)
            took = time.monotonic() - began
            cores = (server.cpu_s() - spent) / took
            shown = [sum(person.frames.values()) - before for person, before in zip(people, seen, strict=True)]
    return Cost(kind, viewers, recording, round(cores, 4), round(min(shown, default=0) / took, 1))


async def compare(viewers: int, seconds: float) -> list[Cost]:
    """The task by the baseline, by this server, by it without recording and without the fast path; a small one by both.

    The baseline may be unable to do the whole task: then its CPU is that of a server which drops most pictures. The
    small one, a viewer and no recording, it can do.
    """
    with tempfile.TemporaryDirectory() as folder:
        media = await asyncio.to_thread(prepare, await asyncio.to_thread(moving_picture, Path(folder)), Path(folder))
    slow = "takan without the fast path"
    ours: dict[bool, list[Cost]] = {True: [], False: []}

    async def our_rounds() -> None:
        for recording in (True, False) * _ROUNDS:  # in turns: the machine's speed varies by more than recording costs
            ours[recording].append(await cost("takan", viewers, media, seconds, recording=recording))

    await our_rounds()
    stock = await cost("aiortc", viewers, media, seconds, recording=True)
    await our_rounds()  # as many after as before: a machine can be a fifth slower for minutes after it was busy
    return [
        stock,
        *(_mean(costs) for costs in ours.values()),
        await cost(slow, viewers, media, seconds, recording=True),
        await cost("aiortc", 1, media, seconds, recording=False),
        await cost("takan", 1, media, seconds, recording=False),
    ]


def _mean(costs: list[Cost]) -> Cost:
    """The same task several times: the mean of its cores, the worst of its pictures."""
    cores = statistics.mean(cost.cores for cost in costs)
    return msgspec.structs.replace(
        costs[0], cores=round(cores, 4), pictures_per_s=min(cost.pictures_per_s for cost in costs)
    )


def machine() -> str:
    """The machine in one line."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line), "unknown CPU")
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def moving_picture(folder: Path) -> Path:
    """Ten seconds of 720p that cost an encoder its bits: a coarse noise that moves."""
    path = folder / "moving.mp4"
    noise = np.random.default_rng(1).integers(0, 255, (760, 1400, 3)).astype(np.uint8)
    noise = np.repeat(np.repeat(noise[::8, ::8], 8, axis=0), 8, axis=1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1280, 720, "yuv420p", 3_000_000
        for number in range(300):
            across, down = (number * 3) % 100, number % 30
            frame = av.VideoFrame.from_ndarray(noise[down : down + 720, across : across + 1280].copy(), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
