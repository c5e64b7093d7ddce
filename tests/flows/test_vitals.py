"""A node says how it is doing: how late its loop runs, its memory, its files, its lost datagrams."""

import asyncio
import contextlib
import socket
import time
from pathlib import Path

import msgspec

from survey_server.flows.client import NodeClient
from survey_server.flows.vitals import Vitals, open_files, rss_bytes, udp_drops
from survey_server.wire.node import HealthView


async def test_a_loop_that_is_held_up_shows() -> None:
    vitals = Vitals()
    assert vitals.loop_lag_ms(1.0) == 0.0
    watching = asyncio.create_task(vitals.watch())
    await asyncio.sleep(0.35)
    assert vitals.loop_lag_ms(0.0) < 100
    time.sleep(0.4)
    await asyncio.sleep(0.15)
    watching.cancel()
    assert 250 < vitals.loop_lag_ms(1.0) < 5000
    assert vitals.loop_lag_ms(0.0) < vitals.loop_lag_ms(1.0)


def test_memory_and_files_are_the_kernels_own_words() -> None:
    before, files = rss_bytes(), open_files()
    held = bytearray(64 << 20)
    held[::4096] = b"x" * len(held[::4096])
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket.socket())
        assert open_files() == files + 5
    assert rss_bytes() > before + (48 << 20)
    assert len(held) == 64 << 20


def test_datagrams_nobody_reads_are_counted_for_the_process_that_should() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as deaf, socket.socket(type=socket.SOCK_DGRAM) as sender:
        before = udp_drops()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 0))
        for _ in range(200):
            sender.sendto(bytes(1000), deaf.getsockname())
        assert 100 < udp_drops() - before <= 200
    assert udp_drops() == before


def test_where_the_kernel_says_nothing_it_is_zero(tmp_path: Path) -> None:
    assert (rss_bytes(tmp_path), open_files(tmp_path / "none"), udp_drops(tmp_path)) == (0, 0, 0)


async def test_the_node_tells_its_own(client: NodeClient) -> None:
    await asyncio.sleep(0.5)
    async with client.http.get(client.url + "/api/health") as response:
        health = msgspec.json.decode(await response.read(), type=HealthView)
    assert health.loop_lag_ms >= health.loop_lag_p99_ms > 0
    assert health.rss_bytes > 30 << 20
    assert health.open_files > 5
    assert health.udp_drops >= 0
