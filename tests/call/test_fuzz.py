"""A running survey under fire: strangers, somebody who forges addresses, and a participant who means harm.

Nothing crashes, nothing grows, and the others notice nothing: their sound and picture flow, their recording is whole.
`TAKAN_FUZZ` says how many datagrams (default 10,000).
"""

import asyncio
import contextlib
import dataclasses
import functools
import itertools
import os
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msgspec

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.flows.vitals import open_files, rss_bytes
from survey_server.wire.draws import CommitNumber, RevealNumber
from survey_server.wire.from_person import (
    AcknowledgeRecord,
    AnswerPoint,
    AskQuestion,
    AskShot,
    AskStill,
    Conclude,
    Consent,
    DeviceReport,
    DeviceTurned,
    EndSession,
    ExplainShot,
    FromPerson,
    GiveOpinion,
    Hello,
    Interrupted,
    JoinMedia,
    Mute,
    Ping,
    SdpAnswer,
    StillTaken,
    SubmitMaterial,
)
from survey_server.wire.node import HealthView
from survey_server.wire.panel import StandAside
from tests.call.mutants import answers, datagrams, messages, real_datagrams, rtcp, rtp
from tests.flows.bundles import Bundle, check_lengths, play_silently
from tests.flows.test_server_killed import sealed_bundle
from tests.media.people import Lateness
from tests.media.prepared import small
from tests.nodes import ServedNode, application, serving

DATAGRAMS = int(os.environ.get("TAKAN_FUZZ", "10000"))
PER_S = 1500
SEED = 20261122
GROWTH_BYTES = 30 << 20
PAUSE_S = 1.0
RESTS_S = 20.0


def take(endless: Iterator[bytes], count: int) -> list[bytes]:
    return list(itertools.islice(endless, count))


class Listening:
    """Watches what a person receives of another: the longest time without anything new."""

    def __init__(self, person: Person, of: str) -> None:
        self.longest_s = {"sound": 0.0, "picture": 0.0}
        self._person, self._of = person, of

    async def watch(self) -> None:
        media = self._person.media
        assert media is not None
        last = {"sound": (0, time.monotonic()), "picture": (0, time.monotonic())}
        while True:
            await asyncio.sleep(0.02)
            now = time.monotonic()
            for name, count in (("sound", media.sounds[self._of]), ("picture", media.frames[self._of])):
                before, since = last[name]
                self.longest_s[name] = max(self.longest_s[name], now - since)
                if count != before:
                    last[name] = (count, now)


@dataclasses.dataclass
class UnderFire:
    """A survey in session: who is watched, who does harm."""

    node: ServedNode
    client: NodeClient
    survey: str
    victim: Person
    viewer: Person
    troll: Person
    mallory: Person
    chance: random.Random
    late: Lateness
    heard: list[Listening]

    @property
    def address(self) -> tuple[str, int]:
        """The node's media port."""
        pair = self.victim.media._connection._ice._nominated[1]
        return pair.remote_addr

    @property
    def usernames(self) -> list[str]:
        """The node's halves of the ICE user names, as whoever overhears the first datagrams knows them."""
        return [p.media._connection._ice.remote_username for p in (self.victim, self.viewer, self.mallory)]

    @property
    def proc(self) -> Path:
        assert self.node.process is not None
        return Path("/proc") / str(self.node.process.pid)

    async def health(self) -> HealthView:
        async with self.client.http.get(f"{self.node.url}/api/health") as answer:
            return msgspec.json.decode(await answer.read(), type=HealthView)


@contextlib.asynccontextmanager
async def under_fire(folder: Path):
    with serving(folder / "node") as node:
        async with node.client() as client:
            view = await client.apply(application())
            links = await client.invite(view.survey, list(PEOPLE))
            people = [await Person.arrive(client, link, small()) for link in links]
            await asyncio.gather(*(one.in_call() for one in people))
            victim, viewer, troll, mallory = people
            pairs = ((viewer, "p1"), (victim, "p2"))
            for person, of in pairs:
                await person.until(lambda p=person, of=of: p.media.frames.get(of, 0) > 20, f"{of}'s picture")
            late = Lateness()
            heard = [Listening(person, of) for person, of in pairs]
            watching = [asyncio.create_task(w) for w in (late.watch(), *(one.watch() for one in heard))]
            yield UnderFire(node, client, view.survey, victim, viewer, troll, mallory, random.Random(SEED), late, heard)
            for task in watching:
                task.cancel()
            for one in people:
                with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                    await one.leave()


Shot = tuple[Callable[[bytes], None], bytes]


