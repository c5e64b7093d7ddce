"""takan gate import-register."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from survey_server.clock import utc_now
from survey_server.commands.ending import fail


def import_register(
    table: Annotated[Path, typer.Argument(help="CSV file, UTF-8 or GB18030; columns in Chinese or English.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The register file (TOML) to write.")],
    name: Annotated[str, typer.Option(help="The register's name, as decisions will cite it.")],
    as_of: Annotated[str, typer.Option(help="Of when the table is, ISO 8601 with zone; default: now.")] = "",
    keep_good: Annotated[bool, typer.Option("--keep-good", help="Write what is right, leaving the rest out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """A register file from a spreadsheet. 0 written whole, 1 rows are wrong, 2 not carried out.

    Without --keep-good one wrong row means that nothing is written. With it a subject is left out with all its rows if
    one of them is wrong, and is then unknown: on site, until the row is put right.
    """
    from credit_gate.sources.register import BadRegister, RegisterEntry, read, written
    from credit_gate.sources.register_csv import NotATable, imported

    try:
        moment = datetime.fromisoformat(as_of) if as_of else utc_now().replace(microsecond=0)
        if moment.tzinfo is None:
            fail("--as-of needs a zone, e.g. 2026-11-22T09:00+08:00")
        told = imported(table.read_bytes())
        writing = not told.faults or keep_good
        if writing:
            text = written(RegisterEntry(name, told.subjects, moment))
            read(text, str(out))
            _put(out, text)
    except (BadRegister, NotATable, OSError, ValueError) as fault:
        fail(f"{table}: {fault}")
    if as_json:
        faults = [{"row": one.row, "column": one.column, **asdict(one.what)} for one in told.faults]
        counts = {"rows": told.rows, "subjects": len(told.subjects), "left_out": told.left_out}
        print(json.dumps({**counts, "written": writing, "faults": faults}, ensure_ascii=False, indent=1))
    else:
        for one in told.faults:
            print(f"{table}, row {one.row}, {one.column}:\n  {one.what.zh}\n  {one.what.en}")
        done = f"{len(told.subjects)} subjects written to {out}" if writing else "nothing was written"
        left = f", {told.left_out} rows left out with their subjects" if writing and told.left_out else ""
        print(f"{told.rows} rows, {len(told.faults)} faults: {done}{left}")
    raise typer.Exit(1 if told.faults else 0)


def _put(out: Path, text: str) -> None:
    """Whole or not at all: a running node reads the file at every question. Readable by its owner alone."""
    beside = out.with_name(out.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(out)
