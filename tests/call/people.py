"""Simulated people who come back by themselves, as a page does, whatever ends their line or their media."""

import asyncio
import contextlib
import time

import aiohttp

from survey_server.flows.client import NodeClient
from survey_server.flows.person import GaveUp, Person
from survey_server.rtc.simulated import PreparedMedia
from survey_server.wire.admission import InvitationLink

_LOOK_S, _AGAIN_S, _TRY_S = 0.1, 0.3, 5.0


class LastingPerson(Person):
    """Stays in the call: a line that ended is opened again until it holds."""

    back_at: list[float]
    """When media were connected, by the wall clock; the first is the arrival."""

    @classmethod
    async def stay(cls, node: NodeClient, link: InvitationLink, media: PreparedMedia) -> "LastingPerson":
        """Arrive, and look after the connection from then on."""
        person = cls(node, await node.start(link), media)
        person.back_at = []
        await person._come()
        person._staying = asyncio.create_task(person._stay())
        return person

    async def go(self) -> None:
        """Leave for good."""
        self._staying.cancel()
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            await self.leave()

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._socket is None or self._socket.closed:
                await self._come_back()

    async def _come_back(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError, GaveUp, TimeoutError):
                await self.leave()
            try:
                async with asyncio.timeout(_TRY_S):
                    await self._come()
            except (aiohttp.ClientError, ConnectionError, GaveUp, TimeoutError):
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    async def _come(self) -> None:
        self.survey = None
        await self.connect()
        await self.in_call()
        self.back_at.append(time.time())
