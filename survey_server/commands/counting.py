"""How far a long command has come: a bar on a terminal, else a line on stderr every few seconds."""

import contextlib
import sys
import time
from collections.abc import Callable, Generator

_LINE_EVERY_S = 5.0


@contextlib.contextmanager
def counting() -> Generator[Callable[[str, int, int], None]]:
    """Take what is being done, how much of it is done, and how much there is (0: not known)."""
    from rich.console import Console
    from rich.progress import Progress

    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, whole: bar.update(task, description=what, completed=done, total=whole or None)


class _Lines:
    def __init__(self) -> None:
        self._next = 0.0

    def tell(self, what: str, done: int, whole: int) -> None:
        moment = time.monotonic()
        if moment >= self._next:
            self._next = moment + _LINE_EVERY_S
            print(f"{what}: {done} of {whole}" if whole else what, file=sys.stderr, flush=True)
