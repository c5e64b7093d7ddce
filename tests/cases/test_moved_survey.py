"""A node that lost its key goes on under another name: surveys begun under the first one are proven by both logs."""

import asyncio
import json
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.wire.from_person import Conclude, EndSession
from tests.cases.test_photos import SAMPLE
from tests.flows.bundles import unpack
from tests.flows.test_order import answered, sealed_case, state
from tests.nodes import ROOT, ServedNode, application, serving, takan, takan_json
from tests.servers import require

CLIENT = ROOT / "web_client"


def renamed(node: ServedNode, name: str) -> None:
    """The same directory, database and bucket under another name: the old key and book are gone."""
    for file in node.data.glob("ledger.*"):
        file.rename(node.data / f"{node.environment['TAKAN_NODE']}-{file.name}")
    node.environment = {**node.environment, "TAKAN_NODE": name}


def entered(node: ServedNode, name: str) -> list[str]:
    """The keys of the objects that this name's log has entries about."""
    own = node.environment["TAKAN_NODE"] == name
    with sqlite3.connect(f"file:{node.data}/{'' if own else f'{name}-'}ledger.db?mode=ro", uri=True) as book:
        return [key for (key,) in book.execute("select key from entry where key is not null")]


async def gathered(client: NodeClient) -> tuple[str, list[Person]]:
    """An applicant and two reviewers in a survey, none sending media."""
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE)[:3])
    people = [await Person.arrive(client, link, None) for link in links]
    await asyncio.gather(*(person.in_call() for person in people))
    return view.survey, people


async def photographed(client: NodeClient, node: ServedNode) -> tuple[str, list[Person]]:
    """A survey in session whose first objects are in the log."""
    survey, people = await gathered(client)
    await people[0].upload("front.jpg", SAMPLE.read_bytes())
    ends = time.monotonic() + 60
    while sum(f"/{survey}/photos/" in key for key in await asyncio.to_thread(entered, node, "a")) < 2:
        assert time.monotonic() < ends, "photo and verdict are never entered"
        await asyncio.sleep(0.1)
    return survey, people


async def recorded(client: NodeClient) -> tuple[str, list[Person]]:
    """A survey with its first seal."""
    survey, people = await gathered(client)
    await people[1].send(EndSession())
    auditor = await client.start(await client.invite_auditor("a"))
    ends = time.monotonic() + 60
    while not any(seal.kept for seal in (await client.survey(survey, auditor.session)).seals):
        assert time.monotonic() < ends, "the recording is never sealed"
        await asyncio.sleep(0.1)
    return survey, people


async def concluded_before(client: NodeClient) -> str:
    """A survey with both its seals."""
    survey, people = await recorded(client)
    await conclude(people)
    await sealed_case(client, survey)
    for person in people:
        await person.leave()
    return survey


async def conclude(people: list[Person]) -> None:
    await answered(people[1:])
    for reviewer in people[1:]:
        await reviewer.send(Conclude("pass"))


def by_the_page(bundle: Path, *keys: list[str]) -> list[dict[str, object]]:
    """What the verifier of verify.html says to the bundle with each of these sets of keys, without a browser."""
    command = ["node", "tests/verify_bundle.mjs", str(bundle), *(",".join(each) for each in keys)]
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def vkey(client: NodeClient) -> str:
    (only,) = (await client.ledger()).vkeys
    return only


@dataclass
class Moved:
    """Surveys that node a began and node b exported."""

    first: str
    """The key of a's log."""
    second: str
    bundles: list[Path]
    """Of surveys that were in session when a went, under review with a first seal, and (where asked for) concluded."""
    twice: set[str]
    """Objects that both logs have entries about."""


async def moved(node: ServedNode, folder: Path, *, killed: bool, one_more: bool) -> Moved:
    async with node.client() as client:
        first = await vkey(client)
        concluded_there = [await concluded_before(client)] if one_more else []
        (mid_survey, people), (between_seals, reviewers) = await asyncio.gather(
            photographed(client, node), recorded(client)
        )
        (node.kill if killed else node.stop)()
        for person in (*people, *reviewers):
            await person.leave()
        renamed(node, "b")
        await asyncio.to_thread(node.start)
        await asyncio.gather(*(person.connect() for person in (*people, *reviewers)))
        await people[1].send(EndSession())
        await state(client, mid_survey, "ended")
        for each in (people, reviewers):
            await conclude(each)
        for survey in (mid_survey, between_seals):
            await sealed_case(client, survey)
        for person in (*people, *reviewers):
            await person.leave()
        auditor = await client.start(await client.invite_auditor("a"))
        bundles: list[Path] = []
        for survey in (mid_survey, between_seals, *concluded_there):
            bundles.append(folder / f"{len(bundles)}.zip")
            await client.bundle(survey, auditor.session, bundles[-1])
        return Moved(first, await vkey(client), bundles, set(entered(node, "a")) & set(entered(node, "b")))


@pytest.mark.parametrize("killed", [True, pytest.param(False, marks=pytest.mark.long)], ids=["killed", "stopped"])
async def test_a_survey_that_moved_is_proven_by_both_logs(killed: bool, tmp_path: Path) -> None:
    with serving(tmp_path / "node", TAKAN_NODE="a", TAKAN_DEPLOYMENT="survey.example") as node:
        found = await moved(node, tmp_path, killed=killed, one_more=not killed)
    assert found.twice == set(), "an object is entered in one log"
    keys = [VerifierKey.parse(key) for key in (found.first, found.second)]
    for bundle in found.bundles[:2]:
        report = verify(bundle, keys)
        assert (report.result, report.problems) == ("verified", ())
        assert (report.log, set(report.signed_by)) == ("survey.example/b", {found.first, found.second})
        assert report.seals == ("1-recording", "2-case")
        assert verify(bundle, []).result == "consistent, signer unchecked"
        for given, refused in (keys, keys[::-1]):
            alone = verify(bundle, [given])
            assert alone.result == "refused"
            words = f"is signed by {refused.name}+{refused.id.hex()}, which is not one of the given keys"
            assert words in {each.problem for each in alone.problems}
    for bundle in found.bundles[2:]:
        alone = verify(bundle, keys[:1])
        assert (alone.result, alone.log, alone.signed_by) == ("verified", "survey.example/a", (found.first,))
    moved_bundle = found.bundles[0]
    assert len(unpack(moved_bundle, tmp_path / "bag").manifests) == 2, "each seal names the one before"
    status, said = takan_json("verify", str(moved_bundle), "--vkey", found.first, "--vkey", found.second)
    assert (status, said["result"]) == (0, "verified")
    require("node")
    given = ([found.first, found.second], [found.first], [])
    for some, page in zip(given, by_the_page(moved_bundle, *given), strict=True):
        command = verify(moved_bundle, [VerifierKey.parse(key) for key in some])
        assert page == {
            "result": command.result,
            "logs": ["survey.example/b", "survey.example/a"],
            "files": [each.file for each in command.problems],
            "about": None if command.result == "refused" else said["about"],
        }
    assert said["about"]["conclusion"] == "pass"
    assert [one["result"] for one in said["about"]["signatures"]] == ["pass", "pass"]
    assert said["about"]["photos"] == sum(said["about"]["photo_verdicts"].values()) > 0
    status, _, words = takan("draw", "verify", str(moved_bundle), "--vkey", found.first, "--vkey", found.second)
    assert (status, "nobody was drawn for this survey" in words) == (2, True)
    assert {one["person"] for one in said["about"]["signatures"]} < {one["name"] for one in said["about"]["people"]}
