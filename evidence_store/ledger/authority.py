"""A timestamp authority over HTTP (RFC 3161 section 3.4)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import urllib3
from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from urllib3.exceptions import HTTPError

from evidence_store.errors import EvidenceError
from evidence_store.ledger.tokens import BadToken, Stamp, chain_bytes, chain_of, check, shortest

TIMEOUT_S = 10.0
_LARGEST_ANSWER = 1 << 16
_CLOCKS_DIFFER = timedelta(minutes=10)
_ASK_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class AuthorityUnreachable(EvidenceError):
    """No answer in time, or one that asks to come back later. Trying again is right."""

    def __init__(self, authority: str, reason: str) -> None:
        super().__init__(
            f"The timestamp authority {authority} does not answer ({reason}). Check that the network reaches it; "
            "records are kept and sealed meanwhile, and what is newest gets its timestamp when it is back."
        )


class AuthorityRefused(EvidenceError):
    """It answered, and not with a timestamp that can be accepted."""

    def __init__(self, authority: str, reason: str) -> None:
        super().__init__(
            f"The answer of the timestamp authority {authority} can't be accepted: {reason}. Check the settings "
            "tsa_url and tsa_ca; records are kept and sealed meanwhile, without timestamps."
        )


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A timestamp that was checked, as it is kept."""

    token: bytes
    """The shortest answer that carries it (`tokens.shortest`)."""
    chain: bytes
    """PEM, from the issuer of its signer to a root."""
    stamp: Stamp


class Authority:
    """One authority. Safe to use from several threads."""

    def __init__(
        self, url: str, trusted: Sequence[x509.Certificate], timeout_s: float = TIMEOUT_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """`trusted` are the certificates of its CA, up to the root. `timeout_s` is for the whole of an answer."""
        self._url, self._trusted, self._timeout_s, self._now = url, list(trusted), timeout_s, now
        self.name = urlsplit(url).hostname or url
        """Without whatever secret its address may hold."""
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=timeout_s))

    def stamp(self, data: bytes) -> Timestamp:
        """Have these bytes timestamped by their SHA-256. Blocks, `timeout_s` at most.

        What it returns fits the request, these bytes and the trusted certificates. Raises AuthorityUnreachable,
        AuthorityRefused.
        """
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
        query = request.nonce(nonce=True).cert_request(cert_request=True).build()
        answer = self._post(query.as_bytes())
        try:
            found = self._checked(shortest(answer), data, query.nonce)
        except BadToken as fault:
            raise AuthorityRefused(self.name, str(fault)) from fault
        here = self._now()
        if abs(found.stamp.at - here) > _CLOCKS_DIFFER:
            raise AuthorityRefused(
                self.name, f"it states {found.stamp.at:%Y-%m-%d %H:%M:%S} UTC, and by this node's clock it is "
                f"{here.astimezone(UTC):%Y-%m-%d %H:%M:%S}: one of them is wrong",
            )  # fmt: skip
        return found

    def check(self, token: bytes, data: bytes) -> Timestamp:
        """A timestamp that this authority made before. Raises BadToken when it did not, or not over these bytes."""
        return self._checked(token, data, None)

    def _checked(self, token: bytes, data: bytes, nonce: int | None) -> Timestamp:
        chain = chain_of(token, self._trusted)
        return Timestamp(token, chain_bytes(chain), check(token, data, self._trusted, chain, nonce=nonce))

    def _post(self, query: bytes) -> bytes:
        ends = time.monotonic() + self._timeout_s
        body = b""
        try:
            response = self._pool.request(
                "POST", self._url, body=query, headers={"Content-Type": "application/timestamp-query"},
                redirect=False, preload_content=False,
            )  # fmt: skip
            try:
                while piece := response.read1(_LARGEST_ANSWER):
                    body += piece
                    if len(body) > _LARGEST_ANSWER:
                        raise AuthorityRefused(self.name, "it is larger than a timestamp can be")
                    if time.monotonic() > ends:
                        raise AuthorityUnreachable(self.name, "its answer did not end in time")
            finally:
                response.close()
        except (HTTPError, OSError) as fault:
            raise AuthorityUnreachable(self.name, type(fault).__name__) from fault
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status in _ASK_LATER:
            raise AuthorityUnreachable(self.name, f"HTTP {response.status}")
        if response.status != HTTPStatus.OK:
            raise AuthorityRefused(self.name, f"HTTP {response.status} instead of a timestamp")
        return body
