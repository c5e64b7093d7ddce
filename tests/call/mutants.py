"""Hostile datagrams and messages: made from nothing and out of real ones. Seeded: a bad one can be met again."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from aioice import stun
from aiortc.rtp import RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket, RtcpSenderInfo, RtcpSrPacket

from survey_server.rtc.description import offered
from survey_server.rtc.rtp import packet_bytes
from survey_server.rtc.seam import Opened, OwnPort, PacketConnection, StunProtocol

_DTLS_1_2 = b"\xfe\xfd"
CLOSE_NOTIFY, FATAL_HANDSHAKE_FAILURE, FATAL_INTERNAL = b"\x01\x00", b"\x02\x28", b"\x02\x50"


class TappedPort(OwnPort):
    """A port that keeps what is sent through it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    async def open(self, make: Callable[[], StunProtocol], username: str) -> Sequence[Opened]:
        opened = await super().open(make, username)
        transport = opened[0].transport
        send = transport.sendto

        def noted(data: bytes, address: Any = None) -> None:
            self.sent.append(bytes(data))
            send(data, address)

        transport.sendto = noted
        return opened


async def real_datagrams() -> list[bytes]:
    """What two peers say to each other, from the first STUN request through the DTLS handshake to SRTP and SRTCP."""
    ports = TappedPort(), TappedPort()
    server, client = (PacketConnection(port) for port in ports)
    for kind in ("audio", "video"):
        server.add_lane(kind, "recvonly")
    offer = offered(await server.make_offer(), 1200)
    answer = await client.answer_offer(offer, lambda lane: setattr(lane.transceiver, "direction", "sendonly"))
    await server.take_answer(answer)
    await asyncio.gather(server.established(), client.established())
    for lane in client.lanes():
        for n in range(10):
            codec = "h264" if lane.transceiver.kind == "video" else "opus"
            lane.sender.send_packet(codec, marker=1, sequence=n, timestamp=n, payload=bytes(90 * n + 3))
        lane.sender.send_report(1 << 40, 5)
    await asyncio.sleep(0.2)
    await asyncio.gather(server.close(), client.close())
    return ports[0].sent + ports[1].sent


def dtls(content_type: int, body: bytes, *, epoch: int = 0, sequence: int = 99) -> bytes:
    """A DTLS 1.2 record (RFC 6347 section 4.1)."""
    head = bytes([content_type]) + _DTLS_1_2 + epoch.to_bytes(2) + sequence.to_bytes(6)
    return head + len(body).to_bytes(2) + body


def endings(chance: Random) -> list[bytes]:
    """Whatever might end a DTLS connection if it were believed."""
    ends = [dtls(21, alert, epoch=epoch, sequence=chance.randrange(1 << 20))
            for alert in (CLOSE_NOTIFY, FATAL_HANDSHAKE_FAILURE, FATAL_INTERNAL) for epoch in (0, 1, 2)]  # fmt: skip
    ends += [dtls(20, b"\x01", epoch=epoch) for epoch in (0, 1)]
    return [
        *ends,
        dtls(22, b"\x00" * 12),
        dtls(22, b"\x14" + bytes(11), epoch=1),
        dtls(21, chance.randbytes(40), epoch=1),
    ]


def binding_request(chance: Random, username: str, password: bytes | None) -> bytes:
    """A STUN binding request under this name; without a password, or with a wrong one, it proves nothing."""
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=chance.randbytes(12))
    request.attributes["USERNAME"] = username
    request.attributes["PRIORITY"] = chance.randrange(1 << 31)
    request.attributes[chance.choice(["ICE-CONTROLLING", "ICE-CONTROLLED"])] = chance.getrandbits(64)
    if chance.random() < 0.5:
        request.attributes["USE-CANDIDATE"] = None
    if password is not None:
        request.add_message_integrity(password)
    return bytes(request)


