"""Somebody who asks the store for something: with a key, with a wrong one, or with none."""

import hashlib
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote, urlsplit

import urllib3
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.deleteobjects import DeleteError
from minio.error import S3Error, ServerError
from minio.retention import Retention
from minio.signer import sign_v4_s3

from evidence_store.conformance.verdict import Unmet

REGION = "us-east-1"
_CODE = re.compile(rb"<Code>([A-Za-z0-9]+)</Code>")
_NOT_IMPLEMENTED = 501
_MISUNDERSTOOD = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IncompleteBody",
        "InvalidDigest",
        "MalformedXML",
        "MissingContentLength",
        "MissingContentMD5",
        "MissingSecurityHeader",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "XAmzContentSHA256Mismatch",
    }
)
"""Answers to how a request was made. They say nothing about whether what it asked for is allowed."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An access key and its secret."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one plain request."""

    status: int
    code: str
    """The S3 error code, where there is one."""
    headers: Mapping[str, str]
    data: bytes

    @property
    def granted(self) -> bool:
        return self.status < 300


class Caller:
    """One key's way to the store: the SDK for what it offers, `send` for requests it does not make."""

    def __init__(self, endpoint: str, keys: KeyPair | None, secure: bool, pool: urllib3.PoolManager) -> None:
        """`keys` None is an anonymous caller. `endpoint` is host:port."""
        self.keys = keys
        self.client = Minio(
            endpoint=endpoint,
            access_key=keys.access_key if keys else None,
            secret_key=keys.secret_key if keys else None,
            secure=secure,
            region=REGION,
            http_client=pool,
        )
        self._root = f"{'https' if secure else 'http'}://{endpoint}/"
        self._pool = pool

    def put(self, bucket: str, key: str, data: bytes, lock: Retention | None = None, held: bool = False) -> str:
        """Write an object; returns its version id, empty where the store gave none."""
        written = self.client.put_object(
            bucket_name=bucket,
            object_name=key,
            data=io.BytesIO(data),
            length=len(data),
            retention=lock,
            legal_hold=held,
        )
        return written.version_id or ""

    def send(
        self,
        method: str,
        path: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """One request with every header signed, or, from an anonymous caller, without a signature.

        `path` is bucket/key, unescaped. Raises urllib3's HTTPError where no answer comes.
        """
        said = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in (query or {}).items())
        url = urlsplit(self._root + quote(path) + (f"?{said}" if said else ""))
        sent: dict[str, str] = {**(headers or {}), "Host": url.netloc}
        if self.keys is not None:
            now, digest = datetime.now(UTC), hashlib.sha256(body).hexdigest()
            sent |= {"x-amz-content-sha256": digest, "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ")}
            signed = sign_v4_s3(
                method=method,
                url=url,
                region=REGION,
                headers=cast("dict[str, str | list[str] | tuple[str]]", sent),
                credentials=Credentials(self.keys.access_key, self.keys.secret_key),
                content_sha256=digest,
                date=now,
            )
            sent = {name: str(value) for name, value in signed.items()}
        return answer_of(self._pool.request(method, url.geturl(), body=body, headers=sent, redirect=False))


def answer_of(response: urllib3.BaseHTTPResponse) -> Answer:
    """The answer in a response that has been read."""
    found = _CODE.search(response.data)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, found[1].decode() if found else "", headers, response.data)


def refused(act: str, attempt: Callable[[], object]) -> str:
    """Make an attempt that the store has to refuse; returns its words for no.

    Refused is an answer of 3xx, 4xx or 501, or an error for every object of a bulk deletion. `act` says in the past
    tense what would have happened. Raises Unmet where the store did it, and where its answer says nothing about what it
    allows: it failed itself, or did not understand the request.
    """
    try:
        outcome = attempt()
    except S3Error as error:
        return _no(error.response.status, error.code or "")
    except ServerError as error:
        return _no(error.status_code, "")
    if isinstance(outcome, Answer) and not outcome.granted:
        return _no(outcome.status, outcome.code)
    if (
        isinstance(outcome, list)
        and outcome
        and all(isinstance(each, DeleteError) for each in cast("list[object]", outcome))
    ):
        return str(cast("list[DeleteError]", outcome)[0].code)
    raise Unmet(f"{act}.")


def _no(status: int, code: str) -> str:
    if (status >= 500 and status != _NOT_IMPLEMENTED) or code in _MISUNDERSTOOD:
        raise Unmet(
            f"The store failed or did not understand the question ({status} {code}): what it allows is not known."
        )
    return code or f"HTTP {status}"
