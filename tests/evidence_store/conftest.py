import io
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3
from minio import Minio

from evidence_store import Embedded, EvidenceStore, Facts, Kept, Objects, Spool
from evidence_store.embedded_profile import credentials_of
from tests.servers import Server, minio, require

LONG_ON_MINIO = ("test_audit.py", "test_other_logs.py", "test_takeover.py", "test_an_interruption_at_any_write")
"""What follows from our code alone is tried on the embedded store first; on MinIO too in the long form."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "minio" in item.name and any(each in item.nodeid for each in LONG_ON_MINIO):
            item.add_marker(pytest.mark.long)


@dataclass(frozen=True)
class S3:
    """A real S3 server, seen by the code under test (`objects`) and by somebody with every right (`keeper`)."""

    server: Server
    keeper: Minio
    directory: Path
    """Where it keeps its data."""

    def objects(self, bucket: str, endpoint: str | None = None) -> Objects:
        return Objects(endpoint or self.server.endpoint, self.server.access_key, self.server.secret_key, bucket)

    def forge(self, bucket: str, key: str, data: bytes) -> str:
        """Write a newer version without asking whether there is one."""
        written = self.keeper.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(data), length=len(data))
        assert written.version_id
        return written.version_id

    def versions(self, bucket: str, key: str) -> list[str]:
        found = self.keeper.list_objects(bucket_name=bucket, prefix=key, include_version=True, recursive=True)
        return [each.version_id for each in found if each.object_name == key and each.version_id]


def client(endpoint: str, access_key: str, secret_key: str) -> Minio:
    return Minio(
        endpoint=endpoint,
        access_key=access_key,
        secret_key=secret_key,
        secure=False,
        region="us-east-1",
        http_client=urllib3.PoolManager(retries=False, timeout=30),
    )


@contextmanager
def _embedded(directory: Path) -> Generator[S3]:
    require("weed", Path(__import__("sys").executable).with_name("weed"))
    store = Embedded(directory)
    access = store.start()
    credentials = credentials_of(directory)
    try:
        server = Server(access.endpoint, access.access_key, access.secret_key)
        yield S3(server, client(access.endpoint, credentials.keeper_key, credentials.keeper_secret), directory)
    finally:
        store.stop()


@contextmanager
def _minio(directory: Path) -> Generator[S3]:
    with minio(directory) as server:
        yield S3(server, client(server.endpoint, server.access_key, server.secret_key), directory)


@pytest.fixture(scope="module", params=[_embedded, _minio], ids=["embedded", "minio"])
def s3_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[S3]:
    """One for a module: the embedded server has room for 65 buckets, and each test takes one or more."""
    with request.param(tmp_path_factory.mktemp("s3") / "data") as server:
        yield server


@pytest.fixture
def bucket() -> str:
    return f"evidence-{secrets.token_hex(6)}"


@pytest.fixture
def objects(s3_server: S3, bucket: str) -> Objects:
    made = s3_server.objects(bucket)
    made.prepare()
    return made


@dataclass
class Owner:
    """Takes note of what is kept, as the survey server does."""

    noted: list[tuple[Facts, Kept]] = field(default_factory=list)
    first: Callable[[Facts, Kept], Awaitable[None]] | None = None

    async def on_kept(self, facts: Facts, kept: Kept) -> None:
        if self.first is not None:
            await self.first(facts, kept)
        self.noted.append((facts, kept))


@asynccontextmanager
async def running(objects: Objects, spool: Path, owner: Owner | None = None) -> AsyncGenerator[EvidenceStore]:
    store = EvidenceStore(objects, Spool(spool), (owner or Owner()).on_kept)
    await store.start()
    try:
        yield store
    finally:
        await store.close()
