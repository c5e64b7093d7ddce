"""The media plane of this server alone, for the bench: joins and answers come as JSON lines, offers go out as such."""

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from evidence_store import Spool
from survey_server.bench.media import Offer
from survey_server.media.session import MediaSession, Peer
from survey_server.net.udp_mux import UdpMux
from survey_server.recording import Recording


class Passing:
    """One session without a survey."""

    def __init__(self, session: MediaSession) -> None:
        self._session = session
        self._peers: dict[str, Peer] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, message: dict[str, Any]) -> None:
        """A line from the bench."""
        if "join" in message:
            who = message["join"]
            self._peers[who] = await self._session.join(who, lambda: self._offer_later(who))
            await self._offer(who)
        else:
            await self._peers[message["answer"]].answer(message["sdp"])

    def _offer_later(self, who: str) -> None:
        task = asyncio.create_task(self._offer(who))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _offer(self, who: str) -> None:
        sdp, tracks = await self._peers[who].offer()
        sys.stdout.buffer.write(msgspec.json.encode(Offer(who, sdp, tracks)) + b"\n")
        sys.stdout.buffer.flush()


async def lines() -> asyncio.StreamReader:
    """Standard input as a stream of lines."""
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def main() -> None:
    """Serve until standard input ends."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--record", type=Path)
    arguments.add_argument("--no-fast", action="store_true")
    wanted = arguments.parse_args()
    began = time.monotonic()
    recording = None
    if wanted.record is not None:
        recording = Recording("bench", Spool(wanted.record / "spool"), lambda: time.monotonic() - began)
    passing = Passing(MediaSession(UdpMux("127.0.0.1"), recording, fast=not wanted.no_fast))
    reader = await lines()
    while line := await reader.readline():
        await passing.take(msgspec.json.decode(line))


if __name__ == "__main__":
    uvloop.run(main())
