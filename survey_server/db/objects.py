"""The index of objects the store has acknowledged."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.schema import stored_object


class StoredObject(Struct, frozen=True):
    """One kept object: everything needed to fetch exactly that version and check it. Size in bytes."""

    survey: str
    key: str
    version_id: str
    sha256: str
    size: int
    media_type: str
    about: dict[str, Any]
    kept_at: datetime
    locked_until: datetime
    id: int = 0


class ObjectIndex:
    """All kept objects of the node."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, stored: StoredObject) -> None:
        """Remember an acknowledged object; telling the same again changes nothing."""
        row = {
            "survey": stored.survey,
            "key": stored.key,
            "version_id": stored.version_id,
            "sha256": stored.sha256,
            "size": stored.size,
            "media_type": stored.media_type,
            "about": msgspec.json.encode(stored.about).decode(),
            "kept_at": stored.kept_at.isoformat(),
            "locked_until": stored.locked_until.isoformat(),
        }
        async with self._engine.begin() as db:
            await db.execute(insert(stored_object).values(row).on_conflict_do_nothing(index_elements=["key"]))

    async def of_survey(self, survey: str) -> list[StoredObject]:
        """Every kept object of a survey, by key."""
        query = sa.select(stored_object).where(stored_object.c.survey == survey).order_by(stored_object.c.key)
        async with self._engine.connect() as db:
            return [_stored(row) for row in (await db.execute(query)).all()]

    async def versions(self, keys: Collection[str]) -> dict[str, str]:
        """Which of these objects are kept, and as which version of their key."""
        query = sa.select(stored_object.c.key, stored_object.c.version_id).where(stored_object.c.key.in_(keys))
        async with self._engine.connect() as db:
            return {row.key: row.version_id for row in (await db.execute(query)).all()}

    async def get(self, number: int) -> StoredObject | None:
        """The object with this number."""
        async with self._engine.connect() as db:
            row = (await db.execute(sa.select(stored_object).where(stored_object.c.id == number))).one_or_none()
        return None if row is None else _stored(row)

    async def by_key(self, key: str) -> StoredObject | None:
        """The object under this key."""
        async with self._engine.connect() as db:
            row = (await db.execute(sa.select(stored_object).where(stored_object.c.key == key))).one_or_none()
        return None if row is None else _stored(row)

    async def extended(self, key: str, until: datetime) -> None:
        """The lock of an object was extended."""
        query = stored_object.update().where(stored_object.c.key == key).values(locked_until=until.isoformat())
        async with self._engine.begin() as db:
            await db.execute(query)


def _stored(row: Any) -> StoredObject:
    return StoredObject(
        row.survey,
        row.key,
        row.version_id,
        row.sha256,
        row.size,
        row.media_type,
        msgspec.json.decode(row.about),
        datetime.fromisoformat(row.kept_at),
        datetime.fromisoformat(row.locked_until),
        row.id,
    )
