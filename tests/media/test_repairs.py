"""What is lost on its way is sent again; to who loses here and there, twice, because a repair can be lost as well."""

import asyncio
import collections

from survey_server.rtc import simulated
from tests.media.people import Person, Relay, room, until
from tests.media.prepared import small

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
