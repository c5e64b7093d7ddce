"""Resumable uploads (tus 1.0.0): what was acknowledged is there, whatever happens to line, phone or server."""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from survey_server.flows.client import NodeClient
from survey_server.flows.incoming import Incoming, Said
from survey_server.flows.invited import PEOPLE
from survey_server.flows.trouble import Trouble
from survey_server.flows.uploads import LARGEST_VIDEO
from survey_server.wire.from_person import Consent, Hello
from survey_server.wire.uploads import UploadForm
from tests.cases.test_photos import SAMPLE
from tests.flows.clips import clip
from tests.flows.tus import Tus, photo_form, slowly, video_form
from tests.nodes import application, serving

MB = 1 << 20


def padded(video: Path, size: int, seed: int = 1) -> bytes:
    """The same video in a file of `size` bytes: a box of noise behind it, which players step over."""
    data = video.read_bytes()
    left = size - len(data)
    return data + left.to_bytes(4) + b"free" + random.Random(seed).randbytes(left - 8)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("clip") / "walk.mp4", 4)


async def applicant(client: NodeClient) -> tuple[Tus, Tus]:
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE))
    sessions = [await client.start(link) for link in links[:2]]
    async with await client.socket() as socket:
        for message in (Hello(sessions[0].session, datetime.now(UTC)), Consent("recording-2026-11b")):
            await socket.send_str(msgspec.json.encode(message).decode())
        while not (await client.survey(view.survey, sessions[0].session)).participants[0].consented:
            await asyncio.sleep(0.02)
    first, second = (Tus(client, view.survey, one.session) for one in sessions)
    return first, second


@pytest.fixture
async def phone(client: NodeClient) -> AsyncIterator[Tus]:
    yield (await applicant(client))[0]


async def test_a_photo_in_three_pieces(phone: Tus) -> None:
    data = SAMPLE.read_bytes()
    url = await phone.begun(photo_form(data), len(data))
    third = len(data) // 3
    assert (await phone.patch(url, 0, data[:third])).offset == third
    looked = await phone.head(url)
    assert (looked.status, looked.offset, looked.headers["Upload-Length"]) == (200, third, str(len(data)))
    assert looked.headers["Upload-Metadata"].startswith("facts ")
    assert "Upload-Expires" in looked.headers
    assert [one.received for one in (await phone.seen()).coming] == [third]
    for wrong in (0, third - 1, third + 1, len(data)):
        refused = await phone.patch(url, wrong, data[third:])
        assert (refused.status, refused.problem["type"]) == (409, "urn:takan:upload_offset")
    assert (await phone.patch(url, third, data[third : 2 * third])).status == 204
    assert (await phone.patch(url, 2 * third, data[2 * third :])).offset == len(data)
    done = await phone.finished(url)
    assert done.photo is not None
    assert done.photo.sha256 == hashlib.sha256(data).hexdigest()
    assert (await phone.seen()).coming == []
    # the answer to the last piece was lost: the same is said again, and nothing is received twice
    assert (await phone.head(url)).offset == len(data)
    assert (await phone.patch(url, len(data), b"")).status == 204
    assert len((await phone.seen()).photos) == 1


async def test_what_came_before_the_line_broke_is_kept(phone: Tus, walk: Path) -> None:
    data = padded(walk, 5 * MB)
    url = await phone.begun(video_form(data), len(data))
    line = await phone.half_open(url, 0, data[: 3 * MB + 77], len(data))
    await asyncio.sleep(0.3)
    line.transport.abort()
    offset = 0
    for _ in range(100):
        offset = (await phone.head(url)).offset
        if offset:
            break
        await asyncio.sleep(0.05)
    assert 0 < offset <= 3 * MB + 77
    assert (await phone.patch(url, offset, data[offset:])).offset == len(data)
    assert (await phone.finished(url)).video is not None


async def test_a_dead_line_is_not_in_the_way_and_two_writers_are_one_too_many(phone: Tus, walk: Path) -> None:
    data = padded(walk, 4 * MB)
    url = await phone.begun(video_form(data), len(data))
    line = await phone.half_open(url, 0, data[: 2 * MB], len(data))
    await asyncio.sleep(0.3)
    second = await phone.patch(url, 0, data)
    assert (second.status, second.problem["type"]) == (423, "urn:takan:upload_locked")
    looked = await phone.head(url)  # who asks has given the other line up
    assert looked.offset == 2 * MB
    assert (await phone.patch(url, looked.offset, data[looked.offset :])).offset == len(data)
    assert (await phone.finished(url)).state == "done"
    line.close()


