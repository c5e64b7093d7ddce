"""The WebSocket endpoint: aiohttp's socket in the shape a connection wants."""

import asyncio

from aiohttp import ClientConnectionResetError, WSCloseCode, WSMsgType, web

from survey_server.flows.node import Node
from survey_server.signalling.arrival import serve
from survey_server.signalling.audience import Audience
from survey_server.signalling.connection import LARGEST_MESSAGE


class AiohttpSocket:
    """Text frames over aiohttp."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self._ws = ws
        self._goodbye = False

    async def receive(self) -> str | None:
        """The next text frame; None when the other side is gone."""
        message = await self._ws.receive()
        if message.type is WSMsgType.CLOSE:
            self._goodbye = message.data in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
        return message.data if message.type is WSMsgType.TEXT else None

    async def send(self, text: str) -> None:
        """Send a text frame. Raises ConnectionError when the other side is gone."""
        if self._ws.closed:
            raise ConnectionResetError
        try:
            await self._ws.send_str(text)
        except ClientConnectionResetError as fault:
            raise ConnectionResetError from fault

    async def close(self) -> None:
        """Close the socket."""
        await self._ws.close()

    @property
    def said_goodbye(self) -> bool:
        """After its end: did the other side say that it meant to go?

        A page that is left or says so itself sends 1001 or 1000. One that gives a dead line up, to come back on
        another, names no code; a proxy or an operating system that ends the TCP connection sends no close frame at all.
        A proxy that says 1001 for itself can't be told from a page that is left; such a person joins again at once.
        """
        return self._goodbye


HEARTBEAT_S = 8.0
"""Between two pings; half as long is waited for the answer, so that a dead line is noticed within 12 s."""

CLOSING_S = 2.0
"""How long the other side may take to answer a goodbye."""


def socket_route(node: Node) -> web.RouteDef:
    """`GET /ws`: whoever connects says who they are in their first message."""
    audience = Audience()

    async def socket(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(heartbeat=HEARTBEAT_S, timeout=CLOSING_S, max_msg_size=2 * LARGEST_MESSAGE)
        await ws.prepare(request)
        parting = asyncio.create_task(_part(node, ws))
        try:
            await serve(node, audience, AiohttpSocket(ws))
        finally:
            parting.cancel()
        return ws

    return web.get("/ws", socket)


async def _part(node: Node, ws: web.WebSocketResponse) -> None:
    """At a planned stop: pages are told at once, so that they come back as soon as the node does."""
    await node.leaving.wait()
    await ws.close(code=WSCloseCode.GOING_AWAY)
