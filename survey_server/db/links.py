"""One-time links: ordered, read without being spent, spent once, recognised afterwards by their session."""

from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.schema import invitation
from survey_server.wire import Role


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
        """Remember a fresh link."""
        values = {name: getattr(link, name) for name in link.__struct_fields__}
        async with self._engine.begin() as db:
            await db.execute(invitation.insert().values({**values, "expires_at": link.expires_at.isoformat()}))

    async def find(self, token_hash: str) -> Link | None:
        """The link of this token; reading changes nothing."""
        return await self._one(invitation.c.token_hash == token_hash)

    async def of_session(self, session_hash: str) -> Link | None:
        """The link whose session this is."""
        return await self._one(invitation.c.session_hash == session_hash)

    async def spend(self, token_hash: str, key_hash: str, session_hash: str) -> bool:
        """Bind a fresh link to a key. False when it is already bound (also in a race): exactly one caller wins."""
        query = (
            invitation.update()
            .where(invitation.c.token_hash == token_hash, invitation.c.key_hash.is_(None))
            .values(key_hash=key_hash, session_hash=session_hash)
        )
        async with self._engine.begin() as db:
            return (await db.execute(query)).rowcount == 1

    async def _one(self, where: sa.ColumnElement[bool]) -> Link | None:
        async with self._engine.connect() as db:
            row = (await db.execute(sa.select(invitation).where(where))).one_or_none()
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
