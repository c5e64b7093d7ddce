"""A node seen from outside: what the demo and the rehearsal use, over the same HTTP as everybody."""

import io
import secrets
import ssl
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from survey_server.wire.admission import (
    AdmissionView,
    ApplicationForm,
    InvitationLink,
    InvitationOrder,
    OpenForm,
    SessionView,
)
from survey_server.wire.draws import DrawOrder, DrawView, ReplacementOrder
from survey_server.wire.items import ItemView
from survey_server.wire.life import LifeOrder
from survey_server.wire.node import HealthView, LedgerView, NodeView
from survey_server.wire.panel import RecusalOrder
from survey_server.wire.photos import PhotoForm, PhotoView
from survey_server.wire.replay import RecordedTrack, ReplayView, StreamView
from survey_server.wire.survey import SurveyView

T = TypeVar("T")


class NodeRefused(Exception):
    """The node answered with a problem; the message is its own words."""


class NodeClient:
    """One node's HTTP API. Used as an async context manager."""

    def __init__(self, url: str, intake_key: str = "") -> None:
        self.url = url
        self._intake_key = intake_key
        # a rehearsal against the operator's own node: its demo certificate is self-made
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._tls = context if url.startswith("https") else True
        self.http = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def node(self) -> NodeView:
        """What node this is."""
        return await self._json("GET", "/api/node", NodeView, self._intake_key)

    async def health(self) -> HealthView:
        """How it is doing."""
        return await self._json("GET", "/api/health", HealthView)

    async def ledger(self) -> LedgerView:
        """The keys its checkpoints are signed with."""
        return await self._json("GET", "/api/ledger", LedgerView)

    async def items(self) -> list[ItemView]:
        """The items it surveys."""
        return await self._json("GET", "/api/items", list[ItemView])

    async def apply(self, form: ApplicationForm) -> AdmissionView:
        """File an application."""
        return await self._json("POST", "/api/applications", AdmissionView, self._intake_key, form)

    async def invite(self, survey: str, orders: list[InvitationOrder]) -> list[InvitationLink]:
        """Order links."""
        path = f"/api/surveys/{survey}/invitations"
        return await self._json("POST", path, list[InvitationLink], self._intake_key, orders)

    async def order_draw(self, survey: str, order: DrawOrder) -> DrawView:
        """Open a draw by lot."""
        return await self._json("POST", f"/api/surveys/{survey}/draws", DrawView, self._intake_key, order)

    async def draws(self, survey: str) -> list[DrawView]:
        """Every draw of a survey."""
        return await self._json("GET", f"/api/surveys/{survey}/draws", list[DrawView], self._intake_key)

    async def invite_drawn(self, survey: str, draw: int) -> list[InvitationLink]:
        """Links for those who were drawn and have none yet."""
        path = f"/api/surveys/{survey}/draws/{draw}/invitations"
        return await self._json("POST", path, list[InvitationLink], self._intake_key)

    async def replace_drawn(self, survey: str, draw: int, order: ReplacementOrder) -> DrawView:
        """The next in the drawn order takes the seat."""
        path = f"/api/surveys/{survey}/draws/{draw}/replacements"
        return await self._json("POST", path, DrawView, self._intake_key, order)

    async def take_off(self, survey: str, order: RecusalOrder) -> None:
        """A reviewer or expert takes no further part."""
        headers, url = {"Authorization": f"Bearer {self._intake_key}"}, f"{self.url}/api/surveys/{survey}/recusals"
        async with self.http.post(url, headers=headers, data=msgspec.json.encode(order), ssl=self._tls) as response:
            await _refuse(response)

    async def invite_auditor(self, name: str) -> InvitationLink:
        """Order an auditor's link."""
        order = InvitationOrder("auditor", name)
        return await self._json("POST", "/api/invitations", InvitationLink, self._intake_key, order)

    async def invite_officer(self, name: str) -> InvitationLink:
        """Order the link of an officer, who confirms and decides about false material."""
        order = InvitationOrder("officer", name)
        return await self._json("POST", "/api/invitations", InvitationLink, self._intake_key, order)

    async def start(self, link: InvitationLink) -> SessionView:
        """Spend a link, as pressing Start does."""
        token = link.link.rpartition("/")[2]
        return await self._json(
            "POST", f"/api/invitations/{token}/open", SessionView, body=OpenForm(secrets.token_hex(32))
        )

    async def survey(self, survey: str, session: str) -> SurveyView:
        """The survey as it stands."""
        return await self._json("GET", f"/api/surveys/{survey}", SurveyView, session)

    async def move(self, survey: str, order: LifeOrder, session: str = "") -> SurveyView:
        """An appointment, a referral, a rating and the like: as the person of this session, or as the bureau's desk."""
        path = f"/api/surveys/{survey}/life"
        return await self._json("POST", path, SurveyView, session or self._intake_key, order)

    async def recorded(self, survey: str, session: str) -> list[RecordedTrack]:
        """What is recorded and what is missing, as a reviewer, expert or auditor sees it."""
        return await self._json("GET", f"/api/surveys/{survey}/recorded", list[RecordedTrack], session)

    async def replay(self, survey: str, session: str) -> ReplayView:
        """What an auditor's replay gets."""
        return await self._json("GET", f"/api/surveys/{survey}/replay", ReplayView, session)

    async def stream(self, survey: str, session: str) -> StreamView:
        """An address to play the survey at."""
        return await self._json("POST", f"/api/surveys/{survey}/stream", StreamView, session)

    async def send_photo(self, survey: str, session: str, form: PhotoForm, data: bytes) -> PhotoView:
        """Upload a photo."""
        parts = aiohttp.FormData()
        parts.add_field("facts", msgspec.json.encode(form).decode(), content_type="application/json")
        parts.add_field("file", io.BytesIO(data), filename=form.name, content_type="application/octet-stream")
        return await self._json("POST", f"/api/surveys/{survey}/photos", PhotoView, session, raw=parts)

    async def bundle(self, survey: str, session: str, path: Any) -> None:
        """Download the bundle into a file."""
        headers = {"Authorization": f"Bearer {session}"}
        url = f"{self.url}/api/surveys/{survey}/export"
        async with self.http.get(url, headers=headers, ssl=self._tls) as response:
            await _refuse(response)
            with open(path, "wb") as file:  # noqa: ASYNC230, PTH123 - a client's own download
                async for chunk in response.content.iter_chunked(1 << 20):
                    file.write(chunk)

    async def report(self, survey: str, session: str, language: str) -> bytes:
        """The survey's record as a PDF."""
        headers = {"Authorization": f"Bearer {session}"}
        url = f"{self.url}/api/surveys/{survey}/report/{language}"
        async with self.http.get(url, headers=headers, ssl=self._tls) as response:
            await _refuse(response)
            return await response.read()

    async def socket(self) -> aiohttp.ClientWebSocketResponse:
        """A fresh WebSocket."""
        return await self.http.ws_connect(
            f"{self.url.replace('http', 'ws', 1)}/ws", ssl=self._tls, heartbeat=10, max_msg_size=1 << 20
        )

    async def _json(
        self, method: str, path: str, kind: type[T], bearer: str = "", body: Any = None, raw: Any = None
    ) -> T:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        data = raw if raw is not None else (None if body is None else msgspec.json.encode(body))
        async with self.http.request(method, self.url + path, headers=headers, data=data, ssl=self._tls) as response:
            await _refuse(response)
            return msgspec.json.decode(await response.read(), type=kind)


async def _refuse(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    text = await response.text()
    try:
        detail = msgspec.json.decode(text)["detail"]["en"]
    except (msgspec.MsgspecError, KeyError, TypeError):
        detail = text[:200]
    raise NodeRefused(f"{response.method} {response.url.path}: {response.status} {detail}")
