"""Every private name of aiortc, aioice and pylibsrtp that rtc/seam/ stands on, held to its shape."""

import asyncio
import inspect
import re
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import aioice.ice
import aiortc.codecs
import aiortc.rtcdtlstransport as dtls
import aiortc.rtcpeerconnection as peer
import aiortc.rtcrtpreceiver as receiver
import aiortc.rtcrtpsender as sender
import aiortc.rtcrtptransceiver as transceiver
import pylibsrtp
import pytest
from aiortc.rtp import RtcpPacket
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp._binding import ffi, lib

import survey_server
from survey_server.rtc import seam
from survey_server.rtc.description import offered, without_candidates
from survey_server.rtc.rtp import Packet
from survey_server.rtc.seam import OwnPort, PacketConnection, PacketReceiver, PacketSender


def parameters(function) -> list[str]:
    return list(inspect.signature(function).parameters)


def assignments(owner, name: str) -> int:
    """How often the source of a class or module binds an attribute of itself."""
    return len(re.findall(rf"self\.{name}(?:: [^=\n]+)? = ", inspect.getsource(owner)))


async def connect(server: PacketConnection, client: PacketConnection) -> None:
    """The client sends what the server's lanes ask for."""
    await server.take_answer(
        await client.answer_offer(
            await server.make_offer(), lambda lane: setattr(lane.transceiver, "direction", "sendonly")
        )
    )
    await asyncio.wait_for(asyncio.gather(server.established(), client.established()), 5)


def test_the_libraries_have_the_versions_that_the_seam_names():
    named = dict(re.findall(r"\b(aiortc|aioice|pylibsrtp) (\d+\.\d+)", seam.__doc__))
    assert set(named) == {"aiortc", "aioice", "pylibsrtp"}
    for library, release in named.items():
        assert version(library).startswith(f"{release}.")


def test_nothing_else_touches_what_is_private():
    """Pyright, which reports private use, is switched off for the seam and nowhere else."""
    root = Path(survey_server.__file__).parent
    lenient = {path.parent for path in root.rglob("*.py") if "reportPrivateUsage" in path.read_text()}
    assert lenient == {root / "rtc" / "seam"}


def test_transceivers_are_made_in_one_place():
    make = peer.RTCPeerConnection._RTCPeerConnection__createTransceiver
    assert parameters(make) == ["self", "direction", "kind", "sender_track"]
    source = inspect.getsource(peer.RTCPeerConnection)
    assert source.count("RTCRtpTransceiver(\n") == 1
    assert "transceiver.sender._stream_id" in source


def test_a_transceiver_keeps_its_ends_in_two_attributes():
    source = inspect.getsource(transceiver.RTCRtpTransceiver.__init__)
    assert "self.__sender = sender" in source
    assert "self.__receiver = receiver" in source


def test_the_router_asks_receivers_and_senders_for_nothing_else():
    assert {n for n in vars(dtls.RtpReceiver) if n.startswith("_handle")} == {
        "_handle_disconnect", "_handle_rtcp_packet", "_handle_rtp_packet",
    }  # fmt: skip
    assert {n for n in vars(dtls.RtpSender) if n.startswith("_handle")} == {"_handle_rtcp_packet"}
    assert dtls.RtpSender.__annotations__ == {"_ssrc": int}


def test_the_transport_registers_and_sends():
    transport = dtls.RTCDtlsTransport
    assert parameters(transport._register_rtp_receiver) == ["self", "receiver", "parameters"]
    assert parameters(transport._register_rtp_sender) == ["self", "sender", "parameters"]
    assert parameters(transport._unregister_rtp_receiver) == ["self", "receiver"]
    assert parameters(transport._unregister_rtp_sender) == ["self", "sender"]
    assert inspect.iscoroutinefunction(transport._send_rtp)
    assert parameters(dtls.RtpRouter.register_receiver) == ["self", "receiver", "ssrcs", "payload_types", "mid"]


