"""A page's message line may break at any moment: its media go on, and the page that comes back takes them over."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.simulated import PreparedMedia, prepare
from survey_server.wire.from_person import EndSession, Hello, Interrupted, JoinMedia
from survey_server.wire.replay import ReplayLane, ReplayView
from survey_server.wire.survey import ParticipantView
from survey_server.wire.to_person import SdpOffer, ToPerson
from tests.flows.bundles import unpack
from tests.flows.clips import clip
from tests.nodes import ServedNode, application, serving

RETURN_S = 4.0


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> PreparedMedia:
    folder = tmp_path_factory.mktemp("media")
    return prepare(clip(folder / "clip.mp4"), folder)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    data = tmp_path_factory.mktemp("node")
    with serving(data, TAKAN_RETURN_S=str(RETURN_S), TAKAN_IDLE_SEAL_S="2") as served:
        yield served


@pytest.fixture
async def client(node: ServedNode) -> AsyncIterator[NodeClient]:
    async with node.client() as opened:
        yield opened


class Caller(Person):
    """A person whose page can lose its line and come back with the connection it holds."""

    def __init__(self, *of: object, **more: bool) -> None:
        super().__init__(*of, **more)
        self.revisions: list[int] = []
        self.names: list[str] = []

    def drop_line(self, how: str = "abort") -> None:
        """The TCP connection breaks without a word (abort: RST, close: FIN); the media know nothing of it."""
        assert self._reading is not None
        self._reading.cancel()
        assert self._socket is not None
        connection = self._socket._response.connection
        if connection is not None:  # else it is broken already
            getattr(connection.transport, how)()

    async def come_back(self, name: str | None = None) -> None:
        """A new line; the page says which connection it holds."""
        self._socket = await self.node.socket()
        await self.send(Hello(self.session.session, utc_now()))
        self._reading = asyncio.create_task(self._read(self._socket))
        await self.send(JoinMedia(self.names[-1] if name is None else name))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await super()._read(Overheard(socket, self._note))

    def _note(self, message: ToPerson) -> None:
        if isinstance(message, SdpOffer):
            found = re.search(r"a=ice-ufrag:(\S+)", message.sdp)
            assert found
            self.names.append(found[1])
            self.revisions.append(message.revision)


class Overheard:
    """A socket whose offers are noted on their way."""

    def __init__(self, socket, note) -> None:
        self._socket, self._note = socket, note

    async def __aiter__(self):
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT and '"sdp_offer"' in frame.data:
                self._note(msgspec.json.decode(frame.data, type=ToPerson))
            yield frame


async def in_call(client: NodeClient, media: PreparedMedia) -> tuple[str, Caller, Caller]:
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE[:2]))
    applicant, reviewer = [await Caller.arrive(client, link, media) for link in links]
    await asyncio.gather(applicant.in_call(), reviewer.in_call())
    await reviewer.until(lambda: seen(reviewer, "p1").video and seen(reviewer, "p2").video, "everybody's pictures")
    return view.survey, applicant, reviewer


def seen(by: Person, participant: str) -> ParticipantView:
    assert by.survey is not None
    return next(one for one in by.survey.participants if one.id == participant)


async def told(client: NodeClient, survey: str) -> tuple[ReplayView, list[str]]:
    """The replay, and what happened to p1 in order."""
    auditor = await client.start(await client.invite_auditor("a"))
    view = await client.replay(survey, auditor.session)
    return view, [event.kind for event in view.events if event.participant == "p1"]


async def sealed(client: NodeClient, survey: str, ended_by: Person) -> tuple[ReplayLane, list[str]]:
    """End it; p1's lane and events up to the end."""
    await ended_by.send(EndSession())
    await ended_by.until(lambda: bool(ended_by.survey and ended_by.survey.seals), "the seal", 60)
    view, events = await told(client, survey)
    assert ended_by.session is not None
    in_short = [one for one in await client.recorded(survey, ended_by.session.session) if one.participant == "p1"]
    lane = next(lane for lane in view.lanes if lane.participant == "p1")
    assert [(one.kind, one.coverage) for one in in_short] == [(one.kind, one.coverage) for one in lane.tracks]
    for one, track in zip(in_short, lane.tracks, strict=True):
        holes = [gap.end_s - gap.start_s for gap in track.gaps if gap.cause not in ("mute", "left", "ended")]
        assert (one.gaps, one.missing_s) == (len(holes), round(sum(holes), 1))
    return lane, events


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_media_go_on_without_a_line_and_are_taken_over(
    how: str, client: NodeClient, media: PreparedMedia
) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    applicant.drop_line(how)
    await asyncio.sleep(1.5 * RETURN_S)
    assert seen(reviewer, "p1").present
    assert seen(reviewer, "p1").connected
    before = reviewer.media.frames["p1"]
    offers = len(applicant.revisions)
    await applicant.come_back()
    await applicant.until(lambda: len(applicant.revisions) > offers, "a fresh offer")
    await asyncio.sleep(2)
    assert set(applicant.names) == {applicant.names[0]}, "always the same connection"
    assert applicant.revisions == sorted(set(applicant.revisions))
    assert reviewer.media.frames["p1"] > before + 10
    lane, events = await sealed(client, survey, reviewer)
    assert events.count("media_connected") == 1
    assert not {"media_lost", "left"} & set(events)
    assert events.count("joined") == 2
    assert len(lane.epochs) == 1
    for one in (applicant, reviewer):
        assert one.faults == []
        await one.leave()


