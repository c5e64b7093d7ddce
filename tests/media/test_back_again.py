"""Who is back after a silence is asked for a whole picture: at once, where they are now, and until one comes."""

import asyncio

import aioice.ice

from survey_server.media.downlink import Downlink
from survey_server.media.publication import Publication
from survey_server.media.subscription import Subscription
from survey_server.rtc.rtp import Packet
from tests.media.people import Person, Relay, room, until
from tests.media.prepared import small

SILENCE_S = 5.0
PICTURE, REST = bytes([0x65, 0x88, 0x80]), bytes([0x41, 0x9A])
"""H.264: an IDR slice, and one that leans on earlier pictures (ITU-T H.264 table 7-1: types 5 and 1)."""
PLI = 206
"""Payload type of payload-specific feedback (RFC 4585 section 6.1), in clear in SRTCP."""
MEDIA = 128
"""The least first octet of RTP and RTCP (RFC 7983)."""
PICTURE_SIZE = 300
"""Octets: no packet of the tone's is as large."""


class Owner:
    """A track's far end: counts what is asked of it."""

    def __init__(self) -> None:
        self.now, self.asked, self.sink = 100.0, 0, None

    def ask_keyframe(self) -> None:
        self.asked += 1

    def ask_again(self, places) -> None:
        pass


def track(kind: str) -> tuple[Owner, Publication]:
    owner = Owner()
    return owner, Publication("applicant", kind, owner, None, clock=lambda: owner.now)


def send(publication: Publication, payload: bytes, sequence: int) -> None:
    publication.packet(Packet(96, 1, sequence, sequence * 3000, 7, payload), "h264", repaired=False)


async def test_a_picture_is_asked_for_with_the_first_sound_until_it_comes():
    owner, video = track("video")
    sender, audio = track("audio")
    audio.on_heard_again = video.on_heard_again = video.begin_again
    send(video, PICTURE, 1)
    send(audio, b"", 1)
    owner.now = sender.now = owner.now + SILENCE_S
    send(audio, b"", 2)
    assert owner.asked == 1
    await asyncio.sleep(0.1)
    assert 2 <= owner.asked <= 4
    send(video, REST, 2)
    await asyncio.sleep(0.1)
    before = owner.asked
    send(video, PICTURE, 3)
    await asyncio.sleep(0.3)
    assert owner.asked == before


class Viewer:
    """A connection's sender, without a connection: what goes out of it."""

    ready, octets_sent, sink = True, 0, None

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.again: list[int] = []

    def send_packet(self, codec, marker, sequence, timestamp, payload) -> None:
        self.sent.append(sequence)

    def send_again(self, codec, marker, sequence, timestamp, payload) -> None:
        self.again.append(sequence)


async def test_a_viewer_who_is_back_gets_a_picture_and_nothing_of_what_was_sent_meanwhile():
    owner, video = track("video")
    viewer = Viewer()
    subscription = Subscription(viewer, 90_000, Downlink(), clock=lambda: owner.now)
    subscription.bind(video)
    send(video, PICTURE, 1)
    for sequence in range(2, 200):
        send(video, REST, sequence)
    lost = viewer.sent[150:]
    subscription.missing(lost[:1])
    assert viewer.again == lost[:1], "what is missed a moment later is sent again"
    owner.now += 0.5
    before = owner.asked
    subscription.begin_again()
    subscription.missing(lost)
    assert (viewer.again, owner.asked) == (lost[:1], before + 1)
    send(video, PICTURE, 200)
    subscription.missing(viewer.sent[-1:])
    assert viewer.again[1:] == viewer.sent[-1:], "what came since is repaired as ever"


async def test_who_never_sends_one_is_left_alone_after_half_a_second():
    owner, video = track("video")
    video.on_heard_again = video.begin_again
    send(video, PICTURE, 1)
    owner.now += SILENCE_S
    send(video, REST, 2)
    await asyncio.sleep(1.0)
    assert owner.asked == 16


async def test_sound_that_comes_back_costs_the_picture_nothing():
    """A microphone was switched off and on again, or taken by a call: the picture went on all the time."""
    owner, video = track("video")
    sender, audio = track("audio")
    audio.on_heard_again = video.on_heard_again = video.begin_again
    send(audio, b"", 1)
    for sequence in range(1, 20):
        send(video, PICTURE if sequence == 1 else REST, sequence)
        owner.now += 0.3
    sender.now = owner.now - 0.1
    send(audio, b"", 2)
    video.mute(True)
    owner.now += SILENCE_S
    sender.now += SILENCE_S
    send(audio, b"", 3)
    await asyncio.sleep(0.2)
    assert owner.asked == 0


async def test_the_first_request_goes_to_where_they_are_now(tmp_path, monkeypatch):
    """They are back at an address they had before, and the first that comes from there is a packet of the picture."""
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.3)
    relay = Relay()
    port = await relay.open()
    async with room(tmp_path / "spool", announced_port=port) as place:
        relay.lead_to(place.mux.port)
        applicant = await Person(place, "applicant", small()).join()
        video = applicant.peer._publications["video"]
        await until(lambda: video.heard_at is not None)
        heard_at = video.heard_at
        await relay.move()
        await until(lambda: len(applicant.peer._port._transports[0].addresses) > 1 and video.heard_at > heard_at)
        await asyncio.sleep(0.5)  # and the server's own check of the new address is answered
        relay.loss = 1.0
        await asyncio.sleep(1.0)
        await relay.move()
        relay.astray.clear()
        before = video.keyframes_asked
        relay.takes = lambda data: data[0] < MEDIA or len(data) > PICTURE_SIZE
        relay.loss = 0.0
        await until(lambda: video.keyframes_asked > before)
        await asyncio.sleep(0.3)
        astray = [data for data in relay.astray if data[0] >= MEDIA and data[1] == PLI]
        relay.takes = lambda _: True
    relay.close()
    assert not astray
