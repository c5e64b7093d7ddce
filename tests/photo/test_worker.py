"""The processes photos are examined in: they may die, time out or starve; the next photo doesn't notice."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from survey_server import photo
from survey_server.photo.worker import Limits, PhotoWorker, WorkerUnavailable

from .forge import Tiff, context, found, many_scans, noise, result, with_exif

HEAVY = many_scans(48, 7000, 7000)
"""Two seconds of computing, and within the bounds."""


@pytest.fixture
async def worker_with():
    made: list[PhotoWorker] = []

    def make(**options) -> PhotoWorker:
        made.append(PhotoWorker(**options))
        return made[-1]

    yield make
    for worker in made:
        await worker.close()


async def test_it_answers_what_photo_answers(worker_with, samples):
    worker = worker_with(processes=2)
    data = (samples / "DSCN0010.jpg").read_bytes()
    expected, preview = photo.check(data, context()), photo.preview(data)
    answers = await asyncio.gather(*(worker.check(data, context()) for _ in range(6)), worker.preview(data))
    assert answers[:-1] == [expected] * 6 and answers[-1] == preview
    assert len(worker.pids) == 2
    with pytest.raises(photo.Undecodable):
        await worker.preview(b"<html>")
    assert (await worker.check(b"", context())).result == "rejected"


async def test_a_killed_process_is_a_finding_and_a_successor_takes_over(worker_with):
    worker = worker_with(processes=1)
    await worker.check(noise(), context())
    (victim,) = worker.pids
    at_work = asyncio.create_task(worker.check(HEAVY, context()))
    await asyncio.sleep(0.2)
    os.kill(victim, signal.SIGKILL)
    report = await at_work
    assert report.result == "rejected" and result(report, "file_safe") == "fail"
    assert found(report, "file_safe").evidence["bound"] == "cpu or memory"
    good = await worker.check(with_exif(Tiff().place().taken("2026:07:01 11:00:00").blob()), context())
    assert good.result == "accepted" and worker.pids != {victim}


async def test_the_kernel_ends_a_task_that_computes_too_long(worker_with):
    worker = worker_with(processes=1, limits=Limits(cpu_s=0))
    report = await worker.check(HEAVY, context())
    assert found(report, "file_safe").evidence["bound"] == "cpu or memory"


async def test_a_task_that_waits_too_long_is_ended(worker_with):
    worker = worker_with(processes=1, limits=Limits(wall_s=0.3))
    await worker.check(noise(), context())
    report = await worker.check(HEAVY, context())
    assert found(report, "file_safe").evidence["bound"] == "time"
    assert (report.media_type, report.suffix) == ("image/jpeg", ".jpg")
    with pytest.raises(photo.Undecodable):
        await worker.preview(HEAVY)
    assert (await worker.check(noise(), context())).result == "needs_review"


async def test_the_event_loop_never_waits(worker_with):
    worker = worker_with(processes=1)
    await worker.check(noise(), context())
    at_work = asyncio.create_task(worker.check(HEAVY, context()))
    longest, last, loop = 0.0, None, asyncio.get_running_loop()
    while not at_work.done():
        now = loop.time()
        longest, last = max(longest, now - (last or now)), now
        await asyncio.sleep(0.005)
    assert longest < 1, "the heavy photo takes two seconds"


async def test_a_cancelled_call_does_not_spoil_the_next(worker_with):
    worker = worker_with(processes=1)
    await worker.check(noise(), context())
    at_work = asyncio.create_task(worker.check(HEAVY, context()))
    await asyncio.sleep(0.1)
    at_work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await at_work
    assert (await worker.check(b"<html>", context())).result == "rejected"


async def test_processes_are_replaced_now_and_then(worker_with):
    worker = worker_with(processes=1, limits=Limits(tasks_per_process=1))
    seen = set()
    for _ in range(2):
        assert (await worker.check(noise(), context())).result == "needs_review"
        seen |= worker.pids
    assert not worker.pids and not seen


async def test_the_process_is_limited_and_knows_no_secret(worker_with, monkeypatch):
    monkeypatch.setenv("TAKAN_INTAKE_KEY", "a secret of the node")
    worker = worker_with(processes=1)
    await worker.check(noise(), context())
    (pid,) = worker.pids
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert f"Max address space         {1 << 30}" in limits
    assert "Max file size             0" in limits
    assert "Max core file size        0" in limits
    assert b"TAKAN" not in Path(f"/proc/{pid}/environ").read_bytes()


async def test_the_process_stands_back_behind_the_node(worker_with):
    worker = worker_with(processes=1)
    await worker.preview(noise())
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in worker.pids} == {max(5, os.getpriority(os.PRIO_PROCESS, 0))}


async def test_after_close_nothing_runs(worker_with):
    worker = worker_with(processes=1)
    await worker.check(noise(), context())
    (pid,) = worker.pids
    await worker.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(WorkerUnavailable):
        await worker.check(noise(), context())


def test_the_process_imports_only_its_confinement_photo_and_wire():
    program = (
        "import survey_server.photo.task, sys;"
        "print(*sorted(m for m in sys.modules if m.startswith('survey_server.') and m.count('.') == 1),"
        "'aiohttp' in sys.modules, 'sqlalchemy' in sys.modules, 'minio' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert out.stdout.split() == [
        "survey_server.confinement", "survey_server.photo", "survey_server.wire", "False", "False", "False"
    ]  # fmt: skip


async def test_its_end_follows_its_parents(worker_with):
    worker = worker_with(processes=1)
    await worker.check(noise(), context())
    (pid,) = worker.pids
    assert worker.pids == {pid}
    for examiner in worker._all:
        examiner._process.stdin.close()
    for _ in range(50):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            break
        await asyncio.sleep(0.1)
    assert (await worker.check(noise(), context())).result == "needs_review"
