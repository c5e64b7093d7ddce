"""One-time links: ordered, read without being spent, spent once, recognised afterwards by their session."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.schema import insert_new, invitation
from survey_server.db.transactions import transaction
from survey_server.wire.basics import Role


class Link(Struct, frozen=True):
    """A link as the database knows it: hashes only. `survey` is None for an auditor."""

    token_hash: str
    survey: str | None
    participant: str
    role: Role
    name: str
    expires_at: datetime
    key_hash: str | None = None


class Links:
    """All links of the node."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, link: Link) -> None:
        """Remember a fresh link; telling the same again changes nothing."""
        values = {name: getattr(link, name) for name in link.__struct_fields__}
        row = {**values, "expires_at": link.expires_at.isoformat()}

        async def write(db: AsyncConnection) -> None:
            await insert_new(db, invitation, row)

        await transaction(self._engine, write)

    async def find(self, token_hash: str) -> Link | None:
        """The link of this token; reading changes nothing."""
        return await self._one(invitation.c.token_hash == token_hash)

    async def of_session(self, session_hash: str) -> Link | None:
        """The link whose session this is."""
        return await self._one(invitation.c.session_hash == session_hash)

    async def spend(self, token_hash: str, key_hash: str, session_hash: str) -> bool:
        """Bind a fresh link to a key. False when it is already bound (also in a race): exactly one caller wins."""
        fresh = invitation.c.key_hash.is_(None)
        ours = sa.and_(invitation.c.key_hash == key_hash, invitation.c.session_hash == session_hash)

        async def bind(db: AsyncConnection, may: sa.ColumnElement[bool]) -> bool:
            query = invitation.update().where(invitation.c.token_hash == token_hash, may)
            return (await db.execute(query.values(key_hash=key_hash, session_hash=session_hash))).rowcount == 1

        return await transaction(self._engine, lambda db: bind(db, fresh), again=lambda db: bind(db, fresh | ours))

    async def _one(self, where: sa.ColumnElement[bool]) -> Link | None:
        async def found(db: AsyncConnection) -> sa.Row[Any] | None:
            return (await db.execute(sa.select(invitation).where(where))).one_or_none()

        row = await transaction(self._engine, found)
        if row is None:
            return None
        return Link(
            row.token_hash,
            row.survey,
            row.participant,
            row.role,
            row.name,
            datetime.fromisoformat(row.expires_at),
            row.key_hash,
        )
