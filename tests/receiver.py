"""A webhook receiver for tests: an approvals platform's, in a process of its own, that can be killed and comes back.

`python -m tests.receiver --folder FOLDER --port N --secret whsec_...` takes each message once by its id, in one
synced row, and checks signatures with the code that docs/platform.md gives to its developers.

    POST /hook          204; 401 a wrong signature; 500 while another message of the case is being taken
    GET  /taken         [{id, body, came}] in order; `came`: how often it was brought
    PUT  /faults        what to do with the next messages instead, used up in order: see `Fault`
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
from aiohttp import web

from tests.servers import free_port

ROOT = Path(__file__).parent.parent
SECRET, NEW_SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Fault(msgspec.Struct):
    """`error` answers 500, `later` 503 with Retry-After 1, `redirect` a 302 to an address that must never be asked,
    `garbage` something that is no HTTP, `slow` waits, `cut` hangs up; `lost_answer` takes it and then hangs up.
    """

    kind: Literal["error", "later", "redirect", "garbage", "slow", "cut", "lost_answer"]
    seconds: float = 0


def documented(name: str) -> Any:
    """A function out of the documentation's Python."""
    text = (ROOT / "docs" / "platform.md").read_text()
    code = next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if f"def {name}(" in block)
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope[name]


genuine = documented("genuine")


def application(database: sqlite3.Connection, secret: str, elsewhere: Path) -> web.Application:
    faults: list[Fault] = []
    here: Counter[str] = Counter()

    async def hook(request: web.Request) -> web.StreamResponse:
        case = request.headers["webhook-id"].partition("/")[0]
        here[case] += 1
        try:
            return web.Response(status=500) if here[case] > 1 else await one(request)
        finally:
            here[case] -= 1

    async def one(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not genuine([secret], request.headers, body):
            return web.Response(status=401, text="wrong signature")
        fault = faults.pop(0) if faults else None
        match fault:
            case Fault("error"):
                return web.Response(status=500, text="the database\x1b is away")
            case Fault("later"):
                return web.Response(status=503, headers={"Retry-After": "1"})
            case Fault("redirect"):
                return web.Response(status=302, headers={"Location": f"{request.url.origin()}/elsewhere"})
            case Fault("garbage"):
                assert request.transport
                request.transport.write(b"\x00\xff this is no HTTP\r\n\r\n")
                request.transport.close()
            case Fault("cut"):
                assert request.transport
                request.transport.close()
            case Fault("slow"):
                await asyncio.sleep(fault.seconds)
            case _:
                pass
        if fault is None or fault.kind in ("slow", "lost_answer"):
            with database:
                database.execute(
                    "INSERT INTO taken (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET came = came + 1",
                    (request.headers["webhook-id"], body.decode()),
                )
        if fault is not None and fault.kind == "lost_answer":
            assert request.transport
            request.transport.close()
        return web.Response(status=204)

    async def taken(_: web.Request) -> web.Response:
        rows = database.execute("SELECT id, body, came FROM taken ORDER BY number").fetchall()
        return web.json_response([{"id": one[0], "body": json.loads(one[1]), "came": one[2]} for one in rows])

    async def order(request: web.Request) -> web.Response:
        faults[:] = msgspec.json.decode(await request.read(), type=list[Fault])
        return web.Response(status=204)

    async def never(_: web.Request) -> web.Response:
        elsewhere.touch()
        return web.Response(status=204)

    app = web.Application()
    app.add_routes([web.post("/hook", hook), web.get("/taken", taken), web.put("/faults", order)])
    app.add_routes([web.route("*", "/elsewhere", never)])
    return app


@dataclass
class Receiver:
    """A receiver's process; `start` may be called again after `kill`."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    secret: str = SECRET

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def was_redirected(self) -> bool:
        return (self.folder / "elsewhere").exists()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.receiver", "--folder", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen([*command, "--secret", self.secret], cwd=ROOT, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                if b"ready" in self.process.stdout.readline():
                    return
                break
        raise AssertionError("the receiver did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    async def order(self, *faults: Fault) -> None:
        async with aiohttp.ClientSession() as http:
            await http.put(f"http://127.0.0.1:{self.port}/faults", data=msgspec.json.encode(faults))

    async def taken(self) -> list[dict[str, Any]]:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{self.port}/taken") as answer:
            return await answer.json()

    async def until(self, count: int, timeout_s: float = 30) -> list[dict[str, Any]]:
        ends = time.monotonic() + timeout_s
        while len(taken := await self.taken()) < count:
            assert time.monotonic() < ends, f"{count} messages expected, there are {taken}"
            await asyncio.sleep(0.05)
        return taken


@contextlib.contextmanager
def receiving(folder: Path, secret: str = SECRET) -> Iterator[Receiver]:
    """A receiver that is up until it is killed or the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    receiver = Receiver(folder, free_port(), secret=secret)
    receiver.start()
    try:
        yield receiver
    finally:
        if receiver.process is not None and receiver.process.poll() is None:
            receiver.kill()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--folder", type=Path)
    options.add_argument("--port", type=int)
    options.add_argument("--secret")
    given = options.parse_args()
    database = sqlite3.connect(given.folder / "taken.db")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS taken "
        "(number INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT, came INTEGER DEFAULT 1)"
    )

    async def serve() -> None:
        runner = web.AppRunner(application(database, given.secret, given.folder / "elsewhere"), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", given.port, reuse_address=True).start()
        print("ready", flush=True)
        parent = os.getppid()
        while os.getppid() == parent:
            await asyncio.sleep(0.5)

    asyncio.run(serve())


if __name__ == "__main__":
    main()
