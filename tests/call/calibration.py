"""Measures what a way really does: numbered datagrams to an echo and back, counted at both ends."""

import asyncio
import itertools
import math
import statistics
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.call.impairment import IP_UDP_HEADER_BYTES, Impairment
from tests.call.relay import Relay, Way

_NUMBER = struct.Struct("!Id")
_PROBES, _PROBE_EVERY_S = 1500, 0.002
_FLOOD_S, _FLOOD_BYTES = 2.0, 1000
_Z99 = 2.576
_names = itertools.count()


def bound_99(share: float, of: int) -> float:
    """Half the width of the 99 % interval of a share (normal approximation)."""
    return _Z99 * math.sqrt(max(share * (1 - share), 1e-9) / max(of, 1))


@dataclass
class Heard(asyncio.DatagramProtocol):
    """Takes numbered datagrams; an echo sends them back."""

    echo: bool = False
    numbers: list[int] = field(default_factory=list)
    sizes: list[tuple[float, int]] = field(default_factory=list)
    trips_ms: list[float] = field(default_factory=list)

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        now = time.monotonic()
        number, sent_at = _NUMBER.unpack_from(data)
        self.numbers.append(number)
        self.sizes.append((now, len(data)))
        self.trips_ms.append((now - sent_at) * 1000)
        if self.echo:
            self.transport.sendto(data, addr)

    @property
    def overtaken(self) -> float:
        """Share of datagrams that came after one with a higher number."""
        highest, late = -1, 0
        for number in self.numbers:
            late += number < highest
            highest = max(highest, number)
        return late / max(len(self.numbers), 1)

    @property
    def kbps(self) -> float:
        (first, _), (last, _) = self.sizes[0], self.sizes[-1]
        bits = sum(size + IP_UDP_HEADER_BYTES for _, size in self.sizes[1:]) * 8
        return bits / 1000 / (last - first)


@dataclass(frozen=True)
class Calibration:
    """What was measured, by direction where it matters."""

    round_trip_ms: float
    loss_up: float
    loss_down: float
    loss_bound: float
    overtaken_up: float
    up_kbps: float | None

    def __str__(self) -> str:
        rate = "unlimited" if self.up_kbps is None else f"{self.up_kbps:.0f} kbit/s"
        return (
            f"the way: round trip {self.round_trip_ms:.1f} ms, lost up {self.loss_up:.2%} down {self.loss_down:.2%} "
            f"(99 %: +-{self.loss_bound:.2%}), overtaken {self.overtaken_up:.2%}, rate {rate}"
        )


@asynccontextmanager
async def echoing(relay: Relay, up: Impairment, down: Impairment) -> AsyncIterator[tuple[Way, Heard, Heard]]:
    """A fresh way with these settings to an echo: the way, what the echo heard, what came back."""
    loop = asyncio.get_running_loop()
    server_end, server = await loop.create_datagram_endpoint(lambda: Heard(echo=True), local_addr=("127.0.0.1", 0))
    way = relay.way(f"calibration-{next(_names)}", server_end.get_extra_info("sockname")[1])
    way.impair(up, down)
    client_end, client = await loop.create_datagram_endpoint(Heard, remote_addr=("127.0.0.1", way.udp))
    try:
        yield way, server, client
    finally:
        client_end.close()
        server_end.close()


async def send(client: Heard, count: int, every_s: float, size: int = 200) -> None:
    """Numbered datagrams at an even pace; a late loop catches up."""
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number * every_s - time.monotonic()))
        client.transport.sendto(_NUMBER.pack(number, time.monotonic()).ljust(size, b"\0"))


async def calibrate(relay: Relay, up: Impairment, down: Impairment | None = None, probes: int = _PROBES) -> Calibration:
    """Measure a way of these settings; takes about five seconds, seven with a rate."""
    down = down or up
    free_up, free_down = (_without_rate(one) for one in (up, down))
    async with echoing(relay, free_up, free_down) as (_, server, client):
        await send(client, probes, _PROBE_EVERY_S)
        await asyncio.sleep(0.3 + (up.delay_ms + down.delay_ms + up.jitter_ms + down.jitter_ms) / 1000)
        reached, back = len(server.numbers), len(client.numbers)
    rate = None
    if up.rate_kbps:
        async with echoing(relay, Impairment(rate_kbps=up.rate_kbps, queue_ms=up.queue_ms), Impairment()) as ends:
            every_s = (_FLOOD_BYTES + IP_UDP_HEADER_BYTES) * 8 / (up.rate_kbps * 1000) / 2
            await send(ends[2], int(_FLOOD_S / every_s), every_s, _FLOOD_BYTES)
            await asyncio.sleep(up.queue_ms / 1000)
            rate = ends[1].kbps
    return Calibration(
        statistics.median(client.trips_ms),
        1 - reached / probes,
        1 - back / max(reached, 1),
        bound_99(max(up.loss, down.loss), probes),
        server.overtaken,
        rate,
    )


def _without_rate(bad: Impairment) -> Impairment:
    return Impairment(bad.delay_ms, bad.jitter_ms, bad.loss, reorder=bad.reorder, reorder_ms=bad.reorder_ms)
