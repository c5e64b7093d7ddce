"""takan items export, takan items import: the catalogue as a table for a spreadsheet, and back."""

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from survey_server.clock import utc_now
from survey_server.commands.ending import fail
from survey_server.survey.items import BadItems, load_items
from survey_server.survey.items_csv import NotATable, read_table, write_items
from survey_server.survey.items_import import items_of
from survey_server.survey.items_toml import to_toml

items_app = typer.Typer(no_args_is_help=True, help="The catalogue of survey items.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@items_app.command("export")
def export_items(
    out: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    items: Annotated[Path | None, typer.Option(help="Items file (TOML); default: the packaged one.")] = None,
) -> None:
    """Write the catalogue as a table that Excel opens: one row a checklist point."""
    try:
        known = load_items(items)
        out.write_bytes(write_items(list(known.values())))
    except (BadItems, OSError) as fault:
        fail(fault)
    print(f"{out}: {len(known)} items")


@items_app.command("import")
def import_items(
    table: Annotated[Path, typer.Argument(help="The CSV file, UTF-8 or GB18030.")],
    out: Annotated[Path, typer.Option(help="The items file to write; name it in the setting `items`.")],
    version: Annotated[str, typer.Option(help="Its version; default: today's date.")] = "",
    as_json: Json = False,
) -> None:
    """Read a table, tell everything that is wrong by row and column, or write the items file.

    0 written, 1 something is wrong and nothing was written, 2 the table could not be read.
    """
    try:
        items, faults = items_of(read_table(table.read_bytes()))
        if not faults:
            out.write_text(to_toml(items, version or f"{utc_now():%Y-%m-%d}"), "utf-8")
            load_items(out)
    except (NotATable, BadItems, OSError) as fault:
        fail(fault)
    if as_json:
        told = {"items": [item.code for item in items], "faults": msgspec.to_builtins(faults)}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    for fault in [] if as_json else faults:
        where = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
        print(f"{where}: {fault.what.zh}{fault.do.zh}\n  {fault.what.en} {fault.do.en}")
    if faults:
        raise typer.Exit(1)
    if not as_json:
        print(f"{out}: {len(items)} items")
