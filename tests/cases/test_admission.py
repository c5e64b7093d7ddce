"""Who is admitted, over the API and on the command line; the decision is preserved."""

import asyncio
import json
import sqlite3

import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.wire.admission import InvitationOrder
from tests.nodes import BLACK, BLUE, ORANGE, RED, UNKNOWN, ServedNode, application, takan, takan_json

TABLE = [
    (RED, "food-business", "admitted"),
    (ORANGE, "food-business", "admitted"),
    (BLUE, "food-business", "on_site"),
    (UNKNOWN, "food-business", "on_site"),
    (BLACK, "food-business", "on_site"),
    (BLACK, "training-centre", "refused"),
    (RED, "cylinder-filling", "on_site"),
]


@pytest.mark.parametrize(("code", "item", "outcome"), TABLE)
async def test_the_api_decides(client: NodeClient, code: str, item: str, outcome: str) -> None:
    view = await client.apply(application(code, item))
    assert view.outcome == outcome
    assert all(reason.zh and reason.en for reason in view.reasons)
    if outcome == "refused":
        assert any("《" in reason.zh for reason in view.reasons), "a refusal cites its rule"


@pytest.mark.parametrize(("code", "item", "outcome"), TABLE)
def test_the_command_line_decides_alike(code: str, item: str, outcome: str) -> None:
    status, decision = takan_json("gate", "decide", "--subject", code, "--item", item)
    assert decision["outcome"] == outcome
    assert status == (0 if outcome == "admitted" else 1)
    assert code not in json.dumps(decision), "the decision holds no code"
    if outcome == "refused":
        assert "《" in decision["rule"]


def test_bad_input_on_the_command_line_says_what_to_do() -> None:
    status, _out, words = takan("gate", "decide", "--subject", RED[:-1] + "X", "--item", "food-business")
    assert status == 2
    assert "校验位" in words
    assert "check character" in words
    status, _out, words = takan("gate", "decide", "--subject", RED, "--item", "moon-base")
    assert status == 2
    assert "food-business" in words, "the known items are named"


async def test_a_survey_on_site_invites_nobody(client: NodeClient) -> None:
    view = await client.apply(application(BLUE))
    with pytest.raises(NodeRefused, match="409"):
        await client.invite(view.survey, [InvitationOrder("applicant", "x")])


async def test_the_decision_is_preserved(client: NodeClient, served: ServedNode) -> None:
    view = await client.apply(application(ORANGE))
    auditor = await client.start(await client.invite_auditor("a"))
    replay = await client.replay(view.survey, auditor.session)
    assert replay.admission == view
    await asyncio.sleep(1)
    with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
        rows = db.execute("select key, sha256 from stored_object where survey = ?", (view.survey,)).fetchall()
    assert [key for key, _ in rows if "/admission/decision-" in key]


async def test_bad_applications_are_answered_in_words(client: NodeClient) -> None:
    for form, words in [
        (application("123"), "18"),
        (application(item="moon-base"), "no item"),
        (application(RED[:-1] + "X"), "check character"),
    ]:
        with pytest.raises(NodeRefused, match=words):
            await client.apply(form)
    with pytest.raises(NodeRefused, match="401"):
        await NodeClient(client.url, "wrong key").apply(application())
