"""What hanging up costs: from the reviewer's click to the sealed recording of a long survey of four people.

A node of its own with the embedded store. Four simulated people are recorded for some seconds, `repeating` makes a
survey as long as is asked of it, and when all of it is in the store and the ledger the people go on for a while, so
that the last parts are still on the node's disk when one of them hangs up.
"""

import asyncio
import io
import itertools
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import av
from msgspec import Struct

from survey_server.bench.media import moving_picture
from survey_server.bench.repeating import Line, TapedRecording
from survey_server.clock import Clock, utc_now
from survey_server.flows.case import Case
from survey_server.flows.client import NodeClient
from survey_server.flows.demo import DEMO_ITEM, DEMO_SITE, RED_SUBJECT, demo_settings
from survey_server.flows.invited import PEOPLE
from survey_server.flows.node import Node
from survey_server.flows.person import Person
from survey_server.flows.rehearsal import parse_window
from survey_server.flows.session import LiveSession
from survey_server.media.session import MediaSession
from survey_server.net.udp_mux import UdpMux
from survey_server.recording import Recording
from survey_server.rtc.prepared import PreparedMedia, prepare
from survey_server.settings import Settings
from survey_server.wire.admission import ApplicationForm
from survey_server.wire.from_person import AnswerPoint, DeviceTurned, EndSession

Running = Callable[[Settings, Clock], AbstractAsyncContextManager[Node]]
"""A node that serves within the block: app.running."""

_TAPED_S = 10
_PHOTOS = 6
_TURNS_OF_DEVICES = 50
"""By each person. With the answers and the photos about as many journal lines as a lively half hour has."""
_GOES_ON_S = 9.0
"""Until the hang-up: parts are handed on every 10 to 15 s, so the open ones are long."""
_PATIENCE_S = 300.0
_LOOK_S = 0.004


class SealingCost(Struct, frozen=True):
    """A recording seal. Of the survey: its length on the line, its objects and their megabytes, the journal's lines
    up to the seal; then seconds from the hang-up until each stage was reached.
    """

    minutes: float
    people: int
    objects: int
    megabytes: float
    journal_lines: int
    closed_s: float
    """Media and recording ended; every fragment is whole in the spool."""
    archived_s: float
    """The store has acknowledged everything but the seal itself."""
    sealed_s: float
    """The seal is in the journal, its manifest on the node's disk."""
    kept_s: float
    """The store has acknowledged the manifest."""
    covered_s: float
    """A signed checkpoint in the bucket covers it."""


async def sealing_cost(running: Running, minutes: float, told: Callable[[str], None]) -> SealingCost:
    """Make the survey, end it, watch it being sealed. `told` takes a line of progress now and then.

    Raises TimeoutError, GaveUp, NodeRefused, and what keeps a node from starting.
    """
    with tempfile.TemporaryDirectory(prefix="takan-bench-") as name:
        folder = Path(name)
        film = await asyncio.to_thread(moving_picture, folder)
        media = await asyncio.to_thread(prepare, film, folder)
        photos = await asyncio.to_thread(_pictures, film)
        line = Line()
        settings = demo_settings(folder / "node", "127.0.0.1", 0)
        async with (
            running(settings, line.clock) as node,
            _taped(node, line) as recordings,
            NodeClient(node.public_url, settings.intake_key) as client,
        ):
            window = parse_window("", utc_now())
            admission = await client.apply(ApplicationForm(RED_SUBJECT, DEMO_ITEM, DEMO_SITE, window))
            case = await node.case(admission.survey)
            people = await _people(client, case, media)
            try:
                told("four people are recorded")
                await _act(people, photos)
                await asyncio.sleep(_TAPED_S)
                told(f"their last {_TAPED_S} s are recorded over and over")
                await recordings[0].repeat(_TAPED_S, _rounds(minutes), line)
                told("all of it is archived")
                await _archived(node, case)
                await asyncio.sleep(_GOES_ON_S)
                return await _hang_up(node, case, people[1])
            finally:
                for person in people:
                    await person.leave()


def _rounds(minutes: float) -> int:
    return max(1, round(minutes * 60 / _TAPED_S) - 3)  # what people are recorded for by themselves is about 30 s


