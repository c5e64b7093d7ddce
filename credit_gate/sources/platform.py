"""A credit platform over HTTPS: `GET {url}/standings/{code}`, answered as `answer.py` says.

Asked at every application, so that a repair counts at once. When no answer comes that can be used, the last known
standing is told with its date, which the gate holds against the policy's freshness; else it is unknown. Questions
change nothing over there, so one that failed is asked once more; none follows a redirect, since it carries a secret.
"""

import asyncio
import secrets
import sqlite3
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp

from credit_gate import words
from credit_gate.sources.answer import LARGEST, BadAnswer, Known, answered, from_kept, kept, standing
from credit_gate.sources.breaker import FIRST_REST_S, Breaker
from credit_gate.sources.last_known import LastKnown
from credit_gate.sources.register import silent
from credit_gate.sources.signing import SharedKey, signed
from credit_gate.standing import CHINA, Standing
from credit_gate.subject import Person, Subject

_ATTEMPTS = 2
_PAUSE_S = 0.2
_AT_ONCE = 16
"""Connections; who comes later waits within the same time limit."""
_PASSING = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
"""Answers after which asking once more at once may help; an error of the platform's own would come again."""


@dataclass(frozen=True, slots=True)
class PlatformTerms:
    """How to reach a platform. `auth` is a bearer token or a key to sign with; `ca` a PEM file, None: the system's.
    `rest_s` is the first rest after failures in a row (`breaker.py`).
    """

    url: str
    auth: str | SharedKey = field(repr=False)
    timeout_s: float = 4.0
    rest_s: float = FIRST_REST_S
    ca: Path | None = None


class NoAnswer(Exception):
    """No answer that can be used; the message is for the operator's log. `again`: asking once more may help."""

    def __init__(self, words: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.again = again


class Platform:
    """A source over one platform. Belongs to one event loop."""

    def __init__(
        self, terms: PlatformTerms, known: LastKnown, key: bytes, max_age_days: int, now: Callable[[], datetime]
    ) -> None:
        """`key` is for the references under which last known standings are kept. Nothing is asked yet."""
        self._terms, self._known, self._key, self._now = terms, known, key, now
        self._max_age = timedelta(days=max_age_days)
        self._name = terms.url.rstrip("/")
        self._context = ssl.create_default_context(cafile=str(terms.ca) if terms.ca else None)
        self._session: aiohttp.ClientSession | None = None
        self._breaker = Breaker(first_rest_s=terms.rest_s)
        self._forgot_on = None

    async def ask(self, subject: Subject, at: datetime) -> Standing:
        """The platform's word, else the last known one, else silence; within the time limit of the terms."""
        loop = asyncio.get_running_loop()
        if not self._breaker.lets_through(loop.time()):
            return await self._last_known(subject, at, "it is left alone for a while after failures in a row")
        self._breaker = self._breaker.asked()
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                known = await self._asked(subject)
        except asyncio.CancelledError:
            self._breaker = self._breaker.given_up()
            raise
        except TimeoutError:
            self._breaker = self._breaker.failed(loop.time())
            return await self._last_known(subject, at, f"no answer within {self._terms.timeout_s:g} s")
        except NoAnswer as fault:
            self._breaker = self._breaker.failed(loop.time())
            return await self._last_known(subject, at, str(fault))
        self._breaker = self._breaker.answered()
        fault = await asyncio.to_thread(self._keep, subject, known)
        return standing(known, self._name, at, fault=fault)

    async def close(self) -> None:
        """Close connections and the file."""
        if self._session is not None:
            await self._session.close()
        await asyncio.to_thread(self._known.close)

    async def _asked(self, subject: Subject) -> Known:
        code = subject.number if isinstance(subject, Person) else subject.code
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return answered(await self._body(code), code, self._now())
            except BadAnswer as fault:
                raise NoAnswer(f"the answer cannot be taken: {fault}") from None
            except NoAnswer as fault:
                if not fault.again or attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(_PAUSE_S)
        raise AssertionError

    async def _body(self, code: str) -> bytes:
        try:
            async with self._http().get(f"{self._name}/standings/{code}", allow_redirects=False) as response:
                if response.status != HTTPStatus.OK:
                    raise NoAnswer(_said(response.status), again=response.status in _PASSING)
                body = bytearray()
                async for piece in response.content.iter_chunked(1 << 16):
                    body += piece
                    if len(body) > LARGEST:
                        raise NoAnswer(f"the answer is longer than {LARGEST} bytes")
                return bytes(body)
        except (aiohttp.ClientError, OSError) as fault:
            # Some of these name the address, which ends with the code: only the kind of fault is told.
            raise NoAnswer(f"the connection failed ({type(fault).__name__})", again=True) from None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_AT_ONCE, ssl=self._context),
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(self._authorised,),
            )
        return self._session

    async def _authorised(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Every attempt is signed anew, aiohttp's own after a broken connection too: a signature is good once."""
        match self._terms.auth:
            case SharedKey() as key:
                made = signed(key, request.method, str(request.url), None, self._now(), secrets.token_hex(16))
                request.headers.update(made)
            case token:
                request.headers["Authorization"] = f"Bearer {token}"
        return await handler(request)

    def _keep(self, subject: Subject, known: Known) -> str:
        try:
            self._known.put(subject.ref(self._key), known.as_of, kept(known))
            if self._forgot_on != (today := self._now().date()):
                self._known.forget(self._now() - self._max_age)
                self._forgot_on = today
        except sqlite3.Error as fault:
            return f"the last known standings cannot be written ({fault}); check the disk"
        return ""

    async def _last_known(self, subject: Subject, at: datetime, why: str) -> Standing:
        fault = f"{self._name}: {why}"
        try:
            body = await asyncio.to_thread(self._known.get, subject.ref(self._key))
        except sqlite3.Error as broken:
            return silent(words.SOURCE_SILENT, f"{fault}; the last known standings cannot be read ({broken})")
        known = from_kept(body) if body is not None else None
        if known is None or at - known.as_of > self._max_age:
            return silent(words.SOURCE_SILENT, f"{fault}; no standing is known that is fresh enough")
        return standing(known, self._name, at, fault=fault, learnt=words.last_known(known.as_of.astimezone(CHINA)))


def _said(status: int) -> str:
    hint = {
        HTTPStatus.UNAUTHORIZED: "; check credit_bearer or credit_key_id with credit_key_secret, and both clocks",
        HTTPStatus.FORBIDDEN: "; ask the platform whether this node may read standings",
        HTTPStatus.NOT_FOUND: "; check credit_url: a subject without a record is told as such, not as 404",
    }
    return f"it answers {status}{hint.get(HTTPStatus(status), '') if status in list(HTTPStatus) else ''}"
