"""A tus client that can misbehave: it speaks the protocol by hand, over real HTTP and bare sockets."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from survey_server.flows.client import NodeClient
from survey_server.wire.photos import PhotoForm
from survey_server.wire.survey import SurveyView
from survey_server.wire.uploads import UploadForm, UploadView
from survey_server.wire.videos import VideoForm, VideoView

BYTES = "application/offset+octet-stream"


def video_form(data: bytes, name: str = "walk.mp4", point: str | None = None) -> UploadForm:
    return UploadForm(video=VideoForm(name, hashlib.sha256(data).hexdigest(), point=point))


def photo_form(data: bytes, name: str = "front.jpg") -> UploadForm:
    return UploadForm(photo=PhotoForm(name, "upload", hashlib.sha256(data).hexdigest()))


@dataclass
class Answer:
    status: int
    headers: Any
    problem: dict[str, Any]

    @property
    def offset(self) -> int:
        return int(self.headers["Upload-Offset"])


@dataclass
class Tus:
    """One person's uploads."""

    client: NodeClient
    survey: str
    session: str

    @property
    def collection(self) -> str:
        return f"{self.client.url}/api/surveys/{self.survey}/uploads"

    def headers(self, **more: str) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.session}", "Tus-Resumable": "1.0.0"}
        return own | {name.replace("_", "-"): value for name, value in more.items()}

    async def ask(self, method: str, url: str, data: Any = None, **headers: str) -> Answer:
        async with self.client.http.request(method, url, data=data, headers=self.headers(**headers)) as response:
            body = await response.read()
            is_problem = bool(body) and response.content_type == "application/problem+json"
            return Answer(response.status, response.headers, msgspec.json.decode(body) if is_problem else {})

    async def create(self, form: UploadForm, length: int, **headers: str) -> Answer:
        facts = base64.b64encode(msgspec.json.encode(form)).decode()
        more = {"Upload_Metadata": f"facts {facts}", "Upload_Length": str(length)} | headers
        return await self.ask("POST", self.collection, **more)

    async def begun(self, form: UploadForm, length: int) -> str:
        answer = await self.create(form, length)
        assert answer.status == 201, answer
        return self.client.url + answer.headers["Location"]

    async def head(self, url: str) -> Answer:
        return await self.ask("HEAD", url)

    async def patch(self, url: str, offset: int, data: Any, **headers: str) -> Answer:
        return await self.ask("PATCH", url, data, **({"Content_Type": BYTES, "Upload_Offset": str(offset)} | headers))

    async def list(self) -> list[UploadView]:
        async with self.client.http.get(self.collection, headers=self.headers()) as response:
            assert response.status == 200
            return msgspec.json.decode(await response.read(), type=list[UploadView])

    async def finished(self, url: str) -> UploadView:
        """What became of it, once that is known."""
        for _ in range(600):
            view = next(one for one in await self.list() if url.endswith(one.path))
            if view.state in ("done", "refused"):
                return view
            await asyncio.sleep(0.05)
        raise AssertionError("it never became anything")

    async def seen(self) -> SurveyView:
        return await self.client.survey(self.survey, self.session)

    async def judged(self, video: str) -> VideoView:
        for _ in range(600):
            view = next(one for one in (await self.seen()).videos if one.id == video)
            if view.result is not None and view.archived:
                return view
            await asyncio.sleep(0.05)
        raise AssertionError("no verdict")

    async def half_open(self, url: str, offset: int, data: bytes, length: int) -> asyncio.StreamWriter:
        """Announce `length` bytes from `offset` on, send `data`, and leave the line as it is."""
        host, path = url.removeprefix("http://").split("/", 1)
        name, port = host.split(":")
        _, writer = await asyncio.open_connection(name, int(port))
        head = self.headers(Host=host, Content_Type=BYTES, Upload_Offset=str(offset), Content_Length=str(length))
        lines = [f"PATCH /{path} HTTP/1.1", *(f"{key}: {value}" for key, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + data)
        await writer.drain()
        return writer

    async def arrived(self, received: int) -> None:
        """Wait until so many bytes of the newest upload are synced."""
        for _ in range(400):
            if (await self.list())[-1].received >= received:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{received} bytes never came")


async def slowly(data: bytes, pause_s: float) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1 << 20):
        yield data[at : at + (1 << 20)]
        await asyncio.sleep(pause_s)


def cut(response: BaseException) -> bool:
    return isinstance(response, aiohttp.ClientError | OSError)
