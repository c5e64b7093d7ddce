"""The buckets an examination works in: of its own, with random names, emptied again as far as the locks let it."""

import contextlib
import itertools
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import urllib3
from minio.commonconfig import COMPLIANCE, ENABLED
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig
from urllib3.exceptions import HTTPError

from evidence_store.conformance.caller import Caller, KeyPair
from evidence_store.conformance.verdict import CheckImpossible, Unmet
from evidence_store.connections import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from evidence_store.errors import StoreUnreachable
from evidence_store.objects import Objects, whole_second

EVIDENCE = b"evidence"
_LONGEST_NAME = 63
"""Of a bucket (S3)."""
_MARGIN_S = 1.5
"""A lock is over for everybody this long after its end: dates of S3 have whole seconds."""
_NO_SUCH_KEY = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Unauthorized"})


@dataclass(frozen=True, slots=True)
class Version:
    """Something written by an examination."""

    bucket: str
    key: str
    id: str
    data: bytes
    lock: Retention | None = None

    @property
    def path(self) -> str:
        return f"{self.bucket}/{self.key}"


class NoLock(Exception):
    """The store would not make a bucket with object lock. `str` says what it answered."""


class Scratch:
    """Two buckets and everybody who works on them. One thread at a time.

    `setup` may do everything that locks allow, `node` is the key that is judged, `nobody` has no key and `liar` the
    node's access key with a wrong secret. Dates are the store's: its clock is asked once.
    """

    def __init__(self, endpoint: str, node: KeyPair, setup: KeyPair, secure: bool, prefix: str, lock_s: float) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        self.pool = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=16)
        self.endpoint = endpoint
        self.secure = secure
        self.setup = Caller(endpoint, setup, secure, self.pool)
        self.node = Caller(endpoint, node, secure, self.pool)
        self.nobody = Caller(endpoint, None, secure, self.pool)
        self.liar = Caller(endpoint, KeyPair(node.access_key, secrets.token_urlsafe(30)), secure, self.pool)
        self.bucket = f"{prefix[: _LONGEST_NAME - 22].rstrip('.-')}-check-{secrets.token_hex(6)}"
        self.empty = f"{self.bucket}-e"
        """A bucket with object lock and nothing in it."""
        self.objects = Objects(endpoint, node.access_key, node.secret_key, self.bucket, secure)
        """The node's key as a node uses it."""
        self.lock_s = lock_s
        self.server = ""
        self.ahead_s = 0.0
        """How far the store's clock is ahead of this machine's; known to a second."""
        self.first: Version | None = None
        """Written and locked at the beginning, for whoever wants to see a lock end."""
        self._numbers = itertools.count(1)
        self._made: list[str] = []
        self._last_end = 0.0
        self._ends: list[datetime] = []

    def open(self) -> None:
        """Make the buckets. Raises StoreUnreachable, CheckImpossible (the setup key may not), NoLock."""
        try:
            greeting = self.nobody.send("GET")
        except HTTPError as error:
            raise StoreUnreachable(self.endpoint, type(error).__name__) from error
        self.server = greeting.headers.get("server", "")
        if "date" in greeting.headers:
            self.ahead_s = parsedate_to_datetime(greeting.headers["date"]).timestamp() + 0.5 - time.time()
        for bucket in (self.bucket, self.empty):
            try:
                self.setup.client.make_bucket(bucket_name=bucket, object_lock=True)
            except S3Error as error:
                if error.code in _NO_SUCH_KEY:
                    raise CheckImpossible(
                        f"The setup key may not make the bucket {bucket!r} at {self.endpoint} ({error.code}). Give "
                        "--setup-access-key and --setup-secret-key of somebody who may make and empty buckets."
                    ) from error
                raise NoLock(f"It answered {error.code}: {error.message}") from error
            self._made.append(bucket)
        self._vouch_for_setup()
        with contextlib.suppress(S3Error):
            self.first = self.locked("ends")

    def _vouch_for_setup(self) -> None:
        """What the setup key is refused says something about locks only if it may do the same without a lock."""
        try:
            version, client = self.unlocked("setup"), self.setup.client
            client.remove_object(bucket_name=version.bucket, object_name=version.key, version_id=version.id)
            client.delete_object_lock_config(bucket_name=self.bucket)
            client.set_bucket_versioning(bucket_name=self.bucket, config=VersioningConfig(ENABLED))
            client.remove_object(bucket_name=self.bucket, object_name=version.key)
        except S3Error as error:
            raise CheckImpossible(
                f"The setup key is refused where no lock stands in its way ({error.code}), so its attempts would prove "
                f"nothing. Give --setup-access-key and --setup-secret-key of somebody with every right there."
            ) from error

    def now(self) -> datetime:
        """The time by the store's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)

    def soon(self, times: float = 1) -> datetime:
        """When a short lock of now ends."""
        until = whole_second(self.now() + timedelta(seconds=self.lock_s * times))
        self._last_end = max(self._last_end, until.timestamp())
        self._ends.append(until)
        return until

    def sooner(self, than: datetime) -> datetime:
        """A moment before the end of a short lock, however long ago it was given."""
        earlier = than - timedelta(seconds=1)
        self._ends.append(earlier)
        return earlier

    def key(self, name: str) -> str:
        """A key nobody has used."""
        return f"{name}-{next(self._numbers)}"

    def locked(self, name: str, mode: str = COMPLIANCE, until: datetime | None = None) -> Version:
        """A new object under a lock, by default a COMPLIANCE lock of seconds."""
        lock, key = Retention(mode, until or self.soon()), self.key(name)
        return Version(self.bucket, key, self.setup.put(self.bucket, key, EVIDENCE, lock), EVIDENCE, lock)

    def unlocked(self, name: str) -> Version:
        """A new object without a lock."""
        key = self.key(name)
        return Version(self.bucket, key, self.setup.put(self.bucket, key, EVIDENCE), EVIDENCE)

    def read(self, version: Version) -> bytes:
        """The bytes of one version, with the setup key."""
        response = self.setup.client.get_object(
            bucket_name=version.bucket, object_name=version.key, version_id=version.id
        )
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    def lock_of(self, version: Version) -> Retention | None:
        """The lock a version has, with the setup key."""
        try:
            return self.setup.client.get_object_retention(
                bucket_name=version.bucket, object_name=version.key, version_id=version.id
            )
        except S3Error as error:
            if error.code in {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"}:
                return None
            raise

    def intact(self, version: Version) -> None:
        """Make sure that a version has its bytes and at least its lock. Raises Unmet."""
        try:
            found = self.read(version)
        except S3Error as error:
            raise Unmet(f"Afterwards the version could not be read any more ({error.code}).") from error
        if found != version.data:
            raise Unmet("Afterwards the version held other bytes.")
        if version.lock is not None:
            lock = self.lock_of(version)
            if lock is None or lock.mode != version.lock.mode:
                raise Unmet(f"Afterwards the version's lock was {lock.mode if lock else 'gone'}.")
            if lock.retain_until_date < version.lock.retain_until_date:
                raise Unmet("Afterwards the version's lock was shorter.")

    def versions(self, key: str) -> list[str]:
        """The version ids under one key, delete markers left out."""
        listed = self.setup.client.list_objects(
            bucket_name=self.bucket, prefix=key, recursive=True, include_version=True
        )
        return [each.version_id or "" for each in listed if each.object_name == key and not each.is_delete_marker]

    def begin(self) -> None:
        """A check begins: `a_lock_ended` is about locks given from now on."""
        self._ends.clear()

    def a_lock_ended(self) -> bool:
        """Whether a short lock ended while the check still relied on it."""
        return any(end <= self.now() for end in self._ends)

    def wait_for(self, moment: float) -> None:
        """Sleep until a lock that ends at this POSIX time is over by the store's clock."""
        time.sleep(max(0.0, moment + _MARGIN_S - self.now().timestamp()))

    def close(self) -> list[str]:
        """Wait for the last lock of seconds, remove everything and name what stayed, with the reason."""
        self.wait_for(self._last_end)
        stayed = [word for bucket in self._made for word in self._remove(bucket)]
        self.objects.close()
        self.pool.clear()
        return stayed

    def _remove(self, bucket: str) -> list[str]:
        client = self.setup.client
        try:
            listed = client.list_objects(bucket_name=bucket, recursive=True, include_version=True)
            found = [DeleteObject(each.object_name or "", each.version_id) for each in listed]
            errors = list(
                client.remove_objects(bucket_name=bucket, delete_object_list=found, bypass_governance_mode=True)
            )
            if errors:
                return [f"{bucket}/{each.name} version {each.version_id}: {each.code}" for each in errors]
            client.remove_bucket(bucket_name=bucket)
        except S3Error as error:
            return [] if error.code == "NoSuchBucket" else [f"{bucket}: {error.code}"]
        except (HTTPError, OSError) as error:
            return [f"{bucket}: {type(error).__name__}"]
        return []