async def test_who_is_heard_no_more_has_left_after_a_while(client: NodeClient, media: PreparedMedia) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    applicant.drop_line()
    applicant.media.vanish()
    await reviewer.until(lambda: not seen(reviewer, "p1").connected, "the loss of the media", RETURN_S)
    assert seen(reviewer, "p1").present
    await reviewer.until(lambda: not seen(reviewer, "p1").present, "the departure", 2 * RETURN_S)
    _, events = await told(client, survey)
    assert events[-2:] == ["media_lost", "left"]
    await applicant.connect()
    await applicant.in_call()
    await reviewer.until(lambda: seen(reviewer, "p1").connected, "the return")
    assert applicant.names[-1] != applicant.names[0]
    lane, events = await sealed(client, survey, reviewer)
    assert events[-2:] == ["joined", "media_connected"] or events[-1] == "media_connected"
    assert {gap.cause for gap in lane.gaps if gap.end_s - gap.start_s > 2} <= {"disconnected", "network"}
    for one in (applicant, reviewer):
        await one.leave()


async def test_a_goodbye_ends_the_call_at_once(client: NodeClient, media: PreparedMedia) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    assert applicant._socket is not None
    await applicant._socket.close(code=1001)
    await reviewer.until(lambda: not seen(reviewer, "p1").present, "the departure", RETURN_S / 2)
    _, events = await told(client, survey)
    assert events[-2:] == ["media_lost", "left"]
    for one in (applicant, reviewer):
        await one.leave()


async def test_a_connection_the_node_does_not_know_is_made_anew(client: NodeClient, media: PreparedMedia) -> None:
    _survey, applicant, reviewer = await in_call(client, media)
    applicant.drop_line()
    offers = len(applicant.names)
    await applicant.come_back("nonsense")
    await applicant.until(lambda: len(applicant.names) > offers, "an offer")
    assert applicant.names[-1] != applicant.names[0]
    assert applicant.revisions == sorted(set(applicant.revisions))
    for one in (applicant, reviewer):
        await one.leave()


async def test_lines_in_quick_succession_leave_one_call(client: NodeClient, media: PreparedMedia) -> None:
    """Each new line replaces the one before, in mid-offer; the last one has the call, and nothing broke."""
    survey, applicant, reviewer = await in_call(client, media)
    for turn in range(12):
        if turn % 3 == 0:
            applicant.drop_line()
        await applicant.come_back()
        await asyncio.sleep(0.02 * (turn % 4))
    await asyncio.sleep(2)
    before = reviewer.media.frames["p1"]
    await asyncio.sleep(1)
    assert reviewer.media.frames["p1"] > before
    assert set(applicant.names) == {applicant.names[0]}
    assert applicant.revisions == sorted(set(applicant.revisions))
    assert [fault.code for fault in applicant.faults if fault.code != "replaced"] == []
    lane, events = await sealed(client, survey, reviewer)
    assert events.count("media_connected") == 1
    assert not {"media_lost", "left"} & set(events)
    assert len(lane.epochs) == 1
    for one in (applicant, reviewer):
        await one.leave()


async def test_a_dead_line_is_not_waited_for(client: NodeClient, media: PreparedMedia) -> None:
    """The old line hangs: nothing is read from it, nothing refuses it. The new one is welcome all the same."""
    _survey, applicant, reviewer = await in_call(client, media)
    dead = applicant._socket
    assert dead is not None
    applicant._reading.cancel()
    dead._response.connection.transport.pause_reading()
    await asyncio.sleep(0.5)
    offers = len(applicant.names)
    applicant.survey = None
    await applicant.come_back()
    await applicant.until(lambda: applicant.survey is not None, "a welcome", 1.5)
    await applicant.until(lambda: len(applicant.names) > offers, "an offer", 1.5)
    assert set(applicant.names) == {applicant.names[0]}
    for one in (applicant, reviewer):
        await one.leave()


