"""A process of our own behind pipes: it answers, ends when told to, and is a clear error where it can't be started."""

import os
import sys

import pytest

from survey_server.child import start

ECHO = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.exit(3)"]
SLEEP = [sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(600)"]


async def test_it_answers_and_tells_its_status():
    child = await start(ECHO, os.environ)
    child.stdin.write(b"x" * 200_000)
    await child.stdin.drain()
    child.stdin.close()
    assert await child.stdout.read() == b"X" * 200_000
    assert await child.wait() == 3
    assert not child.running
    assert await child.end() == 3, "again is harmless"


async def test_it_is_ended_while_it_works():
    child = await start(SLEEP, os.environ)
    assert await child.stdout.readline() == b"ready\n"
    assert child.running
    assert os.getsid(child.pid) == child.pid, "a session of its own: Ctrl-C is the node's"
    with pytest.raises(TimeoutError):
        await child.wait(0.1)
    assert await child.end() == -9
    assert await child.stdout.read() == b""


async def test_what_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        await start(["/nowhere/program"], {})
