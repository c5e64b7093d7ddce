"""What is lost on its way is sent again; to who loses here and there, twice, because a repair can be lost as well.

What comes again too late for a page is for the record only.
"""

import asyncio
import collections

from survey_server.rtc import simulated
from tests.media.people import Person, Relay, room, until
from tests.media.prepared import small
from tests.media.test_session import finished

LOSS = 0.06


async def test_a_repair_goes_out_twice_where_packets_are_lost_here_and_there(tmp_path, monkeypatch):
    """The first losses are repaired once; from the viewer's first reports of loss on, most repairs come twice."""
    came: dict[int, collections.Counter[int]] = collections.defaultdict(collections.Counter)
    packet = simulated._ReceivedTrack.packet

    def counted(self, received, codec, *, repaired):
        if repaired:
            came[phase][received.sequence] += 1
        packet(self, received, codec, repaired=repaired)

    monkeypatch.setattr(simulated._ReceivedTrack, "packet", counted)
    relay = Relay()
    port = await relay.open()
    async with room(tmp_path / "spool", announced_port=port) as place:
        relay.lead_to(place.mux.port)
        await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer").join()
        await until(lambda: viewer.media.frames.get("applicant", 0) > 20)
        downlink = viewer.peer._downlink
        phase, relay.loss = 0, LOSS
        await until(lambda: downlink.scattered)
        phase = 1
        await until(lambda: len(came[1]) > 30)
        relay.loss = 0.0
        await until(lambda: not downlink.scattered)
        await asyncio.sleep(0.5)
    relay.close()
    share = {number: came[number].total() / len(came[number]) for number in came}
    print(f"repairs received for each packet lost: {share}")
    assert share.get(0, 1.0) < 1.4
    assert share[1] > 1.6


async def test_sound_sent_again_seconds_late_is_recorded_and_not_passed_on(tmp_path, monkeypatch):
    """1.8 s of nothing for everybody: the applicant sends all of it again, 90 packets of sound."""
    newest, late = 0, 0
    packet = simulated._ReceivedTrack.packet

    def counted(self, received, codec, *, repaired):
        nonlocal newest, late
        if codec == "opus":
            late += received.timestamp < newest
            newest = max(newest, received.timestamp)
        packet(self, received, codec, repaired=repaired)

    monkeypatch.setattr(simulated._ReceivedTrack, "packet", counted)
    monkeypatch.setattr("secrets.randbelow", lambda below: below // 4)  # no timestamp wraps
    relay = Relay()
    port = await relay.open()
    async with room(tmp_path / "spool", announced_port=port) as place:
        relay.lead_to(place.mux.port)
        await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer").join()
        await until(lambda: viewer.media.sounds.get("applicant", 0) > 50)
        relay.loss = 1.0
        await asyncio.sleep(1.8)
        relay.loss = 0.0
        heard = viewer.media.sounds["applicant"]
        await until(lambda: viewer.media.sounds["applicant"] > heard + 120)
        lanes = await finished(place, tmp_path)
    relay.close()
    gap_s = sum(gap.end_s - gap.start_s for gap in lanes["applicant"].gaps if gap.kind == "audio")
    print(f"{late} late packets of sound passed on; {gap_s:.2f} s not in the record")
    assert gap_s < 0.5 + place.late.total_s
    assert 20 < late < 65
