"""The append-only survey journal."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.schema import event as event_table
from survey_server.db.schema import survey as survey_table
from survey_server.survey.events import AnyEvent, Applied, Entry
from survey_server.survey.survey import Survey, rebuild

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Journal:
    """Journals of all surveys. A returned `append` is on disk; the primary key refuses a second writer's line."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def append(self, entries: Sequence[Entry], after: Survey) -> None:
        """Write the lines, and what they make of the survey, in one transaction."""
        stands = {"state": after.state, "open": after.open}
        async with self._engine.begin() as db:
            first = entries[0]
            if first.seq == 1 and isinstance(first.event, Applied):
                row = {"case_no": first.event.case_no, "created_at": first.at.isoformat(), **stands}
                await db.execute(survey_table.insert().values(id=first.survey, **row))
            else:
                await db.execute(survey_table.update().where(survey_table.c.id == first.survey).values(stands))
            await db.execute(event_table.insert(), [_row(entry) for entry in entries])

    async def read(self, survey: str, after: int = 0) -> list[Entry]:
        """The lines of one survey with `seq` above `after`, in order; none for an unknown survey."""
        query = (
            sa.select(event_table)
            .where(event_table.c.survey == survey, event_table.c.seq > after)
            .order_by(event_table.c.seq)
        )
        async with self._engine.connect() as db:
            rows = (await db.execute(query)).all()
        return [Entry(row.survey, row.seq, datetime.fromisoformat(row.at), _decoder.decode(row.body)) for row in rows]

    async def survey(self, survey: str) -> Survey | None:
        """The survey its journal tells, or None if there is none."""
        entries = await self.read(survey)
        return rebuild(entries) if entries else None

    async def ids(self, *, only_open: bool = False) -> list[str]:
        """Every survey, newest first; with `only_open` those there is still something to do about."""
        query = sa.select(survey_table.c.id).order_by(survey_table.c.created_at.desc())
        if only_open:
            query = query.where(survey_table.c.open)
        async with self._engine.connect() as db:
            return list((await db.execute(query)).scalars())


def _row(entry: Entry) -> dict[str, object]:
    return {
        "survey": entry.survey,
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": type(entry.event).__struct_config__.tag,
        "body": msgspec.json.encode(entry.event).decode(),
    }
