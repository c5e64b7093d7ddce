"""Is there room for what is to be written? Each engine has its own word for that."""

from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.postgresql import ran_full
from survey_server.db.sqlite import out_of_room


def no_room(engine: AsyncEngine, fault: DBAPIError) -> bool:
    """Did this go wrong because the database's disk is full?"""
    if engine.url.get_backend_name() == "sqlite":
        return out_of_room(fault, Path(str(engine.url.database)))
    return ran_full(fault)
