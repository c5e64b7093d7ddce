"""What one viewer meets or does to a publisher whom others watch too."""

import asyncio

from survey_server.rtc.seam import PacketReceiver
from tests.media.people import Person, room, until
from tests.media.prepared import small


def picture_of(person: Person, owner: str) -> PacketReceiver:
    """Where this person receives the owner's picture."""
    mid = next(t.mid for t in person.tracks if (t.participant, t.kind, t.own) == (owner, "video", False))
    return next(lane.receiver for lane in person.media._connection.lanes() if lane.mid == mid)


async def test_a_picture_that_rested_when_its_owner_went_is_sent_when_they_are_back(tmp_path):
    async with room(tmp_path / "spool") as place:
        applicant = await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.frames.get("applicant", 0) > 5)

        def narrow() -> bool:
            viewer.peer._downlink.report(asyncio.get_running_loop().time(), 0.5, None)
            return viewer.peer.resting == ["applicant"]

        await until(narrow)
        await applicant.leave()
        await until(lambda: viewer.peer.resting == [])
        before = viewer.media.frames["applicant"]
        applicant = await Person(place, "applicant", small()).join()
        await until(lambda: viewer.media.frames["applicant"] > before + 5, seconds=8)
        await applicant.leave()


async def test_one_who_asks_for_keyframes_all_the_time_gets_few(tmp_path):
    async with room(tmp_path / "spool") as place:
        applicant = await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.frames.get("applicant", 0) > 5)
        publication = applicant.peer._publications["video"]
        asked, began = publication.keyframes_asked, place.now_s()
        for _ in range(60):
            picture_of(viewer, "applicant").ask_keyframe()
            await asyncio.sleep(0.05)
        granted = publication.keyframes_asked - asked
        assert 1 <= granted <= 4 + (place.now_s() - began) + 3, "saved up, one a second, and the recorder's own"
