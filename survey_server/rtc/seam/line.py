"""What a connection's senders and receivers send through, and the slower of its two kinds: aiortc's own way."""

import asyncio
import contextlib
from typing import Protocol

import pylibsrtp
from aiortc.rtcdtlstransport import RTCDtlsTransport

# pyright: reportPrivateUsage=false

_WAITING_PACKETS = 2000


class Line(Protocol):
    """Sends plain RTP and RTCP over a connection; drops them while it does not stand."""

    def send_media(self, packet: bytes) -> None: ...

    def send_control(self, packet: bytes) -> None: ...

    def close(self) -> None: ...


class LibraryLine:
    """Through aiortc's own coroutine, in order."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport = transport
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_WAITING_PACKETS)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def send_media(self, packet: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(packet)

    send_control = send_media

    async def _run(self) -> None:
        while True:
            data = await self._waiting.get()
            with contextlib.suppress(ConnectionError, ValueError, pylibsrtp.Error):
                await self._transport._send_rtp(data)

    def close(self) -> None:
        self._task.cancel()
