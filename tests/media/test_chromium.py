"""A real browser joins: it is seen, it sees, it is recorded, and its recording plays."""

import asyncio

import pytest

from tests.media.chromium import BrowserPerson, chromium, pages, replay
from tests.media.people import Person, room, until
from tests.media.prepared import small
from tests.recording.lane import accounts_for_every_second, decodes_silently, epoch_files, stored
from tests.servers import require


async def test_a_browser_in_a_survey_and_its_recording_in_a_player(tmp_path):
    require("chromium", chromium())
    pytest.importorskip("playwright")
    async with pages(1) as (page,), room(tmp_path / "spool") as place:
        browser = BrowserPerson(place.session, "browser", page)
        await browser.join()
        await until(lambda: browser.peer.state == "connected")
        viewer = await Person(place, "viewer", small()).join()
        await until(lambda: viewer.media.frames.get("browser", 0) > 40, 30)
        assert viewer.media.first_frames_ms["browser"] < 3000 + 1000 * place.late.total_s
        stats = await browser.stats()
        (inbound,) = [t for t in stats["inbound"] if t["kind"] == "video"]
        assert inbound["frames"] > 20
        assert browser.offers == 2
        await viewer.leave()
        await asyncio.sleep(2)
        await place.session.close()
        (lane,) = [x for x in await place.recording.close() if x.participant == "browser"]
        place.spool.close()
        objects = stored(tmp_path / "spool")
        accounts_for_every_second(lane)
        for file in epoch_files(lane, objects, tmp_path):
            decodes_silently(file)
        epoch = lane.epochs[-1]
        assert epoch.kinds == ("video", "audio")
        parts = [objects[epoch.init.key], *(objects[p.key] for p in epoch.parts)]
        played = await replay(page, epoch.mime, parts, epoch.parts[0].start_s + 0.2, 1.5)
        assert played.get("error") is None
        assert played["w"] == epoch.width
        assert played["frames"] > 10
        assert played["at"] > epoch.parts[0].start_s + 0.7
        assert played["ranges"][0][0] == pytest.approx(epoch.parts[0].start_s, abs=0.3)
