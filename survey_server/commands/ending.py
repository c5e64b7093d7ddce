"""How a command ends that could not be carried out."""

import sys
from typing import NoReturn

import typer


def fail(message: object) -> NoReturn:
    """Say what could not be carried out and exit with 2."""
    print(f"takan: {message}", file=sys.stderr)
    raise typer.Exit(2)
