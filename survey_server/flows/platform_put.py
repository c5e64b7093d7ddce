"""Puts contents to the credit platform over HTTP. Never raises for what the platform or the way to it does.

An acknowledgement is a 200 or 201 whose JSON names the event: `{"id": "TK-..."}`. Any other 200, such as a page about
maintenance that some proxy answers with, is none.
"""

import secrets
import ssl
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec
import rfc8785
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from msgspec import Struct

from credit_gate.sources.platform import PlatformTerms
from credit_gate.sources.signing import SharedKey, signed
from survey_server.clock import Clock

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
"""Nobody waits for it but the next row, and an answer that came late saves sending again."""


_LONGEST = 10_000
"""Bytes of an answer that are read."""


class Acknowledged(Struct, frozen=True):
    """What an acknowledgement says, whatever else is in it."""

    id: str


async def _body(response: ClientResponse) -> bytes:
    """The answer, whole or as far as it is read."""
    said = bytearray()
    async for piece in response.content.iter_chunked(1 << 12):
        said += piece
        if len(said) > _LONGEST:
            break
    return bytes(said)


def _names(said: bytes, event: str) -> bool:
    try:
        return msgspec.json.decode(said, type=Acknowledged).id == event
    except msgspec.MsgspecError:
        return False


class PlatformPut:
    """One platform, under the terms that it is asked under too. Used as an async context manager."""

    def __init__(self, terms: PlatformTerms, clock: Clock) -> None:
        self._terms, self._clock = terms, clock
        self._context = ssl.create_default_context(cafile=str(terms.ca) if terms.ca else None)

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._context, force_close=True)  # minutes lie between two
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def __call__(self, path: str, content: dict[str, Any]) -> str:
        """Nothing once the platform has acknowledged it, else why not: its own words, cut to 200 signs."""
        url, body = f"{self._terms.url.rstrip('/')}/{path}", rfc8785.dumps(content)
        headers = {"Content-Type": "application/json"}

        async def authorised(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
            """Every attempt is signed anew, aiohttp's own after a broken connection too: a signature is good once."""
            request.headers.update(self._authorisation(url, body))
            return await handler(request)

        try:
            async with self._http.put(
                url, data=body, headers=headers, allow_redirects=False, middlewares=(authorised,)
            ) as response:
                said = await _body(response)
                if response.status in (200, 201) and _names(said, path.rpartition("/")[2]):
                    return ""
                return f"HTTP {response.status}: {said[:200].decode(errors='replace')}"
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            return f"{type(fault).__name__}: {fault}"[:200]

    def _authorisation(self, url: str, body: bytes) -> dict[str, str]:
        match self._terms.auth:
            case SharedKey() as key:
                return signed(key, "PUT", url, body, self._clock(), secrets.token_hex(16))
            case token:
                return {"Authorization": f"Bearer {token}"}
