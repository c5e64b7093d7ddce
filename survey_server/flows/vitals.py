"""How the node's process is doing: how late its event loop runs, and what the kernel says of it.

What the kernel does not tell (there is no /proc) is 0.
"""

import asyncio
import time
from collections import deque
from pathlib import Path

SAMPLE_S = 0.1
KEPT_S = 60.0


class Vitals:
    """Looks at the event loop ten times a second and remembers a minute."""

    def __init__(self) -> None:
        self._late_ms: deque[float] = deque(maxlen=round(KEPT_S / SAMPLE_S))

    async def watch(self) -> None:
        """Sample until cancelled: how much later than asked does a sleep return?"""
        while True:
            due = time.monotonic() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self._late_ms.append(max(0.0, (time.monotonic() - due) * 1000))

    def loop_lag_ms(self, share: float) -> float:
        """The lateness that this share of the last minute's samples did not exceed; 1.0 gives the worst."""
        if not self._late_ms:
            return 0.0
        ranked = sorted(self._late_ms)
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 2)


def rss_bytes(proc: Path = Path("/proc/self")) -> int:
    """Resident memory."""
    for line in _lines(proc / "status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def open_files(proc: Path = Path("/proc/self")) -> int:
    """Open file descriptors."""
    return len(_targets(proc))


def udp_drops(proc: Path = Path("/proc/self")) -> int:
    """Datagrams the kernel dropped at this process's UDP sockets, for want of room or a reader (udp(7))."""
    own = {target[8:-1] for target in _targets(proc) if target.startswith("socket:[")}
    rows = (line.split() for name in ("udp", "udp6") for line in _lines(proc / "net" / name)[1:])
    return sum(int(row[12]) for row in rows if row[9] in own)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _targets(proc: Path) -> list[str]:
    targets: list[str] = []
    try:
        for link in (proc / "fd").iterdir():
            try:
                targets.append(str(link.readlink()))
            except OSError:
                continue  # the descriptor of the listing itself, closed again
    except OSError:
        pass
    return targets
