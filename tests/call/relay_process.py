"""The relay itself: `python -m tests.call.relay_process`, orders on standard input, answers on standard output.

It stands where a phone's network is. Datagrams are lost, held and shaped one by one; TCP is passed on as a stream that
waits where packets would be sent again: after a dark time at the next retransmission (RFC 6298: 0.2 s doubling; 1 s
doubling for the first packet of a connection), and never if the address has changed meanwhile.
"""

import asyncio
import contextlib
import dataclasses
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import msgspec

from tests.call.impairment import Link
from tests.call.orders import Answer, Darken, Done, Hole, Impair, Lighten, Made, MakeWay, Order, Tell, Told

_BURST = 64
_DATAGRAM_BYTES = 65_536
_SOCKET_BYTES = 4 << 20
_READ_BYTES, _SHAPED_PIECE_BYTES = 65_536, 1400
_RETRANSMIT_S, _CONNECT_AGAIN_S = 0.2, 1.0
_HOLE_S = 0.4
_LOOPBACK = "127.0.0.1"

Address = tuple[str, int]


def resumes_at(stalled_at: float, back_at: float, first_s: float) -> float:
    """When what got stuck is sent again: the first of the doubling retries after the network is back."""
    wait = first_s
    while stalled_at + wait < back_at:
        wait = wait * 2 + first_s
    return stalled_at + wait


class Upward:
    """Notes when RTP of each payload type got through to the server: what the server really could have recorded."""

    def __init__(self) -> None:
        self.holes: list[Hole] = []
        self._last: dict[int, float] = {}

    def note(self, datagram: bytes) -> None:
        if len(datagram) < 12 or not 128 <= datagram[0] <= 191 or 192 <= datagram[1] <= 223:
            return  # RFC 5761: not RTP, or RTCP
        kind, now = datagram[1] & 127, time.time()
        before = self._last.get(kind)
        if before is not None and now - before > _HOLE_S:
            self.holes.append(Hole(kind, before, now))
        self._last[kind] = now


