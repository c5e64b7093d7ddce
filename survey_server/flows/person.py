"""A simulated person: opens a link, agrees, joins and does what their role does, over the same wire as a browser."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable

import aiohttp
import msgspec

from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.draw_page import DrawPage
from survey_server.rtc.simulated import PreparedMedia, SimulatedMedia
from survey_server.wire.admission import InvitationLink, SessionView
from survey_server.wire.basics import Position
from survey_server.wire.draws import NumberWanted, RevealWanted
from survey_server.wire.from_person import Consent, DeviceReport, FromPerson, Hello, JoinMedia, SdpAnswer, StillTaken
from survey_server.wire.photos import PhotoForm
from survey_server.wire.survey import SurveyView
from survey_server.wire.to_person import (
    Fault,
    RecordingLight,
    SdpOffer,
    StillRequested,
    SurveyChanged,
    ToPerson,
    Welcome,
)

_decoder: msgspec.json.Decoder[ToPerson] = msgspec.json.Decoder(ToPerson)


class GaveUp(Exception):
    """A simulated person could not do what they came for; the message says what they waited for."""


class Person:
    """One simulated person. `survey` is the newest state the node told them."""

    def __init__(
        self, node: NodeClient, session: SessionView, media: PreparedMedia | None, *, call: bool = True
    ) -> None:
        self.node = node
        self.session = session
        self.survey: SurveyView | None = None
        self.light: RecordingLight | None = None
        self.faults: list[Fault] = []
        self.join_ms: float | None = None
        self.on_still: Callable[[StillRequested], Awaitable[None]] | None = None
        self.media: SimulatedMedia | None = None
        self.notice = ""
        self.draws = DrawPage(session.survey) if session.survey is not None else None
        """The page's part in draws; None: it does not do it."""
        self._prepared = media
        self._call = call
        self._started_at = time.monotonic()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    @classmethod
    async def arrive(
        cls, node: NodeClient, link: InvitationLink, media: PreparedMedia | None, *, call: bool = True
    ) -> "Person":
        """Press Start, say hello, agree, report the devices and join the call, if there is one."""
        person = cls(node, await node.start(link), media, call=call)
        await person.connect()
        return person

    async def connect(self) -> None:
        """Connect (again) with the session there is, and join the media."""
        self._started_at = time.monotonic()
        self.join_ms = None
        self.notice = ""
        self._socket = await self.node.socket()
        await self.send(Hello(self.session.session, utc_now(), device="rehearsal"))
        self._reading = asyncio.create_task(self._read(self._socket))
        await self.until(lambda: self.notice != "", "a welcome")
        await self.send(Consent(self.notice))
        await self.send(DeviceReport("ok", "ok", "ok"))
        if not self._call:
            self.join_ms = round((time.monotonic() - self._started_at) * 1000, 1)
            return
        self.media = SimulatedMedia(self._prepared)
        await self.send(JoinMedia())

    async def send(self, message: FromPerson) -> None:
        """Send one message."""
        assert self._socket is not None
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def until(self, condition: Callable[[], bool], waited_for: str, timeout_s: float = 20.0) -> None:
        """Wait until something the node tells makes the condition true. Raises GaveUp naming what did not come."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    async with self._changed:
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(self._changed.wait(), 0.05)
        except TimeoutError:
            faults = "; ".join(fault.text.en for fault in self.faults)
            raise GaveUp(f"{self.session.role} waited {timeout_s:.0f} s for {waited_for}. {faults}") from None

    async def in_call(self) -> None:
        """Wait until media flow; sets `join_ms`, from the hello to the connected media."""
        media = self.media
        assert media is not None
        await self.until(lambda: media.connected, "a media connection")
        if self.join_ms is None:
            self.join_ms = round((time.monotonic() - self._started_at) * 1000, 1)

    async def take_still(self, request: StillRequested, picture: bytes, position: Position) -> None:
        """Answer a request for a still: commit its hash at once, then send the bytes."""
        digest = hashlib.sha256(picture).hexdigest()
        await self.send(StillTaken(request.nonce, digest, len(picture), position, utc_now()))
        await self.upload(f"still-{request.nonce[:6]}.jpg", picture, request.nonce, position)

    async def upload(
        self,
        name: str,
        data: bytes,
        nonce: str | None = None,
        position: Position | None = None,
        point: str | None = None,
    ) -> None:
        """Upload a photo; with a nonce, the still it answers; with a point, what it shows."""
        assert self.session.survey is not None
        digest = hashlib.sha256(data).hexdigest()
        form = PhotoForm(name, "still" if nonce else "upload", digest, nonce, position, utc_now(), point=point)
        await self.node.send_photo(self.session.survey, self.session.session, form, data)

    async def hang_up(self) -> None:
        """Close the media; the page stays open."""
        if self.media is not None:
            await self.media.close()

    async def leave(self) -> None:
        """Close everything."""
        await self.hang_up()
        if self._reading is not None:
            self._reading.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        answering = set[asyncio.Task[None]]()
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = _decoder.decode(frame.data)
            match message:
                case Welcome(survey=survey, notice=notice):
                    self.survey, self.notice = survey, notice
                case SurveyChanged(survey=survey):
                    self.survey = survey
                case RecordingLight():
                    self.light = message
                case SdpOffer() if self.media is not None:
                    sdp = await self.media.answer(message.sdp, message.tracks)
                    await self.send(SdpAnswer(message.revision, sdp))
                case StillRequested() if self.on_still is not None:
                    task = asyncio.ensure_future(self.on_still(message))
                    answering.add(task)
                    task.add_done_callback(answering.discard)
                case NumberWanted() | RevealWanted() if self.draws is not None:
                    await self.send(self.draws.answer(message))
                case Fault():
                    self.faults.append(message)
                case _:
                    pass
            async with self._changed:
                self._changed.notify_all()
