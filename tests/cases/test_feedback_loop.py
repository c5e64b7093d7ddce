"""The loop with a real credit platform: one deduction, delivered once, though both sides are killed in between."""

import asyncio
import json
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from survey_server.flows.client import NodeClient
from tests.cases.feedbacks import matter
from tests.nodes import RED, ServedNode, application, serving
from tests.platform_server import PlatformServer

DYING = (sys.executable, "-m", "tests.cases.dying_delivery", "serve")
POINTS = [
    f"{moment}:{step}:{path}"
    for path in ("events/", "repairs/")
    for step in ("sent", "noted")
    for moment in ("before", "after")
]


async def killed_at(node: ServedNode, orders: Path, kills: list[str]) -> None:
    """It dies at each of these points, the first of which was ordered; the next order stands when it comes back."""
    assert node.process is not None
    for following in [*kills[1:], ""]:
        ends = time.monotonic() + 60
        while node.process.poll() is None:
            assert time.monotonic() < ends, f"{orders.read_text()} was never reached"
            await asyncio.sleep(0.05)
        if following:
            orders.write_text(following)
        await asyncio.to_thread(node.start)


async def outcome(client: NodeClient) -> tuple[str, str]:
    view = await client.apply(application(RED))
    return view.outcome, " ".join(reason.zh + reason.en for reason in view.reasons)


async def once_round(node: ServedNode, platform: PlatformServer, orders: Path, kills: list[str]) -> None:
    """Admitted, charged, on-site, repaired, admitted; the node dies at each of these points that is reached."""
    before = len(platform.received())
    async with node.client() as client:
        case = await matter(client, RED)
        of_event, of_repair = [[kill for kill in kills if path in kill] for path in ("events/", "repairs/")]
        platform.kill()  # the decision is taken while the platform is away
        charged, subject = await case.charged()
        assert charged.state == "deducted"
        assert await outcome(client) == ("on_site", await _reasons_name_it(client))  # at once, though nobody was told
        orders.write_text(of_event[0])
        await asyncio.to_thread(platform.start)
        await killed_at(node, orders, of_event)
        told = await case.delivered(charged.feedback)
        assert [line.act.en for line in told.steps].count("note the platform's acknowledgement") == 1
        assert [event for event, _ in platform.received()[before:]] == [charged.event]
        assert (await outcome(client))[0] == "on_site"

        asked = await case.ask_repair(subject, charged.feedback)
        platform.kill()
        await case.answer_repair(asked[0].application, **{charged.feedback: True})
        assert (await outcome(client))[0] == "admitted"  # at once, too
        orders.write_text(of_repair[0])
        await asyncio.to_thread(platform.start)
        await killed_at(node, orders, of_repair)
        done = await case.delivered(charged.feedback, 2)
        assert done.state == "repaired"
        assert (await outcome(client))[0] == "admitted"
        assert [event for event, _ in platform.received()[before:]] == [charged.event]
        with sqlite3.connect(f"file:{platform.db}?mode=ro", uri=True) as theirs:
            repairs = theirs.execute("select content from repairs where event_id = ?", (charged.event,)).fetchall()
        assert [json.loads(row[0])["ground"] for row in repairs] == ["repaired"]
        with sqlite3.connect(f"file:{node.data}/takan.db?mode=ro", uri=True) as db:
            bodies = [
                row[0] for row in db.execute("select body from outbox where id like ?", (f"{charged.feedback}/%",))
            ]
            keys = Counter(
                row[0] for row in db.execute("select key from stored_object where survey = ?", (charged.feedback,))
            )
        assert not any('"code":"' in body and '"code":""' not in body for body in bodies), "the code stays nowhere"
        assert not any(RED in body for body in bodies)
        assert len(keys) == done.seq
        with sqlite3.connect(f"file:{node.data}/ledger.db?mode=ro", uri=True) as book:
            entered = Counter(
                row[0] for row in book.execute("select key from entry where survey = ?", (charged.feedback,))
            )
        assert set(entered) <= set(keys)
        assert max(entered.values(), default=1) == 1, "one entry a step"


async def _reasons_name_it(client: NodeClient) -> str:
    said = (await outcome(client))[1]
    assert "申请行政许可时提供虚假材料" in said
    assert "第七十八条" in said
    return said


@pytest.mark.parametrize(
    ("kills", "rounds"),
    [
        pytest.param(["after:sent:events/", "before:noted:repairs/"], 1, id="two kills"),
        pytest.param(POINTS, 5, marks=pytest.mark.long, id="every point five times"),
    ],
)
async def test_the_loop_survives_both_sides_being_killed(kills: list[str], rounds: int, tmp_path: Path) -> None:
    secret, orders = "a secret of both sides", tmp_path / "dies"
    platform = PlatformServer(tmp_path / "platform", ("--key-id", "takan", "--secret", secret))
    platform.start()
    given = {
        "TAKAN_REGISTER": "",
        "TAKAN_CREDIT_URL": platform.url,
        "TAKAN_CREDIT_KEY_ID": "takan",
        "TAKAN_CREDIT_KEY_SECRET": secret,
        "TAKAN_DIES": str(orders),
    }
    try:
        async with (
            aiohttp.ClientSession() as test,
            test.put(f"{platform.url}/standings/{RED}", json={"tier": "red"}) as it,
        ):
            assert it.status == 200
        with serving(tmp_path / "node", command=DYING, **given) as node:
            for _ in range(rounds):
                await once_round(node, platform, orders, kills)
    finally:
        platform.kill()
