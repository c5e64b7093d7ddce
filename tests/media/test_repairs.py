"""What is lost on its way is sent again; to who loses here and there, twice, because a repair can be lost as well.

What comes again too late for a page is for the record only.
"""

import asyncio
import collections
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from survey_server.rtc import simulated
from survey_server.rtc.rtp import SEQUENCES, Unwrapper
from tests.media.people import Person, Relay, Room, room, until
from tests.media.prepared import small
from tests.media.test_session import finished

LOSS = 0.06
DARK_S = 1.8
WITHIN_A_SECOND = 50
"""Packets of sound."""


@asynccontextmanager
async def in_call(folder: Path) -> AsyncIterator[tuple[Room, Relay, Person, Person]]:
    """An applicant and a viewer, both behind the relay, who see each other."""
    relay = Relay()
    port = await relay.open()
    async with room(folder / "spool", announced_port=port) as place:
        relay.lead_to(place.mux.port)
        applicant = await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer").join()
        await until(
            lambda: viewer.media.frames.get("applicant", 0) > 20 and viewer.media.sounds.get("applicant", 0) > 50
        )
        yield place, relay, applicant, viewer
    relay.close()


def count_late_sound(monkeypatch) -> list[int]:
    """One entry, a place, for each packet of sound that a viewer gets after later ones."""
    late: list[int] = []
    unwrap, newest = Unwrapper(SEQUENCES), 0
    packet = simulated._ReceivedTrack.packet

    def counted(self, received, codec, *, repaired):
        nonlocal newest
        if codec == "opus":
            place = unwrap(received.sequence)
            if place < newest:
                late.append(place)
            newest = max(newest, place)
        packet(self, received, codec, repaired=repaired)

    monkeypatch.setattr(simulated._ReceivedTrack, "packet", counted)
    return late


async def test_a_repair_goes_out_twice_where_packets_are_lost_here_and_there(tmp_path, monkeypatch):
    """The first losses are repaired once; from the viewer's first reports of loss on, most repairs come twice."""
    phase = 0
    came: dict[int, collections.Counter[int]] = collections.defaultdict(collections.Counter)
    packet = simulated._ReceivedTrack.packet

    def counted(self, received, codec, *, repaired):
        if repaired:
            came[phase][received.sequence] += 1
        packet(self, received, codec, repaired=repaired)

    monkeypatch.setattr(simulated._ReceivedTrack, "packet", counted)
    async with in_call(tmp_path) as (_, relay, _, viewer):
        downlink = viewer.peer._downlink
        relay.loss = LOSS
        await until(lambda: downlink.scattered)
        phase = 1
        await until(lambda: len(came[1]) > 30)
        relay.loss = 0.0
        await until(lambda: not downlink.scattered)
        await asyncio.sleep(0.5)
    share = {number: came[number].total() / len(came[number]) for number in came}
    print(f"repairs received for each packet lost: {share}")
    assert share.get(0, 1.0) < 1.4
    assert share[1] > 1.6


@pytest.mark.parametrize(("dark_s", "passed_on"), [(DARK_S, range(1)), (0.7, range(20, WITHIN_A_SECOND))])
async def test_what_an_outage_of_a_second_held_back_is_for_the_record_only(tmp_path, monkeypatch, dark_s, passed_on):
    """Nothing gets through for anybody; then the applicant sends all of it again, 35 or 90 packets of sound."""
    late = count_late_sound(monkeypatch)
    async with in_call(tmp_path) as (place, relay, _, viewer):
        relay.loss = 1.0
        await asyncio.sleep(dark_s)
        relay.loss = 0.0
        heard = viewer.media.sounds["applicant"]
        await until(lambda: viewer.media.sounds["applicant"] > heard + 120)
        lanes = await finished(place, tmp_path)
    gap_s = sum(gap.end_s - gap.start_s for gap in lanes["applicant"].gaps if gap.kind == "audio")
    print(f"{len(late)} late packets of sound passed on; {gap_s:.2f} s not in the record")
    assert gap_s < 0.5 + place.late.total_s
    assert len(late) in passed_on


async def test_a_viewer_who_missed_seconds_gets_a_whole_picture_unasked(tmp_path, monkeypatch):
    """Only the viewer's way is dark, and the viewer never asks for a keyframe, only for what is missing."""
    late = count_late_sound(monkeypatch)
    monkeypatch.setattr(simulated._ReceivedTrack, "_need_keyframe", lambda _: None)
    async with in_call(tmp_path) as (_, relay, applicant, viewer):
        relay.loss_to_people = 1.0
        await asyncio.sleep(DARK_S)
        before = applicant.peer._publications["video"].keyframes_asked
        relay.loss_to_people = 0.0
        heard = viewer.media.sounds["applicant"]
        await until(lambda: viewer.media.sounds["applicant"] > heard + 100)
        asked = applicant.peer._publications["video"].keyframes_asked - before
    print(f"{asked} keyframes asked for; {len(late)} late packets of sound")
    assert asked == 1
    assert 20 < len(late) <= WITHIN_A_SECOND + 10