async def test_other_bytes_than_the_phone_announced_become_nothing(phone: Tus, walk: Path) -> None:
    data = padded(walk, MB)
    for form in (video_form(data), photo_form(data)):
        url = await phone.begun(form, len(data))
        await phone.patch(url, 0, data[:-1] + bytes([data[-1] ^ 1]))
        refused = await phone.finished(url)
        assert refused.problem is not None
        assert refused.problem.type == "urn:takan:damaged"
    seen = await phone.seen()
    assert (seen.videos, seen.photos, seen.coming) == ([], [], [])


async def test_bounds_are_told_in_words_before_anything_is_sent(phone: Tus) -> None:
    form, picture = video_form(b"x"), photo_form(b"x")
    for refused, status in (
        (await phone.create(form, LARGEST_VIDEO + 1), 413),
        (await phone.create(picture, 31 * MB), 413),
        (await phone.create(form, 0), 422),
        (await phone.create(UploadForm(), 5), 422),
        (await phone.create(form, 5, Upload_Length="-1"), 422),
        (await phone.create(form, 5, Upload_Metadata="facts ????"), 422),
        (await phone.create(form, 5, Tus_Resumable="0.2.2"), 412),
    ):
        assert refused.status == status
        assert refused.problem["detail"]["zh"]
        assert refused.headers["Tus-Resumable"] == "1.0.0"
    url = await phone.begun(form, 5)
    assert (await phone.patch(url, 0, b"too many")).status == 413
    assert (await phone.patch(url, 0, b"12345", Content_Type="text/plain")).status == 415
    assert (await phone.head(url)).offset == 0
    begun = [await phone.create(form, 5) for _ in range(12)]
    assert (begun[10].status, begun[11].status) == (201, 429)
    assert (await phone.ask("DELETE", url)).status == 204
    assert (await phone.head(url)).status == 404
    options = await phone.ask("OPTIONS", phone.collection)
    assert options.headers["Tus-Max-Size"] == str(LARGEST_VIDEO)


async def test_an_upload_is_its_owners_alone(client: NodeClient) -> None:
    phone, reviewer = await applicant(client)
    url = await phone.begun(video_form(b"12345"), 5)
    assert (await reviewer.create(video_form(b"12345"), 5)).status == 403
    assert (await reviewer.head(url)).status == 404
    assert (await reviewer.patch(url, 0, b"12345")).status == 404
    stranger, _ = await applicant(client)
    assert (await stranger.head(url.replace(phone.survey, stranger.survey))).status == 404
    assert (await stranger.head(url)).status == 403


async def test_a_video_is_judged_shown_and_given_back_byte_for_byte(client: NodeClient, walk: Path) -> None:
    phone, desk = await applicant(client)
    data = padded(walk, 35 * MB)  # three parts
    assert (await phone.create(video_form(data, point="front"), len(data))).status == 422, "no such point"
    url = await phone.begun(video_form(data, point="frontage"), len(data))
    assert (await phone.patch(url, 0, slowly(data, 0))).offset == len(data)
    done = await phone.finished(url)
    assert done.video is not None
    video = await phone.judged(done.video.id)
    assert video.point == "frontage", "the checklist point it was chosen for"
    assert (video.size, video.media_type, video.sha256) == (len(data), "video/mp4", hashlib.sha256(data).hexdigest())
    assert video.seconds == pytest.approx(4, abs=0.1)
    results = {finding.id: finding.result for finding in video.findings}
    assert (results["file_safe"], results["format_ok"], results["one_take"]) == ("pass", "pass", "pass")
    assert results["edit_traces"] == "flag", "ffmpeg wrote it"
    one = f"{client.url}/api/surveys/{phone.survey}/videos/{video.id}"
    async with client.http.get(f"{one}/frame", headers=phone.headers()) as response:
        assert (await response.read()).startswith(b"\xff\xd8")
    assert (await phone.ask("POST", f"{one}/link")).status == 403
    async with client.http.post(f"{one}/link", headers=desk.headers()) as response:
        link = client.url + (await response.json())["url"]
    async with client.http.get(link) as response:
        assert hashlib.sha256(await response.read()).hexdigest() == video.sha256
        assert response.headers["Content-Disposition"] == f'attachment; filename="{video.id}.mp4"'
    for asked, start, stop in (
        ("0-0", 0, 1),
        (f"{16 * MB - 5}-{16 * MB + 4}", 16 * MB - 5, 16 * MB + 5),
        ("-7", -7, None),
    ):
        async with client.http.get(link, headers={"Range": f"bytes={asked}"}) as response:
            assert response.status == 206
            assert await response.read() == data[start:stop]
    async with client.http.get(link, headers={"Range": f"bytes={len(data)}-"}) as response:
        assert response.status == 416
    # sent again by a page that lost its memory: the same video
    again = await phone.begun(video_form(data), len(data))
    await phone.patch(again, 0, data)
    assert (await phone.finished(again)).video is not None
    assert [one.id for one in (await phone.seen()).videos] == [video.id]


