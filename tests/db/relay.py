"""A way to a PostgreSQL server that breaks at the worst moment."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

Moment = Literal["before", "after"]
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The simple query COMMIT of the frontend/backend protocol (PostgreSQL, 55.7)."""


class Relay:
    """Passes bytes on. Once armed, the next COMMIT breaks the connection: before the server hears it, or after it has
    answered and before the client hears that. `meanwhile` is awaited between the two ends of the break.
    """

    def __init__(self, direct: str, port: int) -> None:
        self.direct = direct
        self.armed: Moment | None = None
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self.broken = 0
        self.connections: set[asyncio.Task[None]] = set()
        self._port = port

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection("127.0.0.1", self._port)
        answers = asyncio.create_task(_pass(there, writer))
        try:
            while asked := await reader.read(65536):
                if asked == _COMMIT and self.armed is not None:
                    answers.cancel()
                    await asyncio.wait([answers])
                    await self._break(there, onward)
                    break
                onward.write(asked)
                await onward.drain()
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            onward.close()
            writer.close()

    async def _break(self, there: asyncio.StreamReader, onward: asyncio.StreamWriter) -> None:
        moment, self.armed = self.armed, None
        self.broken += 1
        if moment == "after":
            onward.write(_COMMIT)
            answer = await there.read(65536)
            assert answer.startswith(b"C\x00\x00\x00\x0bCOMMIT\x00"), answer
        onward.close()
        if self.meanwhile is not None:
            await self.meanwhile()


async def _pass(there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while answer := await there.read(65536):
            writer.write(answer)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def relayed(address: str, port: int) -> AsyncGenerator[tuple[Relay, str]]:
    """The relay, and the address of the same database through it."""
    relay = Relay(address, port)
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    own = server.sockets[0].getsockname()[1]
    try:
        yield relay, address.replace(f":{port}/", f":{own}/") + "?sslmode=disable&gssencmode=disable"
    finally:
        server.close()
        for connection in relay.connections:
            connection.cancel()
        for outcome in await asyncio.gather(*relay.connections, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
