"""The database and its faults in words that hold no password."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine


def database_name(engine: AsyncEngine) -> str:
    """Server, user and database, or the file; parameters, some of which are secret, are left out."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string()


def reason(engine: AsyncEngine, fault: DBAPIError) -> str:
    """What the driver or the server said, on one line."""
    said = "; ".join(line.strip(" -\t") for line in str(fault.orig or fault).splitlines() if line.strip())
    password = engine.url.password
    return said.replace(str(password), "***") if password else said
