"""Packets sealed and opened as by pylibsrtp itself, byte for byte; what is forged, replayed or too long is refused."""

import aiortc.rtcdtlstransport as dtls
import pylibsrtp
import pytest
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from survey_server.rtc.rtp import packet_bytes
from survey_server.rtc.seam.srtp import Srtp

ROOM = 1500
TRAILER = {"rtp": 144, "rtcp": 148}
PROFILES = pytest.mark.parametrize("profile", dtls.SRTP_PROFILES, ids=lambda p: p.openssl_profile.decode())
WAYS = pytest.mark.parametrize("way", ["rtp", "rtcp"])


def session(profile, direction: int, first_byte: int = 1) -> pylibsrtp.Session:
    """As aiortc makes them once DTLS has agreed on a profile."""
    key = bytes(range(first_byte, first_byte + profile.key_length + profile.salt_length))
    policy = pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile.libsrtp_profile)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return pylibsrtp.Session(policy)


def sealing(profile, first_byte: int = 1) -> pylibsrtp.Session:
    return session(profile, pylibsrtp.Policy.SSRC_ANY_OUTBOUND, first_byte)


def opening(profile) -> pylibsrtp.Session:
    return session(profile, pylibsrtp.Policy.SSRC_ANY_INBOUND)


def packets(way: str) -> list[bytes]:
    """Of two sources, the sequence numbers across their turn, from nothing to as much as a datagram takes."""
    if way == "rtcp":
        block = RtcpReceiverInfo(ssrc=9, fraction_lost=3, packets_lost=4, highest_sequence=5, jitter=6, lsr=7, dlsr=8)
        return [bytes(RtcpRrPacket(ssrc=ssrc, reports=[block] * n)) for ssrc in (77, 78) for n in (0, 1, 2, 31)]
    sizes = [0, 1, 160, 1200, ROOM - TRAILER["rtp"] - 12]
    return [
        packet_bytes(96, 1, (65533 + n) & 0xFFFF, 3000 * n, ssrc, b"", bytes([n + 1]) * size)
        for ssrc in (77, 78)
        for n, size in enumerate(sizes)
    ]


def protect(srtp: Srtp, way: str, packet: bytes) -> bytes:
    return srtp.protect(packet) if way == "rtp" else srtp.protect_control(packet)


def unprotect(srtp: Srtp, way: str, packet: bytes) -> bytes:
    return srtp.unprotect(packet) if way == "rtp" else srtp.unprotect_control(packet)


def test_aiortc_offers_the_profiles_that_browsers_use():
    assert {p.openssl_profile for p in dtls.SRTP_PROFILES} >= {b"SRTP_AEAD_AES_128_GCM", b"SRTP_AES128_CM_SHA1_80"}


@PROFILES
@WAYS
def test_there_and_back_it_is_the_same_packet(profile, way):
    out, back = Srtp(sealing(profile)), Srtp(opening(profile))
    sealed = [protect(out, way, packet) for packet in packets(way)]
    assert not set(sealed) & set(packets(way))
    assert [unprotect(back, way, packet) for packet in sealed] == packets(way)


@PROFILES
@WAYS
def test_both_ways_give_what_pylibsrtp_gives(profile, way):
    out, back, theirs_out, theirs_back = (
        Srtp(sealing(profile)), Srtp(opening(profile)), sealing(profile), opening(profile)
    )  # fmt: skip
    seal, unseal = (
        (theirs_out.protect, theirs_back.unprotect)
        if way == "rtp"
        else (theirs_out.protect_rtcp, theirs_back.unprotect_rtcp)
    )
    for packet in packets(way):
        sealed = protect(out, way, packet)
        assert sealed == seal(packet)
        assert unprotect(back, way, sealed) == unseal(sealed)


@PROFILES
@WAYS
def test_one_bit_changed_is_a_forgery_and_the_true_packet_still_opens(profile, way):
    out, back = Srtp(sealing(profile)), Srtp(opening(profile))
    first, second = (protect(out, way, packet) for packet in packets(way)[1:3])
    unprotect(back, way, first)
    for place in range(len(second)):
        forged = bytearray(second)
        forged[place] ^= 1
        with pytest.raises(ValueError, match="refuses"):
            unprotect(back, way, bytes(forged))
    assert unprotect(back, way, second) == packets(way)[2]


@PROFILES
@WAYS
def test_what_another_key_sealed_is_refused(profile, way):
    back = Srtp(opening(profile))
    with pytest.raises(ValueError, match="refuses"):
        unprotect(back, way, protect(Srtp(sealing(profile, first_byte=2)), way, packets(way)[2]))


@PROFILES
@WAYS
def test_a_replayed_packet_is_refused_though_others_came_between(profile, way):
    out, back = Srtp(sealing(profile)), Srtp(opening(profile))
    sealed = [protect(out, way, packet) for packet in packets(way)]
    for packet in sealed:
        unprotect(back, way, packet)
    for packet in sealed:
        with pytest.raises(ValueError, match="refuses"):
            unprotect(back, way, packet)


@PROFILES
@WAYS
@pytest.mark.parametrize("size", range(12))
def test_a_stub_of_a_packet_is_refused(profile, way, size):
    back = Srtp(opening(profile))
    with pytest.raises(ValueError, match="refuses"):
        unprotect(back, way, protect(Srtp(sealing(profile)), way, packets(way)[2])[:size])


@PROFILES
@WAYS
def test_what_has_no_room_is_refused_and_the_next_packet_passes(profile, way):
    out, back = Srtp(sealing(profile)), Srtp(opening(profile))
    long, most = packets(way)[3] + bytes(ROOM), ROOM - TRAILER[way]
    with pytest.raises(ValueError, match="too long"):
        protect(out, way, long[: most + 1])
    with pytest.raises(ValueError, match="too long"):
        unprotect(back, way, long[: ROOM + 1])
    with pytest.raises(ValueError, match="refuses"):
        unprotect(back, way, long[:ROOM])
    sealed = protect(out, way, long[:most])
    assert len(sealed) <= ROOM
    assert unprotect(back, way, sealed) == long[:most]
