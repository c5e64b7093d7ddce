"""Become another program that cannot outlive its parent.

Run as a file, never imported: `python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...`. It asks the kernel to kill this
process when the thread that started it ends (Linux prctl(2), PR_SET_PDEATHSIG), makes sure the parent had not already
gone, and then execs PROGRAM, which keeps the request. Doing this in a child of its own avoids running Python code
between fork and exec in a process full of threads. The signal is SIGKILL: what is tied here survives it by design.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, program: str, arguments: list[str]) -> None:
    """Tie this process to `parent`, then become `program`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"tether: prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("tether: the parent has gone already")
    os.execv(program, [program, *arguments])  # noqa: S606 - this is the point: no shell, one known program


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
