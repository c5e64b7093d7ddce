"""What goes wrong on the server's side, or can't be kept, is answered in words: the same status and code each time."""

import errno

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from evidence_store.errors import SpoolFault, SpoolFull, StoreUnreachable
from survey_server.api.problems import problems
from survey_server.db.errors import DatabaseFull, DatabaseUnreachable
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.flows.trouble import Trouble, no_nul
from survey_server.wire.from_person import AnswerPoint
from survey_server.wire.node import HealthView, Problem
from tests.nodes import ServedNode, application

FAULTS = {
    "spool full": (SpoolFull("full"), 507, "disk_full"),
    "journal full": (DatabaseFull("takan.db", "database or disk is full"), 507, "disk_full"),
    "no room for a download": (OSError(errno.ENOSPC, "No space left on device"), 507, "disk_full"),
    "quota": (OSError(errno.EDQUOT, "Disk quota exceeded"), 507, "disk_full"),
    "spool broken": (SpoolFault("broken"), 503, "not_kept"),
    "database away": (DatabaseUnreachable("takan@db", "connection refused"), 503, "database_away"),
    "archive away": (StoreUnreachable("s3:9000", "refused"), 503, "store_unreachable"),
    "a mistake of ours": (RuntimeError("oops"), 500, "internal"),
    "another OSError": (OSError(errno.EIO, "Input/output error"), 500, "internal"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_has_its_words(fault: str) -> None:
    async def fail(_request: web.Request) -> web.Response:
        raise FAULTS[fault][0]

    app = web.Application(middlewares=[problems])
    app.router.add_get("/api/anything", fail)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(server.make_url("/")) as http,
        http.get("/api/anything") as answer,
    ):
        problem = msgspec.json.decode(await answer.read(), type=Problem)
    _, status, code = FAULTS[fault]
    assert (answer.status, problem.status, problem.type) == (status, status, f"urn:takan:{code}")
    assert len(problem.detail.zh) > 5
    assert len(problem.detail.en) > 20
    assert "takan.db" not in problem.detail.en, "nothing of the inside"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (rb'{"a":"\u0000"}', True),
        (rb'{"a":"x\u00001"}', True),
        (rb'{"a":"\\u0000"}', False),
        (rb'{"a":"\\\u0000"}', True),
        (rb'{"a":"\\\\u0000"}', False),
        (rb'{"a":"\u0001 u0000"}', False),
    ],
)
def test_a_null_character_is_told_from_the_letters_of_its_escape(text: bytes, refused: bool) -> None:
    assert ("\0" in msgspec.json.decode(text)["a"]) is refused
    if refused:
        with pytest.raises(Trouble, match="nul_character"):
            no_nul(text)
    else:
        assert no_nul(text) is text


async def test_a_null_character_is_refused_wherever_text_comes_in(client: NodeClient, served: ServedNode) -> None:
    form = msgspec.to_builtins(application())
    form["subject"]["name"] = "某\0公司"
    headers = {"Authorization": f"Bearer {served.key}"}
    async with client.http.post(client.url + "/api/applications", json=form, headers=headers) as answer:
        problem = msgspec.json.decode(await answer.read(), type=Problem)
        assert (answer.status, problem.type) == (400, "urn:takan:nul_character")
    form["subject"]["name"] = "某\\u0000公司"
    async with client.http.post(client.url + "/api/applications", json=form, headers=headers) as answer:
        assert answer.status == 201
    async with client.http.get(client.url + "/api/surveys/s%00/export") as answer:
        assert answer.status == 404
        assert msgspec.json.decode(await answer.read(), type=Problem).detail.en

    survey = (await client.apply(application())).survey
    _, link = await client.invite(survey, list(PEOPLE[:2]))
    person = await Person.arrive(client, link, None)
    await person.send(AnswerPoint("door", "ok", "fine\0"))
    await person.until(lambda: bool(person.faults), "a refusal")
    assert person.faults[0].code == "nul_character"
    await person.leave()


async def test_health_tells_of_disk_and_ledger(client: NodeClient) -> None:
    async with client.http.get(client.url + "/api/health") as answer:
        health = msgspec.json.decode(await answer.read(), type=HealthView)
    assert (health.ok, health.disk_low, health.ledger_trouble, health.timestamp_trouble) == (True, False, "", "")
    assert health.disk_free_bytes > 2048 << 20
    assert health.ledger_waiting >= 0
