"""The index of objects the store has acknowledged."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.schema import insert_new, stored_object
from survey_server.db.transactions import transaction


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


class Ending(Struct, frozen=True):
    """A survey that has objects whose locks end before a certain moment."""

    survey: str
    first: datetime
    """When the first of them ends."""


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
            "locked_until": _utc(stored.locked_until),
        }

        async def write(db: AsyncConnection) -> None:
            await insert_new(db, stored_object, row)

        await transaction(self._engine, write)

    async def of_survey(self, survey: str) -> list[StoredObject]:
        """Every kept object of a survey, by key."""
        query = sa.select(stored_object).where(stored_object.c.survey == survey).order_by(stored_object.c.key)
        return [_stored(row) for row in await self._rows(query)]

    async def versions(self, keys: Collection[str]) -> dict[str, str]:
        """Which of these objects are kept, and as which version of their key."""
        query = sa.select(stored_object.c.key, stored_object.c.version_id).where(stored_object.c.key.in_(keys))
        return {row.key: row.version_id for row in await self._rows(query)}

    async def get(self, number: int) -> StoredObject | None:
        """The object with this number."""
        rows = await self._rows(sa.select(stored_object).where(stored_object.c.id == number))
        return _stored(rows[0]) if rows else None

    async def by_key(self, key: str) -> StoredObject | None:
        """The object under this key."""
        rows = await self._rows(sa.select(stored_object).where(stored_object.c.key == key))
        return _stored(rows[0]) if rows else None

    async def ending(self, before: datetime, after: str, limit: int) -> list[Ending]:
        """Surveys with a lock that ends before that moment, by id, those after the id `after`; `limit` at most."""
        table = stored_object.c
        query = (
            sa.select(table.survey, sa.func.min(table.locked_until).label("first"))
            .where(table.survey > after, table.locked_until < _utc(before))
            .group_by(table.survey)
            .order_by(table.survey)
            .limit(limit)
        )
        return [Ending(row.survey, datetime.fromisoformat(row.first)) for row in await self._rows(query)]

    async def locked_before(self, survey: str, before: datetime, after: str, limit: int) -> list[StoredObject]:
        """A survey's objects whose locks end before that moment, by key, those after the key `after`."""
        table = stored_object.c
        query = (
            sa.select(stored_object)
            .where(table.survey == survey, table.locked_until < _utc(before), table.key > after)
            .order_by(table.key)
            .limit(limit)
        )
        return [_stored(row) for row in await self._rows(query)]

    async def count_before(self, survey: str, before: datetime) -> int:
        """How many of a survey's locks end before that moment."""
        table = stored_object.c
        query = sa.select(sa.func.count()).where(table.survey == survey, table.locked_until < _utc(before))
        return (await self._rows(query))[0][0]

    async def first_end(self, not_before: datetime) -> datetime | None:
        """The first moment, not before that one, at which any lock ends."""
        query = sa.select(sa.func.min(stored_object.c.locked_until)).where(
            stored_object.c.locked_until >= _utc(not_before)
        )
        found = (await self._rows(query))[0][0]
        return None if found is None else datetime.fromisoformat(found)

    async def extended(self, key: str, until: datetime) -> None:
        """The lock of an object was extended."""
        query = stored_object.update().where(stored_object.c.key == key).values(locked_until=_utc(until))

        async def write(db: AsyncConnection) -> None:
            await db.execute(query)

        await transaction(self._engine, write)

    async def _rows(self, query: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[Any]]:
        async def found(db: AsyncConnection) -> Sequence[sa.Row[Any]]:
            return (await db.execute(query)).all()

        return await transaction(self._engine, found)


def _utc(moment: datetime) -> str:
    """As it stands in the table, where moments are compared as text."""
    return moment.astimezone(UTC).isoformat()


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
