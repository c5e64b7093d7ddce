"""Every test of the database runs on a real file and on a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.database import open_database


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a fresh database is to be opened."""
    if request.param == "sqlite":
        return tmp_path / "takan.db"
    return request.getfixturevalue("postgres").database()


@pytest.fixture
async def engine(place: Path | str) -> AsyncIterator[AsyncEngine]:
    engine = await open_database(place)
    yield engine
    await engine.dispose()
