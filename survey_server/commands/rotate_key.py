"""takan rotate-key."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from survey_server.commands.ending import fail


def rotate_key(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML) of the node.")] = None,
    data: Annotated[
        Path, typer.Option(envvar="TAKAN_DATA_DIR", help="Without --config: the node's data directory.")
    ] = Path("takan-data"),
) -> None:
    """Order a new signing key for the node's log, and print its verifier key. 0 ordered, 2 not carried out.

    The node may run meanwhile. With its next entries it signs for the change with the old key, which is gone then.
    """
    from evidence_store.ledger.book import LEDGER_BOOK, Book
    from evidence_store.ledger.keys import LEDGER_KEY, NodeKey
    from evidence_store.ledger.notes import Checkpoint, split_note
    from survey_server.settings import BadSettings, load_settings

    try:
        if config is not None:
            data = Path(load_settings(config, intake_key="not asked for here").data_dir)
        if not (data / LEDGER_KEY).exists() or not (data / LEDGER_BOOK).exists():
            fail(f"there is no node's log in {data}; name the node's --config or its --data directory")
        with closing(Book(data / LEDGER_BOOK)) as book:
            note = book.page().note
        if not note:
            fail("the node has signed nothing with its key yet")
        vkey = NodeKey(data / LEDGER_KEY, Checkpoint.parse(split_note(note)[0]).origin).order()
    except (BadSettings, ValueError, OSError, sqlite3.Error) as fault:
        fail(fault)
    print(vkey)
    typer.echo(
        "The node changes to this key with its next entries in the log. Then copy ledger.key to a safe place again, "
        "and give auditors this verifier key, by the way they got the old one. They keep both: what the old key "
        "signed until then stays good.",
        err=True,
    )
