"""What is to be told to systems outside: one row an event, written in the transaction that journals it.

An event has a row or it does not stand in the journal: so none is lost and none is told twice under two ids. The
receiver knows a repetition by its id. Each row has a destination; rows of one lane (a case, a subject) go there one
after another. Reminders come of the calendar, not of an event; their ids keep each from being there twice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.schema import insert_new, outbox
from survey_server.db.transactions import transaction
from survey_server.survey.events import Entry
from survey_server.survey.survey import Survey
from survey_server.survey.tidings import TOLD

Destination = Literal["approvals", "credit", "mail"]
NOT_NEEDED = "not needed any more"
"""The trouble of a message that was not sent because what it reminds of is over."""


class Message(Struct, frozen=True):
    """One event for the outside. `id` is unique for ever; `body` is JSON; `attempts` so many came to nothing. With both
    `delivered_at` and `trouble` it was given up then.
    """

    id: str
    kind: str
    body: str
    lane: str = ""
    attempts: int = 0
    trouble: str = ""
    delivered_at: datetime | None = None
    survey: str = ""
    seq: int = 0
    created_at: datetime | None = None
    next_at: datetime | None = None
    """When the next attempt may be; None: at once."""


class Reminding(Struct, frozen=True):
    """A row that no journal line makes: the calendar does. `id` is unique for ever; `seq` the survey's newest line."""

    id: str
    destination: Destination
    lane: str
    survey: str
    seq: int
    body: str
    at: datetime


REMINDER = "reminder"
"""The kind of such a row."""