def mutated(chance: Random, data: bytes) -> bytes:
    """One to four changes: bits, bytes, lengths, a cut, a splice, a repetition."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(6):
            case 0 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(out):
                out[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF])
            case 2:
                del out[at:]
            case 3:
                out[at:at] = chance.randbytes(chance.randrange(20))
            case 4:
                out[at : at + 2] = chance.choice([b"\xff\xff", b"\x00\x00", b"\x80\x00"])
            case _:
                out += out[at : at + 100]
    return bytes(out[:2000]) or b"\x00"


def datagrams(chance: Random, real: Sequence[bytes], usernames: Sequence[str]) -> Iterator[bytes]:
    """Without end: random bytes, mutants of real datagrams, names overheard or guessed, endings of all kinds."""
    ends = endings(chance)
    while True:
        match chance.randrange(8):
            case 0:
                yield chance.randbytes(chance.randrange(1, 1600))
            case 1:
                yield bytes([chance.randrange(256)]) + chance.randbytes(chance.randrange(60))
            case 2:
                yield chance.choice(ends)
            case 3:
                name = chance.choice([*usernames, "guess"]) + ":" + chance.choice(["far", "", "x" * 300])
                request = binding_request(chance, name, chance.choice([None, b"wrong", b""]))
                yield request if chance.random() < 0.5 else mutated(chance, request)
            case _:
                yield mutated(chance, chance.choice(real))


def rtcp(chance: Random, own: int, media: Sequence[int]) -> bytes:
    """An RTCP compound that is authentic and absurd; `media` are SSRCs the far end knows."""
    about = chance.choice([*media, chance.getrandbits(32), 0])
    match chance.randrange(7):
        case 0:
            nack = RtcpRtpfbPacket(fmt=1, ssrc=own, media_ssrc=about)
            nack.lost = sorted({chance.getrandbits(16) for _ in range(300)})
            return bytes(nack)
        case 1:  # RFC 4585: each four bytes name seventeen packets
            pairs = (chance.getrandbits(16).to_bytes(2) + b"\xff\xff") * 300
            return b"\x81\xcd" + (2 + 300).to_bytes(2) + own.to_bytes(4) + about.to_bytes(4) + pairs
        case 2:
            kind = chance.choice([1, 4, 15])
            return bytes(
                RtcpPsfbPacket(fmt=kind, ssrc=own, media_ssrc=about, fci=chance.randbytes(4 * chance.randrange(9)))
            )
        case 3:
            info = RtcpSenderInfo(*(chance.getrandbits(bits) for bits in (64, 32, 32, 32)))
            return bytes(RtcpSrPacket(ssrc=chance.choice([own, chance.getrandbits(32)]), sender_info=info))
        case 4:
            block = RtcpReceiverInfo(about, 255, -(1 << 23), *(chance.getrandbits(32) for _ in range(4)))
            return bytes(RtcpRrPacket(ssrc=own, reports=[block] * chance.randrange(32)))
        case 5:
            second = bytes([0x80 | chance.randrange(32), chance.randrange(192, 208)])
            return b"\x80\xcb\x00\x00" + second + chance.randbytes(2 + 4 * chance.randrange(20))
        case _:
            return bytes([0x80, chance.randrange(192, 209)]) + chance.randbytes(6 + chance.randrange(200))


_HEADS = (
    b"\x7c\x85", b"\x7c\x05", b"\x7c\x45", b"\x7c", b"\x78\x00\x05", b"\x78\xff\xff", b"\x65", b"\x67\x42", b"\x68",
    b"\x67\x42\xe0\x1f" + b"\xff" * 30, b"\x90\x80\x00\x10\x02\x00", b"\x10\x00", b"\xff\xff\xff\xff", b"\x00", b"",
)  # fmt: skip
_EXTENSIONS = (
    b"", b"", b"\xbe\xde\x00\x01\x50\x00\x00\x00", b"\xbe\xde\xff\xff\x51\x00\x01\x00", b"\x10\x00\x00\x00",
    b"\xbe\xde\x00\x01\xff\xff\xff\xff", b"\xbe\xde\x00\x01\x51\xff\xff\x00",
)  # fmt: skip


def rtp(chance: Random, sources: Sequence[int], types: Sequence[int]) -> bytes:
    """An RTP packet that is authentic: jumping numbers, extensions that lie, payloads of any codec cut anywhere."""
    extension = chance.choice(_EXTENSIONS)
    source = chance.choice(sources) if chance.random() < 0.9 else chance.getrandbits(32)
    packet = bytearray(packet_bytes(
        payload_type=chance.choice(types) if chance.random() < 0.9 else chance.randrange(64, 128),
        marker=chance.randrange(2), sequence=chance.getrandbits(16), timestamp=chance.getrandbits(32), ssrc=source,
        extension=extension, payload=chance.choice(_HEADS) + chance.randbytes(chance.choice([0, 1, 2, 40, 1200, 1330])),
    ))  # fmt: skip
    if chance.random() < 0.1:
        packet[0] |= chance.choice([0x20, 0x0F, 0x2F])
    return bytes(packet)


_JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1 << 70,
    1e308,
    "",
    "x" * 5000,
    [],
    {},
    [[]],
    {"a": {}},
    "\u0000",
    "2026-13-45T99:99",
)


def messages(chance: Random, real: Sequence[str]) -> Iterator[str]:
    """Without end: text that is no JSON, JSON that is no message, messages with one thing wrong."""
    while True:
        match chance.randrange(7):
            case 0:
                yield chance.randbytes(chance.randrange(300)).decode("latin-1")
            case 1:
                deep = chance.choice([10, 2_000, 60_000])
                yield chance.choice(['{"type":"ping","n":%s%s}', '{"x":%s%s}', "%s%s"]) % ("[" * deep, "]" * deep)
            case 2:
                text = chance.choice(real)
                at = chance.randrange(len(text))
                yield (
                    text[:at]
                    + chance.choice(["", '"', "{", "\\ud800", "\x00", text])
                    + text[at + chance.randrange(3) :]
                )
            case 3:
                yield json.dumps({"type": "ping", "n": 1, "x" * chance.choice([10, 250_000]): 1})
            case _:
                message = json.loads(chance.choice(real))
                name = chance.choice([*message, "unknown"])
                message[name] = chance.choice(_JUNK)
                yield json.dumps(message)


def answers(chance: Random, real: str) -> Iterator[str]:
    """Without end: a real answer with lines lost, doubled, exchanged, or with something else in them."""
    lines = real.split("\r\n")
    while True:
        out = list(lines)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(out))
            match chance.randrange(5):
                case 0:
                    del out[at]
                case 1:
                    out.insert(at, chance.choice(lines))
                case 2:
                    out[at] = mutated(chance, out[at].encode() or b"=").decode("latin-1")
                case 3:
                    out[at] = out[at].partition(":")[0] + ":" + "9" * chance.choice([1, 30])
                case _:
                    out += chance.sample(lines, 5)
            out = out or [""]
        yield "\r\n".join(out)
