"""The shared port: who a datagram is for, and what strangers can do (nothing)."""

import asyncio
import contextlib
import secrets
import socket

import pytest
from aioice import stun

from survey_server.net.udp_mux import UdpMux, stun_username
from tests.media.people import until

PASSWORD = b"known to both"


class Heard(asyncio.DatagramProtocol):
    """An agent that answers requests with the right password, as ICE does."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.lost = False

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        self.got.append(data)
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        proven = "MESSAGE-INTEGRITY" in message.attributes and message.check_message_integrity(PASSWORD)
        kind = stun.Class.RESPONSE if proven else stun.Class.ERROR
        self.transport.sendto(bytes(stun.Message(stun.Method.BINDING, kind, message.transaction_id)), addr)

    def connection_lost(self, exc) -> None:
        self.lost = True


def request(username: str, password: bytes = PASSWORD) -> bytes:
    message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.add_message_integrity(password)
    return bytes(message)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def phones(count: int, host: str = "127.0.0.1"):
    """Sockets of people, each at an address of its own."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.socket(family, socket.SOCK_DGRAM)) for _ in range(count)]
        for one in opened:
            one.bind((host, 0))
            one.setblocking(False)
        yield opened


def test_the_receivers_half_of_the_user_name_is_read():
    assert stun_username(request("abcd:wxyz")) == "abcd"
    for junk in (b"", b"\x00" * 20, secrets.token_bytes(200), request("abcd:wxyz")[:19]):
        assert stun_username(junk) in (None, "")


async def test_datagrams_find_their_peer_and_strangers_find_nobody():
    mux = UdpMux("127.0.0.1")
    a, b = Heard(), Heard()
    mux.endpoint(a, "aaaa")
    way_b = mux.endpoint(b, "bbbb")
    phone, tablet, stranger = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3))
    for s in (phone, tablet, stranger):
        s.connect(("127.0.0.1", mux.port))
    phone.send(request("aaaa:p"))
    tablet.send(request("bbbb:t"))
    stranger.send(request("cccc:s"))
    await until(lambda: a.got and b.got)
    stranger.send(b"\x80stranger")
    stranger.send(b"")
    phone.send(b"\x80phone")
    tablet.send(b"\x80tablet")
    await until(lambda: len(a.got) > 1 and len(b.got) > 1)
    assert [d[:7] for d in a.got[1:]] == [b"\x80phone"]
    assert [d[:7] for d in b.got[1:]] == [b"\x80tablet"]
    assert way_b.heard_at is not None
    way_b.close()
    tablet.send(b"\x80again")
    await asyncio.sleep(0.05)
    assert len(b.got) == 2
    assert b.lost
    with pytest.raises(OSError, match="in use"):
        mux.endpoint(Heard(), "aaaa")
    mux.close()
    for s in (phone, tablet, stranger):
        s.close()


async def test_a_peer_that_moves_is_followed():
    mux = UdpMux("127.0.0.1")
    a = Heard()
    mux.endpoint(a, "aaaa")
    for n in range(40):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.connect(("127.0.0.1", mux.port))
            phone.send(request("aaaa:p"))
            phone.send(b"\x80%d" % n)
            await asyncio.sleep(0.002)
    await until(lambda: a.got[-1] == b"\x8039")
    assert len(mux._by_address) <= 32
    mux.close()


async def test_the_announced_address_is_a_setting():
    mux = UdpMux("0.0.0.0", announced="203.0.113.7", announced_port=443)
    assert mux.endpoint(Heard(), "aaaa").get_extra_info("sockname") == ("203.0.113.7", 443)
    mux.close()
    with pytest.raises(ValueError, match="which one"):
        UdpMux("0.0.0.0")


async def test_a_user_name_alone_takes_nothing_over():
    """Whoever overhears it may ask from a hundred addresses: the person's own one stays theirs, and nothing else is."""
    mux = UdpMux("127.0.0.1")
    a = Heard()
    share = mux.endpoint(a, "aaaa")
    with phones(101) as (phone, *strangers):
        here = ("127.0.0.1", mux.port)
        phone.sendto(request("aaaa:p"), here)
        await until(lambda: share.addresses)
        heard_at = share.heard_at
        for stranger in strangers:
            stranger.sendto(request("aaaa:p", b"guessed"), here)
            stranger.sendto(b"\x80stranger", here)
            stranger.sendto(request("aaaa:p", b"guessed")[:30], here)
        await until(lambda: len(a.got) == 201)
        assert share.heard_at == heard_at, "a stranger's word is no sign of life"
        phone.sendto(b"\x80phone", here)
        await until(lambda: a.got[-1] == b"\x80phone")
        assert list(share.addresses) == [phone.getsockname()]
    mux.close()


async def test_nobody_takes_an_address_somebody_else_is_heard_from():
    """A participant who forges another's address in a valid request of their own gets nothing that is the other's."""
    mux = UdpMux("127.0.0.1")
    a, b = Heard(), Heard()
    mux.endpoint(a, "aaaa")
    share_b = mux.endpoint(b, "bbbb")
    with phones(1) as (phone,):
        here = ("127.0.0.1", mux.port)
        phone.sendto(request("aaaa:p"), here)
        await until(lambda: a.got)
        phone.sendto(request("bbbb:forged"), here)
        await until(lambda: b.got)
        assert not share_b.addresses
        phone.sendto(b"\x80mine", here)
        await until(lambda: a.got[-1] == b"\x80mine")
        await asyncio.sleep(2.1)
        phone.sendto(request("bbbb:later"), here)
        await until(lambda: share_b.addresses)
    mux.close()


async def test_a_reader_that_chokes_or_a_datagram_too_long_stops_nothing():
    class Choking(Heard):
        def datagram_received(self, data: bytes, addr) -> None:
            super().datagram_received(data, addr)
            if data == b"\x80bad":
                raise IndexError

    mux = UdpMux("127.0.0.1")
    a = Choking()
    mux.endpoint(a, "aaaa")
    with phones(1) as (phone,):
        for datagram in (request("aaaa:p"), b"\x80bad", b"\x80" + bytes(1500), b"\x80" + bytes(1499), b"\x80good"):
            phone.sendto(datagram, ("127.0.0.1", mux.port))
        await until(lambda: a.got[-1:] == [b"\x80good"])
        assert [len(d) for d in a.got[1:]] == [4, 1500, 5]
        assert mux.malformed == 1
    mux.close()


async def test_ipv4_and_ipv6_share_the_port():
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 on its loopback")
    mux = UdpMux("::", announced="127.0.0.1, ::1")
    assert mux.announced == [("127.0.0.1", mux.port), ("::1", mux.port)]
    old, new = Heard(), Heard()
    shares = [mux.endpoint(protocol, "aaaa", at) for protocol, at in zip((old, new), mux.announced, strict=True)]
    with phones(1) as (phone,), phones(1, "::1") as (tablet,):
        phone.sendto(request("aaaa:p"), ("127.0.0.1", mux.port))
        tablet.sendto(request("aaaa:t"), ("::1", mux.port))
        await until(lambda: old.got and new.got)
        assert list(shares[0].addresses) == [phone.getsockname()]
        assert list(shares[1].addresses) == [tablet.getsockname()[:2]]
        await until(lambda: phone.recv(100)[:2] == b"\x01\x01")
        await until(lambda: tablet.recv(100)[:2] == b"\x01\x01")
    mux.close()
    with pytest.raises(ValueError, match="bind it to ::"):
        UdpMux("127.0.0.1", announced="127.0.0.1,::1")
