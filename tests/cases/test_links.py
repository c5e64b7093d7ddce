"""Links and sessions: spent once, bound to one browser, never spent by being looked at."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.wire.admission import InvitationLink
from survey_server.wire.basics import Message
from survey_server.wire.from_person import AskStill, Consent, FromPerson, Hello, JoinMedia
from survey_server.wire.to_person import Fault, ToPerson, Welcome
from tests.nodes import application


async def links(client: NodeClient) -> tuple[str, list[InvitationLink]]:
    view = await client.apply(application())
    return view.survey, await client.invite(view.survey, list(PEOPLE))


def token(link: InvitationLink) -> str:
    return link.link.rpartition("/")[2]


async def post(client: NodeClient, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    async with client.http.post(client.url + path, json=body) as response:
        return response.status, await response.json(content_type=None)


async def get(client: NodeClient, path: str, session: str = "") -> tuple[int, dict[str, Any]]:
    async with client.http.get(client.url + path, headers={"Authorization": f"Bearer {session}"}) as response:
        return response.status, await response.json(content_type=None)


async def talk(client: NodeClient, *messages: FromPerson | str) -> list[ToPerson]:
    """Send everything, then read until a second of silence or the end."""
    heard: list[ToPerson] = []
    async with await client.socket() as socket:
        for message in messages:
            await socket.send_str(message if isinstance(message, str) else msgspec.json.encode(message).decode())
        while True:
            try:
                frame = await socket.receive(timeout=1)
            except TimeoutError:
                return heard
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return heard
            heard.append(msgspec.json.decode(frame.data, type=ToPerson))


def faults(heard: list[Message]) -> list[str]:
    return [message.code for message in heard if isinstance(message, Fault)]


async def test_looking_spends_nothing_and_start_binds_to_one_browser(client: NodeClient) -> None:
    _survey, (link, *_) = await links(client)
    for _ in range(3):
        assert (await get(client, f"/api/invitations/{token(link)}"))[1]["state"] == "fresh"
    mine, other = secrets.token_hex(32), secrets.token_hex(32)
    status, first = await post(client, f"/api/invitations/{token(link)}/open", {"key": mine})
    assert status == 200
    assert (await post(client, f"/api/invitations/{token(link)}/open", {"key": mine}))[1] == first
    status, problem = await post(client, f"/api/invitations/{token(link)}/open", {"key": other})
    assert (status, problem["type"]) == (409, "urn:takan:spent_link")
    assert problem["title"]["zh"]
    assert problem["detail"]["en"]
    assert (await get(client, f"/api/invitations/{token(link)}"))[1]["state"] == "spent"


async def test_an_unknown_link_is_answered_in_words(client: NodeClient) -> None:
    status, problem = await get(client, "/api/invitations/nonsense")
    assert (status, problem["type"]) == (404, "urn:takan:unknown_link")
    status, problem = await post(client, "/api/invitations/nonsense/open", {"key": "a" * 64})
    assert status == 404


async def test_one_of_many_racing_browsers_wins(client: NodeClient) -> None:
    _survey, (link, *_) = await links(client)
    answers = await asyncio.gather(
        *(post(client, f"/api/invitations/{token(link)}/open", {"key": secrets.token_hex(32)}) for _ in range(8))
    )
    assert sorted(status for status, _ in answers) == [200] + [409] * 7


async def test_a_person_sees_their_own_survey_only(client: NodeClient) -> None:
    mine, (link, *_) = await links(client)
    other, _ = await links(client)
    session = (await client.start(link)).session
    assert (await get(client, f"/api/surveys/{mine}", session))[0] == 200
    assert (await get(client, f"/api/surveys/{other}", session))[0] == 403
    assert (await get(client, "/api/surveys", session))[0] == 403
    assert (await get(client, f"/api/surveys/{mine}/replay", session))[0] == 403
    assert (await get(client, f"/api/surveys/{mine}", "forged"))[0] == 401
    assert (await get(client, "/api/surveys/s0", (await client.start(await client.invite_auditor("a"))).session))[
        0
    ] == 404


async def test_malformed_messages_are_answered_and_the_connection_goes_on(client: NodeClient) -> None:
    _survey, (link, *_) = await links(client)
    hello = Hello((await client.start(link)).session, datetime.now(UTC))
    heard = await talk(
        client, hello, "not json", '{"type":"nonsense"}', '{"type":"ping"}', '{"type":"ping","n":"x"}', "[]",
        '{"type":"sdp_answer","revision":1,"sdp":"v=0"}', JoinMedia(), AskStill(), hello, '{"type":"ping","n":7}',
    )  # fmt: skip
    assert isinstance(heard[0], Welcome)
    assert faults(heard) == ["malformed"] * 5 + ["consent_needed", "wrong_role", "again"]
    assert any(getattr(message, "n", None) == 7 for message in heard), "the connection still answers"


async def test_a_bad_hello_is_turned_away_in_words(client: NodeClient) -> None:
    for message, code in [
        ("rubbish", "malformed"),
        (Consent("x"), "hello_first"),
        (Hello("forged", datetime.now(UTC)), "no_session"),
    ]:
        heard = await talk(client, message)
        assert faults(heard) == [code]
        assert isinstance(heard[0], Fault)
        assert heard[0].fatal


async def test_a_clock_off_by_a_day_is_told_and_recorded(client: NodeClient) -> None:
    survey, (link, *_) = await links(client)
    session = (await client.start(link)).session
    heard = await talk(client, Hello(session, datetime.now(UTC) - timedelta(days=1)))
    assert isinstance(heard[0], Welcome)
    assert abs(heard[0].clock_offset_ms + 86_400_000) < 5_000
    auditor = await client.start(await client.invite_auditor("a"))
    events = (await client.replay(survey, auditor.session)).events
    joined = next(event for event in events if event.kind == "joined")
    assert "24 hours" in joined.text.en
    assert "24 小时" in joined.text.zh


async def test_a_newer_page_replaces_the_older(client: NodeClient) -> None:
    _survey, (link, *_) = await links(client)
    session = (await client.start(link)).session
    async with await client.socket() as older:
        await older.send_str(msgspec.json.encode(Hello(session, datetime.now(UTC))).decode())
        await older.receive()
        heard = await talk(client, Hello(session, datetime.now(UTC)))
        assert isinstance(heard[0], Welcome)
        said = [msgspec.json.decode(frame.data, type=ToPerson) async for frame in older]
    assert faults(said) == ["replaced"]
