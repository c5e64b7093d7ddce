"""Errands on a real node: made when somebody comes in, shown to the applicant, checked by anybody, in the bundle."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from typer.testing import CliRunner

from survey_server.app import running
from survey_server.cli import app
from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.export import export
from survey_server.flows.invited import TWO_DEPARTMENTS
from survey_server.flows.person import Person
from survey_server.survey.errands import in_fours
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.errands import ErrandCheck, ErrandForm
from survey_server.wire.life import Withdraw
from survey_server.wire.panel import StandAside
from tests.cases.test_locks import become
from tests.cases.test_material import view, wish
from tests.flows.ageing import settings
from tests.flows.bundles import unpack

CITY, FIRE = TWO_DEPARTMENTS
ORDERS = [
    InvitationOrder("applicant", "王经办"),
    InvitationOrder("reviewer", "林静", CITY, credential=" 琼46-0042 "),
    InvitationOrder("reviewer", "陈卫", FIRE),
]


async def asked(client: NodeClient, code: str) -> ErrandCheck:
    async with client.http.get(f"{client.url}/api/errands/{code}") as response:
        assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
        return msgspec.json.decode(await response.read(), type=ErrandCheck)


async def shown(client: NodeClient, document: str) -> ErrandCheck:
    body = msgspec.json.encode(ErrandForm(document))
    async with client.http.post(f"{client.url}/api/errands", data=body) as response:
        return msgspec.json.decode(await response.read(), type=ErrandCheck)


async def takan(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["errand", "verify", *arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


async def test_who_looks_is_shown_and_can_be_checked_by_anybody(tmp_path: Path) -> None:
    ahead = timedelta()
    at = replace(settings(tmp_path / "node"), errand_hours=2)
    async with running(at, lambda: utc_now() + ahead) as node, NodeClient(node.public_url, "k" * 20) as client:
        survey = (await client.apply(wish())).survey
        links = await client.invite(survey, ORDERS)
        applicant, first, second = [await Person.arrive(client, link, None, call=False) for link in links]
        await applicant.until(lambda: len(view(applicant).errands) == 2, "the errands")
        one, other = view(applicant).errands
        assert (one.participant, one.credential, one.department.zh) == ("p2", "琼46-0042", CITY.zh)
        assert one.address == f"{node.public_url}/errand#{one.code}"
        assert one.valid_until - one.valid_from == timedelta(hours=2)

        check = await asked(client, in_fours(one.code))
        assert (check.state, check.errand and check.errand.name) == ("valid", "林静")
        assert "测试单位" not in msgspec.json.encode(check).decode(), "of the applicant the case number only"
        assert check.vkeys == node.ledger.vkeys
        assert (await shown(client, check.document)).state == "valid"
        for document in (check.document.replace("林静", "林净"), check.document[:-1], "x", "a\n{}\n", "a\n[1]\n\n"):
            assert (await shown(client, document)).state == "forged", document
        for code in ("0" * 24, one.code[:-1] + ("0" if one.code[-1] != "0" else "1"), "nonsense"):
            forged = await asked(client, code)
            assert (forged.state, forged.errand, forged.document) == ("forged", None, "")
        async with client.http.get(f"{client.url}/api/errands/{one.code}/qr.svg") as response:
            assert (response.status, response.content_type) == (200, "image/svg+xml")
            assert "<script" not in await response.text()
        async with client.http.get(f"{client.url}/api/errands/{'0' * 24}/qr.svg") as response:
            assert response.status == 404

        await first.leave()
        await first.connect()
        await second.send(StandAside("conflict", "与申请人是亲属"))
        await applicant.until(lambda: view(applicant).participants[2].recused, "word of who stood aside")
        assert [errand.code for errand in view(applicant).errands] == [one.code, other.code], "the reload made no other"
        assert (await asked(client, other.code)).state == "taken_off"

        saved = tmp_path / "errand.txt"
        saved.write_text(check.document, newline="")
        key = node.ledger.vkey
        assert (await takan(str(saved), "--key", key))[1]["result"] == "valid"
        late = (utc_now() + timedelta(hours=3)).isoformat()
        status, report = await takan(str(saved), "--key", key, "--at", late)
        assert (status, report["result"]) == (1, "expired")
        assert (await takan(str(saved)))[1]["result"] == "refused", "nobody vouches for the signer"
        saved.write_text(check.document.replace("林静", "林净"), newline="")
        assert (await takan(str(saved), "--key", key))[0] == 1

        ahead = timedelta(hours=3)
        assert (await asked(client, one.code)).state == "expired"
        await first.leave()
        await first.connect()
        await applicant.until(lambda: view(applicant).errands[0].code != one.code, "a new errand")
        assert (await asked(client, view(applicant).errands[0].code)).state == "valid"

        await client.move(survey, Withdraw("不办了", "王科长"))
        assert (await asked(client, one.code)).state == "over"
        for person in (applicant, first, second):
            await person.leave()
        case = await node.case(survey)
        await become(lambda: not case.survey.open and node.store.waiting(node.prefix(case)).objects == 0)
        (tmp_path / "out").mkdir()
        bundle = await export(node, case, "审计", tmp_path / "out")
        told = unpack(bundle, tmp_path / "bag").manifest["errands"]
        assert [(errand["participant"], errand["number"]) for errand in told] == [("p2", 1), ("p3", 1), ("p2", 2)]
        status, report = await takan(str(bundle), "--key", key)
    assert (status, report["result"], report["problems"]) == (0, "verified", [])
    by = {(errand["errand"]["person"], errand["errand"]["number"]): errand for errand in report["errands"]}
    assert {who: errand["taken_off"] for who, errand in by.items()} == {
        ("p2", 1): False,
        ("p2", 2): False,
        ("p3", 1): True,
    }
    assert all(errand["sealed"] and errand["signed_by"] == [key] for errand in report["errands"])
