"""A node's signing key is changed while it runs: old bundles stay good, new ones need the new key."""

import asyncio
from pathlib import Path

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.flows.client import NodeClient
from survey_server.wire.from_person import Conclude, EndSession
from tests.flows.test_order import advised, gathered, sealed_case, state
from tests.nodes import ServedNode, serving, takan, takan_json


async def concluded(client: NodeClient) -> str:
    survey, people = await gathered(client)
    await people[1].send(EndSession())
    await state(client, survey, "ended")
    await advised(people)
    for person in people[1:3]:
        await person.send(Conclude("pass"))
    await sealed_case(client, survey)
    for person in people:
        await person.leave()
    return survey


async def bundle(client: NodeClient, survey: str, path: Path) -> Path:
    auditor = await client.start(await client.invite_auditor("a"))
    await client.bundle(survey, auditor.session, path)
    return path


def result(path: Path, *vkeys: str) -> tuple[str, str]:
    report = verify(path, [VerifierKey.parse(vkey) for vkey in vkeys])
    return report.result, str(report)


def ordered(node: ServedNode) -> str:
    status, out, err = takan("rotate-key", "--data", str(node.data))
    assert status == 0, err
    assert "give auditors this verifier key" in err
    return out.strip()


async def test_while_it_runs(tmp_path: Path) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            first = await concluded(client)
            (old,) = (await client.ledger()).vkeys
            before = await bundle(client, first, tmp_path / "before.zip")
            new = await asyncio.to_thread(ordered, node)
            assert await asyncio.to_thread(ordered, node) == new
            second = await concluded(client)
            assert (await client.ledger()).vkeys == [new, old]
            after = [
                await bundle(client, survey, tmp_path / f"{number}.zip")
                for number, survey in enumerate((first, second))
            ]
        assert result(before, old)[0] == "verified"
        for path in after:
            assert result(path, new)[0] == "verified"
            refused, words = result(path, old)
            assert (refused, new.split("+")[1] in words) == ("refused", True), "and names the key it needs"
        await asyncio.to_thread(node.kill)
        await asyncio.to_thread(node.start)
        async with node.client() as client:
            assert (await client.ledger()).vkeys == [new, old]
            third = await concluded(client)
            assert result(await bundle(client, third, tmp_path / "third.zip"), new)[0] == "verified"
        assert "ERROR" not in node.log
    keys = [part for vkey in (old, new) for part in ("--vkey", vkey)]
    status, report = takan_json("audit", "--embedded", "--data", str(node.data), *keys)
    assert (status, report["findings"]) == (0, [])
    assert sorted(report["logs"][0]["signed_by"]) == sorted([old, new])


def test_a_node_without_a_key_is_told_so(tmp_path: Path) -> None:
    status, _, err = takan("rotate-key", "--data", str(tmp_path))
    assert status == 2
    assert "there is no node's log in" in err
