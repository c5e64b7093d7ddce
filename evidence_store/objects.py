"""The object store, through S3 with object lock. Beside its examination the only module that imports the minio SDK.

What is asked of a server is plain S3: object lock in COMPLIANCE mode, versions, `If-None-Match: *` on PUT and
`x-amz-checksum-sha256`. Every call blocks; call from a thread. Nothing here tries again: one answer, or one error.
"""

import base64
import hashlib
import http
import io
import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.credentials.credentials import Credentials
from minio.error import InvalidResponseError, S3Error, ServerError
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.retention import Retention
from minio.signer import sign_v4_s3
from minio.time import to_amz_date, to_iso8601utc
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from evidence_store.connections import PatientPool
from evidence_store.errors import (
    ChecksumRefused,
    KeyTaken,
    LockRefused,
    NotFound,
    StoreRefused,
    StoreUnreachable,
    UnlockedBucket,
)

log = logging.getLogger(__name__)

_READ_AT_ONCE = 1 << 20

_NOT_THERE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed"})
"""MethodNotAllowed answers a read of a delete marker."""
_COME_BACK_LATER = frozenset(
    {
        "InternalError",
        "OperationAborted",
        "ConditionalRequestConflict",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "SlowDownRead",
        "SlowDownWrite",
        "XMinioServerNotInitialized",
    }
)
_CHECKSUM = frozenset(
    {
        "BadDigest",
        "InvalidDigest",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
        "XMinioContentChecksumMismatch",
    }
)


@dataclass(frozen=True, slots=True)
class Stat:
    """What the store says of one version."""

    size: int
    sha256: str | None
    """As the store computed it on arrival (lower-case hex); None where it keeps none."""
    locked_until: datetime | None
    """End of the COMPLIANCE lock; None without one."""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One line of a listing."""

    key: str
    version_id: str
    size: int
    written_at: datetime
    """By the store's clock."""
    is_marker: bool
    """A delete marker: it hides the versions before it from whoever names none."""