async def test_a_session_is_not_idle_while_somebody_is_heard(client: NodeClient, media: PreparedMedia) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    applicant.drop_line()
    await reviewer.leave()
    await asyncio.sleep(RETURN_S + 3)
    auditor = await client.start(await client.invite_auditor("a"))
    assert (await client.survey(survey, auditor.session)).state == "in_session"
    applicant.media.vanish()
    for _ in range(200):
        if (await client.survey(survey, auditor.session)).state == "ended":
            break
        await asyncio.sleep(0.1)
    _, events = await told(client, survey)
    assert events[-2:] == ["media_lost", "left"]


async def test_a_session_may_end_while_somebody_is_away(client: NodeClient, media: PreparedMedia) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    applicant.drop_line()
    await sealed(client, survey, reviewer)
    await reviewer.until(lambda: not seen(reviewer, "p1").present, "the departure", 3 * RETURN_S)
    await applicant.come_back()
    await applicant.until(lambda: bool(applicant.faults), "a refusal")
    assert [fault.code for fault in applicant.faults] == ["not_open"]
    for one in (applicant, reviewer):
        await one.leave()


async def test_an_interruption_is_shown_and_ends_with_its_page(client: NodeClient, media: PreparedMedia) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    for what in ("hidden", "camera_taken", "hidden"):
        await applicant.send(Interrupted(what, over=False))
    await reviewer.until(lambda: seen(reviewer, "p1").interruptions == ["hidden", "camera_taken"], "interruptions")
    await applicant.send(Interrupted("hidden", over=True))
    await reviewer.until(lambda: seen(reviewer, "p1").interruptions == ["camera_taken"], "one is over")
    applicant.drop_line()
    await applicant.come_back()
    await reviewer.until(lambda: seen(reviewer, "p1").interruptions == [], "a new page says them anew")
    _, events = await told(client, survey)
    assert events.count("interrupted") == 3, "said twice is written once"
    for one in (applicant, reviewer):
        await one.leave()


async def test_a_gap_is_named_by_what_the_page_said(client: NodeClient, media: PreparedMedia, tmp_path: Path) -> None:
    survey, applicant, reviewer = await in_call(client, media)
    await asyncio.sleep(2)
    applicant.media.mute("video", True)
    await applicant.send(Interrupted("camera_taken", over=False))
    await asyncio.sleep(4)
    await applicant.send(Interrupted("camera_taken", over=True))
    await asyncio.sleep(1.5)
    applicant.media.mute("video", False)
    await asyncio.sleep(3)
    lane, _ = await sealed(client, survey, reviewer)
    for one in (applicant, reviewer):
        await one.leave()
    view, _ = await told(client, survey)
    said = [one.moment_s for one in view.events if one.kind == "interrupted"]
    (gap,) = (gap for gap in lane.gaps if gap.cause == "camera_taken")
    assert gap.kind == "video"
    assert said[0] - 0.01 <= gap.start_s
    assert gap.end_s <= said[1] + 0.01
    assert gap.end_s - gap.start_s > 3
    assert any(other.start_s == gap.end_s and other.cause in ("silent", "network") for other in lane.gaps), "no further"
    picture = next(track for track in lane.tracks if track.kind == "video")
    assert 30 < picture.coverage < 80
    assert next(track for track in lane.tracks if track.kind == "audio").coverage > 95

    auditor = await client.start(await client.invite_auditor("a"))
    await client.bundle(survey, auditor.session, tmp_path / "out.zip")
    manifest = unpack(tmp_path / "out.zip", tmp_path / "bag").manifest
    (kept,) = (lane for lane in manifest["recording"]["lanes"] if lane["participant"] == "p1")
    assert {track["kind"]: track["coverage"] for track in kept["tracks"]} == {
        track.kind: track.coverage for track in lane.tracks
    }


async def test_a_planned_stop_says_goodbye_at_once(media: PreparedMedia, tmp_path: Path) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            survey, applicant, reviewer = await in_call(client, media)
            began = asyncio.get_running_loop().time()
            await asyncio.to_thread(node.stop)
            assert asyncio.get_running_loop().time() - began < 20
            for one in (applicant, reviewer):
                assert one._socket is not None
                assert one._socket.close_code == 1001
                await one.leave()
        await asyncio.to_thread(node.start)
        async with node.client() as client:
            _, events = await told(client, survey)
            assert events[-2:] == ["media_lost", "left"]
