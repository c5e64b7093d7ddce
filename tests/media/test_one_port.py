"""The shared port: who a datagram is for, and what strangers can do (nothing)."""

import asyncio
import secrets
import socket

import pytest
from aioice import stun

from survey_server.net.udp_mux import UdpMux, stun_username
from tests.media.people import until


class Heard(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.lost = False

    def datagram_received(self, data: bytes, addr) -> None:
        self.got.append(data)

    def connection_lost(self, exc) -> None:
        self.lost = True


def request(username: str) -> bytes:
    message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    return bytes(message)


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
