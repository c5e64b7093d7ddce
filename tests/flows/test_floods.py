"""What one person sends does not fill the journal: an honest burst is written in full, a flood by where it ends."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec
import pytest

from survey_server.clock import utc_now
from survey_server.flows.allowances import CONNECTIONS, JOURNALED, LOOKS, MESSAGES, Allowances, Rate
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.simulated import prepare
from survey_server.wire.from_person import (
    AnswerPoint,
    DeviceReport,
    DeviceTurned,
    EndSession,
    FromPerson,
    Hello,
    Interrupted,
    JoinMedia,
    Mute,
)
from survey_server.wire.replay import ReplayEvent
from survey_server.wire.survey import ParticipantView
from survey_server.wire.to_person import Fault, ToPerson
from tests.flows.clips import clip
from tests.nodes import application

BURST = round(JOURNALED.most)


@dataclass
class Scene:
    client: NodeClient
    survey: str
    applicant: Person
    reviewer: Person

    def me(self) -> ParticipantView:
        """The applicant as the reviewer is shown them."""
        assert self.reviewer.survey is not None
        return next(one for one in self.reviewer.survey.participants if one.id == "p1")

    async def events(self, kind: str, participant: str = "p1") -> list[ReplayEvent]:
        auditor = await self.client.start(await self.client.invite_auditor("a"))
        view = await self.client.replay(self.survey, auditor.session)
        return [one for one in view.events if one.kind == kind and one.participant == participant]

    async def condensed(self) -> ReplayEvent:
        """The one flood there was, once it is on record."""
        for _ in range(100):
            if found := await self.events("condensed"):
                (one,) = found
                return one
            await asyncio.sleep(0.2)
        raise AssertionError("never on record")


@pytest.fixture
async def scene(client: NodeClient) -> AsyncIterator[Scene]:
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE[:2]))
    applicant, reviewer = [await Person.arrive(client, link, None) for link in links]
    yield Scene(client, view.survey, applicant, reviewer)
    for one in (applicant, reviewer):
        await one.leave()


async def flood(person: Person, *messages: FromPerson) -> None:
    """At once, and few enough to be looked at."""
    assert len(messages) < MESSAGES.most
    for message in messages:
        await person.send(message)


def turns(count: int) -> list[DeviceTurned]:
    return [DeviceTurned("environment", ("portrait", "landscape")[n % 2]) for n in range(count)]


def codes(person: Person) -> Counter[str]:
    return Counter(fault.code for fault in person.faults)


async def test_an_honest_burst_is_written_in_full(scene: Scene) -> None:
    """A pocketed phone with a loose microphone: four events a second for five seconds, of three sorts."""
    said = [
        message
        for n in range(10)
        for message in (Interrupted("hidden", n % 2 == 1), Mute("audio", n % 2 == 0), *turns(10)[n : n + 1])
    ]
    await flood(scene.applicant, *said)
    await scene.applicant.send(Interrupted("camera_taken", over=False))
    await scene.reviewer.until(lambda: scene.me().interruptions == ["camera_taken"], "the last word")
    for kind, count in (("interrupted", 11), ("muted", 10), ("device_turned", 10), ("condensed", 0)):
        assert len(await scene.events(kind)) == count, kind
    assert scene.applicant.faults == []


async def test_a_flood_is_written_by_where_it_ends(scene: Scene) -> None:
    extra = 41
    await flood(scene.applicant, *turns(BURST + extra))
    await scene.condensed()
    heard = codes(scene.applicant)
    assert 1 <= heard["too_often"] <= 3, "told, but not for each"
    assert set(heard) == {"too_often"}
    (words, *_) = (fault.text for fault in scene.applicant.faults)
    assert words.zh
    assert words.en
    written, told = await scene.events("device_turned"), await scene.condensed()
    found = re.search(r"(\d+) reports in", told.text.en)
    assert found
    assert len(written) - 1 + int(found[1]) == BURST + extra, "each report is either written or counted"
    assert BURST <= len(written) - 1 <= BURST + 10
    assert written[-1].seq == told.seq + 1
    assert written[-1].text.en.endswith(("upright", "on its side")[(BURST + extra - 1) % 2])


async def test_a_flood_of_one_sort_hides_no_other(scene: Scene) -> None:
    await flood(scene.applicant, *turns(BURST + 20))
    phone_call = [Interrupted(what, over) for over in (False, True) for what in ("camera_taken", "microphone_taken")]
    await flood(scene.applicant, *phone_call)
    await scene.condensed()
    assert len(await scene.events("interrupted")) == 4


async def test_of_each_state_the_last_word_stands(scene: Scene) -> None:
    """Two tracks toggle on and on; one ends as it was when last written, the other does not."""
    toggles = [Mute(kind, n % 2 == 0) for n in range(BURST // 2 + 10) for kind in ("audio", "video")]
    await flood(scene.applicant, *toggles, Mute("video", True))
    await scene.reviewer.until(lambda: not scene.me().video, "the last word")
    told = await scene.condensed()
    assert told.text.zh
    assert scene.me().audio
    assert len(await scene.events("muted")) <= BURST + 2
    await scene.applicant.send(Mute("video", False))
    await scene.reviewer.until(lambda: scene.me().video, "an ordinary report after the flood")
    assert len(await scene.events("condensed")) == 1, "which stands for itself"


async def test_what_a_page_said_does_not_undo_what_the_next_one_says(scene: Scene) -> None:
    await flood(scene.applicant, *[Interrupted("hidden", n % 2 == 1) for n in range(BURST)])
    await flood(scene.applicant, Interrupted("hidden", False))  # held back
    await scene.applicant.until(lambda: codes(scene.applicant)["too_often"] == 1, "a word about it")
    await scene.applicant.connect()  # a fresh page, in front
    await scene.condensed()
    await asyncio.sleep(0.5)
    assert scene.me().present
    assert scene.me().interruptions == []


async def test_a_new_line_brings_no_new_allowance(scene: Scene) -> None:
    half, kind = BURST // 2, "device_checked"  # each line itself begins with one
    await flood(scene.applicant, *[DeviceReport("ok", "ok", "ok")] * half)
    for _ in range(50):
        if len(await scene.events(kind)) == 1 + half:
            break
        await asyncio.sleep(0.1)
    await scene.applicant.connect()
    await flood(scene.applicant, *[DeviceReport("ok", "ok", "ok")] * (half + 20))
    await scene.condensed()
    assert BURST <= len(await scene.events(kind)) <= BURST + 10
    assert codes(scene.applicant)["too_often"] >= 1


async def test_acts_over_the_bound_are_refused_in_words(scene: Scene) -> None:
    assert scene.reviewer.survey is not None
    point = scene.reviewer.survey.item.points[0].id
    answers = [AnswerPoint(point, ("ok", "not_ok")[n % 2]) for n in range(BURST + 20)]
    await flood(scene.reviewer, *answers)
    await scene.reviewer.until(lambda: codes(scene.reviewer)["too_many"] >= 15, "refusals")
    written = len(await scene.events("point_answered", "p2"))
    assert written + codes(scene.reviewer)["too_many"] == len(answers)
    assert written >= BURST


async def test_new_connections_have_a_bound(scene: Scene) -> None:
    await flood(scene.applicant, *[JoinMedia()] * (round(CONNECTIONS.most) + 30))
    await scene.applicant.until(lambda: codes(scene.applicant)["too_many"] >= 1, "a refusal", 60)
    assert set(codes(scene.applicant)) == {"too_many"}


async def test_a_person_who_reconnects_for_ever_is_told_to_wait(scene: Scene) -> None:
    session = scene.applicant.session.session
    refused: Fault | None = None
    lines: list[aiohttp.ClientWebSocketResponse] = []
    for _ in range(BURST + 20):
        line = await scene.client.socket()
        lines.append(line)
        await line.send_str(msgspec.json.encode(Hello(session, utc_now())).decode())
        first = msgspec.json.decode((await line.receive(timeout=10)).data, type=ToPerson)
        if isinstance(first, Fault):
            refused = first
            break
    assert refused is not None
    assert (refused.code, refused.fatal) == ("too_many", False), "the page comes back by itself"
    assert len(await scene.events("joined")) <= len(lines)
    await lines[-2].send_str(msgspec.json.encode(Mute("audio", True)).decode())
    await scene.reviewer.until(lambda: not scene.me().audio, "the line there was goes on")
    for line in lines:
        await line.close()


async def test_a_player_that_opens_the_list_again_and_again_is_one_look(client: NodeClient, tmp_path: Path) -> None:
    media = await asyncio.to_thread(lambda: prepare(clip(tmp_path / "clip.mp4"), tmp_path))
    survey = (await client.apply(application())).survey
    links = await client.invite(survey, list(PEOPLE[:2]))
    applicant, reviewer = [await Person.arrive(client, link, media) for link in links]
    await asyncio.gather(applicant.in_call(), reviewer.in_call())
    await asyncio.sleep(2)
    await applicant.send(EndSession())
    await applicant.until(lambda: bool(applicant.survey and applicant.survey.seals), "the seal", 60)
    for person in (applicant, reviewer):
        await person.leave()
    auditor = await client.start(await client.invite_auditor("审计员"))
    url = (await client.stream(survey, auditor.session)).url
    for _ in range(20):
        async with client.http.get(url) as answer:
            assert answer.status == 200, await answer.text()
    events = Counter(one.kind for one in (await client.replay(survey, auditor.session)).events)
    assert events["replayed"] == 3, "given out, opened, replayed"


def test_an_allowance_is_forgotten_when_it_is_whole_again() -> None:
    allowances, rate = Allowances(), Rate(0.5, 4)
    assert [allowances.take("a", rate, 0.0) for _ in range(5)] == [True] * 4 + [False]
    assert allowances.take("b", rate, 1.0)
    assert [allowances.take("a", rate, 2.5), allowances.take("a", rate, 2.5)] == [True, False]
    assert not allowances.take("a", rate, 3.0, 2)
    assert allowances.take("c", rate, 9.5)
    assert len(allowances) == 2, "b is whole again"
    assert allowances.take("a", rate, 500.0, 4)
    assert not allowances.take("a", rate, 500.0, 4), "no more than that is saved up"


def test_a_look_a_minute() -> None:
    allowances = Allowances()
    assert [at for at in range(0, 200, 5) if allowances.take("x", LOOKS, at)] == [0, 60, 120, 180]
