"""A whole case on PostgreSQL: it restarts in mid-survey, the node is killed at the conclusion, everything is sealed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from survey_server.rtc.simulated import prepare
from survey_server.wire.from_person import Conclude, EndSession
from tests.flows.test_order import advised, gathered, sealed_case, state
from tests.flows.test_server_killed import moment, people_in_call, sealed_bundle
from tests.nodes import serving
from tests.postgres import Postgres


def locks(address: str, survey: str) -> dict[str, datetime]:
    with psycopg.connect(address) as db:
        rows = db.execute("select key, locked_until from stored_object where survey = %s", (survey,)).fetchall()
    return {key: datetime.fromisoformat(until) for key, until in rows}


async def test_a_case_outlasts_its_database_and_its_node(postgres: Postgres, tmp_path: Path) -> None:
    address = postgres.database()
    with serving(tmp_path / "node", TAKAN_DATABASE=address) as node:
        async with node.client() as client:
            survey, people = await gathered(client)
            await asyncio.to_thread(postgres.crash)
            await people[1].send(EndSession())
            await asyncio.sleep(2)
            await asyncio.to_thread(postgres.start)
            assert (await state(client, survey, "ended")).state == "ended", "said while there was no database"
            await advised(people)
            for person in people[1:3]:
                await person.send(Conclude("pass"))
            await state(client, survey, "concluded")
            node.kill()
            for person in people:
                await person.leave()
        await asyncio.to_thread(node.start)
        async with node.client() as client:
            view = await sealed_case(client, survey)
            assert (view.conclusion, [seal.kind for seal in view.seals]) == ("pass", ["recording", "case"])
            bundle = await sealed_bundle(client, survey, tmp_path)
            assert [manifest["kind"] for manifest in bundle.manifests] == ["recording", "case"]
            assert [one["key"] for one in bundle.manifest["objects"]] == sorted(
                one["key"] for one in bundle.manifest["objects"]
            )
        long_enough = datetime.now(UTC) + timedelta(days=9 * 365)
        for _ in range(100):
            if all(until > long_enough for until in locks(address, survey).values()):
                break
            await asyncio.sleep(0.1)
        manifests = [key for key in locks(address, survey) if "/seals/" in key and "manifest" in key]
        assert len(manifests) == 2, "no seal is written twice"
        assert all(until > long_enough for until in locks(address, survey).values())
        assert not (node.data / "takan.db").exists()
        assert postgres.password not in node.log


async def test_recording_goes_on_without_the_database(postgres: Postgres, video: Path, tmp_path: Path) -> None:
    media = prepare(video, tmp_path)
    with serving(tmp_path / "node", TAKAN_DATABASE=postgres.database()) as node:
        async with node.client() as client:
            survey, people = await people_in_call(client, media)
            await asyncio.sleep(3)
            await asyncio.to_thread(postgres.crash)
            away_at = datetime.now(UTC)
            await asyncio.sleep(4)
            back_at = datetime.now(UTC)
            await asyncio.to_thread(postgres.start)
            await asyncio.sleep(3)
            await people[1].send(EndSession())
            bundle = await sealed_bundle(client, survey, tmp_path)
            for person in people:
                await person.leave()
    away, back = moment(bundle, away_at), moment(bundle, back_at)
    lanes = bundle.manifest["recording"]["lanes"]
    assert len(lanes) == 4
    for lane in lanes:
        assert len(lane["epochs"]) == 1, "nobody's connection was touched"
        missing = [
            min(gap["end_s"], back) - max(gap["start_s"], away)
            for gap in lane["gaps"]
            if gap["end_s"] > away and gap["start_s"] < back
        ]
        # Of sound and picture together; a busy machine may stall the simulated people.
        assert sum(missing) < (back - away) / 2, lane["gaps"]
        assert max(part["end_s"] for part in lane["epochs"][0]["parts"]) > back + 1
