"""Which of the live video's pictures are remembered: few enough, spread out, and never at the media's cost."""

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import pytest

from survey_server.flows.live_frames import LiveFrames, RememberedFrame, crowded_out
from survey_server.photo.live_match import Look
from survey_server.photo.scene import Features
from survey_server.photo.worker import PhotoWorker, WorkerUnavailable
from survey_server.recording import KeyPicture

LOOK = Look(b"\xff\xd8\xff", Features(640, 360, bytes(4 * 80), bytes(128 * 80)))


class SlowWorker(PhotoWorker):
    """Looks when it is let to."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.let.set()
        self.seen: list[bytes] = []
        self.fails = 0

    async def look(self, stream: bytes, codec: str) -> Look:
        await self.let.wait()
        self.seen.append(stream)
        if self.fails:
            self.fails -= 1
            raise WorkerUnavailable("not now")
        return LOOK


def picture(at_s: float) -> KeyPicture:
    return KeyPicture(at_s, "h264", (b"g-sps", b"h-pps", b"e-slice"))


@pytest.fixture
def worker() -> SlowWorker:
    return SlowWorker()


def frames(folder: Path, worker: PhotoWorker, every_s: float = 4.0, room: bool = True) -> LiveFrames:
    return LiveFrames(folder, worker, every_s, lambda: room)


async def moments(of: LiveFrames, survey: str = "s1") -> list[float]:
    for _ in range(20):
        await asyncio.sleep(0.01)
    return [one.moment_s for one in await of.of(survey)]


async def test_one_every_few_seconds_is_remembered_with_its_moment_and_person(tmp_path, worker):
    live = frames(tmp_path, worker)
    for at in (0.5, 2.0, 4.4, 4.6, 8.0, 8.7):
        live.offer("s1", "p1", picture(at))
        await moments(live)
    assert await moments(live) == [0.5, 4.6, 8.7]
    first = (await live.of("s1"))[0]
    assert (first.participant, first.jpeg()) == ("p1", LOOK.jpeg)
    assert worker.seen[0] == b"\0\0\0\1g-sps\0\0\0\1h-pps\0\0\0\1e-slice"
    again = frames(tmp_path, worker)  # after a restart
    assert await moments(again) == [0.5, 4.6, 8.7]
    await again.forget("s1")
    assert await moments(again) == []


async def test_where_the_machine_is_busy_pictures_are_passed_over_and_nobody_waits(tmp_path, worker):
    live = frames(tmp_path, worker, every_s=1.0)
    worker.let.clear()
    for at in range(100):
        live.offer("s1", "p1", picture(float(at)))
        live.offer("s2", "p9", picture(float(at)))
    worker.let.set()
    assert await moments(live) == [0.0]
    assert await moments(live, "s2") == [0.0]
    assert len(worker.seen) == 2
    live.offer("s1", "p1", picture(100.0))
    assert await moments(live) == [0.0, 100.0]


async def test_off_means_off_and_a_full_disk_is_spared(tmp_path, worker):
    off = frames(tmp_path, worker, every_s=0)
    off.offer("s1", "p1", picture(1.0))
    assert (await moments(off), worker.seen) == ([], [])
    full = frames(tmp_path, worker, room=False)
    full.offer("s1", "p1", picture(1.0))
    assert await moments(full) == []


async def test_a_process_that_does_not_start_is_tried_again_with_the_next(tmp_path, worker):
    live = frames(tmp_path, worker)
    worker.fails = 1
    live.offer("s1", "p1", picture(1.0))
    assert await moments(live) == []
    live.offer("s1", "p1", picture(6.0))
    assert await moments(live) == [6.0]
    await live.close()
    live.offer("s1", "p1", picture(60.0))
    assert await moments(live) == [6.0]


async def test_what_was_shown_a_month_ago_is_forgotten(tmp_path, worker):
    live = frames(tmp_path, worker)
    for survey in ("s1", "s2"):
        live.offer(survey, "p1", picture(1.0))
        await moments(live)
    month = 31 * 86_400
    now = (tmp_path / "s1" / "live").stat().st_mtime
    os.utime(tmp_path / "s1" / "live", (now - month, now - month))
    await live.forget_abandoned(now)
    assert (await moments(live), await moments(live, "s2")) == ([], [1.0])


def test_an_hour_is_thinned_out_evenly_and_the_newest_stay():
    kept = list[RememberedFrame]()
    for n in range(900):
        kept.append(RememberedFrame("p1", 4.0 * n, Path(f"{n}")))
        gone = crowded_out(kept, 200)
        kept = [one for one in kept if one not in gone]
    assert len(kept) == 200
    assert (kept[0].moment_s, kept[-1].moment_s) == (0.0, 3596.0)
    gaps = [after.moment_s - before.moment_s for before, after in pairwise(kept)]
    assert max(gaps) <= 3 * 3600 / 200