class Outbox:
    """The rows in the order they came."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_survey(self, survey: str) -> list[Message]:
        """Everything that was or is to be told about a survey."""
        return await self._messages(outbox.c.survey == survey)

    async def get(self, ids: Sequence[str]) -> list[Message]:
        """These messages, as far as there are any."""
        return await self._messages(outbox.c.id.in_(ids))

    async def next(self, destination: Destination, now: datetime) -> list[Message]:
        """What may be sent now: of each lane the first that is not delivered, unless its next attempt lies ahead. A
        hundred at most.
        """
        waiting = _waiting(destination)
        heads = sa.select(sa.func.min(outbox.c.number)).where(waiting).group_by(outbox.c.lane)
        ripe = sa.or_(outbox.c.next_at.is_(None), outbox.c.next_at <= _utc(now))
        return await self._messages(sa.and_(outbox.c.number.in_(heads), ripe), 100)

    async def next_at(self, destination: Destination, now: datetime) -> datetime | None:
        """When, after now, the next attempt may be that has been put off; None if none was."""
        later = outbox.c.next_at > _utc(now)
        query = sa.select(sa.func.min(outbox.c.next_at)).where(_waiting(destination), later)

        async def found(db: AsyncConnection) -> str | None:
            return (await db.execute(query)).scalar_one()

        at = await transaction(self._engine, found)
        return None if at is None else datetime.fromisoformat(at)

    async def delivered(self, message: Message, at: datetime) -> None:
        """The receiver has it."""

        async def write(db: AsyncConnection) -> None:
            await mark_delivered(db, message.id, at, message.body)

        await transaction(self._engine, write)

    async def remind(self, reminders: Sequence[Reminding]) -> None:
        """Add these rows, but none whose id was ever there: however often it is asked for, each is sent once."""

        async def write(db: AsyncConnection) -> None:
            for one in reminders:
                await insert_new(
                    db,
                    outbox,
                    {
                        "id": one.id,
                        "destination": one.destination,
                        "lane": one.lane,
                        "survey": one.survey,
                        "seq": one.seq,
                        "kind": REMINDER,
                        "body": one.body,
                        "created_at": _utc(one.at),
                    },
                )

        await transaction(self._engine, write)

    async def give_up(self, message: Message, at: datetime, why: str) -> None:
        """It is not sent, now or later: refused for good, or `NOT_NEEDED`."""
        row = outbox.update().where(outbox.c.id == message.id, outbox.c.delivered_at.is_(None))
        values = {"delivered_at": _utc(at), "attempts": message.attempts + (why != NOT_NEEDED), "trouble": why[:300]}

        async def write(db: AsyncConnection) -> None:
            await db.execute(row.values(values))

        await transaction(self._engine, write)

    async def given_up(self, destination: Destination, since: datetime, limit: int = 1000) -> list[Message]:
        """What was refused for good since then, the oldest first."""
        there = sa.and_(outbox.c.destination == destination, outbox.c.delivered_at >= _utc(since))
        return await self._messages(sa.and_(there, outbox.c.trouble.not_in(("", NOT_NEEDED))), limit)

    async def waiting(self, destination: Destination, limit: int = 1000) -> list[Message]:
        """What is not delivered yet, the oldest first."""
        return await self._messages(_waiting(destination), limit)

    async def count(self, destination: Destination) -> int:
        """How much is not delivered yet."""
        query = sa.select(sa.func.count()).where(_waiting(destination))

        async def found(db: AsyncConnection) -> int:
            return (await db.execute(query)).scalar_one()

        return await transaction(self._engine, found)

    async def try_now(self, destination: Destination) -> int:
        """Forget how long each attempt was put off; how many messages that were."""
        query = outbox.update().where(_waiting(destination), outbox.c.next_at.is_not(None)).values(next_at=None)

        async def write(db: AsyncConnection) -> int:
            return (await db.execute(query)).rowcount

        return await transaction(self._engine, write)

    async def put_off(self, message: Message, until: datetime, trouble: str, *, tried: bool = True) -> None:
        """An attempt came to nothing, for this reason; the next is to be then. Not `tried`: it was not even made."""
        row = outbox.update().where(outbox.c.id == message.id, outbox.c.delivered_at.is_(None))
        values = {"attempts": message.attempts + tried, "next_at": _utc(until), "trouble": trouble[:300]}

        async def write(db: AsyncConnection) -> None:
            await db.execute(row.values(values))

        await transaction(self._engine, write)

    async def _messages(self, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Message]:
        query = sa.select(outbox).where(where).order_by(outbox.c.number).limit(limit)

        async def rows(db: AsyncConnection) -> list[Message]:
            return [_message(row) for row in (await db.execute(query)).all()]

        return await transaction(self._engine, rows)


async def mark_delivered(db: AsyncConnection, message: str, at: datetime, body: str) -> None:
    """Within a transaction: the message was acknowledged. `body` is what stays of it."""
    row = outbox.update().where(outbox.c.id == message)
    await db.execute(row.values(delivered_at=_utc(at), body=body, trouble=""))


def messages(entries: Sequence[Entry], after: Survey) -> list[dict[str, object]]:
    """The rows that these journal lines make. Of a case without a number of its own the approvals platform knows
    nothing, and is told nothing.
    """
    if after.numbered_here:
        return []
    return [
        {
            "id": f"{entry.survey}/{entry.seq}",
            "destination": "approvals",
            "lane": entry.survey,
            "survey": entry.survey,
            "seq": entry.seq,
            "kind": type(entry.event).__struct_config__.tag,
            "body": msgspec.json.encode(entry.event).decode(),
            "created_at": entry.at.isoformat(),
        }
        for entry in entries
        if type(entry.event) in TOLD
    ]


def _waiting(destination: Destination) -> sa.ColumnElement[bool]:
    return sa.and_(outbox.c.destination == destination, outbox.c.delivered_at.is_(None))


def _utc(at: datetime) -> str:
    """As it stands in the table, where moments are compared as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _message(row: sa.Row[Any]) -> Message:
    return Message(
        id=row.id,
        kind=row.kind,
        body=row.body,
        lane=row.lane,
        attempts=row.attempts,
        trouble=row.trouble,
        delivered_at=_moment(row.delivered_at),
        survey=row.survey,
        seq=row.seq,
        created_at=_moment(row.created_at),
        next_at=_moment(row.next_at),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
