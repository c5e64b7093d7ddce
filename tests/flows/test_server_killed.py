"""kill -9 of the server in mid-survey: what was recorded is sealed and exported, and what is missing is listed."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.simulated import PreparedMedia, prepare
from survey_server.wire.from_person import EndSession
from tests.flows.bundles import Bundle, check_lengths, play_silently, unpack
from tests.nodes import ServedNode, application, serving

LOST_AT_MOST_S = 3.0


async def people_in_call(client: NodeClient, media: PreparedMedia) -> tuple[str, list[Person]]:
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE))
    people = [await Person.arrive(client, link, media) for link in links]
    await asyncio.gather(*(person.in_call() for person in people))
    return view.survey, people


async def sealed_bundle(client: NodeClient, survey: str, folder: Path) -> Bundle:
    auditor = await client.start(await client.invite_auditor("a"))
    for _ in range(300):
        try:
            await client.bundle(survey, auditor.session, folder / "out.zip")
            return unpack(folder / "out.zip", folder / "bag")
        except NodeRefused as refused:
            assert "409" in str(refused), refused
        await asyncio.sleep(0.1)
    raise AssertionError("never sealed")


def moment(bundle: Bundle, at: datetime) -> float:
    return (at - datetime.fromisoformat(bundle.manifest["recording"]["started_at"])).total_seconds()


async def kill_after(node: ServedNode, people: list[Person], seconds: float) -> datetime:
    await asyncio.sleep(seconds)
    killed_at = datetime.now(UTC)
    node.kill()
    for person in people:
        await person.leave()
    return killed_at


@pytest.mark.long  # tests/call kills it five times under real pages
@pytest.mark.parametrize("come_back", [False, True])
async def test_the_recording_survives(come_back: bool, video: Path, tmp_path: Path) -> None:
    media = prepare(video, tmp_path)
    with serving(tmp_path / "node", TAKAN_IDLE_SEAL_S="4") as node:
        async with node.client() as client:
            survey, people = await people_in_call(client, media)
            killed_at = await kill_after(node, people, 8.0)
            await asyncio.to_thread(node.start)
            back_at = datetime.now(UTC)
            if come_back:
                for person in people:
                    await person.connect()
                await asyncio.gather(*(person.in_call() for person in people))
                await asyncio.sleep(5)
                await people[1].send(EndSession())
            bundle = await sealed_bundle(client, survey, tmp_path)
            for person in people:
                await person.leave()
    assert play_silently(bundle, tmp_path) == (8 if come_back else 4)
    check_lengths(bundle)
    killed, back = moment(bundle, killed_at), moment(bundle, back_at)
    lanes = bundle.manifest["recording"]["lanes"]
    assert len(lanes) == 4
    for lane in lanes:
        before = [part["end_s"] for part in lane["epochs"][0]["parts"]]
        assert killed - LOST_AT_MOST_S <= max(before) <= killed + 0.5
        for kind in ("audio", "video"):
            gaps = [gap for gap in lane["gaps"] if gap["kind"] == kind and gap["cause"] == "server_restart"]
            assert len(gaps) == 1, lane["gaps"]
            assert gaps[0]["start_s"] <= killed + 0.5
            assert gaps[0]["end_s"] >= back - 0.5
