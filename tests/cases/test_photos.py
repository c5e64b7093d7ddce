"""Photos that should not be: too large, no photo at all, damaged on the way, sent twice. Nothing is lost."""

import asyncio
import hashlib
import io
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.wire.admission import SessionView
from survey_server.wire.basics import Position
from survey_server.wire.from_person import AskStill, Consent, Hello, JoinMedia, StillTaken
from survey_server.wire.photos import PhotoForm, PhotoView
from survey_server.wire.to_person import StillRequested, ToPerson
from tests.cases.test_links import talk
from tests.nodes import ServedNode, application

SAMPLE = next(iter(sorted((Path(__file__).parent.parent / "data" / "photos").glob("*.jpg"))))


@dataclass
class Applicant:
    client: NodeClient
    session: SessionView
    reviewer: SessionView

    @property
    def survey(self) -> str:
        assert self.session.survey
        return self.session.survey

    async def send(self, name: str, data: bytes, sha256: str = "", session: str = "") -> PhotoView:
        form = PhotoForm(name, "upload", sha256 or hashlib.sha256(data).hexdigest())
        return await self.client.send_photo(self.survey, session or self.session.session, form, data)

    async def judged(self, photo: str) -> PhotoView:
        for _ in range(100):
            view = await self.client.survey(self.survey, self.session.session)
            found = next(one for one in view.photos if one.id == photo)
            if found.result is not None and found.archived:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError("no verdict")


@pytest.fixture
async def applicant(client: NodeClient) -> AsyncIterator[Applicant]:
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE))
    session, reviewer = await client.start(links[0]), await client.start(links[1])
    for one in (session, reviewer):
        await talk(client, Hello(one.session, datetime.now(UTC)), Consent("recording-2026-11b"))
    yield Applicant(client, session, reviewer)


def stored(served: ServedNode, key_part: str) -> list[tuple[str, str]]:
    with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
        rows = db.execute("select key, sha256 from stored_object where key like ?", (f"%{key_part}%",))
        return rows.fetchall()


async def test_a_photo_is_preserved_before_it_is_judged(applicant: Applicant, served: ServedNode) -> None:
    data = SAMPLE.read_bytes()
    photo = await applicant.send("门头.jpg", data)
    assert photo.result is None
    judged = await applicant.judged(photo.id)
    assert judged.result in ("accepted", "needs_review")
    assert all(finding.reason.zh and finding.reason.en for finding in judged.findings)
    keys = stored(served, f"{applicant.survey}/photos/{photo.id}")
    assert [sha256 for key, sha256 in keys if key.endswith(".jpg")] == [hashlib.sha256(data).hexdigest()]
    for _ in range(100):  # the index names it when the store has it
        if any("-verdict-" in key for key, _ in stored(served, f"{applicant.survey}/photos/{photo.id}")):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the verdict is not in the store")


async def test_html_named_jpg_is_rejected_in_words_and_preserved(applicant: Applicant, served: ServedNode) -> None:
    data = b"<!doctype html><script>alert(1)</script>" * 20
    photo = await applicant.judged((await applicant.send("photo.jpg", data)).id)
    assert photo.result == "rejected"
    failed = [finding for finding in photo.findings if finding.result == "fail"]
    assert failed
    assert all(finding.reason.zh and finding.reason.en for finding in failed)
    assert [sha256 for key, sha256 in stored(served, photo.id) if "verdict" not in key] == [
        hashlib.sha256(data).hexdigest()
    ]
    url = f"{applicant.client.url}/api/surveys/{applicant.survey}/photos/{photo.id}"
    headers = {"Authorization": f"Bearer {applicant.reviewer.session}"}
    async with applicant.client.http.get(f"{url}/original", headers=headers) as response:
        assert response.status == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["Content-Type"] == "application/octet-stream"


async def test_200_megabytes_are_refused_in_words_and_the_node_goes_on(applicant: Applicant) -> None:
    async def huge() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(1 << 20)

    url = f"{applicant.client.url}/api/surveys/{applicant.survey}/photos"
    headers = {"Authorization": f"Bearer {applicant.session.session}"}
    for announced in (True, False):  # with a Content-Length, and streamed without one
        form = aiohttp.FormData()
        facts = '{"name":"x.jpg","channel":"upload","sha256":"' + "a" * 64 + '"}'
        form.add_field("facts", facts, content_type="application/json")
        body: Any = io.BytesIO(bytes(200 << 20)) if announced else huge()
        form.add_field("file", body, filename="x.jpg")
        async with applicant.client.http.post(url, data=form, headers=headers) as response:
            problem = await response.json(content_type=None)
        assert (response.status, problem["type"]) == (413, "urn:takan:too_large")
        assert "30 MB" in problem["detail"]["zh"]
    photo = await applicant.send("still-works.jpg", SAMPLE.read_bytes())
    assert (await applicant.judged(photo.id)).result is not None


async def test_bytes_damaged_on_the_way_are_not_taken(applicant: Applicant) -> None:
    with pytest.raises(Exception, match="422"):
        await applicant.send("x.jpg", SAMPLE.read_bytes(), sha256="0" * 64)
    assert (await applicant.client.survey(applicant.survey, applicant.session.session)).photos == []


async def test_the_same_photo_sent_again_is_the_same_photo(applicant: Applicant) -> None:
    data = SAMPLE.read_bytes()
    answers = await asyncio.gather(*(applicant.send("x.jpg", data) for _ in range(3)))
    again = await applicant.send("x.jpg", data)
    view = await applicant.client.survey(applicant.survey, applicant.session.session)
    assert len(view.photos) == 1
    assert {photo.id for photo in [*answers, again]} == {view.photos[0].id}


async def test_a_still_whose_bytes_overtake_its_commitment_is_still_live(applicant: Applicant) -> None:
    """The commitment goes by WebSocket, the bytes by HTTP; either may arrive first, and a nonce answers once."""
    client, now = applicant.client, datetime.now(UTC)
    async with await client.socket() as phone, await client.socket() as desk:
        for socket, session in ((phone, applicant.session), (desk, applicant.reviewer)):
            await socket.send_str(msgspec.json.encode(Hello(session.session, now)).decode())
            await socket.receive()
            await socket.send_str(msgspec.json.encode(JoinMedia()).decode())
        await desk.send_str(msgspec.json.encode(AskStill("the door")).decode())
        request = None
        while not isinstance(request, StillRequested):
            request = msgspec.json.decode((await phone.receive(timeout=10)).data, type=ToPerson)
        data, other = SAMPLE.read_bytes(), SAMPLE.read_bytes() + b"\0"
        position = Position(43.4674, 11.8851, 10.0, now)
        for number, picture in enumerate((data, other)):
            digest = hashlib.sha256(picture).hexdigest()
            form = PhotoForm(f"{number}.jpg", "still", digest, request.nonce, position)
            await client.send_photo(applicant.survey, applicant.session.session, form, picture)
            if not number:
                taken = StillTaken(request.nonce, digest, len(picture), position)
                await phone.send_str(msgspec.json.encode(taken).decode())
        ids = [photo.id for photo in (await client.survey(applicant.survey, applicant.session.session)).photos]
        live = [
            next(one.result for one in (await applicant.judged(photo)).findings if one.id == "live_capture")
            for photo in ids
        ]
    assert live == ["pass", "fail"]


async def test_only_the_applicant_sends_photos(applicant: Applicant) -> None:
    with pytest.raises(Exception, match="403"):
        await applicant.send("x.jpg", SAMPLE.read_bytes(), session=applicant.reviewer.session)
