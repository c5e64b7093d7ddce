"""`make bench`: figures of a whole survey on this machine, each beside a named baseline of the same run.

python -m tests.bench [--rounds N] [--seconds S] [--json]
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from evidence_store import Facts, Spool
from survey_server.bench.media import machine
from survey_server.report.content import record
from survey_server.report.document import in_language
from survey_server.report.worker import Typesetter
from tests.flows.clips import clip
from tests.nodes import ServedNode, serving, takan_json
from tests.report.sample import journal, pictures, sources

PHOTO = Path(__file__).parent.parent / "data" / "photos" / "DSCN0010.jpg"
TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def row(name: str, value: float, unit: str, baseline: str, against: float) -> dict[str, Any]:
    return {
        "figure": name,
        "value": round(value, 4),
        "unit": unit,
        "baseline": baseline,
        "baseline_value": round(against, 4),
        "ratio": round(value / against, 2) if against else None,
    }


@contextlib.contextmanager
def cpu_samples(node: ServedNode) -> Iterator[list[float]]:
    """CPU seconds the server process spends in each second."""
    samples: list[float] = []
    stop = threading.Event()
    assert node.process is not None
    pid = node.process.pid

    def sample() -> None:
        before, at = cpu_s(pid), time.monotonic()
        while not stop.wait(1.0):
            now, spent = time.monotonic(), cpu_s(pid)
            samples.append((spent - before) / (now - at))
            before, at = spent, now

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def surveys(folder: Path, rounds: int, seconds: int) -> list[dict[str, Any]]:
    """Joining, first pictures, sealing, and the server's CPU with four people sending and receiving."""
    video, photos = clip(folder / "clip.mp4", 5), folder / "photos"
    photos.mkdir()
    (photos / PHOTO.name).write_bytes(PHOTO.read_bytes())
    reports: list[dict[str, Any]] = []
    busy: list[float] = []
    with serving(folder / "node") as node:
        with cpu_samples(node) as idle:
            time.sleep(4)
        for _ in range(rounds):
            with cpu_samples(node) as samples:
                reports.append(
                    takan_json(
                        "rehearse", "--server", node.url, "--key", node.key, "--video", str(video),
                        "--photos", str(photos), "--seconds", str(seconds),
                    )[1]
                )  # fmt: skip
            busy += sorted(samples)[len(samples) // 2 :]
    people = [person for report in reports for person in report["participants"]]
    seals = [report["sealed_ms"] for report in reports]
    return [
        row("server CPU, 4 people seen by each other, all recorded", statistics.median(busy), "cores",
            "the same node, idle", statistics.median(idle)),
        row("join to connected, median", statistics.median(p["join_ms"] for p in people), "ms",
            "the bound for 95 of 100", 700),
        row("first picture of somebody, median", statistics.median(p["first_frame_ms"] for p in people), "ms",
            "the bound for 95 of 100", 400),
        row("hang-up to recording seal kept, median", statistics.median(seals), "ms", "one second", 1000),
    ]  # fmt: skip


def spool(folder: Path, rounds: int = 300) -> list[dict[str, Any]]:
    """Appending a fragment durably, beside a plain file with fsync."""
    fragment = os.urandom(180_000)
    plain = folder / "plain"
    started = time.perf_counter()
    with plain.open("wb", buffering=0) as file:
        for _ in range(rounds):
            file.write(fragment)
            os.fsync(file.fileno())
    baseline = (time.perf_counter() - started) / rounds * 1000
    keeper = Spool(folder / "spool")
    segment = keeper.open_segment(Facts("bench/segment", ".m4s", "video/mp4"))
    started = time.perf_counter()
    for _ in range(rounds):
        segment.append(fragment)
    spent = (time.perf_counter() - started) / rounds * 1000
    segment.close()
    keeper.close()
    return [row("append a 180 kB fragment, synced", spent, "ms", "plain write and fsync", baseline)]


def records(folder: Path, rounds: int = 5) -> list[dict[str, Any]]:
    """The written record of a survey with 30 photos, process start and all."""
    of = sources(journal(), gaps=60)
    document, shown, setter = in_language(record(of), "zh"), pictures(of), Typesetter(folder)
    spent: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        pdf = asyncio.run(setter.typeset(document, shown, of.entries[-1].at))
        spent.append(time.perf_counter() - started)
    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    return [row(f"a record of {pages} pages with 30 photos, median", statistics.median(spent), "s", "the bound", 5)]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--json", action="store_true")
    wanted = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = spool(Path(folder)) + records(Path(folder)) + surveys(Path(folder), wanted.rounds, wanted.seconds)
    if wanted.json:
        print(json.dumps({"machine": machine(), "figures": rows}, indent=1))
        return
    print(machine())
    for one in rows:
        print(f"{one['figure']:<66} {one['value']:>10} {one['unit']:<6} "
              f"{one['baseline']}: {one['baseline_value']} (ratio {one['ratio']})")  # fmt: skip


if __name__ == "__main__":
    main()
