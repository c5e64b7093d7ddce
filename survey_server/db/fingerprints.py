"""What photos are recognised by when they come back."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.schema import fingerprint, fingerprint_corners, insert_new
from survey_server.db.transactions import transaction


class Received(Struct, frozen=True):
    """Whose photo it is. `subject` is the keyed reference of who applied; `sha256` is of the bytes as they came."""

    survey: str
    photo: str
    participant: str
    subject: str
    received_at: datetime
    sha256: str


class Recognised(Struct, frozen=True):
    """A row as the index needs it: `whole` is None for a picture of one colour, `words` are those of `lookup`."""

    number: int
    survey: str
    whole: bytes | None
    words: bytes


class Fingerprints:
    """Of every photo of the node. Numbers grow with time; nothing is changed or removed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, photo: Received, whole: bytes | None, words: bytes, corners: bytes) -> int:
        """Keep a photo's fingerprint and tell its number; one that is there already stays as it is."""
        row = {
            "survey": photo.survey,
            "photo": photo.photo,
            "participant": photo.participant,
            "subject": photo.subject,
            "received_at": photo.received_at.astimezone(UTC).isoformat(),
            "sha256": photo.sha256,
            "whole": whole,
            "words": words,
        }
        own = sa.select(fingerprint.c.id).where(
            fingerprint.c.survey == photo.survey, fingerprint.c.photo == photo.photo
        )

        async def write(db: AsyncConnection) -> int:
            await insert_new(db, fingerprint, row)
            number = int((await db.execute(own)).scalar_one())
            await insert_new(db, fingerprint_corners, {"fingerprint": number, "corners": corners})
            return number

        return await transaction(self._engine, write)

    async def same_bytes(self, photo: Received, before: int) -> dict[int, Received]:
        """Photos of other surveys with the same bytes, numbered below `before`, the oldest first."""
        query = (
            sa.select(fingerprint)
            .where(
                fingerprint.c.sha256 == photo.sha256,
                fingerprint.c.survey != photo.survey,
                fingerprint.c.id < before,
            )
            .order_by(fingerprint.c.id)
        )
        return {row.id: _received(row) for row in await self._rows(query)}

    async def received(self, numbers: Collection[int]) -> dict[int, Received]:
        """Whose photos these are."""
        query = sa.select(fingerprint).where(fingerprint.c.id.in_(numbers))
        return {row.id: _received(row) for row in await self._rows(query)}

    async def corners(self, numbers: Collection[int]) -> dict[int, bytes]:
        """The corners of these photos."""
        query = sa.select(fingerprint_corners).where(fingerprint_corners.c.fingerprint.in_(numbers))
        return {row.fingerprint: row.corners for row in await self._rows(query)}

    async def after(self, number: int, limit: int) -> list[Recognised]:
        """The next photos by number, `limit` at most."""
        columns = fingerprint.c.id, fingerprint.c.survey, fingerprint.c.whole, fingerprint.c.words
        query = sa.select(*columns).where(fingerprint.c.id > number).order_by(fingerprint.c.id).limit(limit)
        return [Recognised(row.id, row.survey, row.whole, row.words) for row in await self._rows(query)]

    async def _rows(self, query: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[Any]]:
        async def found(db: AsyncConnection) -> Sequence[sa.Row[Any]]:
            return (await db.execute(query)).all()

        return await transaction(self._engine, found)


def _received(row: Any) -> Received:
    at = datetime.fromisoformat(row.received_at)
    return Received(row.survey, row.photo, row.participant, row.subject, at, row.sha256)
