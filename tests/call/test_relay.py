"""The relay does what it is told: everything the other tests say of a bad network rests on this."""

import asyncio
import itertools
import time

import pytest

from tests.call.calibration import bound_99, calibrate, echoing, send
from tests.call.impairment import Impairment
from tests.call.relay import Relay
from tests.call.relay_process import resumes_at


async def test_a_perfect_wire_passes_everything_at_once_and_in_order(relay: Relay):
    found = await calibrate(relay, Impairment())
    print(found)
    assert (found.loss_up, found.loss_down, found.overtaken_up) == (0, 0, 0)
    assert found.round_trip_ms < 10


@pytest.mark.parametrize("loss", [0.05, 0.20])
async def test_loss_is_what_was_set_and_the_delay_too(relay: Relay, loss: float):
    found = await calibrate(relay, Impairment(delay_ms=75, loss=loss))
    print(found)
    assert found.loss_up == pytest.approx(loss, abs=found.loss_bound)
    assert found.loss_down == pytest.approx(loss, abs=bound_99(loss, 1000))
    assert found.round_trip_ms == pytest.approx(150, abs=12)
    assert found.overtaken_up == 0


async def test_jitter_keeps_the_order_and_reordering_does_not(relay: Relay):
    jittery = await calibrate(relay, Impairment(delay_ms=20, jitter_ms=40))
    print(jittery)
    assert jittery.overtaken_up == 0
    assert 75 < jittery.round_trip_ms < 125, "kept in order, most wait for the latest before them"
    shuffled = await calibrate(relay, Impairment(reorder=0.1))
    print(shuffled)
    assert shuffled.overtaken_up == pytest.approx(0.1, abs=bound_99(0.1, 1500))


@pytest.mark.parametrize("kbps", [500, 5000])
async def test_the_rate_is_what_was_set_and_the_queue_is_bounded(relay: Relay, kbps: int):
    found = await calibrate(relay, Impairment(rate_kbps=kbps), probes=100)
    print(found)
    assert found.up_kbps == pytest.approx(kbps, rel=0.05)
    async with echoing(relay, Impairment(rate_kbps=kbps, queue_ms=300), Impairment()) as (way, server, client):
        await send(client, 2 * kbps * 1000 // 8 // 1000, 8 / kbps / 4, 1000)
        await asyncio.sleep(0.6)
        assert max(server.trips_ms) == pytest.approx(300, abs=60), "the longest wait is the queue's length"
        assert way.told().up["overflowed"] > 0


async def test_the_dark_is_as_long_as_it_was_made(relay: Relay):
    async with echoing(relay, Impairment(delay_ms=20), Impairment(delay_ms=20)) as (way, server, client):
        sending = asyncio.create_task(send(client, 600, 0.005))
        await asyncio.sleep(0.8)
        dark_at = way.darken()
        await asyncio.sleep(1.2)
        light_at = way.lighten()
        await sending
        await asyncio.sleep(0.2)
        arrivals = [at for at, _ in server.sizes]
        hole = max(after - before for before, after in itertools.pairwise(arrivals))
        print(f"dark {light_at - dark_at:.3f} s, nothing came for {hole:.3f} s")
        assert hole == pytest.approx(light_at - dark_at, abs=0.06)
        assert way.told().addresses == 1


async def test_a_new_address_is_seen_by_the_server(relay: Relay):
    loop = asyncio.get_running_loop()
    addresses: list[tuple[str, int]] = []

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr) -> None:
            addresses.append(addr)
            self.transport.sendto(data, addr)

    server, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    way = relay.way("moving", server.get_extra_info("sockname")[1])
    back = asyncio.Queue[bytes]()

    class Phone(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr) -> None:
            back.put_nowait(data)

    phone, _ = await loop.create_datagram_endpoint(Phone, remote_addr=("127.0.0.1", way.udp))
    phone.sendto(b"here")
    assert await asyncio.wait_for(back.get(), 5) == b"here"
    way.darken()
    way.lighten(new_address=True)
    phone.sendto(b"there")
    assert await asyncio.wait_for(back.get(), 5) == b"there"
    assert len(set(addresses)) == 2
    assert way.told().addresses == 2
    server.sendto(b"to the old address", addresses[0])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(back.get(), 0.3)
    for end in (phone, server):
        end.close()


async def test_holes_in_rtp_are_noted_by_payload_type(relay: Relay):
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    way = relay.way("noted", server.get_extra_info("sockname")[1])
    phone, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", way.udp))

    def speak() -> None:
        for payload_type in (96, 111):
            phone.sendto(bytes([128, 128 | payload_type]).ljust(50, b"\0"))
        phone.sendto(bytes([128, 200]).ljust(50, b"\0"))  # RTCP goes on, but is not media

    speak()
    await asyncio.sleep(0.1)
    dark_at = way.darken()
    await asyncio.sleep(0.7)
    speak()
    light_at = way.lighten()
    speak()
    await asyncio.sleep(0.1)
    holes = way.told().holes
    assert {hole.payload_type for hole in holes} == {96, 111}
    assert all(hole.start <= dark_at and hole.end >= light_at for hole in holes)
    for end in (phone, server):
        end.close()


async def _tcp_echo() -> asyncio.Server:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)
        writer.close()

    return await asyncio.start_server(echo, "127.0.0.1", 0)


async def test_tcp_takes_its_delay_and_its_rate(relay: Relay):
    async with await _tcp_echo() as server:
        way = relay.way("stream", 9, server.sockets[0].getsockname()[1])
        way.both(delay_ms=50)
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", way.tcp)
        writer.write(b"x")
        await reader.readexactly(1)
        assert time.monotonic() - began == pytest.approx(0.1, abs=0.05)
        way.both(rate_kbps=2000)
        began = time.monotonic()
        writer.write(bytes(250_000))
        await reader.readexactly(250_000)
        assert time.monotonic() - began == pytest.approx(1.0, rel=0.2)
        writer.write_eof()
        assert await reader.read() == b"", "the end of the stream comes through"


async def test_tcp_waits_out_the_dark_and_dies_with_its_address(relay: Relay):
    async with await _tcp_echo() as server:
        way = relay.way("interrupted", 9, server.sockets[0].getsockname()[1])
        way.both()
        reader, writer = await asyncio.open_connection("127.0.0.1", way.tcp)
        writer.write(b"a")
        assert await reader.readexactly(1) == b"a"
        way.darken()
        writer.write(b"b")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), 0.8)
        way.lighten()
        assert await asyncio.wait_for(reader.readexactly(1), 2) == b"b"
        way.darken()
        in_the_dark = await asyncio.open_connection("127.0.0.1", way.tcp)
        writer.write(b"c")
        await asyncio.sleep(0.1)
        way.lighten(new_address=True)
        for old_reader, old_writer in ((reader, writer), in_the_dark):
            old_writer.write(b"d")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(old_reader.read(1), 1.5)
        fresh_reader, fresh_writer = await asyncio.open_connection("127.0.0.1", way.tcp)
        fresh_writer.write(b"e")
        assert await asyncio.wait_for(fresh_reader.readexactly(1), 2) == b"e"
        fresh_writer.close()


def test_what_got_stuck_is_sent_again_at_doubling_intervals():
    assert resumes_at(0, 5, 0.2) == pytest.approx(6.2)
    assert resumes_at(0, 0.1, 0.2) == pytest.approx(0.2)
    assert resumes_at(10, 12.9, 1.0) == pytest.approx(13)
    assert resumes_at(10, 13.1, 1.0) == pytest.approx(17)