class Way:
    """One person's way to the server and back."""

    def __init__(self, order: MakeWay) -> None:
        self.up, self.down = Link(Random(order.seed)), Link(Random(order.seed + 1))
        self.upward = Upward()
        self.addresses = 0
        self._loop = asyncio.get_running_loop()
        self._udp_server, self._tcp_server = (_LOOPBACK, order.udp), order.tcp
        self._front = _socket()
        self._sources: dict[Address, socket.socket] = {}
        self._light = asyncio.Event()
        self._light.set()
        self._lit_at = 0.0
        self._calls: set[asyncio.Task[None]] = set()
        self._generation = 0
        self._loop.add_reader(self._front.fileno(), self._from_person)

    async def open(self) -> Made:
        self._listener = await asyncio.start_server(self._accepted, _LOOPBACK, 0)
        return Made(self._front.getsockname()[1], self._listener.sockets[0].getsockname()[1])

    def darken(self) -> None:
        self._light.clear()

    def lighten(self, *, new_address: bool) -> None:
        if new_address:
            self._generation += 1
            for client, old in list(self._sources.items()):
                self._loop.remove_reader(old.fileno())
                old.close()
                self._sources[client] = self._source(client)
        self._lit_at = time.monotonic()
        self._light.set()

    def told(self) -> Told:
        up, down = dataclasses.asdict(self.up.counts), dataclasses.asdict(self.down.counts)
        return Told(up, down, self.upward.holes, self.addresses)

    # datagrams

    def _from_person(self) -> None:
        for datagram, client in _received(self._front):
            if client not in self._sources:
                self._sources[client] = self._source(client)
            self._pass(self.up, datagram, lambda d, c=client: self._to_server(c, d))

    def _source(self, client: Address) -> socket.socket:
        """The address under which the server sees this socket of the person: another after each change."""
        made = _socket()
        self.addresses += 1
        self._loop.add_reader(made.fileno(), self._from_server, made, client)
        return made

    def _from_server(self, source: socket.socket, client: Address) -> None:
        for datagram, _ in _received(source):
            self._pass(self.down, datagram, lambda d: _send(self._front, d, client))

    def _to_server(self, client: Address, datagram: bytes) -> None:
        self.upward.note(datagram)
        _send(self._sources[client], datagram, self._udp_server)

    def _pass(self, link: Link, datagram: bytes, deliver: Callable[[bytes], None]) -> None:
        if not self._light.is_set():
            link.counts.darkened += 1
            return
        now = time.monotonic()
        at = link.datagram(now, len(datagram))
        if at is None:
            return
        if at <= now:
            deliver(datagram)
        else:
            self._loop.call_at(at, self._arrive, link, datagram, deliver)

    def _arrive(self, link: Link, datagram: bytes, deliver: Callable[[bytes], None]) -> None:
        if self._light.is_set():
            deliver(datagram)
        else:
            link.counts.darkened += 1

    # streams

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(self._connect(reader, writer, self._generation))

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, generation: int) -> None:
        try:
            if not await self._through(generation, _CONNECT_AGAIN_S):
                await asyncio.Event().wait()  # a black hole: nobody answers, nobody hangs up
            up_reader, up_writer = await asyncio.open_connection(_LOOPBACK, self._tcp_server)
        except OSError:
            writer.transport.abort()
            return
        for source, sink, link in ((reader, up_writer, self.up), (up_reader, writer, self.down)):
            self._keep(self._stream(source, sink, link, generation))

    def _keep(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(step)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _stream(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, link: Link, generation: int
    ) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        taking = asyncio.create_task(self._take(source, link, pieces))
        try:
            while True:
                at, piece = await pieces.get()
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                if not await self._through(generation, _RETRANSMIT_S):
                    await asyncio.Event().wait()  # keeps both ends open and silent
                if not piece:
                    sink.close()
                    return
                sink.write(piece)
                await sink.drain()
        except OSError:
            sink.transport.abort()
        finally:
            taking.cancel()

    async def _take(
        self, source: asyncio.StreamReader, link: Link, pieces: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        while True:
            try:
                read = await source.read(_READ_BYTES)
            except OSError:
                read = b""
            size = _SHAPED_PIECE_BYTES if link.impairment.rate_kbps else _READ_BYTES
            for start in range(0, max(len(read), 1), size):
                piece = read[start : start + size]
                while not link.has_room(time.monotonic()):
                    await asyncio.sleep(0.005)
                await pieces.put((link.piece(time.monotonic(), len(piece)), piece))
            if not read:
                return

    async def _through(self, generation: int, first_s: float) -> bool:
        """Wait out the dark as TCP does. False: the address has changed, this connection is lost."""
        stalled_at = time.monotonic()
        while not self._light.is_set() and generation == self._generation:
            await self._light.wait()
            if generation == self._generation:
                again = resumes_at(stalled_at, self._lit_at, first_s)
                await asyncio.sleep(max(0.0, again - time.monotonic()))
        return generation == self._generation


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BYTES)
    made.bind((_LOOPBACK, 0))
    made.setblocking(False)
    return made


def _received(source: socket.socket) -> list[tuple[bytes, Address]]:
    taken: list[tuple[bytes, Address]] = []
    with contextlib.suppress(OSError):
        while len(taken) < _BURST:
            taken.append(source.recvfrom(_DATAGRAM_BYTES))
    return taken


def _send(source: socket.socket, datagram: bytes, to: Address) -> None:
    with contextlib.suppress(OSError):
        source.sendto(datagram, to)


async def serve() -> None:
    """Carry out orders until standard input ends."""
    ways: dict[str, Way] = {}
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        answer = await carry_out(ways, msgspec.json.decode(line, type=Order))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.flush()


async def carry_out(ways: dict[str, Way], order: Order) -> Answer:
    match order:
        case MakeWay(name):
            ways[name] = Way(order)
            return await ways[name].open()
        case Impair(name, up, down):
            ways[name].up.impairment, ways[name].down.impairment = up, down
        case Darken(name):
            ways[name].darken()
        case Lighten(name, new_address):
            ways[name].lighten(new_address=new_address)
        case Tell(name):
            return ways[name].told()
    return Done(time.time())


if __name__ == "__main__":
    asyncio.run(serve())
