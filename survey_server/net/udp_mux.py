"""One UDP socket for every peer connection of a node.

A firewall then needs one open port, and the address told to peers is a setting instead of a guess. Datagrams are told
apart by the ICE user name in a STUN request (RFC 8445 section 7.2.2) and, once a peer has spoken, by its address
(as RFC 9443 orders the first byte: STUN is 0..3). Nothing here knows an ICE library.
"""

import asyncio
import contextlib
import socket
import time
from ipaddress import ip_address
from typing import Any

_DATAGRAMS_PER_WAKE = 64
_DATAGRAM_BYTES = 2048
_ADDRESSES_PER_PEER = 32
_STUN_HEADER_BYTES = 20
_STUN_COOKIE = b"\x21\x12\xa4\x42"
_STUN_USERNAME = 6
_STUN_FIRST_BYTES = 4
_BUFFER_BYTES = 4 << 20

Address = tuple[str, int]


def stun_username(datagram: bytes) -> str | None:
    """The receiver's half of a STUN request's USERNAME, or None if there is none."""
    if len(datagram) < _STUN_HEADER_BYTES or datagram[4:8] != _STUN_COOKIE:
        return None
    at = _STUN_HEADER_BYTES
    while at + 4 <= len(datagram):
        kind = int.from_bytes(datagram[at : at + 2])
        size = int.from_bytes(datagram[at + 2 : at + 4])
        if kind == _STUN_USERNAME:
            return datagram[at + 4 : at + 4 + size].partition(b":")[0].decode("ascii", "replace")
        at += 4 + size + (-size & 3)
    return None


class PeerTransport(asyncio.DatagramTransport):
    """One peer's share of the socket, in the shape asyncio gives to a datagram protocol."""

    def __init__(self, mux: "UdpMux", protocol: asyncio.DatagramProtocol, username: str) -> None:
        super().__init__()
        self._mux = mux
        self._closing = False
        self.protocol = protocol
        self.username = username
        self.addresses: dict[Address, None] = {}
        self.heard_at: float | None = None

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send now or never: a full socket buffer drops the datagram, as the network would."""
        if not self._closing:
            self._mux.send(data, addr)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._mux.announced if name == "sockname" else default

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._mux.forget(self)
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()


class UdpMux:
    """The shared socket. Make it inside the running loop; `announced` is the address peers are told."""

    def __init__(
        self, bind: str, port: int = 0, announced: str | None = None, announced_port: int | None = None
    ) -> None:
        """Bind. Port 0 takes any free one; `announced_port` differs only behind a port mapping.

        Raises OSError if the port is taken, ValueError if no address is left to announce.
        """
        if announced is None and ip_address(bind).is_unspecified:
            raise ValueError("bound to every address: say which one peers are told")
        self._socket = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            self._socket.bind((bind, port))
        except OSError:
            self._socket.close()
            raise
        self._socket.settimeout(0)
        self.port: int = self._socket.getsockname()[1]
        self.announced: Address = (announced or bind, announced_port or self.port)
        self.dropped = 0
        self._by_username: dict[str, PeerTransport] = {}
        self._by_address: dict[Address, PeerTransport] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def endpoint(self, protocol: asyncio.DatagramProtocol, username: str) -> PeerTransport:
        """A transport for the peer whose requests carry this ICE user name."""
        if username in self._by_username:
            raise OSError(f"ICE user name {username!r} is in use")
        transport = PeerTransport(self, protocol, username)
        self._by_username[username] = transport
        protocol.connection_made(transport)
        return transport

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or drop it when the socket won't take it."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.dropped += 1

    def forget(self, transport: PeerTransport) -> None:
        """No more datagrams for this transport."""
        if self._by_username.get(transport.username) is transport:
            del self._by_username[transport.username]
        for address in transport.addresses:
            if self._by_address.get(address) is transport:
                del self._by_address[address]

    def close(self) -> None:
        """Close the socket; every transport goes silent."""
        self._loop.remove_reader(self._socket.fileno())
        for transport in list(self._by_username.values()):
            transport.close()
        self._socket.close()

    def _readable(self) -> None:
        for _ in range(_DATAGRAMS_PER_WAKE):
            try:
                datagram, address = self._socket.recvfrom(_DATAGRAM_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            if datagram:
                self._deliver(datagram, (address[0], address[1]))

    def _deliver(self, datagram: bytes, address: Address) -> None:
        transport = self._by_address.get(address)
        if datagram[0] < _STUN_FIRST_BYTES:
            named = self._by_username.get(stun_username(datagram) or "")
            if named is not None and named is not transport:
                self._learn(named, address)
                transport = named
        if transport is not None:
            transport.heard_at = time.monotonic()
            transport.protocol.datagram_received(datagram, address)

    def _learn(self, transport: PeerTransport, address: Address) -> None:
        former = self._by_address.get(address)
        if former is not None:
            former.addresses.pop(address, None)
        self._by_address[address] = transport
        transport.addresses[address] = None
        if len(transport.addresses) > _ADDRESSES_PER_PEER:
            oldest = next(iter(transport.addresses))
            del transport.addresses[oldest]
            with contextlib.suppress(KeyError):
                del self._by_address[oldest]
