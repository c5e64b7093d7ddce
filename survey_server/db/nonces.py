"""Signed requests are carried out once: what made each of them unique, kept until its signature is too old anyway."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.schema import spent_nonce
from survey_server.db.transactions import transaction


class Nonces:
    """All nonces that were spent lately."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def spend(self, nonce: str, until: datetime, now: datetime) -> bool:
        """False when it was spent before; of several callers one wins. What is past `until` is forgotten."""

        async def write(db: AsyncConnection) -> None:
            await db.execute(spent_nonce.delete().where(spent_nonce.c.until < _utc(now)))
            await db.execute(sa.insert(spent_nonce).values(nonce=nonce, until=_utc(until)))

        try:
            await transaction(self._engine, write)
        except IntegrityError:
            return False
        return True


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