def test_senders_and_receivers_are_driven_through_public_coroutines():
    for method in (receiver.RTCRtpReceiver.receive, receiver.RTCRtpReceiver.stop, sender.RTCRtpSender.send,
                   sender.RTCRtpSender.stop):  # fmt: skip
        assert inspect.iscoroutinefunction(method)
    assert parameters(receiver.RTCRtpReceiver._set_rtcp_ssrc) == ["self", "ssrc"]
    source = inspect.getsource(sender.RTCRtpSender.__init__)
    assert "self._ssrc = " in source
    assert "self._rtx_ssrc = " in source


def test_ice_gathers_through_one_method():
    assert parameters(aioice.ice.Connection.get_component_candidates) == ["self", "component", "addresses", "timeout"]
    assert "self.get_component_candidates(" in inspect.getsource(aioice.ice.Connection.gather_candidates)
    assert "self._protocols: list[StunProtocol] = []" in inspect.getsource(aioice.ice.Connection.__init__)
    assert parameters(aioice.ice.StunProtocol.__init__) == ["self", "receiver"]
    assert isinstance(inspect.getattr_static(aioice.Connection, "local_username"), property)


async def test_the_nominated_pairs_are_one_dict_for_life_and_cleared_at_the_end():
    """The direct line keeps it: from one pair a component, whose protocol's transport sends to its address."""
    server, client = PacketConnection(OwnPort()), PacketConnection(OwnPort())
    server.add_lane("audio", "recvonly")
    kept = server._ice._nominated
    assert (type(kept), len(kept)) == (dict, 0)
    await connect(server, client)
    assert server._ice._nominated is kept
    pair = kept[1]
    assert [pair.protocol] == server._ice._protocols
    assert callable(pair.protocol.transport.sendto)
    assert pair.remote_addr == client._ice._protocols[0].transport.get_extra_info("sockname")
    assert pair.state is aioice.ice.CandidatePair.State.SUCCEEDED
    assert pair in server._ice._check_list
    await asyncio.gather(server.close(), client.close())
    assert server._ice._nominated is kept
    assert not kept
    assert assignments(aioice.ice.Connection, "_nominated") == 1


async def test_the_transport_has_its_keys_once_dtls_stands_and_keeps_them():
    server, client = PacketConnection(OwnPort()), PacketConnection(OwnPort())
    transport = server.add_lane("audio", "recvonly").receiver.transport
    assert (transport._tx_srtp, transport._rx_srtp) == (None, None)
    await connect(server, client)
    assert type(transport._tx_srtp) is pylibsrtp.Session
    assert type(transport._rx_srtp) is pylibsrtp.Session
    assert transport._tx_srtp is not transport._rx_srtp
    await asyncio.gather(server.close(), client.close())
    for name in ("_tx_srtp", "_rx_srtp"):  # None at first, then the session: no third time
        assert assignments(dtls.RTCDtlsTransport, name) == 2


async def test_the_router_finds_a_receiver_by_source_and_needs_no_more_of_a_packet():
    """The direct line keeps the router and looks into its table first; the rest is asked of `route_rtp`."""
    connection = PacketConnection(OwnPort())
    one = connection.add_lane("audio", "recvonly").receiver
    router = one.transport._rtp_router
    assert router.ssrc_table == {}
    router.register_receiver(one, [], [96], "0")
    packet = Packet(96, 0, 1, 2, 77, b"")
    assert router.route_rtp(packet) is one
    assert router.ssrc_table == {77: one}
    assert router.route_rtp(packet._replace(payload_type=97, ssrc=78)) is None
    assert assignments(dtls.RTCDtlsTransport, "_rtp_router") == 1
    await connection.close()


