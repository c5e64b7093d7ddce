"""Where a connection's datagrams come and go; media can be taken from them before aioice sees them."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aioice.ice import StunProtocol

OnMedia = Callable[[bytes, tuple[str, int]], bool]


class MediaEdge(Protocol):
    """Where media can be taken before a transport's protocol sees them."""

    on_media: OnMedia | None
    """While set, gets what has a first byte of 128 to 191 (RTP and RTCP, RFC 7983); answers if it is authentic."""


@dataclass(frozen=True)
class Opened:
    """One address of a port: the protocol and its transport, whose sockname is the address to announce."""

    protocol: StunProtocol
    transport: asyncio.DatagramTransport
    edge: MediaEdge


class DatagramPort(Protocol):
    """Where a connection's datagrams come and go."""

    async def open(self, make: Callable[[], StunProtocol], username: str) -> Sequence[Opened]:
        """A protocol for each address to be announced. `username` is the local ICE user name. Raises OSError."""
        ...


class _Diverted(asyncio.DatagramProtocol):
    """A socket of its own with such an edge."""

    def __init__(self, protocol: StunProtocol) -> None:
        self.on_media: OnMedia | None = None
        self._protocol = protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self.on_media is not None and data and 127 < data[0] < 192:
            self.on_media(data, (addr[0], addr[1]))
        else:
            self._protocol.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        self._protocol.error_received(exc)


class OwnPort:
    """A socket of its own on the one address of this machine that leads to the far end: what a client uses."""

    def __init__(self, toward: str = "127.0.0.1") -> None:
        self.toward = toward

    async def open(self, make: Callable[[], StunProtocol], username: str) -> Sequence[Opened]:  # noqa: ARG002
        """Bind any free port."""
        family = socket.AF_INET6 if ":" in self.toward else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((self.toward, 9))  # sends nothing; picks the route
            address = probe.getsockname()[0]
        protocol = make()
        diverted = _Diverted(protocol)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: diverted, local_addr=(address, 0))
        return [Opened(protocol, transport, diverted)]
