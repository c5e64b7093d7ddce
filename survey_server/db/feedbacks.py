"""The append-only journals of the feedbacks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from credit_gate.feedback.events import AnyEvent, Entry, Recorded
from credit_gate.feedback.feedback import Feedback, rebuild
from credit_gate.feedback.life import State
from survey_server.db.errors import LineTaken
from survey_server.db.outbox import Destination, mark_delivered
from survey_server.db.schema import feedback as feedback_table
from survey_server.db.schema import feedback_event as event_table
from survey_server.db.schema import outbox as outbox_table
from survey_server.db.schema import stored_object
from survey_server.db.transactions import transaction

# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Lines(Struct, frozen=True):
    """Fresh lines of one feedback, and what they make of it."""

    entries: Sequence[Entry]
    after: Feedback


class Telling(Struct, frozen=True):
    """What a line tells a system outside: `id` is unique for ever, `lane` whose rows go one after another."""

    id: str
    destination: Destination
    lane: str
    entry: Entry
    survey: str
    body: str


class Told(Struct, frozen=True):
    """A message that was acknowledged, and what stays of its body."""

    message: str
    at: datetime
    body: str


class Feedbacks:
    """Journals of all feedbacks. A returned `append` is on disk; the primary key refuses a second writer's line."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def append(self, lines: Sequence[Lines], tellings: Sequence[Telling] = (), told: Told | None = None) -> None:
        """Write the lines of all these feedbacks, what is to be told, and what was, in one transaction.

        Raises LineTaken when somebody else has written a line of that number, DatabaseUnreachable when the server
        stays away; after the latter they may stand or not.
        """
        rows = [_row(entry) for one in lines for entry in one.entries]

        async def write(db: AsyncConnection) -> None:
            for one in lines:
                await _stand(db, one)
            await db.execute(event_table.insert(), rows)
            if tellings:
                await db.execute(outbox_table.insert(), [_telling(one) for one in tellings])
            if told is not None:
                await mark_delivered(db, told.message, told.at, told.body)

        async def write_again(db: AsyncConnection) -> None:
            try:
                async with db.begin_nested():
                    await write(db)
            except IntegrityError:
                if not await _written(db, rows):
                    raise

        try:
            await transaction(self._engine, write, again=write_again)
        except IntegrityError as fault:
            first = lines[0].entries[0]
            raise LineTaken(first.feedback, first.seq) from fault

    async def read(self, feedback: str) -> list[Entry]:
        """The lines of one feedback, in order; none for an unknown one."""
        return await self._entries(event_table.c.feedback == feedback)

    async def get(self, feedback: str) -> Feedback | None:
        """The feedback its journal tells, or None if there is none."""
        entries = await self.read(feedback)
        return rebuild(entries) if entries else None

    async def of_subject(self, subject: str) -> list[Feedback]:
        """Everything about a subject, by its keyed reference, oldest first."""
        return await self._where(feedback_table.c.subject == subject)

    async def of_survey(self, survey: str) -> list[Feedback]:
        """What was found in one survey, oldest first."""
        return await self._where(feedback_table.c.survey == survey)

    async def in_state(self, state: State) -> list[Feedback]:
        """Those that stand there now, oldest first."""
        return await self._where(feedback_table.c.state == state.value)

    async def all(self, limit: int = 1000) -> list[Feedback]:
        """Every feedback, newest first, so many at most."""
        found = await self._where(sa.true(), newest=limit)
        return found[::-1]

    async def unrecorded(self) -> list[str]:
        """Those of whose steps the store does not have every record yet."""
        lines, records = sa.func.count(event_table.c.seq), sa.func.count(stored_object.c.key)
        of_lines = sa.select(lines).where(event_table.c.feedback == feedback_table.c.id).scalar_subquery()
        of_records = sa.select(records).where(stored_object.c.survey == feedback_table.c.id).scalar_subquery()
        query = sa.select(feedback_table.c.id).where(of_lines > of_records)

        async def found(db: AsyncConnection) -> list[str]:
            return list((await db.execute(query)).scalars())

        return await transaction(self._engine, found)

    async def _where(self, where: sa.ColumnElement[bool], newest: int | None = None) -> list[Feedback]:
        order = (feedback_table.c.created_at.desc(), feedback_table.c.id.desc())
        ids = sa.select(feedback_table.c.id).where(where).order_by(*order).limit(newest)
        journals: dict[str, list[Entry]] = {}
        for entry in await self._entries(event_table.c.feedback.in_(ids)):
            journals.setdefault(entry.feedback, []).append(entry)
        return sorted(map(rebuild, journals.values()), key=lambda one: (one.recorded_at, one.id))

    async def _entries(self, where: sa.ColumnElement[bool]) -> list[Entry]:
        query = sa.select(event_table).where(where).order_by(event_table.c.feedback, event_table.c.seq)

        async def rows(db: AsyncConnection) -> Sequence[sa.Row[Any]]:
            return (await db.execute(query)).all()

        return [_entry(row) for row in await transaction(self._engine, rows)]


async def _stand(db: AsyncConnection, lines: Lines) -> None:
    """The feedback's own row: made by its first line, brought up to date by every other."""
    first, after = lines.entries[0], lines.after
    if first.seq == 1 and isinstance(first.event, Recorded):
        row = {"survey": first.event.survey, "subject": first.event.subject, "created_at": first.at.isoformat()}
        await db.execute(feedback_table.insert().values(id=first.feedback, state=after.state.value, **row))
    else:
        here = feedback_table.update().where(feedback_table.c.id == first.feedback)
        await db.execute(here.values(state=after.state.value))


async def _written(db: AsyncConnection, rows: list[dict[str, object]]) -> bool:
    """Are these very lines in the journals? The same to the microsecond of `at`, they are this writer's own."""
    for row in rows:
        query = sa.select(event_table).where(event_table.c.feedback == row["feedback"], event_table.c.seq == row["seq"])
        there = (await db.execute(query)).mappings().one_or_none()
        if there is None or dict(there) != row:
            return False
    return True


def _telling(telling: Telling) -> dict[str, object]:
    entry = telling.entry
    return {
        "id": telling.id,
        "destination": telling.destination,
        "lane": telling.lane,
        "survey": telling.survey,
        "seq": entry.seq,
        "kind": _kind(entry),
        "body": telling.body,
        "created_at": entry.at.isoformat(),
    }


def _kind(entry: Entry) -> str:
    return str(type(entry.event).__struct_config__.tag)


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(row.feedback, row.seq, datetime.fromisoformat(row.at), _decoder.decode(row.body))


def _row(entry: Entry) -> dict[str, object]:
    return {
        "feedback": entry.feedback,
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": _kind(entry),
        "body": msgspec.json.encode(entry.event).decode(),
    }
