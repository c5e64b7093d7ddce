"""A still from where the applicant's camera goes is found in the live video, another place is not; so after a kill."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from PIL import Image

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.prepared import PreparedMedia, prepare
from survey_server.wire.basics import Position
from survey_server.wire.from_person import AskStill
from survey_server.wire.photos import Finding, PhotoView
from survey_server.wire.to_person import StillRequested
from tests.cases.test_photos import stored
from tests.nodes import SHARED, ServedNode, application, serving

SAMPLES = Path(__file__).parent.parent / "data" / "photos"
WALK = SHARED / "data" / "video" / "walk_outdoors_1080p.mp4"


def walk(folder: Path) -> Path:
    """A recorded walk, or where there is none a camera that pans over a photo."""
    if WALK.exists():
        return WALK
    with Image.open(SAMPLES / "landscape_6.jpg") as photo:
        place = np.array(photo.transpose(Image.Transpose.ROTATE_270).convert("RGB").resize((1800, 1350)))
    with av.open(str(folder / "walk.mp4"), "w") as film:
        stream = film.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1280, 720, "yuv420p", 4_000_000
        for n in range(150):
            frame = av.VideoFrame.from_ndarray(place[n : n + 720, 2 * n : 2 * n + 1280], format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 30)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return folder / "walk.mp4"


def still(film: Path, second: float) -> bytes:
    """A phone's photo of what the camera showed then: another crop, brighter, recompressed."""
    with av.open(str(film)) as container:
        frame = next(frame for frame in container.decode(video=0) if frame.time >= second)
    picture = frame.to_image()
    width, height = picture.size
    picture = picture.crop((width // 10, height // 12, width - width // 8, height)).point(lambda v: min(255, v * 1.2))
    out = io.BytesIO()
    picture.resize((1600, 1200)).rotate(4).save(out, "JPEG", quality=70)
    return out.getvalue()


class Call:
    """An applicant who walks about with the camera on, and a reviewer who asks for stills."""

    def __init__(self, node: ServedNode, client: NodeClient, people: list[Person]) -> None:
        self.node, self.client, self.people = node, client, people
        self.survey = people[0].session.survey or ""

    async def remembered(self, count: int) -> list[Path]:
        folder = self.node.data / "working" / self.survey / "live"
        async with asyncio.timeout(60):
            while len(found := sorted(folder.glob("*.features"))) < count:
                await asyncio.sleep(0.1)
        return found

    async def asked_for(self, picture: bytes) -> Finding:
        applicant, reviewer = self.people
        site = application().site

        async def shoot(request: StillRequested) -> None:
            await applicant.take_still(request, picture, Position(site.lat, site.lon, 8.0, datetime.now(UTC)))

        applicant.on_still = shoot
        await reviewer.send(AskStill("the street"))
        return await self.judged(picture)

    async def judged(self, picture: bytes) -> Finding:
        return self.found(await self.view(picture))

    async def view(self, picture: bytes) -> PhotoView:
        digest = hashlib.sha256(picture).hexdigest()
        async with asyncio.timeout(60):
            while True:
                survey = await self.client.survey(self.survey, self.people[0].session.session)
                for photo in survey.photos:
                    if photo.sha256 == digest and photo.result is not None:
                        return photo
                await asyncio.sleep(0.1)

    def found(self, photo: PhotoView) -> Finding:
        return next(one for one in photo.findings if one.id == "live_match")

    async def live_picture(self, photo: str, session: str) -> tuple[int, bytes]:
        url = f"{self.client.url}/api/surveys/{self.survey}/photos/{photo}/live"
        async with self.client.http.get(url, headers={"Authorization": f"Bearer {session}"}) as response:
            return response.status, await response.read()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return walk(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def media(film: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedMedia:
    return prepare(film, tmp_path_factory.mktemp("media"))


@pytest.fixture
async def call(media: PreparedMedia, tmp_path: Path) -> AsyncIterator[Call]:
    with serving(tmp_path / "node", TAKAN_LIVE_MATCH_EVERY_S="1") as node:
        async with node.client() as client:
            links = await client.invite((await client.apply(application())).survey, list(PEOPLE)[:2])
            people = [await Person.arrive(client, links[0], media), await Person.arrive(client, links[1], None)]
            try:
                await asyncio.gather(*(person.in_call() for person in people))
                yield Call(node, client, people)
            finally:
                for person in people:
                    await person.leave()


async def test_a_still_is_found_in_the_live_video_and_another_place_is_not(call: Call, film: Path) -> None:
    session = call.people[1].session.session
    await call.remembered(3)
    same, other = still(film, 2.0), (SAMPLES / "DSCN0010.jpg").read_bytes()
    found = await call.asked_for(same)
    assert (found.result, found.evidence["participant"]) == ("pass", call.people[0].session.participant)
    assert found.evidence["inliers"] >= found.evidence["needed"] == 25
    assert 8 <= len(found.evidence["points"]) <= 20
    assert all(0 <= value <= 1 for pair in found.evidence["points"] for value in pair)
    assert 0 <= found.evidence["moment_s"] < 60
    assert len(msgspec.json.encode(found)) < 2000

    photo = await call.view(same)
    status, jpeg = await call.live_picture(photo.id, session)
    assert (status, hashlib.sha256(jpeg).hexdigest()) == (200, found.evidence["sha256"])
    assert Image.open(io.BytesIO(jpeg)).format == "JPEG"
    evidence = [(key, digest) for key, digest in stored(call.node, f"photos/{photo.id}-live") if digest]
    assert evidence == [(found.evidence["key"], found.evidence["sha256"])]

    unlike = await call.asked_for(other)
    assert (unlike.result, "points" in unlike.evidence) == ("flag", False)
    elsewhere = await call.view(other)
    assert elsewhere.result == "needs_review"
    assert (await call.live_picture(elsewhere.id, session))[0] == 404
    assert (await call.live_picture(photo.id, "x" * 64))[0] == 401

    # an upload that says it was taken years ago need not be in this video
    old = other + bytes(8)
    await call.people[0].upload("from the album.jpg", old)
    assert (await call.judged(old)).result == "na"


async def test_what_was_seen_before_a_kill_is_compared_after_it(call: Call, film: Path) -> None:
    before = await call.remembered(3)
    call.node.kill()
    for person in call.people:
        await person.leave()
    call.node.start()
    picture = still(film, 4.0)
    await call.people[0].upload("after.jpg", picture)
    found = await call.judged(picture)
    assert (found.result, found.evidence["compared"]) == ("pass", len(before))
    status, jpeg = await call.live_picture((await call.view(picture)).id, call.people[0].session.session)
    assert (status, hashlib.sha256(jpeg).hexdigest()) == (200, found.evidence["sha256"])
