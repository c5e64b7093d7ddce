"""takan outbox."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import msgspec
import typer

from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from survey_server.db.outbox import Message
    from survey_server.settings import Settings

_TOLD = 200


def outbox(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML) of the node.")] = None,
    data: Annotated[
        Path, typer.Option(envvar="TAKAN_DATA_DIR", help="Without --config: the node's data directory.")
    ] = Path("takan-data"),
    database: Annotated[
        str, typer.Option(envvar="TAKAN_DATABASE", help="Without --config: its PostgreSQL database, if it has one.")
    ] = "",
    survey: Annotated[str, typer.Option(help="One survey: also what was delivered, and when.")] = "",
    now: Annotated[bool, typer.Option("--now", help="Let the node try everything again within seconds.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """What systems outside have not been told yet, and why; and what mail was refused for good within a week. 0 nothing
    waits, 1 something does, 2 not carried out.

    Reads the node's database; the node may run meanwhile, and goes on trying by itself.
    """
    from survey_server.db.errors import DatabaseFault
    from survey_server.settings import BadSettings, Settings, load_settings

    try:
        settings = Settings(data_dir=str(data), database=database)
        if config is not None:
            settings = load_settings(config, intake_key="not asked for here")
        if not settings.database and not (Path(settings.data_dir) / "takan.db").exists():
            fail(f"there is no database in {settings.data_dir}; name the node's --config or its --data directory")
        messages = asyncio.run(_messages(settings, survey, try_now=now))
    except (BadSettings, DatabaseFault, OSError) as fault:
        fail(fault)
    waiting = [message for message in messages if message.delivered_at is None]
    if as_json:
        told = [{key: value for key, value in msgspec.to_builtins(one).items() if key != "body"} for one in messages]
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for message in messages[:_TOLD]:
            print(_line(message))
        print(f"{len(waiting) or 'nothing'} waits" if len(waiting) < 2 else f"{len(waiting)} wait")
    raise typer.Exit(1 if waiting else 0)


async def _messages(settings: "Settings", survey: str, *, try_now: bool) -> "list[Message]":
    from survey_server.db.database import open_database
    from survey_server.db.outbox import Destination, Outbox

    engine = await open_database(settings.database or Path(settings.data_dir).absolute() / "takan.db")
    try:
        box = Outbox(engine)
        if try_now:
            for destination in get_args(Destination):
                await box.try_now(destination)
        if survey:
            return await box.of_survey(survey)
        week = datetime.now(UTC) - timedelta(days=7)
        told = [one for destination in get_args(Destination) for one in await box.waiting(destination)]
        return told + [one for destination in get_args(Destination) for one in await box.given_up(destination, week)]
    finally:
        await engine.dispose()


def _line(message: "Message") -> str:
    if message.delivered_at is not None and message.trouble:
        return (
            f"given up   {message.id}  {message.kind}  {message.delivered_at:%Y-%m-%d %H:%M:%S} UTC: {message.trouble}"
        )
    if message.delivered_at is not None:
        tries = "at once" if not message.attempts else f"after {message.attempts} vain attempts"
        return f"delivered  {message.id}  {message.kind}  {message.delivered_at:%Y-%m-%d %H:%M:%S} UTC, {tries}"
    since = "" if message.created_at is None else f"since {message.created_at:%Y-%m-%d %H:%M} UTC, "
    following = "next attempt due" if message.next_at is None else f"next attempt {message.next_at:%Y-%m-%d %H:%M:%S}"
    if not message.attempts and not message.trouble:
        return f"waits      {message.id}  {message.kind}  {since}not tried: behind another, or without an address"
    return (
        f"waits      {message.id}  {message.kind}  {since}{message.attempts} attempts, {following}: {message.trouble}"
    )
