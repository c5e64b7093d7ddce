"""Four people in a survey for a long time: memory, file descriptors and the loop's lateness stay flat.

`TAKAN_SOAK_S` says for how long, in seconds (default 180; `make soak` takes an hour). A row is printed each minute.
"""

import asyncio
import collections
import contextlib
import gc
import os
import re
import statistics
from dataclasses import dataclass
from pathlib import Path

import msgspec

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.wire.from_person import EndSession
from survey_server.wire.node import HealthView
from tests.flows.test_server_killed import sealed_bundle
from tests.media.people import Lateness, room, until
from tests.media.people import Person as RoomPerson
from tests.media.prepared import small
from tests.nodes import ServedNode, application, serving

SECONDS = float(os.environ.get("TAKAN_SOAK_S", "180"))
LOOK_S = 5.0
GROWTH_PER_MINUTE = 1 << 18 if SECONDS >= 1800 else 1 << 20
"""In octets, over the second half: after three minutes what start-up began still settles."""
LAG_P99_MS = 25.0
FILES_VARY = 4 if SECONDS >= 1800 else 10
"""Each recorder's open segment comes and goes; in the first minutes pools still open connections."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Look:
    """The node at one moment: its own words, and its processor time by the kernel's."""

    at_s: float
    health: HealthView
    cpu_s: float
    files: collections.Counter[str]
    """What its open descriptors point to."""


async def look(node: ServedNode, client: NodeClient, at_s: float) -> Look:
    async with client.http.get(f"{node.url}/api/health") as answer:
        health = msgspec.json.decode(await answer.read(), type=HealthView)
    assert node.process is not None
    process = Path(f"/proc/{node.process.pid}")
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return Look(at_s, health, (int(fields[11]) + int(fields[12])) / _TICKS_PER_S, opened(process))


def opened(process: Path) -> collections.Counter[str]:
    names: list[str] = []
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since
            names.append(re.sub(r"\d+", "#", descriptor.readlink().name))
    return collections.Counter(names)


def row(before: Look, now: Look) -> str:
    share = (now.cpu_s - before.cpu_s) / (now.at_s - before.at_s)
    health = now.health
    return (
        f"{now.at_s / 60:5.1f} min  RSS {health.rss_bytes / (1 << 20):6.1f} MB  files {health.open_files:3d}  "
        f"lag p99 {health.loop_lag_p99_ms:5.1f} ms, worst {health.loop_lag_ms:6.1f} ms  "
        f"processor {share:5.1%}  dropped {health.udp_drops}  waiting {health.backlog_bytes / (1 << 20):.1f} MB"
    )


async def watched(node: ServedNode, client: NodeClient) -> list[Look]:
    """Look every few seconds, print every minute."""
    clock = asyncio.get_running_loop().time
    began = clock()
    looks = [await look(node, client, 0.0)]
    printed = looks[0]
    while looks[-1].at_s < SECONDS:
        await asyncio.sleep(LOOK_S)
        looks.append(await look(node, client, clock() - began))
        if looks[-1].at_s - printed.at_s >= 60:
            print(row(printed, looks[-1]), flush=True)
            printed = looks[-1]
    return looks


async def test_an_hour_leaves_the_node_as_a_minute_did(tmp_path: Path) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            view = await client.apply(application())
            links = await client.invite(view.survey, list(PEOPLE))
            people = [await Person.arrive(client, link, small()) for link in links]
            await asyncio.gather(*(one.in_call() for one in people))
            late = Lateness()
            watching = asyncio.create_task(late.watch())
            looks = await watched(node, client)
            watching.cancel()
            heard = [(one.media.frames, one.media.sounds) for one in people]
            await people[1].send(EndSession())
            bundle = await sealed_bundle(client, view.survey, tmp_path)
            for one in people:
                await one.leave()
        assert "Traceback" not in node.log, node.log[-3000:]

    second_half = [one for one in looks if one.at_s >= SECONDS / 2]
    slope, _ = statistics.linear_regression(
        [one.at_s / 60 for one in second_half], [one.health.rss_bytes for one in second_half]
    )
    files = [one.health.open_files for one in second_half]
    lag = statistics.median(one.health.loop_lag_p99_ms for one in second_half)
    print(f"second half: memory {slope / (1 << 20):+.2f} MB a minute, files {min(files)} to {max(files)}, lag {lag} ms")
    print("opened since:", dict(second_half[-1].files - second_half[0].files))
    assert slope < GROWTH_PER_MINUTE
    assert max(files) - min(files) <= FILES_VARY
    assert abs(statistics.mean(files[-5:]) - statistics.mean(files[:5])) <= FILES_VARY / 2
    assert lag <= LAG_P99_MS + 1000 * late.longest_s, "a machine that stands still delays everybody"
    assert second_half[-1].health.backlog_bytes < 64 << 20, "what is recorded goes on to the store"

    played_s = SECONDS - late.total_s - 5
    shown_s = played_s - 10 * late.total_s  # pictures rest for a while where a machine falls behind
    for frames, sounds in heard:
        assert len(frames) == len(sounds) == len(people) - 1
        assert min(sounds.values()) > 0.97 * 50 * played_s
        assert min(frames.values()) > 0.95 * 30 * shown_s
    for lane in bundle.manifest["recording"]["lanes"]:
        gaps = [gap for gap in lane["gaps"] if gap["end_s"] - gap["start_s"] > 0.5 + late.total_s]
        assert not gaps, (lane["participant"], gaps)


HELD = ("PacketConnection", "RTCDtlsTransport", "StunProtocol", "Peer", "PeerTransport", "Publication", "Subscription")


def held() -> dict[str, int]:
    """How many of each there are, and how many tasks."""
    gc.collect()
    counts = collections.Counter(type(one).__name__ for one in gc.get_objects())
    return {"Task": len(asyncio.all_tasks()), **{name: counts[name] for name in HELD}}


async def test_people_who_come_and_go_leave_nothing_behind(tmp_path: Path) -> None:
    async with room(tmp_path / "spool") as place:
        stays = await RoomPerson(place, "stays", small()).join()
        before: dict[str, int] = {}
        for number in range(10):
            guest = await RoomPerson(place, "guest", small()).join()
            await until(lambda guest=guest: guest.states == ["connected"] and guest.media.frames.get("stays"))
            if number % 2:
                guest.vanish()
            else:
                await guest.leave()
            if number == 3:
                await guest.peer.close()
                await asyncio.sleep(1)
                del guest
                before = held()
        await guest.peer.close()
        await asyncio.sleep(1)
        del guest
        assert held() == before
        assert len(place.mux._by_username) == len(place.mux._by_address) == 1
        await stays.leave()
        await place.session.close()
        await place.recording.close()