async def test_a_file_that_is_no_video_is_rejected_in_words_and_preserved(phone: Tus) -> None:
    data = b"<!doctype html><script>alert(1)</script>" * 50
    url = await phone.begun(video_form(data, "walk.mp4"), len(data))
    await phone.patch(url, 0, data)
    done = await phone.finished(url)
    assert done.video is not None
    video = await phone.judged(done.video.id)
    assert (video.result, video.archived, video.media_type) == ("rejected", True, "application/octet-stream")


async def test_killed_in_mid_upload_and_gone_on_with(walk: Path, tmp_path: Path) -> None:
    """A kill of the server in mid-body, and one just after the last byte."""
    data = padded(walk, 40 * MB)
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            phone, _ = await applicant(client)
            url = await phone.begun(video_form(data), len(data))
            sending = asyncio.create_task(phone.patch(url, 0, slowly(data, 0.03)))
            await phone.arrived(16 * MB)
            acknowledged = (await phone.list())[-1].received
            node.kill()
            with pytest.raises(aiohttp.ClientError):
                await sending
            await asyncio.to_thread(node.start)
            offset = (await phone.head(url)).offset
            assert acknowledged <= offset < len(data)
            with contextlib.suppress(aiohttp.ClientError):
                assert (await phone.patch(url, offset, data[offset:])).offset == len(data)
            node.kill()
            await asyncio.to_thread(node.start)
            done = await phone.finished(url)
            assert done.video is not None
            video = await phone.judged(done.video.id)
            assert video.sha256 == hashlib.sha256(data).hexdigest()
    working = tmp_path / "node" / "working" / phone.survey
    assert [path.name for path in working.iterdir()] == [f"video-{video.id}.jpg"], (
        "the store has the file: it is gone here"
    )


async def test_what_nobody_goes_on_with_is_let_go(tmp_path: Path) -> None:
    now = datetime.now(UTC) - timedelta(hours=49)
    form = video_form(b"12345")
    arrived: list[bytes] = [b"123"]

    async def read() -> bytes:
        return arrived.pop() if arrived else b""

    incoming = Incoming(tmp_path / "uploads", lambda: now, timedelta(hours=48))
    await incoming.load()
    one, other, whole = [await incoming.create("s", "p", Said(form, ""), 5) for _ in range(3)]
    await incoming.take(one, 0, read, lambda: None)
    arrived.append(b"12345")
    await incoming.take(whole, 0, read, lambda: None)
    now += timedelta(hours=47)
    arrived.append(b"4")
    await incoming.take(one, 3, read, lambda: None)
    now += timedelta(hours=2)
    assert [each.record.id for each in incoming.of("s", "p")] == [one.record.id]
    with pytest.raises(Trouble) as gone:
        await incoming.find(other.record.id, "s", "p")
    assert gone.value.status == 410
    (tmp_path / "uploads" / "torn.json").write_bytes(b"{")
    (tmp_path / "uploads" / "left.bytes").write_bytes(b"left by a creation that never was")
    again = Incoming(tmp_path / "uploads", lambda: now, timedelta(hours=48))
    await again.load()
    assert (await again.find(one.record.id, "s", "p")).received == 4
    assert [each.record.id for each in again.unfinished()] == [whole.record.id], "what came whole waits for its fate"
    now += timedelta(hours=100)
    await again.sweep()
    assert {path.stem for path in (tmp_path / "uploads").iterdir()} == {whole.record.id}