async def fire(shots: list[Shot]) -> None:
    """At an even rate: it is their content that is tested, not the size of a socket buffer."""
    began = time.monotonic()
    for number, (send, datagram) in enumerate(shots):
        with contextlib.suppress(BlockingIOError):
            send(datagram)
        if number % 10 == 9:
            await asyncio.sleep(max(0.0, began + number / PER_S - time.monotonic()))


async def told_nothing(scene: UnderFire, folder: Path) -> Bundle:
    """The victims' side of it: nothing was missed live, and their recording is whole and plays."""
    late_s = scene.late.total_s  # a machine that stands still plays nothing meanwhile
    rests_s = RESTS_S if late_s > 1 else 0.0  # and looks like a way too narrow for pictures
    for one in scene.heard:
        assert one.longest_s["sound"] < PAUSE_S + late_s, (one.longest_s, scene.late)
        assert one.longest_s["picture"] < PAUSE_S + late_s + rests_s, (one.longest_s, scene.late)
    for one in (scene.victim, scene.viewer):
        assert one.media.connected
    assert (await scene.health()).ok
    assert "Traceback" not in scene.node.log, scene.node.log[-3000:]
    assert not re.search(r"^(ERROR|CRITICAL)", scene.node.log, re.MULTILINE), scene.node.log[-3000:]
    await scene.viewer.send(EndSession())
    bundle = await sealed_bundle(scene.client, scene.survey, folder)
    manifest = bundle.manifest
    lanes = [lane for lane in manifest["recording"]["lanes"] if lane["participant"] in ("p1", "p2")]
    for lane in lanes:
        gaps = [gap for gap in lane["gaps"] if gap["end_s"] - gap["start_s"] > 0.5 + scene.late.total_s]
        assert not gaps, (lane["participant"], gaps, scene.late)
    theirs = Bundle(bundle.folder, [{**manifest, "recording": {**manifest["recording"], "lanes": lanes}}])
    assert play_silently(theirs, folder) == 2, "one epoch each: nothing interrupted them"
    check_lengths(theirs)
    return bundle


class Growth:
    """The node's memory and files before, at half time and after."""

    def __init__(self, scene: UnderFire) -> None:
        self._proc = scene.proc
        self.rss: list[int] = []
        self.files: list[int] = []

    def look(self) -> None:
        self.rss.append(rss_bytes(self._proc))
        self.files.append(open_files(self._proc))

    def check(self) -> None:
        print("RSS MB", [f"{n / (1 << 20):.1f}" for n in self.rss], "files", self.files)
        assert self.rss[-1] - self.rss[0] < GROWTH_BYTES
        half = len(self.rss) // 2
        assert self.rss[-1] - self.rss[half] < self.rss[half] - self.rss[0] + (16 << 20), "it does not go on"
        assert abs(self.files[-1] - self.files[0]) <= 6, (
            "but for the store's connections and the segments being written"
        )


async def quarters(scene: UnderFire, shots: list[Shot]) -> Growth:
    """A first quarter to warm up, then three that are measured."""
    growth = Growth(scene)
    size = len(shots) // 4
    for first in range(0, 4 * size, size):
        await fire(shots[first : first + size])
        growth.look()
    await asyncio.sleep(2)
    print("longest pauses", [one.longest_s for one in scene.heard], scene.late)
    return growth