@asynccontextmanager
async def _taped(node: Node, line: Line) -> AsyncGenerator[list[TapedRecording]]:
    """From now on this node's recordings are taped, and kept on this line of time."""
    made: list[TapedRecording] = []
    async with AsyncExitStack() as stack:
        mux = UdpMux("127.0.0.1")
        stack.callback(mux.close)

        async def open_live(case: Case) -> LiveSession:
            now_s = line.seconds_since(case.survey.started_at or line.clock())
            recording = Recording(node.prefix(case), node.store, now_s, lock_days=node.settings.lock_days)
            made.append(TapedRecording(recording, now_s))
            return LiveSession(node, case, MediaSession(mux, made[-1]), recording)

        node.open_live = open_live
        yield made


async def _people(client: NodeClient, case: Case, media: PreparedMedia) -> list[Person]:
    links = await client.invite(case.id, list(PEOPLE))
    people = [await Person.arrive(client, link, media) for link in links]
    await asyncio.gather(*(person.in_call() for person in people))
    return people


async def _act(people: list[Person], photos: list[bytes]) -> None:
    """What is reported, answered and photographed."""
    for number in range(_TURNS_OF_DEVICES):
        for person in people:
            await person.send(DeviceTurned(("environment", "user")[number % 2], "portrait"))
        await asyncio.sleep(0.05)  # a line takes some messages a second, not all at once
    applicant, reviewer = people[0], people[1]
    survey = reviewer.survey
    assert survey is not None
    for point in survey.item.points:
        await reviewer.send(AnswerPoint(point.id, "ok"))
    for number, photo in enumerate(photos):
        await applicant.upload(f"photo-{number}.jpg", photo)
    await reviewer.until(lambda: _judged(reviewer) == len(photos), "the verdicts", 60)


def _judged(person: Person) -> int:
    return 0 if person.survey is None else sum(photo.result is not None for photo in person.survey.photos)


async def _archived(node: Node, case: Case) -> None:
    """As in a running survey: nothing that was handed on waits for the store or the ledger."""
    await _when(lambda: not node.store.waiting(node.prefix(case)).objects and not node.ledger.waiting)


async def _hang_up(node: Node, case: Case, reviewer: Person) -> SealingCost:
    prefix = node.prefix(case)
    began = time.monotonic()
    await reviewer.send(EndSession())
    closed = await _when(lambda: case.survey.ended_at is not None and case.id not in node.live)
    archived = closed
    while not case.survey.seals:
        if any(facts.kind != "seal" for facts, _ in node.store.held(prefix)):
            archived = time.monotonic()
        await asyncio.sleep(_LOOK_S)
    sealed, seal = time.monotonic(), case.survey.seals[-1]
    lines = case.survey.seq
    kept = await _when(lambda: all(held.key != seal.key for _, held in node.store.held(prefix)))
    async with asyncio.timeout(_PATIENCE_S):
        while not await node.ledger.has(seal.key):  # noqa: ASYNC110 - to wait for it would hurry it
            await asyncio.sleep(_LOOK_S)
    covered = time.monotonic()
    objects = await node.index.of_survey(case.id)
    survey = case.survey
    return SealingCost(
        round((survey.moment_s(survey.ended_at or survey.created_at) or 0.0) / 60, 1), len(survey.participants),
        len(objects), round(sum(each.size for each in objects) / 1e6, 1), lines,
        *(round(at - began, 2) for at in (closed, archived, sealed, kept, covered)),
    )  # fmt: skip


async def _when(true: Callable[[], bool]) -> float:
    """Wait until it is; monotonic seconds. Raises TimeoutError."""
    async with asyncio.timeout(_PATIENCE_S):
        while not true():  # noqa: ASYNC110 - nothing is told of these, and the node is left as it is
            await asyncio.sleep(_LOOK_S)
    return time.monotonic()


def _pictures(film: Path) -> list[bytes]:
    """So many different pictures of it, as a phone would send them."""
    with av.open(str(film)) as container:
        return [_jpeg(frame) for frame in itertools.islice(container.decode(video=0), _PHOTOS)]


def _jpeg(frame: av.VideoFrame) -> bytes:
    out = io.BytesIO()
    frame.to_image().save(out, "JPEG", quality=90)
    return out.getvalue()
