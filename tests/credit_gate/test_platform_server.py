"""The platform the tests run against: takes an event once, keeps it though killed, checks who asks."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import rfc8785

from credit_gate.sources.signing import SharedKey, authority, content_digest, signature, signed
from tests.platform_server import PlatformServer, platform

FIRM = "91350100M000100Y43"
EVENT = {
    "subject": FIRM,
    "kind": {"zh": "提交虚假材料", "en": "false material"},
    "severity": "serious",
    "at": "2026-11-20T09:00:00+08:00",
    "rule": "《中华人民共和国行政许可法》第七十八条",
    "confirmed_by": "某局",
    "repair_notice": {"zh": "信用修复告知书", "en": "how to repair"},
}
KEY = SharedKey("node-1", b"a secret of 22 letters")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformServer]:
    with platform(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def put(http: aiohttp.ClientSession, url: str, body: Any) -> int:
    async with http.put(url, json=body) as answer:
        return answer.status


async def get(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_an_event_is_taken_once_and_kept_when_the_server_is_killed(
    server: PlatformServer, http: aiohttp.ClientSession
) -> None:
    url = server.url
    assert await put(http, f"{url}/repairs/E-1", {"repaired_at": "2026-11-21T09:00:00+08:00"}) == 404
    assert await put(http, f"{url}/events/E-1", EVENT) == 201
    server.kill()
    server.start()
    assert await put(http, f"{url}/events/E-1", dict(reversed(EVENT.items()))) == 200
    assert await put(http, f"{url}/events/E-1", EVENT | {"severity": "general"}) == 409
    assert await put(http, f"{url}/events/E-2", EVENT | {"severity": "grave"}) == 422
    await put(http, f"{url}/faults", [{"kind": "lost_answer", "times": 2}])  # aiohttp itself tries a PUT twice
    with pytest.raises(aiohttp.ClientError):
        await put(http, f"{url}/repairs/E-1", {"repaired_at": "2026-11-21T09:00:00+08:00"})
    assert await put(http, f"{url}/repairs/E-1", {"repaired_at": "2026-11-21T09:00:00+08:00"}) == 200
    assert await put(http, f"{url}/repairs/E-1", {"repaired_at": "2026-11-22T09:00:00+08:00"}) == 409
    (event,) = (await get(http, f"{url}/events"))["events"]
    assert (event["id"], event["content"], event["deliveries"]) == ("E-1", EVENT, 2)
    assert server.received() == [("E-1", 2)]
    told = await get(http, f"{url}/standings/{FIRM}")
    assert [one["id"] for one in told["events"]] == ["E-1"]
    assert told["events"][0]["repaired_at"] == "2026-11-21T09:00:00+08:00"
    assert await put(http, f"{url}/events/E-3", EVENT | {"subject": told["ref"]}) == 201
    assert len((await get(http, f"{url}/standings/{FIRM}"))["events"]) == 2


async def test_a_signature_is_good_for_one_request_only(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    body, now = rfc8785.dumps(EVENT), datetime.now(UTC)
    with platform(tmp_path, "--key-id", KEY.id, "--secret", KEY.secret.decode()) as server:
        url = f"{server.url}/events/E-1"

        async def sent(headers: dict[str, str], url: str = url, body: bytes = body) -> int:
            async with http.put(url, data=body, headers=headers) as answer:
                return answer.status

        good = signed(KEY, "PUT", url, body, now, "n1")
        assert await sent({}) == 401
        assert await sent(good, body=body.replace(b"serious", b"general")) == 401
        assert await sent(good, url=f"{server.url}/events/E-2") == 401
        assert await sent(signed(SharedKey("node-1", b"some other secret"), "PUT", url, body, now, "n2")) == 401
        assert await sent(signed(KEY, "PUT", url, body, now - timedelta(minutes=6), "n3")) == 401
        assert await sent(good) == 201
        assert await sent(good) == 401
        assert await sent(signed(KEY, "PUT", url, body, now, "n4")) == 200


def test_the_standards_own_signature() -> None:
    """RFC 9421, B.1.5 and B.2.5."""
    secret = b64decode("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==")
    covered = [
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("@authority", "example.com"),
        ("content-type", "application/json"),
    ]
    params = '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
    assert signature(secret, covered, params) == "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="


def test_the_standards_own_digest() -> None:
    """RFC 9530, appendix D.1: the JSON object of section B."""
    assert content_digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://Credit.Example.gov/x", "credit.example.gov"),
        ("https://credit.example.gov:443/", "credit.example.gov"),
        ("http://credit.example.gov:443/", "credit.example.gov:443"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_the_authority_is_covered_as_servers_see_it(url: str, shown: str) -> None:
    assert authority(url) == shown


def test_a_key_that_could_be_guessed_or_break_its_header_is_refused() -> None:
    for key_id, secret in [('a"b', bytes(16)), ("", bytes(16)), ("a\nb", bytes(16)), ("node", b"short")]:
        with pytest.raises(ValueError, match="key"):
            SharedKey(key_id, secret)
    assert "secret" not in repr(KEY)
