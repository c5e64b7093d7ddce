"""`takan` that kills itself with SIGKILL around one delivery to the credit platform, named in the file TAKAN_DIES.

The file holds "before:sent:PATH", "after:sent:PATH" (the platform has answered, nothing is noted), "before:noted:PATH"
or "after:noted:PATH"; as long as there is none, nothing happens. PATH is the message's, or the beginning of it.
"""

import os
import signal
from pathlib import Path
from typing import Any

from survey_server.cli import main
from survey_server.db.feedbacks import Feedbacks
from survey_server.flows.platform_put import PlatformPut

ORDERS = Path(os.environ["TAKAN_DIES"])


def ordered(moment: str, path: str) -> None:
    words = ORDERS.read_text() if ORDERS.exists() else ""
    if words and f"{moment}:{path}".startswith(words):
        ORDERS.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def arm() -> None:
    put, append = PlatformPut.__call__, Feedbacks.append

    async def sending(self: PlatformPut, path: str, content: dict[str, Any]) -> str:
        ordered("before:sent", path)
        said = await put(self, path, content)
        ordered("after:sent", path)
        return said

    async def noting(self: Feedbacks, lines: Any, tellings: Any = (), told: Any = None) -> None:
        path = "" if told is None else str(told.body)[len('{"path":"') :]
        ordered("before:noted", path)
        await append(self, lines, tellings, told)
        ordered("after:noted", path)

    PlatformPut.__call__ = sending  # type: ignore[method-assign]
    Feedbacks.append = noting  # type: ignore[method-assign]


if __name__ == "__main__":
    arm()
    main()
