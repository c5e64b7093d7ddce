"""Messages reach a real receiver once and in order, whatever it answers and however long it is away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.database import open_database
from survey_server.db.journal import Journal
from survey_server.db.outbox import Message, Outbox
from survey_server.flows.delivery import Deliveries, pause
from survey_server.net.webhook import Webhook, secret_of, signed
from survey_server.survey.events import Ended, Entry, Started
from survey_server.survey.step import rebuild
from tests.db.lives import application
from tests.receiver import NEW_SECRET, SECRET, Fault, Receiver, receiving


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = await open_database(tmp_path / "takan.db")
    yield engine
    await engine.dispose()


async def happened(engine: AsyncEngine, *surveys: str) -> list[str]:
    """Three things each, told of in this order."""
    for survey in surveys:
        at = now()
        lines = [
            *application(survey, at),
            Entry(survey, 3, at, Started()),
            Entry(survey, 4, at, Ended("p2", "reviewer")),
        ]
        await Journal(engine).append(lines, rebuild(lines))
    return [f"{survey}/{seq}" for survey in surveys for seq in (2, 3, 4)]


@contextlib.asynccontextmanager
async def delivering(
    engine: AsyncEngine,
    url: str,
    secrets: tuple[str, ...] = (SECRET,),
    clock: Callable[[], datetime] = now,
    alarm: timedelta = timedelta(hours=1),
) -> AsyncIterator[Deliveries]:
    outbox, webhook = Outbox(engine), Webhook(url, [secret_of(one) for one in secrets])

    async def send(message: Message) -> None:
        await webhook.post(message.id, message.body.encode(), clock())
        await outbox.delivered(message, clock())

    deliveries = Deliveries(outbox, {"approvals": send}, clock, alarm)
    running = asyncio.create_task(deliveries.run())
    try:
        yield deliveries
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await webhook.close()


def in_order(taken: list[dict], surveys: tuple[str, ...]) -> None:
    ids = [one["id"] for one in taken]
    for survey in surveys:
        assert [one for one in ids if one.startswith(f"{survey}/")] == [f"{survey}/{seq}" for seq in (2, 3, 4)]


FAULTS = ("error", "later", "redirect", "garbage", "cut", "lost_answer")


async def test_whatever_the_receiver_answers(engine: AsyncEngine, tmp_path: Path) -> None:
    surveys = tuple(f"s{number}" for number in range(len(FAULTS)))
    ids = await happened(engine, *surveys)
    with receiving(tmp_path / "receiver") as receiver:
        await receiver.order(*(Fault(kind) for kind in FAULTS), Fault("slow", 0.5))
        async with delivering(engine, receiver.url):
            taken = await receiver.until(len(ids))
            await emptied(engine)
        assert sorted(one["id"] for one in taken) == ids
        in_order(taken, surveys)
        came = sorted(one["came"] for one in await receiver.taken())
        assert came == [1] * (len(ids) - 1) + [2], "only what was taken without an answer comes again"
        assert not receiver.was_redirected
    outbox = Outbox(engine)
    rows = [one for survey in surveys for one in await outbox.of_survey(survey)]
    assert sum(one.attempts for one in rows) == len(FAULTS)
    assert all(one.delivered_at for one in rows)


async def emptied(engine: AsyncEngine) -> None:
    ends = asyncio.get_running_loop().time() + 10
    while await Outbox(engine).count("approvals"):
        assert asyncio.get_running_loop().time() < ends
        await asyncio.sleep(0.02)


async def troubles(engine: AsyncEngine) -> list[str]:
    """What is said of the first of each case, once it was tried."""
    ends = asyncio.get_running_loop().time() + 20
    while True:
        found = [one.trouble for one in await Outbox(engine).waiting("approvals") if one.attempts]
        if found:
            return found
        assert asyncio.get_running_loop().time() < ends
        await asyncio.sleep(0.02)


async def test_a_receiver_that_is_away_gets_everything_when_it_is_back(engine: AsyncEngine, tmp_path: Path) -> None:
    surveys = ("s1", "s2", "s3")
    ids = await happened(engine, *surveys)
    with receiving(tmp_path / "receiver") as receiver:
        receiver.kill()
        async with delivering(engine, receiver.url, alarm=timedelta(milliseconds=1)) as deliveries:
            assert "not reached" in (await troubles(engine))[0]
            await asyncio.sleep(0.5)
            outbox = Outbox(engine)
            for one in await outbox.next("approvals", now() + timedelta(hours=2)):
                await outbox.put_off(one, now() + timedelta(minutes=30), "not reached")
            receiver.start()
            assert await outbox.try_now("approvals") == 3
            taken = await receiver.until(len(ids))
        assert deliveries.trouble.startswith("9 messages"), "it was told of, at the first look"
    in_order(taken, surveys)


async def test_once_one_message_arrives_none_waits_out_its_pause(engine: AsyncEngine, tmp_path: Path) -> None:
    with receiving(tmp_path / "receiver") as receiver:
        receiver.kill()
        await happened(engine, "s1", "s2")
        async with delivering(engine, receiver.url):
            await troubles(engine)
            outbox = Outbox(engine)
            for one in (await outbox.next("approvals", now() + timedelta(hours=2)))[1:]:
                await outbox.put_off(one, now() + timedelta(minutes=30), "not reached")
            receiver.start()
            await receiver.until(6)


async def test_a_clock_that_is_wrong_is_refused_and_said_so(engine: AsyncEngine, tmp_path: Path) -> None:
    await happened(engine, "s1")
    with receiving(tmp_path / "receiver") as receiver:
        async with delivering(engine, receiver.url, clock=lambda: now() - timedelta(minutes=10)):
            assert (await troubles(engine))[0] == "401 wrong signature"
        await Outbox(engine).try_now("approvals")
        assert await receiver.taken() == []
        async with delivering(engine, receiver.url):
            await receiver.until(3)


async def test_a_secret_is_changed_without_a_message_lost(engine: AsyncEngine, tmp_path: Path) -> None:
    await happened(engine, "s1")
    with receiving(tmp_path / "old") as old, receiving(tmp_path / "new", secret=NEW_SECRET) as new:
        for receiver in (old, new):
            async with delivering(engine, receiver.url, secrets=(SECRET, NEW_SECRET)):
                await receiver.until(3)
            await happened(engine, "s2") if receiver is old else None


async def test_another_address_is_no_redirect_away(engine: AsyncEngine, tmp_path: Path) -> None:
    await happened(engine, "s1")
    with receiving(tmp_path / "receiver") as receiver:
        await receiver.order(*[Fault("redirect")] * 3)
        async with delivering(engine, receiver.url):
            assert "redirects are not followed" in (await troubles(engine))[0]
    assert not Receiver(tmp_path / "receiver", 0).was_redirected


def test_signatures_are_those_of_standard_webhooks() -> None:
    """The example that its libraries test themselves with."""
    headers = signed(
        [secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_pauses_grow_to_an_hour_and_no_further() -> None:
    most = [pause(attempts, chance=lambda: 1.0).total_seconds() for attempts in range(14)]
    assert most[:4] == [1, 2, 4, 8]
    assert most[-1] == pause(10_000, chance=lambda: 1.0).total_seconds() == 3600
    assert pause(3, chance=lambda: 0.0) == timedelta(seconds=4)
    assert pause(0, timedelta(seconds=90)) == timedelta(seconds=90)
    assert pause(0, timedelta(days=9)) == timedelta(hours=1)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_abc", "whsec_" + "A" * 20, "secret", "whsec_" + "A" * 120])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        secret_of(text)
