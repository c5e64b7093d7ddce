"""One UDP socket for every peer connection of a node.

A firewall then needs one open port, and the address told to peers is a setting instead of a guess. Datagrams are told
apart by the ICE user name in a STUN request (RFC 8445 section 7.2.2) and, once the peer's ICE agent has answered a
request from there with success, by their address (as RFC 7983 orders the first byte: STUN is 0..3, RTP and RTCP
128..191). A user name travels in clear, the password behind it does not: who only knows the name is heard by the agent,
which refuses him, and changes nothing here. Nothing here knows an ICE library.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from survey_server.net.listening import listening

_DATAGRAMS_PER_WAKE = 64
_DATAGRAM_BYTES = 1500
_ADDRESSES_PER_PEER = 32
_ADDRESSES_EVER = 1000
_HOLDS_S = 2.0
_STUN_HEADER_BYTES = 20
_STUN_COOKIE = b"\x21\x12\xa4\x42"
_STUN_USERNAME = 6
_STUN_FIRST_BYTES = 4
_STUN_SUCCESS = b"\x01\x01"
_BUFFER_BYTES = 4 << 20
_MEDIA_FIRST, _MEDIA_END = 128, 192
_MAPPED = "::ffff:"

Address = tuple[str, int]

_log = logging.getLogger(__name__)


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


def plain(address: tuple[Any, ...]) -> Address:
    """Host and port as the peer has them: an IPv4 peer of an IPv6 socket shows up as `::ffff:192.0.2.1` (RFC 4291)."""
    host: str = address[0]
    return (host[7:] if host.startswith(_MAPPED) and "." in host else host, address[1])


def announced_addresses(names: str, port: int) -> list[Address]:
    """One address for each name or IP address of a comma-separated list; names are looked up now.

    Raises OSError naming the one that can't be found.
    """
    found: list[Address] = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        try:
            answers = socket.getaddrinfo(name.strip("[]"), port, type=socket.SOCK_DGRAM)
        except OSError as fault:
            raise OSError(f"the media address {name!r} can't be found: {fault}") from fault
        for family, *_, address in answers:
            if family in {socket.AF_INET, socket.AF_INET6} and (str(address[0]), port) not in found:
                found.append((str(address[0]), port))
                break
    return found


class PeerTransport(asyncio.DatagramTransport):
    """One peer's share of the socket for one announced address, in the shape asyncio gives to a datagram protocol."""

    def __init__(self, mux: "UdpMux", protocol: asyncio.DatagramProtocol, username: str, announced: Address) -> None:
        super().__init__()
        self._mux = mux
        self._closing = False
        self._announced = announced
        self.protocol = protocol
        self.username = username
        self.addresses: dict[Address, None] = {}
        """Where the peer has proven to be, oldest first."""
        self.addresses_ever = 0
        self.heard_at: float | None = None
        """When they were last heard, monotonic seconds: a request answered with success, or media that are theirs."""
        self.on_media: Callable[[bytes, Address], bool] | None = None
        """While set, gets every datagram whose first byte is 128 to 191 (RTP and RTCP) in the protocol's place.

        Answers whether it was authentic. While not set, every such datagram from the peer's address counts as heard.
        """

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send now or never: a full socket buffer drops the datagram, as the network would.

        A success response to a STUN request means that the request was authentic: the address is the peer's.
        """
        if not self._closing:
            if data[:2] == _STUN_SUCCESS:
                self._mux.learn(self, addr)
            self._mux.send(data, addr)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._announced if name == "sockname" else default

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
    """The shared socket. Make it inside the running loop; `announced` are the addresses peers are told."""

    def __init__(
        self, bind: str, port: int = 0, announced: str | None = None, announced_port: int | None = None
    ) -> None:
        """Bind. `::` takes IPv4 as well, on the same port. Port 0 takes any free one.

        `announced` lists names or addresses, comma separated; `announced_port` differs only behind a port mapping.
        Raises OSError if the port is taken or a name can't be found, ValueError if no address is left to announce.
        """
        if not announced and ip_address(bind).is_unspecified:
            raise ValueError("bound to every address: say which one peers are told")
        self._dual = ":" in bind
        self._socket = socket.socket(socket.AF_INET6 if self._dual else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if self._dual:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            with listening(bind, port, "media_host", "media_port"):
                self._socket.bind((bind, port))
            self.port: int = self._socket.getsockname()[1]
            self.announced = announced_addresses(announced or bind, announced_port or self.port)
        except OSError:
            self._socket.close()
            raise
        if not self._dual and any(":" in host for host, _ in self.announced):
            self._socket.close()
            raise ValueError(f"an IPv6 address is announced, but the media port is bound to {bind}: bind it to ::")
        self._socket.settimeout(0)
        self.dropped = 0
        """Datagrams that the full socket did not take."""
        self.malformed = 0
        """Datagrams that their reader choked on."""
        self._by_username: dict[str, list[PeerTransport]] = {}
        self._by_address: dict[Address, PeerTransport] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def endpoint(
        self, protocol: asyncio.DatagramProtocol, username: str, announced: Address | None = None
    ) -> PeerTransport:
        """A transport for the peer whose requests carry this ICE user name; one for each announced address."""
        announced = announced or self.announced[0]
        shares = self._by_username.setdefault(username, [])
        if any(_family(share.get_extra_info("sockname")) == _family(announced) for share in shares):
            raise OSError(f"ICE user name {username!r} is in use")
        transport = PeerTransport(self, protocol, username, announced)
        shares.append(transport)
        protocol.connection_made(transport)
        return transport

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or drop it when the socket won't take it."""
        if self._dual and ":" not in address[0]:
            address = (_MAPPED + address[0], address[1])
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.dropped += 1

    def forget(self, transport: PeerTransport) -> None:
        """No more datagrams for this transport."""
        shares = self._by_username.get(transport.username, [])
        if transport in shares:
            shares.remove(transport)
        if not shares:
            self._by_username.pop(transport.username, None)
        for address in transport.addresses:
            if self._by_address.get(address) is transport:
                del self._by_address[address]

    def close(self) -> None:
        """Close the socket; every transport goes silent."""
        self._loop.remove_reader(self._socket.fileno())
        for shares in list(self._by_username.values()):
            for transport in list(shares):
                transport.close()
        self._socket.close()

    def _readable(self) -> None:
        for _ in range(_DATAGRAMS_PER_WAKE):
            try:
                datagram, address = self._socket.recvfrom(_DATAGRAM_BYTES + 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            if 0 < len(datagram) <= _DATAGRAM_BYTES:
                self._deliver(datagram, plain(address) if self._dual else address)

    def learn(self, transport: PeerTransport, address: Address) -> None:
        """The peer has proven to be at this address: what comes from it is theirs.

        One that another peer is heard from stays that peer's: nobody who forges it can cut them off.
        """
        former, now = self._by_address.get(address), time.monotonic()
        if former is not None and former is not transport:
            if former.heard_at is not None and now - former.heard_at < _HOLDS_S:
                return
            former.addresses.pop(address, None)
        transport.heard_at = now
        if former is transport:
            return
        self._by_address[address] = transport
        transport.addresses[address] = None
        transport.addresses_ever += 1
        if len(transport.addresses) > _ADDRESSES_PER_PEER:
            oldest = next(iter(transport.addresses))
            del transport.addresses[oldest]
            with contextlib.suppress(KeyError):
                del self._by_address[oldest]

    def _deliver(self, datagram: bytes, address: Address) -> None:
        transport = self._by_address.get(address)
        first = datagram[0]
        if first < _STUN_FIRST_BYTES:
            transport = self._named(stun_username(datagram), address) or transport
        if transport is None:
            return
        try:
            is_media = _MEDIA_FIRST <= first < _MEDIA_END
            authentic = is_media
            if is_media and transport.on_media is not None:
                authentic = transport.on_media(datagram, address)
            else:
                transport.protocol.datagram_received(datagram, address)
            if authentic:
                transport.heard_at = time.monotonic()
        except Exception as fault:
            self.malformed += 1
            _log.debug("a datagram from %s is malformed: %r", address, fault)

    def _named(self, username: str | None, address: Address) -> PeerTransport | None:
        """The peer's share for this address family, unless it has been at too many addresses: that is no phone."""
        shares = self._by_username.get(username or "", [])
        share = next((s for s in shares if _family(s.get_extra_info("sockname")) == _family(address)), None)
        return share if share is None or share.addresses_ever < _ADDRESSES_EVER else None


def _family(address: Address) -> bool:
    return ":" in address[0]
