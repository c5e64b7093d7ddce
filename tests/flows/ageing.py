"""A node years later: one round of its locks, killed with SIGKILL before it lengthens the lock of one object too many.

Arguments: data directory, days from now, how many locks may be lengthened.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from credit_gate.sources.register import DEMO_REGISTER
from evidence_store import EvidenceStore
from survey_server.app import running
from survey_server.clock import utc_now
from survey_server.settings import Settings


def settings(data: Path) -> Settings:
    return Settings(data_dir=str(data), port=0, embedded=True, intake_key="k" * 20, register=str(DEMO_REGISTER))


def die_after(allowed: int) -> None:
    extend = EvidenceStore.extend
    calls = 0

    async def counted(self: EvidenceStore, *args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > allowed:
            os.kill(os.getpid(), signal.SIGKILL)
        return await extend(self, *args)

    EvidenceStore.extend = counted  # type: ignore[method-assign]


async def main(data: Path, days: float) -> None:
    async with running(settings(data)) as node:
        await node.locks.round(utc_now() + timedelta(days=days))


if __name__ == "__main__":
    die_after(int(sys.argv[3]))
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
