"""`takan` that kills itself with SIGKILL at one step of one survey's sealing, named in the file TAKAN_DIES.

The file holds "before:STEP:KIND:SURVEY" or "after:..."; as long as there is none, nothing happens.
"""

import functools
import inspect
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence_store import EvidenceStore, Objects
from evidence_store.ledger.book import Book
from evidence_store.ledger.log import Log
from survey_server.cli import main
from survey_server.db.journal import Journal
from survey_server.db.objects import ObjectIndex
from survey_server.survey.events import LocksExtended, Reported, Sealed

ORDERS = Path(os.environ["TAKAN_DIES"])
NUMBERS = {"recording": 1, "case": 2, "addendum": 3}
entering: list[str] = []
"""The keys of the batch that is being entered into the ledger."""


def seal(kind: str, survey: str) -> str:
    return f"{survey}/seals/{NUMBERS[kind]}-{kind}"


def die_at(owner: type, name: str, step: str, applies: Callable[[str, str, tuple[Any, ...]], bool]) -> None:
    """`applies` is asked with kind, survey and the call's arguments."""
    original = getattr(owner, name)

    def ordered(moment: str, args: tuple[Any, ...]) -> None:
        words = ORDERS.read_text().split(":") if ORDERS.exists() else []
        if words and words[:2] == [moment, step] and applies(words[2], words[3], args):
            ORDERS.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def later(self: Any, *args: Any, **more: Any) -> Any:
            ordered("before", args)
            result = await original(self, *args, **more)
            ordered("after", args)
            return result

        setattr(owner, name, later)
    else:

        @functools.wraps(original)
        def now(self: Any, *args: Any, **more: Any) -> Any:
            ordered("before", args)
            result = original(self, *args, **more)
            ordered("after", args)
            return result

        setattr(owner, name, now)


def journals(kind: str, survey: str, args: tuple[Any, ...]) -> bool:
    return any(
        entry.survey == survey and isinstance(entry.event, Sealed) and entry.event.seal == kind for entry in args[0]
    )


def arm() -> None:
    append = Log.append

    def noting(self: Log, entries: Any) -> None:
        entering[:] = [entry.key or "" for entry in entries]
        append(self, entries)

    Log.append = noting  # type: ignore[method-assign]

    def enters(kind: str, survey: str, _: tuple[Any, ...]) -> bool:
        return any(seal(kind, survey) in key for key in entering)

    die_at(EvidenceStore, "preserve", "manifest", lambda kind, survey, args: seal(kind, survey) in args[1].name)
    die_at(Journal, "append", "journal", journals)
    die_at(EvidenceStore, "preserve", "report", lambda _, survey, args: f"{survey}/report/en" in args[1].name)
    die_at(
        Journal, "append", "reported",
        lambda _, survey, args: any(e.survey == survey and isinstance(e.event, Reported) for e in args[0]),
    )  # fmt: skip
    die_at(Objects, "put", "upload", lambda kind, survey, args: seal(kind, survey) in args[0])
    die_at(ObjectIndex, "add", "index", lambda kind, survey, args: seal(kind, survey) in args[0].key)
    die_at(
        Objects,
        "put",
        "checkpoint",
        lambda kind, survey, args: "/checkpoint/" in args[0] and enters(kind, survey, args),
    )
    die_at(Book, "enter", "book", enters)
    die_at(EvidenceStore, "extend", "locks", lambda kind, survey, args: seal(kind, survey) in args[0])
    die_at(
        Journal, "append", "extended",
        lambda _, survey, args: any(e.survey == survey and isinstance(e.event, LocksExtended) for e in args[0]),
    )  # fmt: skip


if __name__ == "__main__":
    arm()
    main()
