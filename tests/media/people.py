"""A session in this process and simulated people in it, over real sockets on the loopback."""

import asyncio
import random
import time
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evidence_store.spool import Spool
from survey_server.media.session import MediaSession
from survey_server.net.udp_mux import UdpMux
from survey_server.recording import Gap, Lane, Recording
from survey_server.rtc.simulated import SimulatedMedia

_STEP_S = 0.02
_STALL_S = 0.3


@dataclass
class Lateness:
    """How far this machine falls behind: what a bound on time has to allow for besides what it is about."""

    total_s: float = 0.0
    longest_s: float = 0.0

    async def watch(self) -> None:
        while True:
            due = time.monotonic() + _STEP_S
            await asyncio.sleep(_STEP_S)
            late = time.monotonic() - due
            self.total_s += late if late > _STEP_S else 0.0
            self.longest_s = max(self.longest_s, late)


@dataclass
class Room:
    """A session with its recording."""

    mux: UdpMux
    session: MediaSession
    recording: Recording
    spool: Spool
    now_s: Callable[[], float]
    late: Lateness = field(default_factory=Lateness)
    people: "weakref.WeakSet[Person]" = field(default_factory=weakref.WeakSet)

    def gaps(self, lane: Lane) -> list[Gap]:
        """A lane's gaps, without those of a machine that stood still: its people sent nothing meanwhile."""
        stalled = self.late.longest_s > _STALL_S
        return [g for g in lane.gaps if not (stalled and g.cause == "silent")]


@asynccontextmanager
async def room(directory: Path, announced_port: int | None = None, *, fast: bool = True) -> AsyncIterator[Room]:
    mux = UdpMux("127.0.0.1", announced_port=announced_port)
    spool = Spool(directory)
    start = time.monotonic()
    recording = Recording("surveys/test", spool, lambda: time.monotonic() - start, lock_days=1)
    session = MediaSession(mux, recording, fast=fast)
    place = Room(mux, session, recording, spool, lambda: time.monotonic() - start)
    watching = asyncio.create_task(place.late.watch())
    try:
        yield place
    finally:
        watching.cancel()
        for person in list(place.people):
            await person.hang_up()
        await session.close()
        mux.close()
        spool.close()


class Person:
    """One participant: joins, answers every offer, leaves."""

    def __init__(self, place: Room, who: str, media=None, **options) -> None:
        self.place, self.who, self._media, self._options = place, who, media, options
        self.offers = 0
        self.states: list[str] = []

    async def join(self, edit_answer: Callable[[str], str] = lambda sdp: sdp) -> "Person":
        self.media = SimulatedMedia(self._media, **self._options)
        self.place.people.add(self)
        self._edit = edit_answer
        self._changed = asyncio.Event()
        self.peer = await self.place.session.join(self.who, self._changed.set)
        self.peer.on_state = self.states.append
        await self._negotiate()
        self._task = asyncio.create_task(self._renegotiate())
        return self

    async def _negotiate(self) -> None:
        sdp, self.tracks = await self.peer.offer()
        self.offers += 1
        await self.peer.answer(self._edit(await self.media.answer(sdp, self.tracks)))

    async def _renegotiate(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._negotiate()

    async def leave(self) -> None:
        await self.hang_up()
        await self.peer.close()

    async def hang_up(self) -> None:
        """Close the person's own end: left open, it is finalised in the middle of something else."""
        if hasattr(self, "_task"):
            self._task.cancel()
        await self.media.close()

    def vanish(self) -> None:
        self._task.cancel()
        self.media.vanish()


async def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something to become true. The bound says that it never did; how soon is not asked here."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


class Relay(asyncio.DatagramProtocol):
    """Stands between people and the server: loses datagrams at random, or all of them, both ways or only to people."""

    def __init__(self, seed: int = 1) -> None:
        self.loss = self.loss_to_people = 0.0
        self.dropped = self.passed = 0
        self.takes: Callable[[bytes], bool] = lambda _: True
        """Of what people send; the rest is lost."""
        self.astray: list[bytes] = []
        """What was sent to where people are no longer."""
        self._random = random.Random(seed)
        self._left: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._server: tuple[str, int] | None = None
        self._ways: dict[tuple[str, int], asyncio.DatagramTransport] = {}

    async def open(self) -> int:
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self._front.get_extra_info("sockname")[1]

    def lead_to(self, port: int) -> None:
        self._server = ("127.0.0.1", port)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self.takes(data):
            self.dropped += 1
        elif addr in self._ways:
            self._pass(self._ways[addr].sendto, data, self.loss)
        else:
            asyncio.get_running_loop().create_task(self._begin(data, addr))

    async def move(self) -> None:
        """The server sees everybody at another address from now on; the next time at the one before."""
        for addr, way in list(self._ways.items()):
            if addr in self._left:
                self._ways[addr] = self._left[addr]
            else:
                await self._new_way(addr)
            self._left[addr] = way

    def _pass(self, send: Callable[[bytes], None], data: bytes, loss: float) -> None:
        if self._random.random() < loss and data[0] > 127:
            self.dropped += 1
        else:
            self.passed += 1
            send(data)

    async def _begin(self, data: bytes, addr: tuple[str, int]) -> None:
        await self._new_way(addr)
        self._ways[addr].sendto(data)

    async def _new_way(self, addr: tuple[str, int]) -> None:
        relay = self

        class Back(asyncio.DatagramProtocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self._transport = transport

            def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
                if relay._ways[addr] is self._transport:
                    relay._pass(lambda d: relay._front.sendto(d, addr), data, max(relay.loss, relay.loss_to_people))
                else:
                    relay.astray.append(data)

        loop = asyncio.get_running_loop()
        self._ways[addr], _ = await loop.create_datagram_endpoint(Back, remote_addr=self._server)

    def close(self) -> None:
        for way in (*self._ways.values(), *self._left.values(), self._front):
            way.close()
