"""kill -9 of the node and of its store, again and again, while surveys come and go: every one is sealed in the end.

`TAKAN_KILLS` says how often each (default 1; the figures are told of 100).
"""

import asyncio
import os
import random
import signal
import sqlite3
import time
from pathlib import Path

from aiohttp import ClientError

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationLink
from survey_server.wire.from_person import EndSession
from tests.cases.test_photos import SAMPLE
from tests.nodes import ServedNode, application, serving, takan_json

KILLS = int(os.environ.get("TAKAN_KILLS", "1"))
SEALED_S = 90.0


def store_pid(node: ServedNode) -> int | None:
    """The embedded store, a child of the node."""
    assert node.process is not None
    children = Path(f"/proc/{node.process.pid}/task/{node.process.pid}/children").read_text().split()
    for child in children:
        if "weed" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    return None


async def come_and_go(client: NodeClient, links: list[InvitationLink]) -> None:
    """A photo, a session, its end; as much of it as the node lives to see."""
    people: list[Person] = []
    try:
        people.extend([await Person.arrive(client, link, None) for link in links])
        await asyncio.gather(*(one.in_call() for one in people))
        await people[0].upload("front.jpg", SAMPLE.read_bytes())
        await people[1].send(EndSession())
        await asyncio.sleep(2)
    except (ClientError, ConnectionError, NodeRefused, TimeoutError, AssertionError):
        pass  # it was killed
    finally:
        await asyncio.gather(*(one.leave() for one in people), return_exceptions=True)


async def strike(node: ServedNode, victim: str) -> None:
    if victim == "node":
        node.kill()
        await asyncio.to_thread(node.start)
    elif (pid := store_pid(node)) is not None:  # else it is only just being started again
        os.kill(pid, signal.SIGKILL)


async def rounds(node: ServedNode, chance: random.Random) -> list[str]:
    """The surveys that were begun, one a kill."""
    surveys: list[str] = []
    for victim in ["node", "store"] * KILLS:
        async with node.client() as client:
            view = await client.apply(application())
            surveys.append(view.survey)
            links = await client.invite(view.survey, list(PEOPLE)[:3])
            going = asyncio.create_task(come_and_go(client, links))
            await asyncio.sleep(chance.uniform(0.0, 2.5))
            await strike(node, victim)
            if victim == "node":
                going.cancel()
            await asyncio.wait([going])
    return surveys


def journaled(node: ServedNode, kind: str) -> set[str]:
    with sqlite3.connect(f"file:{node.data}/takan.db?mode=ro", uri=True) as db:
        return {row[0] for row in db.execute("select survey from event where kind = ?", (kind,))}


async def test_every_survey_is_sealed_in_the_end(tmp_path: Path) -> None:
    chance = random.Random(7)
    with serving(tmp_path / "node", TAKAN_IDLE_SEAL_S="1", TAKAN_RETURN_S="1") as node:
        surveys = await rounds(node, chance)
        begun = journaled(node, "started").intersection(surveys)
        ends = time.monotonic() + SEALED_S
        async with node.client() as client:
            vkeys = [VerifierKey.parse(vkey) for vkey in (await client.ledger()).vkeys]
            auditor = await client.start(await client.invite_auditor("a"))
            for survey in begun:
                while True:
                    seals = (await client.survey(survey, auditor.session)).seals
                    if [seal.kept for seal in seals] == [True]:
                        break
                    assert time.monotonic() < ends, f"{survey} is never sealed: {seals}"
                    await asyncio.sleep(0.2)
                bundle = tmp_path / f"{survey}.zip"
                await client.bundle(survey, auditor.session, bundle)
                report = await asyncio.to_thread(verify, bundle, vkeys)
                assert report.result == "verified", (survey, report)
                bundle.unlink()
    print(f"{KILLS} kills each of node and store: {len(surveys)} surveys, {len(begun)} begun, all of them sealed")
    assert len(begun) >= len(surveys) / 3, "hardly anything was at work"
    keys = [part for vkey in vkeys for part in ("--vkey", str(vkey))]
    status, audited = takan_json("audit", "--embedded", "--data", str(node.data), *keys)
    faults = [found for found in audited["findings"] if found["kind"] != "unentered"]
    assert (status, faults) == (0, [])
