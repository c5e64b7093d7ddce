"""What counts as the platform's acknowledgement: a real one, by a real platform that does all sorts of things."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from credit_gate.sources.platform import PlatformTerms
from credit_gate.sources.signing import SharedKey
from survey_server.clock import utc_now
from survey_server.flows.platform_put import PlatformPut
from tests.nodes import RED
from tests.platform_server import PlatformServer

SECRET = "a secret of both sides"
EVENT: dict[str, Any] = {
    "subject": RED,
    "kind": {"zh": "虚假材料", "en": "false material"},
    "severity": "general",
    "at": "2026-11-23T10:00:00+08:00",
    "rule": "《法》第一条",
    "confirmed_by": "某局",
}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[PlatformServer]:
    server = PlatformServer(tmp_path, ("--key-id", "takan", "--secret", SECRET))
    server.start()
    yield server
    server.kill()


async def broken(platform: PlatformServer, kind: str) -> None:
    async with aiohttp.ClientSession() as test, test.put(f"{platform.url}/faults", json=[{"kind": kind, "times": 2}]):
        pass


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("error", "HTTP 500"),
        ("garbage", "HTTP 200: <html>"),
        ("cut", "Disconnected"),
        ("half", "Payload"),
        ("lost_answer", "Disconnected"),
    ],
)
async def test_what_is_no_acknowledgement_is_said_and_the_event_stands_once(
    kind: str, told: str, platform: PlatformServer
) -> None:
    terms = PlatformTerms(platform.url, SharedKey("takan", SECRET.encode()))
    async with PlatformPut(terms, utc_now) as put:
        await broken(platform, kind)
        trouble = await put("events/TK-1", EVENT)
        assert told in trouble
        await broken(platform, "slow")  # no fault is left over
        assert await put("events/TK-1", EVENT) == ""
        assert await put("events/TK-1", EVENT) == ""
        assert [event for event, _ in platform.received()] == ["TK-1"]
        assert "HTTP 409" in await put("events/TK-1", {**EVENT, "severity": "serious"})
        assert "HTTP 404" in await put("repairs/TK-2", {"repaired_at": "2026-11-23T11:00:00+08:00"})
        platform.kill()
        assert "Cannot connect" in await put("events/TK-1", EVENT)


async def test_a_wrong_key_is_told_in_the_platforms_words(platform: PlatformServer) -> None:
    async with PlatformPut(PlatformTerms(platform.url, SharedKey("takan", b"another secret of one")), utc_now) as put:
        assert "HTTP 401" in await put("events/TK-1", EVENT)
    assert platform.received() == []
