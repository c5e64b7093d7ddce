"""The append-only survey journal."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from survey_server.db.errors import LineTaken
from survey_server.db.outbox import messages
from survey_server.db.schema import event as event_table
from survey_server.db.schema import outbox as outbox_table
from survey_server.db.schema import survey as survey_table
from survey_server.db.transactions import transaction
from survey_server.survey.events import AnyEvent, Applied, Entry
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Journal:
    """Journals of all surveys. A returned `append` is on disk; the primary key refuses a second writer's line."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.on_told: Callable[[], None] = lambda: None
        """Called when an append left something to be told outside."""
        self.on_line: Callable[[str], None] = lambda _: None
        """Called with the survey after an append, also one of which nobody knows whether it was carried out."""

    async def append(self, entries: Sequence[Entry], after: Survey) -> None:
        """Write the lines, and what they make of the survey, in one transaction: all of it or nothing.

        On a server, "on disk" means the server's (`postgresql.py`). Raises LineTaken when somebody else has written a
        line of that number, DatabaseUnreachable when the server stays away. After the latter, and after being
        cancelled, the lines may stand: `read` with `settled` tells.
        """
        lines, told = [_row(entry) for entry in entries], messages(entries, after)

        async def write(db: AsyncConnection) -> None:
            await _stand(db, entries[0], after)
            await db.execute(event_table.insert(), lines)
            if told:
                await db.execute(outbox_table.insert(), told)

        async def write_again(db: AsyncConnection) -> None:
            try:
                async with db.begin_nested():
                    await write(db)
            except IntegrityError:
                if not await _written(db, lines):
                    raise

        try:
            await transaction(self._engine, write, again=write_again)
        except IntegrityError as fault:
            raise LineTaken(entries[0].survey, entries[0].seq) from fault
        finally:
            self.on_line(entries[0].survey)
        if told:
            self.on_told()

    async def of_case(self, case_no: str) -> list[str]:
        """The surveys of the case with this number, oldest first."""
        rows = survey_table.c
        query = sa.select(rows.id).where(rows.case_no == case_no).order_by(rows.created_at, rows.id)

        async def found(db: AsyncConnection) -> list[str]:
            return list((await db.execute(query)).scalars())

        return await transaction(self._engine, found)

    async def of_subject(self, subject: str) -> list[str]:
        """The surveys that this subject (keyed reference) applied for, newest first."""
        return await self._newest(survey_table.c.subject == subject)

    async def asked(self) -> list[str]:
        """Surveys about whose decision a person was asked, newest first; a thousand at most."""
        return await self._newest(survey_table.c.asked, 1000)

    async def appealed(self) -> list[str]:
        """Surveys with an appeal, newest first; a thousand at most."""
        return await self._newest(_ever("appealed"), 1000)

    async def restricted(self) -> list[str]:
        """Surveys that were ever restricted, newest first."""
        return await self._newest(_ever("restricted"))

    async def read(self, survey: str, after: int = 0, *, settled: bool = False) -> list[Entry]:
        """The lines of one survey with `seq` above `after`, in order; none for an unknown survey. With `settled`, an
        append of which nobody knows whether it was carried out is waited for.
        """
        query = (
            sa.select(event_table)
            .where(event_table.c.survey == survey, event_table.c.seq > after)
            .order_by(event_table.c.seq)
        )

        async def rows(db: AsyncConnection) -> Sequence[sa.Row[Any]]:
            if settled:  # an append holds the survey's row, or SQLite's one lock, until it ends
                row = survey_table.update().where(survey_table.c.id == survey)
                await db.execute(row.values(state=survey_table.c.state))
            return (await db.execute(query)).all()

        return [_entry(row) for row in await transaction(self._engine, rows)]

    async def survey(self, survey: str) -> Survey | None:
        """The survey its journal tells, or None if there is none."""
        entries = await self.read(survey)
        return rebuild(entries) if entries else None

    async def ids(self, *, only_open: bool = False) -> list[str]:
        """Every survey, newest first; with `only_open` those there is still something to do about."""
        return await self._newest(survey_table.c.open if only_open else sa.true())

    async def _newest(self, where: sa.ColumnElement[bool], limit: int | None = None) -> list[str]:
        order = (survey_table.c.created_at.desc(), survey_table.c.id.desc())
        query = sa.select(survey_table.c.id).where(where).order_by(*order).limit(limit)

        async def found(db: AsyncConnection) -> list[str]:
            return list((await db.execute(query)).scalars())

        return await transaction(self._engine, found)

    async def awaited(self) -> list[str]:
        """Surveys in which somebody may have something to do until a date: those that are not concluded, those under
        appeal, those with points to put right, and those about whose decision an asked person has not answered.
        """
        of, here = event_table.c, survey_table.c
        rectify = sa.exists().where(
            of.survey == here.id, of.kind == "concluded", of.body.contains('"result":"rectify"', autoescape=True)
        )
        answers = ("decision_upheld", "overruled", "refusal_lifted")
        answered = sa.exists().where(of.survey == here.id, of.kind.in_(answers))
        going_on = here.state.in_(("admitted", "scheduled", "in_session", "ended", "appealed"))
        to_rectify, to_answer = sa.and_(here.state == "concluded", rectify), sa.and_(here.asked, ~answered)
        query = sa.select(here.id).where(sa.or_(going_on, to_rectify, to_answer))

        async def found(db: AsyncConnection) -> list[str]:
            return list((await db.execute(query.order_by(here.id))).scalars())

        return await transaction(self._engine, found)


def _ever(kind: str) -> sa.ColumnElement[bool]:
    """Surveys with an event of this kind."""
    of = event_table.c
    return survey_table.c.id.in_(sa.select(of.survey).where(of.kind == kind))


async def _stand(db: AsyncConnection, first: Entry, after: Survey) -> None:
    """The survey's own row: made by its first line, brought up to date by every other."""
    stands = {"state": after.state, "open": after.open, "asked": after.second_look is not None}
    if first.seq == 1 and isinstance(first.event, Applied):
        made = {"case_no": first.event.case_no, "subject": first.event.subject}
        row = {**made, "created_at": first.at.isoformat(), **stands}
        await db.execute(survey_table.insert().values(id=first.survey, **row))
    else:
        await db.execute(survey_table.update().where(survey_table.c.id == first.survey).values(stands))


async def _written(db: AsyncConnection, lines: list[dict[str, object]]) -> bool:
    """Are these very lines in the journal? The same to the microsecond of `at`, they are this writer's own."""
    first, last = lines[0], lines[-1]
    query = (
        sa.select(event_table)
        .where(event_table.c.survey == first["survey"], event_table.c.seq.between(first["seq"], last["seq"]))
        .order_by(event_table.c.seq)
    )
    return [dict(row) for row in (await db.execute(query)).mappings()] == lines


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(row.survey, row.seq, datetime.fromisoformat(row.at), _decoder.decode(row.body))


def _row(entry: Entry) -> dict[str, object]:
    return {
        "survey": entry.survey,
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": type(entry.event).__struct_config__.tag,
        "body": msgspec.json.encode(entry.event).decode(),
    }
