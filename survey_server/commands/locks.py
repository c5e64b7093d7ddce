"""takan locks."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from survey_server.clock import utc_now
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from survey_server.flows.lock_report import LockReport
    from survey_server.settings import Settings

_TOLD = 40


class Due(msgspec.Struct, frozen=True):
    """A case with locks that the next round will lengthen."""

    survey: str
    objects: int
    first: datetime
    """When the first of these locks would end."""


class Outlook(msgspec.Struct, frozen=True):
    """What the rule asks for now, and what came of the last round."""

    due: list[Due]
    ending: list[tuple[str, datetime]]
    """Abandoned cases, and when the first lock of each runs out or ran out."""
    unreadable: list[str]
    """Surveys whose journals can't be read: nothing is lengthened for them."""
    last_round: "LockReport | None"


def locks(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML) of the node.")] = None,
    data: Annotated[
        Path, typer.Option(envvar="TAKAN_DATA_DIR", help="Without --config: the node's data directory.")
    ] = Path("takan-data"),
    database: Annotated[
        str, typer.Option(envvar="TAKAN_DATABASE", help="Without --config: its PostgreSQL database, if it has one.")
    ] = "",
    lock_days: Annotated[
        int, typer.Option(envvar="TAKAN_LOCK_DAYS", min=1, help="Without --config: its setting lock_days.")
    ] = 180,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Which locks are due, which run out, what failed. 0 all is well, 1 people should look, 2 not carried out.

    Reads the node's database and its note of the last round; the node may run meanwhile. It asks no store (`takan
    audit` does) and changes nothing: the node lengthens locks by itself, once a day.
    """
    from survey_server.db.errors import DatabaseUnfit, DatabaseUnreachable
    from survey_server.settings import BadSettings, Settings, load_settings

    try:
        settings = Settings(data_dir=str(data), database=database, lock_days=lock_days)
        if config is not None:
            settings = load_settings(config, intake_key="not asked for here")
        if not settings.database and not (Path(settings.data_dir) / "takan.db").exists():
            fail(f"there is no database in {settings.data_dir}; name the node's --config or its --data directory")
        outlook = asyncio.run(_outlook(settings, utc_now()))
    except (BadSettings, DatabaseUnfit, DatabaseUnreachable, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(msgspec.to_builtins(outlook), ensure_ascii=False, indent=1))
    else:
        _tell(outlook)
    last = outlook.last_round
    troubled = outlook.ending or outlook.unreadable or (last is not None and (last.failed or last.kept_open))
    raise typer.Exit(1 if troubled else 0)


async def _outlook(settings: "Settings", now: datetime) -> Outlook:
    from survey_server.db.database import open_database
    from survey_server.db.journal import Journal
    from survey_server.db.objects import ObjectIndex
    from survey_server.flows.lock_report import read_report
    from survey_server.flows.locks import endings, judged
    from survey_server.survey.locks import Lengthen
    from survey_server.survey.step import OutOfOrder

    folder = Path(settings.data_dir).absolute()
    outlook = Outlook([], [], [], read_report(folder / "locks.json"))
    engine = await open_database(settings.database or folder / "takan.db")
    try:
        index, journal = ObjectIndex(engine), Journal(engine)
        async for ending in endings(index, now):
            try:
                case = await judged(journal, ending, now, timedelta(days=settings.lock_days))
            except (OutOfOrder, msgspec.MsgspecError):
                outlook.unreadable.append(ending.survey)
                continue
            if case is None:
                continue
            if case.due and isinstance(case.ruling, Lengthen):
                objects = await index.count_before(ending.survey, case.ruling.below)
                outlook.due.append(Due(ending.survey, objects, ending.first))
            if case.ends_at is not None:
                outlook.ending.append((ending.survey, case.ends_at))
    finally:
        await engine.dispose()
    return outlook


def _tell(outlook: Outlook) -> None:
    for due in outlook.due[:_TOLD]:
        print(f"due      {due.survey}  {due.objects} objects, the first lock ends {due.first:%Y-%m-%d}")
    for survey, first in outlook.ending[:_TOLD]:
        print(f"ending   {survey}  nobody goes on with it; its locks run out from {first:%Y-%m-%d} on")
    for survey in outlook.unreadable[:_TOLD]:
        print(f"broken   {survey}  its journal can't be read, and nothing is lengthened for it")
    last = outlook.last_round
    for survey in last.kept_open[:_TOLD] if last is not None else ():
        print(f"open     {survey}  its locks were about to end and were lengthened: who concludes it?")
    for failure in last.failures[:_TOLD] if last is not None else ():
        print(f"failed   {failure.what}  {failure.words}")
    objects = sum(due.objects for due in outlook.due)
    print(f"{objects or 'no'} locks of {len(outlook.due)} cases are due; {len(outlook.ending)} cases run out")
    if last is None:
        print("The node has not been through its locks yet: it begins some minutes after its start.")
        return
    following = "nothing" if last.next_at is None else f"{last.next_at:%Y-%m-%d}"
    print(
        f"last round {last.at:%Y-%m-%d %H:%M} UTC: {last.extended} lengthened, {last.log_extended} of the log looked "
        f"at, {last.failed} failed; next due: {following}"
    )
