"""Puts contents to the credit platform over HTTP. Never raises for what the platform or the way to it does."""

import secrets
import ssl
from types import TracebackType
from typing import Any, Self

import aiohttp
import rfc8785

from credit_gate.sources.platform import PlatformTerms
from credit_gate.sources.signing import SharedKey, signed
from survey_server.clock import Clock

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
"""Nobody waits for it but the next row, and an answer that came late saves sending again."""


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
        """Nothing once the platform has acknowledged it (200, 201), else why not: its own words, cut to 200 signs."""
        url, body = f"{self._terms.url.rstrip('/')}/{path}", rfc8785.dumps(content)
        headers = {"Content-Type": "application/json", **self._authorisation(url, body)}
        try:
            async with self._http.put(url, data=body, headers=headers, allow_redirects=False) as response:
                if response.status in (200, 201):
                    return ""
                said = (await response.content.read(2000)).decode(errors="replace")
                return f"HTTP {response.status}: {said[:200]}"
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            return f"{type(fault).__name__}: {fault}"[:200]

    def _authorisation(self, url: str, body: bytes) -> dict[str, str]:
        match self._terms.auth:
            case SharedKey() as key:
                return signed(key, "PUT", url, body, self._clock(), secrets.token_hex(16))
            case token:
                return {"Authorization": f"Bearer {token}"}
