"""Links: spent once, by one."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.links import Link, Links

AT = datetime(2026, 11, 22, tzinfo=UTC)
FRESH = Link("t1", None, "auditor-1", "auditor", "审计", AT)


async def test_of_many_who_spend_a_link_at_once_one_wins(engine: AsyncEngine) -> None:
    links = Links(engine)
    await links.add(FRESH)
    won = await asyncio.gather(*(links.spend("t1", f"key {number}", f"session {number}") for number in range(32)))
    assert sum(won) == 1
    winner = won.index(True)
    found = await links.find("t1")
    assert found is not None
    assert found.key_hash == f"key {winner}"
    assert await links.of_session(f"session {winner}") == found
    assert await links.of_session(f"session {(winner + 1) % 32}") is None


async def test_a_second_page_with_the_same_key_does_not_win_again(engine: AsyncEngine) -> None:
    links = Links(engine)
    await links.add(FRESH)
    assert await links.spend("t1", "key", "session")
    assert not await links.spend("t1", "key", "session")


async def test_reading_a_link_spends_nothing(engine: AsyncEngine) -> None:
    links = Links(engine)
    await links.add(FRESH)
    assert await links.find("t1") == FRESH
    assert await links.find("t1") == FRESH
    assert await links.find("t2") is None
    assert not await links.spend("t2", "key", "session")
