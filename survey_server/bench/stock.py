"""The baseline of the bench: the same task by aiortc as it comes: a MediaRelay to viewers, a MediaRecorder to a file.

It takes no part in the server; the offers it makes are the server's own kind, so that the same people can answer.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole, MediaRecorder, MediaRelay
from aiortc.mediastreams import MediaStreamTrack

from survey_server.bench.media import Offer
from survey_server.bench.passing import lines
from survey_server.wire.basics import Kind
from survey_server.wire.to_person import OfferedTrack

KINDS: tuple[Kind, Kind] = ("audio", "video")


class Stock:
    """One sender (whoever joins first) and the viewers."""

    def __init__(self, record: Path | None) -> None:
        self._relay = MediaRelay()
        self._sink: MediaRecorder | MediaBlackhole = (
            MediaRecorder(str(record / "stock.mp4")) if record is not None else MediaBlackhole()
        )
        self._tracks: dict[str, MediaStreamTrack] = {}
        self._connections: dict[str, RTCPeerConnection] = {}
        self._sender = ""

    async def take(self, message: dict[str, Any]) -> None:
        """A line from the bench."""
        if "join" in message:
            await self._join(message["join"])
            return
        who = message["answer"]
        await self._connections[who].setRemoteDescription(RTCSessionDescription(message["sdp"], "answer"))
        if who == self._sender:
            await self._sink.start()

    async def _join(self, who: str) -> None:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._connections[who] = connection
        sends = not self._sender
        if sends:
            self._sender = who
            listen: Any = connection.on
            listen("track", self._track)
        for kind in KINDS:
            if sends:
                transceiver = connection.addTransceiver(kind, direction="recvonly")
            else:
                transceiver = connection.addTransceiver(self._relay.subscribe(self._tracks[kind]), "sendonly")
            if kind == "video":
                known = RTCRtpSender.getCapabilities("video")
                assert known is not None
                wanted = [c for c in known.codecs if c.parameters.get("profile-level-id", "42e01f") == "42e01f"]
                transceiver.setCodecPreferences([c for c in wanted if c.name != "VP8"])
        await connection.setLocalDescription(await connection.createOffer())
        mids = [transceiver.mid or "" for transceiver in connection.getTransceivers()]
        tracks = [OfferedTrack(mid, self._sender, kind, own=sends) for mid, kind in zip(mids, KINDS, strict=True)]
        sys.stdout.buffer.write(msgspec.json.encode(Offer(who, connection.localDescription.sdp, tracks)) + b"\n")
        sys.stdout.buffer.flush()

    def _track(self, track: MediaStreamTrack) -> None:
        self._tracks[track.kind] = track
        self._sink.addTrack(self._relay.subscribe(track))


async def main() -> None:
    """Serve until standard input ends."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--record", type=Path)
    stock = Stock(arguments.parse_args().record)
    reader = await lines()
    while line := await reader.readline():
        await stock.take(msgspec.json.decode(line))


if __name__ == "__main__":
    asyncio.run(main())
