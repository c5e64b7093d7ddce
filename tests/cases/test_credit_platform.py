"""A node that asks a credit platform: what it told last stands for a while, and a repair counts at once."""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec
import pytest

from credit_gate.replay import replayed
from credit_gate.sources.signing import SharedKey, signed
from survey_server.settings import BadSettings, load_settings
from survey_server.wire.admission import AdmissionView
from tests.nodes import RED, UNKNOWN, ServedNode, application, serving
from tests.platform_server import PlatformServer, platform

SECRET = "a secret of 22 letters"
EVENT = {
    "subject": RED,
    "kind": {"zh": "提交虚假材料", "en": "false material"},
    "severity": "serious",
    "at": "2026-02-20T09:00:00+08:00",
    "rule": "《法》第七十八条",
    "confirmed_by": "某局",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformServer]:
    with platform(tmp_path_factory.mktemp("platform"), "--key-id", "node-1", "--secret", SECRET) as running:
        yield running


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, server: PlatformServer) -> Iterator[ServedNode]:
    given = {"TAKAN_REGISTER": "", "TAKAN_CREDIT_URL": server.url, "TAKAN_CREDIT_TIMEOUT_S": "4"}
    folder = tmp_path_factory.mktemp("node")
    with serving(folder, TAKAN_CREDIT_KEY_ID="node-1", TAKAN_CREDIT_KEY_SECRET=SECRET, **given) as running:
        yield running


async def put(url: str, body: Any) -> None:
    content = msgspec.json.encode(body)
    made = signed(SharedKey("node-1", SECRET.encode()), "PUT", url, content, datetime.now(UTC), secrets.token_hex(8))
    async with aiohttp.ClientSession() as http, http.put(url, data=content, headers=made) as answer:
        assert answer.status < 300, await answer.text()


async def applied(node: ServedNode, code: str = RED) -> AdmissionView:
    async with node.client() as client:
        return await client.apply(application(code))


async def preserved(node: ServedNode, survey: str) -> dict[str, Any]:
    """The decision as the store has it."""
    query = "SELECT id FROM stored_object WHERE survey = ? AND key LIKE '%/admission/decision%'"
    async with node.client() as client:
        auditor = await client.start(await client.invite_auditor("审计员"))
        for _ in range(200):
            with sqlite3.connect(f"file:{node.data}/takan.db?mode=ro", uri=True) as database:
                if found := database.execute(query, [survey]).fetchone():
                    break
            await asyncio.sleep(0.1)
        headers = {"Authorization": f"Bearer {auditor.session}"}
        async with client.http.get(f"{client.url}/api/objects/{found[0]}", headers=headers) as answer:
            return msgspec.json.decode(await answer.read())


async def test_a_silent_platform_holds_nothing_else_up(node: ServedNode, server: PlatformServer) -> None:
    await put(f"{server.url}/faults", [{"kind": "slow", "seconds": 60}])
    async with node.client() as client:
        waiting = asyncio.create_task(client.apply(application()))
        for _ in range(5):
            await client.items()
        assert not waiting.done()
        assert (await waiting).outcome == "on_site"
    await put(f"{server.url}/faults", [])


async def test_a_node_asks_the_platform_at_every_application(node: ServedNode, server: PlatformServer) -> None:
    await put(f"{server.url}/standings/{RED}", {"tier": "red"})
    assert (await applied(node)).outcome == "admitted"
    await put(f"{server.url}/events/E-1", EVENT)
    told = await applied(node)
    assert (told.outcome, told.tier) == ("on_site", "black")
    assert any("《法》第七十八条" in reason.zh for reason in told.reasons)
    await put(f"{server.url}/repairs/E-1", {"repaired_at": datetime.now(UTC).isoformat()})
    assert (await applied(node)).outcome == "admitted"

    server.kill()
    node.kill()
    node.start()
    told = await applied(node)
    assert (told.outcome, told.tier) == ("admitted", "red")
    assert any("按其" in reason.zh and "what it said on" in reason.en for reason in told.reasons)
    record = await preserved(node, told.survey)
    assert (record["source"], record["reasons"][-1]["code"]) == (server.url, "last_known")
    assert replayed(record) == []
    nobody = await applied(node, UNKNOWN)
    assert (nobody.outcome, nobody.tier) == ("on_site", "unknown")
    assert RED not in node.log
    assert UNKNOWN not in node.log
    assert "the connection failed" in node.log
    with sqlite3.connect(node.data / "standings.db") as database:
        (ref,) = database.execute("SELECT ref FROM standing").fetchone()
    assert len(ref) == 64


GOOD = {"credit_url": "https://credit.example.gov/api", "credit_bearer": "t" * 20}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (GOOD | {"register": "r.toml"}, "two sources"),
        (GOOD | {"credit_url": ""}, "are for credit_url"),
        (GOOD | {"credit_url": "http://credit.example.gov"}, "needs https"),
        (GOOD | {"credit_url": "credit.example.gov"}, "no address"),
        (GOOD | {"credit_url": "https://u:p@credit.example.gov"}, "no address"),
        (GOOD | {"credit_bearer": ""}, "either credit_bearer"),
        (GOOD | {"credit_key_id": "k"}, "belong together"),
        (GOOD | {"credit_key_id": "k", "credit_key_secret": "s" * 20}, "either credit_bearer"),
        (GOOD | {"credit_bearer": "", "credit_key_id": "k", "credit_key_secret": "s"}, "16 characters"),
        (GOOD | {"credit_timeout_s": "0"}, "credit_timeout_s"),
    ],
)
def test_wrong_settings_are_named(given: dict[str, str], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        load_settings(None, {}, embedded=True, intake_key="k" * 20, **given)
    load_settings(None, {}, embedded=True, intake_key="k" * 20, **GOOD)
