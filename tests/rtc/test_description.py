"""Edits of descriptions, between a real offer and real answers."""

import re

import pytest

from survey_server.rtc import transport_feedback
from survey_server.rtc.description import (
    candidate_host,
    feedback_element,
    offered,
    without_candidates,
)
from survey_server.rtc.seam import OwnPort, PacketConnection

EXTENSION = re.compile(rf"^a=extmap:\d+ {re.escape(transport_feedback.URI)}$", re.MULTILINE)


async def an_offer(*, feedback: bool) -> str:
    server = PacketConnection(OwnPort())
    for kind in ("audio", "video"):
        server.add_lane(kind, "recvonly")
    server.add_lane("video", "sendonly")
    sdp = await server.make_offer()
    await server.close()
    return offered(sdp, 1200, feedback=feedback)


def sections(sdp: str) -> list[str]:
    return re.split(r"(?=^m=)", sdp.replace("\r\n", "\n"), flags=re.MULTILINE)


async def test_feedback_is_offered_for_what_we_receive_in_place_of_remb():
    sdp = await an_offer(feedback=True)
    assert "\n" not in sdp.replace("\r\n", "")
    head, sound, picture, sent = sections(sdp)
    assert not EXTENSION.search(head)
    for received in (sound, picture):
        assert len(EXTENSION.findall(received)) == 1
        assert "goog-remb" not in received
        codecs = set(re.findall(r"^a=rtpmap:(\d+) (?!rtx)", received, re.MULTILINE))
        assert set(re.findall(r"^a=rtcp-fb:(\d+) transport-cc$", received, re.MULTILINE)) == codecs
    assert not EXTENSION.search(sent)
    assert "transport-cc" not in sent
    identifiers = re.findall(r"^a=extmap:(\d+)", picture, re.MULTILINE)
    assert len(identifiers) == len(set(identifiers)), "an identifier means one extension"


async def test_without_feedback_nothing_of_it_is_said():
    sdp = await an_offer(feedback=False)
    assert not EXTENSION.search(sdp.replace("\r\n", "\n"))
    assert "transport-cc" not in sdp
    assert "goog-remb" in sdp


async def test_an_offer_with_feedback_is_answered_and_the_answer_says_what_was_agreed():
    """The far end here is the library, which knows no feedback: its answer leaves it out, and that is read from it."""
    server, client = PacketConnection(OwnPort()), PacketConnection(OwnPort())
    for kind in ("audio", "video"):
        server.add_lane(kind, "recvonly")
    offer = offered(await server.make_offer(), 1200, feedback=True)
    answer = await client.answer_offer(offer, lambda lane: setattr(lane.transceiver, "direction", "sendonly"))
    assert feedback_element(offer) == 5
    assert feedback_element(answer) == 0
    assert candidate_host(answer) == "127.0.0.1"
    bare = without_candidates(answer)
    assert candidate_host(bare) is None
    assert "end-of-candidates" not in bare
    kept = [line for line in answer.split("\r\n") if not line.startswith(("a=candidate", "a=end-of"))]
    assert bare.split("\r\n") == kept
    await server.take_answer(bare)
    assert not server.counts_arrivals
    await server.close()
    await client.close()


AGREED = f"a=extmap:7/sendonly {transport_feedback.URI}\r\na=rtcp-fb:96 transport-cc\r\n"


@pytest.mark.parametrize(
    ("lines", "element"),
    [
        (AGREED, 7),
        (AGREED.replace("96", "*"), 7),
        (AGREED.replace("a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 nack"), 0),
        (f"a=rtcp-fb:96 transport-cc\r\na=extmap:7 {transport_feedback.URI}-03\r\n", 0),
        ("a=rtcp-fb:96 transport-cc\r\n", 0),
        ("", 0),
    ],
)
def test_feedback_is_agreed_when_both_its_halves_are(lines, element):
    assert feedback_element("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" + lines) == element