def test_libsrtp_works_in_the_memory_of_a_session():
    session = pylibsrtp.Session()
    assert ffi.typeof(session._srtp) is ffi.typeof("srtp_t *")
    assert ffi.typeof(session._cdata).kind == "array"
    assert ffi.typeof(session._cdata).item is ffi.typeof("char")
    assert len(session._cdata) == len(session._buffer) == 1500
    session._buffer[0:3] = b"abc"
    assert ffi.unpack(session._cdata, 3) == session._buffer[0:3] == b"abc"
    for step in (lib.srtp_protect, lib.srtp_protect_rtcp, lib.srtp_unprotect, lib.srtp_unprotect_rtcp):
        assert ffi.typeof(step) is ffi.typeof("srtp_err_status_t(*)(srtp_t, void *, int *)")
    assert lib.srtp_err_status_ok == 0
    assert (pylibsrtp.SRTP_MAX_TRAILER_LEN, pylibsrtp.SRTP_MAX_SRTCP_TRAILER_LEN) == (144, 148)


async def test_without_candidates_the_peer_is_found_by_its_first_check():
    """The answer names no address at all, and the connection stands well under the second an mDNS name would cost."""
    server, client = PacketConnection(OwnPort()), PacketConnection(OwnPort())
    for kind in ("audio", "video"):
        server.add_lane(kind, "recvonly")
    began = asyncio.get_running_loop().time()
    answer = await client.answer_offer(
        offered(await server.make_offer(), 1200), lambda lane: setattr(lane.transceiver, "direction", "sendonly")
    )
    stripped = without_candidates(answer.replace("a=end-of", "a=candidate:1 1 udp 1 a-b.local 9 typ host\r\na=end-of"))
    assert "candidate" not in stripped
    await server.take_answer(stripped)
    await asyncio.wait_for(asyncio.gather(server.established(), client.established()), 5)
    assert asyncio.get_running_loop().time() - began < 0.9
    for lane in [*server.lanes(), *client.lanes()]:
        assert isinstance(lane.sender, PacketSender)
        assert isinstance(lane.receiver, PacketReceiver)
    await asyncio.gather(server.close(), client.close())


async def test_h264_baseline_comes_before_vp8_and_opus_is_alone():
    server = PacketConnection(OwnPort())
    for kind in ("audio", "video"):
        server.add_lane(kind, "recvonly")
    sdp = offered(await server.make_offer(), 1200)
    names = {line.split(" ")[1].split("/")[0] for line in sdp.splitlines() if line.startswith("a=rtpmap")}
    assert names == {"opus", "H264", "VP8", "rtx"}
    first = next(line for line in sdp.splitlines() if line.startswith("m=video")).split()[3]
    assert f"a=rtpmap:{first} H264/90000" in sdp
    assert "profile-level-id=42e01f;x-google-start-bitrate=1200" in sdp
    assert "profile-level-id=42001f" not in sdp
    assert "3gpp:video-orientation" not in sdp
    assert "a=rtcp-fb:96 nack" in sdp
    await server.close()


@pytest.mark.parametrize(
    "answer", ["", "v=0", "v=0\r\nm=audio nonsense\r\n", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"]
)
async def test_a_malformed_answer_is_a_value_error(answer):
    server = PacketConnection(OwnPort())
    server.add_lane("audio", "recvonly")
    await server.make_offer()
    with pytest.raises(ValueError, match="unusable answer"):
        await server.take_answer(answer)
    await server.close()


def test_the_codec_factories_have_the_names_that_tests_watch():
    assert callable(aiortc.codecs.get_encoder)
    assert callable(aiortc.codecs.get_decoder)
    assert sender.get_encoder is aiortc.codecs.get_encoder
    assert receiver.get_decoder is aiortc.codecs.get_decoder


class Told:
    """A line that keeps what is sent over it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send_control(self, data: bytes) -> None:
        self.sent.append(data)


@given(st.sets(st.integers(65_000, 66_200), max_size=60))
def test_lost_packets_are_asked_for_across_the_wrap(places: set[int]) -> None:
    line = Told()
    asking = PacketReceiver("video", SimpleNamespace(state="connected"), line)
    asking.media_ssrc = 7
    asking.ask_again(list(places))
    packets = [packet for data in line.sent for packet in RtcpPacket.parse(data)]
    assert sorted(lost for packet in packets for lost in packet.lost) == sorted(place % 65_536 for place in places)
    assert all(packet.media_ssrc == 7 for packet in packets)
