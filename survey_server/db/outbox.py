"""What is to be told to systems outside: one row an event, written in the transaction that journals it.

An event has a row or it does not stand in the journal: so none is lost and none is told twice under two ids. The
receiver knows a repetition by its id. (Delivery belongs to the approvals platform and is not built yet.)
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.schema import outbox
from survey_server.db.transactions import transaction
from survey_server.survey.events import Entry, Sealed

_TOLD = (Sealed,)


class Message(Struct, frozen=True):
    """One event for the outside. `id` is unique for ever; `body` is the event's JSON."""

    id: str
    kind: str
    body: str


class Outbox:
    """The rows in the order they came."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_survey(self, survey: str) -> list[Message]:
        """Everything that was or is to be told about a survey."""
        query = sa.select(outbox).where(outbox.c.survey == survey).order_by(outbox.c.seq)

        async def rows(db: AsyncConnection) -> list[Message]:
            return [Message(row.id, row.kind, row.body) for row in (await db.execute(query)).all()]

        return await transaction(self._engine, rows)


def messages(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """The rows that these journal lines make."""
    return [
        {
            "id": f"{entry.survey}/{entry.seq}",
            "survey": entry.survey,
            "seq": entry.seq,
            "kind": type(entry.event).__struct_config__.tag,
            "body": msgspec.json.encode(entry.event).decode(),
            "created_at": entry.at.isoformat(),
        }
        for entry in entries
        if isinstance(entry.event, _TOLD)
    ]
