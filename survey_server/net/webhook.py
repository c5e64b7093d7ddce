"""Messages to one configured address, signed in the form of Standard Webhooks (standardwebhooks.com, version 1).

    webhook-id: what the receiver knows a repetition by
    webhook-timestamp: seconds since 1970, of this attempt
    webhook-signature: "v1," and base64 of HMAC-SHA256(secret, id "." timestamp "." body); several with blanks between

No other address is ever asked: redirects are not followed, proxies of the environment not used.
"""

import asyncio
import binascii
import hmac
import ssl
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=10)
_READ = 400
"""So much of an answer may say why it is a refusal."""


class NotTaken(Exception):
    """The receiver did not take the message; the words say why.

    `unreachable`: nobody answered, so that other messages fare alike. `after`: it asked not to be tried again before.
    `final`: it will never take it.
    """

    def __init__(
        self, words: str, *, unreachable: bool = False, after: timedelta | None = None, final: bool = False
    ) -> None:
        super().__init__(words)
        self.unreachable = unreachable
        self.after = after
        self.final = final


def secret_of(text: str) -> bytes:
    """A secret as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes. Raises ValueError."""
    head, _, body = text.partition("_")
    try:
        secret = b64decode(body, validate=True)
    except binascii.Error:
        secret = b""
    if head != "whsec" or not 24 <= len(secret) <= 64:
        raise ValueError('a webhook secret is "whsec_" and the base64 of 24 to 64 random bytes')
    return secret


def signed(secrets: Sequence[bytes], message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The header fields that sign a message: one signature for each secret, so that secrets can be changed."""
    timestamp = int(at.timestamp())
    content = f"{message}.{timestamp}.".encode() + body
    macs = [f"v1,{b64encode(hmac.digest(secret, content, sha256)).decode()}" for secret in secrets]
    return {"webhook-id": message, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(macs)}


class Webhook:
    """One address. Used from one event loop; `close` it in the end."""

    def __init__(self, url: str, secrets: Sequence[bytes], ca: Path | None = None) -> None:
        self._url = url
        self._secrets = secrets
        self._tls = ssl.create_default_context(cafile=ca)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, message: str, body: bytes, at: datetime) -> None:
        """Send it once; when this returns, the receiver has answered with success. Raises NotTaken."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        headers = {"Content-Type": "application/json", **signed(self._secrets, message, at, body)}
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, ssl=self._tls, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:
                    return
                raise _refusal(answer, await _words(answer))
        except TimeoutError:
            raise NotTaken(f"no answer within {_TIMEOUT.total:.0f} s", unreachable=True) from None
        except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError, OSError) as fault:
            raise NotTaken(f"not reached: {_short(str(fault))}", unreachable=True) from None
        except (aiohttp.ClientError, ValueError, asyncio.IncompleteReadError) as fault:
            raise NotTaken(f"not a proper answer: {type(fault).__name__} {_short(str(fault))}") from None

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()


async def _words(answer: aiohttp.ClientResponse) -> str:
    try:
        return _short((await answer.content.read(_READ)).decode("utf-8", "replace"))
    except (aiohttp.ClientError, TimeoutError):
        return ""


def _refusal(answer: aiohttp.ClientResponse, words: str) -> NotTaken:
    if 300 <= answer.status < 400:
        where = _short(answer.headers.get("Location", ""))
        return NotTaken(f"{answer.status}: it answers with a redirect to {where!r}; redirects are not followed")
    return NotTaken(f"{answer.status} {words}".strip(), after=_after(answer.headers.get("Retry-After", "")))


def _after(text: str) -> timedelta | None:
    """RFC 9110, 10.2.3: seconds or a date."""
    if text.isascii() and text.isdigit() and len(text) < 8:
        return timedelta(seconds=int(text))
    try:
        return max(timedelta(), parsedate_to_datetime(text) - datetime.now(UTC))
    except (ValueError, TypeError):
        return None


def _short(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200].strip()
