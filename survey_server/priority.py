"""Who computes first: calls in session, before photos and PDFs, before what nobody waits for."""

import contextlib
import os

_LOWEST = 19


def stand_back(by: int, pid: int = 0) -> None:
    """Let a process (0: this one) come after others by so many steps of niceness (setpriority(2)); never raise it.

    Linux counts each thread: tell a process before it starts any.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, max(by, os.getpriority(os.PRIO_PROCESS, pid)))


def yield_to_all(pid: int) -> None:
    """Let a process compute only where nobody else would: Linux's idle class, elsewhere the lowest priority."""
    stand_back(_LOWEST, pid)
    if hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