class Objects:
    """One bucket of one store. Safe to use from many threads; holds no state but its connections."""

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        secure: bool = False,
        region: str = "us-east-1",
        default_lock_days: int | None = None,
    ) -> None:
        """`endpoint` is host:port without a scheme; `secure` chooses HTTPS. `default_lock_days` is the default lock of
        a bucket that `prepare` makes.
        """
        self.endpoint = endpoint
        self.bucket = bucket
        self._default_lock_days = default_lock_days
        self._credentials, self._region = Credentials(access_key, secret_key), region
        self._place = f"{'https' if secure else 'http'}://{endpoint}/{bucket}/"
        self._pool = PatientPool()
        self._client = Minio(
            endpoint=endpoint,
            access_key=access_key,
            secret_key=secret_key,
            secure=secure,
            region=region,
            http_client=self._pool,
        )

    def close(self) -> None:
        """Let the connections go."""
        self._pool.clear()

    def ping(self) -> None:
        """Ask something small, signed. Returns when the store answers and accepts the key, else raises."""
        with self._translated("a first question"):
            self._client.bucket_exists(bucket_name=self.bucket)

    def prepare(self) -> None:
        """Create the bucket with object lock, or make sure that the one that exists has it.

        A new bucket gets a default COMPLIANCE lock besides, as a backstop for what is ever written without one, if this
        key may set it; a key that may only write cannot, and what it writes names its lock anyway.

        Raises UnlockedBucket if it exists without; StoreUnreachable, StoreRefused.
        """
        with self._translated(f"the bucket {self.bucket!r}"):
            if not self._client.bucket_exists(bucket_name=self.bucket):
                try:
                    self._client.make_bucket(bucket_name=self.bucket, object_lock=True)
                except S3Error as error:
                    if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                        raise
                else:
                    self._set_default_lock()
            try:
                self._client.get_object_lock_config(bucket_name=self.bucket)
            except S3Error as error:
                if error.code == "ObjectLockConfigurationNotFoundError":
                    raise UnlockedBucket(self.bucket) from error
                raise

    def _set_default_lock(self) -> None:
        if self._default_lock_days is None:
            return
        config = ObjectLockConfig(COMPLIANCE, self._default_lock_days, DAYS)
        try:
            self._client.set_object_lock_config(bucket_name=self.bucket, config=config)
        except S3Error as error:
            if error.code != "AccessDenied":
                raise
            log.info("The key may not set a default lock for the bucket %s; it has none.", self.bucket)

    def put(self, key: str, data: bytes, sha256_hex: str, media_type: str, locked_until: datetime) -> str:
        """Write one whole object under a COMPLIANCE lock; returns its version id.

        When it returns, the store has acknowledged exactly these bytes (it checked the SHA-256 itself), locked at
        least until `locked_until`. Calling again with the same key and bytes is right after any error: if an earlier
        write did arrive, its version is returned, its lock lengthened where it fell short. Of many writers to one
        key, one writes.

        Raises KeyTaken (the key holds other bytes), ChecksumRefused, StoreUnreachable, StoreRefused.
        """
        until = whole_second(locked_until)
        try:
            with self._translated(f"to write {key!r}"):
                version_id = self._write(key, data, sha256_hex, media_type, until)
        except StoreRefused as error:
            if error.code in _CHECKSUM:
                raise ChecksumRefused(error.code, key) from error
            if error.code != "PreconditionFailed":
                raise
        else:
            return self._versioned(key, version_id)
        return self._already_there(key, len(data), sha256_hex, until)

    def _write(self, key: str, data: bytes, sha256_hex: str, media_type: str, until: datetime) -> str | None:
        """One PUT, refused if the key is taken; the version id. The condition and both checksums are signed.

        The SDK can't ask for a condition, and would hash the bytes once more to sign them: they are signed here by the
        digest they are known by, which the store computes itself and compares.
        """
        url, now = urlsplit(self._place + quote(key)), datetime.now(UTC)
        headers: dict[str, Any] = {
            "Host": url.netloc,
            "Content-Type": media_type,
            "Content-Length": str(len(data)),
            "If-None-Match": "*",
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256_hex)).decode(),
            "x-amz-content-sha256": sha256_hex,
            "x-amz-date": to_amz_date(now),
            "x-amz-object-lock-mode": COMPLIANCE,
            "x-amz-object-lock-retain-until-date": to_iso8601utc(until),
        }
        signed = sign_v4_s3(
            method="PUT", url=url, region=self._region, headers=headers, credentials=self._credentials,
            content_sha256=sha256_hex, date=now,
        )  # fmt: skip
        body = io.BytesIO(data)  # sent in blocks, so that the timeout is a block's, not the whole's
        answer = self._pool.urlopen("PUT", urlunsplit(url), body=body, headers=cast("Any", signed), redirect=False)
        if answer.status == http.HTTPStatus.OK:
            return answer.headers.get("x-amz-version-id")
        if answer.data and "application/xml" in answer.headers.get("content-type", ""):
            raise S3Error.fromxml(answer)
        words = answer.data.decode(errors="replace")
        raise InvalidResponseError(answer.status, answer.headers.get("content-type"), words)

    def get(self, key: str, version_id: str) -> bytes:
        """The bytes of one version. The caller checks their hash."""
        with self._translated(f"{key!r}, version {version_id}"):
            response = self._client.get_object(bucket_name=self.bucket, object_name=key, version_id=version_id)
            try:
                return response.read()
            finally:
                response.close()
                response.release_conn()

    def stat(self, key: str, version_id: str) -> Stat:
        """Size, checksum and lock of one version, as the store has them."""
        with self._translated(f"{key!r}, version {version_id}"):
            found = self._client.stat_object(
                bucket_name=self.bucket,
                object_name=key,
                version_id=version_id,
                extra_headers={"x-amz-checksum-mode": "ENABLED"},
            )
        return _stat(found.metadata or {}, found.size or 0)

    @contextmanager
    def opened(self, key: str, version_id: str) -> Generator[tuple[Stat, Iterator[bytes]]]:
        """One version to be read in pieces, and what the store says of it in the same answer. The caller checks its
        hash.

        Raises NotFound, StoreUnreachable, StoreRefused; the pieces, too, raise StoreUnreachable when they break off.
        """
        what = f"{key!r}, version {version_id}"
        with self._translated(what):
            response = self._client.get_object(
                bucket_name=self.bucket,
                object_name=key,
                version_id=version_id,
                request_headers={"x-amz-checksum-mode": "ENABLED"},
            )
        try:
            size = int(response.headers.get("content-length") or 0)
            yield _stat(response.headers, size), self._pieces(response, what)
        finally:
            response.close()
            response.release_conn()

    def _pieces(self, response: BaseHTTPResponse, what: str) -> Iterator[bytes]:
        with self._translated(what):
            yield from response.stream(_READ_AT_ONCE)

    def extend(self, key: str, version_id: str, until: datetime) -> datetime:
        """Lengthen the lock of one version; returns the lock now in force. A date not after the present lock changes
        nothing.

        Raises LockRefused, NotFound, StoreUnreachable, StoreRefused.
        """
        wanted = whole_second(until)
        present = self.stat(key, version_id).locked_until
        if present is not None and present >= wanted:
            return present
        try:
            with self._translated(f"a longer lock for {key!r}"):
                self._client.set_object_retention(
                    bucket_name=self.bucket,
                    object_name=key,
                    version_id=version_id,
                    config=Retention(COMPLIANCE, wanted),
                )
        except StoreRefused as error:
            if isinstance(error, NotFound):
                raise
            raise LockRefused(error.code, key, str(error.__cause__)) from error
        return wanted

    def find(self, key: str, size: int, sha256_hex: str) -> str | None:
        """The oldest version of `key` that holds exactly these bytes, or None.

        The store's own checksum decides where it keeps one; else the bytes are read and hashed.
        """
        found: str | None = None
        for version_id, version_size in self._versions(key):  # newest first, as S3 lists them
            if version_size == size and self._holds(key, version_id, sha256_hex):
                found = version_id
        return found

    def first(self, key: str) -> bytes | None:
        """The bytes of the oldest version of `key`, which no later write can have replaced; None if there is none."""
        oldest = None
        for version_id, _ in self._versions(key):  # newest first
            oldest = version_id
        return None if oldest is None else self.get(key, oldest)

    def names(self, prefix: str) -> list[str]:
        """Every key that begins with `prefix`, in order."""
        with self._translated(f"to list what begins with {prefix!r}"):
            found = self._client.list_objects(bucket_name=self.bucket, prefix=prefix, recursive=True)
            return sorted(each.object_name for each in found if each.object_name)

    def folders(self, prefix: str) -> list[str]:
        """What follows `prefix`, which ends with a slash, up to the next slash in any key; each once, in order."""
        with self._translated(f"to list the folders in {prefix!r}"):
            found = self._client.list_objects(bucket_name=self.bucket, prefix=prefix)
            return sorted(each.object_name[len(prefix) : -1] for each in found if each.is_dir and each.object_name)

    def versions(self, prefix: str) -> Iterator[Version]:
        """Every version of every key that begins with `prefix`, delete markers too, page by page as they are asked for.

        A key's versions come together, the newest first.
        """
        with self._translated(f"to list the versions of what begins with {prefix!r}"):
            for each in self._client.list_objects(
                bucket_name=self.bucket, prefix=prefix, recursive=True, include_version=True
            ):
                if each.object_name and each.version_id and each.last_modified:
                    yield Version(
                        each.object_name, each.version_id, each.size or 0, each.last_modified, each.is_delete_marker
                    )

    def _already_there(self, key: str, size: int, sha256_hex: str, until: datetime) -> str:
        version_id = self.find(key, size, sha256_hex)
        if version_id is not None:
            self.extend(key, version_id, until)
            return version_id
        if any(True for _ in self._versions(key)):
            raise KeyTaken(key)
        # Another writer was first and is not visible yet.
        raise StoreUnreachable(self.endpoint, f"{key!r} is being written by another")

    def _versions(self, key: str) -> Iterator[tuple[str, int]]:
        for each in self.versions(key):
            if each.key == key and not each.is_marker:
                yield each.version_id, each.size

    def _holds(self, key: str, version_id: str, sha256_hex: str) -> bool:
        stored = self.stat(key, version_id).sha256
        if stored is None:
            stored = hashlib.sha256(self.get(key, version_id)).hexdigest()
        return stored == sha256_hex

    def _versioned(self, key: str, version_id: str | None) -> str:
        if not version_id or version_id == "null":
            raise UnlockedBucket(f"{self.bucket} ({key} got no version)")
        return version_id

    @contextmanager
    def _translated(self, what: str) -> Generator[None]:
        """The one edge where the SDK's and urllib3's errors become ours."""
        try:
            yield
        except S3Error as error:
            status = int(getattr(error.response, "status", 0) or 0)
            if error.code in _COME_BACK_LATER or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                raise StoreUnreachable(self.endpoint, f"{error.code}: {error.message}") from error
            if error.code in _NOT_THERE:
                raise NotFound(error.code or "", what) from error
            raise StoreRefused.because(error.code or "unknown", error.message or "", what) from error
        except (ServerError, InvalidResponseError) as error:
            raise StoreUnreachable(self.endpoint, str(error)) from error
        except (HTTPError, OSError) as error:
            raise StoreUnreachable(self.endpoint, type(error).__name__) from error


def _stat(headers: Any, size: int) -> Stat:
    """`headers` are those of an answer to GET or HEAD; their names are compared without regard to case."""
    checksum = headers.get("x-amz-checksum-sha256")
    until = headers.get("x-amz-object-lock-retain-until-date")
    locked = until is not None and headers.get("x-amz-object-lock-mode") == COMPLIANCE
    return Stat(
        size=size,
        sha256=base64.b64decode(checksum).hex() if checksum else None,
        locked_until=datetime.fromisoformat(until).astimezone(UTC) if until and locked else None,
        media_type=headers.get("content-type") or "",
    )


def whole_second(moment: datetime) -> datetime:
    """Retention dates have whole seconds; up, so that a lock is never a fraction short. Needs a zone."""
    if moment.tzinfo is None:
        raise ValueError("A lock needs a moment with a time zone.")
    cut = moment.astimezone(UTC).replace(microsecond=0)
    return cut if moment.microsecond == 0 else datetime.fromtimestamp(cut.timestamp() + 1, UTC)