async def test_strangers_and_forged_addresses_have_no_effect(tmp_path: Path) -> None:
    """Half from sockets nobody knows, half from the victim's own: as one who can forge its address would send them."""
    real = await real_datagrams()
    async with under_fire(tmp_path) as scene, contextlib.AsyncExitStack() as stack:
        strangers = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(200)]
        for one in strangers:
            one.setblocking(False)
            one.connect(scene.address)
        own = scene.victim.media._connection._ice._nominated[1].protocol.transport
        forged = functools.partial(own.sendto, addr=scene.address)
        made = await asyncio.to_thread(take, datagrams(scene.chance, real, scene.usernames), DATAGRAMS // 2)
        (await quarters(scene, [(forged if n % 2 else strangers[n % 200].send, d) for n, d in enumerate(made)])).check()
        await told_nothing(scene, tmp_path)


async def test_a_participant_who_means_harm_harms_nobody_else(tmp_path: Path) -> None:
    """Malformed RTP and RTCP inside valid SRTP, thousands of sources, requests for everything ever sent."""
    async with under_fire(tmp_path) as scene:
        line = scene.mallory.media._connection._line
        lanes = scene.mallory.media._connection.lanes()
        sources = [lane.sender._ssrc for lane in lanes] + [scene.chance.getrandbits(32) for _ in range(100)]
        types = sorted({number for lane in lanes for number in lane.receiver._codecs} | set(range(96, 128)))
        known = [lane.receiver.media_ssrc or 0 for lane in lanes]

        def made(number: int) -> Shot:
            if number % 3:
                return line.send_media, rtp(scene.chance, sources, types)
            return line.send_control, rtcp(scene.chance, sources[0], known)

        shots = await asyncio.to_thread(lambda: [made(n) for n in range(DATAGRAMS // 2)])
        (await quarters(scene, shots)).check()
        bundle = await told_nothing(scene, tmp_path)
        (lane,) = (lane for lane in bundle.manifest["recording"]["lanes"] if lane["participant"] == "p4")
        print("the harmful one's lane:", len(lane["epochs"]), "epochs,", len(lane["gaps"]), "gaps")


def every_message(session: str) -> list[str]:
    """A valid one of each kind; those that rightly end the survey, or a part in it, are left to their mutants."""
    now, digest = datetime.now(UTC), "0" * 64
    made: list[FromPerson] = [
        Hello(session, now), Consent("recording-2026-11b"), DeviceReport("ok", "denied", "missing"), JoinMedia("abcd"),
        SdpAnswer(1, "v=0"), Mute("audio", True), Interrupted("hidden", False), DeviceTurned("user", "portrait"),
        AskStill("note"), StillTaken("nonce", digest, 1), AnswerPoint("point", "ok"), EndSession(),
        Conclude("pass"), Ping(1), ExplainShot("point", "why"), SubmitMaterial(), AskShot("point", "why"),
        GiveOpinion("approve"), AskQuestion("what"), AcknowledgeRecord([digest], digest), StandAside("conflict", "why"),
        CommitNumber(1, digest, "04" + 64 * "ab"), RevealNumber(1, digest, 128 * "a"),
    ]  # fmt: skip
    assert {type(one) for one in made} == set(FromPerson.__args__)
    return [msgspec.json.encode(one).decode() for one in made]


def harmless(texts: Iterator[str]) -> Iterator[str]:
    """What a reviewer may rightly say would end the survey or their own part in it: that is no attack."""
    for text in texts:
        with contextlib.suppress(msgspec.MsgspecError, RecursionError):
            if isinstance(msgspec.json.decode(text, type=FromPerson), EndSession | Conclude | StandAside):
                continue
        yield text


async def test_messages_of_any_kind_have_no_effect_on_others(tmp_path: Path) -> None:
    """Before a hello and after it, line after line: no JSON, no message, a message that lies, an answer that does."""
    async with under_fire(tmp_path) as scene:
        template = scene.troll.media._connection.localDescription.sdp
        session = scene.troll.session.session
        await scene.troll.leave()
        texts = harmless(messages(scene.chance, every_message(session)))
        bad = answers(scene.chance, template)
        await shout(scene, bad_bodies=list(itertools.islice(texts, 100)))
        growth = Growth(scene)
        rounds = max(8, DATAGRAMS // 1000)
        for turn in range(rounds):
            async with contextlib.AsyncExitStack() as stack:
                socket_ = await stack.enter_async_context(await scene.client.socket())
                with contextlib.suppress(ConnectionError, aiohttp.ClientError, TimeoutError):
                    await one_line(socket_, session if turn % 4 else "", texts, bad)
            if turn in (rounds // 4, rounds * 5 // 8, rounds - 1):
                growth.look()
        growth.check()
        print("longest pauses", [one.longest_s for one in scene.heard], scene.late)
        await told_nothing(scene, tmp_path)


async def shout(scene: UnderFire, bad_bodies: list[str]) -> None:
    """The one request anybody may send a body with is refused in words each time."""
    for text in bad_bodies:
        async with scene.client.http.post(f"{scene.node.url}/api/invitations/x/open", data=text.encode()) as answer:
            assert 400 <= answer.status < 500, (answer.status, text[:200])


async def one_line(
    line: aiohttp.ClientWebSocketResponse, session: str, texts: Iterator[str], bad: Iterator[str]
) -> None:
    """A line's life: with a session it says hello, joins, answers wrongly; without one it only shouts."""
    if session:
        await line.send_str(msgspec.json.encode(Hello(session, datetime.now(UTC))).decode())
        await line.send_str(msgspec.json.encode(JoinMedia()).decode())
    revisions = [0]
    for sdp, text in itertools.islice(zip(bad, texts, strict=False), 90):
        if line.closed:
            return
        with contextlib.suppress(TimeoutError):
            frame = await line.receive(timeout=0.005)
            found = re.search(r'"type":"sdp_offer","revision":(\d+)', frame.data if isinstance(frame.data, str) else "")
            if found:
                revisions.append(int(found[1]))
        if session:
            await line.send_str(msgspec.json.encode(SdpAnswer(revisions[-1], sdp)).decode())
        await line.send_str(text)
    await line.send_bytes(bytes(range(256)))
