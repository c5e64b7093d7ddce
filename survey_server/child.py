"""A process of our own that answers over pipes, started without stopping the event loop.

uvloop forks (libuv, uv_spawn), and a fork copies the page tables: 15 to 20 ms of a node of 250 MB in which nobody's
packets move. The standard library's subprocess uses vfork where it can, which copies nothing.
"""

import asyncio
import subprocess
from asyncio.streams import FlowControlMixin
from collections.abc import Mapping, Sequence

_CHUNK = 1 << 20


class Child:
    """A running process: its standard input and output. Standard error is ours."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:  # fmt: skip
        """Made by `start`."""
        self._process, self.stdin, self.stdout = process, stdin, stdout

    @property
    def pid(self) -> int:
        """Its process id; it stays the process's own until `end`, or `wait`, has returned."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Has it not ended yet?"""
        return self._process.poll() is None

    async def wait(self, seconds: float | None = None) -> int:
        """Its exit status, negative for a signal's number. Raises TimeoutError if it goes on for longer than that."""
        try:
            return await asyncio.to_thread(self._process.wait, seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    async def end(self) -> int:
        """Kill it if it still runs, and let go of its pipes. Its exit status."""
        self._process.kill()
        status = await self.wait()
        self.stdin.close()
        return status


async def start(command: Sequence[str], environment: Mapping[str, str]) -> Child:
    """Start a program in a session of its own, in /. Raises OSError if it can't be."""
    process = await asyncio.to_thread(_popen, command, environment)
    assert process.stdin is not None
    assert process.stdout is not None
    loop = asyncio.get_running_loop()
    stdout = asyncio.StreamReader(_CHUNK)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), process.stdout)
    writing, protocol = await loop.connect_write_pipe(FlowControlMixin, process.stdin)
    return Child(process, asyncio.StreamWriter(writing, protocol, None, loop), stdout)


def _popen(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd="/", start_new_session=True)
